"""The type of exact linear maps, and the arithmetic that all of them share.

A map knows its rows (sparse, for structure) and blocks of its columns (integers over
one denominator, for arithmetic that streams input by input).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from kan_equiv.exact.enclosure import Enclosure, Number
from kan_equiv.exact.hashing import HashedOnce
from kan_equiv.exact.rational import common_denominator
from kan_equiv.exact.tensor import RationalTensor

__all__ = ["Columns", "LinearMap", "merge_columns"]

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


def merge_columns(picked: list[tuple[list[int], Columns]], width: int) -> Columns:
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
        # A zero weight must not turn a rational into a ball.
        touched = np.nonzero((ints[:, balls] != 0).any(axis=1))[0]
        totals = (ints[touched][:, balls] @ values).tolist()
        for r, s in zip(rows[touched].tolist(), totals, strict=True):
            out[r] = s * inverse + out[r]
    return out
