"""Straight-line programs: functions of one input with the operations that compute them.

Over the reals a program is an exact function like any other. Computed in floats it is
not, and how far it may be off depends on its operations: this is what a bound of the
rounding errors needs to know of a module.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from kan_equiv.errors import ValidationError
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.ir.atom import Atom
from kan_equiv.ir.family import Basis
from kan_equiv.ir.univariate import IDENTITY, Univariate

__all__ = ["OPERATIONS", "Builder", "Instruction", "Program", "StraightLineBasis"]

OPERATIONS = {
    "constant": 0,
    "add": 2,
    "subtract": 2,
    "multiply": 2,
    "minimum": 2,
    "maximum": 2,
    "relu": 1,
    "absolute": 1,
    "negative": 1,
    "atom": 1,
    "divided": 1,
}
"""Operations and how many registers they read. ``constant`` and ``divided`` also take
a number, ``atom`` a name. ``divided`` comes last: the sum of products that the function
enters is divided, not the function."""

Instruction: TypeAlias = tuple[int | Fraction | str, ...]
Program: TypeAlias = tuple[Instruction, ...]
_RELU = PiecewisePolynomial.truncated_power(Fraction(0), 1)


@dataclass(frozen=True, slots=True)
class StraightLineBasis(Basis):
    """Functions of x, each a list of instructions.

    Register 0 holds x, register k the value of instruction k; the last register is the
    function, x itself if there are no instructions.

    >>> hat = Builder()  # relu(1 - |x|)
    >>> _ = hat.relu(hat.subtract(hat.constant(Fraction(1)), hat.absolute(0)))
    >>> basis = StraightLineBasis((hat.program,))
    >>> basis.evaluate(Fraction(1, 4))
    [Fraction(3, 4)]
    """

    programs: tuple[Program, ...]

    def __post_init__(self) -> None:
        if not self.programs:
            raise ValidationError(
                "a basis needs at least one function, got programs=()"
            )

    def __hash__(self) -> int:
        return self._hash_once(self.programs)

    def __len__(self) -> int:
        return len(self.programs)

    def functions(self) -> tuple[Univariate, ...]:
        return tuple(_meaning(p) for p in self.programs)


class Builder:
    """Writes a program: a method appends an instruction and returns its register."""

    def __init__(self) -> None:
        self._instructions: list[Instruction] = []

    @property
    def program(self) -> Program:
        """The instructions so far."""
        return tuple(self._instructions)

    def _add(self, *instruction: int | Fraction | str) -> int:
        self._instructions.append(instruction)
        return len(self._instructions)

    def constant(self, value: Fraction) -> int:
        """A number."""
        return self._add("constant", value)

    def add(self, a: int, b: int) -> int:
        """a + b."""
        return self._add("add", a, b)

    def subtract(self, a: int, b: int) -> int:
        """a - b."""
        return self._add("subtract", a, b)

    def multiply(self, a: int, b: int) -> int:
        """a b."""
        return self._add("multiply", a, b)

    def minimum(self, a: int, b: int) -> int:
        """min(a, b)."""
        return self._add("minimum", a, b)

    def maximum(self, a: int, b: int) -> int:
        """max(a, b)."""
        return self._add("maximum", a, b)

    def relu(self, a: int) -> int:
        """max(a, 0)."""
        return self._add("relu", a)

    def absolute(self, a: int) -> int:
        """|a|."""
        return self._add("absolute", a)

    def negative(self, a: int) -> int:
        """-a."""
        return self._add("negative", a)

    def atom(self, a: int, name: str) -> int:
        """The atom of that name at a."""
        return self._add("atom", a, name)

    def divided(self, a: int, n: int) -> int:
        """a/n, where n divides the sum of products that the function enters."""
        return self._add("divided", a, Fraction(n))


@lru_cache(maxsize=4096)
def _meaning(program: Program) -> Univariate:
    held = [IDENTITY]
    for name, *arguments in program:
        of = [held[a] for a in arguments[: OPERATIONS[str(name)]] if isinstance(a, int)]
        held.append(_apply(str(name), of, arguments[-1] if arguments else 0))
    return held[-1]


def _apply(
    name: str, of: Sequence[Univariate], extra: int | Fraction | str
) -> Univariate:
    if name == "atom":
        atom = Atom(str(extra), Fraction(1), Fraction(0))
        if atom.is_partial:
            raise ValidationError(
                f"{atom.name} is not defined everywhere, as functions of straight-line "
                "programs are"
            )
        nothing = PiecewisePolynomial.of([])
        return Univariate(nothing, ((atom, Fraction(1)),)).compose(of[0])
    f = [u.pieces for u in of]
    if name == "constant":
        return Univariate(PiecewisePolynomial.of([extra]))
    if name == "divided":
        return of[0].scale(1 / Fraction(extra))
    return Univariate(_pieces(name, f))


def _pieces(name: str, f: Sequence[PiecewisePolynomial]) -> PiecewisePolynomial:
    if name == "add":
        return f[0] + f[1]
    if name == "subtract":
        return f[0] - f[1]
    if name == "multiply":
        return f[0] * f[1]
    if name == "minimum":
        return f[0] - _RELU.compose(f[0] - f[1])
    if name == "maximum":
        return f[1] + _RELU.compose(f[0] - f[1])
    if name == "relu":
        return _RELU.compose(f[0])
    if name == "absolute":
        return _RELU.compose(f[0]).scale(2) - f[0]
    assert name == "negative"
    return -f[0]
