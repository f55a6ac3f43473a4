"""Extreme values of functions of one input, where many are multiples of few.

A neuron's output goes to the next layer's units with one weight each: what input i adds
to output o is w_o f(x_i).  If d_o = q e for an integer q, then the supremum of d_o is q
times that of e (of -e, if q < 0), and so is every bound of it.  So bounds are sought
once for every e, the coefficients divided by their greatest common divisor.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import gcd, lcm

from .algebra import Generator
from .hulls import Curves
from .linear import Vector
from .work import spend, widest, words

NEEDS = ("hulls",)
Row = Sequence[int]
ZERO = Fraction(0)


class Multiples:
    """The functions d_o, o = 0, 1, ..., of one input on [low, high]."""

    def __init__(
        self, known: dict[Generator, Vector], low: Fraction, high: Fraction
    ) -> None:
        common = lcm(*[den for _, den in known.values()])
        lines: list[Row] = []
        for line, den in known.values():
            size = widest(line) + words(common)
            spend(len(line) * (size + (size * size >> 3)))
            lines.append([v * (common // den) for v in line])
        rows, self.factors = primitive(zip(*lines, strict=True))
        columns = zip(known, zip(*rows, strict=True), strict=True)
        few: dict[Generator, Vector] = {g: ([*line], common) for g, line in columns}
        self.curves = Curves(few, low, high)
        self._greatest: dict[tuple[int, int, int], Fraction] = {}

    def at(self, o: int, x: Fraction) -> tuple[Fraction, Fraction]:
        """Bounds of d_o(x), equal where no atom is involved."""
        which, factor = self.factors[o]
        ends = [factor * v for v in self.curves.at(which, x)]
        return min(ends), max(ends)

    def greatest(self, o: int, sign: int, cuts: int) -> Fraction:
        """An upper bound of sign*d_o; cells are halved up to `cuts` times."""
        which, factor = self.factors[o]
        if not factor:
            return ZERO
        key = which, sign if factor > 0 else -sign, cuts
        if key not in self._greatest:
            self._greatest[key] = self.curves.greatest(*key)
        return abs(factor) * self._greatest[key]


def primitive(rows: Iterable[Row]) -> tuple[list[Row], list[tuple[int, int]]]:
    """Rows of coprime integers, and for every given row which one, and how often.

    The first entry of a row that is not 0 is positive in it.
    """
    places: dict[Row, int] = {}
    factors: list[tuple[int, int]] = []
    for row in rows:
        factor = gcd(*row)
        if next((v < 0 for v in row if v), False):
            factor = -factor
        reduced = tuple([v // factor for v in row]) if factor else tuple(row)
        factors.append((places.setdefault(reduced, len(places)), factor))
    return list(places), factors
