"""The operators of ONNX graphs that move entries and compute nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kan_equiv.errors import LoadError, UnsupportedModelError
from kan_equiv.importers.graphs.arithmetic import concatenate
from kan_equiv.importers.graphs.calls import Arguments, Value
from kan_equiv.importers.graphs.constants import Constant
from kan_equiv.importers.graphs.plumbing import (
    Size,
    expand,
    flatten,
    permute,
    reshape,
    size_of,
    slice_along,
    squeeze,
    take,
    tile,
    unsqueeze,
)

__all__ = ["MOVING", "axes_of"]

Operator = Callable[[Arguments], Value]
FORMATS = {11: np.float16, 24: np.float32, 53: np.float64}
"""Float formats by their bits of precision; bfloat16 is not one of numpy's."""


def axes_of(a: Arguments, default: Sequence[int] | None = None) -> list[int]:
    """Return the axes, which are an attribute or, in later versions, an input."""
    name = "1" if a.has("1") else "axes"
    return a.integers(name, default)


def _cast(a: Arguments) -> Value:
    """Return what keeps its precision; constants are converted as they would be."""
    a.skip("to", "to_bits", "input_bits", "saturate")
    if not a.is_operand("0"):
        return a.get("0")
    value, bits = a.operand("0"), a.integer("to_bits")
    if isinstance(value, Constant):
        kind = value.array.dtype.kind
        if kind == "f" and bits in FORMATS:
            return value.moved(lambda x: x.astype(FORMATS[bits]))
        if kind in "iub" and not bits:
            return value
        raise UnsupportedModelError(f"it converts a constant of {value.array.dtype}")
    if bits < max(a.integer("input_bits"), 1):
        raise UnsupportedModelError(
            "it converts to a format with less precision than the graph's input, which "
            "rounds"
        )
    return value


def _dropout(a: Arguments) -> Value:
    a.skip("1", "ratio", "seed")
    if a.has("2") and a.constant("2").number():
        raise UnsupportedModelError("dropout in training mode is random")
    return a.operand("0")


def _reshape(a: Arguments) -> Value:
    value, target = a.operand("0"), a.sizes("1")
    if not a.get("allowzero"):
        target = [
            size_of(value, k) if n == 0 and k < value.rank else n
            for k, n in enumerate(target)
        ]
    return reshape(value, target, a.batch)


def _flatten(a: Arguments) -> Value:
    value, axis = a.operand("0"), a.integer("axis", 1)
    if axis % max(value.rank, 1) != 1:
        raise UnsupportedModelError(f"flattening at {axis=} mixes samples")
    return flatten(value, 1, -1) if value.rank > 1 else value


def _transpose(a: Arguments) -> Value:
    value = a.operand("0")
    return permute(value, a.integers("perm", list(range(value.rank))[::-1]))


def _expand(a: Arguments) -> Value:
    value, target = a.operand("0"), a.sizes("1")
    missing = value.rank - len(target)
    target = [1] * missing + target
    own = [
        size_of(value, k - len(target))
        if n == 1 and len(target) - k <= value.rank
        else n
        for k, n in enumerate(target)
    ]
    return expand(value, own, a.batch)


def _slice(a: Arguments) -> Value:
    value = a.operand("0")
    if a.has("1"):
        starts, ends = a.integers("1"), a.integers("2")
        axes, steps = a.integers("3", range(len(starts))), a.integers("4", [])
    else:
        starts, ends = a.integers("starts"), a.integers("ends")
        axes, steps = a.integers("axes", range(len(starts))), []
    steps = steps or [1] * len(starts)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        if step < 1:
            raise UnsupportedModelError(f"slices with {step=} are not supported")
        value = slice_along(value, axis, start, end, step)
    return value


def _unsqueeze(a: Arguments) -> Value:
    if not a.is_operand("0"):
        a.skip("1", "axes")
        return (a.get("0"),)
    value = a.operand("0")
    axes = axes_of(a)
    rank = value.rank + len(axes)
    for axis in sorted(x % rank for x in axes):
        value = unsqueeze(value, axis)
    return value


def _squeeze(a: Arguments) -> Value:
    given = a.has("1") or a.has("axes")
    return squeeze(a.operand("0"), axes_of(a) if given else None)


def _gather(a: Arguments) -> Value:
    which = a.constant("1").array
    if isinstance(a.get("0"), tuple):
        a.skip("axis")
        sizes: tuple[Any, ...] = a.get("0")
        picked = [sizes[int(k)] for k in which.ravel().tolist()]
        return picked[0] if which.ndim == 0 else tuple(picked)
    return take(a.operand("0"), a.integer("axis", 0), which)


def _concatenate(a: Arguments) -> Value:
    found = [a.get(str(place)) for place in range(len(a))]
    if any(isinstance(v, tuple) for v in found):
        a.skip("axis")
        return tuple(n for place in range(len(a)) for n in a.sizes(str(place)))
    return concatenate([a.operand(str(p)) for p in range(len(a))], a.integer("axis"))


def _shape(a: Arguments) -> Value:
    value = a.operand("0")
    sizes: list[Size] = [size_of(value, d) for d in range(value.rank)]
    end = a.integer("end") if a.has("end") else len(sizes)
    return tuple(sizes[a.integer("start", 0) : end])


def _split(a: Arguments) -> Value:
    value, axis = a.operand("0"), a.integer("axis", 0)
    n = value.shape[value.axis(axis)]
    name = "1" if a.has("1") else "split"
    if a.has(name):
        sizes = a.integers(name)
    else:
        count = a.integer("num_outputs", a.outputs)
        size = -(-n // max(count, 1))
        sizes = [min(size, n - k * size) for k in range(count)]
    ends = np.cumsum(sizes).tolist()
    if min(sizes, default=0) < 1 or ends[-1] != n:
        raise LoadError(f"{n} entries do not split into {sizes}")
    return [
        slice_along(value, axis, end - size, end, 1)
        for size, end in zip(sizes, ends, strict=True)
    ]


MOVING: dict[str, Operator] = {
    "Cast": _cast,
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Transpose": _transpose,
    "Expand": _expand,
    "Tile": lambda a: tile(a.operand("0"), a.integers("1")),
    "Slice": _slice,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Gather": _gather,
    "Concat": _concatenate,
    "Split": _split,
    "Shape": _shape,
    "Identity": lambda a: a.get("0"),
    "Dropout": _dropout,
}
