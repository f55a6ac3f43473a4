"""A network with multiplication nodes, and one that is a conversion of it.

Products, maxima and parallel stages are matched with equal ones only. Where one side
has such stages and the other has none, the forms that ``convert`` knows are derived
from the first: if one of them is the other network, its steps are the proof.
"""

from __future__ import annotations

from collections.abc import Iterator

from kan_equiv.errors import ConversionError
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Affine, Bank
from kan_equiv.prover.certify import certify_equal, links_of
from kan_equiv.prover.outcome import Outcome
from kan_equiv.prover.question import Question
from kan_equiv.rules.convert import derive_compact, derive_target
from kan_equiv.rules.derivation import Derivation

__all__ = ["prove_by_recognition"]

FORMS = ("hinge", "local")
LAYOUTS = ("layers", "sequential")


def prove_by_recognition(question: Question) -> Outcome | None:
    """Prove a network equal to one of its conversions."""
    left, right = question.left, question.right
    if _is_plain(left) == _is_plain(right):
        return None
    question.tell("comparing with conversions")
    source, target = (right, left) if _is_plain(left) else (left, right)
    for derivation in _conversions(source):
        if derivation.target == target:
            links = links_of(derivation.steps)
            if source is right:
                links = tuple(k.reversed() for k in reversed(links))
            return certify_equal(left, right, links, question.domain)
        if question.stop():
            break
    return None


def _is_plain(network: Network) -> bool:
    return all(isinstance(stage, (Affine, Bank)) for stage in network.stages)


def _conversions(source: Network) -> Iterator[Derivation]:
    for form in FORMS:
        try:
            compact = derive_compact(source, form)
            yield compact
            for layout in LAYOUTS:
                yield derive_target(compact, layout)
        except ConversionError:
            continue
