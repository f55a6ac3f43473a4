"""Sums of products along axes: matrices, einsum, sum and mean of tensors of a graph."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from kan_equiv.errors import LoadError, UnsupportedModelError
from kan_equiv.importers.graphs.constants import (
    SAMPLE_LIMIT,
    Array,
    Constant,
    check_size,
)
from kan_equiv.importers.graphs.plumbing import unsqueeze
from kan_equiv.importers.graphs.symbolic import Operand, Symbolic
from kan_equiv.ir.linear import BlockDiagonal, Dense, LinearMap

__all__ = ["einsum", "matmul", "sum_along"]


def matmul(u: Operand, v: Operand) -> Operand:
    """Return u @ v, at least one of them constant.

    Raises:
        UnsupportedModelError: both depend on the input, or a constant is no matrix.
    """
    if isinstance(u, Constant) and isinstance(v, Constant):
        return Constant(np.asarray(u.fractions() @ v.fractions()))
    value, matrix = (u, v) if isinstance(u, Symbolic) else (v, u)
    if not isinstance(matrix, Constant) or not isinstance(value, Symbolic):
        raise UnsupportedModelError(
            "it multiplies two tensors that depend on the input"
        )
    front = [*range(3, 1 + value.rank)]
    stack = [3] * (matrix.rank == 3 == value.rank)
    if matrix.rank - len(stack) != 2 or value.rank < (1 if value is u else 2):
        raise UnsupportedModelError(
            f"only matrices mix features, got a constant of shape {matrix.shape} and a "
            f"tensor with {value.rank} axes"
        )
    if value.rank == 1:
        return contract(value, [0], matrix, [0, 1], [1])
    if value is u:
        return contract(value, [*front, 2, 0], matrix, [*stack, 0, 1], [*front, 2, 1])
    return contract(value, [*front, 0, 2], matrix, [*stack, 1, 0], [*front, 1, 2])


def sum_along(
    value: Operand, dims: Sequence[int], keepdim: bool, factor: Fraction
) -> Operand:
    """Return factor times the sum along some axes.

    Raises:
        UnsupportedModelError: the batch is among them.
    """
    axes = {value.axis(d) for d in dims}
    if isinstance(value, Constant):
        total = np.asarray(value.fractions().sum(axis=tuple(axes), keepdims=keepdim))
        return Constant(total * factor, value.name)
    summed = sorted(d % value.rank for d in dims)
    letters = list(range(value.rank))
    kept = [a for a in letters if a not in summed]
    count = [value.shape[value.axis(d)] for d in summed]
    check_size(count)
    factors = Constant(np.full(count, factor, dtype=object), "factor")
    found: Operand = contract(value, letters, factors, summed, kept)
    for d in summed if keepdim else ():
        found = unsqueeze(found, d)
    return found


def einsum(equation: str, operands: Sequence[Operand]) -> Operand:
    """Return torch's einsum of one tensor and one constant.

    Raises:
        UnsupportedModelError: other operands, letters that repeat, an ellipsis, or
            a sum along the batch.
    """
    terms, arrow, out = equation.replace(" ", "").partition("->")
    names = terms.split(",")
    if not arrow or "." in equation or len(names) != 2 or len(operands) != 2:
        raise UnsupportedModelError(f"equation {equation!r} is of no known form")
    if any(len(set(n)) != len(n) for n in (*names, out)):
        raise UnsupportedModelError(f"letters repeat in a term of {equation!r}")
    (u, v), (left, right) = operands, names
    if isinstance(u, Constant):
        u, v, left, right = v, u, right, left
    if not isinstance(u, Symbolic) or not isinstance(v, Constant):
        raise UnsupportedModelError("one of the two operands must be constant")
    if len(left) != u.rank or len(right) != v.rank:
        raise LoadError(f"equation {equation!r} does not fit its operands")
    own, other = [ord(c) for c in left], [ord(c) for c in right]
    return contract(u, own, v, other, [ord(c) for c in out])


def contract(
    value: Symbolic,
    own: Sequence[int],
    matrix: Constant,
    other: Sequence[int],
    out: Sequence[int],
) -> Symbolic:
    """Return the sum over the axes that ``out`` lacks of value times matrix.

    Axes are named by integers: ``own`` those of the value, ``other`` those of the
    constant, ``out`` those of the result.

    Raises:
        UnsupportedModelError: an axis of one operand alone is summed, or samples are
            mixed.
        LoadError: sizes of a shared axis differ, or an axis of the result is unknown.
    """
    if value.batch is not None:
        samples = own[value.batch]
        if samples in other or samples not in out:
            raise UnsupportedModelError("it sums or multiplies along the batch")
        batch = out.index(samples)
        own, out = ([a for a in row if a != samples] for row in (own, out))
        plain = contract(value.placed(None), own, matrix, other, out)
        return plain.placed(batch)
    size = dict(zip(own, value.shape, strict=True))
    for letter, n in zip(other, matrix.shape, strict=True):
        if size.setdefault(letter, n) != n:
            raise LoadError(
                f"an axis of {size[letter]} features meets one of {n} in a product "
                f"with a constant of shape {matrix.shape}"
            )
    if not set(out) <= set(size) or (set(own) ^ set(other)) - set(out):
        raise UnsupportedModelError("it sums along an axis that only one operand has")
    shared = [a for a in own if a in other and a in out]
    summed = [a for a in own if a in other and a not in out]
    free = [a for a in own if a not in other]
    new = [a for a in other if a not in own]
    counts = [
        math.prod(size[a] for a in group) for group in (free, shared, new, summed)
    ]
    check_size(counts[:3], SAMPLE_LIMIT)
    check_size(counts[1:])
    order = [own.index(a) for a in (*free, *shared, *summed)]
    features = value.moved(lambda a: np.transpose(a, order))
    places = [other.index(a) for a in (*shared, *new, *summed)]
    blocks = matrix.moved(lambda a: np.transpose(a, places).reshape(counts[1:]))
    made = _blocks(blocks)
    number = {b: k for k, b in enumerate(dict.fromkeys(made))}
    block_of = [number[b] for b in made] * counts[0]
    every = BlockDiagonal(tuple(number), tuple(block_of))
    whole: LinearMap = made[0] if len(block_of) == 1 else every
    vector = features.through(whole)
    shape = [size[a] for a in (*free, *shared, *new)]
    found = Symbolic.whole(vector, shape, None)
    back = [[*free, *shared, *new].index(a) for a in out]
    return found.moved(lambda a: np.transpose(a, back))


def _blocks(matrices: Constant) -> list[LinearMap]:
    def of(k: int) -> LinearMap:
        def pick(a: Array) -> Array:
            return a[k]

        return Dense.matrix(matrices.moved(pick).tensor())

    return [of(k) for k in range(matrices.shape[0])]
