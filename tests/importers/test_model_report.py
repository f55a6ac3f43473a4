from __future__ import annotations

import hashlib
import shlex
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import kan_equiv as ke
from kan_equiv.errors import LoadError
from kan_equiv.importers import ModelReport, describe
from kan_equiv.importers.health import hinge_error_in_float32
from kan_equiv.ir import BSplineBasis, KnotVector
from tests.importers.test_pykan import model
from tests.networks import CHECKPOINTS, DATA


def test_a_checkpoint_that_loads() -> None:
    report = describe(CHECKPOINTS["pykan_cubic"])
    assert report.family == "pykan"
    assert report.problem == ""
    assert report.dtypes == ("float32",)
    assert [name for name, _ in report.files] == [
        "pykan_cubic_config.yml",
        "pykan_cubic_state",
    ]
    data = (DATA / "pykan_cubic_state").read_bytes()
    assert report.files[1][1] == hashlib.sha256(data).hexdigest()
    network = ke.load(CHECKPOINTS["pykan_cubic"])
    assert (report.in_features, report.out_features) == (3, 2)
    assert len(report.layers) == network.depth
    first = report.layers[0]
    assert first.base == "silu"
    assert sorted(i for g in first.grids for i in g.inputs) == [0, 1, 2]
    assert {g.degree for g in first.grids} == {3}
    assert not report.is_hinge_safe_in_float32
    assert shlex.split(report.suggestions[0])[-2:] == ["--to", "local"]


def test_dtypes_and_degrees() -> None:
    assert describe(CHECKPOINTS["pykan_float64"]).dtypes == ("float64",)
    report = describe(CHECKPOINTS["pykan_pwl"])
    assert {g.degree for layer in report.layers for g in layer.grids} == {1}
    assert {layer.base for layer in report.layers} == {""}
    assert report.is_hinge_safe_in_float32
    assert report.suggestions[0].endswith("--to hinge")


def test_shared_grids_and_inputs_of_the_digits() -> None:
    report = describe(CHECKPOINTS["digits_efficient_kan"])
    network = ke.load(CHECKPOINTS["digits_efficient_kan"])
    assert [len(layer.grids) for layer in report.layers] == [
        len(network.stages[0].bases),  # type: ignore[union-attr]
        len(network.stages[2].bases),  # type: ignore[union-attr]
    ]


def test_dead_edges_and_repeated_knots() -> None:
    live = model(width=[2, 3, 1])
    assert describe(live).dead_edges == 0
    with torch.no_grad():
        live.act_fun[0].mask[0, 1] = 0  # masked
        live.act_fun[0].coef[1, 2] = 0  # no spline and no base left
        live.act_fun[0].scale_base[1, 2] = 0
        live.act_fun[1].grid[1] = 0.5  # a constant feature
        live.act_fun[1].scale_base[1, 0] = 0
    report = describe(live)
    assert [layer.dead_edges for layer in report.layers] == [2, 1]
    assert report.dead_edges == 3
    assert report.repeated_knots == ((1, 1),)
    with torch.no_grad():
        live.act_fun[0].grid[1, 4] = live.act_fun[0].grid[1, 3]
    simple, repeated = describe(live).layers[0].grids
    assert repeated.has_repeated_knots
    assert simple.hinge_error / 10 < repeated.hinge_error < simple.hinge_error * 10
    assert report.files == ()


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    state = model().state_dict()
    file = tmp_path / "a net.pt"
    torch.save(state, file)
    report = describe(file)
    assert report.missing == ("base_fun",)
    assert "base_fun=" in report.problem
    assert report.layers == ()
    words = shlex.split(report.suggestions[0])
    assert words == ["kan-equiv", "doctor", str(file), "--set", "base_fun=..."]
    settled = describe(file, base_fun="silu")
    assert settled.problem == ""
    assert "--set base_fun=silu" in settled.suggestions[0]


def test_what_cannot_be_loaded_is_described_too() -> None:
    hyper = {"format": "wav-kan", "wavelet_type": "shannon"}
    report = describe(DATA / "wav_kan.pt", **hyper)
    assert "sin(z)/z is not supported" in report.problem
    assert report.missing == ()
    assert report.suggestions == ("kan-equiv formats",)
    with pytest.raises(LoadError, match="no such file"):
        describe(DATA / "absent")


def test_networks_and_plain_modules() -> None:
    report = describe(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU()))
    assert report.family == "torch"
    assert isinstance(report, ModelReport)
    assert describe(ke.load(CHECKPOINTS["pykan_pwl"])).family == "kan"


@pytest.mark.parametrize(("degree", "intervals"), [(1, 5), (2, 5), (3, 5), (3, 20)])
def test_the_hinge_estimate_is_of_the_right_size(degree: int, intervals: int) -> None:
    """Against hinges really run in float32, on coefficients of either sign."""
    knots = (np.arange(-degree, intervals + degree + 1) * (2 / intervals) - 1).tolist()
    basis = BSplineBasis(KnotVector.of(knots), degree)
    x = np.linspace(-1, knots[-1], 400)
    worst = max(_hinge_error(f.pieces, x) for f in basis.functions())
    estimate = hinge_error_in_float32(knots, degree)
    assert worst / 30 <= estimate <= worst * 300


def _hinge_error(pieces: Any, x: np.ndarray) -> float:
    total = np.zeros(len(x), dtype=np.float32)
    for jump in pieces.jumps():
        z = np.maximum(x.astype(np.float32) - np.float32(float(jump.at)), 0)
        power = len(jump.coefficients) - 1
        total += np.float32(float(jump.coefficients[-1])) * z**power
    exact = [float(pieces(Fraction(v))) for v in x.tolist()]
    return float(np.abs(total - exact).max())
