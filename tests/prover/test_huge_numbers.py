"""Numbers beyond the range of floats, and beyond the digits that Python prints."""

from __future__ import annotations

from fractions import Fraction

import pytest

import kan_equiv as ke
from kan_equiv.exact import PiecewisePolynomial

X = PiecewisePolynomial.of([Fraction(0), Fraction(1)])
RELU = PiecewisePolynomial.truncated_power(Fraction(0), 1)
ONCE, TWICE = ke.kan([[X]]), ke.kan([[X + X]])


@pytest.mark.parametrize("digits", [400, 5000])
def test_domains_of_any_size(digits):
    big = Fraction(10) ** digits
    bent = ke.kan([[RELU]])
    proved = ke.prove(bent, ONCE, domain=ke.Box(0, big))
    assert proved.is_proved
    assert str(big.numerator % 1000) in str(proved)
    assert ke.prove(bent, ONCE, domain=ke.Box(-big, big)).is_refuted
    refuted = ke.prove(TWICE, ONCE, domain=ke.Box(big, big + 1))
    assert refuted.is_refuted
    assert "refuted: output 0 at x = (inf)" in str(refuted)


@pytest.mark.parametrize("digits", [400, 5000])
def test_bounds_of_any_size(digits):
    big = Fraction(10) ** digits
    box = ke.Box(0, big)
    assert ke.prove(TWICE, ONCE, domain=box, within=big).is_proved
    refuted = ke.prove(TWICE, ONCE, domain=box, within=big / 2)
    assert refuted.is_refuted
    assert f"more than 5.00e+{digits - 1}" in str(refuted)
    found = ke.distance(TWICE, ONCE, box)
    assert found.bound == big
    assert f"exactly 1.00000e+{digits}" in str(found)


def test_knots_of_any_size():
    """Also of deep networks, which are explored in floats."""
    tiny = Fraction(1, 10**5000)
    moved = ke.kan([[PiecewisePolynomial.truncated_power(tiny, 1)]])
    relu = ke.kan([[RELU]])
    assert ke.prove(moved, relu).is_refuted
    deep = [ke.ir.Network(1, n.stages + TWICE.stages) for n in (moved, relu)]
    assert ke.prove(*deep).is_refuted
    assert ke.distance(moved, relu, ke.Box(-1, 1)).bound == tiny
