from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Abs, Eq, Heaviside, Max, Min, Ne, Piecewise, Rational, Symbol

from kan_equiv.errors import (
    DomainError,
    IrrationalBreakpointError,
    SizeLimitError,
    UnsupportedExpressionError,
)
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.ir import Atom, Univariate
from kan_equiv.ir.from_sympy import univariate_from_sympy
from kan_equiv.testing.probes import probes
from kan_equiv.testing.strategies import piecewise_polynomials, rationals, univariates

x = Symbol("x", real=True)
RELU = PiecewisePolynomial.truncated_power(Fraction(0), 1)


def read(e: Any) -> Univariate:
    return univariate_from_sympy(e, x)


def rational(v: Fraction) -> Any:
    return Rational(v.numerator, v.denominator)


def lines() -> st.SearchStrategy[Any]:
    return st.builds(
        lambda a, b: rational(a) * x + rational(b),
        rationals(max_denominator=3),
        rationals(max_denominator=3),
    )


def conditions() -> st.SearchStrategy[Any]:
    plain = st.builds(
        lambda kind, line, b: kind(line, rational(b)),
        st.sampled_from([sympy.Lt, sympy.Le, sympy.Gt, sympy.Ge, Eq, Ne]),
        lines(),
        rationals(max_denominator=3),
    )
    return st.recursive(
        plain,
        lambda c: (
            st.builds(sympy.And, c, c)
            | st.builds(sympy.Or, c, c)
            | st.builds(sympy.Not, c)
        ),
        max_leaves=3,
    )


def expressions() -> st.SearchStrategy[Any]:
    """Piecewise-linear leaves, nested by everything that is accepted."""
    return st.recursive(
        lines(),
        lambda e: st.one_of(
            st.builds(Max, e, e),
            st.builds(Min, e, e),
            st.builds(Abs, e),
            st.builds(lambda a, b: a + b, e, e),
            st.builds(lambda a, c: rational(c) * a, e, rationals()),
            st.builds(lambda a, b, c: Piecewise((a, c), (b, True)), e, e, conditions()),
            st.builds(lambda e, v: Heaviside(e, rational(v)), lines(), rationals()),
            st.builds(sympy.sign, lines()),
        ),
        max_leaves=5,
    )


@given(expressions(), rationals())
def test_agrees_with_sympys_own_evaluation(e, point):
    f = read(e).pieces
    for at in [point, *f.breakpoints, *probes(f)[:6]]:
        want = sympy.sympify(e).subs(x, rational(at))
        assert rational(f(at)) == want


@given(expressions(), expressions())
@settings(max_examples=50)
def test_operations_on_expressions_are_operations_on_functions(d, e):
    f, g = read(d).pieces, read(e).pieces
    assert read(d * e).pieces == f * g
    assert read(d + e).pieces == f + g
    assert read(d**2 - e).pieces == f * f - g


@given(piecewise_polynomials())
def test_round_trip_of_pieces(f):
    u = Univariate(f)
    assert read(u.to_sympy(x)) == u


@given(univariates())
def test_round_trip_with_atoms(f):
    assert read(f.to_sympy(x)) == f.with_positive_slopes()


def test_a_symbol_without_assumptions_will_do():
    z = Symbol("z")
    assert univariate_from_sympy(Max(z, 0), z).pieces == RELU


def test_heaviside_has_its_own_value_at_zero():
    for e, at_zero in (
        (Heaviside(x), Fraction(1, 2)),
        (Heaviside(x, 1), Fraction(1)),
        (Heaviside(x, 0), Fraction(0)),
        (Heaviside(2 - x, 1), Fraction(1)),
    ):
        zero = Fraction(2 if e.has(sympy.Integer(2)) else 0)
        assert read(e)(zero) == at_zero


def test_first_match_wins_where_conditions_overlap():
    f = read(Piecewise((1, x > 1), (2, x > 0), (3, x > 2), (4, True)))
    assert [f(Fraction(v)) for v in (0, 1, 2, 3)] == [4, 2, 1, 1]


