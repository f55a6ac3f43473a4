from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import kan_equiv as ke
from kan_equiv.errors import LoadError, UnsupportedModelError
from tests.networks import DATA


def state() -> dict[str, Any]:
    return dict(torch.load(DATA / "efficient_kan.pt", weights_only=True))


def test_layers_are_found_at_any_prefix() -> None:
    bigger = {f"net.head.{k}": v for k, v in state().items()}
    assert ke.load(bigger) == ke.load(state())


def test_other_weights_beside_need_a_prefix() -> None:
    mixed = {**{f"kan.{k}": v for k, v in state().items()}, "fc.weight": torch.ones(1)}
    with pytest.raises(UnsupportedModelError, match=r"fc\.weight.*prefix="):
        ke.load(mixed)
    assert ke.load(mixed, prefix="kan.") == ke.load(state())


def test_without_the_scaler_the_weights_stand_alone() -> None:
    full = state()
    folded = {k: v for k, v in full.items() if not k.endswith("spline_scaler")}
    for layer in (0, 1):
        scaler = full[f"layers.{layer}.spline_scaler"]
        key = f"layers.{layer}.spline_weight"
        folded[key] = full[key].double() * scaler.double()[..., None]
    outcome = ke.prove(ke.load(full), ke.load(folded))
    assert isinstance(outcome, ke.Proved)


def test_the_base_activation_is_an_argument() -> None:
    x = [0.5, -0.25, 1.0]
    silu = ke.load(state()).to_float(x)
    assert ke.load(state(), base_activation="identity").to_float(x) != silu
    with pytest.raises(UnsupportedModelError, match="base_activation='cube'"):
        ke.load(state(), base_activation="cube")
    with pytest.raises(LoadError, match=r"takes .*base_activation.* got input_id"):
        ke.load(state(), input_id=[0])


def test_repeated_knots_are_refused_with_place() -> None:
    broken = state()
    grid = broken["layers.1.grid"].clone()
    grid[2, 5] = grid[2, 4]
    with pytest.raises(LoadError, match="layer 1, input 2: knots must increase"):
        ke.load({**broken, "layers.1.grid": grid})


def test_safetensors_hold_the_same_network(tmp_path: Path) -> None:
    file = tmp_path / "net.safetensors"
    save_file({k: v.contiguous() for k, v in state().items()}, file)
    assert ke.load(file) == ke.load(state())


def test_half_precision_is_lifted_bit_for_bit() -> None:
    for kind in (torch.bfloat16, torch.float16):
        low = {k: v.to(kind) for k, v in state().items()}
        for layer in (0, 1):
            low[f"layers.{layer}.grid"] = state()[f"layers.{layer}.grid"]
        wide = {k: v.double() for k, v in low.items()}
        x = [0.25, -0.75, 0.5]
        assert np.allclose(
            ke.load(low).to_float(x), ke.load(wide).to_float(x), rtol=0, atol=0
        )


def test_a_pickled_model_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "model.pt"
    torch.save(torch.nn.Linear(2, 2), file)
    with pytest.raises(LoadError, match="state_dict"):
        ke.load(file)


def test_plain_torch_modules_and_state_dicts() -> None:
    torch.manual_seed(0)
    net = torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2)
    )
    exact = ke.load(net)
    x = torch.randn(5, 3, dtype=torch.float64)
    y = net.double()(x).detach().numpy()
    for row, expected in zip(x.tolist(), y, strict=True):
        assert np.allclose(exact.to_float(row), expected, rtol=0, atol=1e-12)
    with pytest.raises(LoadError, match="activation="):
        ke.load(net.state_dict())
    assert ke.load(net.float().state_dict(), activation="relu") == exact
    with pytest.raises(UnsupportedModelError, match="module 1 is a Conv1d"):
        ke.load(torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Conv1d(1, 1, 1)))
