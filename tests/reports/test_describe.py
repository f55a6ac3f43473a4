from __future__ import annotations

from fractions import Fraction

import pytest

import kan_equiv as ke
from kan_equiv.errors import ValidationError
from kan_equiv.exact import PiecewisePolynomial, Polynomial
from kan_equiv.ir import Univariate
from kan_equiv.reports.describe import describe_edge, describe_network, formula
from tests.networks import CHECKPOINTS, kan

ABSOLUTE = Univariate(
    PiecewisePolynomial.from_right_pieces(
        [Fraction(0)], [Polynomial.of([0, -1]), Polynomial.of([0, 1])]
    )
)


def test_shared_grids_are_named_once() -> None:
    data, lines = describe_network(ke.load(CHECKPOINTS["digits_efficient_kan"]))
    assert lines[0] == "64 inputs, 10 outputs, 2 layers"
    assert [len(bank["bases"]) for bank in data["banks"]] == [1, 1]
    assert data["banks"][0]["inputs"] == [list(range(64))]
    assert any(line.endswith("+ silu(x), inputs 0-63") for line in lines)
    assert data["parameters"] == 64 * 24 * 9 + 24 * 10 * 9


def test_grids_of_their_own_are_told_apart() -> None:
    data, lines = describe_network(kan([12, 1]))
    assert len(data["banks"][0]["bases"]) > 8
    assert any("more" in line for line in lines)


def test_the_converted_network_can_be_described() -> None:
    target = ke.convert(kan([2, 1], silu=True), "local").target
    _, lines = describe_network(target)
    text = "\n".join(lines)
    assert all(unit in text for unit in ("relu(x), ", "relu(x)^2, ", "silu(x), "))
    assert "truncated powers" in describe_network(ke.convert(kan([1, 1])).compact)[1][2]


def test_an_edge_is_exact() -> None:
    network = kan([2, 1], degree=1)
    data, lines = describe_edge(network, 0, 1, 0, latex=False)
    assert data["edge"] == [0, 1, 0]
    assert lines[0].startswith("x < ")
    assert lines[-1].startswith("x >= ")


def test_edges_and_layers_out_of_range() -> None:
    network = kan([2, 1])
    for place in ((0, 2, 0), (0, 0, 1), (0, -1, 0), (1, 0, 0)):
        with pytest.raises(ValidationError, match="layer"):
            describe_edge(network, *place, latex=False)


def test_formulas() -> None:
    assert formula(ABSOLUTE).splitlines() == ["x < 0: -x", "x >= 0: x"]
    latex = formula(ABSOLUTE, latex=True)
    assert latex.startswith(r"\begin{cases}")
    assert r"\text{otherwise}" in latex
    with_atom = ke.load(CHECKPOINTS["efficient_kan"]).layer(0)
    assert "silu(x)" in describe_edge(with_atom, 0, 0, 0, latex=False)[1][-1]


def test_isolated_values_are_shown() -> None:
    point = PiecewisePolynomial(
        (Fraction(1),), (Polynomial(()), Polynomial(())), (Fraction(5),)
    )
    assert formula(Univariate(point)).splitlines()[-1] == "x = 1: 5"
