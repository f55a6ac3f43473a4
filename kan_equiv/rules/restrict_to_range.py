"""A unit whose argument stays on one side of its knot is a polynomial, or nothing.

On an interval where z >= 0, max(z, 0)^p is z^p; where z <= 0 and p >= 1 it is 0. So
what the layers before a unit can reach decides whether it bends at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from kan_equiv.ir.domain import Box, Interval
from kan_equiv.rules.integer_rows import IntegerRows

__all__ = ["NAME", "Bend", "bend", "row_intervals"]

NAME = "restrict_to_range"
LEMMA = "RestrictToRange.restrict_to_range"  # in proofs/theories


@dataclass(frozen=True, slots=True)
class Bend:
    """Whether max(z, 0)^p is z^p, is 0, or bends on an interval of z."""

    is_power: bool
    is_zero: bool


def bend(interval: Interval | None, degree: int) -> Bend:
    """Return what max(z, 0)^degree is on a closed interval (None: all of R).

    >>> bend(Interval.of(0, 2), 1), bend(Interval.of(-1, 0), 2)
    (Bend(is_power=True, is_zero=False), Bend(is_power=False, is_zero=True))
    """
    if interval is None:
        return Bend(False, False)
    lo, hi = interval.lo, interval.hi
    below = hi is not None and (hi < 0 or (hi == 0 and degree >= 1))
    return Bend(lo is not None and lo >= 0, below and not (lo is not None and lo >= 0))


def row_intervals(rows: IntegerRows, box: Box) -> list[Interval]:
    """Return exactly what each row W x + b runs through on a closed box, in order."""
    ends = [_reach(rows, box, is_upper) for is_upper in (False, True)]
    return [Interval(lo, hi) for lo, hi in zip(*ends, strict=True)]


def _reach(rows: IntegerRows, box: Box, is_upper: bool) -> list[Fraction | None]:
    """Return the least or greatest values; None where they are infinite."""
    table = rows.table[:, :-1]
    picked: list[Any] = [(i.hi, i.lo) if is_upper else (i.lo, i.hi) for i in box]
    finite = [v for pair in picked for v in pair if v is not None]
    d = int(np.lcm.reduce([v.denominator for v in finite], dtype=object, initial=1))
    total = rows.table[:, -1] * d
    open_rows = np.zeros(len(table), dtype=bool)
    for side, keep in ((0, table > 0), (1, table < 0)):
        part = np.where(keep, table, 0)
        ends = [pair[side] for pair in picked]
        known = [0 if v is None else int(v * d) for v in ends]
        total = total + part @ np.array(known, dtype=object)
        infinite = np.array([v is None for v in ends])
        open_rows |= keep[:, infinite].any(axis=1)
    scale = rows.denominator * d
    return [
        None if is_open else Fraction(v, scale)
        for v, is_open in zip(total.tolist(), open_rows.tolist(), strict=True)
    ]
