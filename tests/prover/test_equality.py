from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.errors import DomainError, ValidationError
from kan_equiv.exact import FloatTensor, PiecewisePolynomial, RationalTensor
from kan_equiv.ir import Affine, Box, Dense, Network
from kan_equiv.prover.outcome import Proved, Refuted, Unknown
from kan_equiv.prover.question import Question
from kan_equiv.prover.recognition import prove_by_recognition
from tests.networks import CHECKPOINTS, kan, with_coefficient

FORMS = [(f, lay) for f in ("hinge", "local") for lay in ("layers", "sequential")]


def refuted(left: Network, right: Network, domain: Box | None = None) -> None:
    outcome = ke.prove(left, right, domain=domain)
    assert isinstance(outcome, Refuted), str(outcome)
    w = outcome.witness
    if not left.has_atoms:
        assert left(w.point)[w.output] != right(w.point)[w.output]
    else:
        a, b = left(w.point, 512)[w.output], right(w.point, 512)[w.output]
        assert not a.overlaps(b)
    assert kernel.check(outcome.certificate.data).verdict == "valid"
    if domain is not None:
        assert w.point in domain.for_inputs(left.in_features)


@pytest.mark.parametrize(
    "name", [n for n in CHECKPOINTS if n != "digits_efficient_kan"]
)
@pytest.mark.parametrize(("form", "layout"), FORMS)
def test_checkpoints_equal_their_conversions(name: str, form: str, layout: str) -> None:
    network = ke.load(CHECKPOINTS[name])
    conversion = ke.convert(network, form, layout=layout)
    assert isinstance(conversion.prove(), Proved)
    # The same two networks, handed over without the recorded steps.
    assert isinstance(ke.prove(network, conversion.target), Proved)
    assert isinstance(ke.prove(conversion.target, network), Proved)


@pytest.mark.parametrize("form", ["hinge", "local"])
def test_multiplication_nodes_against_nearly_their_conversion(form: str) -> None:
    network = ke.load(CHECKPOINTS["pykan_mult"])
    target = ke.convert(network, form).target
    *stages, last = target.stages
    assert isinstance(last, Affine)
    (value,) = last.bias.fractions()
    bias = RationalTensor.from_fractions([value + Fraction(1, 10**12)], (1,))
    near = Network(target.in_features, (*stages, Affine(last.weight, bias)))
    for left, right in ((network, near), (near, network)):
        assert prove_by_recognition(Question(left, right)) is None
        assert not ke.prove(left, right, timeout=20).is_proved
    assert prove_by_recognition(Question(network, network)) is None
    assert prove_by_recognition(Question(target, near)) is None


@pytest.mark.parametrize("form", ["hinge", "local"])
def test_digits(form: str) -> None:
    network = ke.load(CHECKPOINTS["digits_efficient_kan"])
    conversion = ke.convert(network, form)
    assert isinstance(conversion.prove(), Proved)
    assert isinstance(ke.prove(network, conversion.target), Proved)


@given(
    degree=st.integers(1, 3),
    seed=st.integers(0, 1000),
    layer=st.integers(0, 1),
    data=st.data(),
)
def test_a_changed_live_coefficient_is_refuted(
    degree: int, seed: int, layer: int, data: st.DataObject
) -> None:
    # A SiLU branch responds to every hidden value, splines only near their grid.
    network = kan([2, 2, 1], degree=degree, seed=seed, silu=True)
    target = ke.convert(network).target
    i = data.draw(st.integers(0, 1))
    o = data.draw(st.integers(0, 1 if layer == 0 else 0))
    k = data.draw(st.integers(0, 2 + degree))
    changed = with_coefficient(network, layer, (i, o, k), 0.5)
    outcome = ke.prove(changed, target)
    # A hidden value may never reach the support of a changed spline.
    assert isinstance(outcome, Refuted) or (
        layer == 1 and isinstance(outcome, Unknown) and "layer 1" in outcome.reason
    )


def test_masked_and_dead_weights_change_nothing() -> None:
    masked = [(0, 1, 2), (1, 2, 0), (1, 2, 1)]
    network = kan([3, 4, 2], degree=3, masked=masked)
    for form in ("hinge", "local"):
        target = ke.convert(network, form).target
        behind_mask = with_coefficient(network, 0, (1, 2, 3), 1.0)
        assert isinstance(ke.prove(behind_mask, target), Proved)
        into_dead_unit = with_coefficient(network, 0, (0, 2, 3), 1.0)
        assert isinstance(ke.prove(into_dead_unit, target), Proved)
        assert isinstance(ke.prove(target, into_dead_unit), Proved)
        refuted(with_coefficient(network, 0, (0, 1, 3), 1.0), target)


def test_one_ulp_is_enough() -> None:
    network = ke.load(CHECKPOINTS["pykan_float64"])
    target = ke.convert(network).target
    refuted(with_coefficient(network, 0, (0, 1, 3), 2.0**-52), target)


def edge(*terms: tuple[int, int, str]) -> PiecewisePolynomial:
    f = PiecewisePolynomial.of([])
    for at, degree, c in terms:
        power = PiecewisePolynomial.truncated_power(Fraction(at), degree)
        f = f + power.scale(Fraction(c))
    return f


