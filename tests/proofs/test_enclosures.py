"""Witnesses with enclosures: atoms and layer-norm in the verified checker."""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from mpmath import mp

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.certificate.container import pack, unpack
from kan_equiv.exact import PiecewisePolynomial, Polynomial
from kan_equiv.ir import Atom, Network, Univariate, VectorAtom
from tests.networks import kan
from tests.proofs.agreement import compared, needs_checker, opened, words_of_mutations
from tests.rational_functions import F, Written

needs_checker()

VALUES = {
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "tanh": mp.tanh,
    "exp": mp.exp,
    "gelu": lambda x: x * mp.ncdf(x),
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


def normalized(*epsilons: Fraction, features: int = 3) -> Network:
    """Layer-norms, one after the other."""
    norms = (VectorAtom("layer_norm", features, (e,)) for e in epsilons)
    return Network(features, tuple(norms))


def layer_norm(xs: Sequence[Fraction], epsilon: Fraction, o: int) -> Fraction:
    mean = sum(xs, Fraction(0)) / len(xs)
    squares = [(x - mean) * (x - mean) for x in xs]
    variance = sum(squares, Fraction(0)) / len(xs) + epsilon
    square = squares[o] / variance
    with mp.workprec(700):
        root = mp.sqrt(mp.mpf(square.numerator) / square.denominator)
        value = Fraction(int(mp.floor(mp.ldexp(root, 300))), 2**300)
    return value if xs[o] >= mean else -value


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


def test_many_values_of_gelu(tmp_path: Path) -> None:
    """From 0 to where nothing is left of the normal distribution, on both sides."""
    far = constant(Fraction(-1))
    data = proved(atom("gelu"), far)
    tiny = Fraction(1, 10**30)
    for k in (0, tiny, Fraction(1, 3), 1, 2, 5, 9, 10, 11, 15, 100):
        for x in {Fraction(k), -Fraction(k)}:
            value = true_value("gelu", x)
            near = changed(data, point=[str(x)], left_value=around(value))
            assert compared(near, tmp_path) == "valid"
            for wrong in (value + NEAR, value - NEAR):
                near = changed(data, point=[str(x)], left_value=around(wrong))
                assert compared(near, tmp_path) == "invalid"


@pytest.mark.parametrize("scale", [1, 10**6, Fraction(1, 2**200)])
def test_values_of_layer_norm(scale: Fraction, tmp_path: Path) -> None:
    """Also where 64 bits do not tell the variance and its epsilon from 0."""
    epsilon, other = (Fraction(k, 7) * scale**2 for k in (1, 2))
    data = proved(normalized(epsilon), normalized(other))
    for seed in range(3):
        rng = random.Random(seed)
        xs = [Fraction(rng.randint(-(10**6), 10**6), 10**5 + 3) * scale for _ in "123"]
        left, right = layer_norm(xs, epsilon, seed), layer_norm(xs, other, seed)
        asked = {"point": [str(x) for x in xs], "output": seed}
        stated = {"left_value": around(left), "right_value": around(right)}
        assert compared(changed(data, **asked, **stated), tmp_path) == "valid"
        for wrong in (left + NEAR, left - NEAR):
            near = stated | {"left_value": around(wrong)}
            assert compared(changed(data, **asked, **near), tmp_path) == "invalid"


def test_coordinates_that_layer_norm_makes_equal(tmp_path: Path) -> None:
    """Of equal coordinates nothing is left, whatever epsilon is."""
    data = proved(normalized(Fraction(1, 10)), normalized(Fraction(1, 5)))
    nothing = around(Fraction(0))
    data = changed(data, point=["1/3"] * 3, left_value=nothing, right_value=nothing)
    assert compared(data, tmp_path) != "valid"


def test_mutations_of_layer_norms(tmp_path: Path) -> None:
    twice = normalized(Fraction(1, 10), Fraction(1, 10**30))
    data = proved(twice, normalized(Fraction(1, 10), Fraction(2, 10**30)))
    assert compared(data, tmp_path) == "valid"
    assert words_of_mutations(data, tmp_path)["invalid"] > 10


def test_ratios_after_an_atom(tmp_path: Path) -> None:
    """Denominators of either sign, their powers, and cells on both sides of an end."""
    x, one = Polynomial((0, 1)), Polynomial((1,))
    zero = Polynomial(()), one
    q = x * x - one - one  # without a root between -1 and 1
    for (n, d), (m, e) in (
        ((x, q * q * q), (x, q)),
        ((one, x + one + one), (x, q * q)),
    ):
        cells = zero, (n, d), (m, e), zero
        edge = Written((F(-1), F(1, 2), F(1)), cells, (F(0),) * 3)
        deep = Network(1, (*atom("sin").stages, *ke.kan([[edge.univariate]]).stages))
        for t in (F(1, 3), F(3, 5), F(-9, 10)):
            s = true_value("sin", t)
            value = n(s) / d(s) if s < F(1, 2) else m(s) / e(s)
            data = proved(deep, constant(value + NEAR))
            point = {"point": [str(t)], "right_value": around(value + NEAR)}
            stated = changed(data, **point, left_value=around(value))
            assert compared(stated, tmp_path) == "valid"
            stated = changed(data, **point, left_value=around(value - NEAR))
            assert compared(stated, tmp_path) == "invalid"


@pytest.mark.parametrize("digits", [30, 60, 200])
def test_values_that_are_close(digits: int, tmp_path: Path) -> None:
    """More bits until they are told apart, and a statement of the difference."""
    far, close = Fraction(3, 7), Fraction(3, 7) + Fraction(1, 10**digits)
    left, right = (ke.mlp([([[1]], [b])]) for b in (far, close))
    sigmoid = atom("sigmoid").stages
    both = [Network(1, (*n.stages, *sigmoid)) for n in (left, right)]
    data = proved(*both)
    assert compared(data, tmp_path) == "valid"
    assert words_of_mutations(data, tmp_path, ("judgements",))["invalid"] > 10


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


def test_the_largest_difference_that_the_kernel_shows(tmp_path: Path) -> None:
    """At the same number of bits the verified checker shows it too."""
    left, right = networks(5), networks(6)
    data = proved(left, right, domain=ke.Box(-1, 1), within=Fraction(1, 10**6))
    header, buffers = opened(data)
    (judgement,) = header["judgements"]
    judgement["bits"] = 64

    def stated(epsilon: int) -> bytes:
        for statement in (header["claim"], judgement):
            statement["epsilon"] = str(Fraction(epsilon, 2**64))
        return pack(header, buffers)

    low, high = 0, 10 * 2**64
    while high - low > 1:
        middle = (low + high) // 2
        if kernel.check(stated(middle)).verdict == "valid":
            low = middle
        else:
            high = middle
    assert low > 2**50
    assert compared(stated(low), tmp_path) == "valid"
    assert compared(stated(low + 2**20), tmp_path) == "invalid"
