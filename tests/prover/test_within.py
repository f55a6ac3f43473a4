"""prove(..., within=eps): proved, refuted at a point, or unknown with both figures."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.certificate.container import unpack
from kan_equiv.errors import (
    NoBoundError,
    NonFiniteWeightError,
    ValidationError,
)
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.ir import Atom, Network, Univariate
from kan_equiv.prover.within import tolerances
from kan_equiv.testing import strategies
from tests.networks import kan, rational_points, with_coefficient

F = Fraction
BOX = ke.Box(-1, 1)


def claim(outcome: object) -> dict[str, object]:
    certificate = outcome.certificate  # type: ignore[attr-defined]
    verdict = kernel.check(certificate.data)
    assert verdict.verdict == "valid"
    found: dict[str, object] = unpack(certificate.data)[0]["claim"]
    return found


def is_refuted(left: Network, right: Network, eps: object) -> None:
    """Refuted, by a point that exact evaluation confirms."""
    outcome = ke.prove(left, right, domain=BOX, within=eps)
    assert isinstance(outcome, ke.Refuted)
    w = outcome.witness
    assert w.point in BOX.for_inputs(left.in_features)
    gap = abs(float(left(w.point)[w.output] - right(w.point)[w.output]))  # type: ignore[operator]
    assert outcome.epsilon is not None
    assert gap >= float(outcome.epsilon)
    found = claim(outcome)
    assert found["kind"] == "exceeds"
    assert F(str(found["epsilon"])) == outcome.epsilon


@pytest.mark.parametrize("silu", [False, True])
def test_layers_are_decided_on_both_sides_of_the_supremum(silu: bool) -> None:
    left = kan([2, 3], degree=3, seed=3, silu=silu)
    right = kan([2, 3], degree=3, seed=4, silu=silu)
    known = ke.distance(left, right, BOX)
    proved = ke.prove(left, right, domain=BOX, within=known.bound)
    assert isinstance(proved, ke.Proved)
    assert claim(proved)["kind"] == "within"
    assert "within" in proved.statement
    each = ke.prove(left, right, domain=BOX, within=known.upper)
    assert isinstance(each, ke.Proved)
    assert claim(each)["epsilon"] == [str(v) for v in known.upper]
    is_refuted(left, right, max(known.attained) * F(999999, 10**6))
    is_refuted(left, right, [known.bound, known.bound, known.attained[2] * F(99, 100)])
    is_refuted(left, right, 0)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_piecewise_linear_layers_at_their_exact_supremum(data: st.DataObject) -> None:
    edges = strategies.piecewise_polynomials(max_degree=1, max_breakpoints=3)
    left, right = (ke.kan([[data.draw(edges), data.draw(edges)]]) for _ in "ab")
    known = ke.distance(left, right, BOX)
    (sup,) = known.upper
    assert ke.prove(left, right, domain=BOX, within=sup).is_proved
    if sup:
        below = sup * (1 - F(1, 10**6))
        is_refuted(left, right, below)


def test_equal_networks_are_within_nothing() -> None:
    deep = kan([2, 3, 2], degree=2, seed=1)
    for form in ("hinge", "local"):
        target = ke.convert(deep, form).target
        assert ke.prove(deep, target, domain=BOX, within=0).is_proved
        assert ke.distance(deep, target, BOX).upper == (0, 0)


@pytest.mark.parametrize("silu", [False, True])
def test_deep_networks_have_three_answers(silu: bool) -> None:
    left = kan([2, 3, 2], degree=2, seed=1, silu=silu)
    right = ke.emit.rounded_copy(left, "bfloat16")
    known = ke.distance(left, right, BOX)
    assert all(0 < a <= b for a, b in zip(known.attained, known.upper, strict=True))
    assert len(known.steps) == 2
    assert "in 2 steps" in str(known)
    proved = ke.prove(left, right, domain=BOX, within=known.bound)
    assert isinstance(proved, ke.Proved)
    assert claim(proved)["kind"] == "within"
    is_refuted(left, right, max(known.attained) * F(9, 10))
    between = (known.bound + max(known.attained)) / 2
    unknown = ke.prove(left, right, domain=BOX, within=between)
    assert isinstance(unknown, ke.Unknown)
    assert unknown.distance is not None
    assert unknown.distance.bound == known.bound
    assert "at most" in unknown.reason
    assert "at least" in unknown.reason


@pytest.mark.parametrize("silu", [False, True])
def test_deep_bounds_are_never_violated(silu: bool) -> None:
    left = kan([2, 3, 3, 2], degree=2, seed=2, silu=silu)
    for right in (
        ke.emit.rounded_copy(left, "bfloat16"),
        ke.emit.pruned_copy(left, F(1, 5)),
        with_coefficient(left, 1, (0, 1, 2), 0.25),
        kan([2, 3, 3, 2], degree=2, seed=3, silu=silu),
    ):
        known = ke.distance(left, right, BOX)
        for x in rational_points(left, 40):
            x = [v / 4 for v in x]
            for o, (u, v) in enumerate(zip(left(x), right(x), strict=True)):
                assert abs(float(u - v)) <= float(known.upper[o]) * (1 + 1e-12)  # type: ignore[operator]


def test_dense_multilayer_perceptrons() -> None:
    rng = __import__("numpy").random.default_rng(0)
    shapes = [(5, 3), (4, 5), (2, 4)]
    layers = [(rng.standard_normal(s), rng.standard_normal(s[0])) for s in shapes]
    left = ke.mlp(layers)
    right = ke.emit.rounded_copy(left, "float16")
    known = ke.distance(left, right, BOX)
    assert [w.left.out_features for w in known.steps] == [5, 4, 2]
    assert known.bound < F(1, 10)
    assert max(known.attained) > 0
    assert ke.prove(left, right, domain=BOX, within=known.bound).is_proved


def test_a_jump_behind_an_error_is_named() -> None:
    step = PiecewisePolynomial.truncated_power(F(0), 0)
    last = ke.kan([[step]])
    wide = ke.mlp([([[1, 1], [1, -1]], [0, 0]), ([[1, 1]], [0])])
    shifted = ke.mlp([([[1, 1], [1, -1]], [F(1, 50), 0]), ([[1, 1]], [0])])
    left, right = (Network(2, (*n.stages, *last.stages)) for n in (wide, shifted))
    with pytest.raises(NoBoundError, match="jump"):
        ke.distance(left, right, BOX)
    outcome = ke.prove(left, right, domain=BOX, within=F(1, 10))
    assert not outcome.is_proved
    assert ke.prove(left, left, domain=BOX, within=F(1, 10)).is_proved


def test_layers_that_do_not_pair_up() -> None:
    left = kan([2, 3, 2], seed=1)
    right = kan([2, 4, 3, 2], seed=1)
    with pytest.raises(NoBoundError, match="equal widths"):
        ke.distance(left, right, BOX)
    outcome = ke.prove(left, right, domain=BOX, within=F(1, 1000))
    assert outcome.is_refuted
    unknown = ke.prove(left, right, domain=BOX, within=10**6)
    assert isinstance(unknown, ke.Unknown)
    assert "equal widths" in unknown.reason
    assert unknown.distance is None


def test_what_the_kernel_cannot_bound_is_unknown() -> None:
    zero = PiecewisePolynomial.of([])
    steep = Univariate(zero, ((Atom("exp", F(5000)), F(1)),))
    near = Univariate(zero, ((Atom("exp", F(5000)), F(1) + F(1, 10**9)),))
    left, right = ke.kan([[steep]]), ke.kan([[near]])
    outcome = ke.prove(left, right, domain=BOX, within=F(1, 2))
    assert not outcome.is_proved
    with pytest.raises(NoBoundError, match="unsupported"):
        ke.distance(left, right, BOX)


def test_epsilons() -> None:
    assert tolerances(0.5, 2) == (F(1, 2), F(1, 2))
    assert tolerances("1e-6", 1) == (F(1, 10**6),)
    assert tolerances([1, "1/3"], 2) == (1, F(1, 3))
    with pytest.raises(ValidationError, match="2 outputs"):
        tolerances([1], 2)
    with pytest.raises(ValidationError, match=">= 0"):
        tolerances(-1, 1)
    with pytest.raises(NonFiniteWeightError, match="within"):
        tolerances(float("nan"), 1)
    layer = kan([2, 2], seed=1)
    with pytest.raises(ValidationError, match="bounded box"):
        ke.prove(layer, layer, within=1)
    with pytest.raises(ValidationError, match="cross_check"):
        ke.prove(layer, layer, domain=BOX, within=1, cross_check="sympy")


def test_progress_is_told() -> None:
    told: list[str] = []
    deep = kan([2, 3, 2], degree=1, seed=1)
    ke.prove(deep, deep, domain=BOX, within=0, progress=told.append)
    assert told == ["bounding the difference", "bounding the difference layer by layer"]


def test_no_time_still_gives_a_certified_bound() -> None:
    left = kan([2, 3, 2], degree=2, seed=1)
    right = ke.emit.rounded_copy(left, "bfloat16")
    known = ke.distance(left, right, BOX, timeout=0)
    assert known.upper == ke.distance(left, right, BOX).upper
    assert len({*known.points}) == 1
