"""Rows of exact numbers as multiples of primitive integer vectors.

A primitive vector has gcd 1 and its first entry that is not 0 positive; every rational
vector other than 0 is a multiple of exactly one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

__all__ = ["Direction", "dot", "primitive_rows", "vector"]

Array: TypeAlias = "np.ndarray[Any, Any]"

Direction: TypeAlias = int | bytes | tuple[int, ...]
"""A primitive vector in its one form: the index i of a unit vector e_i; else its
entries in native int64 words, or as a tuple where an entry is longer."""


def vector(direction: Direction, n: int) -> list[int]:
    """Return the n entries.

    >>> vector(1, 3), vector(np.array([2, -3]).tobytes(), 2)
    ([0, 1, 0], [2, -3])
    """
    if isinstance(direction, int):
        return [int(j == direction) for j in range(n)]
    if isinstance(direction, tuple):
        return list(direction)
    return np.frombuffer(direction, dtype=np.int64).tolist()


def dot(direction: Direction, values: Sequence[int]) -> int:
    """Return the product with a vector of integers."""
    if isinstance(direction, int):
        return values[direction]
    entries = vector(direction, len(values))
    return sum(v * x for v, x in zip(entries, values, strict=True) if v)


def primitive_rows(table: Array) -> list[tuple[Direction | None, Fraction]]:
    """Return (direction, factor) for each row of floats or of integers.

    A row is exactly factor times its direction; a row of zeros has none, and factor 0.

    >>> primitive_rows(np.array([[0.5, -1.5], [0.0, -3.0], [0.0, 0.0]]))[1:]
    [(1, Fraction(-3, 1)), (None, Fraction(0, 1))]
    """
    if table.dtype.kind == "f":
        found = _small_integers(table)
        if found is None:
            exact = [[Fraction(v) for v in row] for row in table.tolist()]
            return [_primitive(row) for row in exact]
        rows, exponents = found
    else:
        if table.dtype == object and not _fits(table):
            return [_primitive([Fraction(v) for v in r]) for r in table.tolist()]
        rows, exponents = table.astype(np.int64), [0] * len(table)
    return _primitive_words(rows, exponents)


def _fits(table: Array) -> bool:
    return not table.size or max(abs(table.min()), abs(table.max())) < 1 << 63


def _small_integers(table: Array) -> tuple[Array, list[int]] | None:
    """Return int64 rows and exponents of 2, or None if a row needs longer integers."""
    mantissa, exponent = np.frexp(table)
    scaled = np.ldexp(mantissa, 53).astype(np.int64)
    used = scaled != 0
    low_bit = np.where(used, scaled & -scaled, 1)
    trailing = np.frexp(low_bit.astype(np.float64))[1].astype(np.int64) - 1
    low = np.where(used, exponent - 53 + trailing, np.int64(1 << 20))
    high = np.where(used, exponent, np.int64(-(1 << 20)))
    least = np.where(used.any(axis=1), low.min(axis=1), 0)
    if (high.max(axis=1) - least > 62).any():
        return None
    shift = np.where(used, low - least[:, None], 0)
    return (scaled >> trailing) << shift, least.tolist()


def _primitive_words(
    rows: Array, exponents: list[int]
) -> list[tuple[Direction | None, Fraction]]:
    used = rows != 0
    count = used.sum(axis=1)
    first = used.argmax(axis=1)
    factor = np.gcd.reduce(rows, axis=1)
    factor = np.where(rows[np.arange(len(rows)), first] < 0, -factor, factor)
    rows = rows // np.where(factor == 0, 1, factor)[:, None]
    out: list[tuple[Direction | None, Fraction]] = []
    facts = zip(factor.tolist(), exponents, count.tolist(), first.tolist(), strict=True)
    for row, (g, e, c, i) in zip(rows, facts, strict=True):
        value = Fraction(g << e) if e >= 0 else Fraction(g, 1 << -e)
        out.append((row.tobytes() if c > 1 else i if c else None, value))
    return out


def _primitive(row: Sequence[Fraction]) -> tuple[Direction | None, Fraction]:
    """The same for one row of any rationals."""
    import math

    used = [j for j, v in enumerate(row) if v]
    if not used:
        return None, Fraction(0)
    common = math.lcm(*(row[j].denominator for j in used))
    ints = [v.numerator * (common // v.denominator) for v in row]
    g = math.gcd(*ints) if ints[used[0]] > 0 else -math.gcd(*ints)
    factor = Fraction(g, common)
    if len(used) == 1:
        return used[0], factor
    entries = tuple(v // g for v in ints)
    if max(map(abs, entries)) < 1 << 63:
        return np.array(entries, dtype=np.int64).tobytes(), factor
    return entries, factor
