"""SymPy ratios of polynomials, also in pieces, to exact functions.

Arithmetic keeps every denominator that was written, so that what is undefined stays
undefined: x/x is refused, not read as 1. Roots are looked for at the end, only on the
cells where a ratio really stands.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from kan_equiv.errors import DomainError, SizeLimitError
from kan_equiv.exact.denominators import least_common_multiple
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.exact.ratios import Quotient, piecewise_quotients
from kan_equiv.ir.univariate import Univariate

__all__ = ["Quotients", "has_denominator", "read_quotients"]

ONE = Polynomial.of([1])
DEGREE_LIMIT = 256
Value = Fraction | None


@dataclass(frozen=True, slots=True)
class Quotients:
    """numerator/denominator on open cells, and values; None where there is none."""

    breakpoints: tuple[Fraction, ...]
    cells: tuple[Quotient, ...]
    values: tuple[Value, ...]

    @classmethod
    def of(cls, f: PiecewisePolynomial) -> Quotients:
        """Return a piecewise polynomial over 1."""
        return cls(f.breakpoints, tuple((p, ONE) for p in f.pieces), f.values)

    def __call__(self, x: Fraction) -> Value:
        j = bisect_left(self.breakpoints, x)
        if j < len(self.breakpoints) and self.breakpoints[j] == x:
            return self.values[j]
        n, d = self.cells[j]
        bottom = d(x)
        return n(x) / bottom if bottom else None

    def cell(self, x: Fraction) -> Quotient:
        """Return the ratio that stands around x, which is no breakpoint."""
        return self.cells[bisect_left(self.breakpoints, x)]

    def restrict(self, lo: Value, hi: Value) -> Quotients:
        """Return what agrees on [lo, hi] and is constant outside; None is no end."""
        inner = {
            t
            for t in self.breakpoints
            if (lo is None or lo < t) and (hi is None or t < hi)
        }
        t, probes = _cells(inner | {x for x in (lo, hi) if x is not None})
        values, cells = [self(x) for x in t], [self.cell(x) for x in probes]
        for end, k in ((lo, 0), (hi, -1)):
            if end is not None:
                cells[k] = Polynomial.of([values[k] or 0]), ONE
        return Quotients(t, tuple(cells), tuple(values))

    def power(self, k: int) -> Quotients:
        """Return the k-th power, also for k < 0."""
        cells = tuple(_power(n, d, k) for n, d in self.cells)
        return Quotients(self.breakpoints, cells, tuple(map(_to(k), self.values)))

    def to_univariate(self) -> Univariate:
        """Return the exact function.

        Raises:
            DomainError: a denominator has a root on its closed cell.
        """
        values: list[Fraction] = []
        for t, v in zip(self.breakpoints, self.values, strict=True):
            if v is None:
                raise DomainError(f"a denominator is 0 at the breakpoint x = {t}")
            values.append(v)
        pieces, ratios = piecewise_quotients(self.breakpoints, self.cells, values)
        return Univariate(pieces, (), ratios)


def _to(k: int) -> Callable[[Value], Value]:
    return lambda v: None if v is None or (k < 0 and v == 0) else v**k


def _power(n: Polynomial, d: Polynomial, k: int) -> Quotient:
    if max(n.degree, d.degree) * abs(k) > DEGREE_LIMIT:
        raise SizeLimitError(
            f"a ratio of degree {max(n.degree, d.degree)} to the power {k}: the limit "
            f"of the degree is {DEGREE_LIMIT}"
        )
    if k >= 0:
        return n.power(k), d.power(k)
    # 1/(n/d) is undefined at the roots of d too.
    return d.power(-2 * k), (n * d).power(-k)


def _sum(a: Quotient, b: Quotient) -> Quotient:
    d = least_common_multiple(a[1], b[1])
    if not d[0]:
        return ONE, d[0]
    return a[0] * d[1] + b[0] * d[2], d[0]


def _product(a: Quotient, b: Quotient) -> Quotient:
    return a[0] * b[0], a[1] * b[1]


def _combine(
    parts: Iterable[Quotients],
    on_cells: Callable[[Quotient, Quotient], Quotient],
    on_values: Callable[[Fraction, Fraction], Fraction],
) -> Quotients:
    first, *rest = parts
    for f in rest:
        t, probes = _cells([*first.breakpoints, *f.breakpoints])
        values: list[Value] = []
        for x in t:
            u, v = first(x), f(x)
            values.append(None if u is None or v is None else on_values(u, v))
        cells = tuple(on_cells(first.cell(x), f.cell(x)) for x in probes)
        first = Quotients(t, cells, tuple(values))
    return first


def _cells(points: Iterable[Fraction]) -> tuple[tuple[Fraction, ...], list[Fraction]]:
    """Return the sorted points, and one point inside every cell between them."""
    t = tuple(sorted(set(points)))
    inner = [(a + b) / 2 for a, b in pairwise(t)]
    return t, [t[0] - 1, *inner, t[-1] + 1] if t else [Fraction(0)]


def select(
    cases: Sequence[tuple[Quotients, PiecewisePolynomial]],
) -> Quotients:
    """Return the function that is each case where its indicator is 1; they cover R."""
    t, probes = _cells(
        b for f, here in cases for b in (*f.breakpoints, *here.breakpoints)
    )

    def chosen(x: Fraction) -> Quotients:
        return next(f for f, here in cases if here(x) == 1)

    cells = tuple(chosen(x).cell(x) for x in probes)
    return Quotients(t, cells, tuple(chosen(x)(x) for x in t))


def has_denominator(e: Any, x: Any) -> bool:
    """Whether a ratio of polynomials in x, and nothing transcendental, is written."""
    import sympy

    if e.has(sympy.exp, sympy.tanh, sympy.sin, sympy.cos, sympy.erf, sympy.log):
        return False
    powers = e.atoms(sympy.Pow)
    return any(p.exp.is_Integer and p.exp < 0 and p.base.has(x) for p in powers)


def read_quotients(
    e: Any,
    x: Any,
    pieces: Callable[[Any], PiecewisePolynomial],
    indicators: Callable[[Any], list[tuple[Any, PiecewisePolynomial]]],
) -> Quotients:
    """Read sums, products, integer powers and Piecewise of ratios of polynomials.

    Args:
        e: a SymPy expression.
        x: its symbol.
        pieces: reads what has no denominator.
        indicators: the values of a Piecewise with the indicators of their places.
    """
    import sympy

    def read(part: Any) -> Quotients:
        return read_quotients(part, x, pieces, indicators)

    if not has_denominator(e, x):
        return Quotients.of(pieces(e))
    if isinstance(e, sympy.Add):
        return _combine(map(read, e.args), _sum, Fraction.__add__)
    if isinstance(e, sympy.Mul):
        return _combine(map(read, e.args), _product, Fraction.__mul__)
    if isinstance(e, sympy.Pow) and e.exp.is_Integer:
        return read(e.base).power(int(e.exp))
    if isinstance(e, sympy.Piecewise):
        return select([(read(value), here) for value, here in indicators(e)])
    return Quotients.of(pieces(e))
