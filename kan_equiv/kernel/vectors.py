"""Vector atoms: functions of whole vectors that no window sees through.

No evaluator of windows knows them, so a vector atom equals itself only, in the place
where it stands.  A witness encloses it: layer_norm is (x - m)/sqrt(v + epsilon) with m
the mean of the coordinates and v the mean of (x - m)^2.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt

from .enclosure import Interval, WideError, halved, scale_down, shifted
from .reader import Fields, natural, need, rationals, text
from .stages import Stage
from .work import spend


class VectorAtom(Stage):
    """layer_norm on `features` coordinates, with its one parameter epsilon > 0."""

    def __init__(self, f: Fields) -> None:
        need(text(f["function"]) == "layer_norm", "unknown vector atom")
        self.inputs = self.outputs = natural(f["features"], 1)
        parameters = rationals(f["parameters"])
        need(len(parameters) == 1 and parameters[0] > 0, "not one epsilon > 0")
        self.epsilon = parameters[0]

    def enclose(self, values: Sequence[Interval], bits: int) -> list[Interval]:
        """Intervals that hold the values, all over 2^bits."""
        n, total = self.inputs, (0, 0)
        spend(8 * n * (1 + bits // 64))
        for x in values:
            total = shifted(total, x)
        low, high = scale_down(total, n)
        centred = [(a - high, b - low) for a, b in values]
        spread = (0, 0)
        for x in centred:
            spread = shifted(spread, squared(x, bits))
        scaled = self.epsilon.numerator << bits
        epsilon = scale_down((scaled, scaled), self.epsilon.denominator)
        low, high = shifted(scale_down(spread, n), epsilon)
        root = isqrt(low << bits), isqrt(high << bits) + 1
        if not root[0]:
            raise WideError("a variance and its epsilon are not separated from 0")
        return [quotient(x, root, bits) for x in centred]


def squared(x: Interval, bits: int) -> Interval:
    """The squares of an interval."""
    near = 0 if x[0] < 0 < x[1] else min(abs(x[0]), abs(x[1]))
    far = max(abs(x[0]), abs(x[1]))
    return halved((near * near, far * far), bits)


def quotient(x: Interval, y: Interval, bits: int) -> Interval:
    """The quotients of two intervals, y > 0."""
    low = min((x[0] << bits) // d for d in y)
    return low, max(-((-x[1] << bits) // d) for d in y)
