"""Layers that are equal where the layers before them can lead.

Two networks on a bounded box are cut into words of equal widths. What the left words
reach on the box is bounded one after the other; a pair of words need only agree there.
So functions that no input reaches, which exact shrinking on a domain leaves out, are
proved to make no difference.
"""

from __future__ import annotations

from dataclasses import dataclass

from kan_equiv.errors import NotSeparableError
from kan_equiv.ir.domain import Box
from kan_equiv.ir.network import Network
from kan_equiv.ir.separable import SeparableForm, separate
from kan_equiv.prover.certify import Link, certify_equal
from kan_equiv.prover.compare import compare_layers
from kan_equiv.prover.outcome import Outcome
from kan_equiv.prover.propagation import outward
from kan_equiv.prover.question import Question
from kan_equiv.prover.spread import MARGIN, spread
from kan_equiv.prover.words import paired_words
from kan_equiv.rules.derivation import Range

__all__ = ["prove_by_reachable_layers"]

CUTS = 3
"""Halvings of cells where values are bounded."""


@dataclass(frozen=True, slots=True)
class _Pair:
    left: Network
    right: Network
    forms: tuple[SeparableForm, SeparableForm]

    def is_equal_on(self, box: Box | None) -> bool:
        if self.left.stages == self.right.stages:
            return True
        return compare_layers(*self.forms, box, limit=1).is_equal


def prove_by_reachable_layers(question: Question) -> Outcome | None:
    """Prove networks equal whose layers agree on what the layers before them reach.

    Applies to words of separable layers on a bounded box.
    """
    left, right, box = question.left, question.right, question.domain
    if box is None or not box.is_bounded:
        return None
    try:
        pairs = [
            _Pair(a, b, (_form(a), _form(b))) for a, b in paired_words(left, right)
        ]
        links = _links(pairs, box, question)
    except NotSeparableError:
        return None
    return None if links is None else certify_equal(left, right, links, box)


def _links(pairs: list[_Pair], box: Box, question: Question) -> list[Link] | None:
    """Return links from the last pair to the first, so that ranges are of left words.

    None where some pair differs, or the time is up.
    """
    everywhere = [pair.is_equal_on(None) for pair in pairs]
    if all(everywhere[1:]):
        return None  # others have compared layers like these
    question.tell("comparing layers on what they reach")
    last = max(k for k, is_equal in enumerate(everywhere) if not is_equal)
    links: list[Link] = []
    ranges: list[Range] = []
    position = 0
    for k, pair in enumerate(pairs):
        if not everywhere[k] and not pair.is_equal_on(box):
            return None
        if pair.left.stages != pair.right.stages:
            here = None if everywhere[k] else box
            links.append(
                Link(
                    position,
                    pair.left.in_features,
                    pair.left.stages,
                    pair.right.stages,
                    domain=here,
                    ranges=() if here is None else tuple(ranges),
                )
            )
        if question.stop():
            return None
        if k < last:
            found = outward(spread(pair.forms[0], None, box, CUTS))
            word = pair.left.stages
            ranges.append(Range(pair.left.in_features, word, box, found, CUTS + MARGIN))
            box = found
        position += len(pair.left.stages)
    return links[::-1]


def _form(word: Network) -> SeparableForm:
    return separate(word.stages, word.in_features)
