"""The stages of one KAN layer with a base branch, from exact parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeAlias

from kan_equiv.errors import LoadError, UnsupportedModelError
from kan_equiv.exact.tensor import FloatTensor, Tensor
from kan_equiv.ir.basis import (
    AtomBasis,
    Basis,
    ConcatenatedBasis,
    MonomialBasis,
    TruncatedPowerBasis,
)
from kan_equiv.ir.knots import KnotVector
from kan_equiv.ir.linear import Dense, Interleave, LinearMap
from kan_equiv.ir.stage import Affine, Bank, zero_bias
from kan_equiv.ir.univariate import Atom

__all__ = [
    "BASE_FUNCTIONS",
    "RELU",
    "REPEATED",
    "base_basis",
    "degree_of",
    "kan_layer",
    "per_point",
    "spline_bases",
]

Factors: TypeAlias = tuple[tuple[Tensor, str], ...]
BASE_FUNCTIONS = ("silu", "identity", "zero", "relu", "tanh", "sigmoid", "gelu")
REPEATED = (
    "the original computes NaN for every x on knots that repeat; update_grid on data "
    "that varies repairs such a grid"
)
RELU = TruncatedPowerBasis(((Fraction(0), 1),))


def base_basis(name: str, option: str, allowed: Sequence[str]) -> Basis | None:
    """Return the basis of a base function, None for zero.

    Raises:
        UnsupportedModelError: the function is none of ``allowed``.
    """
    if name not in allowed:
        raise UnsupportedModelError(
            f"{option} must be one of {', '.join(allowed)}, got {option}={name!r}"
        )
    if name == "zero":
        return None
    if name == "identity":
        return MonomialBasis((1,))
    return RELU if name == "relu" else AtomBasis((Atom(name),))


def degree_of(grid: FloatTensor, functions: int, layer: int) -> int:
    """Return the degree that a grid of K knots and K - degree - 1 functions have.

    Raises:
        LoadError: that is less than 1.
    """
    count = grid.shape[1]
    if count - functions < 2:
        raise LoadError(
            f"layer {layer}: {count} knots an input ({grid.name}) do not fit "
            f"{functions} coefficients an edge: the degree would be "
            f"{count - functions - 1}, and it must be 1 or more"
        )
    return count - functions - 1


def spline_bases(
    grid: FloatTensor,
    layer: int,
    make: Callable[[KnotVector], Basis],
    repeated: str = "",
) -> list[Basis]:
    """Return one basis per row of ``grid``; equal rows share one.

    Args:
        grid: knots, shape (in_features, knots per input).
        layer: its number, for messages.
        make: the basis on a knot vector.
        repeated: what the original does with repeated knots, if that is no function.

    Raises:
        LoadError: knots decrease, or repeat where ``repeated`` says that they must not.
    """
    known: dict[tuple[float, ...], Basis] = {}
    bases: list[Basis] = []
    for i, values in enumerate(grid.to_float64().tolist()):
        row = tuple(float(v) for v in values)
        if row not in known:
            _check_order(row, layer, i, repeated)
            known[row] = make(KnotVector.of(row))
        bases.append(known[row])
    return bases


def _check_order(row: tuple[float, ...], layer: int, i: int, repeated: str) -> None:
    for j in range(1, len(row)):
        if row[j] < row[j - 1] or (repeated and row[j] == row[j - 1]):
            need = "increase strictly" if repeated else "be non-decreasing"
            why = f" {repeated}" if repeated and row[j] == row[j - 1] else ""
            raise LoadError(
                f"layer {layer}, input {i}: knots must {need}, got t[{j}]={row[j]!r} "
                f"after t[{j - 1}]={row[j - 1]!r}.{why}"
            )


def per_point(weight: FloatTensor, points: int, inputs: int | None) -> Dense:
    """Return a matrix (out, in * points) by input and point of a grid.

    Args:
        weight: of a Linear layer that mixes the functions of all inputs.
        points: of the grid, one function each.
        inputs: their number where it is known.

    Raises:
        LoadError: the columns do not split into inputs and points.
    """
    m, columns = weight.shape
    n = columns // points
    if n * points != columns or inputs not in (None, n):
        raise LoadError(
            f"tensor {weight.name} must have shape (any, {inputs or 'inputs'} * "
            f"{points}) for {points} points of the grid, got shape={weight.shape}"
        )
    return Dense(m, n, points, ((weight, "oc"),))


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
        with_base = {s: ConcatenatedBasis((s, base)) for s in splines}
        bank = [with_base[s] for s in splines]
        weight = Interleave(n, (weight, Dense(m, n, 1, base_factors)))
    return Bank.of(bank), Affine(weight, zero_bias(m) if bias is None else bias)
