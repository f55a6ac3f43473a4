"""The tactic for one hidden layer with any weights: sums of ridge functions.

Complete for continuous piecewise polynomial units on R^n and on boxes, in polynomial
time: sums are compared term by term, and a term that is left over leads to a point.
"""

from __future__ import annotations

from kan_equiv.errors import CertificateError, NotSeparableError
from kan_equiv.ir.ridges import mixes_first, ridge_form
from kan_equiv.prover.certify import Link, certify_equal, certify_witness
from kan_equiv.prover.outcome import Outcome, Refuted, Unknown
from kan_equiv.prover.question import Question
from kan_equiv.prover.ridge_difference import ridge_difference
from kan_equiv.prover.ridge_points import separating_points
from kan_equiv.prover.search import separates

__all__ = ["prove_by_ridges"]


def prove_by_ridges(question: Question) -> Outcome | None:
    """Compare two words that are sums of functions of one direction each.

    Applies where one side is a single layer and some row before a bank mixes inputs.
    """
    left, right, box = question.left, question.right, question.domain
    words = left.stages, right.stages
    if 1 not in (left.depth, right.depth) or not any(map(mixes_first, words)):
        return None
    question.tell("comparing ridge functions")
    n = left.in_features
    try:
        f, g = (ridge_form(word, n, box) for word in words)
    except NotSeparableError:
        return None
    difference = ridge_difference(f, g, box)
    try:
        if difference.is_zero(n):
            link = Link(0, n, left.stages, right.stages, domain=box)
            return certify_equal(left, right, [link], box)
        for point in separating_points(difference, n, box):
            if question.deadline.is_over:
                break
            if (witness := separates(left, right, point)) is not None:
                certificate = certify_witness(left, right, witness, box)
                return Refuted(witness, certificate)
    except CertificateError as error:
        return Unknown(f"ridge functions: {error}")
    outputs = difference.outputs()[:3]
    return Unknown(
        f"ridge functions: terms differ in outputs {outputs}, but no point was found "
        "where the sides do"
    )
