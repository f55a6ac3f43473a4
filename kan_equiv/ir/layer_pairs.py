"""The layers of two networks whose affine stages may be multiplied out differently."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Bank

__all__ = ["paired_layers"]


def paired_layers(left: Network, right: Network) -> list[tuple[Network, Network]]:
    """Return the layers of both, pair by pair; where widths differ, cut before banks.

    Raises:
        ValueError: they have different numbers of banks.

    >>> from kan_equiv.ir.build import mlp
    >>> apart = mlp([([[1]], None), ([[2]], None)])
    >>> len(paired_layers(apart, apart))
    1
    """
    cuts = [[n.layer(l) for l in range(n.depth)] for n in (left, right)]
    if _widths(cuts[0]) != _widths(cuts[1]):
        cuts = [_cut_before_banks(n) for n in (left, right)]
    return list(zip(*cuts, strict=True))


def _widths(layers: Sequence[Network]) -> list[int]:
    return [n.in_features for n in layers]


def _cut_before_banks(network: Network) -> list[Network]:
    banks = [s for s, v in enumerate(network.stages) if s and isinstance(v, Bank)]
    ends = [0, *banks, len(network.stages)]
    return [network.window(a, b) for a, b in pairwise(ends)]
