"""What every table of inference shares: layers, candidates, checks and clocks."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from tests.importers.reference import KANLinear

__all__ = ["SIZES", "Run", "check", "compiled", "medians", "pykan_of", "reference"]

SIZES: tuple[tuple[int, int, int, int], ...] = (
    (5, 7, 3, 1),
    (64, 64, 5, 3),
    (784, 64, 5, 3),
    (64, 64, 8, 1),
    (256, 256, 20, 3),
)
Run = Callable[[], Tensor]


def reference(n: int, m: int, intervals: int, degree: int, equal: bool) -> KANLinear:
    """efficient-kan's layer, on knots that are equispaced as rationals or are not."""
    torch.manual_seed(n)
    layer = KANLinear(n, m, intervals, degree)
    with torch.no_grad():
        for p in layer.parameters():
            p.normal_(0, n**-0.5)
        layer.spline_scaler.fill_(1.0)
    steps = torch.arange(-degree, intervals + degree + 1, dtype=torch.float32)
    h = 0.5 if equal else 2.1 / intervals
    layer.grid = (steps * h - 1).expand(n, -1).contiguous()
    return layer.eval()


def medians(runs: dict[str, Run], repeats: int = 5) -> dict[str, float]:
    """Run all in turn and return the median thread time of each, in seconds."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(2):
        for run in runs.values():
            run()
    for _ in range(repeats):
        for name, run in runs.items():
            start = time.thread_time()
            run()
            times[name].append(time.thread_time() - start)
    return {name: statistics.median(t) for name, t in times.items()}


def compiled(module: nn.Module) -> nn.Module:
    torch.compiler.reset()
    return torch.compile(module, fullgraph=True, dynamic=False)


def pykan_of(layer: KANLinear, intervals: int, degree: int) -> nn.Module:
    """The same layer as a pykan model."""
    import kan as pykan

    n, m = layer.base_weight.shape[1], layer.base_weight.shape[0]
    model = pykan.KAN(
        width=[n, m], grid=intervals, k=degree, auto_save=False, seed=0, device="cpu"
    )
    own = model.act_fun[0]
    with torch.no_grad():
        own.grid.copy_(layer.grid)
        own.coef.copy_(layer.spline_weight.permute(1, 0, 2))
        own.scale_base.copy_(layer.base_weight.T)
        own.scale_sp.copy_(layer.spline_scaler.T)
        own.mask.fill_(1.0)
        model.node_bias[0].zero_()
        model.node_scale[0].fill_(1.0)
        model.subnode_bias[0].zero_()
        model.subnode_scale[0].fill_(1.0)
    return model.eval()


def check(runs: dict[str, Run], truth: Tensor) -> dict[str, float]:
    """Return each candidate's largest error over the largest output."""
    scale = truth.abs().max().item()
    errors = {
        n: (r().double() - truth).abs().max().item() / scale for n, r in runs.items()
    }
    for name, error in errors.items():
        assert error < 1e-4, f"{name} computes another function: {error:.1e}"
    return errors
