"""The basis of proper ratios of polynomials, for instance the edges of a KAT layer."""

from __future__ import annotations

from dataclasses import dataclass

from kan_equiv.errors import ValidationError
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.ratios import Ratios
from kan_equiv.ir.family import Basis
from kan_equiv.ir.univariate import Univariate

__all__ = ["RationalBasis"]


@dataclass(frozen=True, slots=True)
class RationalBasis(Basis):
    """Functions in partial fractions over Q; their polynomial parts stand elsewhere.

    >>> from fractions import Fraction
    >>> from kan_equiv.exact import Polynomial
    >>> from kan_equiv.exact.ratios import RatioTerm
    >>> one, q = PiecewisePolynomial.of([1]), Polynomial.of([1, 0, 1])
    >>> RationalBasis((Ratios((RatioTerm(q, 1, one),)),)).evaluate(Fraction(2))
    [Fraction(1, 5)]
    """

    ratios: tuple[Ratios, ...]

    def __post_init__(self) -> None:
        if not self.ratios:
            raise ValidationError("a basis needs at least one function, got ratios=()")

    def __hash__(self) -> int:
        return self._hash_once(self.ratios)

    def __len__(self) -> int:
        return len(self.ratios)

    def functions(self) -> tuple[Univariate, ...]:
        nothing = PiecewisePolynomial.of([])
        return tuple(Univariate(nothing, (), r) for r in self.ratios)
