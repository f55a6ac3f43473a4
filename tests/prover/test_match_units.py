"""Networks near each other whose hidden units are permuted and scaled."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.certificate.container import unpack
from kan_equiv.ir import Affine, Bank, Network, Selection
from kan_equiv.ir.linear import compose
from kan_equiv.prover.match_units import match_units
from kan_equiv.prover.words import paired_words
from tests.networks import kan, with_coefficient

Layers = Sequence[tuple[Any, Any]]
BOX = ke.Box(-1, 1)


def floats(sizes: Sequence[int], seed: int) -> Layers:
    rng = np.random.default_rng(seed)
    return [
        (rng.normal(size=(m, n)) / np.sqrt(n), rng.normal(size=m) / 4)
        for n, m in pairwise(sizes)
    ]


def shuffled(layers: Layers, seed: int, degree: int = 1, scaled: bool = True) -> Layers:
    """The same function up to rounding: hidden units permuted, and scaled."""
    rng = np.random.default_rng(seed)
    out = list(layers)
    for l in range(len(out) - 1):
        (w, b), (v, c) = out[l], out[l + 1]
        order = rng.permutation(len(b))
        s = np.exp(rng.normal(size=len(b))) if scaled else np.ones(len(b))
        out[l] = w[order] * s[:, None], b[order] * s
        out[l + 1] = v[:, order] / s**degree, c
    return out


def single(layers: Layers) -> Layers:
    return [
        (w.astype(np.float32).astype(float), b.astype(np.float32).astype(float))
        for w, b in layers
    ]


def network(layers: Layers, activation: str = "relu", degree: int = 1) -> Network:
    return ke.mlp(
        [(w.tolist(), b.tolist()) for w, b in layers],
        activation=activation,
        degree=degree,
    )


def kinds(data: bytes) -> list[str]:
    return [j["kind"] for j in unpack(data)[0]["judgements"]]


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.integers(1, 6), min_size=3, max_size=5),
    st.integers(0, 2**16),
    st.booleans(),
    st.integers(1, 2),
)
def test_the_order_of_hidden_units_costs_nothing(
    sizes: list[int], seed: int, scaled: bool, degree: int
) -> None:
    layers = floats(sizes, seed)
    left = network(layers, degree=degree)
    plain = ke.distance(left, network(single(layers), degree=degree), BOX)
    other = single(shuffled(layers, seed + 1, degree, scaled))
    found = ke.distance(left, network(other, degree=degree), BOX)
    assert found.bound <= 10 * plain.bound
    assert found.bound < Fraction(1, 10**4)
    assert kernel.check(found.certificate.data).verdict == "valid"


def test_a_permuted_float32_copy_is_as_near_as_one_in_order() -> None:
    layers = floats([4, 16, 16, 2], 0)
    left = network(layers)
    plain = ke.distance(left, network(single(layers)), BOX)
    right = network(single(shuffled(layers, 1, scaled=False)))
    found = ke.distance(left, right, BOX)
    assert "transfer" in kinds(found.certificate.data)
    assert "transfer" not in kinds(plain.certificate.data)
    assert plain.bound / 2 <= found.bound <= 2 * plain.bound < Fraction(1, 10**5)
    assert found.attained[found.output] > 0
    proved = ke.prove(left, right, domain=BOX, within=found.bound)
    assert isinstance(proved, ke.Proved)
    assert kinds(proved.certificate.data)[-1] == "transfer"
    assert unpack(proved.certificate.data)[0]["claim"]["kind"] == "within"
    refuted = ke.prove(left, right, domain=BOX, within=min(found.attained) / 2)
    assert isinstance(refuted, ke.Refuted)


def test_one_unit_in_a_wrong_place_is_a_large_difference() -> None:
    layers = floats([3, 8, 8, 1], 2)
    (w0, b0), (w1, b1), last = single(shuffled(layers, 3))
    w1 = w1.copy()
    w1[:, [0, 1]] = w1[:, [1, 0]]
    wrong = network([(w0, b0), (w1, b1), last])
    found = ke.distance(network(layers), wrong, BOX)
    assert found.bound >= found.attained[0] > Fraction(1, 100)
    nearly = ke.prove(network(layers), wrong, domain=BOX, within=Fraction(1, 1000))
    assert isinstance(nearly, ke.Refuted)


def test_silu_units_are_permuted_and_never_scaled() -> None:
    layers = floats([2, 6, 6, 1], 4)
    left = network(layers, "silu")
    right = network(single(shuffled(layers, 5, scaled=False)), "silu")
    found = ke.distance(left, right, BOX)
    assert found.bound < Fraction(1, 10**5)
    words = paired_words(left, right)
    matched = match_units(words, BOX.for_inputs(2))
    assert matched is not None
    for link in matched.right.links:
        maps = [s.weight for s in link.right if isinstance(s, Affine)]
        assert all(isinstance(m, Selection) for m in maps), "only permutations"


def permuted_kan(source: Network, orders: Sequence[Sequence[int]]) -> Network:
    """Hidden coordinates in another order, within the stages that there are."""
    stages = list(source.stages)
    for l, order in enumerate(orders):
        affine, bank, after = stages[2 * l + 1 : 2 * l + 4]
        assert isinstance(affine, Affine)
        assert isinstance(bank, Bank)
        assert isinstance(after, Affine)
        n = len(order)
        bias = list(affine.bias.fractions())
        moved = compose(affine.weight, Selection(tuple(order), n))
        stages[2 * l + 1] = Affine(
            moved, type(after.bias).from_fractions([bias[o] for o in order], (n,))
        )
        sizes = [len(bank.basis(i).functions()) for i in range(n)]
        starts = np.concatenate([[0], np.cumsum(sizes)]).tolist()
        new = [c for o in order for c in range(starts[o], starts[o + 1])]
        back = [new.index(c) for c in range(len(new))]
        stages[2 * l + 2] = Bank.of([bank.basis(o) for o in order])
        into = compose(Selection(tuple(back), len(new)), after.weight)
        stages[2 * l + 3] = Affine(into, after.bias)
    return Network(source.in_features, tuple(stages))


def test_permuted_kans() -> None:
    left = kan([2, 4, 3, 1], degree=2, seed=1)
    near = with_coefficient(left, 1, (0, 1, 2), 1e-4)
    right = permuted_kan(near, [[2, 0, 3, 1], [1, 2, 0]])
    box = ke.Box(-1, 1)
    plain = ke.distance(left, near, box)
    found = ke.distance(left, right, box)
    assert "transfer" in kinds(found.certificate.data)
    assert plain.bound <= found.bound <= plain.bound * Fraction(1001, 1000)
    x = [Fraction(1, 3), Fraction(-1, 5)]
    assert right(x) == near(x)


def test_networks_in_order_are_left_as_they_are() -> None:
    layers = floats([2, 5, 1], 6)
    words = paired_words(network(layers), network(single(layers)))
    assert match_units(words, BOX.for_inputs(2)) is None


@pytest.mark.parametrize("seed", range(3))
def test_the_rewritten_network_is_equal(seed: int) -> None:
    layers = floats([2, 5, 4, 1], seed)
    right = network(single(shuffled(layers, seed + 7)))
    matched = match_units(paired_words(network(layers), right), BOX.for_inputs(2))
    assert matched is not None
    assert matched.right.source == right
    assert isinstance(ke.prove(matched.right.network, right), ke.Proved)
    for x in ([Fraction(1, 3), Fraction(2)], [Fraction(-5), Fraction(0)]):
        assert matched.right.network(x) == right(x)
