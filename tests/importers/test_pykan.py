from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from kan import KAN
from kan.spline import B_batch

import kan_equiv as ke
from kan_equiv.errors import LoadError, MissingArgumentError, NonFiniteWeightError
from kan_equiv.importers.pykan import read_config, repeated_knot_splines
from kan_equiv.ir import KnotVector
from tests.networks import DATA


def model(**options: Any) -> Any:
    torch.manual_seed(0)
    defaults: dict[str, Any] = {
        "width": [2, 3, 1],
        "grid": 4,
        "k": 2,
        "auto_save": False,
        "device": "cpu",
    }
    return KAN(**(defaults | options))


def agree(live: Any, network: Any, columns: int) -> None:
    x = np.random.default_rng(1).uniform(-1.5, 1.5, (12, columns))
    live = live.double()
    with torch.no_grad():
        y = live(torch.tensor(x)).numpy()
    for row, expected in zip(x, y, strict=True):
        exact = np.array(network.to_float(row.tolist()))
        assert np.abs(exact - expected).max() <= 1e-11 * max(1.0, np.abs(y).max())


@pytest.mark.parametrize("base_fun", ["silu", "identity", "zero"])
@pytest.mark.parametrize("k", [1, 2, 3])
def test_live_models(base_fun: str, k: int) -> None:
    live = model(base_fun=base_fun, k=k)
    agree(live, ke.load(live), 2)


def test_fractional_masks_and_affine_nodes() -> None:
    live = model()
    with torch.no_grad():
        live.act_fun[0].mask[1, 2] = 0.5
        live.act_fun[0].mask[0, 0] = 0.0
        for name in (
            "node_scale_0",
            "node_bias_0",
            "subnode_scale_0",
            "subnode_bias_0",
        ):
            getattr(live, name).copy_(torch.linspace(0.5, 1.5, 3))
    agree(live, ke.load(live), 2)


def test_layers_may_have_grids_of_their_own() -> None:
    live = model(grid=[3, 5], k=[2, 3])
    network = ke.load(live)
    agree(live, network, 2)
    degrees = {b.parts[0].degree for s in network.stages[::2] for b in s.bases}
    assert degrees == {2, 3}


def test_checkpoint_files_equal_the_live_model(tmp_path: Path) -> None:
    live = model()
    live.saveckpt(str(tmp_path / "net"))
    assert ke.load(tmp_path / "net") == ke.load(live)


def test_a_missing_state_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "net_config.yml").write_text("width: []\n")
    with pytest.raises(LoadError, match="net_state"):
        ke.load(tmp_path / "net")


def test_python_objects_in_yaml_are_kept_as_text(tmp_path: Path) -> None:
    file = tmp_path / "c.yml"
    file.write_text(
        "base_fun_name: !!python/object:torch.nn.modules.activation.SiLU\n  a: 1\n"
    )
    assert read_config(file)["base_fun_name"].endswith("SiLU")


def test_input_id_is_asked_for_by_keyword() -> None:
    live = model()
    state = live.state_dict()
    with pytest.raises(MissingArgumentError, match="base_fun"):
        ke.load(state)
    network = ke.load(state, base_fun="silu", input_id=[2, 0])
    assert network.in_features == 3
    plain = ke.load(state, base_fun="silu")
    x = [0.25, 9.0, -0.5]
    assert network.to_float(x) == plain.to_float([x[2], x[0]])
    with pytest.raises(MissingArgumentError, match="input_id must name 2 columns"):
        ke.load(state, base_fun="silu", input_id=[1])


@pytest.mark.parametrize(
    "row",
    [[0, 1, 2, 3, 3, 4, 5, 6], [0, 0, 0, 1, 2, 3, 3, 3], [1] * 8],
)
@pytest.mark.parametrize("degree", [1, 2, 3])
def test_repeated_knots_are_what_pykan_computes(row: list[int], degree: int) -> None:
    functions = repeated_knot_splines(KnotVector.of(row), degree)
    x = torch.linspace(-0.5, 6.5, 57, dtype=torch.float64)[:, None]
    grid = torch.tensor([row], dtype=torch.float64)
    values = B_batch(x, grid, k=degree, extend=False)[:, 0].numpy()
    for point, expected in zip(x[:, 0].tolist(), values, strict=True):
        exact = [float(f(Fraction(point))) for f in functions]
        assert np.allclose(exact, expected, rtol=0, atol=1e-12)


def test_decreasing_knots_and_nan_are_refused() -> None:
    state = dict(model().state_dict())
    grid = state["act_fun.0.grid"].clone()
    grid[1, 3] = 99.0
    with pytest.raises(LoadError, match="layer 0, input 1: knots must be non-decr"):
        ke.load({**state, "act_fun.0.grid": grid}, base_fun="silu")
    coef = state["act_fun.1.coef"].clone()
    coef[2, 0, 1] = float("nan")
    with pytest.raises(NonFiniteWeightError, match=r"act_fun\.1\.coef\[2, 0, 1\]"):
        ke.load({**state, "act_fun.1.coef": coef}, base_fun="silu")


def test_shipped_configs_are_read() -> None:
    assert read_config(DATA / "pykan_pwl_config.yml")["base_fun_name"] == "zero"