def test_rational_roots_cut_polynomials():
    f = read(Max(x**2 - Rational(1, 4), 0)).pieces
    assert f.breakpoints == (Fraction(-1, 2), Fraction(1, 2))
    cubic = read(Abs((x - 1) * (x + 2) * x)).pieces
    assert cubic.breakpoints == (-2, 0, 1)
    assert read(Abs((x**2 + 1) * x)).pieces.breakpoints == (0,)


def test_the_issues_function():
    f = read(
        Piecewise((-2 * x, x < 0), (-x / 2, x < 1), (2 * x - Rational(5, 2), True))
    )
    by_hand = -2 * x + Rational(3, 2) * Max(x, 0) + Rational(5, 2) * Max(x - 1, 0)
    assert f == read(by_hand)


@pytest.mark.parametrize(
    ("e", "name", "c"),
    [
        (1 / (1 + sympy.exp(-x)), "sigmoid", 1),
        (2 / (3 + 3 * sympy.exp(-x)), "sigmoid", Fraction(2, 3)),
        (x / (1 + sympy.exp(-x)), "silu", 1),
        (-3 * x / (2 + 2 * sympy.exp(-x)), "silu", Fraction(-3, 2)),
        (sympy.exp(-(x**2)), "gaussian", 1),
        (x * (1 + sympy.erf(x / sympy.sqrt(2))) / 2, "gelu", 1),
        (x / 2 + x * sympy.erf(x / sympy.sqrt(2)) / 2, "gelu", 1),
        (5 * sympy.tanh(x), "tanh", 5),
        (sympy.exp(x), "exp", 1),
        (sympy.sin(x), "sin", 1),
        (sympy.cos(-x), "cos", 1),
    ],
)
def test_known_atoms(e, name, c):
    assert read(e) == Univariate(
        PiecewisePolynomial.of([]), ((Atom(name), Fraction(c)),)
    )


@pytest.mark.parametrize(
    "e",
    [
        (3 * x - 1) / (1 + sympy.exp(2 - x)),
        x * (5 - 3 / (1 + sympy.exp(-2 * x))),
        (1 - x) * sympy.tanh(3 * x + 1),
        x * (sympy.tanh(-x) + 2 / (1 + sympy.exp(x - 1))),
        x * (Max(x, 1) + sympy.tanh(x)),
    ],
)
def test_affine_functions_times_sigmoid_and_tanh(e):
    f = read(e)
    for at in (Fraction(-3, 2), Fraction(0), Fraction(7, 3)):
        value = e.subs(x, Rational(at.numerator, at.denominator))
        assert abs(float(f(at)) - float(value)) < 1e-12


