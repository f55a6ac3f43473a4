"""prove_by_regions: proofs, witnesses, and when it does not apply."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.ir import Box, Network, Parallel
from kan_equiv.prover import regions
from kan_equiv.prover.outcome import Outcome, Proved, Refuted, Unknown
from kan_equiv.prover.question import Deadline, Question
from kan_equiv.prover.regions import prove_by_regions
from tests.networks import kan, with_coefficient

Rows = Sequence[Sequence[object]]
Layers = list[tuple[Rows, Sequence[object]]]
HAT = PiecewisePolynomial.truncated_power(Fraction(0), 1)


def asked(left: Network, right: Network, domain: Box | None = None) -> Outcome | None:
    box = None if domain is None else domain.for_inputs(left.in_features)
    return prove_by_regions(Question(left, right, box))


def proved(left: Network, right: Network, domain: Box | None = None) -> None:
    outcome = asked(left, right, domain)
    assert isinstance(outcome, Proved), str(outcome)
    verdict = kernel.check(outcome.certificate.data)
    assert verdict.verdict == "valid"
    assert "regions" in verdict.modules


def refuted(left: Network, right: Network, domain: Box | None = None) -> Refuted:
    outcome = asked(left, right, domain)
    assert isinstance(outcome, Refuted), str(outcome)
    w = outcome.witness
    assert left(w.point)[w.output] == w.left != w.right == right(w.point)[w.output]
    assert domain is None or w.point in domain.for_inputs(left.in_features)
    assert kernel.check(outcome.certificate.data).verdict == "valid"
    return outcome


DEEP: Layers = [
    ([[1, 2], [3, -1], ["-1/2", "1/3"]], [0, 1, -2]),
    ([[1, -1, 2], [2, 1, -3]], [1, 0]),
    ([[1, 1], [0, 2]], ["1/7", 0]),
]
# The units of the first layer in the order 2, 0, 1, scaled by 1, 2/3 and 1/3.
SWAPPED: Layers = [
    ([["-1/2", "1/3"], ["2/3", "4/3"], [1, "-1/3"]], [-2, 0, "1/3"]),
    ([[2, "3/2", -3], [-3, 3, 3]], [1, 0]),
    ([[1, 1], [0, 2]], ["1/7", 0]),
]
SQUARE = Box(-3, 3)


def changed(layers: Layers, layer: int, row: int, column: int, by: object) -> Layers:
    out = [([list(r) for r in rows], list(bias)) for rows, bias in layers]
    rows = out[layer][0]
    rows[row][column] = Fraction(str(rows[row][column])) + Fraction(str(by))
    return [*out]


@pytest.mark.parametrize("domain", [None, SQUARE], ids=["plane", "box"])
def test_units_in_another_order_and_scale(domain: Box | None) -> None:
    left, right = ke.mlp(DEEP), ke.mlp(SWAPPED)
    proved(left, right, domain)
    proved(right, left, domain)
    for layer, row, column in ((0, 1, 0), (1, 0, 1), (2, 0, 0)):
        wrong = ke.mlp(changed(SWAPPED, layer, row, column, "1e-9"))
        refuted(left, wrong, domain)


def test_other_forms_of_a_kan() -> None:
    network = kan([2, 3, 2], degree=1, seed=5)
    for form in ("hinge", "local"):
        proved(network, ke.convert(network, form, layout="sequential").target)
    refuted(network, with_coefficient(network, 1, (0, 1, 1), 2.0**-20))
    proved(network, network, Box([(-1, 1), (2, 2)]))


def test_a_difference_out_of_reach_is_proved_away() -> None:
    """A knot of the second layer that no hidden value meets."""
    small = HAT + PiecewisePolynomial.truncated_power(Fraction(1), 1).scale(-1)
    beyond = HAT + PiecewisePolynomial.truncated_power(Fraction(5), 1)
    for inputs in (1, 2):
        first = ke.kan([[small] * inputs])
        left = Network(inputs, first.stages + ke.kan([[HAT]]).stages)
        right = Network(inputs, first.stages + ke.kan([[beyond]]).stages)
        proved(left, right)
        assert ke.prove(left, right).is_proved
        bent = PiecewisePolynomial.truncated_power(Fraction(1, 2), 1)
        refuted(left, Network(inputs, first.stages + ke.kan([[bent]]).stages))


def test_a_tiny_cell() -> None:
    e = "1e-6"
    bump = [
        ([[-1, 0], [0, -1], [1, 1]], [0, 0, "-1e-6"]),
        ([[-1, -1, -1]], [e]),
        ([[1]], [0]),
    ]
    none = ke.mlp([([[0, 0]], [0])])
    witness = refuted(ke.mlp(bump), none, Box(-1, 1)).witness
    assert all(0 <= x <= Fraction(1, 10**6) for x in witness.point)
    refuted(ke.mlp(bump), none)
    proved(ke.mlp(bump), none, Box([(-1, 1), ("1e-5", 1)]))


def test_a_difference_far_away() -> None:
    left = ke.mlp([([[1, 1]], [0]), ([[1]], [0])])
    right = ke.mlp([([[1, 1], [1, 1]], [0, -(10**9)]), ([[1, "1e-9"]], [0])])
    proved(left, right, Box(-1, 1))
    proved(left, right, Box(-(10**8), 10**8))
    assert sum(refuted(left, right).witness.point) > 10**9


def test_a_difference_towards_infinity_only() -> None:
    """All corners of the cells lie on the axes, where both vanish."""
    left = ke.mlp([([[1, 0], [0, 1]], [0, 0]), ([[1, -1]], [0]), ([[1]], [0])])
    right = ke.mlp([([[1, 0], [0, 1]], [0, 0]), ([[1, -1]], [0]), ([[2]], [0])])
    assert any(refuted(left, right).witness.point)


def test_degenerate_boxes() -> None:
    left = ke.mlp([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    right = ke.mlp([([[0, 1]], [0]), ([[1]], [0])])
    proved(left, right, Box([(-1, -1), (-5, 5)]))
    proved(left, right, Box([(-1, 0), (3, 3)]))
    proved(left, right, Box([(0, 0), (3, 3)]))
    refuted(left, right, Box([(1, 1), (-5, 5)]))
    refuted(left, right, Box([("1e-9", "1e-9"), (3, 3)]))
    refuted(left, right, Box([(-1, "1e-9"), (3, 3)]))


def test_half_lines_and_strips() -> None:
    left = ke.mlp([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    right = ke.mlp([([[0, 1]], [0]), ([[1]], [0])])
    proved(left, right, Box([(None, 0), (None, None)]))
    proved(left, right, Box([(-2, 0), (3, None)]))
    proved(left, right, Box([(-2, -2), (3, None)]))
    refuted(left, right, Box([(None, "1e-9"), (3, None)]))
    refuted(left, right, Box([(-2, None), (3, 3)]))
    refuted(left, right, Box([(-2, None), (None, 3)]))


def test_many_inputs_of_which_two_are_free() -> None:
    network = kan([4, 2, 1], degree=1, seed=3)
    target = ke.convert(network, layout="sequential").target
    proved(network, target, Box([(-1, 1), (0, 0), (-2, 2), ("1/3", "1/3")]))
    assert asked(network, target, Box([(-1, 1), (0, 0), (-2, 2), (0, 1)])) is None
    assert asked(network, target) is None


def test_residual_branches() -> None:
    skip = ke.mlp([([[1]], [0])])
    relu = ke.kan([[HAT]])
    left = Network(2, (Parallel((relu, skip)), *ke.mlp([([[1, 1]], [0])]).stages))
    right = ke.kan([[HAT, PiecewisePolynomial.of([0, 1])]])
    proved(left, right)
    refuted(left, ke.kan([[HAT, PiecewisePolynomial.of([0, "1.000000001"])]]))


def test_what_is_not_continuous_is_refused_with_a_reason() -> None:
    jump = PiecewisePolynomial.truncated_power(Fraction(1), 0)
    network = ke.kan([[jump, jump]])
    outcome = asked(network, network)
    assert isinstance(outcome, Unknown)
    assert outcome.reason == (
        "regions: a function with breakpoints 1 is not continuous"
    )
    point = PiecewisePolynomial(HAT.breakpoints, HAT.pieces, (Fraction(1),))
    assert isinstance(asked(*[ke.kan([[point, HAT]])] * 2), Unknown)


def test_other_functions_are_left_to_other_tactics() -> None:
    square = PiecewisePolynomial.of([0, 0, 1])
    assert asked(*[ke.kan([[square, HAT]])] * 2) is None
    assert asked(*[kan([2, 1], degree=1, silu=True)] * 2) is None


def test_the_limit_of_cells() -> None:
    question = Question(ke.mlp(DEEP), ke.mlp(SWAPPED))
    outcome = prove_by_regions(question, cell_limit=10)
    assert isinstance(outcome, Unknown)
    assert outcome.reason == "regions: gave up after 10 cells"
    wrong = Question(ke.mlp(DEEP), ke.mlp(changed(SWAPPED, 2, 0, 0, 1)))
    assert isinstance(prove_by_regions(wrong, cell_limit=10), Refuted)


def test_the_limit_of_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large matrices make cells dear; without a deadline the search must end too."""
    monkeypatch.setattr(regions, "WORK_LIMIT", 400)
    outcome = asked(ke.mlp(DEEP), ke.mlp(SWAPPED))
    assert isinstance(outcome, Unknown)
    entries = 2 * (3 * 3 + 2 * 4 + 2 * 3)
    assert outcome.reason == f"regions: gave up after {400 // entries} cells"


