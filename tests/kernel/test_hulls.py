"""Extreme values of functions of one input: the constants and the small parts."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from kan_equiv.kernel import hulls
from kan_equiv.kernel.algebra import Function
from kan_equiv.kernel.reader import InvalidError

F = Fraction
z = sympy.Symbol("z", real=True)
ATOMS = {
    "silu": z / (1 + sympy.exp(-z)),
    "sigmoid": 1 / (1 + sympy.exp(-z)),
    "gelu": z * (1 + sympy.erf(z / sympy.sqrt(2))) / 2,
    "gaussian": sympy.exp(-(z**2)),
    "sin": sympy.sin(z),
    "cos": sympy.cos(z),
}


@pytest.mark.parametrize("name", ATOMS)
def test_second_derivatives_are_bounded_and_not_by_much(name):
    second = sympy.lambdify(z, sympy.diff(ATOMS[name], z, 2), "mpmath")
    most = max(abs(float(second(k / 50))) for k in range(-400, 401))
    assert 0.9 * hulls.CURVATURES[name] <= most <= hulls.CURVATURES[name]


def test_every_second_derivative_is_small_far_out():
    for name, f in ATOMS.items():
        if name not in ("sin", "cos"):
            second = sympy.diff(f, z, 2)
            for end in (8, 30, -8, -30):
                assert abs(sympy.N(second.subs(z, end))) < F(1, 100)


def test_the_second_derivative_of_exp_is_that_at_the_upper_end():
    bound = hulls.curvature(("atom", "exp", F(-2), F(1)), F(-3), F(1))
    assert 0 < bound - 4 * F(str(sympy.N(sympy.exp(7), 40))) < F(1, 10**9)
    with pytest.raises(InvalidError, match="unsupported"):
        hulls.curvature(("atom", "none", F(1), F(0)), F(0), F(1))


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=6))
def test_halves_are_the_same_polynomial(coefficients):
    p = len(coefficients) - 1
    left, right = hulls.halves([c << p for c in coefficients])

    def value(hull, t):
        hull = [F(c) for c in hull]
        while len(hull) > 1:
            hull = [(1 - t) * a + t * b for a, b in pairwise(hull)]
        return hull[0]

    for t in (F(0), F(1, 3), F(4, 5), F(1)):
        assert value(left, t) == 2**p * value(coefficients, t / 2)
        assert value(right, t) == 2**p * value(coefficients, (1 + t) / 2)


@st.composite
def functions(draw):
    terms = {}
    cuts = st.fractions(-2, 2, max_denominator=3)
    for _ in range(draw(st.integers(1, 5))):
        generator = draw(
            st.one_of(
                st.tuples(st.just("power"), st.integers(0, 4)),
                st.tuples(st.just("step"), cuts, st.integers(0, 4)),
                st.tuples(st.just("point"), cuts),
            )
        )
        terms[generator] = draw(st.integers(-9, 9))
    return Function(terms, draw(st.integers(1, 7)))


def value(f, x):
    total = F(0)
    for g, c in f.terms.items():
        if g[0] == "power":
            total += c * x ** g[1]
        elif g[0] == "step":
            total += c * (x - g[1]) ** g[2] if x >= g[1] else 0
        else:
            total += c * (x == g[1])
    return total / f.den


@settings(max_examples=80, deadline=None)
@given(functions(), st.fractions(-2, 1, max_denominator=4), st.integers(0, 3))
def test_curves_against_plain_evaluation(f, low, length):
    """Values agree at every point, and the bound holds and is nearly attained."""
    if not f.terms:
        return
    high = low + length
    known = {g: ([c], f.den) for g, c in f.terms.items()}
    curves = hulls.Curves(known, low, high)
    xs = {low + (high - low) * F(k, 840) for k in range(841)}
    near = [t + side * F(1, 10**9) for t in curves.points for side in (-1, 0, 1)]
    xs |= {x for x in near if low <= x <= high}
    values = {x: value(f, x) for x in xs}
    for x, v in list(values.items())[:: len(values) // 60 + 1]:
        assert curves.at(0, x) == (v, v)
    bounds = [curves.greatest(0, 1, 12), -curves.greatest(0, -1, 12)]
    scale = 1 + max(abs(v) for v in values.values())
    for bound, sign in zip(bounds, (1, -1), strict=True):
        best = max(sign * v for v in values.values())
        assert best <= sign * bound <= best + scale * F(1, 100)
    coarse = curves.greatest(0, 1, 0)
    assert bounds[0] <= coarse
