from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from kan_equiv.errors import NotSeparableError, SizeLimitError, ValidationError
from kan_equiv.exact import PiecewisePolynomial, RationalTensor
from kan_equiv.ir import Affine, Atom, Bank, Dense, Network, Univariate
from kan_equiv.ir.basis import TruncatedPowerBasis
from kan_equiv.ir.to_sympy import univariate_latex, univariate_to_sympy
from kan_equiv.testing.probes import probes
from kan_equiv.testing.strategies import (
    atoms,
    networks,
    piecewise_polynomials,
    rationals,
    univariates,
)
from tests.networks import kan

x = sympy.Symbol("x", real=True)


def rational(v: Fraction) -> Any:
    return sympy.Rational(v.numerator, v.denominator)


def value_of(e: Any, point: Fraction) -> Fraction:
    v = e.subs(x, rational(point))
    assert v.is_Rational
    return Fraction(int(v.p), int(v.q))


@given(piecewise_polynomials())
def test_sympy_agrees_everywhere_breakpoints_too(f):
    e = univariate_to_sympy(Univariate(f), x)
    for point in probes(f):
        assert value_of(e, point) == f(point)


@given(univariates(max_breakpoints=2), rationals())
@settings(max_examples=40)
def test_atoms_agree_with_sympys_own_evaluation(f, point):
    e = f.to_sympy(x).subs(x, rational(point))
    value = float(f(point))
    assert abs(float(e.evalf(30)) - value) <= 1e-13 * max(1.0, abs(value))


@given(atoms())
def test_one_expression_per_atom(atom):
    e = Univariate(PiecewisePolynomial.of([]), ((atom, Fraction(1)),)).to_sympy(x)
    assert e.free_symbols == {x}


@given(networks(max_depth=2, max_width=2), st.data())
@settings(max_examples=8)
def test_networks_agree_at_rational_points(network, data):
    n = network.in_features
    symbols = sympy.symbols(f"x:{n}", real=True)
    expressions = network.to_sympy(symbols, limit=10**4)
    point = data.draw(st.lists(rationals(), min_size=n, max_size=n))
    table = dict(zip(symbols, map(rational, point), strict=True))
    got = [sympy.sympify(e).subs(table) for e in expressions]
    assert got == [rational(v) for v in network(point)]


def test_half_open_cells_and_isolated_values_are_visible():
    step = PiecewisePolynomial.truncated_power(Fraction(0), 0)
    assert univariate_to_sympy(Univariate(step), x) == sympy.Piecewise(
        (0, x < 0), (1, True)
    )
    peak = PiecewisePolynomial((Fraction(1),), step.pieces[:1] * 2, (Fraction(5),))
    assert univariate_to_sympy(Univariate(peak), x) == sympy.Piecewise(
        (0, x < 1), (5, sympy.Eq(x, 1)), (0, True)
    )


def test_latex():
    relu = Univariate(PiecewisePolynomial.truncated_power(Fraction(0), 1))
    assert "cases" in univariate_latex(relu)
    assert relu._repr_latex_() == f"${univariate_latex(relu)}$"
    assert "e^{- t}" in univariate_latex(
        Univariate(PiecewisePolynomial.of([]), ((Atom("silu"), Fraction(1)),)), "t"
    )


def test_the_size_limit_names_count_and_limit():
    network = kan([3, 4, 2], intervals=5, degree=3)
    symbols = sympy.symbols("a b c")
    with pytest.raises(SizeLimitError, match=r"layer 1 .*\d{3,} pieces.*limit=900"):
        network.to_sympy(symbols, limit=900)
    with pytest.raises(SizeLimitError, match=r"layer 0 .*limit=5; ask for one layer"):
        network.layer(0).to_sympy(symbols, limit=5)
    assert len(network.layer(0).to_sympy(symbols)) == 4


def test_other_numbers_of_symbols_and_mixing_layers_are_refused():
    with pytest.raises(ValidationError, match="2 inputs, got 1"):
        kan([2, 1]).to_sympy([x])
    w = Dense.matrix(RationalTensor.from_fractions([1, 1], (1, 2)))
    relu = TruncatedPowerBasis(((Fraction(0), 1),))
    mixed = Network(2, (Affine.linear(w), Bank((relu,), (0,))))
    with pytest.raises(NotSeparableError, match="mixes"):
        mixed.to_sympy(sympy.symbols("a b"))
