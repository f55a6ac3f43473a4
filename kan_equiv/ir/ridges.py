"""Sums of ridge functions: what one hidden layer with any weights is.

A word that starts with affine stages denotes S(v_1.x, v_2.x, ...): the rows before its
first bank are multiples of primitive integer vectors v, plus biases, and the rest S is
a sum of functions of single variables, where it is one. A word that starts with a bank
has the inputs themselves as its directions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from kan_equiv.exact.primitive import Direction, primitive_rows, vector
from kan_equiv.exact.tensor import FloatTensor, RationalTensor
from kan_equiv.ir.domain import Box, Interval
from kan_equiv.ir.linear import BlockDiagonal, Composition, Dense, LinearMap, Selection
from kan_equiv.ir.linear import compose as compose_maps
from kan_equiv.ir.separable import SeparableForm, separate
from kan_equiv.ir.stage import Affine, Stage

__all__ = ["RidgeForm", "direction_range", "mixes_first", "ridge_form"]

Array: TypeAlias = "np.ndarray[Any, Any]"


@dataclass(frozen=True, slots=True)
class RidgeForm:
    """x -> separable(v_1.x, ..., v_k.x), exactly.

    Attributes:
        in_features: number of inputs.
        directions: distinct primitive integer vectors v_1 ... v_k.
        separable: a sum of functions of k single variables.
    """

    in_features: int
    directions: tuple[Direction, ...]
    separable: SeparableForm


def ridge_form(
    stages: Sequence[Stage], in_features: int, box: Box | None = None
) -> RidgeForm:
    """Return the ridge form of a word of stages, on R^n or on a box.

    Inputs that a box fixes are substituted: no direction runs along them.

    Raises:
        NotSeparableError: a bank after the first one sees a mix of several directions,
            or a function that no exact univariate form here can hold.
    """
    count = _leading(stages)
    if not count:
        return RidgeForm(
            in_features, tuple(range(in_features)), separate(stages, in_features)
        )
    fixed = {} if box is None else _fixed(box)
    rows, bias = _rows([s for s in stages[:count] if isinstance(s, Affine)], fixed)
    index: dict[Direction, int] = {}
    places = [0 if v is None else index.setdefault(v, len(index)) for v, _ in rows]
    width = max(len(index), 1)
    scales = list(dict.fromkeys(factor for _, factor in rows))
    which = {factor: b for b, factor in enumerate(scales)}
    diagonal = BlockDiagonal(
        tuple(Dense.matrix(RationalTensor.from_fractions([s], (1, 1))) for s in scales),
        tuple(which[factor] for _, factor in rows),
    )
    first = Affine(
        Composition((Selection(tuple(places), width), diagonal)),
        RationalTensor.from_fractions(bias, (len(bias),)),
    )
    directions = tuple(index) or (0,)
    form = separate((first, *stages[count:]), width)
    return RidgeForm(in_features, directions, form)


def _leading(stages: Sequence[Stage]) -> int:
    """Return how many affine stages come first, 0 if there is nothing else."""
    for s, stage in enumerate(stages):
        if not isinstance(stage, Affine):
            return s
    return 0


def mixes_first(stages: Sequence[Stage]) -> bool:
    """Return whether a row of the affine stages that come first may mix inputs."""
    first = stages[: _leading(stages)]
    return any(_mixes(s.weight) for s in first if isinstance(s, Affine))


def _mixes(weight: LinearMap) -> bool:
    if isinstance(weight, Selection):
        return False
    if isinstance(weight, BlockDiagonal):
        return any(_mixes(block) for block in weight.blocks)
    if isinstance(weight, Composition):
        return any(_mixes(part) for part in weight.maps)
    if weight.in_features == 1:
        return False
    table, _ = _table(weight)
    return bool(((table != 0).sum(axis=1) > 1).any())


def direction_range(direction: Direction, box: Box) -> Interval:
    """Return the exact values of v.x on a box, whose sides may be half-lines."""
    if isinstance(direction, int):
        return box.intervals[direction]
    ends: list[Fraction | None] = []
    pairs = list(zip(vector(direction, len(box)), box, strict=True))
    for sign in (1, -1):
        terms = [(v, side.lo if v * sign > 0 else side.hi) for v, side in pairs if v]
        finite = [v * x for v, x in terms if x is not None]
        ends.append(sum(finite, Fraction(0)) if len(finite) == len(terms) else None)
    return Interval(*ends)


def _fixed(box: Box) -> dict[int, Fraction]:
    return {
        i: side.lo
        for i, side in enumerate(box)
        if side.lo is not None and side.lo == side.hi
    }


def _rows(
    stages: Sequence[Affine], fixed: dict[int, Fraction]
) -> tuple[list[tuple[Direction | None, Fraction]], list[Fraction]]:
    """Return the rows of the composed stages, and the biases at the fixed inputs."""
    weight = compose_maps(*(s.weight for s in stages))
    bias = [fixed.get(i, Fraction(0)) for i in range(stages[0].in_features)]
    for stage in stages:
        moved = stage.weight.apply_exact(bias) if any(bias) else None
        bias = list(stage.bias.fractions())
        if moved is not None:
            bias = [a + b for a, b in zip(bias, moved, strict=True)]
    table, d = _table(weight)
    if fixed:
        table = table.copy()
        table[:, list(fixed)] = 0
    rows = primitive_rows(table)
    return [(v, factor / d) for v, factor in rows] if d != 1 else rows, bias


def _table(weight: LinearMap) -> tuple[Array, int]:
    """Return the matrix as floats, or as integers over one denominator."""
    if isinstance(weight, Dense) and len(weight.factors) == 1:
        tensor, axes = weight.factors[0]
        if isinstance(tensor, FloatTensor) and axes == "oc":
            return tensor.to_float64(), 1
    rows, ints, d = weight.columns(range(weight.in_features))
    table = np.zeros((weight.out_features, weight.in_features), dtype=object)
    table[rows] = ints
    return table, d