def test_no_time() -> None:
    question = Question(ke.mlp(DEEP), ke.mlp(SWAPPED), deadline=Deadline.after(0.0))
    outcome = prove_by_regions(question)
    assert isinstance(outcome, Unknown)
    assert outcome.reason == "regions: no time for more than 1 cells"


small = st.fractions(-2, 2, max_denominator=3)


@st.composite
def layers(draw: st.DrawFn, sizes: Sequence[int]) -> Layers:
    return [
        (
            [[draw(small) for _ in range(n)] for _ in range(m)],
            [draw(small) for _ in range(m)],
        )
        for n, m in pairwise(sizes)
    ]


def value(network: Layers, point: Sequence[Fraction]) -> list[Fraction]:
    """The meaning of an MLP, without any of the code under test."""
    x = list(point)
    for k, (rows, bias) in enumerate(network):
        if k:
            x = [max(v, Fraction(0)) for v in x]
        x = [
            sum(
                (Fraction(str(w)) * v for w, v in zip(row, x, strict=True)),
                Fraction(str(b)),
            )
            for row, b in zip(rows, bias, strict=True)
        ]
    return x


domains = st.sampled_from(
    [None, SQUARE, Box([(-1, 2), ("1/2", "1/2")]), Box([("-1/3", 0), (1, None)])]
)


