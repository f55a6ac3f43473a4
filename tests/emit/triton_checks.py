"""Run in a process of its own, with TRITON_INTERPRET=1: the kernel against ``aten``."""

from __future__ import annotations

import sys
from fractions import Fraction

import numpy as np
import torch

import kan_equiv as ke
from kan_equiv.ir import KnotVector
from tests.emit.grids import equispaced, layers, linspace32


def adaptive(degree: int) -> KnotVector:
    steps = [0.5, 0.3, 0.25, 0.7, 0.2, 0.4, 0.5, 0.6, 0.3][: 5 + degree]
    return KnotVector.of((np.cumsum(steps) - 1.5).astype(np.float32).tolist())


CASES = (
    ("equispaced", 1, "local"),
    ("equispaced", 2, "local"),
    ("equispaced", 3, "local"),
    ("float32", 3, "local"),
    ("adaptive", 1, "local"),
    ("adaptive", 2, "local"),
    ("float32", 2, "hinge"),
)


def main() -> None:
    grids = {
        "equispaced": lambda p: equispaced(4, p, Fraction(-1), Fraction(1)),
        "float32": lambda p: linspace32(5, p, -1, 1),
        "adaptive": adaptive,
    }
    for grid, degree, form in CASES:
        source = layers([37, 21, 3], grids[grid](degree), degree, seed=degree)
        conversion = ke.convert(source, form)
        compare(conversion, f"{grid} p{degree} {form}", form == "hinge")
    edge_cases()
    sys.stdout.write("agree\n")


def compare(conversion: ke.Conversion, what: str, force: bool) -> None:
    options = {"dtype": "float32", "force": force}
    aten = ke.emit.torch_module(conversion, backend="aten", **options)
    fused = ke.emit.torch_module(conversion, backend="triton", **options)
    double = ke.emit.torch_module(conversion, "float64", backend="aten")
    points = torch.randn(70, 37)
    found = []
    for module in (aten, fused, double):
        x = points.to(module.dtype).clone().requires_grad_()
        y = module(x)
        y.sin().sum().backward()
        grads = [p.grad for p in module.parameters()]
        found.append([t.detach().double() for t in (y, x.grad, *grads)])
    for a, f, d in zip(*found, strict=True):
        # The kernel may lose no more than the pointwise form does.
        own, other = (a - d).abs().max(), (f - d).abs().max()
        assert other <= 4 * own + 2e-6 * d.abs().max(), f"{what}: {other} {own}"


def edge_cases() -> None:
    source = layers([3, 2], linspace32(5, 3, -1, 1), 3)
    module = ke.emit.torch_module(ke.convert(source, "local"), backend="triton")
    assert module(torch.zeros(0, 3)).shape == (0, 2)
    assert module(torch.zeros(2, 5, 3)).shape == (2, 5, 2)
    x = torch.zeros(3, 3)
    x[1, 0], x[2, 1] = torch.nan, 1e30
    y = module(x)
    assert y[1].isnan().all()
    assert y[[0, 2]].isfinite().all()
    strided = torch.randn(3, 6)
    assert torch.equal(module(strided.T), module(strided.T.contiguous()))
    half = ke.emit.torch_module(
        ke.convert(source, "local"), backend="triton", precision="float16"
    )
    points = torch.rand(9, 3)
    error = (half(points) - module(points)).abs().max()
    assert 1e-6 < error < 1e-2
    program = ke.emit.exported_program(module)
    used = {str(n.target) for n in program.graph.nodes if n.op == "call_function"}
    assert not any("kan_equiv" in name for name in used)


if __name__ == "__main__":
    torch.manual_seed(0)
    main()
