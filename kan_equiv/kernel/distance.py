"""distance: extreme values of separable networks on a box.

Both networks are sums over inputs of univariate functions, hence so is the difference,
and its least upper bound on a box is the sum of the least upper bounds per input: the
coordinates of a box vary freely.  With further directions (see `ridges`) the sum is
still an upper bound.  What is summed is bounded in `hulls`.  A point of the box bounds
the largest difference from below by the difference there.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .composition import Established, sides
from .mixing import Group, groups
from .multiples import Multiples
from .reader import (
    Box,
    Fields,
    bounded,
    items,
    natural,
    need,
    rationals,
)
from .stages import Network
from .windows import NOWHERE, Evaluator
from .work import spend_product, words

NEEDS = ("cells", "enclosure", "hulls", "mixing", "multiples")
MAX_SUBDIVISIONS = 64
ZERO = Fraction(0)


class Sums:
    """left - right, or left: constant[o] + sum over inputs i of d_oi(x_i) on a box."""

    def __init__(
        self, evaluator: Evaluator, left: Network, right: Network | None
    ) -> None:
        other = evaluator.run(right) if right else None
        by_input, (integers, den) = groups(evaluator.run(left), other)
        for _ in integers:
            spend_product(words(den))
        self.constant = [Fraction(v, den) for v in integers]
        self.curves: dict[int, Multiples] = {}
        self.evaluator = evaluator
        for i, terms in by_input.items():
            group, ends = Group(terms), evaluator.interval(i) or (ZERO, ZERO)
            if group.terms:
                known = {g: group.coefficient(g) for g in group.generators}
                self.curves[i] = Multiples(known, *bounded((ends,))[0])

    def greatest(self, o: int, sign: int, cuts: int) -> Fraction:
        """An upper bound of sign times output o."""
        parts = (c.greatest(o, sign, cuts) for c in self.curves.values())
        return sum(filter(None, parts), sign * self.constant[o])

    def at(self, o: int, point: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
        """Bounds of output o at a point."""
        low = high = self.constant[o]
        for i, curves in self.curves.items():
            a, b = curves.at(o, self.coordinate(i, point))
            low, high = low + a, high + b
        return low, high

    def coordinate(self, i: int, point: Sequence[Fraction]) -> Fraction:
        """What index i stands for at a point: an input, or a direction times it."""
        if i == NOWHERE:
            return ZERO
        if i < len(point):
            return point[i]
        vector = self.evaluator.directions.vectors[i]
        return sum((v * x for v, x in zip(vector, point, strict=True)), ZERO)


def judge(f: Fields, _: object) -> Established:
    """sup over the box of |left_o - right_o| is at most bounds[o].

    With points, one per output, it is at least attained[o], the difference there.
    """
    left, right, shown = sides(f, "within")
    box, bounds = bounded(shown.domain), rationals(f["bounds"])
    cuts = natural(f["subdivisions"], 0, MAX_SUBDIVISIONS)
    points, attained = items(f["points"]), rationals(f["attained"])
    need(len(bounds) == left.outputs, "not one bound per output")
    need(len(points) == len(attained), "not one value per point")
    need(len(points) in (0, left.outputs), "not one point per output")
    sums = Sums(Evaluator(f.file, box), left, right)
    for o, bound in enumerate(bounds):
        inside = all(sums.greatest(o, sign, cuts) <= bound for sign in (1, -1))
        need(inside, f"output {o}: the bound is not reached")
    for o, (value, raw) in enumerate(zip(attained, points, strict=True)):
        low, high = sums.at(o, point_of(rationals(raw), box))
        need(max(low, -high) >= value, f"output {o}: less is attained at the point")
    if not points:
        return shown._replace(bounds=bounds)
    return shown._replace(kind="supremum", bounds=(*bounds, *(-v for v in attained)))


def point_of(point: Sequence[Fraction], box: Box) -> Sequence[Fraction]:
    """The point, which has to lie in the box."""
    need(len(point) == len(box), "a point has another length")
    inside = all(low <= x <= high for x, (low, high) in zip(point, box, strict=True))
    need(inside, "a point lies outside of the domain")
    return point
