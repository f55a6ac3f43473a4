"""Every outcome is challenged, by points and by code that shares nothing with it.

A few hundred pairs by default; 10,000 with HYPOTHESIS_PROFILE=fuzz.
"""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import event, given, settings

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.certificate.container import unpack
from kan_equiv.certificate.model import Certificate
from kan_equiv.exact import Enclosure
from kan_equiv.ir import Box
from kan_equiv.testing import strategies as s
from kan_equiv.testing.pairs import NearMiss, Pair
from kan_equiv.testing.points import (
    corners,
    face_points,
    hyperplanes,
    random_point,
    vertices,
)
from kan_equiv.testing.strategies.kinds import KINDS
from tests.kernel import evaluate

COMPLETE = ("univariate", "separable", "one_hidden_layer")
"""Kinds on which the prover may not answer unknown."""
PROFILE = settings.default.max_examples if settings.default else 100
EXAMPLES = 40 if PROFILE <= 100 else PROFILE // 4
CLOSE = Fraction(1, 10**50)


def independent(certificate: Certificate, point: Any) -> list[list[Fraction]]:
    """Both sides of a certificate's claim at a point, by tests/kernel/evaluate.py."""
    header, buffers = unpack(certificate.data)
    b = SimpleNamespace(objects=header["objects"], buffers=buffers)
    sides = (header["claim"]["left"], header["claim"]["right"])
    return [evaluate.network(b, side, point) for side in sides]


def bounded(box: Box) -> Box:
    """The box, its infinite ends pulled in."""
    pairs: list[tuple[Fraction, Fraction]] = []
    for i in box:
        lo = i.lo if i.lo is not None else min(Fraction(-9), (i.hi or 0) - 9)
        hi = i.hi if i.hi is not None else max(Fraction(9), lo + 9)
        pairs.append((lo, hi))
    return Box(pairs)


def attack_points(pair: Pair | NearMiss) -> list[tuple[Fraction, ...]]:
    """Cell vertices, their midpoints, corners, points on faces, and random points."""
    rng = random.Random(0)
    n = pair.left.in_features
    box = bounded(pair.domain or Box(-9, 9).for_inputs(n))
    planes = tuple(dict.fromkeys((*hyperplanes(pair.left), *hyperplanes(pair.right))))
    marks = list(vertices(planes, box, rng, 8))
    marks += [p for _, p, _ in face_points(planes, box, rng, 6)]
    marks += list(corners(box, 2))
    between = [
        tuple((a + b) / 2 for a, b in zip(p, q, strict=True))
        for p, q in pairwise(marks)
    ]
    return [*marks, *between[:10], *(random_point(box, rng, 6) for _ in range(4))]


def challenge(pair: Pair | NearMiss, outcome: ke.Proved | ke.Refuted) -> None:
    certificate = outcome.certificate
    verdict = kernel.check(certificate.data)
    assert verdict.verdict == "valid", verdict
    if isinstance(outcome, ke.Proved):
        assert "are equal as functions over the reals" in verdict.claim
        for point in attack_points(pair):
            try:
                left, right = independent(certificate, point)
            except evaluate.TooLargeError:
                assert pair.left.has_atoms or pair.right.has_atoms
                continue
            gaps = [abs(a - b) for a, b in zip(left, right, strict=True)]
            assert max(gaps) <= (CLOSE if pair.left.has_atoms else 0), point
            assert pair.left.has_atoms or pair.left(point) == pair.right(point)
        return
    w = outcome.witness
    assert pair.domain is None or w.point in pair.domain
    left, right = (side[w.output] for side in independent(certificate, w.point))
    assert left != right
    for stated, value in ((w.left, left), (w.right, right)):
        ends = (stated, stated)
        if isinstance(stated, Enclosure):
            ends = (stated.lower, stated.upper)
        assert ends[0] - CLOSE <= value <= ends[1] + CLOSE


