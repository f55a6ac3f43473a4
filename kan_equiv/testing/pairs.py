"""Two networks whose relation is known by construction."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from kan_equiv.ir import Box, Network

__all__ = ["NearMiss", "Pair"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two networks that are the same function on the domain.

    Attributes:
        left: an exact network.
        right: another way to write it.
        domain: the box on which they are equal, or None for R^n.
        how: the names of the moves that lead from one to the other.
    """

    left: Network
    right: Network
    domain: Box | None
    how: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Two networks that look alike and differ at a known exact point.

    Attributes:
        left: an exact network.
        right: a slightly wrong way to write it.
        domain: a box that holds the point, or None for R^n.
        how: the difference, then the moves that hide it.
        point: exact rationals, one per input.
        output: index of an output that differs there.
    """

    left: Network
    right: Network
    domain: Box | None
    how: tuple[str, ...]
    point: tuple[Fraction, ...]
    output: int
