"""Tensors that depend on the input: functions of one variable on vectors of mixes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from kan_equiv.errors import (
    IrrationalBreakpointError,
    LoadError,
    NotSeparableError,
    UnsupportedModelError,
)
from kan_equiv.exact.tensor import RationalTensor, Tensor
from kan_equiv.importers.graphs.constants import (
    SAMPLE_LIMIT,
    Array,
    Constant,
    check_size,
)
from kan_equiv.importers.pointwise import composed
from kan_equiv.ir.linear import BlockDiagonal, Dense, LinearMap, Selection, compose
from kan_equiv.ir.univariate import IDENTITY, Univariate

__all__ = ["Operand", "Symbolic", "Term", "Vector", "whole_map"]

DEGREE_LIMIT = 32
CELLS_LIMIT = 128
"""Functions beyond these begin a new vector instead of being composed further."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Vector:
    """The input, or sum of map(features) over the terms, plus a bias; compared as is.

    Attributes:
        size: number of entries.
        terms: (linear map, the features it mixes, in C order); none for the input.
        bias: what is added, None for nothing.
        level: 0 for the input, else one more than the highest that it mixes.
    """

    size: int
    terms: tuple[Term, ...] = ()
    bias: Tensor | None = None
    level: int = field(init=False)

    def __post_init__(self) -> None:
        levels = [1 + features.level for _, features in self.terms]
        object.__setattr__(self, "level", max(levels, default=0))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Symbolic:
    """A tensor: entry e is functions[which[e]] of entry index[e] of the vectors.

    Attributes:
        batch: which axis of the tensor counts the samples, None for none; the arrays
            below are without it.
        vectors: what ``index`` counts through, one after the other.
        index: integers of the tensor's shape.
        functions: what is applied.
        which: integers of the tensor's shape.
        is_shared: whether several operations read these entries; scales and shifts are
            then left to each of them, as grids are to the edges of a KAN.
    """

    batch: int | None
    vectors: tuple[Vector, ...]
    index: Array
    functions: tuple[Univariate, ...]
    which: Array
    is_shared: bool = False

    @classmethod
    def whole(cls, vector: Vector, shape: Sequence[int], batch: int | None) -> Symbolic:
        """Return all entries of a vector in the shape given."""
        index = np.arange(vector.size).reshape(shape)
        return cls(batch, (vector,), index, (IDENTITY,), np.zeros_like(index))

    @property
    def rank(self) -> int:
        """Number of axes, with the batch."""
        return self.index.ndim + (self.batch is not None)

    @property
    def shape(self) -> tuple[int, ...]:
        """Numbers of entries along the axes, without the batch."""
        return self.index.shape

    @property
    def size(self) -> int:
        """Number of entries of one sample."""
        return self.index.size

    @property
    def level(self) -> int:
        """The highest level of the vectors."""
        return max(v.level for v in self.vectors)

    @property
    def is_whole(self) -> bool:
        """Whether this is one mixed vector as it is, up to its shape."""
        return (
            len(self.vectors) == 1
            and bool(self.vectors[0].terms)
            and self.size == self.vectors[0].size
            and all(f == IDENTITY for f in self.functions)
            and bool((self.index.ravel() == np.arange(self.size)).all())
        )

    def axis(self, dim: int) -> int:
        """Return an axis of the arrays for one of the tensor.

        Raises:
            LoadError: there is no such axis.
            UnsupportedModelError: it is that of the batch.
        """
        if not -self.rank <= dim < self.rank:
            raise LoadError(f"axis must lie in 0..{self.rank - 1}, got {dim}")
        place = dim % self.rank
        if place == self.batch:
            raise UnsupportedModelError(
                "it works along the batch, so its result is no function of one sample"
            )
        return place if self.batch is None or place < self.batch else place - 1

    def placed(self, batch: int | None) -> Symbolic:
        """Return the tensor with its batch as another axis, the others in order."""
        return replace(self, batch=batch)

    def moved(self, operation: Callable[[Array], Array]) -> Symbolic:
        """Apply a numpy function that moves, copies or drops entries."""
        return replace(
            self, index=operation(self.index), which=operation(self.which)
        ).compressed()

    def compressed(self) -> Symbolic:
        """Return the same tensor without functions and vectors that nothing uses."""
        used, which = np.unique(self.which, return_inverse=True)
        known: dict[Univariate, int] = {}
        numbers = [
            known.setdefault(self.functions[u], len(known)) for u in used.tolist()
        ]
        again = np.array(numbers, dtype=np.int64)
        starts = np.cumsum([0, *(v.size for v in self.vectors)])
        owner = np.searchsorted(starts, self.index, side="right") - 1
        shift = np.zeros(len(self.vectors), dtype=np.int64)
        kept: list[Vector] = []
        total = 0
        for k, vector in enumerate(self.vectors):
            if (owner == k).any():
                shift[k] = starts[k] - total
                total += vector.size
                kept.append(vector)
        return Symbolic(
            self.batch,
            tuple(kept),
            self.index - shift[owner],
            tuple(known),
            again[which.reshape(self.shape)],
            self.is_shared,
        )

    def map(self, g: Univariate) -> Symbolic:
        """Apply a function to every entry."""
        value = self
        single = not self.is_shared and len(np.unique(self.index)) == self.size
        if not _is_affine(g) and single and self._is_rescaled_vector():
            value = self.materialized()
        try:
            functions = tuple(_small(composed(g, f)) for f in value.functions)
        except (NotSeparableError, IrrationalBreakpointError):
            value = value.materialized()
            functions = tuple(g.compose(f) for f in value.functions)
        return replace(value, functions=functions)

    def map_each(
        self, c: Array, operation: Callable[[Univariate, Fraction], Univariate]
    ) -> Symbolic:
        """Apply operation(function, number) with Fractions of this shape."""
        known: dict[tuple[int, Fraction], int] = {}
        pairs = zip(self.which.ravel().tolist(), c.ravel().tolist(), strict=True)
        flat = [known.setdefault(pair, len(known)) for pair in pairs]
        functions = tuple(operation(self.functions[w], v) for w, v in known)
        which = np.array(flat, dtype=np.int64).reshape(self.shape)
        return replace(self, functions=functions, which=which).compressed()

    def _is_rescaled_vector(self) -> bool:
        """Whether this is affine in one mixed vector, and not a mere copy of entries.

        Scales then belong into that vector's map; of the input they stay edges.
        """
        return (
            len(self.vectors) == 1
            and bool(self.vectors[0].terms)
            and all(_is_affine(f) for f in self.functions)
            and any(f != IDENTITY for f in self.functions)
        )

    def through(self, m: LinearMap) -> Vector:
        """Return the vector of m times these entries, in C order."""
        if not self._is_rescaled_vector():
            return Vector(m.out_features, ((m, self),))
        terms, bias = self.mixed()
        shifts = None if bias is None else m.apply_exact(list(bias.fractions()))
        return Vector(
            m.out_features,
            tuple((_product(own, m), u) for own, u in terms),
            None if shifts is None else _bias(shifts),
        )

    def materialized(self) -> Symbolic:
        """Return this tensor as a whole vector of its own."""
        terms, bias = self.mixed()
        return Symbolic.whole(Vector(self.size, terms, bias), self.shape, self.batch)

    def mixed(self, level: int = 0) -> tuple[tuple[Term, ...], Tensor | None]:
        """Return terms and bias whose sum is this tensor, in C order.

        The terms of a vector below ``level`` are left in it: a residual branch is kept
        as what it is, instead of all that it was made of.
        """
        if self.is_whole and self.level >= level:
            (vector,) = self.vectors
            return vector.terms, vector.bias
        slopes, shifts, rest = self._split()
        scale = _scaling(slopes)
        if rest.functions == (IDENTITY,) and len(self.vectors) == 1:
            (vector,) = self.vectors
            if vector.terms and vector.level >= level:
                rows = Selection(tuple(self.index.ravel().tolist()), vector.size)
                terms = tuple((_product(m, rows, scale), u) for m, u in vector.terms)
                if vector.bias is not None:
                    own = list(vector.bias.fractions())
                    picked = self.index.ravel().tolist()
                    shifts = [
                        b + a * own[i]
                        for b, a, i in zip(shifts, slopes, picked, strict=True)
                    ]
                return terms, _bias(shifts)
        return ((_product(whole_map(self.size), scale), rest),), _bias(shifts)

    def _split(self) -> tuple[list[Fraction], list[Fraction], Symbolic]:
        """Return slopes, shifts and a tensor with this = slopes * tensor + shifts."""
        parts = [_parts(f) for f in self.functions]
        each = [parts[w] for w in self.which.ravel().tolist()]
        rest = replace(self, functions=tuple(f for _, _, f in parts)).compressed()
        return [a for a, _, _ in each], [b for _, b, _ in each], rest

    def broadcast(self, shape: Sequence[int]) -> Symbolic:
        """Return the tensor repeated to a shape without the batch."""
        check_size(shape, SAMPLE_LIMIT)
        return self.moved(lambda a: np.broadcast_to(a, shape))

    def aligned(self, other: Constant) -> Constant:
        """Return a constant without the axis that would meet the batch.

        Raises:
            UnsupportedModelError: it differs from sample to sample.
        """
        if self.batch is None:
            return other
        place = other.rank - (self.rank - self.batch)
        if place < 0:
            return other
        rows = other.moved(lambda a: np.moveaxis(a, place, 0)).array
        if not len(rows) or not (rows == rows[:1]).all():
            raise UnsupportedModelError(
                f"the constant {other.name or 'beside it'} of shape {other.shape} "
                "differs along the batch"
            )
        return Constant(rows[0, ...], other.name)


