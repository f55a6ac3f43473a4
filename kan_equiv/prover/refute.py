"""Tactics that look for an exact point at which two networks differ.

Points that reach every cell of every hidden function come first; then whole lines: on
a line a piecewise linear network is a function of one variable, composed exactly, and
two of them are compared everywhere on it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice

from kan_equiv.errors import NotSeparableError
from kan_equiv.exact.tensor import RationalTensor
from kan_equiv.ir.domain import Box
from kan_equiv.ir.linear import Dense
from kan_equiv.ir.network import Network
from kan_equiv.ir.separable import SeparableForm, separate
from kan_equiv.ir.stage import Affine, Bank
from kan_equiv.prover.certify import refutation
from kan_equiv.prover.compare import compare_layers
from kan_equiv.prover.coverage import covering_points
from kan_equiv.prover.outcome import Outcome, Witness
from kan_equiv.prover.question import Question
from kan_equiv.prover.search import (
    PRECISIONS,
    layer_witness,
    sample_box,
    search_points,
)

__all__ = ["refute_at_points", "refute_by_exploring"]

FEW, MANY = 8, 64
SAMPLES_OF_FEW, SAMPLES_OF_MANY = 512, 4096
LINES = 12
UNITS_OF_ALL_LINES = 1 << 10
BITS = 16


def refute_at_points(question: Question) -> Outcome | None:
    """Compare at a few points that reach most of what can be reached."""
    question.tell("comparing at points")
    start = _start(question)
    points = _points(question, start, SAMPLES_OF_FEW, False)
    return _refuted(question, islice(points, FEW), PRECISIONS[:1])


def refute_by_exploring(question: Question) -> Outcome | None:
    """Compare at points in every cell of every hidden function, then along lines."""
    question.tell("exploring hidden layers")
    start = _start(question)
    points = _points(question, start, SAMPLES_OF_MANY, True)
    found = _refuted(question, islice(points, MANY))
    if found is not None:
        return found
    question.tell("comparing along lines")
    return _refuted(question, _differing_points(question, start))


def _refuted(
    question: Question,
    points: Iterator[list[Fraction]],
    precisions: Sequence[int] = PRECISIONS,
) -> Outcome | None:
    left, right = question.left, question.right
    witness = search_points(left, right, points, question.stop, precisions)
    if witness is None:
        return None
    return refutation(left, right, witness, question.domain)


def _points(
    question: Question, start: Box, samples: int, with_bisection: bool
) -> Iterator[list[Fraction]]:
    networks = (question.left, question.right)
    return covering_points(
        networks, start, question.domain, samples, question.stop, with_bisection
    )


def _start(question: Question) -> Box:
    """Return a bounded box around the knots of the first layers."""
    forms: list[SeparableForm] = []
    for network in (question.left, question.right):
        window = network.window(*network.layer_slices()[0])
        try:
            forms.append(separate(window.stages, window.in_features))
        except NotSeparableError:
            continue
    return sample_box(forms, question.domain, question.left.in_features)


# --- lines ------------------------------------------------------------------------


def _differing_points(question: Question, start: Box) -> Iterator[list[Fraction]]:
    """Yield a point on each of some random lines where the networks differ on it."""
    rng = random.Random(0)
    units = sum(
        stage.out_features
        for network in (question.left, question.right)
        for stage in network.stages
        if isinstance(stage, Bank)
    )
    for _ in range(min(LINES, 1 + UNITS_OF_ALL_LINES // (1 + units))):
        ends = [[_draw(rng, *side.ends) for side in start] for _ in "ab"]
        try:
            witness = _on_line(question, *ends)
        except NotSeparableError:
            return
        if witness is not None:
            (t,) = witness.point
            yield [a + t * (b - a) for a, b in zip(*ends, strict=True)]


def _on_line(
    question: Question, a: list[Fraction], b: list[Fraction]
) -> Witness | None:
    """Compare on the line through a and b, or between them if there is a domain.

    Raises:
        NotSeparableError: a layer is not piecewise linear, or the time is up.
    """
    segment = None if question.domain is None else Box(0, 1).for_inputs(1)
    slopes = [[y - x] for x, y in zip(a, b, strict=True)]
    weight = RationalTensor.from_fractions(
        [v for row in slopes for v in row], (len(a), 1)
    )
    line = Affine(Dense.matrix(weight), RationalTensor.from_fractions(a, (len(a),)))
    left, right = (
        Network(1, (line, *n.stages)) for n in (question.left, question.right)
    )
    forms = tuple(separate(n.stages, 1, question.stop) for n in (left, right))
    difference = compare_layers(forms[0], forms[1], segment)
    if difference.is_equal:
        return None
    return layer_witness(left, right, (forms[0], forms[1]), difference, segment)


def _draw(rng: random.Random, lo: Fraction, hi: Fraction) -> Fraction:
    return lo + (hi - lo) * Fraction(rng.getrandbits(BITS), 1 << BITS)
