"""Every format, on every trained checkpoint it can carry, stays within the bound.

The certified bound holds for whatever runs the float program in IEEE arithmetic, so
each format is held to it by itself, against the exact network. Its value at a point is
taken from the float64 module, whose own bound is allowed for.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import onnxruntime
import pytest
import torch

import kan_equiv as ke
from tests.networks import CHECKPOINTS, FAMILIES, family_path

BOX = ke.Box(-1, 1)
MODELS: Mapping[str, tuple[str, str]] = {
    "pykan_cubic": ("local", "float32"),
    "pykan_float64": ("local", "float32"),
    "pykan_pwl": ("local", "float32"),
    "efficient_kan": ("local", "float32"),
    "linear_kan": ("local", "float32"),
    "power_mlp": ("local", "float32"),
    "relu_kan": ("hinge", "float64"),
    "hrkan": ("hinge", "float64"),
}
"""Checkpoints of piecewise polynomials, with SiLU or without: form and dtype. Powers
that start at a knot want float64."""
PACKAGES = ("linear_kan", "relu_kan")
EACH_MODEL = pytest.mark.parametrize(
    "name",  # all of a model in one process, since its bounds take seconds
    [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in MODELS],
)
SEE = pytest.mark.filterwarnings("ignore:.*treespec:FutureWarning")
Run: TypeAlias = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Case:
    conversion: ke.Conversion
    dtype: str
    module: Any
    points: torch.Tensor
    exact: np.ndarray
    allowed: np.ndarray


@lru_cache
def case(name: str) -> Case:
    form, dtype = MODELS[name]
    path = CHECKPOINTS.get(name, family_path(name))
    conversion = ke.convert(ke.load(path, **FAMILIES.get(name, {})), form)
    module = ke.emit.torch_module(conversion, dtype, backend="aten")
    double = ke.emit.torch_module(conversion, "float64", backend="aten")
    rng = np.random.default_rng(0)
    x = torch.tensor(rng.uniform(-1, 1, (64, module.in_features)), dtype=module.dtype)
    bounds = [ke.rounding_bound(m, conversion, BOX) for m in (module, double)]
    total = [float(a + b) for a, b in zip(*(b.upper for b in bounds), strict=True)]
    return Case(
        conversion, dtype, module, x, floats(double(x.double())), np.array(total)
    )


def floats(y: torch.Tensor) -> np.ndarray:
    return y.detach().double().numpy()


def through_onnx(c: Case, folder: Path) -> Run:
    data = ke.emit.onnx_model(ke.emit.plan(c.conversion, c.dtype))
    (folder / "m.onnx").write_bytes(data.SerializeToString())
    session = onnxruntime.InferenceSession(folder / "m.onnx")
    return lambda x: torch.tensor(session.run(None, {"x": x.numpy()})[0])


def through_torch_export(c: Case, folder: Path) -> Run:
    torch.export.save(ke.emit.exported_program(c.module), folder / "m.pt2")
    return torch.export.load(folder / "m.pt2").module()


def through_aoti(c: Case, folder: Path) -> Run:
    return torch._inductor.aoti_load_package(
        str(ke.emit.aoti_package(c.module, folder / "m.pt2"))
    )


def through_python(c: Case, folder: Path) -> Run:
    ke.emit.python_source(c.conversion, c.dtype).save(folder)
    spec = importlib.util.spec_from_file_location("emitted", folder / "module.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.load()


def through_state_dict(c: Case, folder: Path) -> Run:
    torch.save(c.module.state_dict(), folder / "m.pt")
    again = ke.emit.torch_module(c.conversion, c.dtype, backend="aten")
    for p in again.parameters():
        p.data.zero_()
    again.load_state_dict(torch.load(folder / "m.pt", weights_only=True))
    return again


@SEE
@EACH_MODEL
@pytest.mark.parametrize(
    "through",
    [through_onnx, through_torch_export, through_python, through_state_dict],
)
def test_a_format_stays_within_the_bound(
    through: Callable[[Case, Path], Run], name: str, tmp_path: Path
) -> None:
    c = case(name)
    held(c, through(c, tmp_path))


@SEE
@pytest.mark.slow
@EACH_MODEL
def test_compiled_packages_stay_within_the_bound(name: str, tmp_path: Path) -> None:
    """A package takes ten seconds of a C++ compiler, and a few stand for all."""
    if name not in PACKAGES and os.environ.get("HYPOTHESIS_PROFILE") != "fuzz":
        pytest.skip(
            "one model of each form and dtype; all with HYPOTHESIS_PROFILE=fuzz"
        )
    c = case(name)
    held(c, through_aoti(c, tmp_path))


def held(c: Case, run: Run) -> None:
    """Values within the bound, at batches of any size, and NaN stays NaN."""
    for part in (slice(None), slice(0, 1), slice(0, 0)):
        y = floats(run(c.points[part]))
        assert (np.abs(y - c.exact[part]) <= c.allowed).all()
    assert torch.isnan(run(torch.full_like(c.points[:1], torch.nan))).all()


def test_the_bound_is_small_enough_to_tell_functions_apart() -> None:
    """Had a format lost a coefficient's last three digits, it would show."""
    for name in MODELS:
        c = case(name)
        size = np.abs(c.exact).max()
        assert (c.allowed < 1e-2 * size).all(), name
