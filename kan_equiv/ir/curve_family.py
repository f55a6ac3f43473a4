"""Curves of all combinations of some functions of one variable, drawn at once.

Bernstein coefficients are linear in the function. So a basis is cut into cells and
turned into control points once, and an edge, a combination of its functions, is one
exact integer product away from its curve: what a bank is to a layer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from kan_equiv.errors import UndecidedError, UndefinedError, ValidationError
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.exact.rational import common_denominator, to_float
from kan_equiv.ir.atom import Atom
from kan_equiv.ir.curves import Curve, Dot, Segment, bezier, cuts_for_cubics
from kan_equiv.ir.univariate import Univariate

__all__ = ["CurveFamily", "curve_of"]

SAMPLES = 12
"""Where functions are sampled, a cubic spans at most this part of the interval."""
_MOST = 400
"""Fast oscillations get shorter cubics, but not more than so many."""


@dataclass(frozen=True, slots=True)
class _Table:
    """Exact numbers, one row a function, as integers over one denominator."""

    ints: Any
    denominator: int

    @classmethod
    def of(cls, rows: Iterable[Iterable[Fraction]]) -> _Table:
        table = [list(row) for row in rows]
        ints, d = common_denominator([v for row in table for v in row])
        shape = (len(table), len(table[0]))
        return cls(np.array(ints, dtype=object).reshape(shape), d)

    def combined(self, weights: Any, denominator: int) -> list[Fraction]:
        d = self.denominator * denominator
        return [Fraction(v, d) for v in (weights @ self.ints).tolist()]


@dataclass(frozen=True, slots=True)
class CurveFamily:
    """Functions on common cells of [lo, hi], ready to be combined.

    Attributes:
        lo: left end of what is drawn.
        hi: right end.
        cells: intervals that get one Bézier curve each; where a function is not
            defined there are none.
        breaks: breakpoints in [lo, hi] of any function.
        degree: of the Bézier curves, 1, 2 or 3.
        errors: for each function a proved bound of |drawn - exact|.
    """

    lo: Fraction
    hi: Fraction
    cells: tuple[tuple[Fraction, Fraction], ...]
    breaks: tuple[Fraction, ...]
    degree: int
    errors: tuple[Fraction, ...]
    _exact: _Table
    _total: _Table
    _values: _Table
    _undefined: frozenset[Fraction]
    _changes: tuple[_Table, ...]
    _is_sampled: tuple[bool, ...]

    @classmethod
    def of(
        cls, functions: Sequence[Univariate], lo: Fraction, hi: Fraction
    ) -> CurveFamily:
        """Draw functions on [lo, hi].

        Raises:
            ValidationError: no functions, or lo is not less than hi.
        """
        if not functions or lo >= hi:
            raise ValidationError(
                f"curves need functions and lo < hi, got {len(functions)}, {lo=!s}, "
                f"{hi=!s}"
            )
        marks = {t for f in functions for t in (*f.breakpoints, *f.domain.ends)}
        breaks = tuple(sorted(t for t in marks if lo <= t <= hi))
        cells = list(pairwise(_cuts(functions, breaks, lo, hi)))
        exact, sampled, errors = [], [], []
        for f in functions:
            drawn = [bezier(p, *cell) for p, cell in _pieces(f, cells)]
            exact.append([segment for segment, _ in drawn])
            errors.append(max(error for _, error in drawn))
            sampled.append([_cubic(f, *cell) for cell in cells])
        keep = [
            k
            for k, (a, b) in enumerate(cells)
            if all((a + b) / 2 in f.domain for f in functions)
            and all(row[k] is not None for row in sampled)
        ]
        is_sampled = tuple(bool(f.atoms or f.ratios) for f in functions)
        sizes = [len(s.ordinates) for row in exact for s in row]
        degree = 3 if any(is_sampled) else max(sizes) - 1
        lines = [
            [v for k in keep for v in row[k].raised(degree).ordinates] for row in exact
        ]
        others = [
            [v for k in keep for v in (row[k] or ())[: degree + 1]] for row in sampled
        ]
        values = [[_value(f, t) for t in breaks] for f in functions]
        totals = [
            [a + b for a, b in zip(line, other, strict=True)]
            for line, other in zip(lines, others, strict=True)
        ]
        return cls(
            lo,
            hi,
            tuple(cells[k] for k in keep),
            breaks,
            degree,
            tuple(errors),
            _Table.of(lines),
            _Table.of(totals) if any(is_sampled) else _Table.of(lines),
            _Table.of([[v or Fraction(0) for v in row] for row in values]),
            frozenset(
                t for k, t in enumerate(breaks) if any(row[k] is None for row in values)
            ),
            tuple(_changes(functions, t) for t in breaks),
            is_sampled,
        )

    @classmethod
    def sampled(
        cls, rows: Sequence[Sequence[Fraction]], lo: Fraction, hi: Fraction
    ) -> CurveFamily:
        """Draw functions that are known at 3 n + 1 evenly spaced points of [lo, hi].

        Every four points give a cubic.
        """
        n = (len(rows[0]) - 1) // 3
        ends = [lo + (hi - lo) * k / n for k in range(n + 1)]
        lines = [
            [v for k in range(0, 3 * n, 3) for v in _through(*row[k : k + 4])]
            for row in rows
        ]
        nothing = _Table.of([[Fraction(0)] * (4 * n) for _ in rows])
        return cls(
            lo,
            hi,
            tuple(pairwise(ends)),
            (),
            3,
            (Fraction(0),) * len(rows),
            nothing,
            _Table.of(lines),
            _Table.of([[] for _ in rows]),
            frozenset(),
            (),
            (True,) * len(rows),
        )

    def curve(self, weights: Sequence[int], denominator: int = 1) -> Curve:
        """Return the curve of sum weights[k] / denominator * functions[k]."""
        w: Any = np.array(list(weights), dtype=object)
        runs = self._runs(self._total.combined(w, denominator))
        ends = {run[0].lo: run[0].ordinates[0] for run in runs}
        stops = {run[-1].hi: run[-1].ordinates[-1] for run in runs}
        inner = {s.hi: s.ordinates[-1] for run in runs for s in run[:-1]}
        at = self._values.combined(w, denominator)
        hinges: list[Dot] = []
        values: list[Dot] = []
        limits: list[Dot] = []
        for t, value, changes in zip(self.breaks, at, self._changes, strict=True):
            known = None if t in self._undefined else value
            sides = {
                v for v in (inner.get(t), stops.get(t), ends.get(t)) if v is not None
            }
            if sides == {known}:
                hinges += [Dot(t, value)] if any(changes.combined(w, 1)) else []
                continue
            limits += [Dot(t, v) for v in sorted(sides) if v != known]
            values += [Dot(t, value)] if known is not None else []
        error = sum(
            (abs(c) * e for c, e in zip(weights, self.errors, strict=True)), Fraction(0)
        )
        uses = zip(weights, self._is_sampled, strict=True)
        return Curve(
            self.lo,
            self.hi,
            runs,
            tuple(hinges),
            tuple(values),
            tuple(limits),
            error / denominator,
            any(bool(c) and is_sampled for c, is_sampled in uses),
        )

    def exact_part(
        self, weights: Sequence[int], denominator: int = 1
    ) -> tuple[tuple[Segment, ...], ...]:
        """Return the runs of the same combination without atoms and ratios."""
        w: Any = np.array(list(weights), dtype=object)
        return self._runs(self._exact.combined(w, denominator))

    def samples(self) -> Any:
        """Return floats of shape (functions, points): four values in each cell."""
        t = self._total
        floats = np.array([[v / t.denominator for v in row] for row in t.ints.tolist()])
        rows = floats.reshape(len(self.errors), len(self.cells), self.degree + 1)
        n, u = self.degree, np.linspace(0, 1, 4)
        bernstein = [math.comb(n, k) * u**k * (1 - u) ** (n - k) for k in range(n + 1)]
        return (rows @ np.array(bernstein)).reshape(len(self.errors), -1)

    def _runs(self, ordinates: list[Fraction]) -> tuple[tuple[Segment, ...], ...]:
        n = self.degree + 1
        runs: list[list[Segment]] = []
        for k, (a, b) in enumerate(self.cells):
            segment = Segment(a, b, tuple(ordinates[k * n : (k + 1) * n]))
            last = runs[-1][-1] if runs else None
            if last and last.hi == a and last.ordinates[-1] == segment.ordinates[0]:
                runs[-1].append(segment)
            else:
                runs.append([segment])
        return tuple(map(tuple, runs))


def curve_of(f: Univariate, lo: Fraction, hi: Fraction) -> Curve:
    """Return the curve of one function on [lo, hi].

    Raises:
        ValidationError: lo is not less than hi.
    """
    return CurveFamily.of([f], lo, hi).curve([1])


def _cuts(
    functions: Sequence[Univariate],
    breaks: Sequence[Fraction],
    lo: Fraction,
    hi: Fraction,
) -> list[Fraction]:
    """Return the ends of all cells: breakpoints, and what curves of degree 3 need."""
    cuts = sorted({lo, hi, *breaks})
    cells = list(pairwise(cuts))
    more = {t for f in functions for p, ab in _pieces(f, cells) for t in _fine(p, *ab)}
    if any(f.atoms or f.ratios for f in functions):
        slopes = [abs(a.slope) for f in functions for a, _ in f.atoms]
        waves = math.ceil(max(slopes, default=Fraction(0)) * (hi - lo))
        width = (hi - lo) / min(max(SAMPLES, waves), _MOST)
        for a, b in cells:
            n = math.ceil((b - a) / width)
            more |= {a + (b - a) * k / n for k in range(1, n)}
    return sorted({*cuts, *more})


@lru_cache(maxsize=1 << 12)
def _fine(p: Polynomial, lo: Fraction, hi: Fraction) -> list[Fraction]:
    return cuts_for_cubics(p, lo, hi)


def _pieces(
    f: Univariate, cells: Sequence[tuple[Fraction, Fraction]]
) -> list[tuple[Polynomial, tuple[Fraction, Fraction]]]:
    """Return f's polynomial on each of the cells, which hold no breakpoint inside."""
    ends = {t for cell in cells for t in cell}
    t, pieces, _ = f.pieces.refine(ends)
    after = dict(zip(t, pieces[1:], strict=True))
    return [(after[a], (a, b)) for a, b in cells]


