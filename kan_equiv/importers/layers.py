"""The stages of one KAN layer with a base branch, from exact parts."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from kan_equiv.errors import UnsupportedModelError
from kan_equiv.exact.tensor import Tensor
from kan_equiv.ir.basis import (
    AtomBasis,
    Basis,
    ConcatenatedBasis,
    MonomialBasis,
    TruncatedPowerBasis,
)
from kan_equiv.ir.linear import Dense, Interleave, LinearMap
from kan_equiv.ir.stage import Affine, Bank, zero_bias
from kan_equiv.ir.univariate import Atom

__all__ = ["BASE_FUNCTIONS", "base_basis", "kan_layer"]

Factors = tuple[tuple[Tensor, str], ...]
BASE_FUNCTIONS = ("silu", "identity", "zero", "relu", "tanh", "sigmoid", "gelu")


def base_basis(name: str, option: str, allowed: Sequence[str]) -> Basis | None:
    """Return the basis of a base function, None for zero.

    Raises:
        UnsupportedModelError: the function is none of ``allowed``.
    """
    if name not in allowed:
        raise UnsupportedModelError(
            f"{option} must be one of {list(allowed)}, got {option}={name!r}"
        )
    if name == "zero":
        return None
    if name == "identity":
        return MonomialBasis((1,))
    if name == "relu":
        return TruncatedPowerBasis(((Fraction(0), 1),))
    return AtomBasis((Atom(name),))


def kan_layer(
    splines: Sequence[Basis],
    shape: tuple[int, int, int],
    spline_factors: Factors,
    base: Basis | None,
    base_factors: Factors,
    bias: Tensor | None = None,
) -> tuple[Bank, Affine]:
    """Return Bank and Affine of a layer.

    Args:
        splines: one basis per input.
        shape: (out_features, in_features, functions per input).
        spline_factors: tensors whose product is the coefficient of (o, i, k).
        base: basis of the base branch, or None.
        base_factors: tensors whose product is the base coefficient of (o, i).
        bias: exact bias of the layer.
    """
    m, n, width = shape
    weight: LinearMap = Dense(m, n, width, spline_factors)
    bank = list(splines)
    if base is not None:
        bank = [ConcatenatedBasis((s, base)) for s in splines]
        weight = Interleave(n, (weight, Dense(m, n, 1, base_factors)))
    return Bank.of(bank), Affine(weight, zero_bias(m) if bias is None else bias)
