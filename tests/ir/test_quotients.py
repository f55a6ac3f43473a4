from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Max, Piecewise, Rational, Symbol

from kan_equiv.errors import DomainError, SizeLimitError, UnsupportedExpressionError
from kan_equiv.ir import Box, Interval, Univariate
from kan_equiv.ir.from_sympy import univariate_from_sympy
from kan_equiv.testing.strategies import rationals
from tests.rational_functions import Written, written_functions

F = Fraction
x = Symbol("x", real=True)


def read(e: Any, lo: object = None, hi: object = None) -> Univariate:
    return univariate_from_sympy(e, x, Interval.of(lo, hi))


def exact(v: Fraction) -> Any:
    return Rational(v.numerator, v.denominator)


def polynomial(p: Any) -> Any:
    return sum(
        (exact(c) * x**k for k, c in enumerate(p.coefficients)), sympy.Integer(0)
    )


def expression(f: Written) -> Any:
    """The Piecewise that spells out every cell and every breakpoint."""
    ratios = [polynomial(n) / polynomial(d) for n, d in f.cells]
    cases: list[Any] = []
    for t, value, ratio in zip(f.breakpoints, f.values, ratios, strict=False):
        cases += [(ratio, x < exact(t)), (exact(value), sympy.Eq(x, exact(t)))]
    return Piecewise(*cases, (ratios[-1], True))


@given(written_functions())
@settings(max_examples=40)
def test_written_pieces_are_read(f):
    assert read(expression(f)) == f.univariate


@given(written_functions())
@settings(max_examples=40)
def test_round_trip(f):
    g = f.univariate
    assert read(g.to_sympy(x)) == g


@given(written_functions(max_breakpoints=1), written_functions(max_breakpoints=1))
@settings(max_examples=20)
def test_sums_and_products_of_expressions(f, g):
    d, e = expression(f), expression(g)
    total, product = read(d + e), read(d * e)
    for t in [*f.points(), *g.points()]:
        if _is_defined(f, t) and _is_defined(g, t):
            assert total(t) == f(t) + g(t)
            assert product(t) == f(t) * g(t)


def _is_defined(f: Written, t: Fraction) -> bool:
    return t in f.breakpoints or all(d(t) for _, d in f.cells)


@given(written_functions(), rationals(max_denominator=4), st.booleans())
@settings(max_examples=40)
def test_reading_on_a_half_line(f, end, to_the_right):
    ends = (end, None) if to_the_right else (None, end)
    g = read(expression(f), *ends)
    for t in f.points():
        if t in Interval(*ends):
            assert g(t) == f(t)
    assert g(end) == f(end)


@pytest.mark.parametrize(
    ("e", "ends"),
    [
        (1 / x, (1, math.inf)),
        (1 / x, ("-inf", -1)),
        (1 / x, (F(1, 10**30), None)),
        (1 / (x**2 - 2), (-1, 1)),
        (1 / ((x - 3) * (x + 3)) + 1 / x**2, (1, 2)),
        (x / (x - 1) ** 3, (2, 2)),
    ],
)
def test_what_is_defined_on_the_domain_alone(e, ends):
    side = Box([ends]).intervals[0]
    f = read(e, side.lo, side.hi)
    for t in (side.lo, side.hi):
        if t is not None:
            assert exact(f(t)) == e.subs(x, exact(t))
    with pytest.raises(DomainError, match=r"root|denominator"):
        read(e)


@pytest.mark.parametrize(
    ("e", "ends"),
    [
        (1 / x, (None, None)),
        (1 / x, (0, 1)),
        (1 / x, (-1, 0)),
        (1 / x, (0, 0)),
        (1 / x, (-1, 1)),
        (1 / x**2, (-1, 1)),
        (sympy.Mul(x, 1 / x, evaluate=False), (None, None)),
        ((x**2 - 1) / (x - 1), (None, None)),
        (1 / (x**2 - 2), (1, 2)),
        (Piecewise((1 / x, x > 0), (0, True)), (None, None)),  # not on the closed cell
        (1 / Max(x, 0), (0, 1)),
        (1 / Max(x, 0), (-1, 1)),
        (1 / (1 / (x**2 + 1) - 1 / (x**2 + 1) + x), (-1, 1)),
    ],
)
def test_roots_in_the_domain_are_refused(e, ends):
    with pytest.raises(DomainError):
        read(e, *ends)


def test_cells_that_need_no_denominator_may_hold_its_roots():
    f = read(Piecewise((1 / x, x >= 1), (x, True)))
    assert [f(F(v)) for v in (-1, 0, 1, 2)] == [-1, 0, 1, F(1, 2)]
    assert read(1 / Max(x, 1)) == read(Piecewise((1, x < 1), (1 / x, True)))


def test_what_is_too_large_or_no_ratio():
    with pytest.raises(SizeLimitError, match="degree"):
        read(1 / (1 + x**2) ** 200)
    for e in (sympy.exp(x) / x, 1 / (1 + sympy.tanh(x)), sympy.sqrt(x) / x):
        with pytest.raises((UnsupportedExpressionError, DomainError)):
            read(e)
