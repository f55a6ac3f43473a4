"""What moves entries of a tensor and computes nothing, for both kinds of graphs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from kan_equiv.errors import LoadError, UnsupportedModelError
from kan_equiv.importers.graphs.constants import (
    ENTRIES_LIMIT,
    SAMPLE_LIMIT,
    Array,
    Constant,
    check_size,
)
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
    if isinstance(value, Symbolic) and _place(dim, value.rank) == value.batch:
        return BATCH
    return value.shape[value.axis(dim)]


def _place(dim: int, rank: int) -> int:
    if not -rank <= dim < rank:
        raise LoadError(f"axis must lie in 0..{rank - 1}, got {dim}")
    return dim % rank


def _limit(value: Operand) -> int:
    return SAMPLE_LIMIT if isinstance(value, Symbolic) else ENTRIES_LIMIT


def reshape(value: Operand, target: Sequence[Size], batch: Size) -> Operand:
    """Return the entries in C order in another shape; -1 is what is left.

    Raises:
        UnsupportedModelError: entries would move between samples.
        LoadError: the sizes do not fit.
    """
    if isinstance(value, Symbolic) and value.batch is not None:
        own = _around_batch(value, target, batch)
        place = own.index(BATCH)
        sizes = [n for n in own if isinstance(n, int)]
        return value.moved(lambda a: a.reshape(sizes)).placed(place)
    sizes = _filled(target, math.prod(value.shape))
    if sizes is None:
        raise LoadError(
            f"{math.prod(value.shape)} entries do not fit into shape {_text(target)}"
        )
    return value.moved(lambda a: a.reshape(sizes))


def _filled(target: Sequence[Size], count: int) -> list[int] | None:
    """Return sizes whose product is the count, -1 replaced; None where none are."""
    own = [n for n in target if isinstance(n, int)]
    rest = math.prod(n for n in own if n != -1)
    if len(own) != len(target) or own.count(-1) > 1 or min(own, default=0) < -1:
        return None
    if -1 in own and rest:
        own[own.index(-1)] = count // rest
    return own if math.prod(own) == count else None


def _around_batch(value: Symbolic, target: Sequence[Size], batch: Size) -> list[Size]:
    """Return the target with its batch axis marked, and -1 replaced.

    What stands before the batch must have as many entries as before, and so must what
    stands behind it: then no entry moves to another sample.
    """
    assert value.batch is not None
    before = math.prod(value.shape[: value.batch])
    behind = math.prod(value.shape[value.batch :])
    for place, n in enumerate(target):
        if n not in (BATCH, -1, batch):
            continue
        left = _filled(target[:place], before)
        right = _filled(target[place + 1 :], behind)
        if n == -1 and -1 in [*target[:place], *target[place + 1 :]]:
            continue
        if left is not None and right is not None:
            return [*left, BATCH, *right]
    raise UnsupportedModelError(
        f"shape {_text(target)} moves entries between samples: a sample has shape "
        f"{value.shape}, and the batch is axis {value.batch}"
    )


def flatten(value: Operand, start: int, end: int) -> Operand:
    """Return the axes start..end as one."""
    if value.rank == 0:
        return value.moved(lambda a: a.reshape(1))
    first, last = value.axis(start), value.axis(end)
    place = value.batch if isinstance(value, Symbolic) else None
    if place is not None and start % value.rank < place < end % value.rank:
        raise UnsupportedModelError("it flattens the batch with other axes")
    shape = value.shape
    merged = math.prod(shape[first : last + 1])
    found = value.moved(lambda a: a.reshape(*shape[:first], merged, *shape[last + 1 :]))
    if isinstance(found, Symbolic) and place is not None and last < place:
        return found.placed(place - (last - first))
    return found


def expand(value: Operand, target: Sequence[Size], batch: Size) -> Operand:
    """Return the tensor repeated along axes of size 1; -1 keeps an axis.

    Raises:
        UnsupportedModelError: the batch would be repeated or moved.
    """
    sizes = list(target)
    place = None
    if isinstance(value, Symbolic) and value.batch is not None:
        place = len(sizes) - (value.rank - value.batch)
        if place < 0 or sizes[place] not in (-1, 1, BATCH, batch):
            raise UnsupportedModelError(
                f"expanding to {_text(target)} repeats or moves the batch"
            )
        sizes = [*sizes[:place], *sizes[place + 1 :]]
    elif BATCH in sizes:  # a constant for every sample
        sizes = [1 if n == BATCH else n for n in sizes]
    own = [n for n in sizes if isinstance(n, int)]
    if len(own) != len(sizes):
        raise UnsupportedModelError(f"expanding to {_text(target)} moves the batch")
    old = (1,) * (len(own) - len(value.shape)) + value.shape
    if len(old) != len(own):
        raise LoadError(f"shape {value.shape} cannot be expanded to {_text(target)}")
    full = [n if want == -1 else want for n, want in zip(old, own, strict=True)]
    full = [n if want == 1 else want for n, want in zip(old, full, strict=True)]
    check_size(full, _limit(value))
    found = value.moved(lambda a: np.broadcast_to(a, full))
    return found.placed(place) if isinstance(found, Symbolic) else found


def tile(value: Operand, repeats: Sequence[int]) -> Operand:
    """Return the tensor repeated as a whole along its axes.

    Raises:
        UnsupportedModelError: the batch would be repeated, or axes come before it.
    """
    counts = list(repeats)
    place = None
    if isinstance(value, Symbolic) and value.batch is not None:
        place = len(counts) - (value.rank - value.batch)
        if place < 0 or counts[place] != 1:
            raise UnsupportedModelError(f"repeating {counts} times repeats the batch")
        counts = [*counts[:place], *counts[place + 1 :]]
    if min(counts, default=0) < 0:
        raise LoadError(f"a tensor cannot be repeated {counts} times")
    check_size([*value.shape, *counts], _limit(value))
    found = value.moved(lambda a: np.tile(a, counts))
    return found.placed(place) if isinstance(found, Symbolic) else found


def slice_along(
    value: Operand, dim: int, start: int | None, end: int | None, step: int
) -> Operand:
    """Return start:end:step along an axis, as Python counts."""
    if size_of(value, dim) == BATCH:
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
    found = value.moved(lambda a: np.take(a, which, axis=axis))
    if isinstance(found, Symbolic) and found.batch is not None and axis < found.batch:
        return found.placed(found.batch + which.ndim - 1)
    return found


def unsqueeze(value: Operand, dim: int) -> Operand:
    """Return the tensor with an axis of size 1 at a place."""
    place = _place(dim, value.rank + 1)
    if isinstance(value, Symbolic) and value.batch is not None:
        if place <= value.batch:
            found = value.moved(lambda a: np.expand_dims(a, place))
            return found.placed(value.batch + 1)
        place -= 1
    return value.moved(lambda a: np.expand_dims(a, place))


def squeeze(value: Operand, dims: Sequence[int] | None) -> Operand:
    """Return the tensor without those of the axes that have size 1; None is all."""
    every = [d for d in range(value.rank) if size_of(value, d) != BATCH]
    places = every if dims is None else [_place(d, value.rank) for d in dims]
    axes = {p: value.axis(p) for p in places}
    gone = [p for p, a in axes.items() if value.shape[a] == 1]
    found = value.moved(lambda a: np.squeeze(a, tuple(axes[p] for p in gone)))
    if isinstance(found, Symbolic) and found.batch is not None:
        return found.placed(found.batch - sum(p < found.batch for p in gone))
    return found


def permute(value: Operand, dims: Sequence[int]) -> Operand:
    """Return the tensor with its axes in another order."""
    order = [_place(d, value.rank) for d in dims]
    if isinstance(value, Constant) or value.batch is None:
        return value.moved(lambda a: np.transpose(a, order))
    if sorted(order) != list(range(value.rank)):
        raise LoadError(f"{list(dims)} is no order of {value.rank} axes")
    own = [value.axis(d) for d in order if d != value.batch]
    found = value.moved(lambda a: np.transpose(a, own))
    return found.placed(order.index(value.batch))


def _text(target: Sequence[Size]) -> str:
    return str(["batch" if isinstance(n, Batch) else n for n in target])
