"""Rounded and pruned copies, against torch's own casts."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings

import kan_equiv as ke
from kan_equiv.emit.copies import pruned_copy, rounded_copy
from kan_equiv.errors import ValidationError
from kan_equiv.exact import RationalTensor
from kan_equiv.ir import Network
from kan_equiv.testing import strategies
from tests.networks import kan

F = Fraction


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32"])
def test_a_plain_network_is_rounded_as_torch_does(dtype: str) -> None:
    torch.manual_seed(0)
    module = torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2)
    ).double()
    exact = ke.load(module)
    cast = ke.load(module.to(getattr(torch, dtype)))
    copy = rounded_copy(exact, dtype)
    for a, b in zip(copy.stages[::2], cast.stages[::2], strict=True):
        for r in range(a.out_features):
            assert a.weight.row(r) == b.weight.row(r)  # type: ignore[union-attr]
        assert [*a.bias.fractions()] == [*b.bias.fractions()]  # type: ignore[union-attr]


@settings(max_examples=40, deadline=None)
@given(strategies.networks())
def test_rounding_twice_is_rounding_once(network: Network) -> None:
    once = rounded_copy(network, "float64")
    assert once.in_features == network.in_features
    again = rounded_copy(once, "float64")
    x = [F(1, 3)] * network.in_features
    for u, v in zip(once(x), again(x), strict=True):
        assert float(u) == float(v)


def test_float32_checkpoints_stay_as_they_are_in_float32_and_float64() -> None:
    network = kan([2, 3, 1], seed=4, silu=True)
    for dtype in ("float32", "float64"):
        copy = rounded_copy(network, dtype)
        bound = ke.distance(network, copy, ke.Box(-1, 1)).bound
        assert bound < F(1, 10**5)  # the biases o/7 are no floats
    coarse = ke.distance(network, rounded_copy(network, "bfloat16"), ke.Box(-1, 1))
    assert max(coarse.attained) > F(1, 10**4)


def test_pruning_keeps_what_is_large() -> None:
    layer = ke.mlp([([[1, "1/100"], ["-1/50", 2]], [F(1, 1000), 0])])
    copy = pruned_copy(layer, F(1, 50))
    assert copy.stages[0].weight.row(0) == {0: 1}  # type: ignore[union-attr]
    assert copy.stages[0].weight.row(1) == {0: F(-1, 50), 1: 2}  # type: ignore[union-attr]
    assert next(iter(copy.stages[0].bias.fractions())) == F(1, 1000)  # type: ignore[union-attr]
    found = ke.distance(layer, copy, ke.Box(-1, 1))
    assert found.upper == found.attained == (F(1, 100), 0)
    assert pruned_copy(layer, 0)([1, 2]) == layer([1, 2])


def test_wrong_wishes() -> None:
    layer = kan([1, 1], seed=1)
    with pytest.raises(ValidationError, match="dtype"):
        rounded_copy(layer, "int8")
    with pytest.raises(ValidationError, match="threshold"):
        pruned_copy(layer, -1)
    huge = ke.mlp([([[10**6]], [0])])
    with pytest.raises(ValidationError, match="float16"):
        rounded_copy(huge, "float16")
    assert isinstance(rounded_copy(huge, "float32").stages[0].bias, RationalTensor)  # type: ignore[union-attr]
    assert np.float32(10**6) == 10**6
