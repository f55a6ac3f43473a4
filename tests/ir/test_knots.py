from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given

from kan_equiv.errors import ValidationError
from kan_equiv.ir import KnotVector
from kan_equiv.testing.strategies import knot_vectors, rationals


@given(knot_vectors())
def test_multiplicities_rebuild_the_vector(t):
    again = [b for b in t.breakpoints for _ in range(t.multiplicity(b))]
    assert KnotVector.of(again) == t
    assert len(t) == len(again)
    assert t.is_simple == (len(t) == len(t.breakpoints))
    assert hash(KnotVector.of(again)) == hash(t)


@given(knot_vectors(), rationals(min_value=20, max_value=30))
def test_absent_knots_have_multiplicity_zero(t, x):
    assert t.multiplicity(x) == t.knots.count(x)


@given(knot_vectors(unique=True))
def test_simple_vectors_are_simple(t):
    assert t.is_simple


def test_floats_are_taken_bit_for_bit():
    assert KnotVector.of([0.1, "1/2"])[0] == Fraction(0.1)


def test_decreasing_knots_are_named():
    with pytest.raises(ValidationError, match=r"t\[2\]=1 after t\[1\]=2"):
        KnotVector.of([0, 2, 1])
    with pytest.raises(ValidationError, match=r"t\[1\]"):
        KnotVector.of([0, "a"])
