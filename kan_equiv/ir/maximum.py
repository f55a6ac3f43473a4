"""Maxout units: maxima of coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kan_equiv.exact.enclosure import Enclosure, Number
from kan_equiv.ir.groups import Groups

__all__ = ["Maximum"]


@dataclass(frozen=True, slots=True)
class Maximum(Groups):
    """y[g] is the greatest x[i] over the indices i of group g.

    A maxout layer is an affine stage and this (Goodfellow et al., "Maxout networks",
    2013).

    >>> from fractions import Fraction
    >>> Maximum(((0,), (1, 2)), 3)([Fraction(v) for v in (2, 3, 5)])
    [Fraction(2, 1), Fraction(5, 1)]
    """

    def __call__(self, x: Sequence[Number]) -> list[Number]:
        """Evaluate exactly, or in enclosures where coordinates are."""
        return [_greatest([x[i] for i in group]) for group in self.groups]


def _greatest(values: Sequence[Number]) -> Number:
    exact = [v for v in values if not isinstance(v, Enclosure)]
    if len(exact) == len(values):
        return max(exact)
    ends = [(v.lower, v.upper) if isinstance(v, Enclosure) else (v, v) for v in values]
    lows, highs = zip(*ends, strict=True)
    return Enclosure(max(lows), max(highs))
