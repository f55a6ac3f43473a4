"""Domains of definition: set algebra, decided exactly at rational points."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kan_equiv.errors import ValidationError
from kan_equiv.exact.interval_union import EVERYWHERE, NOWHERE, IntervalUnion

F = Fraction
SMALL = st.fractions(min_value=-3, max_value=3, max_denominator=2)


@st.composite
def unions(draw: st.DrawFn) -> IntervalUnion:
    ends = tuple(sorted(draw(st.sets(SMALL, max_size=4))))
    flags = st.booleans()
    cells = tuple(draw(flags) for _ in range(len(ends) + 1))
    return IntervalUnion(ends, cells, tuple(draw(flags) for _ in ends))


@given(unions(), unions(), SMALL)
def test_meet_is_intersection(a: IntervalUnion, b: IntervalUnion, x: F) -> None:
    assert (x in a & b) == (x in a and x in b)
    assert a & b == b & a
    assert a & EVERYWHERE == a
    assert a & NOWHERE == NOWHERE


@given(unions(), unions())
def test_different_sets_are_told_apart_by_a_point(
    a: IntervalUnion, b: IntervalUnion
) -> None:
    x = a.separating_point(b)
    assert (x is None) == (a == b)
    assert x is None or (x in a) != (x in b)
    assert a != b or hash(a) == hash(b)


@given(unions(), SMALL, SMALL, SMALL)
def test_preimages(a: IntervalUnion, slope: F, shift: F, x: F) -> None:
    assert (x in a.preimage(slope, shift)) == (slope * x + shift in a)


@given(unions(), SMALL)
def test_intervals_make_up_the_set(a: IntervalUnion, x: F) -> None:
    def holds(lo: F | None, hi: F | None) -> bool:
        above = lo is None or lo < x or (lo == x and x in a)
        return above and (hi is None or x < hi or (hi == x and x in a))

    found = list(a.intervals())
    assert (x in a) == any(holds(*ends) for ends in found)
    ends = [t for pair in found for t in pair if t is not None]
    assert ends == sorted(ends)
    assert all(p in a for p in a.samples())
    assert any(True for _ in a.samples()) != a.is_empty


@pytest.mark.parametrize(
    ("union", "text"),
    [
        (EVERYWHERE, "(-inf, inf)"),
        (NOWHERE, "nowhere"),
        (IntervalUnion.above(F(0), is_closed=False), "(0, inf)"),
        (IntervalUnion.below(F(1, 2), is_closed=True), "(-inf, 1/2]"),
        (IntervalUnion.between(F(1), F(1)), "{1}"),
        (IntervalUnion.between(F(0), F(1)), "[0, 1]"),
        (IntervalUnion.between(None, F(1)), "(-inf, 1]"),
        (IntervalUnion((F(0),), (True, True), (False,)), "(-inf, 0) or (0, inf)"),
    ],
)
def test_text(union: IntervalUnion, text: str) -> None:
    assert str(union) == text


def test_one_form_only() -> None:
    """An end that changes nothing is left out."""
    assert IntervalUnion((F(0),), (True, True), (True,)) == EVERYWHERE
    assert IntervalUnion((F(0), F(1)), (False,) * 3, (False,) * 2) == NOWHERE


def test_malformed_sets_are_refused() -> None:
    with pytest.raises(ValidationError, match="strictly"):
        IntervalUnion((F(1), F(0)), (True,) * 3, (True,) * 2)
    with pytest.raises(ValidationError, match="1 ends need 2 cells"):
        IntervalUnion((F(1),), (True,), (True,))
