"""B-splines by recurrence, and the clamped powers that floats can run them with.

References: de Boor, "A Practical Guide to Splines" (2001), ch. IX (B-splines by
recurrence); Schumaker, "Spline Functions: Basic Theory" (2007), ch. 4.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from kan_equiv.errors import ValidationError
from kan_equiv.exact.enclosure import Enclosure, Number
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.ir.family import Basis
from kan_equiv.ir.knots import KnotVector
from kan_equiv.ir.univariate import Univariate

__all__ = ["BSplineBasis", "LocalBasis"]


@dataclass(frozen=True, slots=True)
class BSplineBasis(Basis):
    """B-splines of degree p on K knots: K - p - 1 functions by Cox-de Boor.

    Cells are half-open [t_j, t_{j+1}) and 0/0 counts as 0 in each term, so repeated
    knots give the textbook splines; outside [t_0, t_{K-1}] everything is zero.

    >>> hat = BSplineBasis(KnotVector.of([0, 1, 2]), 1)
    >>> hat.evaluate(Fraction(1, 2)), len(hat)
    ([Fraction(1, 2)], 1)
    """

    knots: KnotVector
    degree: int

    def __post_init__(self) -> None:
        if self.degree < 0:
            raise ValidationError(f"degree must be >= 0, got degree={self.degree}")
        if len(self.knots) < self.degree + 2:
            raise ValidationError(
                f"degree {self.degree} needs at least {self.degree + 2} knots, got "
                f"{len(self.knots)}"
            )

    def __hash__(self) -> int:
        return self._hash_once(self.knots, self.degree)

    def __len__(self) -> int:
        return len(self.knots) - self.degree - 1

    def functions(self) -> tuple[Univariate, ...]:
        return _bspline_functions(self)

    def evaluate(self, x: Number) -> list[Number]:
        p, t = self.degree, self.knots.knots
        zero: Number = Fraction(0)
        values: list[Number] = [zero] * len(self)
        lower, upper = (x.lower, x.upper) if isinstance(x, Enclosure) else (x, x)
        first = max(bisect_left(t, lower) - p - 1, 0)
        last = min(bisect_right(t, upper), len(self)) - 1
        functions = self.functions()
        for k in range(first, last + 1):
            values[k] = functions[k](x)
        return values


@lru_cache(maxsize=4096)
def _bspline_functions(basis: BSplineBasis) -> tuple[Univariate, ...]:
    """Cox-de Boor, cell by cell: local polynomials over the distinct knots."""
    t, p = basis.knots.knots, basis.degree
    cells = len(t) - 1
    # rows[j][s] is B_{j,q} on the cell (t_s, t_{s+1}), zero where s is missing.
    rows: list[dict[int, Polynomial]] = [
        {j: Polynomial((1,))} if t[j] < t[j + 1] else {} for j in range(cells)
    ]
    for q in range(1, p + 1):
        up: list[dict[int, Polynomial]] = []
        for j in range(cells - q):
            row: dict[int, Polynomial] = {}
            for source, at, width in (
                (rows[j], t[j], t[j + q] - t[j]),
                (rows[j + 1], t[j + q + 1], t[j + 1] - t[j + q + 1]),
            ):
                if width:
                    line = Polynomial.of([-at / width, 1 / width])
                    for s, poly in source.items():
                        term = poly * line
                        row[s] = row[s] + term if s in row else term
            up.append(row)
        rows = up
    return tuple(
        Univariate(
            _from_cells(t[j : j + p + 2], [row.get(s) for s in range(j, j + p + 1)])
        )
        for j, row in enumerate(rows)
    )


def _from_cells(
    t: tuple[Fraction, ...], cells: list[Polynomial | None]
) -> PiecewisePolynomial:
    zero = Polynomial(())
    keep = [s for s in range(len(cells)) if t[s] < t[s + 1]]
    points = (*(t[s] for s in keep), t[-1]) if keep else ()
    if not points:
        return PiecewisePolynomial.of([])
    return PiecewisePolynomial.from_right_pieces(
        points, (zero, *(cells[s] or zero for s in keep), zero)
    )


@dataclass(frozen=True, slots=True)
class LocalBasis(Basis):
    """Clamped truncated powers: the form of B-splines that floats can run.

    For B-spline k on simple knots t_k..t_{k+p+1} with center c = t[centers[k]] the
    functions are max(min(x, c) - t_j, 0)^p for the knots left of the center, then
    max(t_j - max(x, c), 0)^p for those right of it. All stay of the spline's size,
    where one-sided truncated powers grow without bound and cancel.
    """

    knots: KnotVector
    degree: int
    centers: tuple[int, ...]

    def __post_init__(self) -> None:
        p, size = self.degree, len(self.knots) - self.degree - 1
        if p < 1 or size < 1 or not self.knots.is_simple:
            raise ValidationError(
                f"a local basis needs degree >= 1, at least degree + 2 knots and no "
                f"repeated knot, got degree={p}, {len(self.knots)} knots"
            )
        if len(self.centers) != size:
            raise ValidationError(
                f"centers must number {size}, got {len(self.centers)}"
            )
        for k, c in enumerate(self.centers):
            if not k < c < k + p + 1:
                raise ValidationError(
                    f"center of spline {k} must lie inside its support: need "
                    f"{k} < centers[{k}] < {k + p + 1}, got {c}"
                )

    def __hash__(self) -> int:
        return self._hash_once(self.knots, self.degree, self.centers)

    def __len__(self) -> int:
        return (self.degree + 1) * len(self.centers)

    def functions(self) -> tuple[Univariate, ...]:
        return _local_functions(self)

    def terms(self) -> tuple[tuple[int, int, int], ...]:
        """Return (spline k, knot index j, side) in order; side is -1 left, +1 right."""
        p = self.degree
        return tuple(
            (k, j, -1 if j < c else 1)
            for k, c in enumerate(self.centers)
            for j in range(k, k + p + 2)
            if j != c
        )


@lru_cache(maxsize=4096)
def _local_functions(basis: LocalBasis) -> tuple[Univariate, ...]:
    t, p = basis.knots, basis.degree
    zero = Polynomial(())
    out: list[Univariate] = []
    for k, j, side in basis.terms():
        c, at = t[basis.centers[k]], t[j]
        ramp = Polynomial.of([-at, 1] if side < 0 else [at, -1]).power(p)
        flat = Polynomial.constant(abs(c - at) ** p)
        pieces, cut = (
            ((zero, ramp, flat), (at, c))
            if side < 0
            else (
                (flat, ramp, zero),
                (c, at),
            )
        )
        out.append(Univariate(PiecewisePolynomial.from_right_pieces(cut, pieces)))
    return tuple(out)
