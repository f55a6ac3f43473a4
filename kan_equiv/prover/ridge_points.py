"""Points at which two sums of ridge functions differ, constructed.

Near a point x of one hyperplane that is left over, off the other ones and inside the
domain, the difference along a coordinate line is one polynomial before x and another
one behind it. They are not both zero, so few points of the line separate the sides.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from sys import byteorder

from kan_equiv.exact.primitive import Direction, dot, vector
from kan_equiv.exact.rational import common_denominator
from kan_equiv.ir.domain import Box, Interval
from kan_equiv.ir.univariate import Atom
from kan_equiv.prover.ridge_difference import RidgeDifference

__all__ = ["separating_points"]

WHOLE = Interval(None, None)
ATTEMPTS = 24
KINKS = 64
RESOLUTION = 1 << 10


def separating_points(
    difference: RidgeDifference, in_features: int, box: Box | None
) -> Iterator[list[Fraction]]:
    """Yield points of the domain where the sides differ, or may, where atoms remain.

    The first one separates unless atoms, or faces of the box, are all that is left.
    """
    rng = random.Random(0)
    sides = (WHOLE,) * in_features if box is None else box.intervals
    for point in _candidates(difference, sides, rng):
        if difference.differs_at(point) is not False:
            yield point


def _candidates(
    difference: RidgeDifference, sides: tuple[Interval, ...], rng: random.Random
) -> Iterator[list[Fraction]]:
    marks = [
        (i, at) for (i, key) in difference.kinks if (at := _center(key)) is not None
    ]
    inside = [(i, t) for i, t in marks if _is_inside(t, difference.intervals[i])]
    for i, t in islice(dict.fromkeys(inside), KINKS):
        v = difference.directions[i]
        for _ in range(ATTEMPTS):
            x = _point_on(v, t, sides, rng)
            found = _neighborhood(difference, x, (i, t), sides)
            if found is not None:
                yield from found
                break
    for i, t in marks:  # values on faces of the box
        if (i, t) not in inside:
            yield from _corner(difference.directions[i], t, sides)
    for _ in range(ATTEMPTS):
        yield [_inner(side, rng) for side in sides]


def _center(key: tuple[object, ...]) -> Fraction | None:
    """Return where a term is no polynomial."""
    at = key[1]
    if isinstance(at, Atom):
        return at.center
    return at if isinstance(at, Fraction) else None


def _is_inside(t: Fraction, interval: Interval | None) -> bool:
    if interval is None:
        return True
    above = interval.lo is None or interval.lo < t
    return above and (interval.hi is None or t < interval.hi)


def _inner(side: Interval, rng: random.Random) -> Fraction:
    """Return a random point inside an interval, or the only one."""
    lo, hi = side.lo, side.hi
    if lo is not None and hi is not None:
        return lo + (hi - lo) * Fraction(rng.randrange(1, RESOLUTION), RESOLUTION)
    if lo is None and hi is None:
        return Fraction(rng.randrange(-3, 4))
    step = Fraction(rng.randrange(1, 8), 2)
    return lo + step if lo is not None else (hi or Fraction(0)) - step


def _point_on(
    direction: Direction,
    t: Fraction,
    sides: tuple[Interval, ...],
    rng: random.Random,
) -> list[Fraction]:
    """Return a random point inside the domain with v.x = t."""
    v = vector(direction, len(sides))
    x = [_inner(side, rng) for side in sides]
    k = max(range(len(v)), key=lambda j: abs(v[j]))
    missing = t - _dot(v, x)
    solved = x[k] + missing / v[k]
    if _is_inside(solved, sides[k]):
        return [*x[:k], solved, *x[k + 1 :]]
    sign = 1 if missing > 0 else -1
    s = 1
    while True:  # the corner, or the unbounded side, where v.x is beyond t
        end = [
            _towards(side, (c > 0) == (sign > 0), s) if c else y
            for side, c, y in zip(sides, v, x, strict=True)
        ]
        if sign * (_dot(v, end) - t) > 0:
            break
        s += 1
    part = missing / (_dot(v, end) - _dot(v, x))
    return [a + part * (b - a) for a, b in zip(x, end, strict=True)]


def _towards(side: Interval, is_up: bool, s: int) -> Fraction:
    """Return a point inside an interval, the nearer to an end the greater s is."""
    lo, hi = side.lo, side.hi
    near, far = (hi, lo) if is_up else (lo, hi)
    sign = 1 if is_up else -1
    if near is None:
        return (far or Fraction(0)) + sign * 2**s
    width = Fraction(2) if far is None else abs(near - far)
    return near - sign * width / 2 ** (s + 1)


def _neighborhood(
    difference: RidgeDifference,
    x: list[Fraction],
    kink: tuple[int, Fraction],
    sides: tuple[Interval, ...],
) -> list[list[Fraction]] | None:
    """Return points around x on a line that crosses one hyperplane; None if not one."""
    i, t = kink
    v = vector(difference.directions[i], len(x))
    k = max(range(len(v)), key=lambda j: abs(v[j]))
    reach = [Fraction(1)]
    reach += [abs(x[k] - end) for end in (sides[k].lo, sides[k].hi) if end is not None]
    ints, d = common_denominator(x)
    degree = 1
    for j, key in difference.kinks:
        at = _center(key)
        degree = max([degree, *(r for r in key[2:] if isinstance(r, int))])
        if at is None or (j, at) == (i, t):
            continue
        other = difference.directions[j]
        distance = Fraction(dot(other, ints), d) - at
        if not distance:
            return None
        slope = _entry(other, k)
        if slope:
            reach.append(abs(distance / slope))
    degree = max([degree, *(r for _, r in difference.powers)])
    least = min(reach)
    step = Fraction(1, 2 ** max(1, (1 / least).__ceil__().bit_length() + 1))
    offsets = [
        sign * step * Fraction(m, degree + 1)
        for m in range(degree + 1, 0, -1)
        for sign in (1, -1)
    ]
    return [[*x[:k], x[k] + s, *x[k + 1 :]] for s in [*offsets, Fraction(0)]]


def _corner(
    direction: Direction, t: Fraction, sides: tuple[Interval, ...]
) -> Iterator[list[Fraction]]:
    """Yield the corners of the box with the least and the greatest v.x, if v.x = t."""
    v = vector(direction, len(sides))
    for is_up in (False, True):
        ends = [
            side.hi if (c > 0) == is_up else side.lo
            for side, c in zip(sides, v, strict=True)
        ]
        point = [
            _towards(side, True, 1) if end is None else end
            for side, end in zip(sides, ends, strict=True)
        ]
        if _dot(v, point) == t:
            yield point


def _entry(direction: Direction, k: int) -> int:
    if isinstance(direction, int):
        return int(direction == k)
    if isinstance(direction, tuple):
        return direction[k]
    return int.from_bytes(direction[8 * k : 8 * k + 8], byteorder, signed=True)


def _dot(v: list[int], x: list[Fraction]) -> Fraction:
    ints, d = common_denominator(x)
    return Fraction(sum(a * b for a, b in zip(v, ints, strict=True) if a), d)
