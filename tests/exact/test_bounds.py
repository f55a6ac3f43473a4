from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given

from kan_equiv.errors import ValidationError
from kan_equiv.exact import PiecewisePolynomial, Polynomial
from kan_equiv.exact.bounds import maximum, sup_norm
from kan_equiv.testing.probes import probes
from kan_equiv.testing.strategies import piecewise_polynomials, rationals

SLACK = Fraction(1, 64)


def hull_size(f, lo, hi):
    t, pieces, values = f.refine((lo, hi))
    sizes = [abs(v) for x, v in zip(t, values, strict=True) if lo <= x <= hi]
    for j in range(t.index(lo), t.index(hi)):
        sizes += [abs(c) for c in pieces[j + 1].bernstein(t[j], t[j + 1])]
    return max(sizes)


@given(piecewise_polynomials(), rationals(), rationals())
def test_maximum_brackets_every_value(f, a, b):
    lo, hi = min(a, b), max(a, b)
    bound = maximum(f, lo, hi, SLACK)
    inside = [x for x in probes(f, at=(lo, hi)) if lo <= x <= hi]
    assert all(f(x) <= bound.upper for x in inside)
    assert bound.lower <= bound.upper
    assert bound.upper - bound.lower <= SLACK * hull_size(f, lo, hi)


@given(piecewise_polynomials(), rationals(), rationals())
def test_the_lower_end_is_approached_at_near(f, a, b):
    lo, hi = min(a, b), max(a, b)
    bound = maximum(f, lo, hi, SLACK)
    assert lo <= bound.near <= hi
    t, pieces, _ = f.refine((bound.near,))
    j = t.index(bound.near)
    limits = [f(bound.near)]
    limits += [pieces[j](bound.near)] * (bound.near > lo)
    limits += [pieces[j + 1](bound.near)] * (bound.near < hi)
    assert bound.lower in limits


@given(piecewise_polynomials(max_degree=1), rationals(), rationals())
def test_exact_for_degree_at_most_one(f, a, b):
    lo, hi = min(a, b), max(a, b)
    bound = sup_norm(f, lo, hi)
    assert bound.lower == bound.upper == hull_size(f, lo, hi)


@given(piecewise_polynomials(), rationals(), rationals())
def test_sup_norm_is_a_norm_bracket(f, a, b):
    lo, hi = min(a, b), max(a, b)
    bound, doubled = sup_norm(f, lo, hi, SLACK), sup_norm(f.scale(-2), lo, hi, SLACK)
    assert sup_norm(-f, lo, hi, SLACK).upper == bound.upper
    assert 2 * bound.lower <= doubled.upper
    assert doubled.lower <= 2 * bound.upper
    assert bound.lower >= 0
    if bound.upper == 0:
        assert f.restrict(lo, hi).is_zero


def test_a_supremum_that_is_not_attained_counts():
    jump = PiecewisePolynomial.from_right_pieces(
        (1,), (Polynomial.of([0, 1]), Polynomial(()))
    )
    bound = maximum(jump, Fraction(0), Fraction(1))
    assert (bound.lower, bound.upper, bound.near) == (1, 1, 1)


def test_an_isolated_value_counts():
    peak = PiecewisePolynomial(
        (Fraction(1),), (Polynomial(()), Polynomial(())), (Fraction(7),)
    )
    assert maximum(peak, Fraction(0), Fraction(2)).upper == 7
    assert sup_norm(-peak, Fraction(1), Fraction(1)).upper == 7


def test_an_interior_maximum_of_a_parabola():
    hill = PiecewisePolynomial.of([0, 3, -1])
    bound = maximum(hill, Fraction(0), Fraction(3), Fraction(1, 10**6))
    assert bound.lower <= Fraction(9, 4) <= bound.upper
    assert bound.upper - bound.lower < Fraction(1, 10**5)


def test_misuse_is_refused():
    f = PiecewisePolynomial.of([0, 1])
    with pytest.raises(ValidationError, match="lo <= hi"):
        maximum(f, Fraction(1), Fraction(0))
    with pytest.raises(ValidationError, match="relative"):
        maximum(f, Fraction(0), Fraction(1), Fraction(0))
