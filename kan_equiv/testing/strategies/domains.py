"""Closed boxes, and exact rational points."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from kan_equiv.ir import Box, Interval
from kan_equiv.testing.strategies.arguments import range_of, sizes
from kan_equiv.testing.strategies.numbers import rationals

__all__ = ["boxes", "intervals", "rational_points"]


def intervals(
    *,
    min_value: object = -6,
    max_value: object = 6,
    min_width: object = 0,
    allow_infinity: bool = False,
) -> st.SearchStrategy[Interval]:
    """Closed intervals; with ``min_width=0`` single points too.

    Raises:
        InvalidArgument: no interval fits.
    """
    low, high = range_of(min_value, max_value)
    _, width = range_of(0, min_width)
    range_of(low, high - width)
    return _intervals(low, high, width, allow_infinity)


@st.composite
def _intervals(
    draw: st.DrawFn, low: Fraction, high: Fraction, width: Fraction, infinite: bool
) -> Interval:
    lo = draw(rationals(min_value=low, max_value=high - width))
    hi = draw(rationals(min_value=lo + width, max_value=high))
    if not infinite:
        return Interval(lo, hi)
    return Interval(*draw(st.sampled_from([(lo, hi), (lo, None), (None, hi)])))


def boxes(
    *,
    min_inputs: int = 1,
    max_inputs: int = 3,
    min_value: object = -6,
    max_value: object = 6,
    min_width: object = 0,
    allow_infinity: bool = False,
) -> st.SearchStrategy[Box]:
    """Closed boxes with one interval per input.

    Raises:
        InvalidArgument: no box fits.
    """
    sizes("inputs", min_inputs, max_inputs, least=1)
    one = intervals(
        min_value=min_value,
        max_value=max_value,
        min_width=min_width,
        allow_infinity=allow_infinity,
    )
    return st.lists(one, min_size=min_inputs, max_size=max_inputs).map(Box)


def rational_points(
    *, min_inputs: int = 1, max_inputs: int = 3, domain: Box | None = None
) -> st.SearchStrategy[tuple[Fraction, ...]]:
    """Exact points, of a box where ``domain`` has one interval for each input."""
    sizes("inputs", min_inputs, max_inputs, least=1)
    if domain is None:
        rows = st.lists(rationals(), min_size=min_inputs, max_size=max_inputs)
        return rows.map(tuple)
    return st.tuples(*(_inside(interval) for interval in domain))


def _inside(interval: Interval) -> st.SearchStrategy[Fraction]:
    if interval.lo is not None and interval.hi is not None:
        lo, width = interval.lo, interval.hi - interval.lo
        part = rationals(min_value=0, max_value=1)
        return part.map(lambda r: lo + r * width)
    away = rationals(min_value=0, max_value=12)
    if interval.lo is not None:
        start = interval.lo
        return away.map(lambda r: start + r)
    if interval.hi is not None:
        end = interval.hi
        return away.map(lambda r: end - r)
    return rationals()
