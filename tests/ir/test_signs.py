from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given

from kan_equiv.errors import IrrationalBreakpointError
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.ir.signs import select_by_sign
from kan_equiv.testing.probes import probes
from kan_equiv.testing.strategies import piecewise_polynomials

ONE, ZERO = PiecewisePolynomial.of([1]), PiecewisePolynomial.of([])


@given(
    piecewise_polynomials(max_degree=1),
    piecewise_polynomials(),
    piecewise_polynomials(),
    piecewise_polynomials(),
)
def test_the_choice_is_made_point_by_point(d, negative, zero, positive):
    f = select_by_sign(d, negative, zero, positive)
    for x in probes(d, f, negative, zero, positive):
        choice = negative if d(x) < 0 else positive if d(x) > 0 else zero
        assert f(x) == choice(x)


@given(piecewise_polynomials(max_breakpoints=3, max_degree=3))
def test_signs_of_higher_degree_or_a_refusal(d):
    try:
        sign = select_by_sign(d, -ONE, ZERO, ONE)
    except IrrationalBreakpointError:
        assert d.degree >= 2
        return
    for x in probes(d, sign):
        assert sign(x) == (d(x) > 0) - (d(x) < 0)


@pytest.mark.parametrize(
    ("roots", "factor"),
    [((-2, 0, 3), 1), ((1, 1), -1), (("1/3", "1/3", "1/3", 2), 1), ((), 5)],
)
def test_rational_roots_are_found_with_multiplicity(roots, factor):
    d = PiecewisePolynomial.of([factor])
    for r in roots:
        d = d * PiecewisePolynomial.of([-Fraction(r), 1])
    d = d * PiecewisePolynomial.of([1, 0, 1])  # and no real root more
    sign = select_by_sign(d, -ONE, ZERO, ONE)
    assert set(sign.breakpoints) == {Fraction(r) for r in roots}
    for x in probes(d, sign):
        assert sign(x) == (d(x) > 0) - (d(x) < 0)


def test_irrational_roots_matter_only_inside_their_cell():
    parabola = PiecewisePolynomial.of([-2, 0, 1])
    with pytest.raises(IrrationalBreakpointError, match="irrational point"):
        select_by_sign(parabola, -ONE, ZERO, ONE)
    inside = PiecewisePolynomial.truncated_power(Fraction(2), 0) * parabola
    assert select_by_sign(inside, -ONE, ZERO, ONE)(Fraction(3)) == 1
