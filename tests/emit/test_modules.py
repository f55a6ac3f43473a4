from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import kan_equiv as ke
from kan_equiv.errors import ValidationError
from kan_equiv.exact import RationalTensor
from kan_equiv.ir import Affine, Bank, BSplineBasis, Dense, KnotVector, Network
from tests.networks import CHECKPOINTS, golden, kan


def output(module: Any, x: np.ndarray, dtype: torch.dtype) -> np.ndarray:
    with torch.no_grad():
        return module(torch.tensor(x, dtype=dtype)).double().numpy()


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_float_modules_follow_the_original(name: str) -> None:
    data = golden(name)
    x, y = data["x"].astype(np.float64), data["y"]
    scale = np.abs(y).max()
    network = ke.load(CHECKPOINTS[name])
    hinge = ke.emit.torch_module(ke.convert(network, "hinge"))
    assert np.abs(output(hinge, x, torch.float64) - y).max() <= 1e-12 * scale
    local = ke.emit.torch_module(ke.convert(network, "local"))
    assert np.abs(output(local, x, torch.float32) - y).max() <= 2e-5 * scale


def test_the_hinge_form_in_float32_loses_and_is_refused() -> None:
    data = golden("pykan_cubic")
    network = ke.load(CHECKPOINTS["pykan_cubic"])
    for layout in ("layers", "sequential"):
        with pytest.raises(ValidationError, match="one-sided powers of degree 3"):
            ke.emit.torch_module(ke.convert(network, layout=layout), "float32")
    hinge = ke.emit.torch_module(ke.convert(network), torch.float32, force=True)
    local = ke.emit.torch_module(ke.convert(network, "local"), torch.float32)
    errors = [
        np.abs(output(m, data["x"], torch.float32) - data["y"]).max()
        for m in (hinge, local)
    ]
    assert errors[0] > 10 * errors[1]


@pytest.mark.parametrize("layout", ["layers", "sequential"])
@pytest.mark.parametrize("form", ["hinge", "local"])
@pytest.mark.parametrize("silu", [False, True])
def test_any_leading_shape_and_exactness(form: str, layout: str, silu: bool) -> None:
    network = kan([2, 3, 2], degree=2, seed=5, silu=silu)
    conversion = ke.convert(network, form, layout=layout)
    module = ke.emit.torch_module(conversion, "float64")
    x = torch.linspace(-3, 3, 24, dtype=torch.float64).reshape(3, 4, 2)
    y = module(x)
    assert y.shape == (3, 4, 2)
    assert module(x[0, 0]).shape == (2,)
    assert module(x[:0]).shape == (0, 4, 2)
    for point, value in zip(x.reshape(-1, 2), y.reshape(-1, 2), strict=True):
        exact = network.to_float(point.tolist())
        assert np.allclose(value.detach().numpy(), exact, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("layout", ["layers", "sequential"])
def test_a_module_holds_exactly_the_rounded_network(layout: str) -> None:
    conversion = ke.convert(kan([2, 2], degree=1, seed=2), layout=layout)
    network, dtype = ke.emit.emitted_network(conversion)
    module = ke.emit.torch_module(conversion, backend="aten")
    assert dtype == "float64"
    assert ke.emit.exact_network(module) == network


def test_modules_behave_like_modules() -> None:
    conversion = ke.convert(kan([2, 3, 1], degree=3, silu=True), "local")
    module = ke.emit.torch_module(conversion)
    other = copy.deepcopy(module)
    for p in other.parameters():
        torch.nn.init.zeros_(p)
    other.load_state_dict(module.state_dict())
    x = torch.randn(5, 2, requires_grad=True)
    assert torch.equal(module(x), other(x))
    module(x).sum().backward()
    assert x.grad is not None
    assert any(
        p.grad is not None and p.grad.abs().sum() > 0 for p in module.parameters()
    )
    before = torch.get_default_dtype()
    ke.emit.torch_module(conversion, torch.float64)
    assert torch.get_default_dtype() == before


def test_compiles_as_one_graph() -> None:
    module = ke.emit.torch_module(ke.convert(kan([2, 2, 1], silu=True), "local"))
    x = torch.randn(6, 2)
    compiled = torch.compile(module, fullgraph=True, backend="eager")
    assert torch.allclose(compiled(x), module(x))


@pytest.mark.parametrize("form", ["hinge", "local"])
def test_the_source_file_stands_alone(form: str, tmp_path: Path) -> None:
    conversion = ke.convert(kan([2, 3, 1], degree=2, silu=True), form)
    source = ke.emit.python_source(conversion)
    source.save(tmp_path)
    assert source.code == ke.emit.python_source(conversion).code
    x = [[0.5, -1.25], [2.0, 0.125]]
    run = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "module.py")],
        input="\n".join(" ".join(map(str, row)) for row in x),
        capture_output=True,
        text=True,
        check=True,
    )
    module = ke.emit.torch_module(conversion)
    dtype = torch.float64 if form == "hinge" else torch.float32
    expected = module(torch.tensor(x, dtype=dtype)).tolist()
    printed = [[float(v) for v in line.split()] for line in run.stdout.splitlines()]
    assert printed == expected


def test_measured_error_is_what_it_says() -> None:
    network = kan([1, 1], degree=1)
    module = ke.emit.torch_module(ke.convert(network))
    found = ke.emit.measured_error(module, network, ke.Box(-1, 1), samples=5)
    assert found.samples == 5
    assert found.max_absolute < 1e-12
    with torch.no_grad():
        for p in module.parameters():
            p.add_(0.5)
    worse = ke.emit.measured_error(module, network, ke.Box(-1, 1), samples=5)
    assert worse.max_absolute > 1e-3


def test_splines_with_repeated_knots_are_converted_before_emission() -> None:
    repeated = BSplineBasis(KnotVector.of([0, 1, 1, 2]), 1)
    same = Affine.linear(Dense.matrix(RationalTensor((1, 2), (1, 1), (1,))))
    network = Network(1, (Bank((repeated,), (0,)), same))
    with pytest.raises(ValidationError, match=r"repeated knots.*convert"):
        ke.emit.torch_module(network, "float64")


@pytest.mark.gpu
def test_cpu_and_cuda_agree() -> None:
    module = ke.emit.torch_module(ke.convert(kan([3, 4, 2], silu=True), "local"))
    x = torch.randn(64, 3)
    on_cuda = copy.deepcopy(module).to("cuda")(x.to("cuda")).cpu()
    assert torch.allclose(on_cuda, module(x), rtol=1e-4, atol=1e-5)
