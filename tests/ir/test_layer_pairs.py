"""Layers whose affine stages were multiplied out are paired as functions."""

from __future__ import annotations

from fractions import Fraction

import kan_equiv as ke
from kan_equiv.exact import RationalTensor
from kan_equiv.ir import Affine, Dense, Network
from kan_equiv.ir.layer_pairs import paired_layers
from kan_equiv.prover.rounding import grid_box, rounding_by_layer
from kan_equiv.rules.compose_affine import compose_affine
from kan_equiv.rules.derivation import Derivation
from tests.networks import CHECKPOINTS, kan

POINTS = [(0, 0), (Fraction(1, 3), -1), (2, Fraction(5, 7))]


def turn(*rows: list[int]) -> Affine:
    numbers = [Fraction(v) for row in rows for v in row]
    weight = RationalTensor.from_fractions(numbers, (len(rows), 2))
    bias = RationalTensor.from_fractions([Fraction(1)] * len(rows), (len(rows),))
    return Affine(Dense(len(rows), 2, 1, ((weight, "oi"),)), bias)


def test_pairs_are_equal_functions_where_the_narrowest_cuts_are_not() -> None:
    a, b = kan([2, 2, 2]).stages[:2], kan([2, 2, 2]).stages[2:]
    apart = Network(2, (*a, turn([1, 2], [3, 4]), *b))
    merged = compose_affine(Derivation.start(apart)).target
    assert len(merged.stages) == len(apart.stages) - 1
    # The narrowest cut of the first lies before the turn, that of the second after it.
    assert apart.layer(0)((0, 0)) != merged.layer(0)((0, 0))
    pairs = paired_layers(apart, merged)
    assert len(pairs) == 2
    for left, right in pairs:
        assert all(left(x) == right(x) for x in POINTS)


def test_layers_of_equal_stages_stay_as_they_are() -> None:
    network = kan([2, 2, 2])
    for l, pair in enumerate(paired_layers(network, network)):
        assert pair == (network.layer(l), network.layer(l))


def test_rounding_of_layers_around_products_is_small() -> None:
    exact = ke.convert(ke.load(CHECKPOINTS["pykan_mult"]), "local").emitted
    rounded, _ = ke.emit.emitted_network(exact, "float32", force=True)
    found = rounding_by_layer(exact, rounded, grid_box(exact))
    bounds = [entry.bound for entry in found]
    # Weights of size 1 in float32; layers that were paired wrongly differ by 1.
    assert all(b is not None and b < Fraction(1, 100_000) for b in bounds)
    assert bounds[1] == 0
