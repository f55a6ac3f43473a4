"""T0: piecewise polynomials and ratios of them, on R, half-lines, intervals, points."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Max, Piecewise, Rational

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.errors import DomainError, NoBoundError
from kan_equiv.exact import PiecewisePolynomial, Polynomial, RationalTensor
from kan_equiv.ir import Affine, Box, Dense, Interval, Network, Univariate
from kan_equiv.prover.outcome import Outcome, Proved, Refuted
from kan_equiv.prover.search import probes
from kan_equiv.testing.strategies import piecewise_polynomials, rationals
from tests.rational_functions import Written, denominators, written_functions

F = Fraction
TINY = F(1, 10**30)
WHOLE = Interval(None, None)
x = sympy.Symbol("x", real=True)


@st.composite
def sides(draw: st.DrawFn) -> Interval:
    """R, half-lines, intervals and points."""
    a, b = sorted([draw(rationals(max_denominator=4)) for _ in range(2)])
    kinds = [(None, None), (a, None), (None, b), (a, b), (a, a)]
    return Interval(*draw(st.sampled_from(kinds)))


def decide(f: Any, g: Any, side: Interval = WHOLE) -> Outcome:
    return ke.prove(f, g, domain=Box([side]))


def same(f: Written, g: Written, side: Interval) -> bool:
    """Whether both agree at more points of every cell than their degrees allow."""
    ends = {e for e in (side.lo, side.hi) if e is not None}
    marks = sorted({t for t in (*f.breakpoints, *g.breakpoints) if t in side} | ends)
    degree = max(n.degree + d.degree for h in (f, g) for n, d in h.cells)
    count = 2 * degree + 2
    inner = [
        a + (b - a) * F(k, count + 1)
        for a, b in pairwise(marks)
        for k in range(1, count + 1)
    ]
    first, last = (marks[0], marks[-1]) if marks else (F(0), F(0))
    inner += [first - k for k in range(1, count)] if side.lo is None else []
    inner += [last + k for k in range(1, count)] if side.hi is None else []
    return all(f(t) == g(t) for t in (*marks, *inner))


def check_refuted(outcome: Outcome, f: Callable[[F], F], g: Callable[[F], F]) -> F:
    assert isinstance(outcome, Refuted), str(outcome)
    (point,) = outcome.witness.point
    assert f(point) == outcome.witness.left != outcome.witness.right == g(point)
    assert kernel.check(outcome.certificate.data).verdict == "valid"
    return point


# --- random pairs ------------------------------------------------------------------


@given(written_functions(), denominators(), rationals(), sides())
@settings(max_examples=40)
def test_one_function_written_twice_is_proved(f, factor, t, side):
    other = f.multiplied(factor).cut(t)
    outcome = decide(f.univariate, other.univariate, side)
    assert isinstance(outcome, Proved)
    assert kernel.check(outcome.certificate.data).verdict == "valid"


@given(
    written_functions(),
    written_functions(),
    rationals(max_denominator=3).filter(bool),
    rationals(max_denominator=3),
    sides(),
)
@settings(max_examples=40)
def test_sums_and_substitutions_are_proved(f, h, slope, shift, side):
    """f(ax + b) as (f + h) - h after a linear map, and as one edge."""
    both = ke.kan([[f.univariate + h.univariate], [h.univariate]])
    line = Affine(_matrix([[slope]]), RationalTensor.from_fractions([shift], (1,)))
    minus = Affine.linear(_matrix([[F(1), F(-1)]]))
    left = Network(1, (line, *both.stages, minus))
    inner = Univariate(PiecewisePolynomial.of([shift, slope]))
    edge = f.univariate.compose(inner)
    outcome = decide(left, edge, side)
    assert isinstance(outcome, Proved)
    assert kernel.check(outcome.certificate.data).verdict == "valid"
    point = next(t for t in (side.lo, side.hi, F(1, 3)) if t is not None)
    spike = PiecewisePolynomial((point,), (Polynomial.of([]),) * 2, (TINY,))
    outcome = decide(left, edge + Univariate(spike), side)
    assert isinstance(outcome, Refuted)
    assert outcome.witness.point == (point,)


def _matrix(rows: list[list[Fraction]]) -> Dense:
    flat = [v for row in rows for v in row]
    shape = len(rows), len(rows[0])
    return Dense.matrix(RationalTensor.from_fractions(flat, shape))


@given(written_functions(), written_functions(), sides())
@settings(max_examples=40)
def test_random_pairs_are_decided(f, g, side):
    outcome = decide(f.univariate, g.univariate, side)
    if same(f, g, side):
        assert isinstance(outcome, Proved)
    else:
        assert check_refuted(outcome, f, g) in side


@given(written_functions(), sides(), st.data())
@settings(max_examples=40)
def test_what_is_changed_beyond_the_domain_does_not_matter(f, side, data):
    """The pieces outside of the domain are replaced, its ends kept."""
    other = f
    for end in (side.lo, side.hi):
        if end is not None:
            other = other.cut(end)
    cells, values = [*other.cells], [*other.values]
    noise = Polynomial.of([data.draw(rationals()), 1]), Polynomial.of([1])
    for j, (lo, hi) in enumerate(other.bounds):
        left = side.lo is not None and hi is not None and hi <= side.lo
        right = side.hi is not None and lo is not None and lo >= side.hi
        if left or right:
            cells[j] = noise
    for j, t in enumerate(other.breakpoints):
        if t not in side:
            values[j] = F(77)
    other = Written(other.breakpoints, tuple(cells), tuple(values))
    assert isinstance(decide(f.univariate, other.univariate, side), Proved)
    outcome = decide(f.univariate, other.univariate)
    if same(f, other, WHOLE):
        assert isinstance(outcome, Proved)
    else:
        assert check_refuted(outcome, f, other) not in side


@given(written_functions(), st.data(), sides())
@settings(max_examples=40)
def test_near_misses_are_refuted(f, data, side):
    """One coefficient, denominator or value is off by 10^-30."""
    j = data.draw(st.integers(0, len(f.cells) - 1))
    (n, d), cells, values = f.cells[j], [*f.cells], [*f.values]
    kind = data.draw(st.sampled_from(["top", "bottom", "value"]))
    if kind == "top":
        cells[j] = n + Polynomial.of([0, TINY]), d
    elif kind == "bottom":
        cells[j] = n, d + Polynomial.of([TINY])
    elif values:
        k = data.draw(st.integers(0, len(values) - 1))
        values[k] += TINY
    try:
        other = Written(f.breakpoints, tuple(cells), tuple(values))
        g = other.univariate
    except DomainError:
        return  # the moved denominator has a root
    outcome = decide(f.univariate, g, side)
    if same(f, other, side):
        assert isinstance(outcome, Proved)
    else:
        assert check_refuted(outcome, f, other) in side


@given(piecewise_polynomials(), piecewise_polynomials(), sides())
def test_piecewise_polynomials_are_decided(f, g, side):
    outcome = decide(f, g, side)
    if f.restrict(side.lo, side.hi) == g.restrict(side.lo, side.hi):
        assert isinstance(outcome, Proved)
    else:
        assert check_refuted(outcome, f, g) in side


@given(written_functions(max_breakpoints=3).filter(lambda f: f.breakpoints), st.data())
@settings(max_examples=40)
def test_half_open_ends_swapped_are_refuted_at_that_point(f, data):
    j = data.draw(st.integers(0, len(f.breakpoints) - 1))
    t = f.breakpoints[j]
    left, right = (n(t) / d(t) for n, d in f.cells[j : j + 2])
    value = left if f.values[j] == right else right
    swapped = (*f.values[:j], value, *f.values[j + 1 :])
    other = Written(f.breakpoints, f.cells, swapped)
    outcome = decide(f.univariate, other.univariate)
    if f.values == other.values:
        assert isinstance(outcome, Proved)
    else:
        assert check_refuted(outcome, f, other) == t


# --- named pairs -------------------------------------------------------------------

ABS = Piecewise((-x, x < 0), (x, True))
EQUAL = [
    ((x**2 - 1) / (x**2 + 1), 1 - 2 / (x**2 + 1)),
    (1 / (x**2 + 1) ** 2, (x**2 + 1) / (x**2 + 1) ** 3),
    ((x + 1) / ((x**2 + 1) * (x**2 + 2)), (x + 1) / (x**2 + 1) - (x + 1) / (x**2 + 2)),
    (x / (x**4 + 4), (1 / (x**2 - 2 * x + 2) - 1 / (x**2 + 2 * x + 2)) / 4),
    (1 / (1 + ABS), Piecewise((1 / (1 - x), x < 0), (1 / (1 + x), True))),
    (Max(x, 0) / (1 + Max(x, 0)), Piecewise((0, x <= 0), (x / (1 + x), True))),
    ((4 * x**2 + 4) / (2 * x**2 + 6), 2 - Rational(4) / (x**2 + 3)),
    (ABS, Max(x, -x)),
    (x**3 + 1, (x**5 + 2 * x**3 + x**2 + 2) / (x**2 + 2)),
]


@pytest.mark.parametrize(("f", "g"), EQUAL)
@pytest.mark.parametrize("side", [WHOLE, Interval.of(-1, None), Interval.of(-3, "1/2")])
def test_equal_expressions(f, g, side):
    assert isinstance(decide(f, g, side), Proved)
    assert isinstance(decide(g, f, side), Proved)
    outcome = decide(f, g + Rational(1, 10**30), side)
    assert isinstance(outcome, Refuted)


SIGN_LEFT = Piecewise((-1 / (1 + x**2), x < 1), (2 / (1 + x), True))
SIGN_RIGHT = Piecewise((-1 / (1 + x**2), x <= 1), (2 / (1 + x), True))


def test_which_side_holds_at_a_jump():
    outcome = decide(SIGN_LEFT, SIGN_RIGHT)
    assert isinstance(outcome, Refuted)
    assert outcome.witness.point == (1,)
    assert (outcome.witness.left, outcome.witness.right) == (1, F(-1, 2))
    for side in (Interval.of(1, None), Interval.of(0, 1), Interval.of(1, 1)):
        assert decide(SIGN_LEFT, SIGN_RIGHT, side).is_refuted
    for side in (Interval.of(1 + TINY, None), Interval.of(0, 1 - TINY)):
        assert decide(SIGN_LEFT, SIGN_RIGHT, side).is_proved


def test_a_ratio_that_jumps_to_zero_at_the_end_of_the_domain():
    """Zero on (-inf, 1], the value at 1 put right by an isolated one."""
    step = Piecewise((0, x <= 1), (2 / (1 + x), True))
    assert decide(step, sympy.Integer(0), Interval.of(None, 1)).is_proved
    assert decide(step, sympy.Integer(0), Interval.of(None, 1 + TINY)).is_refuted
    other = Piecewise((0, x < 1), (2 / (1 + x), True))
    outcome = decide(other, sympy.Integer(0), Interval.of(None, 1))
    assert isinstance(outcome, Refuted)
    assert outcome.witness.point == (1,)


def test_isolated_values():
    spike = Piecewise((5, sympy.Eq(x, 2)), (1 / (1 + x**2), True))
    outcome = decide(spike, 1 / (1 + x**2))
    assert isinstance(outcome, Refuted)
    assert outcome.witness.point == (2,)
    assert decide(spike, 1 / (1 + x**2), Interval.of(None, 2 - TINY)).is_proved
    assert decide(spike, 1 / (1 + x**2), Interval.of(2 + TINY, 9)).is_proved
    assert decide(spike, sympy.Integer(5), Interval.of(2, 2)).is_proved


# --- domains of definition -----------------------------------------------------------


def test_what_is_undefined_is_refused():
    for e in (1 / x, sympy.Mul(x, 1 / x, evaluate=False), 1 / (x**2 - 2)):
        with pytest.raises(DomainError, match="root"):
            ke.prove(e, e)


def test_reciprocals_on_the_domain_where_they_are_meant():
    domain = Box(1, math.inf)
    f = ke.from_sympy(1 / x, x, domain=domain)
    g = ke.from_sympy((x + 1) / (x**2 + x), x, domain=domain)
    h = ke.from_sympy((x + 1) / (x**2 + x + TINY_RATIO), x, domain=domain)
    assert ke.prove(f, g, domain=domain).is_proved
    check = ke.prove(f, h, domain=domain)
    assert isinstance(check, Refuted)
    assert check.witness.point in domain.for_inputs(1)
    with pytest.raises(DomainError, match="x = 0"):
        ke.from_sympy(1 / x, x, domain=Box(0, math.inf))
    with pytest.raises(DomainError, match="root"):
        ke.from_sympy(1 / (x**2 - 2), x, domain=Box(1, 2))
    assert ke.from_sympy(1 / x, x, domain=Box(3, 3))(F(3)) == F(1, 3)
    left = ke.from_sympy(1 / x + sympy.tanh(x), x, domain=Box(-math.inf, -1))
    assert left.ratios(F(-2)) == F(-1, 2)


TINY_RATIO = Rational(1, 10**30)


# --- layers and networks -------------------------------------------------------------


def test_layers_with_constants_that_cancel_between_inputs():
    f, g = 1 / (1 + x**2), x / (2 + x**2)
    left = ke.kan([[f + 1, g - 1], [2 * f, x]])
    right = ke.kan([[f - 3, g + 3], [2 * f + 5, x - 5]])
    assert ke.prove(left, right).is_proved
    moved = ke.kan([[f - 3, g + 3], [2 * f + 5, x - 5 + TINY_RATIO]])
    outcome = ke.prove(left, moved)
    assert isinstance(outcome, Refuted)
    assert outcome.witness.output == 1


def test_ratios_beside_atoms():
    f = 1 / (1 + x**2) + sympy.tanh(x) + Max(x, 0)
    g = 1 - x**2 / (1 + x**2) - sympy.tanh(-x) + Max(x, 0)
    assert ke.prove(f, g).is_proved
    outcome = ke.prove(f, g + Rational(1, 10**20) * x / (3 + x**2))
    assert isinstance(outcome, Refuted)
    assert kernel.check(outcome.certificate.data).verdict == "valid"


def test_deep_networks_of_ratios():
    f = x / (1 + x**2)
    one = ke.kan([[[f, Max(x, 0)], [x, f]], [[f, 1 / (2 + x**2)]]])
    doubled = (x**2 + 1) / ((x**2 + 2) * (x**2 + 1))
    other = ke.kan([[[f, Max(x, 0)], [x, f]], [[f, doubled]]])
    assert ke.prove(one, other).is_proved
    third = ke.kan([[[f, Max(x, 0)], [x, f]], [[f, 1 / (2 + x**2 + TINY_RATIO)]]])
    outcome = ke.prove(one, third)
    assert isinstance(outcome, Refuted)
    assert one(outcome.witness.point) != third(outcome.witness.point)


def test_a_ratio_of_a_piecewise_linear_layer_is_one_layer():
    hinge = ke.kan([[Max(x - 1, 0)]])
    outer = ke.kan([[1 / (1 + x**2)]])
    both = ke.kan([[[Max(x - 1, 0)]], [[1 / (1 + x**2)]]])
    assert both.stages == (*hinge.stages, *outer.stages)
    single = Piecewise((1, x < 1), (1 / (x**2 - 2 * x + 2), True))
    assert ke.prove(both, single).is_proved
    assert ke.prove(both, single + TINY_RATIO * Max(x - 5, 0)).is_refuted


def test_bounds_of_ratios_are_refused_by_name():
    with pytest.raises(NoBoundError, match="ratios of polynomials"):
        ke.distance(ke.kan([[1 / (1 + x**2)]]), ke.kan([[1 / (2 + x**2)]]), Box(-1, 1))


def test_functions_are_taken_as_they_come():
    hinge = PiecewisePolynomial.truncated_power(F(0), 1)
    for f in (hinge, Max(x, 0), ke.from_sympy(Max(x, 0), x), ke.kan([[hinge]])):
        assert ke.prove(f, ke.mlp([([[1]], [0]), ([[1]], [0])])).is_proved


@pytest.mark.parametrize("power", [0, 4])
@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_differences_with_many_zeros_are_refuted(count, power):
    """Zero at both ends of a cell and at evenly spaced points between."""
    zeros = [Rational(s, count + 1) for s in range(count + 2)]
    difference = sympy.prod([x - z for z in zeros]) / (1 + x**2) ** power
    one = Piecewise((difference, (x >= 0) & (x <= 1)), (0, True))
    f = ke.from_sympy(one, x)
    for side in (WHOLE, Interval.of(0, 1)):
        assert any(f(t) != 0 for t in probes(f, side))
        outcome = decide(one, sympy.Integer(0), side)
        assert isinstance(outcome, Refuted)
        assert 0 < outcome.witness.point[0] < 1
