"""The operators of torch.export programs that move entries and compute nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kan_equiv.errors import UnsupportedModelError
from kan_equiv.importers.graphs.calls import Arguments, Value
from kan_equiv.importers.graphs.constants import Constant
from kan_equiv.importers.graphs.plumbing import (
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

__all__ = ["CONVERTING", "MOVING"]

Operator = Callable[[Arguments], Value]
CONVERTING = ("aten.to.dtype", "aten.to.dtype_layout", "aten._to_copy.default")
"""Operators that may change the format; whether that is allowed is checked apart."""


def _same(*unimportant: str) -> Operator:
    def of(a: Arguments) -> Value:
        a.skip(*unimportant)
        return a.operand("self")

    return of


def _dropout(a: Arguments) -> Value:
    a.skip("p")
    if a.get("train") and a.number("p"):
        raise UnsupportedModelError(
            "dropout in training mode is random; call model.eval() before exporting"
        )
    return a.operand("input")


def _slice(a: Arguments) -> Value:
    start = a.integer("start") if a.has("start") else None
    end = a.integer("end") if a.has("end") else None
    value, dim = a.operand("self"), a.integer("dim", 0)
    return slice_along(value, dim, start, end, a.integer("step", 1))


def _squeeze(a: Arguments) -> Value:
    value = a.operand("self")
    if a.has("dim"):
        dims = a.get("dim")
        return squeeze(value, dims if isinstance(dims, list) else [a.integer("dim")])
    return squeeze(value, None)


def _index(a: Arguments) -> Value:
    value = a.operand("self")
    for dim, which in reversed(list(enumerate(a.get("indices")))):
        if isinstance(which, Constant) and which.rank == 1:
            value = take(value, dim, which.array)
        elif which is not None:
            raise UnsupportedModelError("only lists of whole numbers are indices")
    if sum(which is not None for which in a.get("indices")) > 1:
        raise UnsupportedModelError("indices along several axes are not supported")
    return value


def _select(a: Arguments) -> Value:
    return take(a.operand("self"), a.integer("dim"), np.array(a.integer("index")))


def _index_select(a: Arguments) -> Value:
    return take(a.operand("self"), a.integer("dim"), a.constant("index").array)


def _swap(a: Arguments) -> Value:
    value = a.operand("self")
    order = list(range(value.rank))
    first, second = (a.integer(f"dim{k}") % value.rank for k in (0, 1))
    order[first], order[second] = second, first
    return permute(value, order)


def _reversed(a: Arguments) -> Value:
    value = a.operand("self")
    return permute(value, list(range(value.rank))[::-1])


def _split(a: Arguments) -> Value:
    value, dim = a.operand("self"), a.integer("dim", 0)
    n = value.shape[value.axis(dim)]
    if a.has("chunks"):
        size = max(-(-n // max(a.integer("chunks"), 1)), 1)
        ends = list(range(size, n, size))
    elif a.has("split_sizes"):
        ends = np.cumsum(a.integers("split_sizes"))[:-1].tolist()
    else:
        ends = list(range(a.integer("split_size"), n, a.integer("split_size")))
    pairs = zip([0, *ends], [*ends, n], strict=True)
    return [slice_along(value, dim, start, end, 1) for start, end in pairs]


def _reshape(name: str) -> Operator:
    return lambda a: reshape(a.operand("self"), a.sizes(name), a.batch)


def _flatten(a: Arguments) -> Value:
    return flatten(
        a.operand("self"), a.integer("start_dim", 0), a.integer("end_dim", -1)
    )


MOVING: dict[str, Operator] = {
    "aten.unsqueeze.default": lambda a: unsqueeze(a.operand("self"), a.integer("dim")),
    "aten.squeeze.default": _squeeze,
    "aten.squeeze.dim": _squeeze,
    "aten.squeeze.dims": _squeeze,
    "aten.repeat.default": lambda a: tile(a.operand("self"), a.integers("repeats")),
    "aten.tile.default": lambda a: tile(a.operand("self"), a.integers("dims")),
    "aten.expand.default": lambda a: expand(
        a.operand("self"), a.sizes("size"), a.batch
    ),
    "aten.slice.Tensor": _slice,
    "aten.select.int": _select,
    "aten.index.Tensor": _index,
    "aten.index_select.default": _index_select,
    "aten.reshape.default": _reshape("shape"),
    "aten.view.default": _reshape("size"),
    "aten._unsafe_view.default": _reshape("size"),
    "aten.flatten.using_ints": _flatten,
    "aten.permute.default": lambda a: permute(a.operand("self"), a.integers("dims")),
    "aten.transpose.int": _swap,
    "aten.t.default": _reversed,
    "aten.numpy_T.default": _reversed,
    "aten.chunk.default": _split,
    "aten.split.Tensor": _split,
    "aten.split_with_sizes.default": _split,
    "aten.dropout.default": _dropout,
    "aten.clone.default": _same(),
    "aten.contiguous.default": _same(),
    "aten.alias.default": _same(),
    "aten.detach.default": _same(),
    "aten.detach_.default": _same(),
    "aten.lift_fresh_copy.default": _same(),
    **{name: _same("dtype") for name in CONVERTING},
    # Over the reals nothing is NaN or infinite: division by 0 is refused.
    "aten.nan_to_num.default": _same("nan", "posinf", "neginf"),
    "aten._assert_tensor_metadata.default": lambda _: None,
    "aten.sym_size.int": lambda a: size_of(a.operand("self"), a.integer("dim")),
}
"""Operators that compute nothing; their results may share memory with their input."""
