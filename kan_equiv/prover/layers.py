"""Matching two networks layer by layer, as they stand or with stages factored."""

from __future__ import annotations

from dataclasses import replace

from kan_equiv.ir.domain import Box
from kan_equiv.ir.network import Network
from kan_equiv.prover.align import Alignment, Mismatch, align
from kan_equiv.prover.certify import Link, certify_equal, links_of, refutation
from kan_equiv.prover.compare import LayerDifference
from kan_equiv.prover.outcome import Outcome, Unknown
from kan_equiv.prover.question import Question
from kan_equiv.prover.resplit import resplit
from kan_equiv.prover.search import MOST_BITS, layer_witness
from kan_equiv.rules.derivation import Derivation
from kan_equiv.rules.drop_dead_units import drop_dead_units

__all__ = ["prove_by_factoring", "prove_by_layers"]


def prove_by_layers(question: Question) -> Outcome | None:
    """Match the layers of both sides; refute by a point where a single layer differs.

    Complete for two single layers of pieces and atoms (docs/reference/completeness.md).
    """
    question.tell("matching layers")
    left, right, box = question.left, question.right, question.domain
    alignment = align(left, right, box)
    if (mismatch := alignment.mismatch) is None:
        return certify_equal(left, right, alignment.links, box)
    if (found := _align_without_dead_units(left, right, box)) is not None:
        return certify_equal(left, right, found, box)
    forms, difference = (mismatch.left, mismatch.right), mismatch.difference
    if left.depth == right.depth == 1 and difference and forms[0] and forms[1]:
        witness = layer_witness(left, right, (forms[0], forms[1]), difference, box)
        if witness is not None:
            return refutation(left, right, witness, box)
        return Unknown(
            f"the layers differ in {_where(difference)}, but by so little that "
            f"{MOST_BITS} bits do not show it at any point tried"
        )
    return Unknown(_reason(mismatch))


def prove_by_factoring(question: Question) -> Outcome | None:
    """Match layers after finding those of one side in dense stages of the other."""
    question.tell("factoring dense stages")
    left, right, box = question.left, question.right, question.domain
    found = _align_factored(left, right, box)
    return None if found is None else certify_equal(left, right, found.links, box)


def _align_without_dead_units(
    left: Network, right: Network, box: Box | None
) -> tuple[Link, ...] | None:
    """Align after leaving out what nothing reads, where there is such a unit."""
    a, b = (drop_dead_units(Derivation.start(n)) for n in (left, right))
    if not a.steps and not b.steps:
        return None
    alignment = align(a.target, b.target, box)
    if alignment.mismatch is not None:
        return None
    back = [k.reversed() for k in reversed(links_of(b.steps))]
    return (*links_of(a.steps), *alignment.links, *back)


def _align_factored(left: Network, right: Network, box: Box | None) -> Alignment | None:
    """Align after finding the layers of one side in dense stages of the other."""
    if (found := resplit(left, right)) is not None:
        alignment = align(left, found.network, box)
        if alignment.mismatch is None:
            return Alignment((*alignment.links, *found.links), None)
    if (found := resplit(right, left)) is not None:
        alignment = align(found.network, right, box)
        if alignment.mismatch is None:
            forward = [replace(k, is_backward=False) for k in reversed(found.links)]
            return Alignment((*forward, *alignment.links), None)
    return None


def _reason(mismatch: Mismatch) -> str:
    if mismatch.difference is None:
        return f"layer {mismatch.layer}: {mismatch.reason}"
    return (
        f"layer {mismatch.layer} differs in {_where(mismatch.difference)}, which the "
        "layers before may not let through"
    )


def _where(difference: LayerDifference) -> str:
    if difference.defined:
        return "where they are defined"
    if difference.edges:
        return f"edges {list(difference.edges[:3])} (input, output)"
    return f"constants of outputs {list(difference.constants[:3])}"
