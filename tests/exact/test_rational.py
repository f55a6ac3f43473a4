from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kan_equiv.errors import NonFiniteWeightError, ValidationError
from kan_equiv.exact.rational import common_denominator, to_fraction, to_text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_taken_bit_for_bit(value):
    assert to_fraction(value) == Fraction(value)
    assert float(to_fraction(value)) == value


@pytest.mark.parametrize(
    ("value", "want"),
    [
        (3, Fraction(3)),
        (Fraction(2, 3), Fraction(2, 3)),
        ("-7/4", Fraction(-7, 4)),
        ("0.1", Fraction(1, 10)),
        (Decimal("0.1"), Fraction(1, 10)),
        (np.float32(0.1), Fraction(float(np.float32(0.1)))),
        (np.float16(0.1), Fraction(float(np.float16(0.1)))),
        (np.int64(-5), Fraction(-5)),
        (np.uint8(255), Fraction(255)),
    ],
)
def test_exact_numbers_of_many_kinds(value, want):
    assert to_fraction(value) == want


def test_numpy_integers_do_not_overflow_later():
    big = to_fraction(np.int64(2**62))
    assert type(big.numerator) is int
    assert big * 4 == Fraction(2**64)


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, np.float32("nan"), Decimal("inf")]
)
def test_non_finite_values_are_refused_by_name(value):
    with pytest.raises(NonFiniteWeightError, match="coef"):
        to_fraction(value, "coef")


@pytest.mark.parametrize("value", [None, "x", "1/0", True, 1j, object(), [1]])
def test_what_is_no_number_is_refused_by_name(value):
    with pytest.raises(ValidationError, match="slope"):
        to_fraction(value, "slope")


@given(st.fractions())
def test_text_goes_back_to_the_same_number(value):
    text = to_text(value)
    assert to_fraction(text) == value
    assert ("/" in text) == (value.denominator != 1)


@given(st.lists(st.fractions()))
def test_the_common_denominator_is_the_least(values):
    ints, d = common_denominator(values)
    assert [Fraction(n, d) for n in ints] == values
    assert d == math.lcm(*(v.denominator for v in values))


def test_numbers_longer_than_the_interpreters_limit_are_written():
    text = to_text(Fraction(-3, 7**9000))
    assert text.startswith("-3/")
    assert len(text) > 7600
