"""Closed boxes: the domains, other than R^n, that claims speak of."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from kan_equiv.errors import DomainError
from kan_equiv.exact.rational import to_fraction, to_text

__all__ = ["Box", "Interval", "as_box"]


@dataclass(frozen=True, slots=True)
class Interval:
    """The closed interval [lo, hi] of exact rationals; lo == hi is a point.

    An end that is None is infinite: a half-line, or all of R.
    """

    lo: Fraction | None
    hi: Fraction | None

    def __post_init__(self) -> None:
        if self.lo is not None and self.hi is not None and self.lo > self.hi:
            raise DomainError(
                f"interval needs lo <= hi, got lo={self.lo}, hi={self.hi}"
            )

    @classmethod
    def of(cls, lo: object, hi: object) -> Interval:
        """Build from exact numbers; no end is None, or -inf on the left, inf right."""
        return cls(_end(lo, "lo", -math.inf), _end(hi, "hi", math.inf))

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        """Both ends.

        Raises:
            DomainError: an end is infinite.
        """
        if self.lo is None or self.hi is None:
            raise DomainError(f"{self} is unbounded; here a bounded interval is needed")
        return self.lo, self.hi

    @property
    def is_bounded(self) -> bool:
        """Whether both ends are finite."""
        return self.lo is not None and self.hi is not None

    def __contains__(self, x: Fraction) -> bool:
        above = self.lo is None or self.lo <= x
        return above and (self.hi is None or x <= self.hi)

    def __str__(self) -> str:
        left = "(-inf" if self.lo is None else f"[{to_text(self.lo)}"
        return f"{left}, inf)" if self.hi is None else f"{left}, {to_text(self.hi)}]"


@dataclass(frozen=True, slots=True, init=False)
class Box:
    """A product of closed intervals, one per input, or one meant for all inputs.

    A side may be a closed half-line, or all of R: an infinite end is ``math.inf`` (or
    ``"inf"``), or None in a list of pairs.

    >>> Box([(0, math.inf), ("-inf", 1)])
    Box([(0, inf), (-inf, 1)])
    >>> Box(-1, 1).for_inputs(2)
    Box([(-1, 1), (-1, 1)])
    >>> Fraction(1, 2) in Box([(0, 1), ("-1/2", 3)]).intervals[0]
    True
    """

    intervals: tuple[Interval, ...]
    is_uniform: bool

    def __init__(self, lo: object, hi: object = None) -> None:
        """``Box(lo, hi)`` for all inputs, or ``Box([(lo, hi), ...])`` for each.

        Raises:
            DomainError: an interval is empty or malformed.
        """
        if hi is not None:
            pairs: list[object] = [(lo, hi)]
        elif isinstance(lo, Iterable) and not isinstance(lo, str):
            pairs = list(lo)  # pyright: ignore[reportUnknownArgumentType]
        else:
            raise DomainError(
                f"Box needs Box(lo, hi) or Box([(lo, hi), ...]), got {lo!r}"
            )
        intervals: list[Interval] = []
        for i, pair in enumerate(pairs):
            if isinstance(pair, Interval):
                intervals.append(pair)
                continue
            try:
                a, b = pair  # type: ignore[misc]
            except (TypeError, ValueError) as error:
                raise DomainError(f"input {i}: need (lo, hi), got {pair!r}") from error
            intervals.append(Interval.of(a, b))
        object.__setattr__(self, "intervals", tuple(intervals))
        object.__setattr__(self, "is_uniform", hi is not None)

    def for_inputs(self, n: int) -> Box:
        """Return the box with exactly ``n`` intervals.

        Raises:
            DomainError: it holds another number of intervals.
        """
        if self.is_uniform:
            return Box(self.intervals * n)
        if len(self.intervals) != n:
            raise DomainError(
                f"box has {len(self.intervals)} intervals, the network has {n} inputs"
            )
        return self

    @property
    def is_bounded(self) -> bool:
        """Whether every end is finite."""
        return all(i.is_bounded for i in self.intervals)

    @property
    def is_everything(self) -> bool:
        """Whether no end is finite, so that this is all of R^n."""
        return all(i.lo is None and i.hi is None for i in self.intervals)

    def __len__(self) -> int:
        return len(self.intervals)

    def __iter__(self) -> Iterator[Interval]:
        return iter(self.intervals)

    def __contains__(self, point: Iterable[Fraction]) -> bool:
        box = self.intervals
        x = list(point)
        return len(x) == len(box) and all(v in i for v, i in zip(x, box, strict=True))

    def __repr__(self) -> str:
        pairs = ", ".join(
            f"({'-inf' if i.lo is None else i.lo}, {'inf' if i.hi is None else i.hi})"
            for i in self.intervals
        )
        return f"Box([{pairs}])"


def as_box(domain: object) -> Box:
    """Return what was given as ``domain=``, if it is a box.

    >>> as_box((0, 1))
    Traceback (most recent call last):
        ...
    kan_equiv.errors.DomainError: domain must be a Box: Box(-1, 1), got domain=(0, 1)
    """
    if not isinstance(domain, Box):
        raise DomainError(f"domain must be a Box: Box(-1, 1), got {domain=!r}")
    return domain


def _end(value: object, name: str, infinite: float) -> Fraction | None:
    is_infinite = value is None or value in (infinite, str(infinite))
    return None if is_infinite else to_fraction(value, name)
