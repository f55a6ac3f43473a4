from __future__ import annotations

from fractions import Fraction
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.ir import Box, Network
from kan_equiv.prover.coverage import covering_points
from kan_equiv.prover.outcome import Refuted
from kan_equiv.prover.question import Deadline, Question
from kan_equiv.prover.refute import refute_at_points, refute_by_exploring
from tests.disguise import disguised, random_layers, to_network
from tests.networks import kan, with_coefficient

F = Fraction


def checked(outcome: Refuted | None, left: Network, right: Network) -> None:
    assert isinstance(outcome, Refuted)
    w = outcome.witness
    assert left(w.point)[w.output] != right(w.point)[w.output]
    assert kernel.check(outcome.certificate.data).verdict == "valid"


@given(seed=st.integers(0, 200), where=st.integers(0, 2))
@settings(max_examples=30)
def test_a_tiny_change_of_a_live_weight(seed: int, where: int) -> None:
    layers = random_layers((3, 5, 4, 2), seed)
    left = to_network(layers)
    layers[where][0][0, 0] += F(1, 10**30)
    right = to_network(layers)
    outcome = refute_by_exploring(Question(left, right))
    if outcome is not None:
        checked(outcome, left, right)
    else:  # the changed weight is that of a unit which nothing reaches or needs
        assert where < 2


def test_equal_networks_are_never_refuted() -> None:
    for seed in range(6):
        layers = random_layers((2, 3, 3, 1), seed)
        question = Question(to_network(layers), to_network(disguised(layers, seed)))
        assert refute_at_points(question) is None
        assert refute_by_exploring(question) is None


def test_a_narrow_bump_is_found_along_lines() -> None:
    """Equal but in a strip |x + y - 1/3| < 2^-20 of the plane."""
    w, b = [[1, 1]] * 3, [F(-1, 3) - F(1, 1 << 20), F(-1, 3), F(-1, 3) + F(1, 1 << 20)]
    flat = [[F(0), F(0)]]
    bump = ke.mlp([(w, b), ([[1, -2, 1]], [0]), ([[1]], None)])
    nothing = ke.mlp([(flat, [0]), ([[1]], [0]), ([[1]], None)])
    assert refute_at_points(Question(bump, nothing)) is None
    checked(refute_by_exploring(Question(bump, nothing)), bump, nothing)


def test_a_hidden_cell_that_samples_miss_is_found_by_bisection() -> None:
    """A spline coefficient that counts where a hidden value is in a narrow cell."""
    wide = PiecewisePolynomial.of([0, 1000])
    hat = sum(
        (
            PiecewisePolynomial.truncated_power(F(t), 1).scale(c)
            for t, c in ((1, 1), (2, -2), (3, 1))
        ),
        PiecewisePolynomial.of([]),
    )
    first = ke.kan([[wide, wide], [wide, wide.scale(-1)]])
    second = ke.kan([[hat, PiecewisePolynomial.of([0, 0, 1])]])
    other = ke.kan([[hat.scale(2), PiecewisePolynomial.of([0, 0, 1])]])
    left = Network(2, first.stages + second.stages)
    right = Network(2, first.stages + other.stages)
    checked(refute_by_exploring(Question(left, right)), left, right)


@given(seed=st.integers(0, 30), k=st.integers(0, 4))
@settings(max_examples=10)
def test_deep_spline_coefficients(seed: int, k: int) -> None:
    network = kan([2, 2, 1], degree=3, seed=seed)
    other = with_coefficient(network, 0, (0, 1, k), 2.0**-20)
    outcome = ke.prove(network, other)
    assert isinstance(outcome, (Refuted, ke.Unknown))
    if isinstance(outcome, Refuted):
        checked(outcome, network, other)


@pytest.mark.parametrize(
    "domain",
    [Box("1/3", "2/3"), Box([(0, None), (None, -5)]), Box([("1/7", "1/7"), (-3, 3)])],
    ids=str,
)
def test_points_lie_in_the_domain(domain: Box) -> None:
    box = domain.for_inputs(2)
    network = to_network(random_layers((2, 4, 3, 1), 7))
    start = Box([(i.lo or F(-9), i.hi or F(9)) for i in box])
    for bisect in (False, True):
        points = covering_points([network], start, box, 64, lambda: False, bisect)
        found = list(islice(points, 40))
        assert len(found) == 40
        assert all(p in box for p in found)


def test_points_reach_all_cells_that_samples_reach() -> None:
    network = to_network(random_layers((2, 6, 5, 1), 3))
    start = Box(-2, 2).for_inputs(2)
    every = list(covering_points([network], start, None, 256, lambda: False, False))
    few = every[:12]

    def reached(points: list[list[Fraction]]) -> set[tuple[int, int, bool]]:
        prefixes = [network.window(0, s) for s in (1, 3)]
        return {
            (l, u, v > 0)
            for x in points
            for l, prefix in enumerate(prefixes)
            for u, v in enumerate(prefix(x))
            if isinstance(v, Fraction)
        }

    assert len(every) > 200
    assert reached(few) == reached(every)


def test_a_network_without_banks() -> None:
    left, right = ke.mlp([([[1, 2]], [0])]), ke.mlp([([[1, 3]], [0])])
    checked(refute_at_points(Question(left, right)), left, right)
    assert refute_at_points(Question(left, left)) is None


def test_weights_beyond_float_range() -> None:
    w = [[F(10) ** 400, F(1)]]
    left = ke.mlp([(w, [0]), ([[1]], None)])
    right = ke.mlp([(w, [0]), ([[2]], None)])
    checked(refute_at_points(Question(left, right)), left, right)


def test_no_time() -> None:
    left = to_network(random_layers((2, 3, 1), 1))
    right = to_network(random_layers((2, 3, 1), 2))
    question = Question(left, right, None, Deadline.after(0))
    assert refute_at_points(question) is None
    assert refute_by_exploring(question) is None


def test_an_interruption_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "searchsorted", interrupted)
    left = to_network(random_layers((2, 3, 3, 1), 1))
    with pytest.raises(KeyboardInterrupt):
        ke.prove(left, to_network(random_layers((2, 3, 3, 1), 2)))
