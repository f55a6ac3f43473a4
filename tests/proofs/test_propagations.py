"""Bounds of deep networks, layer by layer, in the verified checker."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.certificate.container import pack
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.ir import Atom, Network, Univariate
from kan_equiv.kernel import propagation
from tests.kernel.builder import box
from tests.networks import kan
from tests.proofs.agreement import compared, needs_checker, opened, words_of_mutations
from tests.soundness.corpus.small.layers import layer
from tests.soundness.corpus.small.layers import propagated as propagated_by
from tests.soundness.corpus.small.writer import Writer

needs_checker()

ATOMS = ("silu", "exp", "gaussian", "sin")  # every form of a bound of slopes
NEAR = Fraction(1, 2**60)  # relative to it, 2^-100 and nearer is not refused
BENT = PiecewisePolynomial.truncated_power(Fraction(1, 3), 1)
JUMP = PiecewisePolynomial.truncated_power(Fraction(1, 3), 0)


def edges(
    name: str, seed: int, inner: PiecewisePolynomial = BENT
) -> list[list[Univariate]]:
    """Two inputs and two outputs: a polynomial in pieces and an atom on every edge."""
    rng = random.Random(f"{name} {seed}")

    def number() -> Fraction:
        return Fraction(rng.choice([-1, 1]) * rng.randint(1, 8), rng.choice([3, 7, 8]))

    return [
        [
            Univariate(inner, ((Atom(name, number(), number()), number()),))
            for _ in range(2)
        ]
        for _ in range(2)
    ]


def within(left: Network, right: Network) -> bytes:
    """A bound that is far from tight."""
    outcome = ke.prove(left, right, domain=ke.Box(-1, 1), within=10**9)
    assert outcome.certificate is not None
    return outcome.certificate.data


def propagated(header: dict[str, Any]) -> dict[str, Any]:
    (judgement,) = [j for j in header["judgements"] if j["kind"] == "propagation"]
    return judgement


def restated(data: bytes, *errors: list[Fraction]) -> bytes:
    """The last layers have these errors; the claim says the same."""
    header, buffers = opened(data)
    layers = propagated(header)["layers"]
    for step, values in zip(layers[-len(errors) :], errors, strict=True):
        step["errors"] = [*map(str, values)]
    header["claim"]["epsilon"] = layers[-1]["errors"]
    return pack(header, buffers)


def found_by_the_kernel(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> list[list[Fraction]]:
    """The least errors per layer, after those that are stated before it."""
    found: list[list[Fraction]] = []
    original = propagation.propagate

    def recorded(*arguments: Any) -> list[Fraction]:
        found.append(original(*arguments))
        return found[-1]

    with monkeypatch.context() as patch:
        patch.setattr(propagation, "propagate", recorded)
        kernel.check(data)
    return found


@pytest.mark.parametrize("name", ATOMS)
def test_errors_end_where_the_kernel_says(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = ke.kan([edges(name, 1), edges(name, 2)])
    right = ke.kan([edges(name, 3), edges(name, 4)])
    data = within(left, right)
    first, last = found_by_the_kernel(data, monkeypatch)
    for off, word in ((NEAR, "valid"), (-NEAR, "invalid")):
        stated = restated(data, [last[0] + NEAR, last[1] + off])
        assert compared(stated, tmp_path) == word
    stated = restated(data, [first[0] - NEAR, first[1]], last)
    assert compared(stated, tmp_path) == "invalid"
    assert compared(restated(data, last), tmp_path) in ("valid", "unsupported")


def test_mutations(tmp_path: Path) -> None:
    data = within(kan([2, 1, 1], seed=1, silu=True), kan([2, 1, 1], seed=2, silu=True))
    header, _ = opened(data)
    place = header["judgements"].index(propagated(header))
    words = words_of_mutations(data, tmp_path, ("judgements", place))
    assert words["invalid"] > 10


def test_a_jump_needs_equal_arguments(tmp_path: Path) -> None:
    """Where an error arrives, no slope bounds a layer with a jump."""
    square, zero = PiecewisePolynomial.of([0, 0, 1]), PiecewisePolynomial.of([])
    first = [[square, zero], [zero, square]]
    left = ke.kan([first, edges("silu", 2, JUMP)])
    right = ke.kan([first, edges("silu", 3, JUMP)])
    data = within(left, right)
    assert compared(data, tmp_path) == "valid"
    layers = propagated(opened(data)[0])["layers"]
    assert layers[0]["errors"] == ["0", "0"]
    last = [Fraction(e) + 1000 for e in layers[-1]["errors"]]
    assert compared(restated(data, last), tmp_path) == "valid"
    stated = restated(data, [Fraction(1, 100), Fraction(0)], last)
    assert compared(stated, tmp_path) == "invalid"


def test_what_is_mixed_before_a_bank_and_then_left_out(tmp_path: Path) -> None:
    """The kernel refuses it, though in the end nothing of it is there."""
    b, square = Writer(), [(0, 1)] * 2
    lines = b.matrix([[1, 0], [0, 1]])
    first, second = b.affine(lines, [0, 0]), b.affine(lines, [1, 0])
    relus = b.bank([b.powers([(0, 1)])], [0, 0, 0])
    outer = [b.linear([[1, 0], [0, 1], [1, 1]]), relus, b.linear([[1, 1, 0]])]
    near = [
        b.bounded(b.sides([first], [second], 2, square), "1", "1"),
        b.bounded(b.sides(outer, outer, 2, square), "0"),
    ]
    where = {"domain": box(square), "bounds": box(square), "subdivisions": 0}
    image = b.judge("range", in_features=2, stages=[first], **where)
    sides = b.sides([first, *outer], [second, *outer], 2, square)
    propagated_by(b, sides, layer(near[0], "1", "1", reach=image), layer(near[1], "7"))
    data = b.bytes()
    assert kernel.check(data).reason == "a layer mixes its inputs before a bank"
    assert compared(data, tmp_path) == "unsupported"