def _cubic(f: Univariate, a: Fraction, b: Fraction) -> tuple[Fraction, ...] | None:
    """Return the cubic through four samples of atoms and ratios; None if undefined."""
    if not f.atoms and not f.ratios:
        return (Fraction(0),) * 4
    found = [_others(f, a + (b - a) * k / 3, (a + b) / 2) for k in range(4)]
    samples = [v for v in found if v is not None]
    if len(samples) < 4:
        return None
    return _through(*samples)


def _through(
    y0: Fraction, y1: Fraction, y2: Fraction, y3: Fraction
) -> tuple[Fraction, ...]:
    """Return the control ordinates of the cubic through four evenly spaced points."""
    return (
        y0,
        (-5 * y0 + 18 * y1 - 9 * y2 + 2 * y3) / 6,
        (2 * y0 - 9 * y1 + 18 * y2 - 5 * y3) / 6,
        y3,
    )


def _others(f: Univariate, x: Fraction, middle: Fraction) -> Fraction | None:
    """Return what atoms and ratios add at x, going on from the cell of ``middle``."""
    total = _atoms(f, x)
    if total is None:
        return None
    for term in f.ratios.terms:
        pieces = zip(term.numerator.cells(), term.numerator.pieces, strict=True)
        for (lo, hi), piece in pieces:
            if (lo is None or lo < middle) and (hi is None or middle < hi) and piece:
                total += piece(x) / term.denominator(x) ** term.power
    return total


