"""Exact linear maps that keep their structure: nothing is multiplied out early.

Selections, direct sums and compositions; ``Dense`` and ``Interleave`` hold the numbers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate

import numpy as np

from kan_equiv.errors import ValidationError
from kan_equiv.exact.enclosure import Number
from kan_equiv.ir.dense import Dense, Interleave
from kan_equiv.ir.linear_map import Columns, LinearMap, merge_columns

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

    @classmethod
    def of(cls, blocks: Iterable[LinearMap]) -> BlockDiagonal:
        """Build from one block per group; equal ones become one object."""
        index: dict[LinearMap, int] = {}
        block_of = tuple(index.setdefault(b, len(index)) for b in blocks)
        return cls(tuple(index), block_of)

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
        return merge_columns(picked, len(which))

    def apply(self, x: Sequence[Number]) -> list[Number]:
        outs: list[Number] = []
        start = 0
        for b in self.block_of:
            block = self.blocks[b]
            outs += block.apply(x[start : start + block.in_features])
            start += block.in_features
        return outs


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

    def apply(self, x: Sequence[Number]) -> list[Number]:
        first, *others = self.maps
        if isinstance(first, Selection):  # copies lose nothing, also of enclosures
            return compose(*others).apply(first.apply(x))
        return LinearMap.apply(self, x)


def compose(first: LinearMap, *later: LinearMap) -> LinearMap:
    """Return the product of maps, flat, the first one applied first."""
    maps = [f for m in (first, *later) for f in _flat(m)]
    return maps[0] if len(maps) == 1 else Composition(tuple(maps))


def _flat(m: LinearMap) -> list[LinearMap]:
    if isinstance(m, Composition):
        return [f for part in m.maps for f in _flat(part)]
    return [m]
