"""Closed boxes: the bounded domains that claims speak of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from kan_equiv.errors import DomainError
from kan_equiv.exact.rational import to_fraction

__all__ = ["Box", "Interval"]


@dataclass(frozen=True, slots=True)
class Interval:
    """The closed interval [lo, hi] of exact rationals; lo == hi is a point."""

    lo: Fraction
    hi: Fraction

    def __post_init__(self) -> None:
        if self.lo > self.hi:
            raise DomainError(
                f"interval needs lo <= hi, got lo={self.lo}, hi={self.hi}"
            )

    @classmethod
    def of(cls, lo: object, hi: object) -> Interval:
        """Build from any exact numbers."""
        return cls(to_fraction(lo, "lo"), to_fraction(hi, "hi"))

    def __contains__(self, x: Fraction) -> bool:
        return self.lo <= x <= self.hi

    def __str__(self) -> str:
        return f"[{self.lo}, {self.hi}]"


@dataclass(frozen=True, slots=True, init=False)
class Box:
    """A product of closed intervals, one per input, or one meant for all inputs.

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

    def __len__(self) -> int:
        return len(self.intervals)

    def __iter__(self) -> Iterator[Interval]:
        return iter(self.intervals)

    def __contains__(self, point: Iterable[Fraction]) -> bool:
        box = self.intervals
        x = list(point)
        return len(x) == len(box) and all(v in i for v, i in zip(x, box, strict=True))

    def __repr__(self) -> str:
        pairs = ", ".join(f"({i.lo}, {i.hi})" for i in self.intervals)
        return f"Box([{pairs}])"
