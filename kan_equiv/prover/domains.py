"""Where two separable layers are defined: per input, and compared exactly.

A layer with log and sqrt is defined where every input lies in a set of its own, for the
argument of every log and sqrt depends on one input only, and composition is strict. So
two layers are defined at the same points of a box iff both are defined nowhere on it,
or they have the same sets there, input by input.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from kan_equiv.exact.interval_union import EVERYWHERE, IntervalUnion
from kan_equiv.ir.domain import Box, Interval
from kan_equiv.ir.separable import SeparableForm

__all__ = ["Definition", "closure", "definition"]


@dataclass(frozen=True, slots=True)
class Definition:
    """Where two layers are defined on a box.

    Attributes:
        sets: per input, where both are defined; none at all if they are nowhere.
        point: a point at which exactly one side is defined, or () if there is none.
    """

    sets: tuple[IntervalUnion, ...]
    point: tuple[Fraction, ...] = ()


def definition(
    left: SeparableForm, right: SeparableForm, box: Box | None
) -> Definition:
    """Return where two layers of one shape are defined on a closed box, or on R^n."""
    sides = [EVERYWHERE] * left.in_features
    if box is not None:
        sides = [IntervalUnion.between(s.lo, s.hi) for s in box]
    if not left.is_partial and not right.is_partial:
        return Definition(tuple(sides))
    a, b = ([s & f.domain(i) for i, s in enumerate(sides)] for f in (left, right))
    empty = [any(s.is_empty for s in sets) for sets in (a, b)]
    if all(empty):
        return Definition(())
    if any(empty):
        return Definition((), _inside(b if empty[0] else a))
    for i, (u, v) in enumerate(zip(a, b, strict=True)):
        x = u.separating_point(v)
        if x is not None:
            point = _inside(a if x in u else b)
            return Definition((), (*point[:i], x, *point[i + 1 :]))
    return Definition(tuple(a))


def closure(domain: IntervalUnion) -> Interval | None:
    """Return the least closed interval around a set; None for R."""
    if domain.is_everywhere:
        return None
    parts = list(domain.intervals())
    return Interval(parts[0][0], parts[-1][1])


def _inside(sets: Sequence[IntervalUnion]) -> tuple[Fraction, ...]:
    return tuple(next(s.samples()) for s in sets)
