"""Extreme values of the functions of one input in the difference of two layers.

The difference of two separable layers is d_o(x) = sum_i d_oi(x_i) + constant, so its
supremum over a box is the sum of the suprema per input. On every cell d_oi lies in the
hull of its Bernstein coefficients; only cells that may hold the maximum are halved.
An atom lies within K h^2/8 of its chord on an interval of length h, if its second
derivative is at most K there.

A unit of a network goes to the units after it with one weight each, so that many of the
functions d_oi are multiples of few: those are bounded once.

Source: Farouki, "The Bernstein polynomial basis: a centennial retrospective" (2012).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

from kan_equiv.errors import NotSeparableError
from kan_equiv.exact.enclosure import working_precision
from kan_equiv.exact.rational import common_denominator
from kan_equiv.ir.atom import Atom
from kan_equiv.ir.domain import Interval
from kan_equiv.ir.separable import SeparableForm
from kan_equiv.ir.univariate import Univariate
from kan_equiv.prover.edge_weights import primitive, weights_of

__all__ = ["EdgeDifferences", "Peak", "Peaks"]

Array: TypeAlias = "np.ndarray[Any, Any]"
Weighted: TypeAlias = Sequence[tuple[Atom, int]]
Cell: TypeAlias = tuple[int, Fraction, Fraction, list[int]]

BITS = 128
"""Bits behind the point of enclosures of atoms."""

MAX_LIVE = 1 << 10
"""Cells of one function that are halved at a time."""

APPROACH = 48
"""Halvings towards a limit that is not attained."""

CURVATURES = {
    "silu": Fraction(1, 2),
    "sigmoid": Fraction(1, 10),
    "gelu": Fraction(4, 5),
    "gaussian": Fraction(2),
    "sin": Fraction(1),
    "cos": Fraction(1),
}
"""Bounds of |f''| on R."""

SLOPES = {
    "silu": (Fraction(-1, 10), Fraction(11, 10)),
    "sigmoid": (Fraction(0), Fraction(1, 4)),
    "gelu": (Fraction(-13, 100), Fraction(113, 100)),
    "gaussian": (Fraction(-43, 50), Fraction(43, 50)),
    "sin": (Fraction(-1), Fraction(1)),
    "cos": (Fraction(-1), Fraction(1)),
}
"""Bounds of f' on R."""


@dataclass(frozen=True, slots=True)
class Peak:
    """The supremum of a function on a closed interval: reached <= supremum <= upper.

    ``reached`` is the value at ``point`` (with atoms, a lower bound of it).
    """

    upper: Fraction
    reached: Fraction
    point: Fraction


@dataclass(frozen=True, slots=True)
class Peaks:
    """The suprema of all outputs' functions: integers over ``den``, and points."""

    upper: Array
    reached: Array
    points: Array
    den: int


