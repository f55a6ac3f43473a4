"""Points at which a float module is compared: adversarial ones first, then random."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from kan_equiv.ir import Box, Network
from kan_equiv.testing.floats import FloatFormat
from kan_equiv.testing.points import (
    Hyperplane,
    cell_points,
    corners,
    face_points,
    hyperplanes,
    random_point,
    vertices,
)

__all__ = ["Sample", "samples_of"]

Point = tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """A point whose coordinates are numbers of the module's format.

    Attributes:
        point: exact.
        where: in words.
    """

    point: Point
    where: str


def samples_of(
    network: Network, box: Box, format: FloatFormat, count: int, seed: int
) -> list[Sample]:
    """Return up to ``count`` points of every sort, all in the box, none twice.

    Corners and center; cell vertices; knots with both neighbours by one unit in the
    last place; points inside cells; random points.
    """
    rng = random.Random(seed)
    planes = hyperplanes(network)
    inside = islice(cell_points(planes, box, rng, count), count)
    found: dict[Point, str] = {}
    for point, where in (
        *_around_knots(planes, box, format, rng, count),
        *((p, "corner or center of the box") for p in corners(box, min(count, 64))),
        *((p, "cell vertex") for p in vertices(planes, box, rng, count)),
        *((p, "inside a cell") for p in inside),
        *((random_point(box, rng, 40), "random") for _ in range(count)),
    ):
        rounded = tuple(format.nearest(x) for x in point)
        if rounded in box and all(abs(x) <= format.largest for x in rounded):
            found.setdefault(rounded, where)
    return [Sample(point, where) for point, where in found.items()]


def _around_knots(
    planes: tuple[Hyperplane, ...],
    box: Box,
    format: FloatFormat,
    rng: random.Random,
    count: int,
) -> Iterator[tuple[Point, str]]:
    """Yield the number nearest to a knot, and the ones next below and above."""
    for plane, point, i in face_points(planes, box, rng, count):
        others = tuple(format.nearest(x) for x in point)
        at = format.nearest(plane.through(others, i)[i])
        below, above = format.neighbours(at)
        for x, by in ((at, ""), (below, "one ulp below "), (above, "one ulp above ")):
            where = f"{by}a knot of input {i}"
            yield (*others[:i], x, *others[i + 1 :]), where
