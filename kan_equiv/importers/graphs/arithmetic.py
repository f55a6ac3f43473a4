"""Sums, products, maxima and concatenation of tensors of a graph."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from kan_equiv.errors import (
    LoadError,
    NotSeparableError,
    UnsupportedModelError,
)
from kan_equiv.exact.tensor import RationalTensor, Tensor
from kan_equiv.importers.graphs.constants import Array, Constant
from kan_equiv.importers.graphs.symbolic import Operand, Symbolic, Vector
from kan_equiv.importers.pointwise import RELU, SQUARE, constant, line
from kan_equiv.ir.atom_patterns import times_line
from kan_equiv.ir.univariate import Univariate

__all__ = [
    "add",
    "apply",
    "concatenate",
    "divide",
    "maximum",
    "minimum",
    "multiply",
    "scale",
    "subtract",
]

ONE = Fraction(1)


def apply(value: Operand, function: Univariate) -> Operand:
    """Return the function of every entry."""
    if isinstance(value, Constant):
        return value.mapped(function)
    return value.map(function)


def scale(value: Operand, factor: Fraction) -> Operand:
    """Return a multiple."""
    return value if factor == 1 else apply(value, line(factor))


def add(u: Operand, v: Operand) -> Operand:
    """Return u + v."""
    if isinstance(u, Constant):
        return u.pointwise(v, operator.add) if isinstance(v, Constant) else add(v, u)
    if isinstance(v, Constant):
        return _plus(u, v)
    u, v = _together(u, v)
    if (u.index == v.index).all():
        return _pairwise(u, v, operator.add)
    u, v = u.compressed(), v.compressed()
    level = max(u.level, v.level)
    (left, a), (right, b) = u.mixed(level), v.mixed(level)
    vector = Vector(u.size, (*left, *right), _sum(a, b))
    return Symbolic.whole(vector, u.shape, u.batch)


def subtract(u: Operand, v: Operand) -> Operand:
    """Return u - v."""
    return add(u, scale(v, -ONE))


def multiply(u: Operand, v: Operand) -> Operand:
    """Return u v: functions where both are of the same entries, else by squares.

    4 u v = (u + v)^2 - (u - v)^2 holds for all numbers.
    """
    if isinstance(u, Constant):
        if isinstance(v, Constant):
            return u.pointwise(v, operator.mul)
        return multiply(v, u)
    if isinstance(v, Constant):
        u, c = _met(u, v)
        return u.map_each(c, lambda f, factor: f.scale(factor))
    u, v = _together(u, v)
    if (u.index == v.index).all():
        try:
            return _pairwise(u, v, _product)
        except NotSeparableError:
            pass
    plus = apply(add(u, v), SQUARE)
    minus = apply(subtract(u, v), SQUARE)
    return scale(subtract(plus, minus), ONE / 4)


def divide(u: Operand, v: Operand) -> Operand:
    """Return u / v for a constant v.

    Raises:
        UnsupportedModelError: v depends on the input, or has a zero.
    """
    if isinstance(v, Symbolic):
        raise UnsupportedModelError("it divides by what depends on the input")
    if not v.fractions().all():
        raise UnsupportedModelError("it divides by 0")
    return multiply(u, v.mapped(lambda value: 1 / value))


def maximum(u: Operand, v: Operand) -> Operand:
    """Return max(u, v) = v + relu(u - v)."""
    if isinstance(u, Constant) and isinstance(v, Constant):
        return u.pointwise(v, np.maximum)
    if isinstance(v, Symbolic):
        u, v = v, u
    return add(apply(subtract(u, v), RELU), v)


def minimum(u: Operand, v: Operand) -> Operand:
    """Return min(u, v)."""
    return scale(maximum(scale(u, -ONE), scale(v, -ONE)), -ONE)


def concatenate(values: Sequence[Operand], axis: int) -> Operand:
    """Return tensors one after the other along an axis.

    Raises:
        LoadError: there are none, or their shapes do not fit.
    """
    ranks = {v.rank for v in values}
    if len(ranks) != 1:
        raise LoadError(f"tensors with {sorted(ranks)} axes cannot be concatenated")
    depending = [v for v in values if isinstance(v, Symbolic)]
    if not depending:
        return Constant(np.concatenate([v.array for v in _constants(values)], axis))
    first = depending[0]
    if any(v.batch != first.batch for v in depending):
        raise UnsupportedModelError("the batch is another axis in each")
    joined = _common([_lifted(v, first) for v in values])
    own = first.axis(axis)
    index = np.concatenate([v.index for v in joined], own)
    which = np.concatenate([v.which for v in joined], own)
    return replace(joined[0], index=index, which=which).compressed()


def _plus(u: Symbolic, c: Constant) -> Symbolic:
    u, numbers = _met(u, c)
    if u.is_shared or not u.is_whole:
        return u.map_each(numbers, lambda f, shift: f + constant(shift))
    (vector,) = u.vectors
    exact = u.aligned(c)
    if vector.bias is None and exact.shape == u.shape == (u.size,):
        bias: Tensor | None = exact.tensor()
    else:
        flat = numbers.ravel().tolist()
        bias = _sum(vector.bias, RationalTensor.from_fractions(flat, (u.size,)))
    return Symbolic.whole(Vector(u.size, vector.terms, bias), u.shape, u.batch)


def _met(u: Symbolic, c: Constant) -> tuple[Symbolic, Array]:
    """Return both repeated to one shape, the constant as Fractions."""
    numbers = u.aligned(c).fractions()
    shape = np.broadcast_shapes(u.shape, numbers.shape)
    wide = u if shape == u.shape else u.broadcast(shape)
    if u.batch is not None:
        wide = wide.placed(u.batch + max(c.rank - u.rank, 0))
    return wide, np.broadcast_to(numbers, shape)


def _together(u: Symbolic, v: Symbolic) -> tuple[Symbolic, Symbolic]:
    """Return both over common vectors and of one shape."""
    batch = _batch(u, v)
    shape = np.broadcast_shapes(u.shape, v.shape)
    wide = [w if w.shape == shape else w.broadcast(shape) for w in (u, v)]
    left, right = _common(wide)
    return left.placed(batch), right.placed(batch)


def _batch(u: Symbolic, v: Symbolic) -> int | None:
    """Return the batch axis of two tensors side by side, counted from the right."""
    if u.batch is None or v.batch is None:
        return None
    if u.rank - u.batch != v.rank - v.batch:
        raise UnsupportedModelError(
            f"the batch of a tensor with {u.rank} axes does not meet that of one with "
            f"{v.rank}"
        )
    return max(u.batch, v.batch)


def _common(values: Sequence[Symbolic]) -> list[Symbolic]:
    """Return tensors that count through the same vectors and functions."""
    vectors = tuple(dict.fromkeys(x for v in values for x in v.vectors))
    functions = tuple(dict.fromkeys(f for v in values for f in v.functions))
    starts = dict(
        zip(vectors, np.cumsum([0, *(x.size for x in vectors)]).tolist(), strict=False)
    )
    number = {f: k for k, f in enumerate(functions)}
    shared = any(v.is_shared for v in values)
    out: list[Symbolic] = []
    for v in values:
        own = np.cumsum([0, *(x.size for x in v.vectors)], dtype=np.int64)
        owner = np.searchsorted(own, v.index, side="right") - 1
        first = np.array([starts[x] for x in v.vectors], dtype=np.int64)
        shift = first - own[:-1]
        which = np.array([number[f] for f in v.functions], dtype=np.int64)[v.which]
        index = v.index + shift[owner]
        out.append(Symbolic(v.batch, vectors, index, functions, which, shared))
    return out


def _pairwise(u: Symbolic, v: Symbolic, operation: object) -> Symbolic:
    """Combine the functions of two tensors of the same entries."""
    assert callable(operation)
    known: dict[tuple[int, int], int] = {}
    pairs = zip(u.which.ravel().tolist(), v.which.ravel().tolist(), strict=True)
    flat = [known.setdefault(pair, len(known)) for pair in pairs]
    functions = tuple(operation(u.functions[a], u.functions[b]) for a, b in known)
    which = np.array(flat, dtype=np.int64).reshape(u.shape)
    return replace(u, functions=functions, which=which).compressed()


def _product(f: Univariate, g: Univariate) -> Univariate:
    """Return f g where that has an exact form.

    Raises:
        NotSeparableError: it has none.
    """
    if f.is_constant:
        return g.scale(f.pieces.pieces[0].coefficient(0))
    if g.is_constant:
        return f.scale(g.pieces.pieces[0].coefficient(0))
    if f.is_piecewise_polynomial and g.is_piecewise_polynomial:
        if f.pieces.degree + g.pieces.degree > 64:
            raise NotSeparableError("the degree of a product is above 64")
        return Univariate(f.pieces * g.pieces)
    if g.is_piecewise_polynomial:
        f, g = g, f
    found = times_line(f.pieces, g) if f.is_piecewise_polynomial else None
    if found is None:
        raise NotSeparableError("a product of transcendental functions")
    return found


def _sum(a: Tensor | None, b: Tensor | None) -> Tensor | None:
    if a is None or b is None:
        return b if a is None else a
    flat = [x + y for x, y in zip(a.fractions(), b.fractions(), strict=True)]
    return RationalTensor.from_fractions(flat, a.shape, "bias")


def _constants(values: Sequence[Operand]) -> list[Constant]:
    return [v for v in values if isinstance(v, Constant)]


def _lifted(value: Operand, like: Symbolic) -> Symbolic:
    """Return a constant as constant functions of an entry of another tensor."""
    if isinstance(value, Symbolic):
        return value
    numbers = like.aligned(value).fractions()
    zeros = np.zeros(numbers.shape, dtype=np.int64)
    base = Symbolic(like.batch, like.vectors, zeros, (constant(Fraction(0)),), zeros)
    return base.map_each(numbers, lambda _, v: constant(v))
