"""Distances as text and as data."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv.reports.distance import (
    advice_lines,
    distance_data,
    distance_lines,
    two_digits,
)
from kan_equiv.reports.text import outcome_data, outcome_lines
from tests.networks import kan


@given(st.fractions(min_value=0, max_value=10**9))
def test_two_digits_are_enough_and_not_much_more(value: Fraction) -> None:
    text = two_digits(value)
    assert value <= Fraction(text) <= value * Fraction(11, 10)
    tiny = value / 10**30
    assert tiny <= Fraction(two_digits(tiny)) <= tiny * Fraction(11, 10)


def test_a_single_layer_has_a_line_per_output() -> None:
    left, right = kan([2, 12], seed=1), kan([2, 12], seed=2)
    found = ke.distance(left, right, ke.Box(-1, 1))
    lines = distance_lines(found)
    assert lines[0].startswith("output 0: at most ")
    assert lines[-1] == "... 12 outputs"
    data = distance_data(found)
    assert [Fraction(v) for v in data["upper"]] == list(found.upper)
    assert data["domain"] == "[-1,1]"
    assert data["steps"] == []
    assert f"--within {two_digits(found.bound)}" in advice_lines(found)[1]


def test_a_bound_far_above_what_is_attained_is_no_advice() -> None:
    left = ke.mlp([([[1, 2]], [10]), ([[1]], [0])])
    shift = 20 + Fraction(1, 10**9)
    right = ke.mlp([([[-1, -2]], [10]), ([[-1]], [shift])])  # z + 10 = 20 - (10 - z)
    found = ke.distance(left, right, ke.Box(-1, 1))
    assert found.bound > 1000 * max(found.attained) > 0
    assert "--domain" not in advice_lines(found)[1]


def test_deep_networks_say_what_each_step_adds() -> None:
    left = kan([2, 3, 1], seed=1)
    right = ke.emit.rounded_copy(left, "bfloat16")
    found = ke.distance(left, right, ke.Box(-1, 1))
    lines = distance_lines(found)
    assert [line.split(":")[0] for line in lines[1:3]] == ["step 0", "step 1"]
    assert "safe" in lines[3]
    between = (found.bound + max(found.attained)) / 2
    unknown = ke.prove(left, right, domain=ke.Box(-1, 1), within=between)
    assert outcome_lines(unknown) == lines
    assert outcome_data(unknown)["distance"] == distance_data(found)
