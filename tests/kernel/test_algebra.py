"""The kernel's univariate functions against direct evaluation at rational points."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kan_equiv.kernel import algebra, cells, splines
from kan_equiv.kernel.reader import InvalidError

F = Fraction

SMALL = st.fractions(min_value=-4, max_value=4, max_denominator=6)
POINTS = st.lists(SMALL, min_size=1, max_size=8)


@st.composite
def generators(draw, degree=3):
    kind = draw(st.sampled_from(["power", "step", "point"]))
    if kind == "point":
        return ("point", draw(SMALL))
    k = draw(st.integers(0, degree))
    return ("power", k) if kind == "power" else ("step", draw(SMALL), k)


@st.composite
def functions(draw, degree=3):
    parts = draw(st.lists(st.tuples(generators(degree), SMALL), max_size=4))
    return algebra.combine([(1, 1, algebra.single(g, c)) for g, c in parts])


def naive(f, x):
    """The value from the meaning of the generators, written once more."""
    total = F(0)
    for g, c in f.terms.items():
        if g[0] == "power":
            value = x ** g[1]
        elif g[0] == "point":
            value = F(x == g[1])
        else:
            value = F(0) if x < g[1] else (x - g[1]) ** g[2] if g[2] else F(1)
        total += c * value
    return total / f.den


def with_breakpoints(f, points):
    cuts = cells.breakpoints_of(f)
    middles = [(s + t) / 2 for s, t in itertools.pairwise(cuts)]
    return [*points, *cuts, *middles, F(-50), F(50)]


@given(functions(), functions(), SMALL, SMALL, POINTS)
def test_combine_is_linear_combination(f, g, a, b, points):
    h = algebra.combine(
        [(a.numerator, a.denominator, f), (b.numerator, b.denominator, g)]
    )
    for x in with_breakpoints(h, points):
        assert (
            naive(h, x) == a * naive(f, x) + b * naive(g, x) == algebra.evaluate(h, x)
        )


@given(functions())
def test_a_function_minus_itself_is_the_empty_sum(f):
    zero = algebra.combine([(1, 1, f), (-1, 1, f)])
    assert zero.terms == {}
    assert zero.den == 1
    assert zero.is_constant


@given(functions(), SMALL.filter(bool), SMALL, POINTS)
def test_substitute(f, a, b, points):
    g = algebra.substitute(f, a, b)
    for x in [*with_breakpoints(g, points), *((t - b) / a for t in points)]:
        assert naive(g, x) == naive(f, a * x + b)


@given(functions(), SMALL)
def test_substitute_a_constant(f, b):
    g = algebra.substitute(f, F(0), b)
    assert g.is_constant
    assert g == algebra.constant(naive(f, b))


@given(functions(), SMALL, POINTS)
def test_right_of(f, t, points):
    g = cells.right_of(f, t)
    for x in with_breakpoints(g, [*points, t]):
        assert naive(g, x) == (naive(f, x) if x >= t else 0)


@given(functions(), SMALL, SMALL, POINTS)
def test_restrict_agrees_on_the_interval_and_forgets_the_rest(f, a, b, points):
    low, high = min(a, b), max(a, b)
    g = cells.restrict(f, low, high)
    for x in [low, high, *with_breakpoints(f, points)]:
        if low <= x <= high:
            assert naive(g, x) == naive(f, x)
    # What differs outside only is restricted to the same combination.
    outside = [("step", high + 1, 0), ("point", low - 1), ("step", high + 2, 2)]
    other = algebra.combine([(1, 1, f), *((3, 1, algebra.single(g)) for g in outside)])
    assert cells.restrict(other, low, high) == g


def test_restrict_is_canonical_at_both_ends():
    low, high = F(0), F(1)
    jump = algebra.single(("step", low, 0))
    assert cells.restrict(jump, low, high) == algebra.constant(F(1))
    last = algebra.single(("step", high, 0))
    assert cells.restrict(last, low, high) == algebra.single(("point", high))
    hinge = algebra.single(("step", high, 1))
    assert cells.restrict(hinge, low, high).terms == {}


@given(functions(), functions(degree=1), POINTS)
def test_compose_with_piecewise_linear_arguments(outer, inner, points):
    composed = cells.compose(outer, inner)
    for x in [*with_breakpoints(composed, points), *cells.breakpoints_of(inner)]:
        assert naive(composed, x) == naive(outer, naive(inner, x))


def test_compose_at_a_cell_that_sits_on_the_knot():
    """relu is 0 on a whole half line: [y >= 0] of it is 1 everywhere."""
    relu, jump = algebra.single(("step", F(0), 1)), algebra.single(("step", F(0), 0))
    assert cells.compose(jump, relu) == algebra.constant(F(1))
    minus = algebra.combine([(-1, 1, relu)])
    expected = {("power", 0): 1, ("step", F(0), 0): -1, ("point", F(0)): 1}
    assert cells.compose(jump, minus).terms == expected


def test_compose_uses_the_value_of_the_argument_at_its_breakpoints():
    spike = algebra.single(("point", F(2)), F(5))
    square_hinge = algebra.single(("step", F(1), 2))
    composed = cells.compose(square_hinge, spike)
    assert composed == algebra.single(("point", F(2)), F(16))


@pytest.mark.parametrize(
    "inner",
    [("power", 2), ("step", F(1), 2), ("atom", "silu", F(1), F(0))],
    ids=["square", "quadratic piece", "atom"],
)
def test_compose_refuses_arguments_that_are_not_piecewise_linear(inner):
    hinge = algebra.single(("step", F(0), 1))
    with pytest.raises(InvalidError):
        cells.compose(hinge, algebra.single(inner))


def test_atoms_cannot_be_cut_or_evaluated_but_where_the_argument_is_0():
    silu = algebra.single(("atom", "silu", F(1), F(0)))
    with pytest.raises(InvalidError):
        cells.right_of(silu, F(0))
    with pytest.raises(InvalidError):
        algebra.evaluate(silu, F(1))
    assert algebra.evaluate(algebra.substitute(silu, F(2), F(-6)), F(3)) == 0
    cosine = algebra.single(("atom", "cos", F(1), F(-1)), F(5))
    assert algebra.evaluate(cosine, F(1)) == 5
    with pytest.raises(InvalidError):
        splines.times_linear(silu, F(1), F(0))


def test_atoms_of_affine_arguments():
    silu = algebra.single(("atom", "silu", F(2), F(1)))
    shifted = algebra.substitute(silu, F(3), F(-1))
    assert shifted == algebra.single(("atom", "silu", F(6), F(-1)))


def cox_de_boor(knots, k, p, x):
    """The recursion, by hand: half-open cells, a term with denominator 0 is 0."""
    if p == 0:
        return F(knots[k] <= x < knots[k + 1])
    total = F(0)
    if knots[k + p] != knots[k]:
        weight = (x - knots[k]) / (knots[k + p] - knots[k])
        total += weight * cox_de_boor(knots, k, p - 1, x)
    if knots[k + p + 1] != knots[k + 1]:
        weight = (knots[k + p + 1] - x) / (knots[k + p + 1] - knots[k + 1])
        total += weight * cox_de_boor(knots, k + 1, p - 1, x)
    return total


@given(st.lists(SMALL, min_size=2, max_size=8), st.integers(0, 3), POINTS)
def test_bsplines_with_any_knots(knots, degree, points):
    knots = sorted(knots)
    found = splines.bsplines(knots, degree)
    assert len(found) == max(0, len(knots) - degree - 1)
    middles = [(s + t) / 2 for s, t in itertools.pairwise(knots)]
    for k, f in enumerate(found):
        for x in [*points, *knots, *middles]:
            assert naive(f, x) == cox_de_boor(knots, k, degree, x)


@pytest.mark.parametrize(
    "knots", [[0, 0, 0, 0, 1, 2, 2, 3, 3, 3, 3], [1, 1, 1], [0, 0, 1, 1]]
)
@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_bsplines_with_repeated_knots(knots, degree):
    knots = [F(t) for t in knots]
    for k, f in enumerate(splines.bsplines(knots, degree)):
        for n in range(-4, 17):
            assert naive(f, F(n, 4)) == cox_de_boor(knots, k, degree, F(n, 4))


def test_bsplines_agree_with_sympy():
    sympy = pytest.importorskip("sympy")
    x = sympy.Symbol("x")
    knots = [-2, -1, sympy.Rational(1, 3), 1, 4, 5, 7]
    theirs = sympy.bspline_basis_set(3, knots, x)
    ours = splines.bsplines([F(str(t)) for t in knots], 3)
    for f, g in zip(ours, theirs, strict=True):
        for n in range(-9, 30):
            value = g.subs(x, sympy.Rational(2 * n + 1, 8))
            assert naive(f, F(2 * n + 1, 8)) == F(str(value))


@given(st.lists(SMALL, min_size=5, max_size=7, unique=True), st.integers(1, 3), POINTS)
def test_local_functions(knots, degree, points):
    knots = sorted(knots)
    count = len(knots) - degree - 1
    centers = [k + 1 + k % degree for k in range(count)]
    found = iter(cells.local_functions(knots, degree, centers))
    for k, center in enumerate(centers):
        c = knots[center]
        for j in range(k, k + degree + 2):
            if j == center:
                continue
            f = next(found)
            for x in [*points, *knots]:
                z = min(x, c) - knots[j] if j < center else knots[j] - max(x, c)
                assert naive(f, x) == max(z, F(0)) ** degree
    assert next(found, None) is None


@given(
    st.lists(SMALL, max_size=4, unique=True),
    st.lists(st.lists(SMALL, max_size=4), min_size=5, max_size=5),
    st.lists(SMALL, min_size=4, max_size=4),
    POINTS,
)
def test_glue(cuts, pieces, values, points):
    cuts = sorted(cuts)
    pieces, values = pieces[: len(cuts) + 1], values[: len(cuts)]
    f = cells.glue([cells.polynomial(p) for p in pieces], cuts, values)
    for x in [*points, *cuts]:
        cell = sum(t < x for t in cuts)
        polynomial = sum((c * x**k for k, c in enumerate(pieces[cell])), F(0))
        expected = values[cuts.index(x)] if x in cuts else polynomial
        assert naive(f, x) == expected
