"""Distances of networks whose hidden layers have more or fewer units."""

from __future__ import annotations

import warnings
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.errors import NoBoundError
from kan_equiv.prover.pad_units import pad_units
from tests.networks import kan, rational_points

BOX = ke.Box(-1, 1)


def layers(network: ke.Network) -> list[int]:
    return [stop for _, stop in network.layer_slices()]


def mlp(hidden: list[int], extra: Fraction) -> ke.Network:
    """Units of a hidden layer by number, and one more of weight ``extra``."""
    rng = np.random.default_rng(3)
    rows = [([int(v) for v in rng.integers(-3, 4, 2)], k - 2) for k in range(5)]
    weights = [2, -1, 3, 1, extra]
    first = [rows[k] for k in hidden]
    return ke.mlp(
        [
            ([r for r, _ in first], [b for _, b in first]),
            ([[weights[k] for k in hidden]], [Fraction(1, 3)]),
        ]
    )


def test_zeros_change_nothing() -> None:
    a, b = kan((2, 4, 1), degree=2), kan((2, 3, 1), degree=2, seed=1)
    assert pad_units(a, a, layers) is None
    padded = pad_units(a, b, layers)
    assert padded is not None
    for side, given in ((padded.left, a), (padded.right, b)):
        assert side.source == given
        assert ke.prove(given, side.network).is_proved
        assert all(side.network(x) == given(x) for x in rational_points(a, 4))
    assert all(f.out_features == g.out_features for f, g in padded.words)


@pytest.mark.parametrize("swap", [False, True])
def test_a_unit_of_little_weight_costs_little(swap: bool) -> None:
    small = Fraction(1, 1 << 20)
    pair = mlp([0, 1, 2, 3, 4], small), mlp([3, 0, 2, 1], small)
    left, right = pair[::-1] if swap else pair
    found = ke.distance(left, right, BOX)
    assert kernel.check(found.certificate.data).verdict == "valid"
    assert 0 < max(found.attained) <= found.bound < 16 * small
    assert ke.prove(left, right, domain=BOX, within=found.bound).is_proved
    refuted = ke.prove(left, right, domain=BOX, within=found.attained[0] / 2)
    assert refuted.is_refuted


def test_what_has_other_layers_has_no_bound() -> None:
    assert pad_units(kan([2, 3, 1]), kan([2, 2, 2, 1]), layers) is None
    with pytest.raises(NoBoundError, match="cannot be cut"):
        ke.distance(kan([2, 3, 1]), kan([2, 2, 2, 1]), BOX)


def test_a_pruned_pykan_model() -> None:
    from kan import KAN

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        live: Any = KAN([2, 5, 1], grid=3, k=3, seed=1, auto_save=False, device="cpu")
        x = torch.rand(64, 2, generator=torch.Generator().manual_seed(0)) * 2 - 1
        live(x)
        before = ke.load(live)
        live.attribute()
        pruned = live.prune_node(active_neurons_id=[[0, 2, 4]])
    assert pruned.width[1][0] == 3
    after = ke.load(pruned)
    found = ke.distance(before, after, BOX)
    with torch.no_grad():
        gap = float((live(x) - pruned(x)).abs().max())
    assert 0 < gap <= float(found.bound) + 1e-6
    assert found.bound <= 4 * max(found.attained)
