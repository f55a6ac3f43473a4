"""Graphs of polynomials and functions as Bézier curves, for drawing.

The graph of a polynomial of degree n on [lo, hi] *is* a Bézier curve: its control
points are lo + k (hi - lo) / n and the Bernstein coefficients. So pieces of degree at
most 3 are drawn exactly, one curve each. A piece of higher degree is cut until the
cubic with its values and slopes at both ends is within a proved bound of it.

Sources: Farouki, "The Bernstein polynomial basis: a centennial retrospective" (2012);
for the bound max |p''''| h^4 / 384, de Boor, "A Practical Guide to Splines" (2001),
ch. IV.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from kan_equiv.errors import ValidationError
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.ir.univariate import Univariate

__all__ = ["Curve", "Dot", "Segment", "bezier", "cuts_for_cubics", "drawn_interval"]

_DEPTH = 12
_FINE = 1000


@dataclass(frozen=True, slots=True)
class Segment:
    """One Bézier curve of degree 1, 2 or 3 over [lo, hi], a graph.

    Its control points have equally spaced abscissas, so the parameter is affine in x.

    >>> cube, error = bezier(Polynomial.of([0, 0, 0, 1]), Fraction(0), Fraction(3))
    >>> [(str(x), str(y)) for x, y in cube.points], error
    ([('0', '0'), ('1', '0'), ('2', '0'), ('3', '27')], Fraction(0, 1))
    """

    lo: Fraction
    hi: Fraction
    ordinates: tuple[Fraction, ...]

    @property
    def points(self) -> tuple[tuple[Fraction, Fraction], ...]:
        """The control points, exact."""
        step = (self.hi - self.lo) / (len(self.ordinates) - 1)
        return tuple((self.lo + k * step, y) for k, y in enumerate(self.ordinates))

    def __call__(self, x: Fraction) -> Fraction:
        """Return the ordinate at x, by de Casteljau's rule, exactly."""
        t = (x - self.lo) / (self.hi - self.lo)
        row = list(self.ordinates)
        while len(row) > 1:
            row = [a + t * (b - a) for a, b in pairwise(row)]
        return row[0]

    def raised(self, degree: int) -> Segment:
        """Return the same curve as one of at least this degree."""
        row = self.ordinates
        while (n := len(row)) <= degree:
            inner = [(k * row[k - 1] + (n - k) * row[k]) / n for k in range(1, n)]
            row = (row[0], *inner, row[-1])
        return Segment(self.lo, self.hi, row)


@dataclass(frozen=True, slots=True)
class Dot:
    """A point on or beside a curve."""

    x: Fraction
    y: Fraction


@dataclass(frozen=True, slots=True)
class Curve:
    """What is drawn of a function on [lo, hi].

    Attributes:
        runs: segments that meet, one run for each stretch without a jump or a gap.
        hinges: breakpoints at which the function is continuous.
        values: values at breakpoints where it is not.
        limits: one-sided limits there that are not the value.
        error: a proved bound of |drawn - function|, 0 where the curve is the graph; it
            does not speak of what is sampled.
        is_sampled: whether atoms or ratios take part, which are sampled.
    """

    lo: Fraction
    hi: Fraction
    runs: tuple[tuple[Segment, ...], ...]
    hinges: tuple[Dot, ...] = ()
    values: tuple[Dot, ...] = ()
    limits: tuple[Dot, ...] = ()
    error: Fraction = Fraction(0)
    is_sampled: bool = False

    @property
    def is_exact(self) -> bool:
        """Whether the curve is the function's graph itself."""
        return not self.is_sampled and not self.error

    @property
    def span(self) -> tuple[Fraction, Fraction] | None:
        """An interval that holds all ordinates; None where nothing is drawn."""
        ys = [y for run in self.runs for s in run for y in s.ordinates]
        ys += [d.y for d in (*self.values, *self.limits)]
        return (min(ys), max(ys)) if ys else None


def bezier(p: Polynomial, lo: Fraction, hi: Fraction) -> tuple[Segment, Fraction]:
    """Return one Bézier curve for a polynomial on [lo, hi], and how far it may be off.

    That is 0 up to degree 3. Above, the curve has the values and slopes of p at both
    ends, and the bound is that of cubic Hermite interpolation.

    Raises:
        ValidationError: lo is not less than hi.
    """
    if lo >= hi:
        raise ValidationError(f"a curve needs lo < hi, got {lo=!s}, {hi=!s}")
    if p.degree == 0:
        return Segment(lo, hi, (p.coefficient(0),) * 2), Fraction(0)
    if p.degree <= 3:
        return Segment(lo, hi, p.bernstein(lo, hi)), Fraction(0)
    slope, h = p.derivative(), hi - lo
    a, b = p(lo), p(hi)
    row = (a, a + slope(lo) * h / 3, b - slope(hi) * h / 3, b)
    fourth = slope.derivative().derivative().derivative()
    error = max(abs(v) for v in fourth.bernstein(lo, hi)) * h**4 / 384
    return Segment(lo, hi, row), error


def cuts_for_cubics(p: Polynomial, lo: Fraction, hi: Fraction) -> list[Fraction]:
    """Return where to cut (lo, hi) so that Bézier curves are near the polynomial.

    Near is a thousandth of the range of its Bernstein coefficients.
    """
    if p.degree <= 3:
        return []
    row = p.bernstein(lo, hi)
    return _halves(p, lo, hi, (max(row) - min(row)) / _FINE, _DEPTH)


def _halves(
    p: Polynomial, lo: Fraction, hi: Fraction, tolerance: Fraction, depth: int
) -> list[Fraction]:
    if not depth or bezier(p, lo, hi)[1] <= tolerance:
        return []
    middle = (lo + hi) / 2
    left = _halves(p, lo, middle, tolerance, depth - 1)
    return [*left, middle, *_halves(p, middle, hi, tolerance, depth - 1)]


def drawn_interval(functions: Sequence[Univariate]) -> tuple[Fraction, Fraction]:
    """Return an interval on which the functions show what they do, with a margin.

    It holds all breakpoints, or where atoms bend; without either it is [-1, 1].

    >>> from kan_equiv.exact import PiecewisePolynomial
    >>> relu = PiecewisePolynomial.truncated_power(Fraction(1), 1)
    >>> [str(v) for v in drawn_interval([Univariate(relu)])]
    ['0', '2']
    """
    marks: set[Fraction] = set()
    for f in functions:
        marks |= {*f.breakpoints, *f.domain.ends}
    if len(marks) < 2:
        atoms = {a for f in functions for a, _ in f.atoms}
        marks |= {a.center + s / abs(a.slope) for a in atoms for s in (-2, 2)}
    if not marks:
        return Fraction(-1), Fraction(1)
    lo, hi = min(marks), max(marks)
    if lo == hi:
        return lo - 1, hi + 1
    margin = (hi - lo) / 12
    return lo - margin, hi + margin
