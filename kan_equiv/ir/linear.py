"""Exact linear maps that keep their structure: nothing is multiplied out early.

A map knows its rows (sparse, for structure) and blocks of its columns (integers over
one denominator, for arithmetic that streams input by input).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from kan_equiv.errors import ValidationError
from kan_equiv.exact.enclosure import Enclosure, Number
from kan_equiv.exact.hashing import HashedOnce
from kan_equiv.exact.rational import common_denominator
from kan_equiv.exact.tensor import (
    FloatTensor,
    RationalTensor,
    Tensor,
    integers_of,
    integers_of_floats,
)

__all__ = [
    "BlockDiagonal",
    "Columns",
    "Composition",
    "Dense",
    "Interleave",
    "LinearMap",
    "Selection",
    "compose",
]

Array: TypeAlias = "np.ndarray[Any, Any]"


class Columns(NamedTuple):
    """Some columns of a map: entry (rows[a], b-th asked column) = integers / d."""

    rows: Array
    integers: Array
    denominator: int


class LinearMap(HashedOnce, ABC):
    """An exact matrix of shape (out_features, in_features)."""

    __slots__ = ()

    @property
    @abstractmethod
    def out_features(self) -> int:
        """Number of rows."""

    @property
    @abstractmethod
    def in_features(self) -> int:
        """Number of columns."""

    @abstractmethod
    def row(self, r: int) -> dict[int, Fraction]:
        """Return the non-zero entries of one row by column, columns increasing."""

    @abstractmethod
    def columns(self, which: Sequence[int]) -> Columns:
        """Return the asked columns as integers over one denominator."""

    def apply(self, x: Sequence[Number]) -> list[Number]:
        """Return W x, rational where every used entry of x is."""
        return _apply(self, x)

    def apply_exact(self, x: Sequence[Fraction]) -> list[Fraction]:
        """Return W x for an exact rational vector."""
        y = self.apply(x)
        return [v for v in y if isinstance(v, Fraction)]

    def to_rational(self) -> RationalTensor:
        """Multiply out into one exact matrix."""
        m, n = self.out_features, self.in_features
        out: list[list[int]] = [[0] * n for _ in range(m)]
        denominators = [1] * n
        for start in range(0, n, 16):
            which = range(start, min(start + 16, n))
            rows, ints, d = self.columns(which)
            for b, c in enumerate(which):
                column: list[int] = ints[:, b].tolist()
                g = math.gcd(d, *column)
                denominators[c] = d // g
                for r, v in zip(rows.tolist(), column, strict=True):
                    out[r][c] = v // g
        flat = tuple(v for line in out for v in line)
        return RationalTensor((m, n), flat, tuple(denominators) or (1,))


@dataclass(frozen=True, slots=True)
class Dense(LinearMap):
    """W[o, i * width + k] = product over factors of tensor[indices named by axes].

    Each factor is a tensor with axes out of "o" (output), "i" (input), "k" (function
    of the basis), in the tensor's own order; missing letters broadcast. "c" stands for
    the whole column index i * width + k. So a checkpoint's coefficient, scale and mask
    tensors are used as they are stored.

    >>> w = RationalTensor.from_fractions([1, 2, 3, 4], (2, 2))
    >>> Dense.matrix(w).row(1)
    {0: Fraction(3, 1), 1: Fraction(4, 1)}
    """

    out: int
    inputs: int
    width: int
    factors: tuple[tuple[Tensor, str], ...]

    def __post_init__(self) -> None:
        if not self.factors:
            raise ValidationError("a dense map needs at least one factor")
        size = {
            "o": self.out,
            "i": self.inputs,
            "k": self.width,
            "c": self.inputs * self.width,
        }
        for tensor, axes in self.factors:
            bad = set(axes) - set(size) or len(set(axes)) != len(axes)
            if bad or ("c" in axes and ("i" in axes or "k" in axes)):
                raise ValidationError(
                    f"axes must be distinct of 'oik' or 'oc', {axes=}"
                )
            want = tuple(size[a] for a in axes)
            if tensor.shape != want:
                raise ValidationError(
                    f"tensor {tensor.name or '<unnamed>'} with {axes=} must have shape "
                    f"{want}, got shape={tensor.shape}"
                )

    @classmethod
    def matrix(cls, tensor: Tensor) -> Dense:
        """Wrap a plain matrix of shape (out_features, in_features)."""
        if len(tensor.shape) != 2:
            raise ValidationError(f"a matrix is needed, got shape={tensor.shape}")
        return cls(tensor.shape[0], tensor.shape[1], 1, ((tensor, "oc"),))

    def __hash__(self) -> int:
        return self._hash_once(self.out, self.inputs, self.width, self.factors)

    @property
    def out_features(self) -> int:
        return self.out

    @property
    def in_features(self) -> int:
        return self.inputs * self.width

    def row(self, r: int) -> dict[int, Fraction]:
        ints, d = self._gather(np.array([r]), np.arange(self.in_features))
        line: list[int] = ints[0].tolist()
        return {c: Fraction(v, d) for c, v in enumerate(line) if v}

    def columns(self, which: Sequence[int]) -> Columns:
        rows = np.arange(self.out)
        ints, d = self._gather(rows, np.asarray(which, dtype=np.int64))
        return Columns(rows, ints, d)

    def _gather(self, rows: Array, which: Array) -> tuple[Array, int]:
        index = {
            "o": rows[:, None],
            "i": which[None, :] // self.width,
            "k": which[None, :] % self.width,
            "c": which[None, :],
        }
        shape = (len(rows), len(which))
        product: Array | None = None
        denominator = 1
        for tensor, axes in self.factors:
            where = tuple(index[a] for a in axes)
            if isinstance(tensor, FloatTensor):
                part, d = integers_of_floats(tensor.to_float64()[where])
            else:
                whole, d = integers_of(tensor)
                part = whole[where]
            product = part if product is None else product * part
            denominator *= d
        return np.broadcast_to(np.asarray(product, dtype=object), shape), denominator


@dataclass(frozen=True, slots=True)
class Interleave(LinearMap):
    """For each input the columns of part 0, then those of part 1, and so on.

    Every part has ``inputs`` equal groups of columns; a concatenated basis (spline
    columns, then a SiLU column) is mixed by the interleaved maps of its parts.
    """

    inputs: int
    parts: tuple[LinearMap, ...]

    def __post_init__(self) -> None:
        if len(self.parts) < 1 or self.inputs < 1:
            raise ValidationError("an interleaved map needs parts and inputs")
        for part in self.parts:
            if part.in_features % self.inputs:
                raise ValidationError(
                    f"{part.in_features} columns do not split over {self.inputs} inputs"
                )
            if part.out_features != self.parts[0].out_features:
                raise ValidationError("all parts must have the same out_features")

    def __hash__(self) -> int:
        return self._hash_once(self.inputs, self.parts)

    @property
    def out_features(self) -> int:
        return self.parts[0].out_features

    @property
    def in_features(self) -> int:
        return sum(p.in_features for p in self.parts)

    @property
    def widths(self) -> tuple[int, ...]:
        """Columns per input of each part."""
        return tuple(p.in_features // self.inputs for p in self.parts)

    def row(self, r: int) -> dict[int, Fraction]:
        out: dict[int, Fraction] = {}
        total, start = sum(self.widths), 0
        for part, w in zip(self.parts, self.widths, strict=True):
            for c, v in part.row(r).items():
                out[c // w * total + start + c % w] = v
            start += w
        return dict(sorted(out.items()))

    def columns(self, which: Sequence[int]) -> Columns:
        total = sum(self.widths)
        starts = list(accumulate(self.widths, initial=0))
        picked: list[tuple[list[int], Columns]] = []
        for p, part in enumerate(self.parts):
            places = [
                b for b, c in enumerate(which) if starts[p] <= c % total < starts[p + 1]
            ]
            if places:
                w = self.widths[p]
                inner = [
                    which[b] // total * w + which[b] % total - starts[p] for b in places
                ]
                picked.append((places, part.columns(inner)))
        return _merge(picked, len(which))


@dataclass(frozen=True, slots=True)
class Selection(LinearMap):
    """y[j] = x[indices[j]]: copies, permutations and projections."""

    indices: tuple[int, ...]
    inputs: int

    def __post_init__(self) -> None:
        for j, i in enumerate(self.indices):
            if not 0 <= i < self.inputs:
                raise ValidationError(
                    f"indices[{j}]={i} must lie in 0..{self.inputs - 1}"
                )

    def __hash__(self) -> int:
        return self._hash_once(self.indices, self.inputs)

    @property
    def out_features(self) -> int:
        return len(self.indices)

    @property
    def in_features(self) -> int:
        return self.inputs

    def row(self, r: int) -> dict[int, Fraction]:
        return {self.indices[r]: Fraction(1)}

    def columns(self, which: Sequence[int]) -> Columns:
        indices = np.asarray(self.indices, dtype=np.int64)
        rows = np.nonzero(np.isin(indices, np.asarray(which, dtype=np.int64)))[0]
        equal = indices[rows][:, None] == np.asarray(which, dtype=np.int64)[None, :]
        return Columns(rows, equal.astype(np.int64).astype(object), 1)

    def apply(self, x: Sequence[Number]) -> list[Number]:
        return [x[i] for i in self.indices]


@dataclass(frozen=True, slots=True)
class BlockDiagonal(LinearMap):
    """The direct sum of ``blocks[block_of[g]]`` over the groups g, blocks shared."""

    blocks: tuple[LinearMap, ...]
    block_of: tuple[int, ...]

    def __post_init__(self) -> None:
        if set(self.block_of) != set(range(len(self.blocks))):
            raise ValidationError(
                f"block_of must use each of the {len(self.blocks)} blocks and no other"
            )

    def __hash__(self) -> int:
        return self._hash_once(self.blocks, self.block_of)

    @property
    def out_features(self) -> int:
        return _offsets(self)[0][-1]

    @property
    def in_features(self) -> int:
        return _offsets(self)[1][-1]

    def row(self, r: int) -> dict[int, Fraction]:
        outs, ins = _offsets(self)
        g = bisect_right(outs, r) - 1
        entries = self.blocks[self.block_of[g]].row(r - outs[g])
        return {ins[g] + c: v for c, v in entries.items()}

    def columns(self, which: Sequence[int]) -> Columns:
        outs, ins = _offsets(self)
        groups: dict[int, list[int]] = {}
        for b, c in enumerate(which):
            groups.setdefault(bisect_right(ins, c) - 1, []).append(b)
        picked: list[tuple[list[int], Columns]] = []
        for g, places in groups.items():
            block = self.blocks[self.block_of[g]]
            rows, ints, d = block.columns([which[b] - ins[g] for b in places])
            picked.append((places, Columns(rows + outs[g], ints, d)))
        return _merge(picked, len(which))


@lru_cache(maxsize=256)
def _offsets(m: BlockDiagonal) -> tuple[list[int], list[int]]:
    outs = [b.out_features for b in m.blocks]
    ins = [b.in_features for b in m.blocks]
    return (
        list(accumulate((outs[b] for b in m.block_of), initial=0)),
        list(accumulate((ins[b] for b in m.block_of), initial=0)),
    )


@dataclass(frozen=True, slots=True)
class Composition(LinearMap):
    """The product of maps, the first one applied first."""

    maps: tuple[LinearMap, ...]

    def __post_init__(self) -> None:
        if len(self.maps) < 2:
            raise ValidationError("a composition needs at least two maps")
        for a, b in zip(self.maps, self.maps[1:], strict=False):
            if a.out_features != b.in_features:
                raise ValidationError(
                    f"maps do not chain: {a.out_features} outputs into "
                    f"{b.in_features} inputs"
                )

    def __hash__(self) -> int:
        return self._hash_once(self.maps)

    @property
    def out_features(self) -> int:
        return self.maps[-1].out_features

    @property
    def in_features(self) -> int:
        return self.maps[0].in_features

    def row(self, r: int) -> dict[int, Fraction]:
        line = self.maps[-1].row(r)
        for m in reversed(self.maps[:-1]):
            total: dict[int, Fraction] = {}
            for c, v in line.items():
                for d, w in m.row(c).items():
                    total[d] = total.get(d, Fraction(0)) + v * w
            line = {c: v for c, v in sorted(total.items()) if v}
        return line

    def columns(self, which: Sequence[int]) -> Columns:
        rows, ints, d = self.maps[0].columns(which)
        for m in self.maps[1:]:
            outer_rows, outer, e = m.columns(rows.tolist())
            rows, ints, d = outer_rows, outer @ ints, d * e
        return Columns(rows, ints, d)


def compose(first: LinearMap, *later: LinearMap) -> LinearMap:
    """Return the product of maps, flat, the first one applied first."""
    maps: list[LinearMap] = []
    for m in (first, *later):
        maps.extend(m.maps if isinstance(m, Composition) else (m,))
    return maps[0] if len(maps) == 1 else Composition(tuple(maps))


def _merge(picked: list[tuple[list[int], Columns]], width: int) -> Columns:
    """Put column groups side by side over the union of their rows."""
    if not picked:
        return Columns(np.arange(0), np.zeros((0, width), dtype=object), 1)
    d = math.lcm(*(part.denominator for _, part in picked))
    if len(picked) == 1:
        rows = picked[0][1].rows
    else:
        rows = np.unique(np.concatenate([part.rows for _, part in picked]))
    out = np.zeros((len(rows), width), dtype=object)
    for places, part in picked:
        where = np.searchsorted(rows, part.rows)
        scale = d // part.denominator
        ints = part.integers if scale == 1 else part.integers * scale
        out[where[:, None], np.asarray(places)[None, :]] = ints
    return Columns(rows, out, d)


_CACHED_ENTRIES = 1 << 18


@lru_cache(maxsize=32)
def _all_columns(m: LinearMap) -> Columns:
    return m.columns(range(m.in_features))


def _apply(m: LinearMap, x: Sequence[Number]) -> list[Number]:
    used = [c for c, v in enumerate(x) if isinstance(v, Enclosure) or v]
    if m.out_features * m.in_features <= _CACHED_ENTRIES:
        rows, every, d = _all_columns(m)
        ints = every[:, used]
    else:
        rows, ints, d = m.columns(used)
    exact: list[int] = []
    rationals: list[Fraction] = []
    balls: list[int] = []
    for b, c in enumerate(used):
        value = x[c]
        if isinstance(value, Fraction):
            exact.append(b)
            rationals.append(value)
        else:
            balls.append(b)
    scaled, e = common_denominator(rationals)
    vector = np.array(scaled, dtype=object)
    sums = (ints[:, exact] @ vector).tolist() if exact else [0] * len(rows)
    out: list[Number] = [Fraction(0)] * m.out_features
    for r, s in zip(rows.tolist(), sums, strict=True):
        out[r] = Fraction(s, d * e)
    if balls:
        values = np.empty(len(balls), dtype=object)
        values[:] = [x[used[b]] for b in balls]
        inverse = Fraction(1, d)
        totals = (ints[:, balls] @ values).tolist()
        for r, s in zip(rows.tolist(), totals, strict=True):
            out[r] = s * inverse + out[r]
    return out
