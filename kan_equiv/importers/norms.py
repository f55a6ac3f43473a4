"""Layer normalization: an opaque vector atom, then its learned scale and shift."""

from __future__ import annotations

from fractions import Fraction

from kan_equiv.exact.tensor import RationalTensor
from kan_equiv.importers.tensors import StateDict, take
from kan_equiv.ir.linear import BlockDiagonal, Dense, LinearMap
from kan_equiv.ir.stage import Affine, Stage
from kan_equiv.ir.vector_atom import VectorAtom

__all__ = ["TORCH_EPSILON", "diagonal", "layer_norm"]

TORCH_EPSILON = Fraction(1e-5)
"""What nn.LayerNorm and nn.BatchNorm1d add to a variance, unless told otherwise."""


def diagonal(values: list[Fraction], name: str = "scale") -> LinearMap:
    """Return the diagonal matrix; equal entries are one block.

    >>> diagonal([Fraction(2), Fraction(3)]).row(1)
    {1: Fraction(3, 1)}
    """
    index: dict[Fraction, int] = {}
    block_of = tuple(index.setdefault(v, len(index)) for v in values)
    blocks = tuple(
        Dense.matrix(RationalTensor.from_fractions([v], (1, 1), name)) for v in index
    )
    return BlockDiagonal(blocks, block_of)


def layer_norm(
    state: StateDict, names: tuple[str, str], n: int, epsilon: Fraction
) -> tuple[Stage, ...]:
    """Return the stages of a layer normalization with learned scale and shift.

    Args:
        state: the state dict.
        names: keys of scale and shift, each of shape (n,).
        n: number of features.
        epsilon: what is added to the variance.
    """
    scale, shift = (take(state, name, (n,)) for name in names)
    learned = Affine(diagonal(list(scale.fractions()), scale.name), shift)
    return VectorAtom("layer_norm", n, (epsilon,)), learned
