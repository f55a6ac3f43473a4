"""Exact tensors: float buffers kept bit for bit, and integers over denominators.

A float is a dyadic rational, so a float buffer *is* an exact tensor; it stays in its
original bytes (hashable, picklable, small) until integers are really needed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from kan_equiv.errors import NonFiniteWeightError, ValidationError
from kan_equiv.exact.hashing import HashedOnce
from kan_equiv.exact.rational import common_denominator, to_fraction

__all__ = [
    "FLOAT_DTYPES",
    "FloatTensor",
    "RationalTensor",
    "Tensor",
    "integers_of",
    "integers_of_floats",
]

FLOAT_DTYPES = {"float16": 2, "bfloat16": 2, "float32": 4, "float64": 8}
"""Names of the float formats that can be lifted, with their size in bytes."""

Array: TypeAlias = "np.ndarray[Any, Any]"


def _check_shape(shape: tuple[int, ...], size: int, what: str) -> None:
    if any(type(n) is not int or n < 0 for n in shape):
        raise ValidationError(f"shape must be non-negative integers, got {shape=}")
    if math.prod(shape) != size:
        raise ValidationError(
            f"{what} holds {size} numbers, but {shape=} asks for {math.prod(shape)}"
        )


@dataclass(frozen=True, slots=True)
class FloatTensor:
    """A tensor of finite floats, each one standing for its exact dyadic rational.

    Attributes:
        dtype: ``float16``, ``bfloat16``, ``float32`` or ``float64``.
        shape: row-major (C order) shape.
        data: the little-endian bytes.
        name: where it comes from (checkpoint tensor); no part of its value.

    >>> t = FloatTensor.from_array(np.array([[0.5, 0.1]], dtype=np.float32), "w")
    >>> t[0, 0], t.dtype
    (Fraction(1, 2), 'float32')
    """

    dtype: str
    shape: tuple[int, ...]
    data: bytes = field(repr=False)
    name: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.dtype not in FLOAT_DTYPES:
            raise ValidationError(
                f"dtype must be one of {sorted(FLOAT_DTYPES)}, got dtype={self.dtype!r}"
            )
        _check_shape(self.shape, len(self.data) // FLOAT_DTYPES[self.dtype], self.name)
        if len(self.data) % FLOAT_DTYPES[self.dtype]:
            raise ValidationError(
                f"{len(self.data)} bytes are no whole number of {self.dtype} values"
            )
        values = self.to_float64()
        if not np.isfinite(values).all():
            index = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
            raise NonFiniteWeightError(
                f"tensor {self.name or '<unnamed>'}{list(index)} is "
                f"{float(values[index])}: NaN and infinity are no real numbers, so the "
                f"model has no exact meaning. Repair or retrain the checkpoint."
            )

    @classmethod
    def from_array(cls, array: Any, name: str = "", dtype: str = "") -> FloatTensor:
        """Lift a numpy float array; for bfloat16 pass its 16-bit patterns and dtype.

        Raises:
            NonFiniteWeightError: with the tensor's name and the index of the value.
            ValidationError: the array is not of a float format.
        """
        a = np.asarray(array)
        dtype = dtype or a.dtype.name
        if dtype == "bfloat16":
            if a.dtype.itemsize != 2 or a.dtype.kind == "f":
                raise ValidationError(f"bfloat16 needs 16-bit patterns, got {a.dtype}")
            a = a.view(np.uint16)
        elif dtype not in FLOAT_DTYPES or a.dtype.name != dtype:
            raise ValidationError(
                f"tensor {name or '<unnamed>'} must be of {sorted(FLOAT_DTYPES)}, "
                f"got dtype={a.dtype.name}"
            )
        little = a.astype(a.dtype.newbyteorder("<"), copy=False)
        return cls(dtype, tuple(int(n) for n in a.shape), little.tobytes(), name)

    def to_float64(self) -> Array:
        """Return the values as float64, which every lifted format embeds exactly."""
        return _decode(self.dtype, self.data).reshape(self.shape)

    def __getitem__(self, index: int | tuple[int, ...]) -> Fraction:
        """Return one exact entry."""
        return Fraction(float(self.to_float64()[index]))

    def fractions(self) -> Iterator[Fraction]:
        """Yield all entries in C order."""
        return (Fraction(v) for v in self.to_float64().ravel().tolist())

    @property
    def size(self) -> int:
        """Number of entries."""
        return math.prod(self.shape)


@lru_cache(maxsize=64)
def _decode(dtype: str, data: bytes) -> Array:
    if dtype == "bfloat16":
        bits = np.frombuffer(data, dtype="<u2").astype(np.uint32) << np.uint32(16)
        values = bits.view(np.float32).astype(np.float64)
    else:
        values = np.frombuffer(data, dtype=np.dtype(dtype).newbyteorder("<")).astype(
            np.float64
        )
    values.flags.writeable = False
    return values


@dataclass(frozen=True, slots=True)
class RationalTensor(HashedOnce):
    """A tensor of exact rationals: integers over one denominator per last-axis index.

    ``denominators`` has one entry, or one for each index of the last axis.

    >>> t = RationalTensor.from_fractions([Fraction(1, 2), Fraction(1, 3)], (2,))
    >>> t[1]
    Fraction(1, 3)
    """

    shape: tuple[int, ...]
    numerators: tuple[int, ...] = field(repr=False)
    denominators: tuple[int, ...]
    name: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        _check_shape(self.shape, len(self.numerators), self.name or "tensor")
        width = self.shape[-1] if self.shape else 1
        if len(self.denominators) not in (1, width):
            raise ValidationError(
                f"denominators must number 1 or {width}, got {len(self.denominators)}"
            )
        if any(d <= 0 for d in self.denominators):
            raise ValidationError("denominators must be positive")

    def __hash__(self) -> int:
        return self._hash_once(self.shape, self.numerators, self.denominators)

    @classmethod
    def from_fractions(
        cls, values: Iterable[object], shape: tuple[int, ...], name: str = ""
    ) -> RationalTensor:
        """Build from values in C order, with the least denominator per column."""
        flat = [to_fraction(v, name or "entry") for v in values]
        _check_shape(shape, len(flat), name or "tensor")
        width = shape[-1] if shape else 1
        numerators = [0] * len(flat)
        denominators: list[int] = []
        for c in range(width):
            ints, d = common_denominator(flat[c::width])
            numerators[c::width] = ints
            denominators.append(d)
        return cls(shape, tuple(numerators), tuple(denominators) or (1,), name)

    def to_float64(self) -> Array:
        """Return each entry rounded to the nearest float64 (ties to even)."""
        flat = [float(v) for v in self.fractions()]
        return np.array(flat, dtype=np.float64).reshape(self.shape)

    def __getitem__(self, index: int | tuple[int, ...]) -> Fraction:
        """Return one exact entry."""
        where = index if isinstance(index, tuple) else (index,)
        flat = int(np.ravel_multi_index(where, self.shape)) if self.shape else 0
        return Fraction(self.numerators[flat], self._denominator(flat))

    def fractions(self) -> Iterator[Fraction]:
        """Yield all entries in C order."""
        for flat, n in enumerate(self.numerators):
            yield Fraction(n, self._denominator(flat))

    @property
    def size(self) -> int:
        """Number of entries."""
        return len(self.numerators)

    def _denominator(self, flat: int) -> int:
        d = self.denominators
        return d[0] if len(d) == 1 else d[flat % len(d)]


Tensor: TypeAlias = FloatTensor | RationalTensor


@lru_cache(maxsize=64)
def integers_of(tensor: Tensor) -> tuple[Array, int]:
    """Return an object array of integers and one denominator: entry = int / d.

    The denominator of a float tensor is a power of two; the array is cached, so it is
    returned read-only.
    """
    if isinstance(tensor, RationalTensor):
        d = math.lcm(*tensor.denominators)
        factors = [d // e for e in tensor.denominators]
        width = len(factors)
        ints = np.array(
            [n * factors[f % width] for f, n in enumerate(tensor.numerators)],
            dtype=object,
        )
    else:
        ints, d = integers_of_floats(tensor.to_float64())
    ints = ints.reshape(tensor.shape)
    ints.flags.writeable = False
    return ints, d


def integers_of_floats(values: Array) -> tuple[Array, int]:
    """Return finite float64 values as an object array of integers over 2^e.

    >>> integers_of_floats(np.array([0.5, 3.0]))
    (array([1, 6], dtype=object), 2)
    """
    shape, values = values.shape, values.ravel()
    mantissa, exponent = np.frexp(values)
    scaled = np.ldexp(mantissa, 53).astype(np.int64)
    shift = exponent.astype(np.int64) - 53
    used = scaled != 0
    if not used.any():
        return np.zeros(shape, dtype=object), 1
    zeros = np.zeros_like(scaled)
    low_bit = np.where(used, scaled & -scaled, 1)
    trailing = np.frexp(low_bit.astype(np.float64))[1].astype(np.int64) - 1
    scaled = np.where(used, scaled >> trailing, zeros)
    shift = np.where(used, shift + trailing, zeros)
    least = min(int(shift[used].min()), 0)
    pairs: Sequence[tuple[int, int]] = list(
        zip(scaled.tolist(), (shift - least).tolist(), strict=True)
    )
    out = np.empty(values.size, dtype=object)
    out[:] = [n << s if n else 0 for n, s in pairs]
    return out.reshape(shape), 1 << -least
