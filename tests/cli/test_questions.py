"""Questions that users ask of two files, answered on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner, Result
from torch import nn
from torch.nn import functional

from kan_equiv.cli.main import main
from tests.importers.reference import KAN
from tests.networks import DATA

PWL = DATA / "pykan_pwl"
CUBIC = DATA / "pykan_cubic"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def answer(*arguments: object) -> dict[str, Any]:
    return json.loads(run(*arguments, "--json").stdout)


def state_of(prefix: Path) -> dict[str, torch.Tensor]:
    path = prefix.with_name(f"{prefix.name}_state")
    found: dict[str, torch.Tensor] = torch.load(path, weights_only=True)
    return found


# --- was my hand-written MLP replacement right? -----------------------------------


class Hinges(nn.Module):
    """A layer of pykan of degree 1 and zero base, by hand: one ReLU for each knot."""

    def __init__(
        self, state: dict[str, torch.Tensor], l: int, slip: float, few: bool
    ) -> None:
        super().__init__()
        part = {k: state[f"act_fun.{l}.{k}"].double() for k in ("grid", "coef", "mask")}
        scale = state[f"act_fun.{l}.scale_sp"].double() * part["mask"]
        knots = part["grid"]
        values = functional.pad(part["coef"] * scale[..., None], (1, 1))
        slopes = values.diff(dim=2) / knots.diff(dim=1)[:, None]
        jumps = functional.pad(slopes, (1, 1)).diff(dim=2).permute(0, 2, 1).clone()
        jumps[0, 4] *= 1 + slip
        kept = slice(0, -1) if few else slice(None)
        self.register_buffer("knots", knots[:, kept].clone())
        self.weight = nn.Parameter(jumps[:, kept].flatten(0, 1))
        bias = state[f"node_scale_{l}"] * state[f"subnode_bias_{l}"]
        self.bias = nn.Parameter((bias + state[f"node_bias_{l}"]).double())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        bent = torch.relu(x.unsqueeze(2) - self.knots)
        return bent.reshape(x.shape[0], -1) @ self.weight + self.bias


def replacement(path: Path, slip: float = 0, few: bool = False) -> Path:
    layers = [Hinges(state_of(PWL), l, slip, few) for l in range(2)]
    example = torch.zeros(4, 3, dtype=torch.float64)
    free = {0: torch.export.Dim("batch")}
    module = nn.Sequential(*layers).eval()
    program = torch.export.export(module, (example,), dynamic_shapes=(free,))
    torch.export.save(program, path)
    return path


def test_a_replacement_with_rounded_weights_is_near_and_not_equal(
    tmp_path: Path,
) -> None:
    path = replacement(tmp_path / "net.pt2")
    result = run("prove", PWL, path)
    assert result.exit_code == 1, result.output
    assert result.stdout.startswith("refuted: ")
    assert "this looks like rounding" in result.output
    assert "--within" in result.output
    near = ("--domain", "[-4,4]", "--within", "1e-12")
    assert run("prove", PWL, path, *near).stdout.startswith("proved: within 1e-12")
    assert answer("prove", PWL, path, *near)["verdict"] == "proved"


@pytest.mark.parametrize(("slip", "few"), [(1e-9, False), (0, True)])
def test_a_wrong_replacement_is_refuted(slip: float, few: bool, tmp_path: Path) -> None:
    path = replacement(tmp_path / "net.pt2", slip, few)
    result = run("prove", PWL, path, "--domain", "[-4,4]", "--within", "1e-12")
    assert result.exit_code == 1, result.output
    assert result.stdout.startswith("refuted: output ")
    assert "more than" in result.stdout


def test_a_replacement_may_be_converted_and_shown(tmp_path: Path) -> None:
    path = replacement(tmp_path / "net.pt2")
    assert run("show", path).stdout.startswith("ok: 3 inputs, 2 outputs, 2 layers")
    assert run("doctor", path).exit_code == 0
    result = run("convert", path, "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("proved: ")
    assert run("prove", tmp_path / "out", path).stdout.startswith("proved: ")


# --- is this efficient-kan model the same function as that pykan model? -----------


def transplanted(prefix: Path) -> dict[str, torch.Tensor]:
    state = state_of(prefix)
    out: dict[str, torch.Tensor] = {}
    for l in range(2):
        part = {
            k: state[f"act_fun.{l}.{k}"]
            for k in ("grid", "coef", "mask", "scale_sp", "scale_base")
        }
        out[f"layers.{l}.grid"] = part["grid"]
        out[f"layers.{l}.spline_weight"] = part["coef"].permute(1, 0, 2)
        out[f"layers.{l}.spline_scaler"] = (part["scale_sp"] * part["mask"]).T
        out[f"layers.{l}.base_weight"] = (part["scale_base"] * part["mask"]).T
    return out


def saved(state: dict[str, torch.Tensor], path: Path) -> Path:
    model = KAN([3, 4, 2], grid_size=state["layers.0.spline_weight"].shape[2] - 3)
    model.load_state_dict(state)  # the layout is efficient-kan's
    torch.save(model.state_dict(), path)
    return path


def test_transplanted_weights_are_the_same_function(tmp_path: Path) -> None:
    path = saved(transplanted(CUBIC), tmp_path / "efficient.pt")
    result = run("prove", CUBIC, path)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("proved: equal as functions over the reals on R^n")


@pytest.mark.parametrize(
    "name", ["layers.0.grid", "layers.0.spline_scaler", "layers.1.base_weight"]
)
def test_a_number_that_is_off_by_one_bit_is_another_function(
    name: str, tmp_path: Path
) -> None:
    state = transplanted(CUBIC)
    state[name] = state[name].clone()
    up = torch.tensor(torch.inf)
    state[name][0, 0] = torch.nextafter(state[name][0, 0], up)
    result = run("prove", CUBIC, saved(state, tmp_path / "efficient.pt"))
    assert result.exit_code == 1, result.output
    assert result.stdout.startswith("refuted: ")


def test_weights_that_were_not_transposed_are_refused_or_refuted(
    tmp_path: Path,
) -> None:
    state = transplanted(CUBIC)
    turned = state["layers.0.spline_scaler"]
    state["layers.0.spline_scaler"] = turned.flatten().reshape(turned.T.shape).T
    result = run("prove", CUBIC, saved(state, tmp_path / "efficient.pt"))
    assert result.exit_code == 1, result.output