Term: TypeAlias = tuple[LinearMap, Symbolic]
Operand: TypeAlias = Constant | Symbolic


def whole_map(n: int) -> LinearMap:
    """Return the identity map."""
    return Selection(tuple(range(n)), n)


def _is_affine(f: Univariate) -> bool:
    p = f.pieces
    return f.is_piecewise_polynomial and not p.breakpoints and p.degree <= 1


def _parts(f: Univariate) -> tuple[Fraction, Fraction, Univariate]:
    """Return (a, b, g) with f = a g + b, g the identity where f is affine."""
    p = f.pieces.pieces[0]
    if _is_affine(f):
        return p.coefficient(1), p.coefficient(0), IDENTITY
    return Fraction(1), Fraction(0), f


def _small(f: Univariate) -> Univariate:
    if f.pieces.degree > DEGREE_LIMIT or len(f.breakpoints) > CELLS_LIMIT:
        raise NotSeparableError("more pieces or powers than are worth composing")
    return f


def _scaling(factors: Sequence[Fraction]) -> LinearMap | None:
    """Return the diagonal map of these factors, None where all are 1."""
    if all(a == 1 for a in factors):
        return None
    kinds = {a: k for k, a in enumerate(dict.fromkeys(factors))}
    blocks = [
        Dense.matrix(RationalTensor.from_fractions([a], (1, 1), "scale")) for a in kinds
    ]
    return BlockDiagonal(tuple(blocks), tuple(kinds[a] for a in factors))


def _product(*maps: LinearMap | None) -> LinearMap:
    """Return the product of maps, the first one applied first, identities left out."""
    kept = [m for m in maps if m is not None]
    moving = [m for m in kept if m != whole_map(m.in_features)]
    return compose(*(moving or kept[:1]))


def _bias(shifts: Sequence[Fraction]) -> Tensor | None:
    if not any(shifts):
        return None
    return RationalTensor.from_fractions(shifts, (len(shifts),), "bias")
