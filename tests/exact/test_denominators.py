from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from kan_equiv.exact import Polynomial
from kan_equiv.exact.denominators import (
    is_irreducible,
    least_common_multiple,
    monic,
    partial_fractions,
    root_interval,
)
from kan_equiv.ir import Interval
from kan_equiv.testing.strategies import polynomials, rationals
from tests.rational_functions import denominators

F = Fraction
Z = sympy.Symbol("z")


def to_sympy(p: Polynomial) -> Any:
    terms = [sympy.Rational(c.numerator, c.denominator) for c in p.coefficients]
    return sympy.Poly(list(reversed(terms)) or [0], Z, domain="QQ")


def ends() -> st.SearchStrategy[tuple[Fraction | None, Fraction | None]]:
    end = st.none() | rationals(max_denominator=4)
    return st.tuples(end, end).filter(lambda p: None in p or p[0] <= p[1])


@given(polynomials(max_degree=5), denominators())
def test_partial_fractions_add_up_and_have_the_one_form(n, d):
    whole, terms = partial_fractions(n, d)
    total = whole * d
    for q, k, r in terms:
        assert is_irreducible(q)
        assert q == monic(q)
        assert k >= 1
        assert r
        assert r.degree < q.degree
        # q^k divides d, so this is exact.
        cofactor, rest = sympy.div(to_sympy(d), to_sympy(q.power(k)))
        assert rest.is_zero
        coefficients = [F(int(c.p), int(c.q)) for c in reversed(cofactor.all_coeffs())]
        total = total + r * Polynomial.of(coefficients)
    assert total == n
    keys = [(q.coefficients, k) for q, k, _ in terms]
    assert keys == sorted(set(keys))


@given(polynomials(max_degree=4), denominators(), denominators())
def test_a_common_factor_changes_nothing(n, d, factor):
    assert partial_fractions(n * factor, d * factor) == partial_fractions(n, d)


@given(st.lists(denominators(), min_size=1, max_size=3))
@settings(max_examples=40)
def test_irreducible_as_sympy_has_it(factors):
    p = factors[0]
    for q in factors[1:]:
        p = p * q
    assert is_irreducible(p) == to_sympy(p).is_irreducible


@given(polynomials(min_degree=1, max_degree=5), polynomials(max_degree=3), ends())
def test_roots_on_closed_intervals_as_sympy_counts_them(p, q, interval):
    if not q:
        q = Polynomial.of([1])
    p = p * q * q  # double roots too
    lo, hi = interval
    found = root_interval(p, lo, hi)
    rationals = [None if e is None else sympy.Rational(e.numerator, e.denominator)
                 for e in (lo, hi)]  # fmt: skip
    count = to_sympy(p).sqf_part().count_roots(*rationals)
    assert (found is None) == (count == 0)
    if found is not None:
        a, b = found
        assert all(x in Interval(lo, hi) for x in found)
        assert 0 <= b - a <= F(1, 1 << 20)
        exact = [sympy.Rational(e.numerator, e.denominator) for e in found]
        assert to_sympy(p).sqf_part().count_roots(*exact) >= 1


@pytest.mark.parametrize(
    ("coefficients", "lo", "hi", "has_root"),
    [
        ([-1, 1], 1, None, True),  # exactly at a closed end
        ([-1, 1], F(10**30 + 1, 10**30), None, False),
        ([-1, 1], None, 1, True),
        ([-1, 1], None, F(10**30 - 1, 10**30), False),
        ([1, -2, 1], 0, 2, True),  # a double root: the sign does not change
        ([1, -2, 1], 1, 2, True),
        ([1, -2, 1], None, None, True),
        ([-2, 0, 1], F(14142135623730950488, 10**19), 2, True),
        ([-2, 0, 1], F(14142135623730950489, 10**19), 2, False),
        ([1, 0, 1], None, None, False),
        ([F(1, 10**40), 0, 1], None, None, False),
        ([-F(1, 10**40), 0, 1], F(-1, 10**19), F(1, 10**19), True),
        ([5], None, None, False),
        ([0, 1], 0, 0, True),
        ([0, 1], 1, 1, False),
    ],
)
def test_roots_at_ends_and_near_them(coefficients, lo, hi, has_root):
    found = root_interval(
        Polynomial.of(coefficients),
        None if lo is None else F(lo),
        None if hi is None else F(hi),
    )
    assert (found is not None) == has_root


@given(polynomials(max_degree=3), polynomials(max_degree=3), polynomials(max_degree=2))
def test_least_common_multiples(p, q, common):
    p, q = p * common, q * common
    m, over_p, over_q = least_common_multiple(p, q)
    if not p or not q:
        assert not m
        return
    assert m == p * over_p == q * over_q
    assert to_sympy(m).monic() == sympy.lcm(to_sympy(p), to_sympy(q)).monic()
