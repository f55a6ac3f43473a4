"""Tensors of a graph that do not depend on the input: exact numbers with a name."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from kan_equiv.errors import LoadError, UnsupportedModelError
from kan_equiv.exact.tensor import FLOAT_DTYPES, FloatTensor, RationalTensor, Tensor

__all__ = ["ENTRIES_LIMIT", "SAMPLE_LIMIT", "Array", "Constant", "check_size"]

Array: TypeAlias = "np.ndarray[Any, Any]"
ENTRIES_LIMIT = 1 << 26
"""Constants with more entries are refused, before they are made."""
SAMPLE_LIMIT = 1 << 20
"""The same for the entries of one sample of what depends on the input."""


def check_size(shape: Sequence[int], limit: int = ENTRIES_LIMIT) -> None:
    """Refuse a shape that no network of this kind needs.

    Raises:
        LoadError: it asks for more entries than the limit.
    """
    if math.prod(shape) > limit:
        raise LoadError(
            f"a tensor of shape {tuple(shape)} has more than {limit} entries"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """A tensor of numbers: a float or integer array, or an object array of Fractions.

    Float arrays stand for their exact values, bit for bit; arithmetic makes Fractions.

    >>> tenth = Constant(np.array([0.5], dtype=np.float32), "w")
    >>> tenth.fractions()
    array([Fraction(1, 2)], dtype=object)
    """

    array: Array
    name: str = ""

    @property
    def rank(self) -> int:
        """Number of axes."""
        return self.array.ndim

    @property
    def shape(self) -> tuple[int, ...]:
        """Numbers of entries along the axes."""
        return self.array.shape

    def axis(self, dim: int) -> int:
        """Return an axis counted from the front.

        Raises:
            LoadError: there is no such axis.
        """
        if not -self.rank <= dim < self.rank:
            raise LoadError(f"axis must lie in 0..{self.rank - 1}, got {dim}")
        return dim % self.rank

    def moved(self, operation: Callable[[Array], Array]) -> Constant:
        """Apply a numpy function that moves, copies or drops entries."""
        return Constant(operation(self.array), self.name)

    def tensor(self) -> Tensor:
        """Return the exact tensor, in its own floats where it is one.

        Raises:
            NonFiniteWeightError: an entry is NaN or infinite.
        """
        a = self.array
        if a.dtype.name in FLOAT_DTYPES:
            return FloatTensor.from_array(np.array(a, order="C"), self.name)
        return RationalTensor.from_fractions(
            self.fractions().ravel().tolist(), a.shape, self.name
        )

    def fractions(self) -> Array:
        """Return an object array of Fractions.

        Raises:
            NonFiniteWeightError: an entry is NaN or infinite.
        """
        a = self.array
        if a.dtype == object:
            return a
        if a.dtype.name in FLOAT_DTYPES:
            flat = list(self.tensor().fractions())
        else:
            flat = [Fraction(int(v)) for v in a.ravel().tolist()]
        out = np.empty(a.size, dtype=object)
        out[:] = flat
        return out.reshape(a.shape)

    def pointwise(
        self, other: Constant, operation: Callable[[Array, Array], Array]
    ) -> Constant:
        """Apply an operation of numbers to two constants, exactly."""
        shape = np.broadcast_shapes(self.shape, other.shape)
        check_size(shape)
        found = operation(self.fractions(), other.fractions())
        return Constant(np.asarray(found, dtype=object), self.name)

    def mapped(self, function: Callable[[Fraction], object]) -> Constant:
        """Apply a function of one number to every entry.

        Raises:
            UnsupportedModelError: a value is no rational number.
        """
        flat = [function(v) for v in self.fractions().ravel().tolist()]
        if any(not isinstance(v, Fraction) for v in flat):
            raise UnsupportedModelError(
                f"a transcendental function of the constant {self.name or 'there'} is "
                "no rational number"
            )
        out = np.empty(len(flat), dtype=object)
        out[:] = flat
        return Constant(out.reshape(self.shape), self.name)

    def number(self) -> Fraction:
        """Return the only entry.

        Raises:
            LoadError: there are others.
        """
        if self.array.size != 1:
            raise LoadError(f"one number is needed, got a tensor of shape {self.shape}")
        (value,) = self.fractions().ravel().tolist()
        return value
