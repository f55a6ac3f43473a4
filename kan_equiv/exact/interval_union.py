"""Finite unions of intervals with rational ends: where partial functions are defined.

Ends may be open or closed, and infinite. Everything is decided exactly: two unions are
different iff one of finitely many rational points, the ends and one point of every cell
between them, lies in one of them only.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from kan_equiv.errors import ValidationError
from kan_equiv.exact.hashing import HashedOnce

__all__ = ["EVERYWHERE", "NOWHERE", "IntervalUnion"]

End = Fraction | None


@dataclass(frozen=True, slots=True, order=True)
class IntervalUnion(HashedOnce):
    """A set of real numbers in its unique form: cells between ends, and the ends.

    Attributes:
        ends: strictly increasing exact rationals.
        cells: whether each open cell belongs to the set, one more than ends.
        points: whether each end does.

    >>> positive = IntervalUnion.above(Fraction(0), is_closed=False)
    >>> str(positive), Fraction(0) in positive
    ('(0, inf)', False)
    >>> str(positive & IntervalUnion.below(Fraction(2), is_closed=True))
    '(0, 2]'
    """

    ends: tuple[Fraction, ...]
    cells: tuple[bool, ...]
    points: tuple[bool, ...]

    def __post_init__(self) -> None:
        t, c, p = self.ends, self.cells, self.points
        if len(c) != len(t) + 1 or len(p) != len(t):
            raise ValidationError(
                f"{len(t)} ends need {len(t) + 1} cells and {len(t)} points, got "
                f"{len(c)} and {len(p)}"
            )
        if any(a >= b for a, b in pairwise(t)):
            raise ValidationError(f"ends must increase strictly, got ends={t}")
        keep = [j for j in range(len(t)) if not c[j] == p[j] == c[j + 1]]
        if len(keep) != len(t):
            object.__setattr__(self, "ends", tuple(t[j] for j in keep))
            object.__setattr__(self, "cells", (c[0], *(c[j + 1] for j in keep)))
            object.__setattr__(self, "points", tuple(p[j] for j in keep))

    def __hash__(self) -> int:
        return self._hash_once(self.ends, self.cells, self.points)

    @classmethod
    def above(cls, end: Fraction, is_closed: bool) -> IntervalUnion:
        """Return the half-line right of an end, with it if closed."""
        return cls((end,), (False, True), (is_closed,))

    @classmethod
    def below(cls, end: Fraction, is_closed: bool) -> IntervalUnion:
        """Return the half-line left of an end, with it if closed."""
        return cls((end,), (True, False), (is_closed,))

    @classmethod
    def between(cls, lo: End, hi: End) -> IntervalUnion:
        """Return the closed interval [lo, hi]; None is no end."""
        left = EVERYWHERE if lo is None else cls.above(lo, is_closed=True)
        return left if hi is None else left & cls.below(hi, is_closed=True)

    @property
    def is_everywhere(self) -> bool:
        """Whether this is all of R."""
        return not self.ends and self.cells[0]

    @property
    def is_empty(self) -> bool:
        """Whether no number belongs to the set."""
        return not any(self.cells) and not any(self.points)

    def __contains__(self, x: Fraction) -> bool:
        j = bisect_left(self.ends, x)
        if j < len(self.ends) and self.ends[j] == x:
            return self.points[j]
        return self.cells[j]

    def __and__(self, other: IntervalUnion) -> IntervalUnion:
        if self.is_everywhere or self == other:
            return other
        if other.is_everywhere:
            return self
        ends, probes = _probes({*self.ends, *other.ends})
        return IntervalUnion(
            ends,
            tuple(x in self and x in other for x in probes),
            tuple(x in self and x in other for x in ends),
        )

    def __invert__(self) -> IntervalUnion:
        flags = (tuple(not v for v in own) for own in (self.cells, self.points))
        return IntervalUnion(self.ends, *flags)

    def __or__(self, other: IntervalUnion) -> IntervalUnion:
        return ~(~self & ~other)

    def preimage(self, slope: Fraction, shift: Fraction) -> IntervalUnion:
        """Return the set of all x with slope * x + shift in this set."""
        if slope == 0:
            return EVERYWHERE if shift in self else NOWHERE
        step = 1 if slope > 0 else -1
        return IntervalUnion(
            tuple((t - shift) / slope for t in self.ends)[::step],
            self.cells[::step],
            self.points[::step],
        )

    def intervals(self) -> Iterator[tuple[End, End]]:
        """Yield the ends of the maximal intervals, in order; None is no end.

        Whether an end belongs to the set is asked with ``in``; a point has equal ends.
        """
        lo: End = None
        is_inside = self.cells[0]
        for j, t in enumerate(self.ends):
            if is_inside and not (self.points[j] and self.cells[j + 1]):
                yield lo, t
                is_inside = False
            elif not is_inside and self.points[j] and not self.cells[j + 1]:
                yield t, t
            if not is_inside and self.cells[j + 1]:
                lo, is_inside = t, True
        if is_inside:
            yield lo, None

    def samples(self) -> Iterator[Fraction]:
        """Yield a point of every cell of the set, then those ends that belong to it."""
        ends, probes = _probes(self.ends)
        yield from (x for x in (*probes, *ends) if x in self)

    def separating_point(self, other: IntervalUnion) -> Fraction | None:
        """Return a number that lies in one of both only, or None if they are equal."""
        ends, probes = _probes({*self.ends, *other.ends})
        found = (x for x in (*probes, *ends) if (x in self) != (x in other))
        return next(found, None)

    def __str__(self) -> str:
        return " or ".join(self._text(*ends) for ends in self.intervals()) or "nowhere"

    def _text(self, lo: End, hi: End) -> str:
        if lo is not None and lo == hi:
            return f"{{{lo}}}"
        left = "(-inf" if lo is None else f"{'[' if lo in self else '('}{lo}"
        right = "inf)" if hi is None else f"{hi}{']' if hi in self else ')'}"
        return f"{left}, {right}"


def _probes(points: Iterable[Fraction]) -> tuple[tuple[Fraction, ...], list[Fraction]]:
    """Return the sorted points, and one point inside every cell between them."""
    t = tuple(sorted(points))
    inner = [(a + b) / 2 for a, b in pairwise(t)]
    return t, [t[0] - 1, *inner, t[-1] + 1] if t else [Fraction(0)]


EVERYWHERE = IntervalUnion((), (True,), ())
"""All of R."""
NOWHERE = IntervalUnion((), (False,), ())
"""The empty set."""
