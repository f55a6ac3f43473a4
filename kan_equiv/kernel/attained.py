"""attained and exceeds: how far two networks are apart at a rational point.

Both are evaluated there: exactly, or in intervals of integers over 2^bits that hold the
values, as for a `witness`.  So the difference at the point is at least what is stated,
and the largest difference on the domain is no less.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .composition import Established, sides
from .reader import (
    Fields,
    InvalidError,
    contains,
    items,
    natural,
    need,
    rational,
    rationals,
)
from .stages import Network
from .witness import enclose, exact, outward

NEEDS = ("enclosure", "witness")
MAX_BITS = 4096


def judge(f: Fields, earlier: Sequence[object]) -> Established:
    """supremum: a bound shown before, and values that are attained."""
    left, right, shown = sides(f, "within")
    above = earlier[natural(f["within"], 0, len(earlier) - 1)]
    if not isinstance(above, Established) or above[:4] != shown[:4]:
        raise InvalidError("it cites no bound of this difference")
    points, attained = (
        [rationals(v) for v in items(f["points"])],
        rationals(f["attained"]),
    )
    need(len(points) == len(attained) == left.outputs, "not one point per output")
    bits = natural(f["bits"], 0, MAX_BITS)
    known = {p: gaps(left, right, shown, p, bits) for p in set(points)}
    for o, (point, value) in enumerate(zip(points, attained, strict=True)):
        need(known[point][o] >= value, f"output {o}: less is attained at the point")
    bounds = (*above.bounds, *(-v for v in attained))
    return shown._replace(kind="supremum", bounds=bounds)


def exceeds(f: Fields, _: object) -> Established:
    """exceeds: |left_o - right_o| > epsilon at the point, for one output o."""
    left, right, shown = sides(f, "exceeds")
    o, epsilon = natural(f["output"], 0, left.outputs - 1), rational(f["epsilon"])
    bits = natural(f["bits"], 0, MAX_BITS)
    gap = gaps(left, right, shown, rationals(f["point"]), bits)[o]
    need(gap > epsilon, "the difference at the point is not larger")
    return shown._replace(kind=f"exceeds {o}", bounds=(-epsilon,))


def gaps(
    left: Network,
    right: Network,
    shown: Established,
    point: Sequence[Fraction],
    bits: int,
) -> list[Fraction]:
    """Lower bounds of |left - right| at a point of the domain; exact if bits = 0."""
    need(len(point) == left.inputs, "the point has another length")
    for x, (low, high) in zip(point, shown.domain, strict=False):
        need(contains(low, high, x), "the point lies outside of the domain")
    if bits == 0:
        pairs = zip(exact(left, point), exact(right, point), strict=True)
        return [abs(a - b) for a, b in pairs]
    start = [outward(x, bits) for x in point]
    both = zip(enclose(left, start, bits), enclose(right, start, bits), strict=True)
    gaps = [max(a - top, low - b, 0) for (a, b), (low, top) in both]
    return [Fraction(v, 1 << bits) for v in gaps]
