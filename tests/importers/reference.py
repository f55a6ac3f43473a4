"""efficient-kan's layer written out again: the original, which is on no index.

Same names of tensors and attributes, same half-open cells, same 0/0 at repeated knots.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import nn


def b_splines(x: torch.Tensor, grid: torch.Tensor, degree: int) -> torch.Tensor:
    x = x[..., None]
    values = ((x >= grid[:, :-1]) & (x < grid[:, 1:])).to(x.dtype)
    for q in range(1, degree + 1):
        left = (x - grid[:, : -q - 1]) / (grid[:, q:-1] - grid[:, : -q - 1])
        right = (grid[:, q + 1 :] - x) / (grid[:, q + 1 :] - grid[:, 1:-q])
        values = left * values[..., :-1] + right * values[..., 1:]
    return values


class KANLinear(nn.Module):
    def __init__(
        self,
        in_features: int,
        out_features: int,
        grid_size: int = 5,
        spline_order: int = 3,
        base_activation: Any = nn.SiLU,
        scaler: bool = True,
    ) -> None:
        super().__init__()
        n, m, p = in_features, out_features, spline_order
        steps = torch.arange(-p, grid_size + p + 1) * (2 / grid_size) - 1
        self.register_buffer("grid", steps.expand(n, -1).contiguous())
        self.base_weight = nn.Parameter(torch.randn(m, n))
        self.spline_weight = nn.Parameter(torch.randn(m, n, grid_size + p))
        if scaler:
            self.spline_scaler = nn.Parameter(torch.randn(m, n))
        self.base_activation = base_activation()
        self.spline_order = p

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weight = self.spline_weight
        if hasattr(self, "spline_scaler"):
            weight = weight * self.spline_scaler[..., None]
        basis = b_splines(x, self.grid, self.spline_order)
        base = self.base_activation(x) @ self.base_weight.T
        return base + basis.flatten(-2) @ weight.flatten(1).T

    @torch.no_grad()
    def update_grid(self, x: torch.Tensor, margin: float = 0.01) -> None:
        """Quantiles of the data become knots, and the curves of all edges are fitted.

        As in the original (commit 7b6ce1c) the curves that are fitted have the scaler
        in them, and ``forward`` multiplies by it once more.
        """
        p = self.spline_order
        pieces = self.spline_weight.shape[2] - p
        scaled = self.spline_weight * self.spline_scaler[..., None]
        curves = torch.einsum("bik,oik->ibo", b_splines(x, self.grid, p), scaled)
        ordered = x.sort(dim=0).values
        quantiles = ordered[torch.linspace(0, len(x) - 1, pieces + 1).long()]
        step = (ordered[-1] - ordered[0] + 2 * margin) / pieces
        even = ordered[0] - margin + step * torch.arange(pieces + 1)[:, None]
        inner = 0.02 * even + 0.98 * quantiles
        away = step * torch.arange(1, p + 1)[:, None]
        knots = torch.cat([inner[0] - away.flip(0), inner, inner[-1] + away])
        self.grid.copy_(knots.T)
        basis = b_splines(x, self.grid, p).transpose(0, 1)
        fit = torch.linalg.lstsq(basis, curves).solution
        self.spline_weight.copy_(fit.permute(2, 0, 1))


class KAN(nn.Module):
    def __init__(self, sizes: list[int], **options: Any) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            KANLinear(n, m, **options) for n, m in pairwise(sizes)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


def assert_agrees(network: Any, module: nn.Module, points: torch.Tensor) -> None:
    """The exact network, against the module run in float64 on the same weights.

    Float64 evaluation of these sizes is off by less than 1e-13 of the largest term;
    1e-11 leaves room for cancellation.
    """
    with torch.no_grad():
        expected = module.double()(points.double()).numpy()
    size = max(1.0, abs(expected).max())
    for x, y in zip(points.double().tolist(), expected, strict=True):
        exact = torch.tensor(network.to_float(x), dtype=torch.float64).numpy()
        assert abs(exact - y).max() <= 1e-11 * size
