"""Deep networks that are separable as a whole: layers composed into one.

As long as every hidden coordinate depends on one input, as in any network with a single
input, layers compose exactly to functions of single inputs, and these are compared as
one layer. Piecewise linear hidden functions of any depth compose; pieces of degree >= 2
do so under a layer without knots.
"""

from __future__ import annotations

from kan_equiv.errors import NotSeparableError
from kan_equiv.ir.separable import separate
from kan_equiv.prover.certify import Link, certify_equal, refutation
from kan_equiv.prover.compare import compare_layers
from kan_equiv.prover.outcome import Outcome
from kan_equiv.prover.question import Question
from kan_equiv.prover.search import layer_witness

__all__ = ["prove_by_composition"]


def prove_by_composition(question: Question) -> Outcome | None:
    """Compose both networks into functions of single inputs, and compare these.

    Complete for piecewise linear networks with one input. None where some hidden unit
    mixes inputs, or where the composition is not exact in rationals.
    """
    left, right, box = question.left, question.right, question.domain
    if left.depth == right.depth == 1:
        return None
    question.tell("composing layers")
    try:
        forms = (
            separate(left.stages, left.in_features, question.stop),
            separate(right.stages, right.in_features, question.stop),
        )
    except NotSeparableError:
        return None
    difference = compare_layers(*forms, box)
    if difference.is_equal:
        whole = Link(0, left.in_features, left.stages, right.stages, domain=box)
        return certify_equal(left, right, (whole,), box)
    witness = layer_witness(left, right, forms, difference, box)
    if witness is None:
        return None
    return refutation(left, right, witness, box)
