"""Closed half-lines as domains: decided completely, refuted inside, never outside."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.errors import DomainError
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.ir import Box, Interval
from kan_equiv.ir.separable import separate
from kan_equiv.prover.outcome import Proved, Refuted
from kan_equiv.prover.search import sample_box
from kan_equiv.testing.strategies import piecewise_polynomials, rationals
from tests.networks import kan

HINGE = PiecewisePolynomial.truncated_power(Fraction(0), 1)
LINE = PiecewisePolynomial.of([0, 1])


def on(lo: object, hi: object) -> Box:
    return Box([(lo, hi)])


@given(
    piecewise_polynomials(max_breakpoints=3, max_degree=2),
    piecewise_polynomials(max_breakpoints=3, max_degree=2),
    rationals(),
    st.booleans(),
)
def test_the_answer_is_the_one_of_the_restrictions(f, g, end, to_the_right):
    lo, hi = (end, None) if to_the_right else (None, end)
    glued = f.restrict(lo, hi)
    for other in (g, glued):
        outcome = ke.prove(ke.kan([[f]]), ke.kan([[other]]), domain=on(lo, hi))
        if f.restrict(lo, hi) == other.restrict(lo, hi):
            assert isinstance(outcome, Proved)
        else:
            assert isinstance(outcome, Refuted)
            (x,) = outcome.witness.point
            assert x in Interval(lo, hi)
            assert f(x) != other(x)


def test_what_holds_on_a_half_line_only() -> None:
    left, right = ke.kan([[HINGE, LINE]]), ke.kan([[LINE, LINE]])
    proof = ke.prove(left, right, domain=Box([(0, math.inf), ("-inf", math.inf)]))
    assert isinstance(proof, Proved)
    assert proof.statement.endswith("on the box [0, inf) x (-inf, inf)")
    verdict = kernel.check(proof.certificate.data)
    assert verdict.claim.endswith("[0, inf) x (-inf, inf)")
    for domain in (
        None,
        Box(-math.inf, 5),
        Box([(Fraction(-1, 10**30), None), (0, 1)]),
    ):
        outcome = ke.prove(left, right, domain=domain)
        assert isinstance(outcome, Refuted)
        assert outcome.witness.point[0] < 0
        if domain is not None:
            assert outcome.witness.point in domain.for_inputs(2)


def test_the_end_of_the_half_line_counts() -> None:
    step = PiecewisePolynomial.truncated_power(Fraction(2), 0)
    left, right = ke.kan([[step]]), ke.kan([[0]])
    outcome = ke.prove(left, right, domain=on(None, 2))
    assert isinstance(outcome, Refuted)
    assert outcome.witness.point == (2,)
    assert isinstance(ke.prove(left, right, domain=on(None, "199/100")), Proved)


def test_all_of_space_is_no_box() -> None:
    proof = ke.prove(ke.kan([[HINGE]]), ke.kan([[HINGE]]), domain=Box("-inf", "inf"))
    assert isinstance(proof, Proved)
    assert proof.statement.endswith("R^n")


def test_deep_networks_and_atoms_on_half_lines() -> None:
    network = kan([2, 2, 1], degree=2, seed=3, silu=True)
    target = ke.convert(network).target
    assert isinstance(ke.prove(network, target, domain=Box(0, math.inf)), Proved)
    other = kan([2, 2, 1], degree=2, seed=4, silu=True)
    domain = Box([(7, math.inf), ("-inf", -7)])
    outcome = ke.prove(network, other, domain=domain)
    assert isinstance(outcome, Refuted)
    assert outcome.witness.point in domain


def test_bounds_need_ends() -> None:
    with pytest.raises(
        DomainError, match=r"needs a bounded box, got Box\(\[\(0, inf\)\]\)"
    ):
        ke.distance(ke.kan([[HINGE]]), ke.kan([[LINE]]), Box(0, math.inf))


@given(
    st.lists(rationals(), max_size=4),
    st.tuples(st.none() | rationals(), st.none() | rationals()).filter(
        lambda p: None in p or p[0] <= p[1]
    ),
)
def test_samples_come_from_a_bounded_part_of_the_domain(knots, ends):
    edge = PiecewisePolynomial.of([])
    for t in knots:
        edge = edge + PiecewisePolynomial.truncated_power(t, 1)
    form = separate(ke.kan([[edge]]).stages, 1)
    (found,) = sample_box([form], Box([ends]), 1)
    side = Interval(*ends)
    assert found.is_bounded
    assert found.lo in side
    assert found.hi in side
    for t in edge.breakpoints:
        if t in side:
            assert t in found
