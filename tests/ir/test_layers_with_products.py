"""Layers that end in multiplication nodes, and layers of maxout units."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy

import kan_equiv as ke
from kan_equiv.errors import NotSeparableError, ValidationError
from kan_equiv.ir import Maximum, Network, Product
from kan_equiv.reports.describe import describe_edge, describe_network
from tests.networks import CHECKPOINTS, kan

F = Fraction
MULT = ke.load(CHECKPOINTS["pykan_mult"])
POINT = [F(1, 3), F(-1, 2)]


def test_products_end_the_layer_of_their_factors() -> None:
    assert MULT.layer_slices() == ((0, 4), (4, 6))
    assert MULT.layer(0).before_products().out_features == 6
    assert MULT.layer(1).before_products() == MULT.layer(1)


def test_edges_lead_to_factors() -> None:
    layer = MULT.layer(0)
    x = [F(1, 4), F(-1, 8), F(1, 2)]
    sums = layer.before_products()(x)
    for factor in (0, 5):
        edges = [layer.edge(i, factor)(v) for i, v in enumerate(x)]
        bias = sums[factor] - sum(edges[1:], edges[0])  # type: ignore[operator]
        assert abs(float(bias)) < 1e-12
    with pytest.raises(ValidationError, match=r"output must lie in 0\.\.5, got 6"):
        layer.edge(0, 6)
    assert describe_edge(MULT, 0, 2, 5, latex=False)[0]["edge"] == [0, 2, 5]
    lines = describe_network(MULT)[1]
    assert "layer 0: 2 products of 2 coordinates, 2 passed on" in lines


def test_products_and_maxima_in_sympy() -> None:
    first, last = kan([2, 3], degree=1, intervals=1), ke.mlp([([[1, 2]], [3])])
    xs = sympy.symbols("a b", real=True)
    values = dict(zip(xs, (sympy.Rational(1, 3), sympy.Rational(-1, 2)), strict=True))
    for stage in (Product(((0,), (1, 2)), 3), Maximum(((0, 2), (1, 2)), 3)):
        network = Network(2, (*first.stages, stage, *last.stages))
        (expression,) = network.to_sympy(xs)
        (exact,) = network(POINT)
        assert F(str(expression.subs(values))) == exact


def test_maxout_layers_are_layers() -> None:
    source = kan([2, 2, 1], degree=1, intervals=1)
    target = ke.convert(source, "maxout").target
    assert target.depth == 2
    assert target.layer(0).edge(1, 1)(F(1, 3)) == source.layer(0).edge(1, 1)(F(1, 3))
    assert any("maxima of" in line for line in describe_network(target)[1])
    mixing = Network(2, (Maximum(((0, 1),), 2),))
    with pytest.raises(NotSeparableError, match="maximum of functions of 2 inputs"):
        mixing.edge(0, 0)
