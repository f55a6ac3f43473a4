"""SymPy formulas in several symbols, read symbolically like graphs of tensors.

A part in one symbol is one function; sums mix, other functions begin a new layer, and a
product of two parts is ((u + v)^2 - (u - v)^2)/4.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np

from kan_equiv.errors import IrrationalBreakpointError, UnsupportedExpressionError
from kan_equiv.importers.graphs.arithmetic import (
    add,
    apply,
    concatenate,
    maximum,
    minimum,
    multiply,
)
from kan_equiv.importers.graphs.constants import Constant
from kan_equiv.importers.graphs.lowering import network_of
from kan_equiv.importers.graphs.symbolic import Operand, Symbolic, Vector
from kan_equiv.ir.from_sympy import check_symbol, univariate_from_sympy
from kan_equiv.ir.network import Network

__all__ = ["network_from_sympy"]


def network_from_sympy(expressions: Sequence[Any], symbols: Sequence[Any]) -> Network:
    """Return the network whose outputs are SymPy expressions in its inputs.

    A Float stands for the binary number that it holds, bit for bit.

    Args:
        expressions: one per output.
        symbols: one per input, each ranging over all real numbers.

    Raises:
        UnsupportedExpressionError: a part has no exact counterpart, or another symbol;
            it is named. Or no list is given.

    >>> import sympy
    >>> x, y = sympy.symbols("x y", real=True)
    >>> f = network_from_sympy([sympy.Abs(x - 2 * y) / 3 + x * y], [x, y])
    >>> f([1, 2])
    (Fraction(3, 1),)
    """
    import sympy

    given: dict[str, Any] = {"expressions": expressions, "symbols": symbols}
    for name, value in given.items():
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise UnsupportedExpressionError(
                f"{name} must be a list, got {name}={value!r}: write [{value}]"
            )
    if not expressions or not symbols:
        raise UnsupportedExpressionError("a network needs an expression and a symbol")
    for x in symbols:
        check_symbol(x)
    if len(set(symbols)) < len(symbols):
        raise UnsupportedExpressionError(f"a symbol stands twice in {list(symbols)}")
    parts: list[Operand] = []
    reader = _Reader(symbols)
    for expression in expressions:
        if isinstance(expression, str):
            # sympify would run it as Python code.
            raise UnsupportedExpressionError(
                f"a SymPy expression is needed, got the text {expression!r}"
            )
        e = _with_exact_floats(sympy.sympify(expression))
        others = sorted(map(str, e.free_symbols - set(symbols)))
        if others:
            raise UnsupportedExpressionError(
                f"only {', '.join(map(str, symbols))} may be free, got also {others}"
            )
        parts.append(reader.read(e))
    found = concatenate([reader.widened(part) for part in parts], -1)
    assert isinstance(found, Symbolic)
    return network_of(found, len(symbols))


def _with_exact_floats(expression: Any) -> Any:
    import sympy

    exact = {f: _rational(f) for f in expression.atoms(sympy.Float)}
    return expression.xreplace(exact)


def _rational(value: Any) -> Any:
    import sympy

    if not value.is_finite:
        raise UnsupportedExpressionError(f"{value} is no number")
    sign, mantissa, exponent, _ = value._mpf_
    return (-1) ** sign * sympy.Integer(mantissa) * sympy.Integer(2) ** exponent


class _Reader:
    """Reads expressions as entries of shape (1,)."""

    def __init__(self, symbols: Sequence[Any]) -> None:
        start = Symbolic.whole(Vector(len(symbols)), (len(symbols),), 0)
        self.inputs: dict[Any, Symbolic] = {
            x: start.moved(lambda a, i=i: a[i : i + 1]) for i, x in enumerate(symbols)
        }

    def read(self, e: Any) -> Operand:
        """Return the entry that an expression is."""
        import sympy

        free = e.free_symbols
        if not free:
            return self._number(e)
        if len(free) == 1:
            (x,) = free
            try:
                return apply(self.inputs[x], univariate_from_sympy(e, x))
            except (UnsupportedExpressionError, IrrationalBreakpointError):
                if e == x or not e.args:
                    raise
        if isinstance(e, sympy.Add):
            return reduce(add, map(self.read, e.args))
        if isinstance(e, sympy.Mul):
            return reduce(multiply, map(self.read, e.args))
        if isinstance(e, sympy.Max):
            return reduce(maximum, map(self.read, e.args))
        if isinstance(e, sympy.Min):
            return reduce(minimum, map(self.read, e.args))
        varying = [a for a in e.args if a.free_symbols]
        if len(varying) != 1 or varying[0] in free:
            raise UnsupportedExpressionError(f"{e} has no exact form here")
        return self._outer(e, varying[0])

    def _outer(self, e: Any, inner: Any) -> Operand:
        """A function of one part: f(inner)."""
        import sympy

        t = sympy.Dummy("t", real=True)
        outer = e.func(*(t if a == inner else a for a in e.args))
        return apply(self.read(inner), univariate_from_sympy(outer, t))

    def _number(self, e: Any) -> Constant:
        import sympy

        if not isinstance(e, sympy.Rational):
            raise UnsupportedExpressionError(f"{e} is no rational number")
        value = np.empty(1, dtype=object)
        value[0] = Fraction(int(e.p), int(e.q))
        return Constant(value)

    def widened(self, part: Operand) -> Operand:
        """Return a constant as a constant function of an input."""
        if isinstance(part, Symbolic):
            return part
        anything = next(iter(self.inputs.values()))
        return add(multiply(anything, Constant(np.array([0]))), part)
