"""Knot vectors: non-decreasing exact rationals in which multiplicity counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from kan_equiv.errors import ValidationError
from kan_equiv.exact.hashing import HashedOnce
from kan_equiv.exact.rational import to_fraction

__all__ = ["KnotVector"]


@dataclass(frozen=True, slots=True)
class KnotVector(HashedOnce):
    """Non-decreasing exact rational knots t_0 <= t_1 <= ...

    >>> t = KnotVector.of([0, 1, 1, "5/2"])
    >>> t.breakpoints, t.multiplicity(Fraction(1)), t.is_simple
    ((Fraction(0, 1), Fraction(1, 1), Fraction(5, 2)), 2, False)
    """

    knots: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        for j in range(1, len(self.knots)):
            if self.knots[j] < self.knots[j - 1]:
                raise ValidationError(
                    f"knots must be non-decreasing, got t[{j}]={self.knots[j]} after "
                    f"t[{j - 1}]={self.knots[j - 1]}"
                )

    def __hash__(self) -> int:
        return self._hash_once(self.knots)

    @classmethod
    def of(cls, knots: Iterable[object]) -> KnotVector:
        """Build from any exact numbers (floats are taken bit for bit)."""
        return cls(tuple(to_fraction(t, f"t[{j}]") for j, t in enumerate(knots)))

    @property
    def breakpoints(self) -> tuple[Fraction, ...]:
        """The distinct knots."""
        return tuple(dict.fromkeys(self.knots))

    @property
    def is_simple(self) -> bool:
        """Whether no knot repeats."""
        return len(self.breakpoints) == len(self.knots)

    def multiplicity(self, t: Fraction) -> int:
        """How often ``t`` stands among the knots."""
        return self.knots.count(t)

    def __len__(self) -> int:
        return len(self.knots)

    def __getitem__(self, j: int) -> Fraction:
        return self.knots[j]
