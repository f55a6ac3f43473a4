"""What moves entries of a tensor and computes nothing, for both kinds of graphs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from kan_equiv.errors import LoadError, UnsupportedModelError
from kan_equiv.importers.graphs.constants import Array, Constant, check_size
from kan_equiv.importers.graphs.symbolic import Operand, Symbolic

__all__ = [
    "BATCH",
    "Batch",
    "Size",
    "expand",
    "flatten",
    "permute",
    "reshape",
    "size_of",
    "slice_along",
    "squeeze",
    "take",
    "tile",
    "unsqueeze",
]


@dataclass(frozen=True, slots=True)
class Batch:
    """The number of samples, where it is not known."""


BATCH = Batch()
Size: TypeAlias = int | Batch


def size_of(value: Operand, dim: int) -> Size:
    """Return the number of entries along an axis, or that it is the batch."""
    if isinstance(value, Symbolic) and value.lead and dim in (0, -value.rank):
        return BATCH
    return value.shape[value.axis(dim)]


def reshape(value: Operand, target: Sequence[Size], batch: Size) -> Operand:
    """Return the entries in C order in another shape; -1 is what is left.

    Raises:
        UnsupportedModelError: entries would move between samples.
        LoadError: the sizes do not fit.
    """
    sizes = list(target)
    lead = value.lead if isinstance(value, Symbolic) else 0
    count = math.prod(value.shape)
    if lead:
        first, sizes = sizes[:1], sizes[1:]
        known = math.prod(n for n in sizes if isinstance(n, int))
        all_left = first == [-1] and known == count
        if first != [BATCH] and first != [batch] and not all_left:
            raise UnsupportedModelError(
                f"shape {_text(target)} moves entries between samples (a sample has "
                f"shape {value.shape})"
            )
    own = [n for n in sizes if isinstance(n, int)]
    rest = math.prod(n for n in own if n != -1)
    if len(own) != len(sizes) or own.count(-1) > 1 or min(own, default=1) < -1:
        raise LoadError(f"shape {_text(target)} is none")
    if -1 in own and rest:
        own[own.index(-1)] = count // rest
    if math.prod(own) != count:
        raise LoadError(f"{count} entries do not fit into shape {_text(target)}")
    return value.moved(lambda a: a.reshape(own))


def flatten(value: Operand, start: int, end: int) -> Operand:
    """Return the axes start..end as one."""
    if value.rank == 0:
        return value.moved(lambda a: a.reshape(1))
    first, last = value.axis(start), value.axis(end)
    shape = value.shape
    merged = math.prod(shape[first : last + 1])
    return value.moved(lambda a: a.reshape(*shape[:first], merged, *shape[last + 1 :]))


def expand(value: Operand, target: Sequence[Size], batch: Size) -> Operand:
    """Return the tensor repeated along axes of size 1; -1 keeps an axis.

    Raises:
        UnsupportedModelError: the batch would be repeated or moved.
    """
    sizes = list(target)
    if isinstance(value, Symbolic) and value.lead:
        if len(sizes) != value.rank or sizes[0] not in (-1, 1, BATCH, batch):
            raise UnsupportedModelError(
                f"expanding to {_text(target)} repeats or moves the batch"
            )
        sizes = sizes[1:]
    elif BATCH in sizes[:1]:  # a constant for every sample
        sizes = [1, *sizes[1:]]
    own = [n for n in sizes if isinstance(n, int)]
    if len(own) != len(sizes):
        raise UnsupportedModelError(f"expanding to {_text(target)} moves the batch")
    old = (1,) * (len(own) - len(value.shape)) + value.shape
    if len(old) != len(own):
        raise LoadError(f"shape {value.shape} cannot be expanded to {_text(target)}")
    full = [n if want == -1 else want for n, want in zip(old, own, strict=True)]
    full = [n if want == 1 else want for n, want in zip(old, full, strict=True)]
    check_size(full)
    return value.moved(lambda a: np.broadcast_to(a, full))


def tile(value: Operand, repeats: Sequence[int]) -> Operand:
    """Return the tensor repeated as a whole along its axes.

    Raises:
        UnsupportedModelError: the batch would be repeated, or axes come before it.
    """
    counts = list(repeats)
    if isinstance(value, Symbolic) and value.lead:
        if len(counts) != value.rank or counts[0] != 1:
            raise UnsupportedModelError(f"repeating {counts} times repeats the batch")
        counts = counts[1:]
    if min(counts, default=0) < 0:
        raise LoadError(f"a tensor cannot be repeated {counts} times")
    check_size([*value.shape, *counts])
    return value.moved(lambda a: np.tile(a, counts))


def slice_along(
    value: Operand, dim: int, start: int | None, end: int | None, step: int
) -> Operand:
    """Return start:end:step along an axis, as Python counts."""
    if isinstance(value, Symbolic) and value.lead and dim in (0, -value.rank):
        whole = start in (0, None) and (end is None or end >= 1 << 31) and step == 1
        if whole:
            return value
    axis = value.axis(dim)

    def cut(a: Array) -> Array:
        return a[(slice(None),) * axis + (slice(start, end, step),)]

    return value.moved(cut)


def take(value: Operand, dim: int, which: Array) -> Operand:
    """Return the entries of these indices along an axis; one index drops the axis.

    Raises:
        LoadError: there is no such index.
    """
    axis = value.axis(dim)
    n = value.shape[axis]
    if which.dtype.kind not in "iu" or (which < -n).any() or (which >= n).any():
        raise LoadError(f"indices must be whole numbers in {-n}..{n - 1}")
    return value.moved(lambda a: np.take(a, which, axis=axis))


def unsqueeze(value: Operand, dim: int) -> Operand:
    """Return the tensor with an axis of size 1 at a place.

    Raises:
        UnsupportedModelError: that is in front of the batch.
    """
    lead = value.lead if isinstance(value, Symbolic) else 0
    place = dim % (value.rank + 1) - lead
    if place < 0:
        raise UnsupportedModelError("it puts an axis in front of the batch")
    return value.moved(lambda a: np.expand_dims(a, place))


def squeeze(value: Operand, dims: Sequence[int]) -> Operand:
    """Return the tensor without those of the axes that have size 1."""
    axes = [value.axis(d) for d in dims]
    gone = tuple(a for a in axes if value.shape[a] == 1)
    return value.moved(lambda a: np.squeeze(a, gone))


def permute(value: Operand, dims: Sequence[int]) -> Operand:
    """Return the tensor with its axes in another order.

    Raises:
        UnsupportedModelError: the batch does not stay in front.
    """
    order = [d % value.rank if value.rank else d for d in dims]
    if isinstance(value, Constant):
        return value.moved(lambda a: np.transpose(a, order))
    if value.lead and order[:1] != [0]:
        raise UnsupportedModelError("it moves the batch behind another axis")
    own = [d - value.lead for d in order[value.lead :]]
    return value.moved(lambda a: np.transpose(a, own))


def _text(target: Sequence[Size]) -> str:
    return str(["batch" if isinstance(n, Batch) else n for n in target])
