from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.certificate import encode_network, read_network
from kan_equiv.certificate.container import pack, unpack
from kan_equiv.errors import ConversionError, NotSeparableError, ValidationError
from kan_equiv.ir import Box, Network, Parallel, Stage, VectorAtom
from kan_equiv.ir.stage import select
from kan_equiv.prover.congruence import prove_by_congruence
from kan_equiv.prover.outcome import Proved, Refuted, Unknown
from kan_equiv.prover.question import Question
from tests.disguise import disguised, random_layers, to_network
from tests.kernel.builder import Builder

F = Fraction
NORM = VectorAtom("layer_norm", 3, (F(1, 100000),))
FIRST, LAST = random_layers((2, 4, 3), 1), random_layers((3, 4, 2), 2)


def around(first: Network, middle: Stage, last: Network) -> Network:
    return Network(2, (*first.stages, middle, *last.stages))


def pair(norm: VectorAtom = NORM) -> tuple[Network, Network]:
    left = around(to_network(FIRST), NORM, to_network(LAST))
    others = (to_network(disguised(layers, 5)) for layers in (FIRST, LAST))
    first, last = others
    return left, around(first, norm, last)


def test_equal_around_a_vector_atom() -> None:
    left, right = pair()
    outcome = ke.prove(left, right)
    assert isinstance(outcome, Proved), str(outcome)
    verdict = kernel.check(outcome.certificate.data)
    assert verdict.verdict == "valid"
    assert "vectors" in verdict.modules
    assert isinstance(ke.prove(left, right, domain=Box(-1, 1)), Proved)
    assert isinstance(ke.prove(left, left), Proved)


def test_another_epsilon_is_another_function() -> None:
    other = VectorAtom("layer_norm", 3, (F(1, 1000),))
    left, right = pair(other)
    outcome = ke.prove(left, right)
    assert isinstance(outcome, Refuted)
    assert kernel.check(outcome.certificate.data).verdict == "valid"
    assert isinstance(prove_by_congruence(Question(left, right)), Unknown)


def test_no_identity_of_a_vector_atom_is_known() -> None:
    """A constant added to every coordinate changes nothing, but that is not used."""
    layers = [(w.copy(), b.copy()) for w, b in FIRST]
    layers[-1] = layers[-1][0], layers[-1][1] + F(1)
    left, right = pair()[0], around(to_network(layers), NORM, to_network(LAST))
    assert isinstance(prove_by_congruence(Question(left, right)), Unknown)
    for x in ([F(1), F(2)], [F(-3), F(1, 2)]):
        for u, v in zip(left(x), right(x), strict=True):
            assert u.overlaps(v)  # type: ignore[union-attr]


def test_a_small_difference_before_or_after_is_refuted() -> None:
    for k in (0, 1):
        parts = [[(w.copy(), b.copy()) for w, b in layers] for layers in (FIRST, LAST)]
        parts[k][-1][1][0] += F(1, 10**20)
        first, last = (to_network(p) for p in parts)
        outcome = ke.prove(pair()[0], around(first, NORM, last))
        assert isinstance(outcome, Refuted), str(outcome)
        assert kernel.check(outcome.certificate.data).verdict == "valid"


def test_a_certificate_is_for_its_vector_atom_only() -> None:
    outcome = ke.prove(*pair())
    assert isinstance(outcome, Proved)
    verdict = kernel.check(outcome.certificate.data)
    header, buffers = unpack(outcome.certificate.data)
    header.pop("buffers")
    (place,) = [o for o in header["objects"] if o["type"] == "vector_atom"]
    for key, wrong in [
        ("function", "layernorm"),
        ("features", 4),
        ("features", 0),
        ("parameters", ["0"]),
        ("parameters", ["-1"]),
        ("parameters", []),
        ("parameters", ["1", "1"]),
    ]:
        before = place[key]
        place[key] = wrong
        assert kernel.check(pack(header, buffers)).verdict == "invalid"
        place[key] = before
    place["parameters"] = ["1/2"]  # about other networks, and they are named
    assert kernel.check(pack(header, buffers)).left != verdict.left


def test_windows_do_not_see_through_vector_atoms() -> None:
    b = Builder()
    norm = b.add("vector_atom", function="layer_norm", features=2, parameters=["1"])
    other = b.add("vector_atom", function="layer_norm", features=2, parameters=["2"])
    double = b.linear([[2, 0], [0, 2]])
    for left, right in [([norm], [norm]), ([norm], [other]), ([double, norm], [norm])]:
        b.judgements = []
        b.equal(2, left, right)
        verdict = kernel.check(b.bytes())
        assert (verdict.verdict, verdict.judgement) == ("invalid", 0)
    b.judgements = []
    same = b.network(2, double, norm)
    b.compose(same, same, [])
    assert kernel.check(b.bytes()).verdict == "valid"


def test_residual_branches_stay_whole() -> None:
    branch, skip = to_network(random_layers((2, 3, 2), 3)), Network(2, ())
    copy = select((0, 1, 0, 1), 2)
    (add,) = ke.mlp([([[1, 0, 1, 0], [0, 1, 0, 1]], [0, 0])]).stages
    block = (copy, Parallel((branch, skip)), add)
    last = random_layers((2, 3, 1), 4)
    left = Network(2, (*block, *to_network(last).stages))
    right = Network(2, (*block, *to_network(disguised(last, 1)).stages))
    assert isinstance(ke.prove(left, right), Proved)
    w, b = last[-1]
    wrong = to_network([*last[:-1], (w, b + F(1, 10**9))])
    assert isinstance(ke.prove(left, Network(2, (*block, *wrong.stages))), Refuted)


def test_where_nothing_is_cut() -> None:
    network = to_network(FIRST)
    assert prove_by_congruence(Question(network, network)) is None


def test_values_are_enclosed_as_the_formula_says() -> None:
    norm = VectorAtom("layer_norm", 4, (F(1, 10),))
    x = [F(1), F(-2), F(5, 3), F(0)]
    mean = sum(x) / 4
    variance = sum((v - mean) ** 2 for v in x) / 4 + F(1, 10)
    for v, y in zip(x, Network(4, (norm,))(x, 200), strict=True):
        square = y * y * variance  # type: ignore[operator]
        assert square.overlaps((v - mean) ** 2)  # type: ignore[union-attr]
        assert float(y) * float(v - mean) >= 0
        assert y.radius < F(1, 2**150)  # type: ignore[union-attr]
    twice = Network(4, (norm, norm))(x)
    assert all(v.is_finite for v in twice)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "features", "parameters"),
    [
        ("batch_norm", 2, (F(1),)),
        ("layer_norm", 0, (F(1),)),
        ("layer_norm", 2, (F(0),)),
        ("layer_norm", 2, ()),
    ],
)
def test_malformed(name: str, features: int, parameters: tuple[Fraction, ...]) -> None:
    with pytest.raises(ValidationError):
        VectorAtom(name, features, parameters)


def test_what_cannot_hold_it_says_so(tmp_path: Path) -> None:
    left, _ = pair()
    with pytest.raises(NotSeparableError, match="layer_norm"):
        Network(3, (NORM,)).edge(0, 0)
    with pytest.raises(ValidationError, match="layer_norm"):
        ke.emit.smtlib(left, left)
    with pytest.raises((ValidationError, ConversionError), match="layer_norm"):
        ke.emit.torch_module(ke.convert(left))
    path = tmp_path / "n.kan"
    path.write_bytes(encode_network(left))
    assert read_network(path) == left
