"""Products of basis values with coefficients, in the precision that was asked for."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from kan_equiv.emit.formats import Precision

__all__ = ["add_product", "split_values"]


def add_product(
    total: Tensor,
    columns: Tensor,
    weight: Sequence[Tensor],
    precision: Precision,
    divisor: int = 1,
) -> Tensor:
    """Return total + columns @ sum(weight) / divisor.

    Args:
        total: (outputs,) or (B, outputs).
        columns: values of shape (B, columns) in the module's dtype.
        weight: terms of shape (columns, outputs) in the precision's format.
        precision: how the product is split.
        divisor: an integer that is exact in the module's dtype.
    """
    terms = split_values(columns, precision)
    # The small products first: the sum then loses the least.
    pairs = [
        (terms[a], weight[w].to(terms[a].dtype))
        for a, w in reversed(precision.products)
    ]
    if divisor == 1:
        for a, w in pairs:
            total = torch.addmm(total, a, w)
        return total
    part = torch.mm(*pairs[0])
    for a, w in pairs[1:]:
        part = torch.addmm(part, a, w)
    return total + part / divisor


def split_values(columns: Tensor, precision: Precision) -> list[Tensor]:
    """Return terms of the precision's format, kept in the module's dtype.

    Each product of two of them is exact there, as on tensor cores; gradients pass
    through the rounding.
    """
    if not precision.values:
        return [columns]
    out = [_rounded(columns, precision.values)]
    rest = columns.detach()
    for _ in range(precision.terms - 1):
        rest = rest - out[-1].detach()
        out.append(_rounded(rest, precision.values))
    return out


def _rounded(x: Tensor, name: str) -> Tensor:
    if name in ("float16", "bfloat16"):
        return x.to(getattr(torch, name)).to(x.dtype)
    # TF32 keeps 10 of float32's 23 fraction bits: round to nearest, ties away.
    bits = x.detach().view(torch.int32)
    near = ((bits + 0x1000) & ~0x1FFF).view(torch.float32)
    near = torch.where(x.isfinite(), near, x.detach())
    return x + (near - x).detach()
