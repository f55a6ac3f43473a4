"""A witness where exactly one of two networks is defined.

log and sqrt are partial functions, and composition is strict.  That a side is not
defined is shown by one argument of log or sqrt that lies outside of its domain, at a
stage whose inputs are defined; that a side is defined, by a value of every function of
every bank.  Arguments that are rational are compared exactly, others by intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .atoms import UndefinedError
from .enclosure import Interval, WideError
from .reader import InvalidError, Json, intervals, need
from .stages import Network
from .witness import PRECISIONS, SIDES, UNDEFINED, enclose, meets

NEEDS = ("enclosure", "vectors", "witness")


def judge(
    sides: Sequence[Network], point: Sequence[Fraction], o: int, stated: Sequence[Json]
) -> None:
    """Exactly one side is defined at the point: the one with a value stated."""
    need(stated.count(UNDEFINED) == 1, "neither side is said to be defined")
    for bits in PRECISIONS:
        try:
            found = [value_at(network, point, o, bits) for network in sides]
        except WideError:
            continue
        for value, seen, side in zip(stated, found, SIDES, strict=True):
            if seen is None:
                need(value == UNDEFINED, f"the {side} side is not defined there")
            else:
                need(value != UNDEFINED, f"the {side} side is defined there")
                meets(intervals([value], 1)[0], seen, bits, side)
        return
    raise InvalidError(f"{PRECISIONS[-1]} bits do not show which side is defined")


def value_at(
    network: Network, point: Sequence[Fraction], o: int, bits: int
) -> Interval | None:
    """An interval that holds output o at the point, None if that is not defined."""
    try:
        return enclose(network, point, bits)[o]
    except UndefinedError:
        return None
