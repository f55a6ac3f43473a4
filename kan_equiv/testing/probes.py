"""Points that tell piecewise polynomials apart."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from kan_equiv.exact import PiecewisePolynomial

__all__ = ["probes"]


def probes(
    *functions: PiecewisePolynomial, at: Sequence[Fraction] = ()
) -> list[Fraction]:
    """Return points on which sums and products of two of the functions are determined.

    All breakpoints, the points ``at``, and inside every cell between them more points
    than twice the degree.

    >>> hinge = PiecewisePolynomial.truncated_power(Fraction(0), 1)
    >>> len(probes(hinge)), Fraction(0) in probes(hinge)
    (9, True)
    """
    t = sorted({*at, *(b for f in functions for b in f.breakpoints)})
    count = 2 * max(f.degree for f in functions) + 2
    ends = [t[0] - count - 1, *t, t[-1] + count + 1] if t else [Fraction(0), count + 1]
    inner = [
        a + (b - a) * Fraction(k, count + 1)
        for a, b in pairwise(ends)
        for k in range(1, count + 1)
    ]
    return [*t, *inner]
