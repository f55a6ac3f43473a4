"""The layers of two networks whose affine stages may be multiplied out differently."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Bank

__all__ = ["paired_layers"]


def paired_layers(left: Network, right: Network) -> list[tuple[Network, Network]]:
    """Return the layers of both, pair by pair.

    Where both have the same stages up to numbers, these are ``layer(l)``. Otherwise
    affine stages were multiplied out, and the narrowest cut need not be at the same
    place of the function in both; the places before banks are.

    Raises:
        ValueError: they have different numbers of banks.

    >>> from kan_equiv.ir.build import mlp
    >>> apart = mlp([([[1]], None), ([[2]], None)])
    >>> len(paired_layers(apart, apart))
    1
    """
    cuts = [[n.layer(l) for l in range(n.depth)] for n in (left, right)]
    if _shapes(cuts[0]) != _shapes(cuts[1]):
        cuts = [_cut_before_banks(n) for n in (left, right)]
    return list(zip(*cuts, strict=True))


def _shapes(layers: Sequence[Network]) -> list[list[tuple[type, int]]]:
    return [[(type(s), s.out_features) for s in n.stages] for n in layers]


def _cut_before_banks(network: Network) -> list[Network]:
    banks = [s for s, v in enumerate(network.stages) if s and isinstance(v, Bank)]
    ends = [0, *banks, len(network.stages)]
    return [network.window(a, b) for a, b in pairwise(ends)]
