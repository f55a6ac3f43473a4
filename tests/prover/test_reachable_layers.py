"""Layers that agree on what the layers before them reach, and beyond it need not."""

from __future__ import annotations

from fractions import Fraction

import pytest

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.certificate.container import unpack
from kan_equiv.emit.lowering import lower
from kan_equiv.emit.shrinking import shrink
from kan_equiv.emit.twin import exact_twin
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.exact.rational import to_float
from kan_equiv.ir import Atom, AtomBasis, Bank, Network, Stage
from kan_equiv.prover.normal_form import prove_by_normal_form
from kan_equiv.prover.question import Question
from kan_equiv.prover.ranges import range_of
from kan_equiv.prover.reachable_layers import prove_by_reachable_layers
from tests.networks import CHECKPOINTS, kan, with_coefficient

F = Fraction
QUARTER = ke.Box("-1/4", "1/4")


def shrunk(source: Network, box: ke.Box) -> Network:
    """The network without what no input of the box reaches, as modules hold it."""
    return exact_twin(shrink(lower(ke.convert(source, "local").compact), box))


@pytest.mark.parametrize(
    ("name", "box"),
    [
        ("efficient_kan", ke.Box(-1, 1)),
        ("efficient_kan", QUARTER),
        ("pykan_cubic", QUARTER),
    ],
)
def test_networks_shrunk_on_a_box(name: str, box: ke.Box) -> None:
    source = ke.load(CHECKPOINTS[name])
    small = shrunk(source, box)
    outcome = ke.prove(source, small, domain=box)
    assert isinstance(outcome, ke.Proved)
    kinds = {j["kind"] for j in unpack(outcome.certificate.data)[0]["judgements"]}
    assert kinds == {"range", "window_equal", "composition"}
    assert not ke.prove(source, small, timeout=20).is_proved, "on the box only"


def two_layers(second: PiecewisePolynomial, line: int = 1) -> Network:
    """h = x + y on [-1, 1]^2 in [-2, 2], then two functions of h."""
    edge = PiecewisePolynomial.of([0, line])
    first = ke.kan([[edge, edge], [edge, -edge]])
    return Network(2, (*first.stages, *ke.kan([[second, second]]).stages))


def test_a_knot_beyond_reach_and_one_that_is_reached() -> None:
    cubic = PiecewisePolynomial.of([0, 1, 0, 1])
    for knot, expected in [
        (F(2), True),
        (F(2) - F(1, 10**12), False),
        (F(3), True),
    ]:
        bent = cubic + PiecewisePolynomial.truncated_power(knot, 2)
        left, right = two_layers(cubic), two_layers(bent)
        found = prove_by_reachable_layers(
            Question(left, right, ke.Box(-1, 1).for_inputs(2))
        )
        assert isinstance(found, ke.Proved) is expected
        outcome = ke.prove(left, right, domain=ke.Box(-1, 1))
        assert outcome.is_proved is expected
        wider = ke.prove(left, right, domain=ke.Box(-2, 2))
        assert isinstance(wider, ke.Refuted)
        assert found is None or kernel.check(found.certificate.data).verdict == "valid"


def test_what_is_reached_must_agree() -> None:
    source = ke.load(CHECKPOINTS["efficient_kan"])
    small = shrunk(with_coefficient(source, 1, (0, 0, 3), 1e-3), QUARTER)
    outcome = ke.prove(source, small, domain=QUARTER)
    assert isinstance(outcome, ke.Refuted)


def test_it_is_mute_where_it_has_nothing_to_say() -> None:
    plain, other = kan([2, 2, 1], seed=1), kan([2, 2, 1], seed=2)
    box = ke.Box(-1, 1).for_inputs(2)
    for question in (
        Question(plain, other),
        Question(plain, other, box),
        Question(plain, other, ke.Box(0, float("inf")).for_inputs(2)),
        Question(plain, kan([2, 3, 1], seed=1), box),
    ):
        assert prove_by_reachable_layers(question) is None


def mixed(activation: str, bend: Fraction, degree: int = 1) -> Network:
    """Units of an atom, then relu(their sum + bend)."""
    units = ([[1, 2], [-1, 1], ["1/2", 0]], [0, "1/3", 1])
    first = ke.mlp([units, ([[1, 1, 1], [1, 0, -1]], [1, bend])], activation="silu")
    before, _, after = first.stages
    bank = Bank.of([AtomBasis((Atom(activation),))] * 3)
    second = ke.mlp([([[1, 0], [0, 1]], None), ([[1, 2]], [0])], degree=degree)
    return Network(2, (before, bank, after, *second.stages[1:]))


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "silu", "gelu", "sin"])
def test_units_behind_atoms_that_never_bend_on_a_box(activation: str) -> None:
    box = ke.Box(-2, 2)
    never, bends = mixed(activation, F(-50)), mixed(activation, F(1))
    flat = Network(2, (*never.stages[:2], *first_unit()))
    found = prove_by_normal_form(Question(never, flat, box.for_inputs(2)))
    assert isinstance(found, ke.Proved)
    found = prove_by_normal_form(Question(bends, flat, box.for_inputs(2)))
    assert not isinstance(found, ke.Proved)


def first_unit() -> tuple[Stage, ...]:
    """relu of the sum of three values and 1."""
    return ke.mlp([([[1, 1, 1]], [1]), ([[1]], [0])]).stages


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "sin"])
def test_units_behind_bounded_atoms_never_bend_anywhere(activation: str) -> None:
    flat = Network(2, (*mixed(activation, F(0)).stages[:2], *first_unit()))
    for bend, expected in [(F(-2), True), (F(-1, 2), False)]:
        found = prove_by_normal_form(Question(mixed(activation, bend), flat))
        assert isinstance(found, ke.Proved) is expected


@pytest.mark.parametrize(
    "activation", ["tanh", "sigmoid", "silu", "gelu", "sin", "exp"]
)
def test_ranges_hold_the_values(activation: str) -> None:
    network = mixed(activation, F(0))
    before, bank = network.stages[:2]
    for box in (ke.Box(-2, 2), ke.Box("1/3", "1/3"), ke.Box(-1, float("inf"))):
        shown = range_of(before, bank, box.for_inputs(2))
        assert shown is not None
        for x in ([F(-2), F(2)], [F(1, 3)] * 2, [F(-1), F(1)], [F(0), F(2)]):
            if x in box.for_inputs(2):
                values = Network(2, (before, bank))(x)
                for v, side in zip(values, shown.bounds, strict=True):
                    assert side.lo is None or to_float(side.lo) <= to_float(v) + 1e-12
                    assert side.hi is None or to_float(side.hi) >= to_float(v) - 1e-12
