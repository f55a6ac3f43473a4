"""Words of stages put together by hand."""

from __future__ import annotations

from fractions import Fraction

from kan_equiv.exact import RationalTensor
from kan_equiv.ir import Dense, Network, Stage

__all__ = ["matrix", "spliced", "vector"]


def spliced(network: Network, at: int, length: int, new: tuple[Stage, ...]) -> Network:
    """Return the network with ``length`` stages at a position replaced."""
    stages = network.stages
    return Network(network.in_features, (*stages[:at], *new, *stages[at + length :]))


def matrix(rows: list[dict[int, Fraction]], n: int) -> Dense:
    """Return an exact matrix of n columns from sparse rows."""
    flat = [row.get(c, Fraction(0)) for row in rows for c in range(n)]
    return Dense.matrix(RationalTensor.from_fractions(flat, (len(rows), n)))


def vector(values: list[Fraction]) -> RationalTensor:
    """Return an exact vector."""
    return RationalTensor.from_fractions(values, (len(values),))