@pytest.mark.parametrize(
    ("e", "named"),
    [
        (sympy.log(x**2 + 1), "neither affine"),
        (sympy.sqrt(x**2 + 1), "not affine"),
        (sympy.sqrt(x) ** 3, "no exact counterpart"),
        (sympy.log(x) ** 2, "no exact form"),
        (sympy.log(x) * sympy.log(2), "multiplies transcendentals"),
        (sympy.sqrt(x) * sympy.sqrt(x + 1), "multiplies transcendentals"),
        (sympy.sqrt(2) * x, "multiplies a transcendental"),
        (x * sympy.sqrt(x), "no exact counterpart"),
        (1 / sympy.log(x), "neither a ratio"),
        (sympy.log(-2), "no real number|no exact counterpart|I"),
        (Max(Piecewise((sympy.log(x), x > 1), (0, True)), 1), "log"),
        (Piecewise((sympy.log(x), x > 1), (1 / (x**2 + 1), True)), "ratio"),
        (Max(sympy.sqrt(x), 1), "sqrt"),
        (sympy.floor(x), "floor"),
        (sympy.pi * x, "pi"),
        (x * sympy.I, "I"),
        (x * sympy.Float("0.5"), "rounded decimal"),
        (0.5, "rounded decimal"),
        (sympy.nan, "nan"),
        (sympy.exp(1), "E"),
        (sympy.exp(x**2), "affine"),
        (sympy.exp(-2 * x**2), "square"),
        (sympy.exp(Max(x, 0)), "affine"),
        (sympy.sin(x**2), "affine"),
        (sympy.sin(x) ** 2, "sin"),
        (sympy.sin(x) * sympy.cos(x), "multiplies transcendentals"),
        (x * sympy.sin(x), "multiplies a transcendental"),
        (x**2 / (1 + sympy.exp(-x)), "may be multiplied by an affine"),
        (Max(x, 0) * sympy.tanh(x), "may be multiplied by an affine"),
        ((x + 1) * (1 + sympy.erf(x / sympy.sqrt(2))), "by multiples of z"),
        (x * sympy.exp(x), "multiplies a transcendental"),
        (1 / (2 + sympy.exp(-x)), "1/"),
        (sympy.erf(x), "erf"),
        (x * sympy.erf(x), "argument of erf"),
        (Max(sympy.exp(x), 1), "exp"),
        (Piecewise((1, sympy.exp(x) > 2), (0, True)), "exp"),
        (Symbol("y") + x, r"\['y'\]"),
        (Symbol("x") + x, "other assumptions"),
        ("x + 1", "text"),
    ],
)
def test_the_rest_is_refused_by_name(e, named):
    with pytest.raises(UnsupportedExpressionError, match=named):
        read(e)


@pytest.mark.parametrize(
    "e",
    [
        Max(x**2 - 2, 0),
        Abs(x**3 - x - 1),
        Piecewise((1, x**2 < 3), (0, True)),
        sympy.sign(x**2 - 2 * x - 1),
        Max(x**2 - 2, Max(x, 0)),
    ],
)
def test_irrational_breakpoints_are_refused(e):
    with pytest.raises(IrrationalBreakpointError):
        read(e)


def test_irrational_roots_outside_of_their_cell_do_no_harm():
    e = Piecewise((Max(x**2 - 2, 0), x > 3), (0, True))
    inner = Max(Piecewise((x**2 - 2, x > 3), (-1, True)), 0)
    with pytest.raises(IrrationalBreakpointError):
        read(e)
    assert read(inner)(Fraction(4)) == 14


def test_gaps_are_refused():
    for e in (
        Piecewise((1, x < 0)),
        Piecewise((1, x < 0), (2, x > 0)),
    ):
        with pytest.raises((DomainError, UnsupportedExpressionError)):
            read(e)


@pytest.mark.parametrize(
    "assumption", ["positive", "negative", "integer", "imaginary", "nonzero"]
)
def test_symbols_that_are_not_all_of_the_reals_are_refused(assumption):
    z = Symbol("z", **{assumption: True})
    with pytest.raises(UnsupportedExpressionError, match="all real numbers"):
        univariate_from_sympy(z + 1, z)
    with pytest.raises(UnsupportedExpressionError, match="must be a Symbol"):
        univariate_from_sympy(x, x + 1)


def test_huge_powers_are_refused():
    with pytest.raises(SizeLimitError, match="degree 5000"):
        read(x**5000)


@pytest.mark.parametrize(
    "e", [1 / x, 1 / (x**2 - 2), Piecewise((1 / x, x > -1), (0, True))]
)
def test_roots_of_denominators_are_refused(e):
    with pytest.raises(DomainError, match="root"):
        read(e)


@pytest.mark.parametrize(
    "e", [1 / (x**2 + 1), x**3 / (1 + x**4), Piecewise((1 / x, x > 1), (x, True))]
)
def test_ratios_without_roots_are_read(e):
    f = read(e)
    for point in (Fraction(-3, 2), Fraction(1), Fraction(7, 3)):
        value = sympy.Rational(point.numerator, point.denominator)
        assert f(point) == Fraction(str(e.subs(x, value)))
