"""The largest difference of two layers, against brute force."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.certificate.container import unpack
from kan_equiv.errors import (
    DomainError,
    NoBoundError,
    NotSeparableError,
    ValidationError,
)
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.exact.bounds import maximum
from kan_equiv.ir import Network
from kan_equiv.prover.distance import layer_distance, layer_range
from kan_equiv.testing import strategies
from tests.networks import kan, rational_points, with_coefficient

F = Fraction
FEW = settings(max_examples=30, deadline=None)

rationals = st.fractions(-2, 2, max_denominator=4)


@st.composite
def layer_pairs(draw: st.DrawFn, degree: int = 1) -> tuple[Network, Network]:
    n, m = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    edges = strategies.piecewise_polynomials(max_degree=degree, max_breakpoints=3)
    left, right = (
        ke.kan([[draw(edges) for _ in range(n)] for _ in range(m)]) for _ in "ab"
    )
    return left, right


@st.composite
def boxes(draw: st.DrawFn, n: int) -> ke.Box:
    ends = [sorted((draw(rationals), draw(rationals))) for _ in range(n)]
    return ke.Box([(a, b) for a, b in ends])


def edge_sup(f: PiecewisePolynomial, lo: Fraction, hi: Fraction) -> Fraction:
    """sup f for pieces of degree <= 1: values, and limits at the ends of cells."""
    inner = [t for t in f.breakpoints if lo < t < hi]
    marks = [lo, *inner, hi]
    found = [f(t) for t in marks]
    for a, b in pairwise(marks):
        if a < b:
            p = f.pieces[sum(t <= a for t in f.breakpoints)]
            found += [p(a), p(b)]
    return max(found)


@FEW
@given(st.data())
def test_piecewise_linear_distances_are_exact(data: st.DataObject) -> None:
    left, right = data.draw(layer_pairs())
    box = data.draw(boxes(left.in_features))
    found = ke.distance(left, right, box)
    for o in range(left.out_features):
        differences = [
            (left.edge(i, o) - right.edge(i, o)).pieces for i in range(left.in_features)
        ]
        ends = [i.ends for i in box]
        above = sum(edge_sup(d, *e) for d, e in zip(differences, ends, strict=True))
        below = sum(edge_sup(-d, *e) for d, e in zip(differences, ends, strict=True))
        assert found.upper[o] == max(above, below)
        point = found.points[o]
        assert point in box
        assert found.attained[o] == abs(left(point)[o] - right(point)[o])
        assert found.attained[o] <= found.upper[o]
        assert found.upper[o] - found.attained[o] < F(1, 10**9)
    assert kernel.check(found.certificate.data).verdict == "valid"


@FEW
@given(st.data())
def test_cubic_distances_are_tight_and_never_violated(data: st.DataObject) -> None:
    left, right = data.draw(layer_pairs(3))
    box = data.draw(boxes(left.in_features))
    found = layer_distance(left, right, box, F(1, 10**6))
    for o in range(left.out_features):
        sups = []
        for sign in (1, -1):
            total = F(0)
            for i, interval in enumerate(box):
                d = (left.edge(i, o) - right.edge(i, o)).pieces.scale(sign)
                total += maximum(d, *interval.ends, F(1, 10**7)).lower
            sups.append(total)
        assert max(sups) <= found.upper[o]
        assert found.upper[o] <= (1 + F(1, 10**6)) * found.attained[o]
        point = found.points[o]
        assert point in box
        assert found.attained[o] == abs(left(point)[o] - right(point)[o])
    rng = random.Random(0)
    for _ in range(20):
        x = [lo + (hi - lo) * F(rng.randint(0, 64), 64) for lo, hi in _ends(box)]
        for o, (u, v) in enumerate(zip(left(x), right(x), strict=True)):
            assert abs(u - v) <= found.upper[o]


def _ends(box: ke.Box) -> list[tuple[Fraction, Fraction]]:
    return [i.ends for i in box]


def test_a_limit_at_a_jump_counts_and_is_not_attained() -> None:
    """x on [0, 1), 0 at 1 and right of it: the supremum 1 is no value."""
    saw = PiecewisePolynomial.of([0, 1]) + PiecewisePolynomial.truncated_power(
        F(1), 0
    ) * PiecewisePolynomial.of([0, -1])
    zero = PiecewisePolynomial.of([])
    found = ke.distance(ke.kan([[saw, saw]]), ke.kan([[zero, zero]]), ke.Box(0, 1))
    assert found.upper == (2,)
    assert F(1999999, 10**6) < found.attained[0] < 2
    assert all(0 < x < 1 for x in found.points[0])
    assert not found.is_exact


def test_constants_cancel_between_inputs_and_the_bias() -> None:
    one = PiecewisePolynomial.of([1000, 1])
    line = PiecewisePolynomial.of([0, 1])
    down = PiecewisePolynomial.of([-1000])
    zero = PiecewisePolynomial.of([])
    found = ke.distance(
        ke.kan([[one, down]]), ke.kan([[line, zero]]), ke.Box([(-1, 1), (5, 7)])
    )
    assert found.upper == found.attained == (0,)
    assert found.is_exact
    assert str(found).startswith("exactly 0")


def test_a_cubic_layer_against_its_rounded_weights() -> None:
    source = kan([4, 5], degree=3, seed=5)
    rounded = ke.emit.rounded_copy(ke.convert(source).target, "float32")
    found = ke.distance(source, rounded, ke.Box(-1, 1))
    for high, low in zip(found.upper, found.attained, strict=True):
        assert 0 < low <= high <= F(1001, 1000) * low
    assert "at most" in str(found) or "exactly" in str(found)
    assert found.point == found.points[found.output]
    assert found.bound == max(found.upper)


def test_atoms_are_bounded_within_one_percent() -> None:
    left, right = (kan([3, 3], seed=s, silu=True) for s in (1, 2))
    found = ke.distance(left, right, ke.Box(-3, 3))
    for high, low in zip(found.upper, found.attained, strict=True):
        assert 0 < low <= high <= F(101, 100) * low
    for o, point in enumerate(found.points):
        seen = abs(float(left(point)[o] - right(point)[o]))  # type: ignore[operator]
        assert float(found.attained[o]) == pytest.approx(seen, rel=1e-9)
    for x in rational_points(left, 40):
        x = [v / 2 for v in x]
        for o, (u, v) in enumerate(zip(left(x), right(x), strict=True)):
            assert abs(float(u - v)) <= float(found.upper[o]) + 1e-12  # type: ignore[operator]


@pytest.mark.parametrize(
    "name", ["silu", "sigmoid", "tanh", "exp", "gaussian", "sin", "cos"]
)
def test_single_atoms_against_nothing(name: str) -> None:
    """tanh(3x) and the like on [-1, 2], against a fine grid."""
    from kan_equiv.ir import Atom, Univariate

    f = Univariate(PiecewisePolynomial.of([]), ((Atom(name, F(-3), F(1)), F(2)),))
    zero = PiecewisePolynomial.of([])
    found = ke.distance(ke.kan([[f]]), ke.kan([[zero]]), ke.Box(-1, 2))
    grid = [abs(float(f(F(k, 500)))) for k in range(-500, 1001)]
    assert float(found.upper[0]) >= max(grid) - 1e-12
    assert found.upper[0] <= F(1001, 1000) * found.attained[0]


def test_ranges_hold_the_outputs() -> None:
    layer = kan([2, 3], degree=3, seed=7, silu=True)
    box = layer_range(layer, ke.Box(-2, 2))
    for x in rational_points(layer, 50):
        x = [v / 2 for v in x]
        for v, (lo, hi) in zip(layer(x), _ends(box), strict=True):
            assert float(lo) - 1e-12 <= float(v) <= float(hi) + 1e-12


def test_wrong_questions() -> None:
    layer, deep = kan([2, 2], seed=1), kan([2, 3, 2], seed=2)
    with pytest.raises(ValidationError, match="shapes must agree"):
        ke.distance(layer, kan([2, 3], seed=1), ke.Box(-1, 1))
    with pytest.raises(DomainError, match="2 inputs"):
        ke.distance(layer, layer, ke.Box([(0, 1)]))
    with pytest.raises(DomainError, match="bounded box"):
        ke.distance(layer, layer, ke.Box(0, float("inf")))
    with pytest.raises(ValidationError, match="relative"):
        layer_distance(layer, layer, ke.Box(-1, 1), F(0))
    with pytest.raises(NotSeparableError):
        layer_distance(deep, deep, ke.Box(-1, 1))


def test_where_no_bound_is_known_it_says_why_and_what_was_seen() -> None:
    x = sympy.Symbol("x", real=True)
    one, two = sympy.exp(x), 2 * sympy.exp(x)
    with pytest.raises(NoBoundError, match=r"exp beyond 4096; it is at least 2\.967"):
        ke.distance(one, two, ke.Box(0, 5000))
    with pytest.raises(NoBoundError, match=r"beyond 2.504$"):  # nothing was seen
        ke.distance(sympy.sin(x), 2 * sympy.sin(x), ke.Box(0, 10**200))
    with pytest.raises(NoBoundError, match=r"ratios .* at least 1, in output 0"):
        ke.distance(1 / (x**2 + 1), 0 * x, ke.Box(-1, 1))
    step = PiecewisePolynomial.truncated_power(F(0), 0)
    line = PiecewisePolynomial.of([F(1, 4), 1])
    jumps = Network(2, (*ke.kan([[line, line]]).stages, *ke.kan([[step]]).stages))
    moved = Network(
        2, (*ke.kan([[line, line + line]]).stages, *ke.kan([[step]]).stages)
    )
    with pytest.raises(NoBoundError, match=r"step 1: .* jump"):
        ke.distance(jumps, moved, ke.Box(-1, 1))
    outcome = ke.prove(one, two, domain=ke.Box(4999, 5000), within=10**10000)
    assert isinstance(outcome, ke.Unknown)
    assert "exp beyond 4096" in outcome.reason


def test_huge_differences_are_written_out() -> None:
    x = sympy.Symbol("x", real=True)
    box = ke.Box("719.99", 720)
    found = ke.distance(sympy.exp(x), 2 * sympy.exp(x), box)
    assert "and at least 4.92070e+312 in output 0 at (720)" in str(found)
    outcome = ke.prove(sympy.exp(x), 2 * sympy.exp(x), domain=box)
    assert "e+312 on the left" in str(outcome)


def test_representations_are_short() -> None:
    left, right = kan([2, 3, 1], seed=1), kan([2, 3, 1], seed=2)
    found = ke.distance(left, right, ke.Box(-1, 1))
    refuted = ke.prove(left, right)
    assert isinstance(refuted, ke.Refuted)
    for shown in (found, refuted, refuted.witness):
        assert str(shown).removeprefix("refuted: ") in repr(shown)
        assert "Fraction" not in repr(shown)
        assert len(repr(shown)) < 200


def test_the_certificate_states_what_is_reported() -> None:
    left = kan([2, 2], seed=3)
    right = with_coefficient(left, 0, (0, 1, 2), 0.25)
    found = ke.distance(left, right, ke.Box(-1, 1))
    claim = unpack(found.certificate.data)[0]["claim"]
    assert claim["kind"] == "supremum"
    assert tuple(map(F, claim["epsilon"])) == found.upper
    assert tuple(map(F, claim["attained"])) == found.attained
    assert found.upper[0] == 0 < found.upper[1]
    verdict = kernel.check(found.certificate.data)
    assert "at most" in verdict.claim
    assert "at least" in verdict.claim


def test_a_float_that_moved_by_one_unit() -> None:
    """1e-30 apart is seen as 1e-30 apart."""
    hat = PiecewisePolynomial.truncated_power(F(0), 1)
    near = hat + hat.scale(F(1, 10**30))
    found = ke.distance(ke.kan([[hat]]), ke.kan([[near]]), ke.Box(-1, 3))
    assert found.upper == found.attained == (F(3, 10**30),)
    assert found.points == ((F(3),),)


@FEW
@given(layer_pairs(degree=3), st.data())
def test_multiples_of_an_output_are_as_many_times_as_far_apart(
    pair: tuple[Network, Network], data: st.DataObject
) -> None:
    box = data.draw(boxes(pair[0].in_features))
    factors = data.draw(st.lists(rationals, min_size=3, max_size=3))
    single = [_repeated(n, [F(1)]) for n in pair]
    many = [_repeated(n, factors) for n in pair]
    base = layer_distance(*single, box).upper[0]
    found = layer_distance(*many, box)
    for factor, upper in zip(factors, found.upper, strict=True):
        assert abs(upper - abs(factor) * base) <= abs(factor) * base / (1 << 38)


def _repeated(network: Network, factors: list[Fraction]) -> Network:
    """The layer whose outputs are multiples of the first one."""
    first = [network.edge(i, 0).pieces for i in range(network.in_features)]
    return ke.kan([[f.scale(q) for f in first] for q in factors])
