from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kan_equiv.errors import NotSeparableError, ValidationError
from kan_equiv.exact import Enclosure, RationalTensor
from kan_equiv.ir import (
    Affine,
    Atom,
    AtomBasis,
    Bank,
    Dense,
    MonomialBasis,
    Network,
    Parallel,
    Selection,
    TruncatedPowerBasis,
)
from kan_equiv.testing.strategies import bases, networks, rationals
from tests.networks import kan, rational_points

RELU = TruncatedPowerBasis(((Fraction(0), 1),))


@given(networks(), st.data())
def test_a_network_is_its_layers_composed(network, data):
    n = network.in_features
    x = data.draw(st.lists(rationals(), min_size=n, max_size=n))
    y = tuple(x)
    for l in range(network.depth):
        y = network.layer(l)(y)
    assert network(x) == y
    assert len(y) == network.out_features


@given(networks())
def test_layers_partition_the_stages(network):
    slices = network.layer_slices()
    assert [s for a, b in slices for s in network.stages[a:b]] == list(network.stages)
    assert network.window(0, len(network.stages)) == network


@given(networks(max_depth=1), st.data())
def test_a_layer_is_the_sum_of_its_edges(network, data):
    n = network.in_features
    x = data.draw(st.lists(rationals(), min_size=n, max_size=n))
    bias = list(network.stages[-1].bias.fractions())
    for o, value in enumerate(network(x)):
        edges = [network.edge(i, o) for i in range(n)]
        assert value == bias[o] + sum(f(v) for f, v in zip(edges, x, strict=True))


@given(networks(max_width=2, families=bases(allow_atoms=True)), st.data())
def test_more_bits_narrow_the_same_value(network, data):
    n = network.in_features
    x = data.draw(st.lists(rationals(), min_size=n, max_size=n))
    for rough, fine in zip(network(x, bits=64), network(x, bits=256), strict=True):
        if isinstance(rough, Enclosure):
            assert rough.overlaps(fine)
        else:
            assert rough == fine
    if not network.has_atoms:
        assert all(isinstance(v, Fraction) for v in network(x))


def test_floats_are_taken_bit_for_bit():
    square = Network(1, (Bank((MonomialBasis((2,)),), (0,)),))
    assert square([0.1]) == (Fraction(0.1) ** 2,)
    assert square.to_float(["1/3"]) == (float(Fraction(1, 9)),)


def test_no_stages_is_the_identity():
    identity = Network(2, ())
    assert identity([1, "1/2"]) == (1, Fraction(1, 2))
    assert (identity.out_features, identity.depth) == (2, 1)


def test_long_rationals_become_enclosures():
    square = Bank((MonomialBasis((2,)),), (0,))
    tower = Network(1, (square,) * 17)
    (value,) = tower([Fraction(2, 3)])
    assert isinstance(value, Enclosure)
    assert value.lower > 0
    (short,) = Network(1, (square,) * 8)([Fraction(2, 3)])
    assert short == Fraction(2, 3) ** 256


def test_adjacent_affine_stages_are_cut_where_narrowest():
    wide = Affine.linear(Selection((0, 1, 0, 1), 2))
    narrow = Affine.linear(Selection((0,), 2))
    back = Affine.linear(Selection((0, 0), 1))
    bank = Bank((RELU,), (0, 0))
    network = Network(2, (bank, narrow, back, bank, wide))
    assert network.layer_slices() == ((0, 2), (2, 5))
    same = Affine.linear(Selection((1, 0), 2))
    network = Network(2, (bank, same, narrow, back, bank, wide))
    assert network.layer_slices() == ((0, 3), (3, 6))


def test_mlps_have_one_layer_per_bank():
    w = Dense.matrix(RationalTensor.from_fractions([1, 2, 3, 4], (2, 2)))
    bank = Bank((RELU,), (0, 0))
    affine = Affine.linear(w)
    network = Network(2, (affine, bank, affine, bank, affine))
    assert network.depth == 2


def test_atoms_are_found_inside_parallel_stages():
    silu = Network(1, (Bank((AtomBasis((Atom("silu"),)),), (0,)),))
    assert Network(1, (Parallel((silu,)),)).has_atoms
    assert not Network(1, (Parallel((Network(1, ()),)),)).has_atoms


def test_edges_of_a_dense_mlp_are_refused():
    w = Dense.matrix(RationalTensor.from_fractions([1, 1], (1, 2)))
    network = Network(2, (Affine.linear(w), Bank((RELU,), (0,))))
    with pytest.raises(NotSeparableError, match="mixes 2 inputs"):
        network.edge(0, 0)


@pytest.mark.parametrize(("degree", "silu"), [(1, False), (3, True)])
def test_spline_layers_are_sums_of_edges(degree, silu):
    layer = kan([3, 2], intervals=4, degree=degree, silu=silu, seed=5)
    (x,) = rational_points(layer, 1, seed=3)
    bias = list(layer.stages[-1].bias.fractions())
    for o, value in enumerate(layer(x)):
        total = bias[o]
        for i, v in enumerate(x):
            total = layer.edge(i, o)(v) + total
        assert value.overlaps(total) if silu else value == total


@pytest.mark.parametrize(
    ("build", "match"),
    [
        (lambda: Network(0, ()), "in_features=0"),
        (lambda: Network(2, (Bank((RELU,), (0,)),)), r"stage 0 \(Bank\) takes 1"),
        (lambda: kan([2, 1]).layer(1), "layer=1"),
        (lambda: kan([2, 1]).layer(-1), "layer=-1"),
        (lambda: kan([2, 1]).edge(2, 0), r"input must lie in 0\.\.1, got 2"),
        (lambda: kan([2, 1]).edge(0, 1), r"output must lie in 0\.\.0, got 1"),
        (lambda: kan([2, 1])([1]), "takes 2 inputs, got 1"),
        (lambda: kan([2, 1])([1, "x"]), r"x\[1\]"),
    ],
)
def test_misuse_is_refused(build, match):
    with pytest.raises(ValidationError, match=match):
        build()
