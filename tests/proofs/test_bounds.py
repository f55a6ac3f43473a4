"""Bounds of functions with atoms: distances and ranges in the verified checker."""

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
from kan_equiv.kernel import distance, ranges
from tests.networks import kan
from tests.proofs.agreement import compared, needs_checker, opened, words_of_mutations

needs_checker()

ATOMS = ("sigmoid", "silu", "tanh", "exp", "gaussian", "sin", "cos")
NEAR = Fraction(1, 2**80)  # nearer than about 2^-100 the checker does not refuse


def network(name: str, seed: int) -> Network:
    """Two inputs and two outputs: a parabola and an atom on every edge."""
    rng = random.Random(f"{name} {seed}")

    def number() -> Fraction:
        return Fraction(rng.choice([-1, 1]) * rng.randint(1, 20), rng.choice([3, 7, 8]))

    def edge() -> Univariate:
        polynomial = PiecewisePolynomial.of([number(), number(), number()])
        return Univariate(polynomial, ((Atom(name, number(), number()), number()),))

    return ke.kan([[edge() for _ in range(2)] for _ in range(2)])


def certified(left: Network, right: Network) -> bytes:
    return ke.distance(left, right, domain=ke.Box(-1, 1)).certificate.data


def restated(data: bytes, kind: str, **fields: Any) -> bytes:
    """The one judgement of a kind with other fields; the claim says the same."""
    header, buffers = opened(data)
    (judgement,) = [j for j in header["judgements"] if j["kind"] == kind]
    judgement |= fields
    if kind == "distance":
        claim = header["claim"] | {"epsilon": judgement["bounds"]}
        header["claim"] = claim | {"attained": judgement["attained"]}
    return pack(header, buffers)


@pytest.mark.parametrize("name", ATOMS)
def test_distances_end_where_the_kernel_says(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = certified(network(name, 1), network(name, 2))
    assert compared(data, tmp_path) == "valid"
    least = [Fraction(0)] * 2
    attained: list[Fraction] = []

    class Recorded(distance.Sums):
        def greatest(self, o: int, sign: int, cuts: int) -> Fraction:
            found = super().greatest(o, sign, cuts)
            least[o] = max(least[o], found)
            return found

        def at(self, o: int, point: Any) -> tuple[Fraction, Fraction]:
            low, high = super().at(o, point)
            attained.append(max(low, -high))
            return low, high

    with monkeypatch.context() as patch:
        patch.setattr(distance, "Sums", Recorded)
        assert kernel.check(data).verdict == "valid"
    assert len(attained) == 2
    exact = restated(data, "distance", bounds=[*map(str, least)])
    assert compared(exact, tmp_path) in ("valid", "unsupported")
    above = [str(v + NEAR) for v in least]
    below = [str(v - NEAR) for v in attained]
    for off, word in ((NEAR, "valid"), (-NEAR, "invalid")):
        bounds = [above[0], str(least[1] + off)]
        stated = restated(data, "distance", bounds=bounds)
        assert compared(stated, tmp_path) == word
        values = [str(attained[0] - off), below[1]]
        stated = restated(data, "distance", bounds=above, attained=values)
        assert compared(stated, tmp_path) == word


def ranged(word: Network, domain: list[list[str]], bounds: list[list[str]]) -> bytes:
    """A network equals itself, after a judgement of its range."""
    certificate = ke.prove(word, word).certificate
    assert certificate is not None
    header, buffers = opened(certificate.data)
    stages = header["objects"][header["claim"]["left"]]["stages"]
    range_ = {
        "kind": "range",
        "in_features": word.in_features,
        "stages": stages,
        "domain": domain,
        "bounds": bounds,
        "subdivisions": 6,
    }
    assert header["judgements"][-1]["steps"] == []
    header["judgements"].insert(0, range_)
    return pack(header, buffers)


DOMAINS = {
    "an interval": ["-3/2", "5/3"],
    "a half-line": ["1/2", "inf"],
    "another": ["-inf", "1/3"],
    "the line": ["-inf", "inf"],
}


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("name", ATOMS)
def test_ranges_end_where_the_kernel_says(
    name: str, domain: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hat = PiecewisePolynomial.of([Fraction(1, 3)])
    atom = Atom(name, Fraction(-5, 3), Fraction(1, 4)), Fraction(2, 7)
    word = ke.kan([[Univariate(hat, (atom,))]])
    box = [DOMAINS[domain]] if domain != "the line" else []
    found: dict[int, list[Fraction | None]] = {1: [], -1: []}
    greatest = ranges.Span.greatest

    def recorded(self: ranges.Span, o: int, sign: int, cuts: int) -> Fraction | None:
        found[sign].append(greatest(self, o, sign, cuts))
        return found[sign][-1]

    with monkeypatch.context() as patch:
        patch.setattr(ranges.Span, "greatest", recorded)
        kernel.check(ranged(word, box, [["-1000000", "inf"]]))
        kernel.check(ranged(word, box, [["-inf", "1000000"]]))
    assert found[1]
    assert found[-1]
    top, bottom = (
        None if None in values else sum(v for v in values if v is not None)
        for values in (found[1], found[-1])
    )
    for off, expected in ((NEAR, "valid"), (-NEAR, "invalid")):
        for end, bound in ((top, ["-inf", ""]), (bottom, ["", "inf"])):
            if end is None:
                sign = 1 if bound[1] == "" else -1
                stated = [b or str(sign * 10**6) for b in bound]
                assert compared(ranged(word, box, [stated]), tmp_path) == "invalid"
                continue
            value = end + off if bound[1] == "" else -(end + off)
            stated = [b or str(value) for b in bound]
            assert compared(ranged(word, box, [stated]), tmp_path) == expected


def test_mutations_of_a_distance(tmp_path: Path) -> None:
    left, right = kan([2, 1], seed=1, silu=True), kan([2, 1], seed=2, silu=True)
    data = certified(left, right)
    words = words_of_mutations(data, tmp_path, ("judgements",))
    assert words["invalid"] > 20


def test_gelu_is_neither_accepted_nor_refused(tmp_path: Path) -> None:
    data = certified(network("gelu", 1), network("gelu", 2))
    assert compared(data, tmp_path) == "unsupported"
    stated = restated(data, "distance", bounds=["1/1000", "1/1000"])
    assert compared(stated, tmp_path) == "unsupported"
