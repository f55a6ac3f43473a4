"""Ratios of polynomials: rational networks, and roots of denominators."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.certificate.verified import verified_check
from kan_equiv.ir.network import Network
from kan_equiv.prover.outcome import Proved, Refuted
from tests.kernel.builder import Builder
from tests.networks import family_path
from tests.proofs.agreement import (
    compared,
    needs_checker,
    words_of_flips,
    words_of_mutations,
)

needs_checker()

TINY = Fraction(1, 10**30)
X2_MINUS_2 = (-2, 0, 1)


def kats() -> list[Network]:
    return [ke.load(family_path("kat"), device=d) for d in ("cpu", "cuda")]


def test_a_kat_differs_from_its_fallback(tmp_path: Path) -> None:
    cpu, cuda = kats()
    outcome = ke.prove(cpu, cuda)
    assert isinstance(outcome, Refuted)
    assert compared(outcome.certificate.data, tmp_path) == "valid"


def test_a_kat_equals_its_fallback_right_of_zero(tmp_path: Path) -> None:
    cpu, cuda = (network.layer(0) for network in kats())
    positive = ke.Box([(0, None)] * cpu.in_features)
    outcome = ke.prove(cpu, cuda, domain=positive)
    assert isinstance(outcome, Proved)
    data = outcome.certificate.data
    assert compared(data, tmp_path) == "valid"
    words = words_of_mutations(data, tmp_path) + words_of_flips(data, tmp_path)
    # What stays valid lies left of 0, or stands on both sides.
    assert words["invalid"] > 50


def file_with(
    q: tuple[int | Fraction, ...], cuts: list[Fraction | int], pieces: list[list[int]]
) -> bytes:
    """A file of one network, one term of one function."""
    b = Builder()
    b.format = "kan_equiv.network"
    net = b.network(1, b.bank([b.ratios([(q, 1, cuts, pieces)])], [0]))
    b.claim = {"kind": "network", "network": net}
    return b.bytes()


@pytest.mark.parametrize(
    ("q", "cuts", "pieces", "word"),
    [
        # between 9-digit bounds of the square root of 2
        (X2_MINUS_2, [Fraction(1414213563, 10**9)], [[], [1]], "valid"),
        (X2_MINUS_2, [Fraction(1414213562, 10**9)], [[], [1]], "invalid"),
        (X2_MINUS_2, [Fraction(-1414213563, 10**9)], [[1], []], "valid"),
        (X2_MINUS_2, [Fraction(-1414213562, 10**9)], [[1], []], "invalid"),
        (X2_MINUS_2, [Fraction(-14, 10), Fraction(14, 10)], [[], [1], []], "valid"),
        (X2_MINUS_2, [Fraction(-14, 10), Fraction(15, 10)], [[], [1], []], "invalid"),
        # at an end of a cell, on either side, and beyond it by a little
        ((-1, 1), [1, 2], [[], [1], []], "invalid"),
        ((-2, 1), [1, 2], [[], [1], []], "invalid"),
        ((-2 - TINY, 1), [1, 2], [[], [1], []], "valid"),
        ((-1 + TINY, 1), [1, 2], [[], [1], []], "valid"),
        # close to a root, on all of R and on a cell
        ((TINY, 0, 1), [], [[1]], "valid"),
        ((-TINY, 0, 1), [], [[1]], "invalid"),
        ((4 + TINY, -4, 1), [1, 3], [[], [1], []], "valid"),
        ((4 - TINY, -4, 1), [1, 3], [[], [1], []], "invalid"),
        # a root far away
        ((-(10**40), 1), [10**40 + 1], [[], [1]], "valid"),
        ((-(10**40), 1), [10**40 - 1], [[], [1]], "invalid"),
        # a double root: found where it is halved to, and never accepted
        ((4, -4, 1), [1, 3], [[], [1], []], "invalid"),
        ((4, -4, 1), [1, 4], [[], [1], []], "unsupported"),
        ((4, -4, 1), [], [[1]], "unsupported"),
    ],
)
def test_roots_of_denominators(
    q: tuple[int | Fraction, ...],
    cuts: list[Fraction | int],
    pieces: list[list[int]],
    word: str,
    tmp_path: Path,
) -> None:
    data = file_with(q, cuts, pieces)
    assert compared(data, tmp_path) == word
    if word == "unsupported":
        assert kernel.check(data).verdict == "invalid"


def test_a_numerator_off_by_a_little(tmp_path: Path) -> None:
    """1/((2x + 1)^2 + 1) = (1/4)/(x^2 + x + 1/2)."""
    for error, word in ((Fraction(0), "valid"), (TINY, "invalid")):
        b = Builder()
        outer = b.bank([b.ratios([((1, 0, 1), 1, [], [[1]])])], [0])
        inner = b.ratios([((Fraction(1, 2), 1, 1), 1, [], [[Fraction(1, 4) + error]])])
        left, right = [b.linear([[2]], [1]), outer], [b.bank([inner], [0])]
        assert compared(b.equal(1, left, right), tmp_path) == word


def test_high_degrees_are_decided(tmp_path: Path) -> None:
    """x^64 + ... + 1 has no real root, and x^63 - 3 has one; neither takes long."""
    for q, word in (((1,) * 65, "valid"), ((-3, *[0] * 62, 1), "invalid")):
        path = tmp_path / "high.cert"
        path.write_bytes(file_with(q, [], [[1]]))
        assert verified_check(path).verdict == word
