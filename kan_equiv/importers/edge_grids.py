"""Layers whose edges may have knots of their own: inputs are copied where they do."""

from __future__ import annotations

from collections.abc import Sequence

from kan_equiv.errors import LoadError
from kan_equiv.exact.tensor import FloatTensor, Tensor
from kan_equiv.importers.layers import Factors, kan_layer
from kan_equiv.importers.slices import part
from kan_equiv.ir.basis import Basis
from kan_equiv.ir.linear import BlockDiagonal
from kan_equiv.ir.stage import Affine, Bank, Stage, select

__all__ = ["edge_layer"]


def edge_layer(
    bases: Sequence[Basis],
    shape: tuple[int, int, int],
    spline_factors: Factors,
    base: Basis | None,
    base_factors: Factors,
    bias: Tensor,
) -> tuple[Stage, ...]:
    """Return the stages of a layer from one basis an edge, or one an input.

    Args:
        bases: of edge (o, i) at o * in_features + i; or one for each input.
        shape: (out_features, in_features, functions per edge).
        spline_factors: tensors whose product is the coefficient of (o, i, k); every one
            has the outputs as its first axis.
        base: basis of the base branch, or None.
        base_factors: the same for the base branch, (o, i).
        bias: exact bias of the layer.
    """
    m, n, size = shape
    if all(basis == bases[e % n] for e, basis in enumerate(bases)):
        return kan_layer(bases[:n], shape, spline_factors, base, base_factors, bias)
    rows = [
        kan_layer(
            bases[o * n : (o + 1) * n],
            (1, n, size),
            _row(spline_factors, o),
            base,
            _row(base_factors, o),
        )
        for o in range(m)
    ]
    total = BlockDiagonal.of(affine.weight for _, affine in rows)
    columns = [bank.basis(i) for bank, _ in rows for i in range(n)]
    copies = select([e % n for e in range(m * n)], n)
    return copies, Bank.of(columns), Affine(total, bias)


def _row(factors: Factors, o: int) -> Factors:
    out: Factors = ()
    for tensor, axes in factors:
        if not isinstance(tensor, FloatTensor) or axes[0] != "o":
            raise LoadError(f"tensor {tensor.name} must have its outputs first")
        out += ((part(tensor, o, o + 1), axes),)
    return out
