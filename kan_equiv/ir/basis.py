"""Bases: ordered families of functions of one variable on the same knots.

A bank sends each input to the values of a basis there; a layer mixes these values
with one matrix. Everything about a layer that is not linear algebra is in here.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from kan_equiv.errors import ValidationError
from kan_equiv.exact.enclosure import Number
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.ir.family import Basis
from kan_equiv.ir.splines import BSplineBasis, LocalBasis
from kan_equiv.ir.univariate import Atom, Univariate

__all__ = [
    "AtomBasis",
    "BSplineBasis",
    "Basis",
    "ConcatenatedBasis",
    "GuardedBasis",
    "LocalBasis",
    "MonomialBasis",
    "PiecewiseBasis",
    "TruncatedPowerBasis",
]


@dataclass(frozen=True, slots=True)
class TruncatedPowerBasis(Basis):
    """Functions max(x - t, 0)^d, one for each (knot, degree) pair.

    Degree 0 is the indicator of x >= t. ReLU is ``((0, 1),)``, RePU ``((0, p),)``.
    """

    terms: tuple[tuple[Fraction, int], ...]

    def __post_init__(self) -> None:
        if not self.terms:
            raise ValidationError("a basis needs at least one function, got terms=()")
        for t, d in self.terms:
            if d < 0:
                raise ValidationError(f"degree must be >= 0, got degree={d} at t={t}")

    def __hash__(self) -> int:
        return self._hash_once(self.terms)

    def __len__(self) -> int:
        return len(self.terms)

    def functions(self) -> tuple[Univariate, ...]:
        return _truncated_powers(self)


@lru_cache(maxsize=4096)
def _truncated_powers(basis: TruncatedPowerBasis) -> tuple[Univariate, ...]:
    return tuple(
        Univariate(PiecewisePolynomial.truncated_power(t, d)) for t, d in basis.terms
    )


@dataclass(frozen=True, slots=True)
class MonomialBasis(Basis):
    """Functions x^d for the given degrees; ``(1,)`` is an identity column."""

    degrees: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.degrees or any(d < 0 for d in self.degrees):
            raise ValidationError(
                f"degrees must be non-empty and >= 0, got degrees={self.degrees}"
            )

    def __len__(self) -> int:
        return len(self.degrees)

    def functions(self) -> tuple[Univariate, ...]:
        return tuple(
            Univariate(PiecewisePolynomial.of([0] * d + [1])) for d in self.degrees
        )


@dataclass(frozen=True, slots=True)
class AtomBasis(Basis):
    """Named transcendentals, for instance the SiLU of a base branch."""

    atoms: tuple[Atom, ...]

    def __post_init__(self) -> None:
        if not self.atoms:
            raise ValidationError("a basis needs at least one function, got atoms=()")
        if not all(a.where.is_everywhere for a in self.atoms):
            raise ValidationError("guarded atoms belong into a GuardedBasis")

    def __len__(self) -> int:
        return len(self.atoms)

    def functions(self) -> tuple[Univariate, ...]:
        return _functions(self.atoms)


@dataclass(frozen=True, slots=True)
class GuardedBasis(Basis):
    """Atoms that stand on a part of the line and are 0 elsewhere.

    >>> from kan_equiv.exact.interval_union import IntervalUnion
    >>> right = IntervalUnion.above(Fraction(0), is_closed=False)
    >>> basis = GuardedBasis((Atom("log", where=right),))
    >>> basis.evaluate(Fraction(-1)), str(basis.functions()[0].domain)
    ([Enclosure(0)], '(-inf, inf)')
    """

    atoms: tuple[Atom, ...]

    def __post_init__(self) -> None:
        if not self.atoms:
            raise ValidationError("a basis needs at least one function, got atoms=()")

    def __len__(self) -> int:
        return len(self.atoms)

    def functions(self) -> tuple[Univariate, ...]:
        return _functions(self.atoms)


@dataclass(frozen=True, slots=True)
class PiecewiseBasis(Basis):
    """Any piecewise polynomials, for instance edges that come from SymPy."""

    pieces: tuple[PiecewisePolynomial, ...]

    def __post_init__(self) -> None:
        if not self.pieces:
            raise ValidationError("a basis needs at least one function, got pieces=()")

    def __hash__(self) -> int:
        return self._hash_once(self.pieces)

    def __len__(self) -> int:
        return len(self.pieces)

    def functions(self) -> tuple[Univariate, ...]:
        return tuple(Univariate(f) for f in self.pieces)


@dataclass(frozen=True, slots=True)
class ConcatenatedBasis(Basis):
    """The functions of several bases, one after the other."""

    parts: tuple[Basis, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValidationError("a basis needs at least one function, got parts=()")

    def __hash__(self) -> int:
        return self._hash_once(self.parts)

    def __len__(self) -> int:
        return sum(len(p) for p in self.parts)

    def functions(self) -> tuple[Univariate, ...]:
        return tuple(f for p in self.parts for f in p.functions())

    def evaluate(self, x: Number) -> list[Number]:
        return [v for p in self.parts for v in p.evaluate(x)]


def _functions(atoms: tuple[Atom, ...]) -> tuple[Univariate, ...]:
    nothing = PiecewisePolynomial.of([])
    return tuple(Univariate(nothing, ((a, Fraction(1)),)) for a in atoms)
