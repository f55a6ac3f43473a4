"""How close each backend comes to what the machine can do at best.

The machine's three rates are measured in the same run, on one thread: products of
large matrices (flop/s), copies that leave the cache, and inner products of vectors that
stay in it (byte/s). With B inputs of n numbers, m outputs, J splines an input of which
p + 1 are not zero, and the base function as one more column, nobody computes a layer
faster than

    dense    the larger of 2 B n (J + 1) m flops and 4 (B n + B m + n (J + 1) m) bytes;
    gather   4 B n (p + 2) m bytes of table rows through the cache.

Tables of more than the cache (784x64, 256x256) only widen the gap to that limit.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

import kan_equiv as ke
from tests.benchmarks.candidates import SIZES, Run, check, compiled, medians, reference

__all__ = ["Machine", "limits", "measure", "roofline_table"]

FLOAT = 4


@dataclass(frozen=True)
class Machine:
    """What one thread does in a second."""

    flops: float
    bytes: float
    cached_bytes: float

    def __str__(self) -> str:
        return (
            f"{self.flops / 1e9:.0f} Gflop/s in products, {self.bytes / 1e9:.1f} GB/s "
            f"from memory, {self.cached_bytes / 1e9:.0f} GB/s from the cache"
        )


def measure() -> Machine:
    """The best of several runs each: a limit is not to be beaten by chance."""
    square = torch.rand(2048, 2048)
    product = torch.empty_like(square)
    large = torch.rand(1 << 26)
    copy = torch.empty_like(large)
    left, right = torch.rand(1 << 16), torch.rand(1 << 16)

    def reads() -> Tensor:
        for _ in range(2000):
            total = torch.dot(left, right)
        return total

    return Machine(
        flops=2 * 2048**3 / best(lambda: torch.mm(square, square, out=product)),
        bytes=2 * FLOAT * large.numel() / best(lambda: copy.copy_(large)),
        cached_bytes=2000 * 2 * FLOAT * left.numel() / best(reads),
    )


def best(run: Callable[[], Tensor], repeats: int = 5) -> float:
    """The least thread time of a run, in seconds."""
    run()
    times: list[float] = []
    for _ in range(repeats):
        start = time.thread_time()
        run()
        times.append(time.thread_time() - start)
    return min(times)


def limits(
    size: tuple[int, int, int, int], batch: int, machine: Machine
) -> dict[str, float]:
    """The least seconds that a dense and a gathering engine need for a layer."""
    n, m, intervals, degree = size
    columns = n * (intervals + degree + 1)
    moved = FLOAT * (batch * n + batch * m + columns * m)
    return {
        "dense": max(2 * batch * columns * m / machine.flops, moved / machine.bytes),
        "gather": FLOAT * batch * n * (degree + 2) * m / machine.cached_bytes,
    }


def roofline_table(batch: int = 8192) -> None:
    """Limit over measured time, in percent, of the engines that each limit is for."""
    machine = measure()
    print(f"\n{machine}\npercent of the limit, B{batch}, general knots")
    for size in SIZES:
        n, m, intervals, degree = size
        layer = reference(n, m, intervals, degree, equal=False)
        lo, hi = layer.grid[0, 0].item(), layer.grid[0, -1].item()
        x = torch.rand(batch, n) * (hi - lo) + lo
        conversion = ke.convert(ke.load(layer), "local")
        engines = {"aten": "dense", "chunked": "dense", "gather": "gather"}
        modules: dict[str, nn.Module] = {
            backend: compiled(ke.emit.torch_module(conversion, backend=backend))
            for backend in engines
        }
        runs: dict[str, Run] = {b: (lambda f=f, x=x: f(x)) for b, f in modules.items()}
        truth = ke.emit.torch_module(conversion, "float64", backend="aten")
        check(runs, truth(x.double()))
        found, least = medians(runs), limits(size, batch, machine)
        parts = [
            f"{b} {100 * least[engine] / found[b]:.0f} of {1e3 * least[engine]:.3g} ms"
            for b, engine in engines.items()
        ]
        print(f"  {n}x{m} G{intervals} p{degree}: {', '.join(parts)}", flush=True)
