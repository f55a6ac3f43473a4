"""Bézier curves against the functions they are drawn for, at exact rational points."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kan_equiv.errors import ValidationError
from kan_equiv.exact import PiecewisePolynomial, Polynomial
from kan_equiv.ir import Atom, Univariate
from kan_equiv.ir.curve_family import CurveFamily, curve_of
from kan_equiv.ir.curves import (
    Curve,
    Dot,
    Segment,
    bezier,
    cuts_for_cubics,
    drawn_interval,
)
from kan_equiv.testing import strategies

rationals = st.fractions(min_value=-3, max_value=3, max_denominator=12)
units = st.fractions(min_value=0, max_value=1, max_denominator=30)
weights = st.integers(min_value=-9, max_value=9)
ZERO, ONE, TWO = Fraction(0), Fraction(1), Fraction(2)


def polynomials(degree: int) -> st.SearchStrategy[Polynomial]:
    return st.lists(rationals, max_size=degree + 1).map(Polynomial.of)


def at(curve: Curve, x: Fraction) -> list[Fraction]:
    return [s(x) for run in curve.runs for s in run if s.lo < x < s.hi]


@given(polynomials(3), rationals, rationals.filter(bool), units)
def test_a_piece_of_degree_three_is_one_curve_exactly(
    p: Polynomial, lo: Fraction, size: Fraction, u: Fraction
) -> None:
    hi = lo + abs(size)
    segment, error = bezier(p, lo, hi)
    assert error == 0
    x = lo + u * (hi - lo)
    assert segment(x) == p(x) == segment.raised(3)(x)
    assert len(segment.ordinates) == max(p.degree, 1) + 1


@given(polynomials(7), rationals, rationals.filter(bool), units)
def test_curves_of_higher_degree_are_within_their_bound(
    p: Polynomial, lo: Fraction, size: Fraction, u: Fraction
) -> None:
    hi = lo + abs(size)
    segment, error = bezier(p, lo, hi)
    x = lo + u * (hi - lo)
    assert abs(segment(x) - p(x)) <= error


def test_the_bound_is_the_one_of_hermite_interpolation() -> None:
    fourth = Polynomial.of([0, 0, 0, 0, 1])
    segment, error = bezier(fourth, -ONE, ONE)
    assert error == ONE  # 24 * 2^4 / 384, and it is attained in the middle
    assert fourth(ZERO) - segment(ZERO) == ONE
    cuts = [-ONE, *cuts_for_cubics(fourth, -ONE, ONE), ONE]
    errors = [bezier(fourth, *ab)[1] for ab in pairwise(cuts)]
    # The Bernstein coefficients of x^4 on [-1, 1] reach from -1 to 1.
    assert max(errors) <= Fraction(2, 1000) < error


@given(strategies.piecewise_polynomials(), units)
def test_curves_agree_with_functions_and_break_where_they_do(
    f: PiecewisePolynomial, u: Fraction
) -> None:
    function = Univariate(f)
    lo, hi = drawn_interval([function])
    curve = curve_of(function, lo, hi)
    x = lo + u * (hi - lo)
    assert all(abs(y - f(x)) <= curve.error for y in at(curve, x))
    assert curve.is_exact == (curve.error == 0)
    marked = {d.x for d in (*curve.hinges, *curve.values)}
    assert marked == set(f.breakpoints)
    for dot in (*curve.hinges, *curve.values):
        assert dot.y == f(dot.x)
    assert f.is_continuous == (len(curve.runs) == 1 and not curve.values)


@given(
    st.lists(strategies.piecewise_polynomials(), min_size=1, max_size=3),
    st.lists(weights, min_size=3, max_size=3),
    units,
)
def test_combinations_are_drawn_as_they_are(
    functions: list[PiecewisePolynomial], row: list[int], u: Fraction
) -> None:
    family = [Univariate(f) for f in functions]
    lo, hi = drawn_interval(family)
    curve = CurveFamily.of(family, lo, hi).curve(row[: len(family)], 7)
    terms = [(Fraction(c, 7), f) for c, f in zip(row, functions, strict=False)]
    total = PiecewisePolynomial.combination(terms)
    x = lo + u * (hi - lo)
    assert all(abs(y - total(x)) <= curve.error for y in at(curve, x))
    assert {d.x for d in (*curve.hinges, *curve.values)} == set(total.breakpoints)


def test_a_hinge_that_cancels_is_none() -> None:
    relu = Univariate(PiecewisePolynomial.truncated_power(ZERO, 1))
    line = Univariate(PiecewisePolynomial.of([0, 1]))
    mirrored = relu - line
    family = CurveFamily.of([relu, mirrored], -ONE, ONE)
    assert family.curve([1, 1]).hinges == (Dot(ZERO, ZERO),)
    assert family.curve([1, -1]).hinges == ()


def test_jumps_and_isolated_values_show_what_is_attained() -> None:
    step = Univariate(PiecewisePolynomial.truncated_power(ZERO, 0))
    curve = curve_of(step, -ONE, ONE)
    assert (curve.values, curve.limits) == ((Dot(ZERO, ONE),), (Dot(ZERO, ZERO),))
    assert [len(run) for run in curve.runs] == [1, 1]
    spike = Univariate(
        PiecewisePolynomial((ZERO,), (Polynomial(()), Polynomial(())), (TWO,))
    )
    curve = curve_of(spike, -ONE, ONE)
    assert (curve.values, curve.limits) == ((Dot(ZERO, TWO),), (Dot(ZERO, ZERO),))
    assert curve.span == (ZERO, TWO)


def test_atoms_are_sampled_and_said_to_be() -> None:
    hinge = PiecewisePolynomial.truncated_power(ONE, 3)
    f = Univariate(hinge, ((Atom("silu"), TWO),))
    family = CurveFamily.of([f], -TWO, TWO)
    curve = family.curve([1])
    assert curve.is_sampled
    assert not curve.is_exact
    for run in curve.runs:
        for s in run:
            for k in range(4):
                x = s.lo + (s.hi - s.lo) * k / 3
                # Samples are the nearest floats to 2 silu(x) at most 2 wide.
                assert abs(float(s(x)) - float(f(x))) < 1e-14
    exact = [s for run in family.exact_part([1]) for s in run]
    assert all(s((s.lo + s.hi) / 2) == hinge((s.lo + s.hi) / 2) for s in exact)
    assert [d.x for d in curve.hinges] == [ONE]


def test_nothing_is_drawn_where_a_function_is_not_defined() -> None:
    log = Univariate(PiecewisePolynomial.of([]), ((Atom("log"), ONE),))
    curve = curve_of(log, -TWO, TWO)
    assert all(s.lo >= 0 for run in curve.runs for s in run)
    assert at(curve, ONE / 3) or at(curve, ONE / 2)
    assert at(curve, -ONE / 3) == []


@pytest.mark.parametrize("ends", [(ONE, ONE), (ONE, ZERO)])
def test_intervals_need_a_length(ends: tuple[Fraction, Fraction]) -> None:
    with pytest.raises(ValidationError, match="lo < hi"):
        bezier(Polynomial.of([1]), *ends)
    with pytest.raises(ValidationError, match="lo < hi"):
        curve_of(Univariate(PiecewisePolynomial.of([1])), *ends)


def test_a_constant_is_a_line() -> None:
    assert bezier(Polynomial.of([5]), ZERO, ONE)[0] == Segment(
        ZERO, ONE, (Fraction(5), Fraction(5))
    )
