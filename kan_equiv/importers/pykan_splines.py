"""What pykan's ``B_batch`` computes: B-splines, and its own rule at repeated knots."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.ir.basis import Basis, BSplineBasis, PiecewiseBasis
from kan_equiv.ir.knots import KnotVector

__all__ = ["pykan_basis", "repeated_knot_splines"]


def pykan_basis(knots: KnotVector, degree: int) -> Basis:
    """Return the basis that pykan evaluates on these knots."""
    if knots.is_simple:
        return BSplineBasis(knots, degree)
    return PiecewiseBasis(repeated_knot_splines(knots, degree))


def repeated_knot_splines(
    knots: KnotVector, degree: int
) -> tuple[PiecewisePolynomial, ...]:
    """Return what pykan's B_batch computes on knots that repeat.

    Its recursion has two terms with a denominator each. Where one is zero the term is
    0/0 = NaN for every x, and ``nan_to_num`` after each level turns the sum, so both
    terms, into zero. The textbook drops the one term only; the functions differ.

    >>> (only,) = repeated_knot_splines(KnotVector.of([0, 0, 1]), 1)
    >>> only.is_zero  # in the textbook it is 1 - x on [0, 1)
    True
    """
    t = knots.knots
    zero = PiecewisePolynomial.of([])
    level = [_indicator(a, b) for a, b in pairwise(t)]
    for q in range(1, degree + 1):
        raised: list[PiecewisePolynomial] = []
        for j in range(len(level) - 1):
            up, down = t[j + q] - t[j], t[j + q + 1] - t[j + 1]
            if not up or not down:
                raised.append(zero)
                continue
            rising = PiecewisePolynomial.of([-t[j] / up, 1 / up])
            falling = PiecewisePolynomial.of([t[j + q + 1] / down, -1 / down])
            raised.append(level[j] * rising + level[j + 1] * falling)
        level = raised
    return tuple(level)


def _indicator(a: Fraction, b: Fraction) -> PiecewisePolynomial:
    if a == b:
        return PiecewisePolynomial.of([])
    one, zero = Polynomial((1,)), Polynomial(())
    return PiecewisePolynomial.from_right_pieces((a, b), (zero, one, zero))
