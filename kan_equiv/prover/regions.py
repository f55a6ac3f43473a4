"""Exact enumeration of regions: small continuous piecewise linear networks.

At most two coordinates of the domain are free; as (X, Y, W) with x = X/W, y = Y/W they
run over a cone. The cone is cut along the walls of every bank, first those of both
first layers, until both networks are linear on each cell; then two linear functions are
compared at the corners of the cell. Complete, with a number of cells that grows like
the square of the width for each layer.

The kernel enumerates the same cells by its own code (``kernel/regions.py``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any, TypeAlias

import numpy as np

from kan_equiv.exact.rational import common_denominator
from kan_equiv.ir.domain import Box, Interval
from kan_equiv.ir.maximum import Maximum
from kan_equiv.ir.network import Network
from kan_equiv.ir.product import Product
from kan_equiv.ir.stage import Affine, Bank, Stage
from kan_equiv.ir.univariate import Univariate
from kan_equiv.ir.vector_atom import VectorAtom
from kan_equiv.prover.certify import Link, certify_equal, certify_witness
from kan_equiv.prover.outcome import Outcome, Refuted, Unknown
from kan_equiv.prover.question import Question
from kan_equiv.prover.search import separates

__all__ = ["prove_by_regions"]

CELL_LIMIT = 1 << 16
WORK_LIMIT = 1 << 26
"""Cells times entries of the matrices, about two minutes; there may be no deadline."""
ENTRY_LIMIT = 1 << 20
Array: TypeAlias = "np.ndarray[Any, Any]"


class _UnfitError(Exception):
    """A stage is not continuous and piecewise linear, or too large."""


def prove_by_regions(
    question: Question, cell_limit: int = CELL_LIMIT
) -> Outcome | None:
    """Compare two continuous piecewise linear networks cell by cell.

    Applies where at most two inputs are free: R, R^2, and boxes whose other sides have
    length zero. Complete up to the limit of cells and the deadline.
    """
    left, right, box = question.left, question.right, question.domain
    n = left.in_features
    free = [i for i in range(n) if box is None or not _is_point(box.intervals[i])]
    if len(free) > 2:
        return None
    try:
        plan = _plan(left, right)
    except _UnfitError as error:
        return Unknown(f"regions: {error}") if str(error) else None
    question.tell("enumerating regions")
    # The kernel enumerates again, which takes about as long.
    half = question.deadline.halfway()
    entries = sum(step.rows.size for step in plan if isinstance(step, _Linear))
    limit = min(cell_limit, WORK_LIMIT // max(entries, 1))
    count = 0
    for cell in _cells(plan, *_start(box, n, free)):
        count += 1
        if (point := cell.separating_point()) is not None:
            fixed = [Fraction(0)] * n if box is None else [i.lo for i in box]
            for i, x in zip(free, point, strict=False):
                fixed[i] = x
            witness = separates(left, right, [v for v in fixed if v is not None])
            if witness is None:
                return Unknown(f"regions: cell {count} differs at too long rationals")
            return Refuted(witness, certify_witness(left, right, witness, box))
        if count >= limit:
            return Unknown(f"regions: gave up after {count} cells")
        if half.is_over:
            return Unknown(f"regions: no time for more than {count} cells")
    link = Link(0, n, left.stages, right.stages, domain=box, cells=count)
    return certify_equal(left, right, [link], box)


# --- cells ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Forms:
    """Linear forms in (X, Y, W), one a row: integers over one denominator."""

    rows: Array
    denominator: int

    @classmethod
    def reduced(cls, rows: Array, denominator: int) -> _Forms:
        common = math.gcd(denominator, *rows.ravel().tolist())
        return cls(rows // common, denominator // common)


@dataclass(frozen=True, slots=True)
class _Cell:
    """A closed cone by its generators in cyclic order, and both networks on it."""

    rays: Array
    sides: tuple[_Forms, _Forms]

    def separating_point(self) -> list[Fraction] | None:
        """Return the free coordinates of a point where the sides differ."""
        a, b = self.sides
        difference = a.rows * b.denominator - b.rows * a.denominator
        levels = difference @ self.rays.T
        differing = (levels != 0).any(axis=0)
        if not differing.any():
            return None
        finite = self.rays[:, 2] > 0
        if (both := differing & finite).any():
            ray = self.rays[both.argmax()]
        else:  # equal at the corners, and different towards infinity
            ray = self.rays[finite.argmax()] + self.rays[differing.argmax()]
        return [Fraction(v, ray[2]) for v in ray[:2].tolist()]


def _start(
    box: Box | None, n: int, free: Sequence[int]
) -> tuple[_Forms, list[list[list[int]]]]:
    """Return the inputs as forms, and the generators of cones that cover the domain."""
    fixed = [Fraction(0)] * n
    if box is not None:
        for i, interval in enumerate(box):
            if i not in free:
                fixed[i] = interval.ends[0]
    constants, d = common_denominator(fixed)
    rows = np.zeros((n, 3), dtype=object)
    rows[:, 2] = constants
    for axis, i in enumerate(free):
        rows[i, axis] = d
    sides = [_sides(None if box is None else box.intervals[i]) for i in free]
    while len(sides) < 2:
        sides.append([[(0, 1)]])
    return _Forms(rows, d), [_corners(a, b) for a, b in product(*sides)]


def _sides(interval: Interval | None) -> list[list[tuple[int, int]]]:
    """Return segments or half-lines by their ends n/m; m = 0 is infinite."""
    lo, hi = (None, None) if interval is None else (interval.lo, interval.hi)
    left = (-1, 0) if lo is None else lo.as_integer_ratio()
    right = (1, 0) if hi is None else hi.as_integer_ratio()
    if lo is None and hi is None:
        return [[left, (0, 1)], [(0, 1), right]]
    return [[left, right]]


def _corners(
    a: Sequence[tuple[int, int]], b: Sequence[tuple[int, int]]
) -> list[list[int]]:
    """Return the generators of a product, around it and each of them once."""
    order = [(a[0], b[0]), (a[-1], b[0]), (a[-1], b[-1]), (a[0], b[-1])]
    rays: list[list[int]] = []
    for (x, m), (y, k) in order:
        ray = [x * k, y * m, m * k]
        if (common := math.gcd(*ray)) and (
            ray := [v // common for v in ray]
        ) not in rays:
            rays.append(ray)
    return rays


def _is_point(interval: Interval) -> bool:
    return interval.lo is not None and interval.lo == interval.hi


# --- stages -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Linear:
    """y = (rows (x, 1)) / denominator, on the coordinates start:stop of one side."""

    side: int
    start: int
    stop: int
    rows: Array
    denominator: int


@dataclass(frozen=True, slots=True)
class _Bent:
    """A bank: its walls coordinate = n/d, and lines (slope, offset) piece by piece."""

    side: int
    start: int
    stop: int
    walls: tuple[tuple[int, ...], Array, Array]
    lines: tuple[tuple[Array, ...], ...]
    denominator: int

    def walls_of(self, forms: Array, denominator: int) -> Array:
        """Return the forms that vanish on the walls."""
        which, n, d = self.walls
        rows = forms[list(which)] * d[:, None]
        rows[:, 2] -= n * denominator
        return rows

    def image(self, forms: Array, denominator: int, above: Sequence[bool]) -> Array:
        """Return the values where the walls marked ``above`` lie below the cell."""
        piece = [0] * len(forms)
        for i, is_above in zip(self.walls[0], above, strict=True):
            piece[i] += is_above
        chosen = [lines[p] for lines, p in zip(self.lines, piece, strict=True)]
        table = np.concatenate(chosen)
        rows = np.repeat(forms, [len(part) for part in chosen], axis=0) * table[:, :1]
        rows[:, 2] += table[:, 1] * denominator
        return rows


_Step: TypeAlias = "_Linear | _Bent"


def _plan(left: Network, right: Network) -> list[_Step]:
    """Return the stages of both sides in step: early layers of both come first."""
    words = [list(_steps(net.stages, k, 0)) for k, net in enumerate((left, right))]
    ranked = [
        ((k + 1) * len(words[1 - side]), side, k)
        for side, word in enumerate(words)
        for k in range(len(word))
    ]
    return [words[side][k] for _, side, k in sorted(ranked)]


def _steps(stages: Sequence[Stage], side: int, start: int) -> Iterator[_Step]:
    for stage in stages:
        if isinstance(stage, Affine):
            yield _linear(stage, side, start)
        elif isinstance(stage, Bank):
            yield _bent(stage, side, start)
        elif isinstance(stage, (Maximum, Product, VectorAtom)):
            raise _UnfitError
        else:
            at = start
            for network in stage.networks:
                yield from _steps(network.stages, side, at)
                at += network.out_features


def _linear(stage: Affine, side: int, start: int) -> _Linear:
    m, n = stage.out_features, stage.in_features
    if m * n > ENTRY_LIMIT:
        raise _UnfitError
    rows, ints, d = stage.weight.columns(range(n))
    biases, e = common_denominator(list(stage.bias.fractions()))
    common = math.lcm(d, e)
    table = np.zeros((m, n + 1), dtype=object)
    table[rows, :n] = ints * (common // d)
    table[:, n] = np.array(biases, dtype=object) * (common // e)
    return _Linear(side, start, start + n, table, common)


def _bent(stage: Bank, side: int, start: int) -> _Bent:
    families = [b.functions() for b in stage.bases]
    for f in (f for family in families for f in family):
        _check(f)
    cuts = [sorted({t for f in fs for t in f.pieces.breakpoints}) for fs in families]
    exact = [
        [
            [(p.coefficient(1), p.coefficient(0)) for p in part]
            for part in zip(*(f.pieces.refine(t)[1] for f in fs), strict=True)
        ]
        for fs, t in zip(families, cuts, strict=True)
    ]
    d = math.lcm(
        *(v.denominator for lines in exact for p in lines for q in p for v in q)
    )
    tables = [
        tuple(
            np.array([[int(v * d) for v in line] for line in part], dtype=object)
            for part in lines
        )
        for lines in exact
    ]
    walls = [(i, t) for i, b in enumerate(stage.basis_of) for t in cuts[b]]
    ends = (
        np.array([t.numerator for _, t in walls], dtype=object),
        np.array([t.denominator for _, t in walls], dtype=object),
    )
    lines = tuple(tables[b] for b in stage.basis_of)
    which = tuple(i for i, _ in walls)
    return _Bent(side, start, start + len(lines), (which, *ends), lines, d)


def _check(f: Univariate) -> None:
    if not f.is_piecewise_polynomial or f.pieces.degree > 1:
        raise _UnfitError
    if not f.pieces.is_continuous:
        at = ", ".join(map(str, f.pieces.breakpoints[:3]))
        raise _UnfitError(f"a function with breakpoints {at} is not continuous")


# --- enumeration ------------------------------------------------------------------


def _cells(
    plan: Sequence[_Step], inputs: _Forms, cones: Sequence[Sequence[Sequence[int]]]
) -> Iterator[_Cell]:
    """Yield the cells on which both sides are linear, depth first."""
    stack: list[tuple[_Cell, int]] = [
        (_Cell(np.array(rays, dtype=object), (inputs, inputs)), 0) for rays in cones
    ]
    while stack:
        cell, at = stack.pop()
        if at == len(plan):
            yield cell
            continue
        step = plan[at]
        forms = cell.sides[step.side]
        inner = forms.rows[step.start : step.stop]
        if isinstance(step, _Linear):
            one = np.array([[0, 0, forms.denominator]], dtype=object)
            image = step.rows @ np.concatenate([inner, one])
            stack.append((_replaced(cell, step, image), at + 1))
            continue
        walls = step.walls_of(inner, forms.denominator)
        for rays in _subdivide(cell.rays, walls):
            # A wall that is still met contains the cell: either piece will do.
            above = (walls @ rays.sum(axis=0) > 0).tolist()
            image = step.image(inner, forms.denominator, above)
            part = _Cell(rays, cell.sides)
            stack.append((_replaced(part, step, image), at + 1))


def _replaced(cell: _Cell, step: _Step, image: Array) -> _Cell:
    """Return the cell with the coordinates of a step replaced by their image."""
    forms = cell.sides[step.side]
    before, after = forms.rows[: step.start], forms.rows[step.stop :]
    rows = np.concatenate([before * step.denominator, image, after * step.denominator])
    sides = list(cell.sides)
    sides[step.side] = _Forms.reduced(rows, forms.denominator * step.denominator)
    return _Cell(cell.rays, (sides[0], sides[1]))


def _subdivide(rays: Array, walls: Array) -> list[Array]:
    """Return the cells into which the walls cut a cone."""
    done: list[Array] = []
    open_cells = [(rays, walls)]
    while open_cells:
        rays, walls = open_cells.pop()
        levels = walls @ rays.T
        crossing = (levels > 0).any(axis=1) & (levels < 0).any(axis=1)
        if not crossing.any():
            done.append(rays)
            continue
        walls, levels = walls[crossing], levels[crossing]
        open_cells += [(part, walls[1:]) for part in _halves(rays, levels[0].tolist())]
    return done


def _halves(rays: Array, levels: list[int]) -> tuple[Array, Array]:
    """Return the parts of a cone where a form is <= 0 and >= 0."""
    parts: tuple[list[Array], list[Array]] = ([], [])
    for k, level in enumerate(levels):
        before = levels[k - 1]
        if level * before < 0:
            ray = abs(level) * rays[k - 1] + abs(before) * rays[k]
            ray //= math.gcd(*ray.tolist())
            parts[0].append(ray)
            parts[1].append(ray)
        if level <= 0:
            parts[0].append(rays[k])
        if level >= 0:
            parts[1].append(rays[k])
    return np.array(parts[0], dtype=object), np.array(parts[1], dtype=object)
