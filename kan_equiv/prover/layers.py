"""The first tactic: match two networks layer by layer, or refute at a layer."""

from __future__ import annotations

from dataclasses import replace

from kan_equiv.errors import CertificateError, NotSeparableError
from kan_equiv.ir.domain import Box
from kan_equiv.ir.network import Network
from kan_equiv.ir.separable import separate
from kan_equiv.prover.align import Alignment, Mismatch, align
from kan_equiv.prover.certify import certify_equal, certify_witness
from kan_equiv.prover.outcome import Outcome, Refuted, Unknown, Witness
from kan_equiv.prover.question import Deadline, Question
from kan_equiv.prover.resplit import resplit
from kan_equiv.prover.search import layer_witness, sample_box, search_points

__all__ = ["prove_by_layers"]


def prove_by_layers(question: Question) -> Outcome | None:
    """Match the layers of both sides; refute by a point where a layer differs.

    Complete for two single layers of pieces and atoms (docs/reference/completeness.md).
    """
    question.tell("matching layers")
    left, right, box = question.left, question.right, question.domain
    alignment = align(left, right, box)
    if (mismatch := alignment.mismatch) is None:
        return certify_equal(left, right, alignment.links, box)
    # Layers that do not pair up are rather written differently than different.
    attempts = [_try_witness, _try_factored]
    if mismatch.difference is None:
        attempts.reverse()
    for attempt in attempts:
        if (outcome := attempt(question, mismatch)) is not None:
            return outcome
    return Unknown(_reason(mismatch, question.deadline))


def _try_witness(question: Question, mismatch: Mismatch) -> Outcome | None:
    witness = _find_witness(question, mismatch)
    if witness is None:
        return None
    left, right, box = question.left, question.right, question.domain
    try:
        return Refuted(witness, certify_witness(left, right, witness, box))
    except CertificateError as error:
        # The kernel's enclosures have limits that Arb does not have.
        return Unknown(f"the sides differ at a point, but {error}")


def _try_factored(question: Question, _: Mismatch) -> Outcome | None:
    if question.deadline.is_over:
        return None
    left, right, box = question.left, question.right, question.domain
    found = _align_factored(left, right, box)
    return None if found is None else certify_equal(left, right, found.links, box)


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


def _find_witness(question: Question, mismatch: Mismatch) -> Witness | None:
    left, right, box = question.left, question.right, question.domain
    difference = mismatch.difference
    forms = None
    if mismatch.left is not None and mismatch.right is not None:
        forms = (mismatch.left, mismatch.right)
    if forms and difference and mismatch.left_start == mismatch.right_start == 0:
        found = layer_witness(left, right, forms, difference, box)
        if found is not None:
            return found
    first = []
    for network in (left, right):
        start, stop = network.layer_slices()[0]
        window = network.window(start, stop)
        try:
            first.append(separate(window.stages, window.in_features))
        except NotSeparableError:
            continue
    return search_points(
        left,
        right,
        left.window(0, mismatch.left_start),
        forms,
        difference,
        sample_box(first, box, left.in_features),
        lambda: question.deadline.is_over,
    )


def _reason(mismatch: Mismatch, deadline: Deadline) -> str:
    if deadline.is_over:
        return f"timeout while searching a witness at layer {mismatch.layer}"
    if mismatch.difference is None:
        return f"layer {mismatch.layer}: {mismatch.reason}"
    where = (
        f"edges {list(mismatch.difference.edges[:3])} (input, output)"
        if mismatch.difference.edges
        else f"constants of outputs {list(mismatch.difference.constants[:3])}"
    )
    return (
        f"layer {mismatch.layer} differs in {where}, but no sampled input makes the "
        "whole networks differ: the difference may be out of reach of the layers before"
    )