def test_equal_on_a_box_only() -> None:
    f, g = edge((0, 1, "2")), edge((0, 1, "2"), (3, 2, "1/7"))
    left, right = ke.kan([[f, f]]), ke.kan([[f, g]])
    assert isinstance(ke.prove(left, right, domain=Box(-1, 3)), Proved)
    refuted(left, right)
    refuted(left, right, Box([(-1, 3), (-1, Fraction(31, 10))]))


def test_degenerate_coordinates_are_substituted() -> None:
    f, g = edge((0, 1, "1")), edge((0, 1, "1"), (0, 2, "1"))
    left, right = ke.kan([[f, f]]), ke.kan([[f, g]])
    assert isinstance(ke.prove(left, right, domain=Box([(-5, 5), (-2, -2)])), Proved)
    refuted(left, right, Box([(-5, 5), (2, 2)]))


def test_jumps_and_isolated_values_count() -> None:
    step = edge((0, 0, "1"))
    closed = PiecewisePolynomial(step.breakpoints, step.pieces, (Fraction(0),))
    refuted(ke.kan([[step]]), ke.kan([[closed]]))
    assert isinstance(
        ke.prove(ke.kan([[step]]), ke.kan([[closed]]), domain=Box(1, 2)), Proved
    )


def test_constants_may_move_between_edges() -> None:
    f, one = edge((0, 1, "1")), PiecewisePolynomial.of([1])
    assert isinstance(ke.prove(ke.kan([[f + one, f]]), ke.kan([[f, f + one]])), Proved)
    refuted(ke.kan([[f + one, f]]), ke.kan([[f, f]]))


def test_hand_written_weights_in_any_order_and_scale() -> None:
    f = edge((0, 1, "1"), (1, 1, "-3"))
    layer = ke.kan([[f, f]])
    w1 = [[0, 2], [-1, 0], [1, 0], [0, 1], [1, 0]]
    b1 = [-2, 0, 0, 0, -1]
    w2 = [["-3/2", 0, 1, 1, -3]]
    good = ke.mlp([(w1, b1), (w2, [0])])
    assert isinstance(ke.prove(layer, good), Proved)
    refuted(layer, ke.mlp([(w1, b1), ([["-3/2", 0, 1, 1, -4]], [0])]))
    # relu(-x) = relu(x) - x: the other orientation needs the linear part.
    refuted(layer, ke.mlp([(w1, b1), ([["-3/2", 1, 1, 1, -3]], [0])]))


def test_permuted_and_scaled_hidden_units_of_a_deep_network() -> None:
    network = kan([2, 3, 1], degree=1, seed=3)
    plain = ke.convert(network, layout="sequential").target
    other = ke.convert(network, "local", layout="sequential").target
    assert isinstance(ke.prove(network, plain), Proved)
    assert isinstance(ke.prove(network, other), Proved)


def test_a_difference_out_of_reach_is_unknown_and_named() -> None:
    small = PiecewisePolynomial.of([0]) + edge((0, 1, "1"), (1, 1, "-1"))
    f, g = edge((0, 1, "1")), edge((0, 1, "1"), (5, 1, "1"))
    first = ke.kan([[small] * 3]).stages
    left = Network(3, first + ke.kan([[f]]).stages)
    right = Network(3, first + ke.kan([[g]]).stages)
    outcome = ke.prove(left, right)
    assert isinstance(outcome, Unknown)
    assert "layer 1" in outcome.reason
    assert isinstance(ke.prove(left, right, timeout=0.0), Unknown)


def test_outcomes_are_no_booleans() -> None:
    layer = ke.kan([[edge((0, 1, "1"))]])
    with pytest.raises(TypeError, match="proved, refuted or unknown"):
        bool(ke.prove(layer, layer))


def test_shapes_must_agree() -> None:
    with pytest.raises(ValidationError, match="left maps 2 inputs"):
        ke.prove(kan([2, 1]), kan([3, 1]))


def test_a_dense_first_row_is_refuted_by_a_point() -> None:
    relu = edge((0, 1, "1"))
    dense = ke.mlp([([[1, 1]], [0]), ([[1]], [0])])
    refuted(dense, ke.kan([[relu, relu]]))


def test_serial_bytes_are_stable() -> None:
    network = kan([2, 2, 1], silu=True)
    first = ke.convert(network).prove().certificate.digest
    assert ke.convert(kan([2, 2, 1], silu=True)).prove().certificate.digest == first


def test_weights_may_be_numpy_arrays() -> None:
    w = np.array([[0.1, 0.2]], dtype=np.float32)
    network = ke.mlp([(w, None)])
    affine = network.stages[0]
    assert isinstance(affine, Affine)
    assert isinstance(affine.weight, Dense)
    assert isinstance(affine.weight.factors[0][0], FloatTensor)


@pytest.mark.parametrize("domain", ["[-1,1]", (-1, 1)])
def test_a_domain_that_is_no_box_is_refused_by_name(domain: Any) -> None:
    net = ke.mlp([([[1]], [0])])
    with pytest.raises(DomainError, match=r"domain must be a Box: .*got domain="):
        ke.prove(net, net, domain=domain)
    with pytest.raises(DomainError, match=r"domain must be a Box: .*got domain="):
        ke.prove(net, net, domain=domain, within=1)
    with pytest.raises(DomainError, match=r"domain must be a Box: .*got domain="):
        ke.distance(net, net, domain)