class EdgeDifferences:
    """d_o(x) = left's edge minus right's edge from one input, for all outputs o.

    Polynomials of the cells are integers over ``den`` in powers of X = scale * x, in
    which all breakpoints are integers.

    Args:
        left: a layer.
        right: another one of the same shape, or None for left alone.
        i: the input.
        interval: a closed interval.

    Raises:
        NotSeparableError: an edge has ratios of polynomials.
    """

    def __init__(
        self,
        left: SeparableForm,
        right: SeparableForm | None,
        i: int,
        interval: Interval,
    ) -> None:
        lo, hi = interval.ends
        sides = [
            (sign, form, which)
            for sign, form in ((1, left), (-1, right))
            if form is not None and (which := form.columns_of(i))
        ]
        found = [f.columns[c][1].normal_form() for _, f, cs in sides for c in cs]
        functions = [*dict.fromkeys(found)]
        if any(f.ratios for f in functions):
            raise NotSeparableError(
                f"input {i}: ratios of polynomials are not bounded on boxes yet"
            )
        inner = {t for f in functions for t in f.pieces.breakpoints if lo < t < hi}
        self.points = sorted({lo, hi, *inner})
        self.scale = math.lcm(*(t.denominator for t in self.points))
        p = self.degree = max([1, *(f.pieces.degree for f in functions)])
        self.unit = self.scale**p * math.lcm(*(math.comb(p, j) for j in range(p + 1)))
        if any(not a.where.is_everywhere for f in functions for a, _ in f.atoms):
            raise NotSeparableError("no bound of atoms on a part of the line is known")
        self.atoms = sorted({a for f in functions for a, _ in f.atoms})
        cells = len(self.points) - 1
        parts = [cells * (p + 1), len(self.points), len(self.atoms)]
        places = {f: k for k, f in enumerate(functions)}
        weights, e = weights_of(sides, left.out_features, [places[f] for f in found])
        weights, self._factors = primitive(weights)
        table, d = self._table(functions, sum(parts))
        mixed = weights @ table
        pieces, values, weights = np.split(mixed, np.cumsum(parts)[:2], axis=1)
        self.den = d * e * self.unit
        self._values: list[list[int]] = (values * self.unit).tolist()
        self._weights: list[list[int]] = (weights * self.unit).tolist()
        powers = np.array([self.scale ** (p - r) for r in range(p + 1)], dtype=object)
        self._pieces = pieces.reshape(len(pieces), cells, p + 1) * powers
        self._cells: list[list[list[int]]] = [
            (self._pieces[:, j] @ self._bernstein(j).T).tolist() for j in range(cells)
        ]
        self._enclosures: dict[tuple[Atom, Fraction], tuple[int, int]] = {}
        self._peaks: dict[tuple[int, int, int], Peak] = {}
        self._slopes: dict[int, Fraction | None] = {}

    @property
    def has_atoms(self) -> bool:
        """Whether an atom is left in some output."""
        return any(any(line) for line in self._weights)

    def is_zero(self, o: int) -> bool:
        """Whether d_o is 0 on all of the interval; with atoms, whether none is left."""
        e, factor = self._factors[o]
        cells = (c for cell in self._cells for c in cell[e])
        zero = not (any(self._values[e]) or any(self._weights[e]) or any(cells))
        return zero or not factor

    def _table(self, functions: Sequence[Univariate], width: int) -> tuple[Array, int]:
        """Per function: coefficients on every cell, values at points, atoms."""
        flat: list[Fraction] = []
        for f in functions:
            t, held = f.pieces.breakpoints, dict(f.atoms)
            for a in self.points[:-1]:
                piece = f.pieces.pieces[bisect_right(t, a)]
                flat += [piece.coefficient(r) for r in range(self.degree + 1)]
            flat += [f.pieces(x) for x in self.points]
            flat += [held.get(a, Fraction(0)) for a in self.atoms]
        integers, d = common_denominator(flat)
        table = np.array(integers, dtype=object).reshape(len(functions), width)
        return table, d

    def _bernstein(self, j: int) -> Array:
        """Return the map from powers of X to the coefficients on cell j."""
        p, whole = self.degree, self.unit // self.scale**self.degree
        u, v = (int(t * self.scale) for t in self.points[j : j + 2])
        out = np.zeros((p + 1, p + 1), dtype=object)
        for r in range(p + 1):
            shifted = [
                math.comb(r, s) * u ** (r - s) * (v - u) ** s for s in range(r + 1)
            ]
            for k in range(p + 1):
                out[k, r] = sum(
                    math.comb(k, s) * (whole // math.comb(p, s)) * shifted[s]
                    for s in range(min(k, r) + 1)
                )
        return out

    def peak(self, o: int, sign: int, cuts: int) -> Peak:
        """Enclose the supremum of sign * d_o, halving cells up to ``cuts`` times."""
        e, factor = self._factors[o]
        found = self._remembered((e, sign if factor > 0 else -sign, cuts))
        times = abs(factor)
        return Peak(times * found.upper, times * found.reached, found.point)

    def peaks(self, sign: int, cuts: int) -> Peaks:
        """Enclose the suprema of sign * d_o for all o, like ``peak``."""
        keys = [(e, sign if f > 0 else -sign, cuts) for e, f in self._factors]
        known = [*dict.fromkeys(keys)]
        found = [self._remembered(key) for key in known]
        ints, den = common_denominator([v for p in found for v in (p.upper, p.reached)])
        table = np.array(ints, dtype=object).reshape(len(found), 2)
        places = {key: k for k, key in enumerate(known)}
        which = np.array([places[key] for key in keys], dtype=np.int64)
        times = np.array([abs(f) for _, f in self._factors], dtype=object)
        points = np.empty(len(found), dtype=object)
        points[:] = [p.point for p in found]
        upper, reached = (table[which, k] * times for k in (0, 1))
        return Peaks(upper, reached, points[which], den)

    def _remembered(self, key: tuple[int, int, int]) -> Peak:
        if key not in self._peaks:
            self._peaks[key] = self._peak(*key)
        return self._peaks[key]

    def _peak(self, o: int, sign: int, cuts: int) -> Peak:
        """Enclose the supremum of one of the functions that others are multiples of."""
        atoms = self._weighted(o, sign)
        shift = self.degree * cuts
        up = shift + (BITS if atoms else 0)

        def ends(x: Fraction) -> tuple[int, int]:
            if not atoms:
                return 0, 0
            low, high = self._enclose(atoms, x)
            return low << shift, high << shift

        def cell(u: Fraction, v: Fraction, hull: list[int]) -> Cell:
            if not atoms:
                return max(hull), u, v, hull
            a, b, p = ends(u)[1], ends(v)[1], self.degree
            top = max(c - (-((p - k) * a + k * b) // p) for k, c in enumerate(hull))
            bend = sum(abs(w) * _curvature(a, u, v) for a, w in atoms) * (v - u) ** 2
            return top + math.ceil(bend / 8 * (1 << up)), u, v, hull

        at = [
            (sign * v << up, t)
            for t, v in zip(self.points, self._values[o], strict=True)
        ]
        ceiling = max(v + ends(t)[1] for v, t in at)
        reached = max((v + ends(t)[0], t) for v, t in at)
        live: list[Cell] = []
        limit, near = reached[0], -1
        for j, (u, v) in enumerate(pairwise(self.points)):
            hull = [sign * c << up for c in self._cells[j][o]]
            live.append(cell(u, v, hull))
            for side, x in ((0, u), (-1, v)):
                if (value := hull[side] + ends(x)[0]) > limit:
                    limit, near = value, 2 * j - side
        best = limit
        for _ in range(cuts):
            live = [c for c in live if c[0] > best]
            if not live or len(live) > MAX_LIVE:
                break
            halved: list[Cell] = []
            for _, u, v, hull in live:
                x, (first, second) = (u + v) / 2, _halves(hull)
                reached = max(reached, (second[0] + ends(x)[0], x))
                halved += [cell(u, x, first), cell(x, v, second)]
            live = halved
            best = max(best, reached[0])
        den = self.den << up
        upper = Fraction(max([best, ceiling, *(c[0] for c in live)]), den)
        found = Peak(upper, Fraction(reached[0], den), reached[1])
        return found if best == reached[0] else self._approach(found, o, sign, near)

    def slope(self, o: int) -> Fraction | None:
        """Return a bound of |d_o'| on the interval, or None where d_o has a jump."""
        e, factor = self._factors[o]
        if e not in self._slopes:
            self._slopes[e] = self._slope(e)
        found = self._slopes[e]
        return None if found is None else abs(factor) * found

    def _slope(self, o: int) -> Fraction | None:
        low = high = Fraction(0)
        p, values = self.degree, self._values[o]
        for j, (u, v) in enumerate(pairwise(self.points)):
            hull = self._cells[j][o]
            if hull[0] != values[j] or hull[-1] != values[j + 1]:
                return None
            steps = [p * (b - a) / ((v - u) * self.den) for a, b in pairwise(hull)]
            low, high = min(low, *steps), max(high, *steps)
        for atom, w in self._weighted(o, 1):
            ends = [
                Fraction(w, self.den) * s
                for s in _slopes(atom, self.points[0], self.points[-1])
            ]
            low, high = low + min(ends), high + max(ends)
        return max(-low, high)

    def _approach(self, found: Peak, o: int, sign: int, near: int) -> Peak:
        """Step towards the limit at an end of a cell, from inside."""
        j, side = divmod(near, 2)
        u, v = self.points[j : j + 2]
        end, other = (v, u) if side else (u, v)
        for k in (APPROACH // 4, APPROACH // 2, APPROACH):
            x = end + (other - end) / (1 << k)
            value = sum(
                c * (x * self.scale) ** r for r, c in enumerate(self._pieces[o, j])
            )
            exact = sign * value * (self.unit // self.scale**self.degree)
            low, _ = self._enclose(self._weighted(o, sign), x)
            reached = (exact + Fraction(low, 1 << BITS)) / self.den
            if reached > found.reached:
                found = Peak(found.upper, reached, x)
        return found

    def _weighted(self, o: int, sign: int) -> Weighted:
        held = zip(self.atoms, self._weights[o] if self.atoms else (), strict=True)
        return [(a, sign * w) for a, w in held if w]

    def _enclose(self, atoms: Weighted, x: Fraction) -> tuple[int, int]:
        """Enclose the weighted sum of atoms at x, over 2^BITS."""
        low = high = 0
        for atom, w in atoms:
            if (atom, x) not in self._enclosures:
                with working_precision(BITS + 16):
                    ball = atom(x)
                ends = (
                    math.floor(ball.lower * (1 << BITS)),
                    math.ceil(ball.upper * (1 << BITS)),
                )
                self._enclosures[atom, x] = ends
            a, b = self._enclosures[atom, x]
            low, high = low + min(w * a, w * b), high + max(w * a, w * b)
        return low, high


def _curvature(atom: Atom, u: Fraction, v: Fraction) -> Fraction:
    """Return a bound of the second derivative on [u, v]."""
    if atom.name in CURVATURES:
        return atom.slope**2 * CURVATURES[atom.name]
    if atom.name == "exp":
        top = max(u, v, key=lambda x: x * atom.slope)
        return atom.slope**2 * atom(top).upper
    raise NotSeparableError(f"no second derivative of {atom.name} is known here")


def _slopes(atom: Atom, u: Fraction, v: Fraction) -> tuple[Fraction, Fraction]:
    """Return bounds of the derivative on [u, v]."""
    if atom.name == "exp":
        top = max(u, v, key=lambda x: x * atom.slope)
        return Fraction(0), atom.slope * atom(top).upper
    if atom.name not in SLOPES:
        raise NotSeparableError(f"no derivative of {atom.name} is known here")
    low, high = SLOPES[atom.name]
    return atom.slope * low, atom.slope * high


def _halves(hull: list[int]) -> tuple[list[int], list[int]]:
    """Return the coefficients on both halves; all sums are even by the shift."""
    first: list[int] = []
    second: list[int] = []
    while hull:
        first.append(hull[0])
        second.append(hull[-1])
        hull = [(a + b) // 2 for a, b in pairwise(hull)]
    return first, second[::-1]
