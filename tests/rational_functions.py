"""Piecewise ratios of polynomials as they are written, with direct evaluation."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from hypothesis import strategies as st

from kan_equiv.exact import Polynomial
from kan_equiv.exact.ratios import piecewise_quotients
from kan_equiv.ir import Univariate
from kan_equiv.testing.strategies import polynomials, rationals

F = Fraction
Cell = tuple[Polynomial, Polynomial]


@dataclass(frozen=True)
class Written:
    """numerator/denominator on each open cell, and a value at each breakpoint."""

    breakpoints: tuple[Fraction, ...]
    cells: tuple[Cell, ...]
    values: tuple[Fraction, ...]

    def __call__(self, x: Fraction) -> Fraction:
        j = bisect_left(self.breakpoints, x)
        if x in self.breakpoints:
            return self.values[j]
        n, d = self.cells[j]
        return n(x) / d(x)

    @property
    def univariate(self) -> Univariate:
        found = piecewise_quotients(self.breakpoints, self.cells, self.values)
        return Univariate(found[0], (), found[1])

    @property
    def bounds(self) -> list[tuple[Fraction | None, Fraction | None]]:
        return list(pairwise([None, *self.breakpoints, None]))

    def points(self) -> list[Fraction]:
        """All breakpoints, and more points in each cell than degrees allow zeros."""
        degree = max(n.degree + d.degree for n, d in self.cells)
        count = 2 * degree + 2
        t = self.breakpoints
        ends = [t[0] - count, *t, t[-1] + count] if t else [F(-count), F(count)]
        inner = [
            a + (b - a) * F(k, count + 1)
            for a, b in pairwise(ends)
            for k in range(1, count + 1)
        ]
        return [*t, *inner]

    def multiplied(self, factor: Polynomial) -> Written:
        """The same function, numerators and denominators times a root-free factor."""
        cells = tuple((n * factor, d * factor) for n, d in self.cells)
        return Written(self.breakpoints, cells, self.values)

    def cut(self, t: Fraction) -> Written:
        """The same function with one more breakpoint."""
        if t in self.breakpoints:
            return self
        j = bisect_left(self.breakpoints, t)
        return Written(
            (*self.breakpoints[:j], t, *self.breakpoints[j:]),
            (*self.cells[: j + 1], *self.cells[j:]),
            (*self.values[:j], self(t), *self.values[j:]),
        )


@st.composite
def denominators(
    draw: st.DrawFn, lo: Fraction | None = None, hi: Fraction | None = None
) -> Polynomial:
    """Products of one or two factors, real roots outside of [lo, hi] included."""
    out = Polynomial.of([draw(rationals().filter(bool))])
    for _ in range(draw(st.integers(1, 2))):
        kind = draw(st.sampled_from(["square", "cubic", "left", "right"]))
        gap = draw(rationals(min_value=1, max_value=4)) / 8
        if kind == "left" and lo is not None:
            factor = Polynomial.of([gap - lo, 1])
        elif kind == "right" and hi is not None:
            factor = Polynomial.of([hi + gap, -1])
        elif kind == "cubic" and lo is not None:
            z = Polynomial.of([-lo, 1])  # z^3 + z + gap has its root left of lo
            factor = z.power(3) + z + Polynomial.of([gap])
        else:
            center = draw(rationals(min_value=-2, max_value=2, max_denominator=2))
            factor = Polynomial.of([center**2 + gap, -2 * center, 1])
        out = out * factor.power(draw(st.integers(1, 2)))
    return out


@st.composite
def written_functions(draw: st.DrawFn, *, max_breakpoints: int = 2) -> Written:
    """Polynomials and ratios on the cells; values from the left, right, or isolated."""
    places = st.sets(rationals(max_denominator=4), max_size=max_breakpoints)
    t = tuple(sorted(draw(places)))
    cells: list[Cell] = []
    for lo, hi in pairwise([None, *t, None]):
        d = draw(st.just(Polynomial.of([1])) | denominators(lo, hi))
        cells.append((draw(polynomials(max_degree=3)), d))
    values: list[Fraction] = []
    for j, b in enumerate(t):
        side = draw(st.sampled_from([0, 1, None]))
        if side is None:
            values.append(draw(rationals()))
        else:
            n, d = cells[j + side]
            values.append(n(b) / d(b))
    return Written(t, tuple(cells), tuple(values))
