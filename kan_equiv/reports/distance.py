"""Distances for people: bound, value attained and where, layer by layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Protocol

from kan_equiv.exact.rational import about
from kan_equiv.ir.domain import Box

__all__ = [
    "advice_lines",
    "box_option",
    "distance_data",
    "distance_lines",
    "two_digits",
]

LOOSE = 1000
"""A bound so many times what is attained says more of the method than of the models."""


class Step(Protocol):
    """What one pair of words adds to the bound of deep networks."""

    @property
    def deviation(self) -> tuple[Fraction, ...]: ...
    @property
    def errors(self) -> tuple[Fraction, ...]: ...


class Distance(Protocol):
    """Bounds of the largest difference of two networks on a box."""

    @property
    def upper(self) -> tuple[Fraction, ...]: ...
    @property
    def attained(self) -> tuple[Fraction, ...]: ...
    @property
    def points(self) -> tuple[tuple[Fraction, ...], ...]: ...
    @property
    def bound(self) -> Fraction: ...
    @property
    def domain(self) -> Box: ...
    @property
    def steps(self) -> Sequence[Step]: ...


def distance_lines(distance: Distance, limit: int = 8) -> list[str]:
    """Return a line per output, and one per step where the bound was propagated."""
    lines = [
        f"output {o}: at most {about(high)}, attained {about(low)}"
        for o, (high, low) in enumerate(
            zip(distance.upper, distance.attained, strict=True)
        )
    ]
    if len(lines) > limit:
        lines = [*lines[:limit], f"... {len(lines)} outputs"]
    for k, step in enumerate(distance.steps):
        lines.append(
            f"step {k}: differs by {about(max(step.deviation), 3)} on its own, "
            f"{about(max(step.errors), 3)} with what comes before"
        )
    if distance.steps:
        lines.append(
            "the bound was propagated step by step: it is safe, and may be far above "
            "the largest difference"
        )
    return lines


def distance_data(distance: Distance) -> dict[str, Any]:
    """Return a distance as plain data; numbers exact, as text."""
    return {
        "bound": str(distance.bound),
        "upper": [str(v) for v in distance.upper],
        "attained": [str(v) for v in distance.attained],
        "points": [[str(x) for x in point] for point in distance.points],
        "domain": box_option(distance.domain),
        "steps": [[str(v) for v in step.errors] for step in distance.steps],
    }


def advice_lines(distance: Distance) -> list[str]:
    """Return by how much two networks differ on a box, and what to ask for instead."""
    where = box_option(distance.domain)
    known = f"on {where} they differ by {distance}"
    if distance.bound > LOOSE * max(distance.attained):
        return [known, "that bound is too loose for an advice on --within"]
    return [known, f"try: --domain '{where}' --within {two_digits(distance.bound)}"]


def box_option(box: Box) -> str:
    """Return a bounded box as ``--domain`` reads it.

    >>> box_option(Box(-1, 1).for_inputs(3)), box_option(Box([(0, 1), (-1, "1/2")]))
    ('[-1,1]', '[0,1] [-1,1/2]')
    """
    sides = [f"[{lo},{hi}]" for lo, hi in (i.ends for i in box)]
    return sides[0] if len(set(sides)) == 1 else " ".join(sides)


def two_digits(value: Fraction) -> str:
    """Return a decimal number of two digits that is no less than the value.

    >>> two_digits(Fraction(1, 3)), two_digits(Fraction(0)), two_digits(Fraction(2**40))
    ('3.4e-1', '0', '1.1e12')
    """
    if value <= 0:
        return "0"
    exponent = len(str(value.numerator)) - len(str(value.denominator))
    while value >= Fraction(10) ** (exponent + 1):
        exponent += 1
    while value < Fraction(10) ** exponent:
        exponent -= 1
    tenths = math.ceil(value * 10 / Fraction(10) ** exponent)
    if tenths == 100:
        tenths, exponent = 10, exponent + 1
    return f"{tenths // 10}.{tenths % 10}e{exponent}"
