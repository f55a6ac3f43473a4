"""Plain text: the trail from the source file to the deployed weights, in four lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["trail_lines"]


def trail_lines(trail: Mapping[str, Any]) -> list[str]:
    """Return the four statements apart: they are of different kinds.

    >>> for line in trail_lines(
    ...     {"source": "a", "proved": "b", "certified": "c", "measured": "d"}
    ... ):
    ...     print(line)
    source     a
    proved     b
    certified  c
    measured   d
    """
    names = ("source", "proved", "certified", "measured")
    return [f"{name:<10} {trail[name]}" for name in names]
