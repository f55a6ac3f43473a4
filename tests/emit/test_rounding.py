from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kan_equiv.emit.formats import FORMATS
from kan_equiv.emit.rounding import as_fractions, entries, round_to, rounded, split
from kan_equiv.errors import ValidationError
from kan_equiv.exact import FloatTensor
from kan_equiv.ir import Dense, LinearMap
from kan_equiv.testing.strategies import dense_maps, linear_maps


@given(st.fractions(-1e6, 1e6))
def test_rounding_is_to_nearest_even(value: Fraction) -> None:
    assert round_to(value, "float64") == Fraction(float(value))
    single = np.float32(float(round_to(value, "float32")))
    below = np.nextafter(single, np.float32(-np.inf))
    above = np.nextafter(single, np.float32(np.inf))
    error = abs(Fraction(float(single)) - value)
    assert error <= abs(Fraction(float(below)) - value)
    assert error <= abs(Fraction(float(above)) - value)


def test_rounding_is_done_once() -> None:
    # Just above a tie of float32, yet on it after a first rounding to float64.
    value = 1 + Fraction(1, 1 << 24) + Fraction(1, 1 << 60)
    assert round_to(value, "float32") == 1 + Fraction(1, 1 << 23)
    assert round_to(1 + Fraction(1, 1 << 24), "float32") == 1


def test_subnormals_and_overflow() -> None:
    tiny = Fraction(1, 1 << 149)
    assert round_to(tiny * 3 / 4, "float32") == tiny
    assert round_to(tiny / 2, "float32") == 0
    for value in (Fraction(1 << 128), Fraction(2) ** 5000):
        with pytest.raises(ValidationError, match="beyond the range of float32"):
            round_to(value, "float32")
    with pytest.raises(ValidationError, match="beyond the range of float16"):
        rounded(np.array([1.0, 65520.0]), "float16")
    assert rounded(np.array([65519.0]), "float16") == 65504


@given(
    st.integers(-(1 << 120), 1 << 120),
    st.integers(1, 1 << 90),
    st.integers(-1200, 1000),
)
def test_rationals_in_arrays_are_rounded_like_single_numbers(
    numerator: int, denominator: int, exponent: int
) -> None:
    value = Fraction(numerator, denominator) * Fraction(2) ** exponent
    array = np.array([value], dtype=object)
    for dtype in FORMATS:
        try:
            expected = float(round_to(value, dtype))
        except ValidationError as error:
            with pytest.raises(ValidationError, match=re.escape(str(error))):
                rounded(array, dtype)
        else:
            assert rounded(array, dtype).tolist() == [expected]


floats = st.floats(width=64, allow_nan=False, allow_infinity=False).filter(
    lambda v: abs(v) < 6e4
)


@given(st.sampled_from(sorted(FORMATS)), st.lists(floats, min_size=1, max_size=6))
def test_arrays_are_rounded_like_single_numbers(
    dtype: str, values: list[float]
) -> None:
    array = np.array(values)
    found = rounded(array, dtype)
    expected = [float(round_to(Fraction(v), dtype)) for v in values]
    assert found.tolist() == expected
    assert rounded(as_fractions(array), dtype).tolist() == expected
    if dtype in ("float16", "float32"):  # numpy converts float64 once, to nearest even
        assert found.tolist() == array.astype(dtype).astype(np.float64).tolist()


@given(st.lists(floats, min_size=1, max_size=6))
def test_bfloat16_is_torchs(values: list[float]) -> None:
    single = torch.tensor(values, dtype=torch.float32)
    expected = single.to(torch.bfloat16).double().tolist()
    assert rounded(single.double().numpy(), "bfloat16").tolist() == expected


@given(st.fractions(-100, 100), st.sampled_from(["float32", "float16", "bfloat16"]))
def test_a_split_gains_the_bits_of_a_format_with_each_term(
    value: Fraction, dtype: str
) -> None:
    bits, least, _ = FORMATS[dtype]
    one = np.empty(1, dtype=object)
    one[0] = value
    terms = split(one, dtype, 3)
    total = Fraction(0)
    for count, term in enumerate(terms, 1):
        total += Fraction(float(term[0]))
        bound = abs(value) / 2 ** (count * bits) + Fraction(2) ** (least - 1)
        assert abs(total - value) <= bound


@given(linear_maps())
def test_entries_are_those_of_the_map(m: LinearMap) -> None:
    found = as_fractions(entries(m)).ravel().tolist()
    assert found == list(m.to_rational().fractions())


@given(st.data())
def test_entries_of_float_factors_are_exact(data: st.DataObject) -> None:
    m = data.draw(dense_maps(out_features=2, inputs=2, width=2))
    found = as_fractions(entries(m)).ravel().tolist()
    assert found == list(m.to_rational().fractions())


def test_products_of_two_float32_factors_stay_floats() -> None:
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal((3, 2)).astype(np.float32) for _ in range(2)]
    factors = tuple((FloatTensor.from_array(a), "oc") for a in arrays)
    m = Dense(3, 2, 1, factors)
    assert entries(m).dtype == np.float64
    assert as_fractions(entries(m)).ravel().tolist() == list(
        m.to_rational().fractions()
    )
    three = Dense(3, 2, 1, (*factors, factors[0]))
    assert entries(three).dtype == object
