from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import kan_equiv as ke
from kan_equiv.emit.cost_model import choose_backend
from kan_equiv.errors import ValidationError
from tests.emit.grids import layers, linspace32

ROOT = Path(__file__).parents[2]


def test_the_kernel_agrees_with_the_pointwise_form() -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.emit.triton_checks"],
        env={**os.environ, "TRITON_INTERPRET": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (0, "agree\n"), run.stderr


def test_the_rule_takes_it_on_cuda_for_narrow_layers() -> None:
    source = layers([2, 2], linspace32(5, 3, -1, 1), 3)
    conversion = ke.convert(source, "local")
    single = ke.emit.plan(conversion).program
    assert choose_backend(single, "cuda").backend == "triton"
    assert choose_backend(single, "cpu").backend == "aten"
    double = ke.emit.plan(conversion, "float64").program
    assert choose_backend(double, "cuda").backend == "aten"
    split = ke.emit.plan(conversion, precision="float16x3").program
    assert choose_backend(split, "cuda").backend == "aten"
    with pytest.raises(ValidationError, match="backend='triton' needs"):
        ke.emit.torch_module(conversion, "float64", backend="triton")


@pytest.mark.gpu
def test_on_the_device() -> None:
    source = layers([64, 64, 10], linspace32(5, 3, -1, 1), 3)
    conversion = ke.convert(source, "local")
    module = ke.emit.torch_module(conversion, device="cuda")
    assert module.backend == "triton"
    x = torch.rand(4096, 64) * 2 - 1
    exact = ke.emit.torch_module(conversion, "float64", backend="aten")(x.double())
    error = (module(x.cuda()).cpu().double() - exact).abs().max()
    assert error <= 1e-5 * exact.abs().max()
