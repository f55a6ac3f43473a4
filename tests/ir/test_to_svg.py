"""Curves as path data: every number within half a hundredth, one command a segment."""

from __future__ import annotations

import re
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kan_equiv.exact import PiecewisePolynomial, Polynomial
from kan_equiv.ir import Univariate
from kan_equiv.ir.curve_family import curve_of
from kan_equiv.ir.curves import Dot
from kan_equiv.ir.to_svg import Frame, dots_path, pixels, run_path, ticks_path

ZERO, ONE = Fraction(0), Fraction(1)


@given(st.fractions(min_value=-9999, max_value=9999))
def test_pixels_are_within_half_a_hundredth(value: Fraction) -> None:
    text = pixels(value)
    assert re.fullmatch(r"-?(\d+|\d*\.\d{1,2})", text)
    # Half a unit, and what the nearest float of a number below 10^4 is off by.
    assert abs(Fraction(text) - value) <= Fraction(1, 200) + Fraction(1, 10**10)


def test_every_degree_has_its_command() -> None:
    frame = Frame.over((ZERO, ONE), (ZERO, ONE), 100, 100, 0)
    for degree, data in ((1, "M0 100L100 0"), (2, "M0 100Q50 100 100 0")):
        power = Univariate(PiecewisePolynomial.of([0] * degree + [1]))
        assert run_path(curve_of(power, ZERO, ONE).runs, frame) == data
    cube = Univariate(PiecewisePolynomial.of([0, 0, 0, 1]))
    assert run_path(curve_of(cube, ZERO, ONE).runs, frame) == (
        "M0 100C33.33 100 66.67 100 100 0"
    )


def test_a_jump_lifts_the_pen() -> None:
    step = PiecewisePolynomial.from_right_pieces(
        [ZERO], [Polynomial.of([1]), Polynomial.of([0])]
    )
    frame = Frame.over((-ONE, ONE), (ZERO, ONE), 100, 100, 0)
    data = run_path(curve_of(Univariate(step), -ONE, ONE).runs, frame)
    assert data == "M0 0L50 0M50 100L100 100"


def test_dots_and_ticks() -> None:
    frame = Frame.over((ZERO, ONE), (ZERO, ZERO), 100, 50, 10)
    assert frame.y == (-1, 1)
    assert dots_path([Dot(ONE / 2, ZERO)], frame) == "M50 25h0"
    assert ticks_path([ZERO, ONE], frame) == "M10 50v-4M90 50v-4"
