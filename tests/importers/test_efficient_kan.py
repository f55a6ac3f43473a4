"""efficient-kan: state dicts at any prefix, and live modules, against a reference."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import kan_equiv as ke
from kan_equiv.errors import (
    LoadError,
    MissingArgumentError,
    NonFiniteWeightError,
    UnsupportedModelError,
)
from tests.importers.reference import KAN, KANLinear, assert_agrees, b_splines
from tests.networks import CHECKPOINTS


def state() -> dict[str, Any]:
    return dict(torch.load(CHECKPOINTS["efficient_kan"], weights_only=True))


def made(sizes: list[int], seed: int = 0, **options: Any) -> KAN:
    torch.manual_seed(seed)
    return KAN(sizes, **options)


def points(columns: int) -> torch.Tensor:
    """Inside and outside the grid, and on knots."""
    generator = torch.Generator().manual_seed(3)
    inside = torch.rand(6, columns, generator=generator) * 6 - 3
    return torch.cat([inside, torch.ones(1, columns), torch.zeros(1, columns)])


class Zero(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * 0


BASES = {
    "silu": nn.SiLU,
    "identity": nn.Identity,
    "zero": Zero,
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
}


@settings(max_examples=12)
@given(
    degree=st.integers(1, 4),
    intervals=st.integers(1, 6),
    hidden=st.integers(1, 3),
    scaler=st.booleans(),
    seed=st.integers(0, 99),
)
def test_sizes(
    degree: int, intervals: int, hidden: int, scaler: bool, seed: int
) -> None:
    live = made(
        [2, hidden, 2],
        seed,
        grid_size=intervals,
        spline_order=degree,
        scaler=scaler,
    )
    assert_agrees(ke.load(live.state_dict()), live, points(2))


@pytest.mark.parametrize("base", BASES)
def test_base_activations(base: str) -> None:
    live = made([2, 2], base_activation=BASES[base])
    network = ke.load(live.state_dict(), base_activation=base)
    if base != "zero":
        assert ke.load(live) == network
    assert_agrees(network, live, points(2))


def test_a_live_base_activation_is_never_guessed() -> None:
    with pytest.raises(UnsupportedModelError, match="base_activation='Zero'"):
        ke.load(made([2, 2], base_activation=Zero))
    with pytest.raises(UnsupportedModelError, match=r"GELU.*tanh"):
        ke.load(made([2, 2], base_activation=lambda: nn.GELU(approximate="tanh")))
    with pytest.raises(UnsupportedModelError, match="base_activation='cube'"):
        ke.load(state(), base_activation="cube")


# --- where the layers are -----------------------------------------------------


def test_layers_are_found_at_any_prefix() -> None:
    bigger = {f"_orig_mod.net.head.{k}": v for k, v in state().items()}
    assert ke.load(bigger) == ke.load(state())
    bare = {k.removeprefix("layers.0."): v for k, v in state().items() if ".0." in k}
    assert ke.load(bare) == ke.load(state(), prefix=["layers.0"])


def test_ten_layers_come_in_the_order_of_their_numbers() -> None:
    live = made([2] * 12, grid_size=1, spline_order=1)
    weights = dict(sorted(live.state_dict().items()))  # as safetensors sorts them
    assert ke.load(weights) == ke.load(live)


def test_other_weights_beside_need_a_prefix() -> None:
    mixed = {**{f"kan.{k}": v for k, v in state().items()}, "fc.weight": torch.ones(1)}
    with pytest.raises(UnsupportedModelError, match=r"fc\.weight.*prefix="):
        ke.load(mixed)
    assert ke.load(mixed, prefix="kan.") == ke.load(state())
    with pytest.raises(UnsupportedModelError, match=r"prefix='nan'.*'kan\.layers\.0\."):
        ke.load(mixed, prefix="nan")


def test_two_chains_need_a_prefix() -> None:
    encoder, decoder = made([3, 2]), made([2, 3], seed=1)
    both = {f"encoder.{k}": v for k, v in encoder.state_dict().items()}
    both |= {f"decoder.{k}": v for k, v in decoder.state_dict().items()}
    with pytest.raises(MissingArgumentError, match=r"order.*'encoder.*prefix="):
        ke.load(both)
    assert ke.load(both, prefix="decoder") == ke.load(decoder)
    order = ["encoder.layers.0", "decoder.layers.0."]
    chain = ke.load(both, prefix=order)
    x = points(3)[:1]
    assert_agrees(chain, nn.Sequential(encoder, decoder), x)
    with pytest.raises(UnsupportedModelError, match="must list KANLinear layers"):
        ke.load(both, prefix=["encoder.layers.7"])


def test_a_gap_in_the_numbers_may_hide_a_module() -> None:
    gap = {k.replace("layers.1", "layers.2"): v for k, v in state().items()}
    with pytest.raises(MissingArgumentError, match="what stands between"):
        ke.load(gap)
    assert ke.load(gap, prefix=["layers.0", "layers.2"]) == ke.load(state())


def test_a_larger_live_module_needs_a_word() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.kan = made([2, 2], base_activation=nn.Tanh)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.kan(x).exp()

    live = Net()
    with pytest.raises(UnsupportedModelError, match=r"Net holds KANLinear.*prefix="):
        ke.load(live)
    assert ke.load(live, prefix="kan") == ke.load(live.kan)


def test_live_layers_stand_among_torch_modules() -> None:
    torch.manual_seed(1)
    live = nn.Sequential(nn.Linear(2, 3), KANLinear(3, 2), nn.ReLU(), made([2, 2, 1]))
    before = {k: v.clone() for k, v in live.state_dict().items()}
    network = ke.load(live)
    assert all(torch.equal(v, before[k]) for k, v in live.state_dict().items())
    assert_agrees(network, live, points(2))


# --- refusals -----------------------------------------------------------------


def test_repeated_knots_are_nan_in_the_original_and_refused_here() -> None:
    broken = state()
    grid = broken["layers.1.grid"].clone()
    grid[2, 5] = grid[2, 4]
    assert b_splines(torch.ones(1, 4), grid, 3)[:, 2].isnan().any()
    broken["layers.1.grid"] = grid
    words = r"layer 1, input 2: knots must increase strictly, got t\[5\].*NaN"
    with pytest.raises(LoadError, match=words):
        ke.load(broken)


def test_nan_weights_are_named() -> None:
    broken = state()
    broken["layers.0.base_weight"] = broken["layers.0.base_weight"].clone()
    broken["layers.0.base_weight"][1, 2] = float("nan")
    with pytest.raises(NonFiniteWeightError, match=r"layers\.0\.base_weight\[1, 2\]"):
        ke.load(broken)


def test_shapes_that_do_not_fit_are_named() -> None:
    broken = state()
    broken["layers.1.spline_weight"] = broken["layers.1.spline_weight"][:, :3]
    with pytest.raises(LoadError, match=r"layers\.1\.spline_weight must have shape"):
        ke.load(broken)
    with pytest.raises(LoadError, match=r"takes base_activation=, prefix=.*input_id="):
        ke.load(state(), input_id=[0])


def test_without_the_scaler_the_weights_stand_alone() -> None:
    full = state()
    folded = {k: v for k, v in full.items() if not k.endswith("spline_scaler")}
    for layer in (0, 1):
        scaler = full[f"layers.{layer}.spline_scaler"]
        key = f"layers.{layer}.spline_weight"
        folded[key] = full[key].double() * scaler.double()[..., None]
    outcome = ke.prove(ke.load(full), ke.load(folded))
    assert isinstance(outcome, ke.Proved)