def _value(f: Univariate, x: Fraction) -> Fraction | None:
    """Return the function's value, atoms to the nearest float; None if undefined."""
    total = _atoms(f, x) if x in f.domain else None
    return None if total is None else total + f.pieces(x) + f.ratios(x)


def _atoms(f: Univariate, x: Fraction) -> Fraction | None:
    total = Fraction(0)
    for atom, c in f.atoms:
        value = _atom(atom, x)
        if value is None:
            return None
        total += c * value
    return total


@lru_cache(maxsize=1 << 16)
def _atom(atom: Atom, x: Fraction) -> Fraction | None:
    try:
        value = to_float(atom(x))
    except (UndefinedError, UndecidedError):
        return None
    return Fraction(value) if math.isfinite(value) else None


def _changes(functions: Sequence[Univariate], t: Fraction) -> _Table:
    """Return numbers a function, all of whose combinations are 0 if nothing changes."""
    rows: list[list[Fraction]] = []
    most = max(f.pieces.degree for f in functions) + 1
    for k, f in enumerate(functions):
        row = [Fraction(0)] * (most + 1 + len(functions))
        if t in f.pieces.breakpoints:
            j = f.pieces.breakpoints.index(t)
            before, after = f.pieces.pieces[j : j + 2]
            change = (after - before).coefficients
            row[: len(change)] = change
            row[most] = f.pieces.values[j] - after(t)
        row[most + 1 + k] = Fraction(t in f.ratios.breakpoints or t in f.domain.ends)
        rows.append(row)
    return _Table.of(rows)
