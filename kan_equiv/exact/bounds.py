"""Certified extreme values of a piecewise polynomial on a closed interval.

Every cell is bounded by the hull of its Bernstein coefficients, exact for degree
<= 1; cells are halved until the hull is as close to an attained value as asked.
Limits at open ends of cells count: a supremum need not be attained.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from fractions import Fraction

from kan_equiv.errors import ValidationError
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.polynomial import Polynomial

__all__ = ["Bound", "maximum", "sup_norm"]


@dataclass(frozen=True, slots=True)
class Bound:
    """A supremum known to lie in the closed interval [lower, upper].

    ``lower`` is approached (or attained) at ``near``; the exact supremum when equal.
    """

    lower: Fraction
    upper: Fraction
    near: Fraction


def maximum(
    f: PiecewisePolynomial,
    lo: Fraction,
    hi: Fraction,
    relative: Fraction = Fraction(1, 1024),
) -> Bound:
    """Enclose sup f over the closed interval [lo, hi].

    The gap upper - lower is at most ``relative`` times the largest Bernstein
    coefficient of f there, in magnitude (and 0 for pieces of degree <= 1).

    >>> hat = PiecewisePolynomial.truncated_power(Fraction(0), 1)
    >>> maximum(hat, Fraction(-1), Fraction(3)).upper
    Fraction(3, 1)
    """
    if lo > hi:
        raise ValidationError(f"interval needs lo <= hi, got {lo=}, {hi=}")
    if relative <= 0:
        raise ValidationError(f"relative must be > 0, got {relative=}")
    t, pieces, values = f.refine((lo, hi))
    best, near = max((v, x) for x, v in zip(t, values, strict=True) if lo <= x <= hi)
    heap: list[tuple[Fraction, int, Fraction, Fraction, Polynomial]] = []
    count = 0
    scale = abs(best)
    for j in range(t.index(lo), t.index(hi)):
        a, b, p = t[j], t[j + 1], pieces[j + 1]
        hull = p.bernstein(a, b)
        scale = max(scale, *(abs(c) for c in hull))
        for v, x in ((hull[0], a), (hull[-1], b)):
            if v > best:
                best, near = v, x
        heapq.heappush(heap, (-max(hull), count, a, b, p))
        count += 1
    slack = scale * relative
    while heap and -heap[0][0] > best + slack:
        _, _, a, b, p = heapq.heappop(heap)
        middle = (a + b) / 2
        if (v := p(middle)) > best:
            best, near = v, middle
        for u, w in ((a, middle), (middle, b)):
            heapq.heappush(heap, (-max(p.bernstein(u, w)), count, u, w, p))
            count += 1
    upper = max(best, -heap[0][0]) if heap else best
    return Bound(best, upper, near)


def sup_norm(
    f: PiecewisePolynomial,
    lo: Fraction,
    hi: Fraction,
    relative: Fraction = Fraction(1, 1024),
) -> Bound:
    """Enclose sup |f| over the closed interval [lo, hi].

    >>> sup_norm(PiecewisePolynomial.of([0, 1]), Fraction(-2), Fraction(1)).upper
    Fraction(2, 1)
    """
    above, below = maximum(f, lo, hi, relative), maximum(-f, lo, hi, relative)
    near = above.near if above.lower >= below.lower else below.near
    return Bound(max(above.lower, below.lower), max(above.upper, below.upper), near)
