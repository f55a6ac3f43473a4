"""Inference side by side: ``python -m tests.benchmarks.inference [SECTION ...]``.

All candidates of a row compute the same function and are checked before they are
timed. They run in turn, in one process, on one thread; figures are medians of thread
CPU time. The allocator keeps freed memory (the process restarts itself with the two
variables set), so that nobody pays for page faults of temporaries.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import nn

import kan_equiv as ke
from kan_equiv.emit.cost_model import choose_backend
from tests.benchmarks.candidates import (
    SIZES,
    Run,
    check,
    compiled,
    medians,
    pykan_of,
    reference,
)
from tests.benchmarks.roofline import roofline_table
from tests.importers.reference import KAN


def layer_table(batch: int, sizes: Sequence[tuple[int, int, int, int]] = SIZES) -> None:
    """Time over the bare GEMM; speed-up over efficient-kan and pykan."""
    for size in sizes:
        for equal in (True, False):
            n, m, intervals, degree = size
            layer = reference(n, m, intervals, degree, equal)
            lo, hi = layer.grid[0, 0].item(), layer.grid[0, -1].item()
            x = torch.rand(batch, n) * (hi - lo) + lo
            conversion = ke.convert(ke.load(layer), "local")
            double = ke.emit.torch_module(conversion, "float64", backend="aten")
            modules: dict[str, nn.Module] = {"efficient-kan": layer}
            for backend in ("aten", "gather", "chunked"):
                module = ke.emit.torch_module(conversion, backend=backend)
                modules[backend] = module
                modules[f"{backend} compiled"] = compiled(module)
            modules["efficient-kan compiled"] = compiled(layer)
            if batch * n * m <= 1 << 26:
                modules["pykan"] = pykan_of(layer, intervals, degree)
                fast = pykan_of(layer, intervals, degree)
                fast.speed()
                modules["pykan .speed()"] = fast
            runs: dict[str, Run] = {
                name: (lambda f=f, x=x: f(x)) for name, f in modules.items()
            }
            check(runs, double(x.double()))
            left, right = (
                torch.rand(batch, n * (intervals + degree)),
                torch.rand(n * (intervals + degree), m),
            )
            linear = nn.Linear(n, m)
            runs["GEMM"] = lambda left=left, right=right: left @ right
            runs["nn.Linear"] = lambda linear=linear, x=x: linear(x)
            found = medians(runs)
            auto = choose_backend(ke.emit.plan(conversion).program, batch=batch).backend
            grid = "equispaced" if equal else "general"
            print(
                f"\n{n}x{m} G{intervals} p{degree} B{batch}, {grid} knots, "
                f"auto = {auto}, GEMM {1e3 * found['GEMM']:.3g} ms"
            )
            for name, seconds in sorted(found.items(), key=lambda e: e[1]):
                row = f"  {name:24} {seconds / found['GEMM']:7.2f} GEMM"
                row += f" {found['efficient-kan'] / seconds:7.1f}x efficient-kan"
                if "pykan" in found:
                    row += f" {found['pykan .speed()'] / seconds:7.1f}x pykan .speed()"
                    row += f" {found['pykan'] / seconds:7.1f}x pykan"
                print(row, flush=True)


def network_table(batch: int = 65536) -> None:
    """A small network as a whole: [5, 7, 1], three intervals, cubic."""
    torch.manual_seed(0)
    model = KAN([5, 7, 1], grid_size=3, spline_order=3).eval()
    x = torch.rand(batch, 5) * 2 - 1
    conversion = ke.convert(ke.load(model), "local")
    module = ke.emit.torch_module(conversion)
    modules: dict[str, nn.Module] = {
        "efficient-kan": model,
        "efficient-kan compiled": compiled(model),
        "aten": module,
        "aten compiled": compiled(module),
        "chunked": ke.emit.torch_module(conversion, backend="chunked"),
    }
    runs: dict[str, Run] = {
        name: (lambda f=f, x=x: f(x)) for name, f in modules.items()
    }
    check(runs, ke.emit.torch_module(conversion, "float64")(x.double()))
    found = medians(runs)
    print(f"\n[5, 7, 1] G3 p3 B{batch}")
    for name, seconds in sorted(found.items(), key=lambda e: e[1]):
        ratio = found["efficient-kan"] / seconds
        print(f"  {name:24} {1e3 * seconds:8.2f} ms {ratio:6.1f}x efficient-kan")


def latency_table() -> None:
    """One input at a time: [5, 7, 1]."""
    import kan as pykan

    model = pykan.KAN(
        width=[5, 7, 1], grid=3, k=3, auto_save=False, seed=0, device="cpu"
    )
    conversion = ke.convert(ke.load(model), "local")
    module = ke.emit.torch_module(conversion)
    x = torch.rand(1, 5)
    fast = pykan.KAN(
        width=[5, 7, 1], grid=3, k=3, auto_save=False, seed=0, device="cpu"
    )
    fast.load_state_dict(model.state_dict())
    fast.speed()
    runs: dict[str, Run] = {
        "pykan": lambda: model(x),
        "pykan .speed()": lambda: fast(x),
        "aten": lambda: module(x),
    }
    whole = compiled(module)
    runs["aten compiled"] = lambda: whole(x)
    with TemporaryDirectory() as folder:
        package = ke.emit.aoti_package(module, Path(folder) / "m.pt2")
        packed = torch._inductor.aoti_load_package(str(package))
        runs["AOTInductor"] = lambda: packed(x)
        check(runs, ke.emit.torch_module(conversion, "float64")(x.double()))
        many = {
            name: (lambda r=r: [r() for _ in range(200)][-1])
            for name, r in runs.items()
        }
        found = medians(many)
    print("\n[5, 7, 1] G3 p3 B1")
    for name, seconds in sorted(found.items(), key=lambda e: e[1]):
        ratio = found["pykan .speed()"] / seconds
        print(f"  {name:24} {5e3 * seconds:8.1f} us {ratio:6.1f}x pykan .speed()")


def accuracy_table() -> None:
    """float32 errors beside the KAN's own, over the largest output."""
    print("\nfloat32 error over max |y|, 4096 points; gate: 20x the KAN's own + 1e-6")
    for n, m, intervals, degree in SIZES:
        for equal in (True, False):
            layer = reference(n, m, intervals, degree, equal)
            lo, hi = layer.grid[0, 0].item(), layer.grid[0, -1].item()
            x = torch.rand(4096, n) * (hi - lo) + lo
            conversion = ke.convert(ke.load(layer), "local")
            truth = ke.emit.torch_module(conversion, "float64", backend="aten")
            runs: dict[str, Run] = {"KAN": lambda layer=layer, x=x: layer(x)}
            for backend in ("aten", "gather"):
                module = ke.emit.torch_module(conversion, backend=backend)
                runs[backend] = lambda module=module, x=x: module(x)
            errors = check(runs, truth(x.double()))
            gate = 20 * errors["KAN"] + 1e-6
            grid = "equispaced" if equal else "general"
            figures = ", ".join(f"{k} {v:.1e}" for k, v in errors.items())
            kept = all(v <= gate for v in errors.values())
            print(
                f"  {n}x{m} G{intervals} p{degree} {grid:10} {figures} "
                f"{'within' if kept else 'BEYOND'} the gate {gate:.1e}"
            )


SECTIONS: dict[str, Callable[[], None]] = {
    "layer": lambda: layer_table(8192, SIZES[1:]),
    "layer-1024": lambda: layer_table(1024, SIZES),
    "layer-1": lambda: layer_table(1, SIZES[:2]),
    "network": network_table,
    "latency": latency_table,
    "accuracy": accuracy_table,
    "roofline": roofline_table,
}


def main(names: list[str]) -> None:
    torch.set_num_threads(1)
    print(f"{platform.processor() or platform.machine()}, torch {torch.__version__}")
    with torch.inference_mode():
        for name in names or SECTIONS:
            SECTIONS[name]()


if __name__ == "__main__":
    keep = {
        "MALLOC_MMAP_THRESHOLD_": "8589934592",
        "MALLOC_TRIM_THRESHOLD_": "8589934592",
    }
    if any(os.environ.get(k) != v for k, v in keep.items()):
        command = [sys.executable, "-m", "tests.benchmarks.inference", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, **keep})
    main(sys.argv[1:])
