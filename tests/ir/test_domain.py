from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kan_equiv.errors import DomainError, KanEquivError, NonFiniteWeightError
from kan_equiv.ir import Box, Interval
from kan_equiv.testing.strategies import rationals

pairs = st.tuples(rationals(), rationals()).map(lambda p: (min(p), max(p)))


@given(pairs, st.fractions(0, 1))
def test_intervals_are_closed(pair, where):
    lo, hi = pair
    interval = Interval.of(lo, hi)
    assert lo in interval
    assert hi in interval
    assert lo + (hi - lo) * where in interval
    assert lo - Fraction(1, 10**9) not in interval
    assert hi + Fraction(1, 10**9) not in interval


@given(st.lists(pairs, min_size=1, max_size=4), st.data())
def test_boxes_are_products(intervals, data):
    box = Box(intervals)
    assert box.for_inputs(len(intervals)) == box
    assert [(i.lo, i.hi) for i in box] == intervals
    corner = [data.draw(st.sampled_from(pair)) for pair in intervals]
    assert corner in box
    assert [corner[0] + 100, *corner[1:]] not in box
    assert corner[1:] not in box
    with pytest.raises(DomainError, match=f"{len(box) + 1} inputs"):
        box.for_inputs(len(box) + 1)


@given(pairs, st.integers(1, 5))
def test_one_interval_for_all_inputs(pair, n):
    box = Box(*pair).for_inputs(n)
    assert box == Box([pair] * n)
    assert len(box) == n


def test_exact_numbers_of_any_kind():
    assert Box(0.1, "1/2").intervals == (Interval(Fraction(0.1), Fraction(1, 2)),)
    assert Box([Interval.of(0, 1)]) == Box([(0, 1)])
    assert repr(Box([(0, "1/2")])) == "Box([(0, 1/2)])"
    assert str(Interval.of(-1, "1/2")) == "[-1, 1/2]"


@pytest.mark.parametrize("arguments", [(1, 0), (5,), ("[0,1]",), ([1],), ([(1, 0)],)])
def test_malformed_boxes_are_refused(arguments):
    with pytest.raises(DomainError):
        Box(*arguments)


def test_infinite_ends_make_half_lines():
    interval = Box(0, float("inf")).for_inputs(1).intervals[0]
    assert interval.hi is None
    assert Fraction(10**9) in interval
    assert Fraction(-1) not in interval
    with pytest.raises(DomainError, match="unbounded"):
        _ = interval.ends


def test_an_infinite_end_may_be_written_in_three_ways():
    inf = float("inf")
    assert Box([(-inf, 3)]) == Box([("-inf", 3)]) == Box([(None, 3)])
    assert Box([(3, inf)]) == Box([(3, "inf")]) == Box([(3, None)])
    assert repr(Box([(None, 3), (3, None)])) == "Box([(-inf, 3), (3, inf)])"
    assert Box(-inf, inf).is_everything
    assert not Box([(-inf, inf), (0, inf)]).is_everything
    assert not Box([(-inf, inf), (0, 1)]).is_bounded


@pytest.mark.parametrize(
    "ends", [(float("nan"), 1), (float("inf"), None), (0, float("-inf"))]
)
def test_wrong_infinities_are_refused(ends):
    with pytest.raises(NonFiniteWeightError, match=r"lo|hi"):
        Box([ends])
    assert issubclass(NonFiniteWeightError, KanEquivError)
