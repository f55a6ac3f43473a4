"""Witnesses with enclosures: atoms at rational points in the verified checker."""

from __future__ import annotations

import copy
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from mpmath import mp

import kan_equiv as ke
from kan_equiv.certificate.container import pack, unpack
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.ir import Atom, Network, Univariate
from tests.networks import kan
from tests.proofs.agreement import compared, needs_checker, opened, words_of_mutations

needs_checker()

VALUES = {
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "tanh": mp.tanh,
    "exp": mp.exp,
    "gaussian": lambda x: mp.exp(-x * x),
    "sin": mp.sin,
    "cos": mp.cos,
}
FINE, NEAR = Fraction(1, 2**150), Fraction(1, 2**40)


def proved(left: Network, right: Network, **options: Any) -> bytes:
    certificate = ke.prove(left, right, **options).certificate
    assert certificate is not None
    return certificate.data


def atom(name: str) -> Network:
    zero = PiecewisePolynomial.of([])
    return ke.kan(
        [[Univariate(zero, ((Atom(name, Fraction(1), Fraction(0)), Fraction(1)),))]]
    )


def constant(value: Fraction) -> Network:
    return ke.kan([[PiecewisePolynomial.of([value])]])


def true_value(name: str, x: Fraction) -> Fraction:
    with mp.workprec(400):
        value = mp.ldexp(VALUES[name](mp.mpf(x.numerator) / x.denominator), 300)
        return Fraction(int(mp.floor(value)), 2**300)


def around(value: Fraction, radius: Fraction = FINE) -> list[str]:
    return [str(value - radius), str(value + radius)]


def changed(data: bytes, **fields: Any) -> bytes:
    header, buffers = opened(data)
    (judgement,) = [j for j in header["judgements"] if j["kind"] == "witness"]
    judgement |= copy.deepcopy(fields)
    return pack(header, buffers)


def arguments(name: str) -> list[Fraction]:
    rng = random.Random(name)
    scales = (1, 1, 30) if name == "exp" else (1, 20, 1000)
    return [Fraction(rng.randint(-(10**6), 10**6) * s, 10**6 + 3) for s in scales]


@pytest.mark.parametrize("name", VALUES)
def test_values_of_atoms(name: str, tmp_path: Path) -> None:
    for x in arguments(name):
        value = true_value(name, x)
        off = value + Fraction(1, 2**100)
        data = proved(atom(name), constant(off))
        point = {"point": [str(x)], "right_value": around(off)}
        stated = changed(data, **point, left_value=around(value))
        assert compared(stated, tmp_path) == "valid"
        for wrong in (value + NEAR, value - NEAR):
            stated = changed(data, **point, left_value=around(wrong))
            assert compared(stated, tmp_path) == "invalid"


@pytest.mark.parametrize("name", VALUES)
def test_equal_values_are_not_told_apart(name: str, tmp_path: Path) -> None:
    data = proved(atom(name), constant(Fraction(3, 7)))
    both = around(true_value(name, Fraction(1, 3)))
    data = changed(data, point=["1/3"], left_value=both, right_value=both)
    header, buffers = opened(data)
    for statement in (header["claim"], *header["judgements"]):
        statement["right"] = statement["left"]
    assert compared(pack(header, buffers), tmp_path) != "valid"


def networks(seed: int) -> Network:
    return kan([2, 2, 2], degree=2, seed=seed, silu=True)


def test_deep_networks(tmp_path: Path) -> None:
    for seed in (1, 2, 3):
        data = proved(networks(seed), networks(seed + 10))
        assert compared(data, tmp_path) == "valid"
        output = unpack(data)[0]["judgements"][-1]["output"]
        assert compared(changed(data, output=1 - output), tmp_path) == "invalid"


def test_mutations(tmp_path: Path) -> None:
    data = proved(networks(1), networks(11))
    words = words_of_mutations(data, tmp_path, ("judgements",))
    assert words["invalid"] > 10


def test_exceeds_and_its_epsilon(tmp_path: Path) -> None:
    left, right = networks(5), networks(6)
    data = proved(left, right, domain=ke.Box(-1, 1), within=Fraction(1, 10**6))
    header, buffers = opened(data)
    (judgement,) = header["judgements"]
    assert judgement["kind"] == "exceeds"
    assert judgement["bits"] > 0
    assert compared(data, tmp_path) == "valid"
    for statement in (header["claim"], judgement):
        statement["epsilon"] = str(10**6)
    assert compared(pack(header, buffers), tmp_path) == "invalid"
