"""MLPs as KANs, on R^n and on boxes, and back."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.certificate.container import pack, unpack
from kan_equiv.errors import ConversionError, ValidationError
from kan_equiv.exact import PiecewisePolynomial, Polynomial
from kan_equiv.ir import (
    Affine,
    Bank,
    BSplineBasis,
    Interval,
    Network,
    Parallel,
    PiecewiseBasis,
)
from kan_equiv.prover.certify import certify_equal, links_of
from kan_equiv.rules.derivation import Step
from kan_equiv.rules.edges_to_bspline import edges_to_bspline
from kan_equiv.testing.strategies import boxes
from tests.networks import kan

F = Fraction
EIGHTHS = st.integers(-12, 12).map(lambda v: F(v, 8))


def relu_network(sizes: list[int], seed: int = 0, degree: int = 1) -> Network:
    """Random float32 weights, as a trained MLP has them."""
    rng = np.random.default_rng(seed)
    pairs = [
        (
            (rng.standard_normal((m, n)) / n**0.5).astype(np.float32),
            (rng.standard_normal(m) / 3).astype(np.float32),
        )
        for n, m in pairwise(sizes)
    ]
    return ke.mlp(pairs, degree=degree)


def points(network: Network, box: Any, count: int = 5) -> list[list[Fraction]]:
    rng = np.random.default_rng(1)
    return [
        [
            i.ends[0] + (i.ends[1] - i.ends[0]) * F(int(v), 64)
            for i, v in zip(box, rng.integers(0, 65, len(box)), strict=True)
        ]
        for _ in range(count)
    ]


def banks(network: Network) -> list[Bank]:
    return [s for s in network.stages if isinstance(s, Bank)]


@pytest.mark.parametrize("sizes", [[3, 4, 2], [2, 3, 3, 1], [1, 5, 1], [4, 2]])
def test_layers_alternate_and_the_way_back_gives_the_same_network(
    sizes: list[int],
) -> None:
    mlp = relu_network(sizes)
    conversion = ke.convert(mlp, "kan")
    kinds = [type(s) for s in conversion.target.stages]
    assert kinds == [Bank, Affine] * (len(sizes) - 1)
    assert conversion.target.depth == len(sizes) - 1
    assert conversion.parameters[0].parameters == conversion.parameters[1].parameters
    assert conversion.prove().is_proved
    back = ke.convert(conversion.target, "hinge")
    assert back.prove().is_proved
    assert back.target == mlp
    assert ke.prove(mlp, back.target).is_proved


def test_words_that_end_or_meet_in_banks_are_filled_in() -> None:
    relu = banks(relu_network([1, 1, 1]))[0]
    word = Network(1, (relu, relu))
    conversion = ke.convert(word, "kan")
    assert [type(s) for s in conversion.target.stages] == [Bank, Affine] * 2
    assert conversion.prove().is_proved
    empty = ke.convert(Network(2, ()), "kan")
    assert [type(s) for s in empty.target.stages] == [Bank, Affine]
    assert empty.prove().is_proved


@pytest.mark.parametrize("degree", [1, 2, 3])
@pytest.mark.parametrize("layout", ["layers", "sequential"])
def test_on_a_box_all_edges_are_splines(degree: int, layout: str) -> None:
    mlp = relu_network([3, 4, 3, 2], degree=degree)
    box = ke.Box([(-1, 1), (0, "1/2"), ("-1/4", 2)])
    conversion = ke.convert(mlp, "kan", domain=box, layout=layout)
    for bank in banks(conversion.target):
        for basis in bank.bases:
            assert isinstance(basis, BSplineBasis)
            assert basis.degree == (1 if bank.in_features == 3 else degree) or (
                basis.knots[basis.degree] >= 0
            )
    assert conversion.domain == box
    proof = conversion.prove()
    assert "on the box" in str(proof)
    for x in points(mlp, box):
        assert mlp(x) == conversion.target(x)
    outside = [F(-3), F(5), F(7)]
    assert mlp(outside) != conversion.target(outside)
    again = ke.convert(conversion.target, "hinge", layout="sequential")
    assert ke.prove(mlp, again.target, domain=box).is_proved


def test_only_units_that_bend_have_a_knot_inside() -> None:
    # z = x + 2 stays above 0 on the box, -x - 2 below, x bends.
    mlp = ke.mlp([([[1], [-1], [1]], [2, -2, 0]), ([[1, 5, 1]], [7])])
    conversion = ke.convert(mlp, "kan", domain=ke.Box(-1, 1))
    second = banks(conversion.target)[1]
    knots = [[str(t) for t in second.basis(i).knots.knots] for i in range(2)]  # type: ignore[attr-defined]
    assert second.in_features == 2
    assert knots == [["-1", "1", "3", "5"], ["-3", "-1", "0", "1", "3"]]
    rules = [s.rule for s in conversion.steps]
    assert "restrict_to_range" in rules
    assert conversion.prove().is_proved


def test_where_no_unit_is_left_one_stays() -> None:
    mlp = ke.mlp([([[1], [2]], [-3, -5]), ([[1, 5]], [7])])
    conversion = ke.convert(mlp, "kan", domain=ke.Box(-1, 1))
    assert banks(conversion.target)[1].in_features == 1
    assert conversion.prove().is_proved
    assert conversion.target([F(1, 3)]) == (F(7),)


def test_edges_with_several_pieces_and_a_leaky_unit() -> None:
    leaky = PiecewisePolynomial.truncated_power(F(0), 1).scale(
        F(9, 10)
    ) + PiecewisePolynomial.of([0, "1/10"])
    first, _, last = relu_network([2, 3, 1]).stages
    mlp = Network(2, (first, Bank((PiecewiseBasis((leaky,)),), (0,) * 3), last))
    box = ke.Box(-1, 1)
    conversion = ke.convert(mlp, "kan", domain=box)
    assert conversion.prove().is_proved
    assert all(isinstance(b, BSplineBasis) for b in banks(conversion.target)[1].bases)


def test_a_kan_on_a_box_is_one_of_splines_again() -> None:
    source = kan([2, 3, 1], degree=2)
    conversion = ke.convert(source, "kan", domain=ke.Box(-1, 1))
    assert conversion.prove().is_proved
    for x in points(source, ke.Box(-1, 1).for_inputs(2)):
        assert source(x) == conversion.target(x)


def test_atoms_and_half_lines_keep_their_edges() -> None:
    silu = ke.mlp([([[1, 2]], [0]), ([[1]], [0]), ([[2]], [1])], activation="silu")
    conversion = ke.convert(silu, "kan", domain=ke.Box(-1, 1))
    first, second, third = banks(conversion.target)
    assert isinstance(first.bases[0], BSplineBasis)
    assert (second, third) == (banks(silu)[0], banks(silu)[1])
    assert conversion.prove().is_proved
    half = ke.convert(
        relu_network([1, 2, 1]), "kan", domain=ke.Box([(0, float("inf"))])
    )
    assert not any(isinstance(b, BSplineBasis) for b in banks(half.target)[0].bases)
    assert half.prove().is_proved


@settings(deadline=None)
@given(data=st.data(), degree=st.integers(1, 2))
def test_random_networks_on_random_boxes(data: st.DataObject, degree: int) -> None:
    sizes = data.draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    rows = [
        (
            data.draw(
                st.lists(
                    st.lists(EIGHTHS, min_size=n, max_size=n), min_size=m, max_size=m
                )
            ),
            data.draw(st.lists(EIGHTHS, min_size=m, max_size=m)),
        )
        for n, m in pairwise(sizes)
    ]
    mlp = ke.mlp(rows, degree=degree)
    box = data.draw(
        boxes(min_inputs=sizes[0], max_inputs=sizes[0], allow_infinity=True)
    )
    conversion = ke.convert(mlp, "kan", domain=box)
    assert conversion.prove().is_proved
    if box.is_bounded:
        for x in points(mlp, box):
            assert mlp(x) == conversion.target(x)


@given(
    coefficients=st.lists(EIGHTHS, min_size=1, max_size=4),
    at=st.lists(EIGHTHS, min_size=3, max_size=5),
    other=EIGHTHS,
    weight=EIGHTHS,
)
def test_blossoms_are_polar_forms(
    coefficients: list[Fraction],
    at: list[Fraction],
    other: Fraction,
    weight: Fraction,
) -> None:
    f = Polynomial.of(coefficients)
    assert f.blossom([at[0]] * len(at)) == f(at[0])
    assert f.blossom(at) == f.blossom(at[::-1])
    mixed = weight * at[0] + (1 - weight) * other
    assert f.blossom([mixed, *at[1:]]) == weight * f.blossom(at) + (
        1 - weight
    ) * f.blossom([other, *at[1:]])


def test_a_blossom_needs_as_many_points_as_the_degree() -> None:
    with pytest.raises(ValidationError, match="degree 2 needs as many points, got 1"):
        Polynomial.of([0, 0, 1]).blossom([F(1)])


def test_jumps_keep_their_edges() -> None:
    step = PiecewisePolynomial.truncated_power(F(0), 0)
    assert (
        edges_to_bspline(Bank((PiecewiseBasis((step,)),), (0,)), ke.Box([(-1, 1)]))
        is None
    )


@pytest.mark.parametrize("to", ["local", "maxout"])
def test_a_box_is_for_two_forms(to: str) -> None:
    words = f"domain= is for to='hinge' and to='kan', got to='{to}'"
    with pytest.raises(ValidationError, match=words):
        ke.convert(relu_network([1, 1, 1]), to, domain=ke.Box(-1, 1))


def test_parallel_stages_are_refused_by_name() -> None:
    inner = relu_network([1, 1, 1])
    with pytest.raises(ConversionError, match="stage 0 is Parallel"):
        ke.convert(Network(2, (Parallel((inner, inner)),)), "kan")


# --- near misses ------------------------------------------------------------------

MLP = ke.mlp([([[1], [-1], [1]], [2, -2, 0]), ([[1, 5, 1]], [7])])
BOX = ke.Box(-1, 1).for_inputs(1)


def verdict_of(steps: list[Step], target: Network) -> str:
    try:
        certify_equal(MLP, target, links_of(steps), BOX)
    except ke.errors.CertificateError as error:  # type: ignore[attr-defined]
        return str(error)
    return "valid"


def test_ranges_and_boxes_that_are_off_are_refused() -> None:
    conversion = ke.convert(MLP, "kan", domain=BOX)
    steps = list(conversion.steps)
    assert verdict_of(steps, conversion.target) == "valid"
    tried = 0
    for n, step in enumerate(steps):
        for r, shown in enumerate(step.ranges):
            for i, side in enumerate(shown.bounds):
                lo, hi = side.ends
                for smaller in (
                    Interval(lo, hi - F(1, 64)),
                    Interval(lo + F(1, 64), hi),
                ):
                    bounds = list(shown.bounds)
                    bounds[i] = smaller
                    wrong = replace(shown, bounds=ke.Box(bounds))
                    ranges = (*step.ranges[:r], wrong, *step.ranges[r + 1 :])
                    mutant = [*steps[:n], replace(step, ranges=ranges), *steps[n + 1 :]]
                    assert verdict_of(mutant, conversion.target) != "valid"
                    tried += 1
        if step.ranges:
            without = [*steps[:n], replace(step, ranges=()), *steps[n + 1 :]]
            assert verdict_of(without, conversion.target) != "valid"
            everywhere = replace(step, ranges=(), domain=None)
            mutant = [*steps[:n], everywhere, *steps[n + 1 :]]
            assert verdict_of(mutant, conversion.target) != "valid"
            tried += 2
    assert tried >= 12


def test_a_larger_box_is_not_claimed() -> None:
    data = ke.convert(MLP, "kan", domain=BOX).prove().certificate.data
    header, buffers = unpack(data)
    header.pop("buffers")
    assert kernel.check(pack(header, buffers)).verdict == "valid"
    header["claim"]["domain"] = [["-1", "5/4"]]
    for judgement in header["judgements"]:
        if judgement["kind"] == "composition":
            judgement["domain"] = [["-1", "5/4"]]
    assert kernel.check(pack(header, buffers)).verdict == "invalid"
