"""Exact numbers in arrays, and rounding to floats: once, to nearest, ties to even.

An *exact array* is a float64 array, each entry standing for itself, or an object array
of ``Fraction``. Rounded arrays are float64 arrays whose entries are floats of a shorter
format, so that rounded arrays are exact arrays too.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from kan_equiv.emit.formats import FORMATS
from kan_equiv.errors import ValidationError
from kan_equiv.exact.tensor import FloatTensor, Tensor
from kan_equiv.ir.linear import Dense, Interleave, LinearMap

__all__ = [
    "Array",
    "as_fractions",
    "entries",
    "fractions_array",
    "masked",
    "round_to",
    "rounded",
    "split",
    "tensor_entries",
    "total_of",
]

Array: TypeAlias = "np.ndarray[Any, Any]"
_LOST = 53
"""Bits that float64 holds: products of factors with no more bits are exact."""


def round_to(value: Fraction, dtype: str) -> Fraction:
    """Return the nearest float of the format, ties to even, as an exact rational.

    Raises:
        ValidationError: the value is too large for the format.

    >>> round_to(Fraction(1, 3), "float32") == Fraction(11184811, 33554432)
    True
    """
    bits, least, top = FORMATS[dtype]
    n, d = abs(value.numerator), value.denominator
    if not n:
        return Fraction(0)
    exponent = max(n.bit_length() - d.bit_length() - bits, least)
    while True:
        # value = q * 2^exponent with q of at most `bits` bits.
        over, under = (n, d << exponent) if exponent >= 0 else (n << -exponent, d)
        q, rest = divmod(over, under)
        q += 2 * rest > under or (2 * rest == under and q & 1)
        if q.bit_length() <= bits or q == 1 << bits:
            break
        exponent += 1
    result = Fraction(q) * Fraction(2) ** exponent
    if result >= 1 << top:
        raise ValidationError(f"value={_about(value)} is beyond the range of {dtype}")
    return -result if value < 0 else result


def _to_float64(value: Fraction, dtype: str) -> float:
    """As ``round_to``: Python divides integers to the nearest float64, ties to even."""
    try:
        return value.numerator / value.denominator
    except OverflowError:
        raise ValidationError(
            f"value={_about(value)} is beyond the range of {dtype}"
        ) from None


def _about(value: Fraction) -> str:
    try:
        return repr(float(value))
    except OverflowError:
        return (
            f"about 2^{value.numerator.bit_length() - value.denominator.bit_length()}"
        )


def rounded(values: Array, dtype: str) -> Array:
    """Return an exact array with every entry rounded to a format, as float64.

    Raises:
        ValidationError: an entry is too large for the format.
    """
    if values.dtype == object:
        nearest = _to_float64 if dtype == "float64" else round_to
        flat = [float(nearest(v, dtype)) for v in values.ravel()]
        return np.array(flat, dtype=np.float64).reshape(values.shape)
    if dtype == "float64":
        return values
    bits, least, top = FORMATS[dtype]
    _, exponent = np.frexp(values)
    # Powers of two scale exactly here: least >= -149 and rint sees at most 53 bits.
    unit = np.maximum(exponent.astype(np.int64) - bits, least)
    out = np.ldexp(np.rint(np.ldexp(values, -unit)), unit)
    if out.size and np.abs(out).max() >= 2.0**top:
        worst = values.ravel()[np.abs(out).argmax()]
        raise ValidationError(f"value={worst!r} is beyond the range of {dtype}")
    return out


def split(values: Array, dtype: str, terms: int) -> tuple[Array, ...]:
    """Return arrays of the format whose sum is as near to the values as they can be.

    Each term is the rest that the terms before it leave, rounded once.
    """
    out = [rounded(values, dtype)]
    rest = values
    for _ in range(terms - 1):
        # A float64 minus its rounding is exact; of rationals everything is.
        rest = rest - (as_fractions(out[-1]) if rest.dtype == object else out[-1])
        out.append(rounded(rest, dtype))
    return tuple(out)


def as_fractions(values: Array) -> Array:
    """Return the same numbers as an object array of rationals."""
    if values.dtype == object:
        return values
    flat = [Fraction(v) for v in values.ravel().tolist()]
    return fractions_array(flat, values.shape)


def total_of(terms: Sequence[Array]) -> Array:
    """Return the exact sum of terms as an object array of rationals."""
    total = as_fractions(terms[0])
    for term in terms[1:]:
        total = total + as_fractions(term)
    return total


def masked(values: Array, keep: Array) -> Array:
    """Return the values where ``keep``, zero elsewhere; shapes broadcast."""
    kept = np.array(
        np.broadcast_to(values, np.broadcast_shapes(values.shape, keep.shape))
    )
    kept[~np.broadcast_to(keep, kept.shape)] = (
        Fraction(0) if values.dtype == object else 0.0
    )
    return kept


def fractions_array(values: list[Fraction], shape: tuple[int, ...]) -> Array:
    """Return an object array of rationals."""
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out.reshape(shape)


def tensor_entries(tensor: Tensor) -> Array:
    """Return a tensor as an exact array."""
    if isinstance(tensor, FloatTensor):
        return tensor.to_float64()
    return fractions_array(list(tensor.fractions()), tensor.shape)


def entries(m: LinearMap) -> Array:
    """Return the matrix of a map, (out_features, in_features), as an exact array."""
    if isinstance(m, Dense):
        product = _float_product(m)
        if product is not None:
            return product
    if isinstance(m, Interleave):
        parts = [entries(p).reshape(p.out_features, m.inputs, -1) for p in m.parts]
        if any(p.dtype == object for p in parts):
            parts = [as_fractions(p) for p in parts]
        return np.concatenate(parts, axis=2).reshape(m.out_features, -1)
    return tensor_entries(m.to_rational())


def _float_product(m: Dense) -> Array | None:
    """Multiply float factors in float64, where no bit is lost."""
    bits = 0
    total: Array | None = None
    for tensor, axes in m.factors:
        if not isinstance(tensor, FloatTensor):
            return None
        values = tensor.to_float64()
        bits += _significant_bits(values)
        part = _broadcast(values, axes, m)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            total = part if total is None else total * part
    if total is None or bits > _LOST or not _is_normal(total):
        return None
    shape = (m.out, m.inputs, m.width)
    return np.broadcast_to(total, shape).reshape(m.out, -1)


def _significant_bits(values: Array) -> int:
    """Return the most significand bits that any entry needs."""
    mantissa, _ = np.frexp(values[values != 0])
    whole = np.ldexp(mantissa, _LOST).astype(np.int64)
    if not whole.size:
        return 0
    low = whole & -whole
    return int(_LOST + 1 - np.frexp(low.min(initial=1 << 52).astype(np.float64))[1])


def _is_normal(values: Array) -> bool:
    size = np.abs(values[values != 0])
    return not size.size or bool(size.min() > 2.0**-900 and size.max() < 2.0**900)


def _broadcast(values: Array, axes: str, m: Dense) -> Array:
    """Return a factor with axes (out, input, function) for broadcasting."""
    if "c" in axes:
        values = values.reshape(
            [
                s
                for a, n in zip(axes, values.shape, strict=True)
                for s in _sides(a, n, m)
            ]
        )
        axes = axes.replace("c", "ik")
    order = [axes.index(a) for a in "oik" if a in axes]
    shape = [values.shape[axes.index(a)] if a in axes else 1 for a in "oik"]
    return values.transpose(order).reshape(shape)


def _sides(axis: str, size: int, m: Dense) -> tuple[int, ...]:
    return (m.inputs, m.width) if axis == "c" else (size,)
