from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kan_equiv.errors import DomainError, ValidationError
from kan_equiv.exact import PiecewisePolynomial, Polynomial
from kan_equiv.exact.enclosure import Enclosure
from kan_equiv.exact.ratios import Ratios, RatioTerm, piecewise_quotients
from kan_equiv.ir import Interval, Univariate
from kan_equiv.testing.strategies import (
    piecewise_polynomials,
    polynomials,
    rationals,
    ratios,
)
from tests.rational_functions import Written, denominators, written_functions

F = Fraction
ONE = PiecewisePolynomial.of([1])
SQUARE = Polynomial.of([1, 0, 1])
TINY = F(1, 10**30)


def on_half_line(at: int) -> PiecewisePolynomial:
    return PiecewisePolynomial.truncated_power(F(at), 0)


@given(written_functions())
def test_the_form_has_the_values_of_what_is_written(f):
    g = f.univariate
    assert set(g.breakpoints) <= set(f.breakpoints)
    for x in f.points():
        assert g(x) == f(x)


@given(written_functions(), denominators(), rationals())
@settings(max_examples=40)
def test_one_function_has_one_form(f, factor, t):
    g = f.univariate
    assert f.multiplied(factor).univariate == g
    assert f.cut(t).univariate == g
    assert hash(f.cut(t).multiplied(factor).univariate) == hash(g)


@given(written_functions(), written_functions())
@settings(max_examples=40)
def test_forms_are_equal_where_functions_are(f, g):
    points = {*f.points(), *g.points(), *(t + TINY for t in f.breakpoints)}
    for t in g.breakpoints:
        f = f.cut(t)
    points |= set(f.points())
    assert (f.univariate == g.univariate) == all(f(x) == g(x) for x in points)


@given(written_functions(), st.data())
@settings(max_examples=40)
def test_the_least_change_changes_the_form(f, data):
    j = data.draw(st.integers(0, len(f.cells) - 1))
    n, d = f.cells[j]
    cells = [*f.cells]
    cells[j] = n + Polynomial.of([TINY]), d
    assert Written(f.breakpoints, tuple(cells), f.values).univariate != f.univariate
    if f.values:
        values = (f.values[0] + TINY, *f.values[1:])
        assert Written(f.breakpoints, f.cells, values).univariate != f.univariate


@given(written_functions(), written_functions(), rationals())
@settings(max_examples=40)
def test_sums_and_multiples(f, g, c):
    u, v = f.univariate, g.univariate
    total, scaled = u + v, u.scale(c)
    for x in (*f.points(), *g.points()):
        if _is_defined(f, x) and _is_defined(g, x):
            assert total(x) == f(x) + g(x)
            assert scaled(x) == c * f(x)
    assert total - v == u
    assert u.scale(0).is_zero


def _is_defined(f: Written, x: Fraction) -> bool:
    return x in f.breakpoints or all(d(x) for _, d in f.cells)


@given(written_functions(), piecewise_polynomials(max_breakpoints=2, max_degree=1))
@settings(max_examples=40)
def test_compositions_with_pieces_of_lines(f, inner):
    outer = f.univariate
    found = outer.compose(Univariate(inner))
    inside = [inner.breakpoints[0] - 1, *inner.breakpoints] if inner.breakpoints else []
    for k in range(-12, 13):
        for x in (F(k, 2), *(t + F(k, 7) for t in inside)):
            assert found(x) == outer(inner(x))
    # Preimages of breakpoints, where closed ends matter.
    for piece in inner.pieces:
        if slope := piece.coefficient(1):
            for t in outer.breakpoints:
                x = (t - piece.coefficient(0)) / slope
                assert found(x) == outer(inner(x))


@given(ratios(), st.none() | rationals(), st.none() | rationals())
@settings(max_examples=40)
def test_restrictions_depend_on_the_interval_alone(f, lo, hi):
    if lo is not None and hi is not None and lo > hi:
        lo, hi = hi, lo
    points, numerators = f.restrict(lo, hi)
    restricted = Ratios(tuple(RatioTerm(q, k, n) for (q, k), n in numerators))
    for k in range(-60, 61):
        x = F(k, 6)
        if x in Interval(lo, hi):
            assert points(x) + restricted(x) == f(x)
    for t in (*points.breakpoints, *restricted.breakpoints):
        assert t in Interval(lo, hi)
        assert t != lo
    # What stands beyond the ends does not matter.
    if hi is not None and (lo is None or lo < hi):
        bump = PiecewisePolynomial.truncated_power(hi + 1, 0)
        other = f + Ratios((RatioTerm(SQUARE, 1, bump),))
        assert other.restrict(lo, hi) == (points, numerators)


