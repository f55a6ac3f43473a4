from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kan_equiv.errors import ValidationError
from kan_equiv.exact import Enclosure, Polynomial
from kan_equiv.testing.strategies import polynomials, rationals

ONE, X = Polynomial.of([1]), Polynomial.of([0, 1])


@given(polynomials(), polynomials(), polynomials())
def test_ring_laws(p, q, r):
    zero = Polynomial(())
    assert p + q == q + p
    assert p * q == q * p
    assert (p + q) + r == p + (q + r)
    assert (p * q) * r == p * (q * r)
    assert p * (q + r) == p * q + p * r
    assert p + zero == p
    assert p * ONE == p
    assert p - p == zero
    assert not p - p
    assert -p == p.scale(-1) == zero - p


@given(polynomials(), polynomials(), rationals())
def test_evaluation_is_a_homomorphism(p, q, x):
    assert (p + q)(x) == p(x) + q(x)
    assert (p * q)(x) == p(x) * q(x)
    assert p.compose(q)(x) == p(q(x))
    assert p(x) == sum(c * x**r for r, c in enumerate(p.coefficients))


@given(polynomials(), polynomials())
def test_equal_iff_equal_at_enough_points(p, q):
    points = [Fraction(k) for k in range(max(p.degree, q.degree) + 1)]
    assert (p == q) == all(p(x) == q(x) for x in points)
    if p == q:
        assert hash(p) == hash(q)


@given(polynomials())
def test_written_form_is_unique(p):
    doubled = Polynomial(tuple(2 * n for n in (*p.numerators, 0)), 2 * p.denominator)
    assert doubled == p
    assert Polynomial.of(p.coefficients) == p
    assert [p.coefficient(r) for r in range(p.degree + 1)] == (
        list(p.coefficients) or [0]
    )
    assert p.coefficient(99) == 0


@given(polynomials(), polynomials(), polynomials())
def test_composition_is_associative_with_identity(p, q, r):
    assert p.compose(X) == X.compose(p) == p
    assert p.compose(q).compose(r) == p.compose(q.compose(r))


@given(polynomials(), st.integers(0, 5))
def test_powers(p, n):
    assert p.power(n + 1) == p.power(n) * p
    assert p.power(0) == ONE


@given(polynomials(), polynomials())
def test_derivative_rules(p, q):
    assert (p * q).derivative() == p.derivative() * q + p * q.derivative()
    assert p.compose(q).derivative() == p.derivative().compose(q) * q.derivative()


@given(polynomials(), rationals(), rationals())
def test_taylor(p, center, x):
    a = p.taylor(center)
    assert p(x) == sum(c * (x - center) ** r for r, c in enumerate(a))


@given(polynomials(), rationals(), rationals(), st.fractions(0, 1))
def test_bernstein_hull_holds_the_range_and_ends_are_values(p, a, b, where):
    lo, hi = min(a, b), max(a, b)
    hull = p.bernstein(lo, hi)
    assert len(hull) == p.degree + 1
    assert (hull[0], hull[-1]) == (p(lo), p(hi))
    assert min(hull) <= p(lo + (hi - lo) * where) <= max(hull)


@given(polynomials(), rationals(), st.fractions(0, 1))
def test_enclosures_hold_the_value(p, x, radius):
    ball = Enclosure(x - radius, x + radius)
    for y in (x, x - radius, x + radius):
        assert p(ball).contains(p(y))


@pytest.mark.parametrize(
    ("coefficients", "text"),
    [
        ([], "0"),
        ([-1], "-1"),
        ([0, 1], "x"),
        ([0, -1, "1/2"], "1/2*x^2 - x"),
        ([5, 0, 0, -3], "-3*x^3 + 5"),
    ],
)
def test_text(coefficients, text):
    assert str(Polynomial.of(coefficients)) == text


def test_misuse_is_refused():
    with pytest.raises(ValidationError, match="denominator=0"):
        Polynomial((1,), 0)
    with pytest.raises(ValidationError, match="exponent=-1"):
        X.power(-1)
