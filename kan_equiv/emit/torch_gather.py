"""Local support on the CPU: look up the cell of an input, then only its p + 1 splines.

Arithmetic guesses the cell, one comparison on either side corrects it against the
knots themselves, and de Boor's recurrence gives the values; coefficients come through
``embedding_bag``. Indices are clamped as integers, so that NaN and 1e30 are harmless:
outside the knots all weights are zero, and for NaN they are NaN.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from kan_equiv.emit.program import Part
from kan_equiv.emit.rounding import Array

__all__ = ["Cells", "knots_of"]


def knots_of(part: Part) -> Array | None:
    """Return the knots of a part whose slots are consecutive splines, or None.

    The result is (knots, inputs or 1); for cardinal parts in the coordinate u.
    """
    p, slots = part.degree, part.slots
    if part.kind == "cardinal":
        centers = part.constants["centers"]
        if centers.shape[1] > 1 and (centers != centers[:, :1]).any():
            return None
        first = centers[:, :1] - (p + 1) / 2
        if slots > 1 and (np.diff(first[:, 0]) != 1).any():
            return None
        return first[0, 0] + np.arange(slots + p + 1, dtype=np.float64)[:, None]
    if part.kind != "bspline":
        return None
    t = part.constants["knots"]
    line = np.concatenate([t[0], t[1:, -1]])
    same = all((t[q] == line[q : q + slots]).all() for q in range(p + 2))
    return line if same and (np.diff(line, axis=0) > 0).all() else None


class Cells(nn.Module):
    """Products of B-splines with coefficients by local support.

    ``is_guessed`` says whether arithmetic finds the cell up to one; it is tried out on
    every knot and the float before it when the module is made.
    """

    def __init__(self, part: Part, dtype: torch.dtype) -> None:
        super().__init__()
        knots = knots_of(part)
        assert knots is not None
        self.degree = part.degree
        self.slots = part.slots
        self.divisor = part.divisor
        self.is_cardinal = part.kind == "cardinal"
        t = torch.tensor(knots.copy(), dtype=dtype)
        rate = (t.shape[0] - 1) / (t[-1] - t[0])
        self.register_buffer("line", t, persistent=False)
        self.register_buffer("rates", rate, persistent=False)
        p = self.degree
        steps = torch.arange(1, p + 1, dtype=dtype)[:, None]
        padded = torch.cat([t[0] - steps.flip(0), t, t[-1] + steps])
        self.register_buffer("padded", padded, persistent=False)
        self.is_guessed = self.is_cardinal or self._guesses_well()

    def _guesses_well(self) -> bool:
        t = self.get_buffer("line")
        below = torch.nextafter(t, torch.full_like(t, -torch.inf))
        cells = torch.arange(t.shape[0])[:, None]
        at = (self._guess(t) - cells).abs().max() <= 1
        before = (self._guess(below) - (cells - 1)).abs().max() <= 1
        return bool(at and before)

    def _guess(self, x: Tensor) -> Tensor:
        line = self.get_buffer("line")
        return ((x - line[0]) * self.get_buffer("rates")).floor()

    def _cells(self, x: Tensor) -> Tensor:
        """Return the cell of each input, clamped to those there are, (B, inputs)."""
        line = self.get_buffer("line")
        last = line.shape[0] - 2
        if not self.is_guessed:
            counts = (x.unsqueeze(-2) >= line).sum(-2)
            return (counts - 1).clamp(0, last)
        cell = self._guess(x).to(torch.int64).clamp(0, last)
        if self.is_cardinal:
            return cell
        up = (x >= _take(line, cell + 1)).to(torch.int64)
        down = (x < _take(line, cell)).to(torch.int64)
        return (cell + up - down).clamp(0, last)

    def forward(
        self, x: Tensor, origin: Tensor, rate: Tensor, weight: Tensor
    ) -> Tensor:
        """Return (B, outputs): the splines at x (B, inputs) times the coefficients.

        Args:
            x: inputs.
            origin: of the coordinate u = (x - origin) rate.
            rate: likewise; 0 and 1 where x itself is meant.
            weight: (slots * inputs, outputs), knot-major.
        """
        batch, inputs = x.shape
        u = (x - origin) * rate if self.is_cardinal else x
        line = self.get_buffer("line")
        cell = self._cells(u)
        p = self.degree
        inside = (u >= line[0]) & (u < line[-1])
        zero = torch.where(u == u, torch.zeros_like(u), u)
        weights: list[Tensor] = []
        rows: list[Tensor] = []
        place = torch.arange(inputs, device=x.device)
        for q, value in enumerate(self._values(u, cell)):
            slot = cell + (q - p)
            used = inside & (slot >= 0) & (slot < self.slots)
            weights.append(torch.where(used, value, zero))
            rows.append(slot.clamp(0, self.slots - 1) * inputs + place)
        index = torch.stack(rows, dim=1).reshape(batch, (p + 1) * inputs)
        factor = torch.stack(weights, dim=1).reshape(batch, (p + 1) * inputs)
        return functional.embedding_bag(
            index, weight, mode="sum", per_sample_weights=factor
        )

    def _values(self, u: Tensor, cell: Tensor) -> list[Tensor]:
        """De Boor's recurrence: the p + 1 splines that live on the cell."""
        p = self.degree
        if self.is_cardinal:
            start = self.get_buffer("line")[0, 0]
            r = u - (cell.to(u.dtype) + start)
            left = [r + j for j in range(p)]
            right = [1 + j - r for j in range(p)]
        else:
            padded = self.get_buffer("padded")
            left = [u - _take(padded, cell + p - j) for j in range(p)]
            right = [_take(padded, cell + p + 1 + j) - u for j in range(p)]
        out = [torch.ones_like(u)]
        for d in range(1, p + 1):
            saved = torch.zeros_like(u)
            for q in range(d):
                width = d if self.is_cardinal else right[q] + left[d - 1 - q]
                term = out[q] / width
                out[q] = saved + right[q] * term
                saved = left[d - 1 - q] * term
            out.append(saved)
        return out


def _take(table: Tensor, rows: Tensor) -> Tensor:
    """Return table[rows[b, i], i], or table[rows[b, i], 0] of a shared table."""
    if table.shape[1] == 1:
        return table[:, 0][rows]
    return table.gather(0, rows)
