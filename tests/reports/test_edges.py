"""Edges for drawing: which layers have them, in which order, and what is sampled."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import kan_equiv as ke
from kan_equiv.errors import NotSeparableError
from kan_equiv.ir import Network, Univariate
from kan_equiv.reports.edges import Edge, Part, parts_of
from kan_equiv.reports.sampled_layer import sampled_layer
from tests.networks import CHECKPOINTS, FAMILIES, family_path, kan


def family(name: str) -> Network:
    return ke.load(family_path(name), **FAMILIES[name])


def drawn(edge: Edge, x: Fraction) -> list[Fraction]:
    return [s(x) for run in edge.curve.runs for s in run if s.lo <= x <= s.hi]


def test_edges_are_those_of_the_network() -> None:
    network = kan([3, 2, 2], masked=[(0, 1, 1)])
    parts = parts_of(network)
    assert [(p.layer, p.in_features, p.out_features) for p in parts] == [
        (0, 3, 2),
        (1, 2, 2),
    ]
    assert [p.count for p in parts] == [5, 4]
    for part in parts:
        edges = list(part.edges(100))
        assert len({(e.input, e.output) for e in edges}) == part.count
        assert edges[0].effect == part.effects.max()
        assert [e.effect for e in edges] == sorted(e.effect for e in edges)[::-1]
        for e in edges:
            f = network.layer(part.layer).edge(e.input, e.output)
            assert part.function(e) == f
            assert e.curve.is_exact
            for t in f.breakpoints:
                assert f(t) in drawn(e, t)
    assert len(list(parts[0].edges(2))) == 2


def test_effects_are_greatest_minus_least() -> None:
    line = Univariate(ke.kan([[1]]).edge(0, 0).pieces.of([0, 3]))
    (part,) = parts_of(ke.kan([[line]]))
    (edge,) = part.edges(9)
    assert (edge.curve.lo, edge.curve.hi) == (-1, 1)
    assert edge.effect == pytest.approx(6, rel=1e-15)


def test_shared_grids_are_drawn_once() -> None:
    network = ke.load(CHECKPOINTS["digits_efficient_kan"])
    part = parts_of(network)[1]
    assert [grid.inputs for grid in part.grids] == [tuple(range(24))]
    assert len(parts_of(kan([4, 1]))[0].grids) == 4


def test_layers_with_products_are_drawn_around_them() -> None:
    parts = parts_of(ke.load(CHECKPOINTS["pykan_mult"]))
    assert [(p.in_features, p.out_features) for p in parts] == [(3, 6), (4, 1)]
    assert parts[0].stages == "Its stages 0 to 1 of 4; others mix inputs."
    assert parts[1].stages == ""


@pytest.mark.parametrize("name", ["cheby_kan", "wav_kan"])
def test_edges_without_an_exact_form_are_sampled(name: str) -> None:
    network = family(name)
    for part in parts_of(network):
        layer = network.layer(part.layer)
        assert part.reason == ""
        for e in part.edges(4):
            assert part.function(e) is None
            assert e.curve.is_sampled
            assert e.exact_part == ()
            # The drawing's ends of cells are samples: differences to float64.
            a, b = e.curve.runs[0][3].lo, e.curve.runs[0][9].hi
            point = [Fraction(0)] * layer.in_features
            values: list[float] = []
            for x in (a, b):
                point[e.input] = x
                values.append(layer.to_float(point)[e.output])
            step = float(drawn(e, b)[0] - drawn(e, a)[0])
            assert step == pytest.approx(values[1] - values[0], abs=1e-12)


def test_what_follows_a_normalization_is_drawn() -> None:
    parts = parts_of(family("faster_kan"))
    assert [p.count for p in parts] == [12, 8]
    assert all(p.stages.startswith("Its stages 1 to") for p in parts)


@pytest.mark.parametrize("name", ["power_mlp", "fast_kan"])
def test_layers_that_mix_inputs_say_why(name: str) -> None:
    parts = parts_of(family(name))
    assert all(p.reason and not list(p.edges(9)) for p in parts)
    with pytest.raises(NotSeparableError):
        sampled_layer(family(name).layer(0))


def test_dependencies_are_read_off_the_stages() -> None:
    found = sampled_layer(family("wav_kan").layer(0))
    assert sorted(found.inputs) == sorted([0, 1, 2] * 4)
    mixing = ke.mlp([([[1, 1]], [0]), ([[1]], [0])], activation="tanh")
    with pytest.raises(NotSeparableError, match="several inputs"):
        sampled_layer(mixing)
    with pytest.raises(NotSeparableError, match="linear map"):
        sampled_layer(Network(3, family("cheby_kan").layer(0).stages[:1]))


def test_parts_hold_no_undefined_effects() -> None:
    part: Part = parts_of(kan([2, 2], silu=True))[0]
    assert np.isfinite(part.effects).all()
