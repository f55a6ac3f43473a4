"""Linear maps of tensors as checkpoints store them: factors, never a product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Any, TypeAlias

import numpy as np

from kan_equiv.errors import ValidationError
from kan_equiv.exact.tensor import (
    FloatTensor,
    Tensor,
    integers_of,
    integers_of_floats,
)
from kan_equiv.ir.linear_map import Columns, LinearMap, merge_columns

__all__ = ["Dense", "Interleave"]

Array: TypeAlias = "np.ndarray[Any, Any]"


@dataclass(frozen=True, slots=True)
class Dense(LinearMap):
    """W[o, i * width + k] = product over factors of tensor[indices named by axes].

    Each factor is a tensor with axes out of "o" (output), "i" (input), "k" (function
    of the basis), in the tensor's own order; missing letters broadcast. "c" stands for
    the whole column index i * width + k. So a checkpoint's coefficient, scale and mask
    tensors are used as they are stored.

    >>> from kan_equiv.exact import RationalTensor
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
        return merge_columns(picked, len(which))
