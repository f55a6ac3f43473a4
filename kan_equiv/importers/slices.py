"""Parts of stored tensors along their first axis, and other shapes, bit for bit."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from kan_equiv.exact.tensor import FloatTensor

__all__ = ["part", "reshaped"]


def part(tensor: FloatTensor, start: int, stop: int) -> FloatTensor:
    """Return the entries start..stop-1 of the first axis.

    >>> import numpy as np
    >>> rows = part(FloatTensor.from_array(np.eye(3), "w"), 1, 3)
    >>> rows.shape, rows.name, rows[0, 1]
    ((2, 3), 'w[1:3]', Fraction(1, 1))
    """
    size, *rest = tensor.shape
    step = len(tensor.data) // size
    data = tensor.data[start * step : stop * step]
    name = f"{tensor.name}[{start}:{stop}]"
    return FloatTensor(tensor.dtype, (stop - start, *rest), data, name)


def reshaped(tensor: FloatTensor, *shape: int) -> FloatTensor:
    """Return the same entries, in their order, in another shape; one axis may be -1."""
    known = prod(n for n in shape if n >= 0)
    return replace(
        tensor, shape=tuple(tensor.size // known if n < 0 else n for n in shape)
    )
