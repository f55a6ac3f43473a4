"""Work is counted, so that the size of a file bounds the time and space of its check.

A small file can ask for much: one grid for 2^24 inputs, powers of powers, a tent map
after a tent map.  So wherever numbers are written, `spend` counts the 64-bit words,
before that happens where it can, and a file may spend what its size allows.  Refusing
a file costs no soundness; where to count, and how much, is a matter of experience.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import local

from .reader import need

ALLOWANCE = 1 << 27
PER_BYTE = 1 << 7


class Purse(local):
    """What this thread's check may still spend."""

    left = ALLOWANCE


PURSE = Purse()


def allow(size: int) -> None:
    """Begin to check a file of this many bytes."""
    PURSE.left = ALLOWANCE + PER_BYTE * size


def spend(count: int) -> None:
    """Count words; a file that spends too many is refused."""
    PURSE.left -= count
    need(PURSE.left >= 0, "too large: more work than a file of this size may ask for")


def words(n: int) -> int:
    """The words of an integer."""
    return 1 + n.bit_length() // 64


def widest(values: Iterable[int]) -> int:
    """The words of the largest of all."""
    return words(max(map(abs, values), default=0))


def spend_product(count: int) -> None:
    """Count a product, or a greatest common divisor, of integers of so many words."""
    spend(count + (count * count >> 3))