@given(ratios(), rationals(), rationals(min_value=0, max_value=1))
@settings(max_examples=50)
def test_enclosures_hold_the_values(f, x, width):
    for scale in (1, F(1, 64)):
        found = f(Enclosure(x, x + width * scale))
        for k in range(5 * found.is_finite):
            assert found.contains(f(x + width * scale * F(k, 4)))
    # On a short interval no denominator's enclosure holds 0.
    assert found.is_finite


@pytest.mark.parametrize(
    ("denominator", "power", "numerator", "message"),
    [
        ([1, 0, 2], 1, ONE, "monic"),
        ([1], 1, ONE, "degree >= 1"),
        ([-1, 0, 1], 1, ONE, "irreducible"),
        ([1, 0, 2, 0, 1], 1, ONE, "irreducible"),
        ([1, 0, 1], 0, ONE, "k >= 1"),
        ([1, 0, 1], 1, PiecewisePolynomial.of([]), "not all 0"),
        ([1, 0, 1], 1, PiecewisePolynomial.of([0, 0, 1]), "lower degree"),
        (
            [1, 0, 1],
            1,
            PiecewisePolynomial((F(0),), (Polynomial.of([]),) * 2, (F(1),)),
            "right piece",
        ),
    ],
)
def test_malformed_terms_are_refused(denominator, power, numerator, message):
    with pytest.raises(ValidationError, match=message):
        RatioTerm(Polynomial.of(denominator), power, numerator)


@pytest.mark.parametrize(
    ("root", "numerator", "is_defined"),
    [
        (0, ONE, False),
        (0, on_half_line(1), True),
        (1, on_half_line(1), False),  # exactly at the closed end
        (F(10**30 - 1, 10**30), on_half_line(1), True),
        (2, on_half_line(1), False),
        (1, ONE + on_half_line(1).scale(-1), False),  # [x < 1]: its closure holds 1
        (F(10**30 + 1, 10**30), ONE + on_half_line(1).scale(-1), True),
    ],
)
@pytest.mark.parametrize("power", [1, 2])
def test_denominators_have_no_root_on_closed_cells(root, numerator, is_defined, power):
    def term() -> RatioTerm:
        return RatioTerm(Polynomial.of([-root, 1]), power, numerator)

    if is_defined:
        assert term()(F(5) if numerator(F(5)) else F(-5))
    else:
        with pytest.raises(DomainError, match=f"root at x = {root}"):
            term()


def test_irrational_roots_are_enclosed_in_the_message():
    with pytest.raises(DomainError, match=r"closed cell \[1, inf\).*root in \["):
        RatioTerm(Polynomial.of([-2, 0, 1]), 1, on_half_line(1))


def test_shared_roots_are_roots():
    """x/x is undefined at 0, whatever its limit is."""
    x = Polynomial.of([0, 1])
    with pytest.raises(DomainError, match="root at x = 0"):
        piecewise_quotients([], [(x, x)], [])
    with pytest.raises(DomainError, match=r"/0 stands"):
        piecewise_quotients([], [(x, Polynomial.of([]))], [])
    with pytest.raises(ValidationError, match="2 quotients"):
        piecewise_quotients([F(0)], [(x, SQUARE)], [F(0)])


def test_equal_keys_are_refused():
    term = RatioTerm(SQUARE, 1, ONE)
    with pytest.raises(ValidationError, match="distinct"):
        Ratios((term, term))


@given(polynomials(max_degree=3))
def test_a_polynomial_over_one_has_no_ratios(p):
    pieces, rest = piecewise_quotients([], [(p, Polynomial.of([1]))], [])
    assert not rest
    assert pieces.pieces == (p,)


def test_degrees_count_the_common_denominator():
    square = RatioTerm(SQUARE, 2, ONE)
    other = RatioTerm(Polynomial.of([2, 0, 1]), 1, ONE)
    assert Ratios((square, RatioTerm(SQUARE, 1, ONE), other)).degree == 6
    assert Ratios().degree == 0
