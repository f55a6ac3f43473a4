"""Exact functions, layers and networks as SymPy expressions."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from kan_equiv.errors import SizeLimitError, ValidationError
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.ir.network import Network
from kan_equiv.ir.separable import separate
from kan_equiv.ir.univariate import Univariate

__all__ = ["network_to_sympy", "univariate_to_sympy"]

DEFAULT_LIMIT = 2000


def univariate_to_sympy(f: Univariate, x: Any) -> Any:
    """Return a Piecewise plus atoms that agrees with f everywhere, breakpoints too."""
    import sympy

    t, pieces = f.pieces.breakpoints, f.pieces.pieces
    cases: list[Any] = []
    for j, at in enumerate(t):
        point, value = _rational(at), f.pieces.values[j]
        left = _polynomial(pieces[j], x)
        if pieces[j](at) == value:
            cases.append((left, x <= point))
        else:
            cases.append((left, x < point))
            if pieces[j + 1](at) != value:
                cases.append((_rational(value), sympy.Eq(x, point)))
    last = _polynomial(pieces[-1], x)
    whole = sympy.Piecewise(*cases, (last, True)) if cases else last
    for atom, c in f.atoms:
        z = _rational(atom.slope) * x + _rational(atom.shift)
        whole = whole + _rational(c) * _atom(atom.name, z)
    return whole


def network_to_sympy(
    network: Network, xs: Sequence[Any], limit: int = DEFAULT_LIMIT
) -> list[Any]:
    """Return one expression per output, layer substituted into layer.

    Raises:
        SizeLimitError: more than ``limit`` pieces would be written out.
        ValidationError: another number of symbols than inputs.
    """
    import sympy

    if len(xs) != network.in_features:
        raise ValidationError(
            f"the network has {network.in_features} inputs, got {len(xs)} symbols"
        )
    current, size = list(xs), 1
    for start, stop in network.layer_slices():
        layer = network.window(start, stop)
        form = separate(layer.stages, layer.in_features)
        edges = [
            [form.edge(i, o) for i in range(form.in_features)]
            for o in range(form.out_features)
        ]
        count = sum(len(f.pieces.pieces) for row in edges for f in row)
        size *= count
        if size > limit:
            raise SizeLimitError(
                f"the expression would have about {size} pieces, the limit is {limit}; "
                "ask for one layer or one edge, or pass a larger limit="
            )
        z = sympy.Symbol("_z", real=True)
        constants = _constants(layer)
        current = [
            sum(
                (
                    univariate_to_sympy(f, z).subs(z, v)
                    for f, v in zip(row, current, strict=True)
                    if not f.is_zero
                ),
                _rational(constants[o]),
            )
            for o, row in enumerate(edges)
        ]
    return current


def _constants(layer: Network) -> tuple[Fraction, ...]:
    return separate(layer.stages, layer.in_features).bias


def _rational(v: Fraction) -> Any:
    import sympy

    return sympy.Rational(v.numerator, v.denominator)


def _polynomial(p: Polynomial, x: Any) -> Any:
    return sum(
        (_rational(c) * x**r for r, c in enumerate(p.coefficients)),
        _rational(Fraction(0)),
    )


def _atom(name: str, z: Any) -> Any:
    import sympy

    one = sympy.Integer(1)
    forms = {
        "silu": lambda: z / (one + sympy.exp(-z)),
        "sigmoid": lambda: one / (one + sympy.exp(-z)),
        "tanh": lambda: sympy.tanh(z),
        "exp": lambda: sympy.exp(z),
        "gelu": lambda: z * (one + sympy.erf(z / sympy.sqrt(2))) / 2,
        "gaussian": lambda: sympy.exp(-(z**2)),
        "sin": lambda: sympy.sin(z),
        "cos": lambda: sympy.cos(z),
    }
    return forms[name]()