@settings(max_examples=60)
@given(layers([2, 3, 2, 1]), layers([2, 2, 1]), domains)
def test_any_two_networks_are_decided(a: Layers, b: Layers, domain: Box | None) -> None:
    left, right = ke.mlp(a), ke.mlp(b)
    outcome = asked(left, right, domain)
    assert isinstance(outcome, (Proved, Refuted))
    if isinstance(outcome, Refuted):
        point = outcome.witness.point
        assert value(a, point) != value(b, point)
        return
    for i in range(-8, 9):
        for j in range(-8, 9):
            point = (Fraction(i, 2), Fraction(j, 2))
            if domain is None or point in domain.for_inputs(2):
                assert value(a, point) == value(b, point)


@settings(max_examples=40)
@given(layers([2, 3, 3, 1]), st.permutations(range(3)), domains, st.data())
def test_equal_pairs_are_proved_and_near_misses_refuted(
    a: Layers, order: Sequence[int], domain: Box | None, data: st.DataObject
) -> None:
    """Hidden units in another order, rescaled, one of them in two halves."""
    scales = [data.draw(st.fractions("1/3", 3, max_denominator=3)) for _ in order]
    (w0, b0), (w1, b1), last = [
        ([[Fraction(str(v)) for v in r] for r in w], [Fraction(str(v)) for v in b])
        for w, b in a
    ]
    rows = [[v * s for v in w0[k]] for k, s in zip(order, scales, strict=True)]
    bias = [b0[k] * s for k, s in zip(order, scales, strict=True)]
    mix = [[r[k] / s for k, s in zip(order, scales, strict=True)] for r in w1]
    halves = [[*r[:-1], r[-1] / 3, r[-1] * Fraction(2, 3)] for r in mix]
    b: Layers = [([*rows, rows[-1]], [*bias, bias[-1]]), (halves, b1), last]
    proved(ke.mlp(a), ke.mlp(b), domain)
    off = changed(b, 1, 0, 0, "1e-30")
    point = [data.draw(small), data.draw(small)]
    inside = domain is None or point in domain.for_inputs(2)
    if inside and value(a, point) != value(off, point):
        refuted(ke.mlp(a), ke.mlp(off), domain)
