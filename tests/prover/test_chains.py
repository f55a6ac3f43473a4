from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.ir import Box, Network
from kan_equiv.prover.chains import prove_by_composition
from kan_equiv.prover.outcome import Proved, Refuted
from kan_equiv.prover.question import Deadline, Question
from tests.disguise import disguised, random_layers, to_network

F = Fraction
RELU = PiecewisePolynomial.truncated_power(F(0), 1)
ABS = RELU.scale(2) + PiecewisePolynomial.of([0, -1])


def stacked(*functions: PiecewisePolynomial) -> Network:
    return Network(1, tuple(s for f in functions for s in ke.kan([[f]]).stages))


@given(
    shape=st.sampled_from([(1, 3, 3, 1), (1, 2, 3, 2, 2), (1, 4, 4, 2)]),
    seed=st.integers(0, 200),
)
@settings(max_examples=30)
def test_one_input_networks_are_decided(shape: tuple[int, ...], seed: int) -> None:
    layers = random_layers(shape, seed)
    left, right = to_network(layers), to_network(disguised(layers, seed))
    outcome = prove_by_composition(Question(left, right))
    assert isinstance(outcome, Proved)
    assert kernel.check(outcome.certificate.data).verdict == "valid"
    w, b = layers[-1]
    changed = [*layers[:-1], (w, b + F(1, 10**40))]
    outcome = prove_by_composition(Question(left, to_network(changed)))
    assert isinstance(outcome, Refuted)


@given(seed=st.integers(0, 200))
@settings(max_examples=30)
def test_outcomes_agree_with_values_at_many_points(seed: int) -> None:
    layers = random_layers((1, 2, 2, 1), seed)
    other = [(w.copy(), b.copy()) for w, b in layers]
    rng = np.random.default_rng(seed)
    other[1][0][rng.integers(2), rng.integers(2)] += 1
    left, right = to_network(layers), to_network(other)
    outcome = prove_by_composition(Question(left, right))
    points = [F(k, 7) for k in range(-300, 301)]
    same = all(left([x]) == right([x]) for x in points)
    if isinstance(outcome, Refuted):
        x = outcome.witness.point
        assert left(x) != right(x)
    else:
        assert isinstance(outcome, Proved)
        assert same


def test_relu_of_relu_and_of_absolute_value() -> None:
    for left, right in [
        (stacked(RELU, RELU), stacked(RELU)),
        (stacked(ABS, RELU), stacked(ABS)),
        (stacked(ABS, RELU, ABS), stacked(ABS)),
    ]:
        assert isinstance(ke.prove(left, right), Proved)
        assert isinstance(ke.prove(right, left), Proved)
    assert isinstance(ke.prove(stacked(RELU, ABS), stacked(ABS)), Refuted)
    bent = ABS + PiecewisePolynomial.of([F(-1, 10**30)])
    assert isinstance(ke.prove(stacked(bent, RELU), stacked(ABS)), Refuted)
    # |x| - 1/10^30 is negative only near 0: the point is there.
    outcome = ke.prove(stacked(bent, RELU), stacked(bent))
    assert isinstance(outcome, Refuted)
    assert abs(outcome.witness.point[0]) < F(1, 10**30)


def test_unequal_layers_out_of_reach_are_no_difference() -> None:
    far = RELU + PiecewisePolynomial.truncated_power(F(5), 1)
    clamp = RELU - PiecewisePolynomial.truncated_power(F(1), 1)
    assert isinstance(ke.prove(stacked(clamp, RELU), stacked(clamp, far)), Proved)
    near = RELU + PiecewisePolynomial.truncated_power(F(999, 1000), 1)
    assert isinstance(ke.prove(stacked(clamp, RELU), stacked(clamp, near)), Refuted)


def test_on_a_box_and_a_half_line() -> None:
    line = PiecewisePolynomial.of([0, 1])
    left, right = stacked(ABS, RELU), stacked(line, line)
    assert isinstance(ke.prove(left, right, domain=Box(0, 2)), Proved)
    assert isinstance(ke.prove(left, right, domain=Box(0, float("inf"))), Proved)
    assert isinstance(ke.prove(left, right, domain=Box(F(-1, 10**9), 2)), Refuted)


def test_smooth_layers_last() -> None:
    square = PiecewisePolynomial.truncated_power(F(1), 2)
    left = stacked(ABS, square)
    right = stacked(
        PiecewisePolynomial.truncated_power(F(1), 2)
        + square.compose_affine(F(-1), F(0)),
        PiecewisePolynomial.of([0, 1]),
    )
    assert isinstance(ke.prove(left, right), Proved)


@pytest.mark.parametrize("inputs", [1, 2])
def test_where_it_does_not_apply(inputs: int) -> None:
    mixing = to_network(random_layers((2, 2, 2, 1), 0))
    assert prove_by_composition(Question(mixing, mixing)) is None
    single = to_network(random_layers((inputs, 2, 1), 0))
    assert prove_by_composition(Question(single, single)) is None


def test_no_time() -> None:
    network = to_network(random_layers((1, 2, 2, 1), 0))
    question = Question(network, network, None, Deadline.after(0))
    assert prove_by_composition(question) is None
