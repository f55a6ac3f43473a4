from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings

import kan_equiv as ke
from kan_equiv.certificate.decode import read_network
from kan_equiv.certificate.encode import encode_network
from kan_equiv.errors import ConversionError, ValidationError
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.ir import RationalBasis
from kan_equiv.kernel import check
from kan_equiv.reports.describe import describe_network, formula
from kan_equiv.testing.strategies import rational_bases
from tests.rational_functions import written_functions

F = Fraction
x = sympy.Symbol("x", real=True)


@given(rational_bases())
def test_a_basis_evaluates_its_functions(basis):
    assert len(basis) == len(basis.ratios) == len(basis.functions())
    for t in (F(-3), F(0), F(1, 7), F(5)):
        assert basis.evaluate(t) == [f(t) for f in basis.ratios]
    assert basis == RationalBasis(basis.ratios)
    assert hash(basis) == hash(RationalBasis(basis.ratios))


def test_an_empty_basis_is_refused():
    with pytest.raises(ValidationError, match="at least one"):
        RationalBasis(())


@given(written_functions(), written_functions())
@settings(max_examples=30)
def test_network_files_keep_ratios(tmp_path_factory, f, g):
    network = ke.kan([[f.univariate, 1], [g.univariate, f.univariate]])
    data = encode_network(network)
    path = tmp_path_factory.mktemp("files") / "network.kan"
    path.write_bytes(data)
    assert read_network(path) == network
    assert check(data).verdict == "valid"


@pytest.mark.parametrize("to", ["hinge", "local"])
def test_conversions_refuse_ratios_by_name(to):
    network = ke.kan([[1 / (1 + x**2), sympy.Max(x, 0)]])
    with pytest.raises(ConversionError, match=r"x\^2 \+ 1 for a denominator"):
        ke.convert(network, to)


def test_networks_of_ratios_in_words():
    network = ke.kan([[x + 1 / (1 + x**2)]])
    data, lines = describe_network(network)
    assert data["has_atoms"] is False
    assert any("1 ratios of polynomials" in line for line in lines)
    assert data["hidden_units"] == 2


@pytest.mark.parametrize(
    ("e", "lines"),
    [
        (1 / (1 + x**2), ["all x: (1)/(x^2 + 1)"]),
        (x - 2 * x / (3 + x**2) ** 2, ["all x: x + (-2*x)/(x^2 + 3)^2"]),
        (
            sympy.Piecewise((0, x < 1), (1 / x, True)),
            ["x < 1: 0", "x >= 1: (1)/(x)"],
        ),
        (
            sympy.Piecewise((x, x < 1), (7, sympy.Eq(x, 1)), (2 + 1 / x, True)),
            ["x < 1: x", "x >= 1: 2 + (1)/(x)", "x = 1: 7"],
        ),
    ],
)
def test_formulas(e, lines):
    f = ke.from_sympy(e, x)
    assert formula(f).splitlines() == lines
    assert "frac" in formula(f, latex=True)


def test_pieces_and_ratios_change_at_their_own_breakpoints():
    f = ke.from_sympy(
        sympy.Max(x - 2, 0) + sympy.Piecewise((0, x < 1), (1 / x, True)), x
    )
    assert f.breakpoints == (1, 2)
    assert f.pieces == PiecewisePolynomial.truncated_power(F(2), 1)
    assert formula(f).splitlines() == [
        "x < 1: 0",
        "1 <= x < 2: (1)/(x)",
        "x >= 2: x - 2 + (1)/(x)",
    ]
