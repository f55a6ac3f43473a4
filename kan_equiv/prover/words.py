"""Two networks cut into pairs of separable words of equal widths.

Where hidden layers have different widths, zeros are appended first (``pad_units``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from kan_equiv.errors import NotSeparableError
from kan_equiv.ir.network import Network
from kan_equiv.ir.separable import separate
from kan_equiv.ir.stage import Affine, Bank
from kan_equiv.prover.certify import Rewritten
from kan_equiv.prover.pad_units import pad_units

__all__ = ["Words", "paired_words", "rewritten_words"]

Words: TypeAlias = Sequence[tuple[Network, Network]]


def rewritten_words(
    left: Network, right: Network
) -> tuple[Words, tuple[Rewritten, ...], tuple[Rewritten, ...]]:
    """Return pairs of words, and how left and right were rewritten to have them."""
    try:
        return paired_words(left, right), (), ()
    except NotSeparableError:
        for cuts_of in (_layer_cuts, _all_cuts):
            padded = pad_units(left, right, cuts_of)
            if padded and all(_is_separable(n) for pair in padded.words for n in pair):
                return padded.words, _used(padded.left), _used(padded.right)
        raise


def _used(step: Rewritten) -> tuple[Rewritten, ...]:
    return (step,) if step.links else ()


def paired_words(left: Network, right: Network) -> list[tuple[Network, Network]]:
    """Cut two networks into pairs of separable words of equal widths.

    Raises:
        NotSeparableError: there is no such cutting among those that are tried: after
            layers, before banks, and at both.
    """
    for cuts_of in (_layer_cuts, _bank_cuts, _all_cuts):
        sides = _Side(left, cuts_of(left)), _Side(right, cuts_of(right))
        if (found := _pair_up(*sides, 0, 0, set())) is not None:
            return found
    raise NotSeparableError(
        "the networks cannot be cut into separable words of equal widths: after their "
        f"stages they have {_widths(left)} and {_widths(right)} coordinates"
    )


def _is_separable(word: Network) -> bool:
    try:
        separate(word.stages, word.in_features)
    except NotSeparableError:
        return False
    return True


class _Side:
    """A network, where it may be cut, and which of its words are separable."""

    def __init__(self, network: Network, cuts: Sequence[int]) -> None:
        self.network, self.cuts = network, cuts
        self._separable: dict[tuple[int, int], bool] = {}

    def word(self, start: int, stop: int) -> Network:
        return self.network.window(start, stop)

    def is_separable(self, start: int, stop: int) -> bool:
        key = start, stop
        if key not in self._separable:
            self._separable[key] = _is_separable(self.word(start, stop))
        return self._separable[key]


def _pair_up(
    left: _Side, right: _Side, a: int, b: int, dead: set[tuple[int, int]]
) -> list[tuple[Network, Network]] | None:
    """Pair the words from stages a and b on, short ones first."""
    if a == len(left.network.stages) and b == len(right.network.stages):
        return []
    if (a, b) in dead:
        return None
    for c in (c for c in left.cuts if c > a):
        for d in (d for d in right.cuts if d > b):
            one, other = left.word(a, c), right.word(b, d)
            if one.out_features != other.out_features:
                continue
            if left.is_separable(a, c) and right.is_separable(b, d):
                rest = _pair_up(left, right, c, d, dead)
                if rest is not None:
                    return [(one, other), *rest]
    dead.add((a, b))
    return None


def _layer_cuts(network: Network) -> list[int]:
    return [stop for _, stop in network.layer_slices()]


def _bank_cuts(network: Network) -> list[int]:
    """Before every bank: programs have a layer for each."""
    banks = [s for s, stage in enumerate(network.stages) if isinstance(stage, Bank)]
    return [*(s for s in banks if s), len(network.stages)]


def _all_cuts(network: Network) -> list[int]:
    stages = network.stages
    before = {
        s
        for s in range(1, len(stages))
        if isinstance(stages[s - 1], Affine) and not isinstance(stages[s], Affine)
    }
    return sorted({*before, *_layer_cuts(network)})


def _widths(network: Network) -> list[int]:
    return [stage.out_features for stage in network.stages]
