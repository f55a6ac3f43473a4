"""Exact points at which networks that look alike most easily differ.

Where a function of the first bank changes its formula, the input lies on a hyperplane:
a knot of an input for KAN layers, the zero of a unit for MLPs. Cells of the input space
are what these hyperplanes cut out, and their vertices and neighbours are looked at.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise

from kan_equiv.ir import Affine, Box, Maximum, Network, Parallel, Product, VectorAtom

__all__ = [
    "Hyperplane",
    "cell_points",
    "corners",
    "face_points",
    "hyperplanes",
    "random_point",
    "vertices",
]

Point = tuple[Fraction, ...]
MAX_ROWS = 4096
MAX_VERTEX_INPUTS = 4


@dataclass(frozen=True, slots=True)
class Hyperplane:
    """All x with sum_i row[i] x_i + offset = 0; ``row`` holds non-zero entries only."""

    row: tuple[tuple[int, Fraction], ...]
    offset: Fraction

    def through(self, point: Sequence[Fraction], input: int) -> Point:
        """Return the point moved along one input, of non-zero weight, onto this."""
        weight = dict(self.row)[input]
        rest = sum((w * point[i] for i, w in self.row if i != input), self.offset)
        return (*point[:input], -rest / weight, *point[input + 1 :])


def hyperplanes(network: Network) -> tuple[Hyperplane, ...]:
    """Return where functions of the network's first bank change their formula.

    >>> from kan_equiv.ir.build import mlp
    >>> [h.offset for h in hyperplanes(mlp([([[2]], [1]), ([[1]], [0])]))]
    [Fraction(1, 1)]
    """
    found: dict[Hyperplane, None] = {}
    for s, stage in enumerate(network.stages):
        if isinstance(stage, Affine):
            continue
        before = Network(network.in_features, network.stages[:s])
        feed = _rows(before)
        if isinstance(stage, Parallel):
            return _of_branches(stage) if s == 0 else ()
        if isinstance(stage, (Maximum, Product, VectorAtom)):
            return tuple(found)
        for i, (row, offset) in enumerate(feed):
            if not row:
                continue
            for t in sorted(
                {t for f in stage.basis(i).functions() for t in f.breakpoints}
            ):
                found[Hyperplane(tuple(sorted(row.items())), offset - t)] = None
        return tuple(found)
    return ()


def _rows(affine: Network) -> list[tuple[dict[int, Fraction], Fraction]]:
    """Return the rows of a word of affine stages (the first so many)."""
    rows: list[tuple[dict[int, Fraction], Fraction]] = []
    for r in range(min(affine.out_features, MAX_ROWS)):
        row, offset = {r: Fraction(1)}, Fraction(0)
        for stage in reversed(affine.stages):
            assert isinstance(stage, Affine)
            total: dict[int, Fraction] = {}
            for c, v in row.items():
                offset += v * stage.bias[c]
                for d, w in stage.weight.row(c).items():
                    total[d] = total.get(d, Fraction(0)) + v * w
            row = {c: v for c, v in total.items() if v}
        rows.append((row, offset))
    return rows


def _of_branches(stage: Parallel) -> tuple[Hyperplane, ...]:
    out: list[Hyperplane] = []
    start = 0
    for network in stage.networks:
        for h in hyperplanes(network):
            row = tuple((i + start, w) for i, w in h.row)
            out.append(Hyperplane(row, h.offset))
        start += network.in_features
    return tuple(out)


def corners(box: Box, limit: int = 64) -> Iterator[Point]:
    """Yield corners of a bounded box, all where there are few; then its center."""
    ends = [interval.ends for interval in box]
    rng = random.Random(0)
    few = 1 << min(len(ends), 62) <= limit
    for k in range(1 << len(ends) if few else limit):
        bits = k if few else rng.getrandbits(len(ends))
        yield tuple(hi if bits >> i & 1 else lo for i, (lo, hi) in enumerate(ends))
    yield tuple((lo + hi) / 2 for lo, hi in ends)


def face_points(
    planes: Sequence[Hyperplane], box: Box, rng: random.Random, count: int
) -> Iterator[tuple[Hyperplane, Point, int]]:
    """Yield hyperplanes, a point of the box on each, and an input that crosses it.

    Every hyperplane that meets the box in the middle comes up if ``count`` allows.
    """
    for k in range(count if planes else 0):
        plane = planes[k % len(planes)] if count >= len(planes) else rng.choice(planes)
        for _ in range(8):
            i = rng.choice(plane.row)[0]
            point = plane.through(random_point(box, rng), i)
            if point in box:
                yield plane, point, i
                break


def cell_points(
    planes: Sequence[Hyperplane], box: Box, rng: random.Random, count: int
) -> Iterator[Point]:
    """Yield points strictly inside cells: middles between crossings along an input."""
    for k in range(count):
        i, base = k % len(box), random_point(box, rng)
        lo, hi = box.intervals[i].ends
        crossing = {
            plane.through(base, i)[i]
            for plane in planes
            if any(j == i for j, _ in plane.row)
        }
        ends = sorted({lo, hi, *(x for x in crossing if lo < x < hi)})
        for a, b in islice(pairwise(ends), count):
            yield (*base[:i], (a + b) / 2, *base[i + 1 :])


def vertices(
    planes: Sequence[Hyperplane], box: Box, rng: random.Random, count: int
) -> Iterator[Point]:
    """Yield vertices of the cells in the box, for up to four inputs."""
    n = len(box)
    if n > MAX_VERTEX_INPUTS or not planes:
        return
    faces = [
        Hyperplane(((i, Fraction(1)),), -end)
        for i, interval in enumerate(box)
        for end in interval.ends
    ]
    every = [*planes, *faces]
    seen: set[Point] = set()
    for _ in range(4 * count):
        point = _meet(rng.sample(every, min(n, len(every))), n)
        if point is not None and point in box and point not in seen:
            seen.add(point)
            yield point
        if len(seen) == count:
            return


def random_point(box: Box, rng: random.Random, bits: int = 20) -> Point:
    """Return a point of a bounded box, uniform on a dyadic grid of each interval."""
    out: list[Fraction] = []
    for interval in box:
        lo, hi = interval.ends
        out.append(lo + (hi - lo) * Fraction(rng.getrandbits(bits), 1 << bits))
    return tuple(out)


def _meet(planes: Sequence[Hyperplane], n: int) -> Point | None:
    """Solve for the one common point by exact elimination, or None."""
    table = [
        [dict(p.row).get(i, Fraction(0)) for i in range(n)] + [-p.offset]
        for p in planes
    ]
    for c in range(n):
        pivot = next((r for r in range(c, len(table)) if table[r][c]), None)
        if pivot is None:
            return None
        table[c], table[pivot] = table[pivot], table[c]
        lead = table[c][c]
        table[c] = [v / lead for v in table[c]]
        for r, row in enumerate(table):
            if r != c and row[c]:
                table[r] = [a - row[c] * b for a, b in zip(row, table[c], strict=True)]
    return tuple(row[n] for row in islice(table, n))
