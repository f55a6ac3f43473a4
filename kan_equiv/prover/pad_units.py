"""Networks of as many layers, whose hidden layers have more or fewer units.

A pruned network has fewer hidden units than its origin. Zeros after those of the
smaller layer, which nothing reads, make both as wide and change nothing: P appends
them, Q leaves them out, and QP is the identity, which is what gets proved.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from kan_equiv.exact.tensor import RationalTensor
from kan_equiv.ir.linear import Dense
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Affine, Stage, select
from kan_equiv.prover.certify import Link, Rewritten

__all__ = ["PaddedUnits", "pad_units"]


@dataclass(frozen=True, slots=True)
class PaddedUnits:
    """Two networks with hidden layers of equal widths.

    Attributes:
        left: the left network, zeros appended where it is narrower.
        right: likewise.
        words: the pairs of words.
    """

    left: Rewritten
    right: Rewritten
    words: tuple[tuple[Network, Network], ...]


def pad_units(
    left: Network, right: Network, cuts_of: Callable[[Network], Sequence[int]]
) -> PaddedUnits | None:
    """Append zeros to hidden layers that are narrower than their counterpart.

    Args:
        left: a network.
        right: another one.
        cuts_of: after which stages a network is cut into layers; the last is the end.

    Returns:
        None where the networks have different numbers of layers, inputs or outputs, or
        no widths that differ.
    """
    sides = [_words(n, cuts_of(n)) for n in (left, right)]
    widths = [[word.out_features for word in words] for words in sides]
    ends = [(n.in_features, n.out_features) for n in (left, right)]
    if len(sides[0]) != len(sides[1]) or ends[0] != ends[1] or widths[0] == widths[1]:
        return None
    wide = [max(pair) for pair in zip(*widths, strict=True)]
    (first, a), (second, b) = (_padded(words, wide) for words in sides)
    return PaddedUnits(first, second, tuple(zip(a, b, strict=True)))


def _words(network: Network, cuts: Sequence[int]) -> list[Network]:
    return [network.window(*cut) for cut in pairwise((0, *cuts))]


def _padded(
    words: Sequence[Network], widths: Sequence[int]
) -> tuple[Rewritten, list[Network]]:
    out: list[Network] = []
    links: list[Link] = []
    whole: list[Stage] = []
    opening: tuple[Stage, ...] = ()
    for word, width in zip(words, widths, strict=True):
        n, m = out[-1].out_features if out else word.in_features, word.out_features
        stages = (*opening, *word.stages)
        whole += word.stages
        opening = ()
        if m < width:
            closing, opening = _append_zeros(m, width), (select(range(m), width),)
            links.append(Link(len(whole), m, (), (*closing, *opening)))
            stages = (*stages, *closing)
            whole += [*closing, *opening]
        out.append(Network(n, stages))
    source = Network(words[0].in_features, tuple(s for w in words for s in w.stages))
    network = Network(source.in_features, tuple(whole))
    return Rewritten(source, network, tuple(links)), out


def _append_zeros(m: int, width: int) -> tuple[Affine]:
    ones = [Fraction(r == c) for r in range(width) for c in range(m)]
    tensor = RationalTensor.from_fractions(ones, (width, m), "")
    return (Affine.linear(Dense.matrix(tensor)),)