def count(drawn: Counter[str], kind: str, what: str, record: Any) -> None:
    words = ", ".join(f"{n} {name.lower()}" for name, n in sorted(drawn.items()))
    record("outcomes", f"{kind} {what}: {words}")


@pytest.mark.parametrize("kind", KINDS)
def test_equal_pairs_are_never_refuted(kind: str, record_property: Any) -> None:
    drawn: Counter[str] = Counter()

    @settings(max_examples=EXAMPLES)
    @given(s.equivalent_pairs(kinds=[kind]))
    def check(pair: Pair) -> None:
        outcome = ke.prove(pair.left, pair.right, domain=pair.domain)
        name = type(outcome).__name__
        event(name)
        drawn[name] += 1
        assert not outcome.is_refuted, pair.how
        if isinstance(outcome, ke.Unknown):
            assert kind not in COMPLETE, (outcome.reason, pair.how)
        else:
            challenge(pair, outcome)

    check()
    count(drawn, kind, "equal", record_property)


@pytest.mark.parametrize("kind", ["univariate", "separable"])
def test_pairs_with_ratios_are_decided(kind: str, record_property: Any) -> None:
    drawn: Counter[str] = Counter()

    @settings(max_examples=EXAMPLES)
    @given(
        s.equivalent_pairs(kinds=[kind], allow_ratios=True)
        | s.near_miss_pairs(kinds=[kind], allow_ratios=True)
    )
    def check(pair: Pair | NearMiss) -> None:
        outcome = ke.prove(pair.left, pair.right, domain=pair.domain)
        drawn[type(outcome).__name__] += 1
        assert outcome.is_refuted is isinstance(pair, NearMiss), (outcome, pair.how)
        assert not isinstance(outcome, ke.Unknown), (outcome.reason, pair.how)
        challenge(pair, outcome)

    check()
    count(drawn, kind, "with ratios", record_property)


@pytest.mark.parametrize("kind", KINDS)
def test_near_misses_are_never_proved(kind: str, record_property: Any) -> None:
    drawn: Counter[str] = Counter()

    @settings(max_examples=EXAMPLES)
    @given(s.near_miss_pairs(kinds=[kind]))
    def check(miss: NearMiss) -> None:
        outcome = ke.prove(miss.left, miss.right, domain=miss.domain)
        name = type(outcome).__name__
        event(name)
        drawn[name] += 1
        assert not outcome.is_proved, miss.how
        if isinstance(outcome, ke.Unknown):
            assert kind not in COMPLETE, (outcome.reason, miss.how)
        else:
            challenge(miss, outcome)

    check()
    count(drawn, kind, "near misses", record_property)


@settings(max_examples=EXAMPLES)
@given(s.equivalent_pairs(allow_atoms=True))
def test_equal_pairs_with_atoms_are_never_refuted(pair: Pair) -> None:
    outcome = ke.prove(pair.left, pair.right, domain=pair.domain)
    assert not outcome.is_refuted, pair.how
    if isinstance(outcome, ke.Proved):
        challenge(pair, outcome)


@settings(max_examples=EXAMPLES)
@given(s.near_miss_pairs(allow_atoms=True))
def test_near_misses_with_atoms_are_never_proved(miss: NearMiss) -> None:
    outcome = ke.prove(miss.left, miss.right, domain=miss.domain)
    assert not outcome.is_proved, miss.how
    if isinstance(outcome, ke.Refuted):
        challenge(miss, outcome)


def test_the_challenge_can_fail() -> None:
    """A certificate for other networks than the outcome names does not pass."""
    f, g = ke.mlp([([[1]], [0]), ([[1]], [0])]), ke.mlp([([[1]], [1]), ([[1]], [0])])
    same = ke.prove(f, f)
    assert isinstance(same, ke.Proved)
    with pytest.raises(AssertionError):
        challenge(Pair(f, g, None, ()), same)
    refuted = ke.prove(f, g)
    assert isinstance(refuted, ke.Refuted)
    with pytest.raises(AssertionError):
        challenge(Pair(f, g, Box(50, 60).for_inputs(1), ()), refuted)
