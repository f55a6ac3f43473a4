from __future__ import annotations

import pickle
from fractions import Fraction

import pytest
from hypothesis import assume, given

from kan_equiv.errors import IrrationalBreakpointError, ValidationError
from kan_equiv.exact import Enclosure, PiecewisePolynomial, Polynomial
from kan_equiv.testing.probes import probes
from kan_equiv.testing.strategies import piecewise_polynomials, polynomials, rationals

ONE = PiecewisePolynomial.of([1])
X = PiecewisePolynomial.of([0, 1])


@given(piecewise_polynomials(), piecewise_polynomials())
def test_equal_iff_equal_everywhere(f, g):
    same = all(f(x) == g(x) for x in probes(f, g))
    assert (f == g) == same
    if same:
        assert hash(f) == hash(g)


@given(piecewise_polynomials(), piecewise_polynomials())
def test_the_difference_is_zero_iff_equal(f, g):
    assert (f - g).is_zero == (f == g)
    assert f - g + g == f


@given(piecewise_polynomials(), rationals(), rationals())
def test_removable_breakpoints_are_removed(f, a, b):
    t, pieces, values = f.refine((a, b))
    assert {a, b} <= set(t)
    assert PiecewisePolynomial(tuple(t), tuple(pieces), tuple(values)) == f
    assert pickle.loads(pickle.dumps(f)) == f


@given(piecewise_polynomials(), piecewise_polynomials(), piecewise_polynomials())
def test_ring_laws(f, g, h):
    assert f + g == g + f
    assert f * g == g * f
    assert (f + g) + h == f + (g + h)
    assert (f * g) * h == f * (g * h)
    assert f * (g + h) == f * g + f * h
    assert f * ONE == f
    assert (f - f).is_zero
    assert -f == f.scale(-1)


@given(piecewise_polynomials(), piecewise_polynomials())
def test_operations_are_pointwise(f, g):
    total, product = f + g, f * g
    for x in probes(f, g):
        assert total(x) == f(x) + g(x)
        assert product(x) == f(x) * g(x)


@given(piecewise_polynomials(), rationals(), rationals(), rationals())
def test_compose_affine_is_composition(f, slope, shift, x):
    g = f.compose_affine(slope, shift)
    for y in [x, *probes(f)]:
        assert g(y) == f(slope * y + shift)
    assert g == f.compose(PiecewisePolynomial.of([shift, slope]))


@given(piecewise_polynomials(), rationals().filter(bool), rationals())
def test_shifts_and_reflections_undo(f, slope, shift):
    back = f.compose_affine(slope, shift).compose_affine(1 / slope, -shift / slope)
    assert back == f
    assert (
        f.compose_affine(Fraction(-1), Fraction(0)).compose_affine(
            Fraction(-1), Fraction(0)
        )
        == f
    )


@given(piecewise_polynomials(), piecewise_polynomials(max_degree=1))
def test_compose_with_piecewise_linear_functions(f, inner):
    g = f.compose(inner)
    for x in {*probes(inner), *probes(g)}:
        assert g(x) == f(inner(x))


@given(piecewise_polynomials(max_breakpoints=0), piecewise_polynomials())
def test_polynomials_take_any_inner_function(f, inner):
    g = f.compose(inner)
    for x in probes(inner):
        assert g(x) == f(inner(x))


@given(
    piecewise_polynomials(max_breakpoints=2),
    piecewise_polynomials(max_breakpoints=2, max_degree=1),
    piecewise_polynomials(max_breakpoints=2, max_degree=1),
)
def test_composition_is_associative_with_identity(f, g, h):
    assert f.compose(X) == f
    assert X.compose(g) == g
    assert f.compose(g).compose(h) == f.compose(g.compose(h))


@given(piecewise_polynomials(), piecewise_polynomials(max_breakpoints=0))
def test_irrational_preimages_are_refused(f, inner):
    assume(f.breakpoints)
    assume(inner.degree >= 2)
    with pytest.raises(IrrationalBreakpointError, match="degree"):
        f.compose(inner)


@given(piecewise_polynomials())
def test_jumps_give_the_function_back(f):
    total = PiecewisePolynomial((), (f.pieces[0],), ())
    for jump in f.jumps():
        for r, c in enumerate(jump.coefficients):
            power = PiecewisePolynomial.truncated_power(jump.at, r)
            total = total + power.scale(c)
        point = PiecewisePolynomial(
            (jump.at,), (Polynomial(()), Polynomial(())), (jump.deviation,)
        )
        total = total + point
    assert total == f


@given(piecewise_polynomials())
def test_continuity_is_the_absence_of_steps(f):
    steps = [j.deviation or (j.coefficients[:1] or (0,))[0] for j in f.jumps()]
    assert f.is_continuous == (not any(steps))


@given(piecewise_polynomials(), rationals(), rationals())
def test_restrict_keeps_the_interval_and_flattens_the_rest(f, a, b):
    lo, hi = min(a, b), max(a, b)
    g = f.restrict(lo, hi)
    for x in [lo, hi, *probes(f, g)]:
        assert g(x) == f(min(max(x, lo), hi))


@given(piecewise_polynomials(), piecewise_polynomials(), rationals(), rationals())
def test_restrictions_are_equal_iff_equal_on_the_interval(f, g, a, b):
    lo, hi = min(a, b), max(a, b)
    inside = [x for x in probes(f, g, at=(lo, hi)) if lo <= x <= hi]
    same = all(f(x) == g(x) for x in inside)
    assert (f.restrict(lo, hi) == g.restrict(lo, hi)) == same


@given(piecewise_polynomials(), rationals(), rationals())
def test_enclosures_hold_every_value(f, a, b):
    lo, hi = min(a, b), max(a, b)
    image = f(Enclosure(lo, hi))
    for x in [lo, hi, (lo + hi) / 2, *f.breakpoints]:
        if lo <= x <= hi:
            assert image.contains(f(x))


@given(piecewise_polynomials(), polynomials())
def test_right_pieces_and_derivative(f, p):
    g = PiecewisePolynomial.from_right_pieces(f.breakpoints, f.pieces)
    for t in g.breakpoints:
        right = g.pieces[g.breakpoints.index(t) + 1]
        assert g(t) == right(t)
        assert g.derivative()(t) == right.derivative()(t)
    smooth = PiecewisePolynomial((), (p,), ())
    assert smooth.derivative().pieces == (p.derivative(),)


def test_relu_from_the_issue():
    relu = PiecewisePolynomial.truncated_power
    f = PiecewisePolynomial.from_right_pieces(
        (0, 1),
        (
            Polynomial.of([0, -2]),
            Polynomial.of([0, "-1/2"]),
            Polynomial.of(["-5/2", 2]),
        ),
    )
    by_hand = (
        PiecewisePolynomial.of([0, -2])
        + relu(Fraction(0), 1).scale(Fraction(3, 2))
        + relu(Fraction(1), 1).scale(Fraction(5, 2))
    )
    assert f == by_hand
    assert [j.coefficients for j in f.jumps()] == [
        (0, Fraction(3, 2)),
        (0, Fraction(5, 2)),
    ]


def test_degree_zero_is_a_closed_step():
    step = PiecewisePolynomial.truncated_power(Fraction(2), 0)
    assert [step(Fraction(v)) for v in (1, 2, 3)] == [0, 1, 1]


@pytest.mark.parametrize(
    ("t", "values", "match"),
    [((0, 0), (0, 0), r"t\[1\]=0"), ((1, 0), (0, 0), r"t\[1\]=0"), ((0,), (0,), "1 b")],
)
def test_malformed_pieces_are_refused(t, values, match):
    p = Polynomial.of([1])
    with pytest.raises(ValidationError, match=match):
        PiecewisePolynomial(
            tuple(map(Fraction, t)), (p, p, p), tuple(map(Fraction, values))
        )


def test_an_empty_interval_is_refused():
    with pytest.raises(ValidationError, match="lo <= hi"):
        X.restrict(Fraction(1), Fraction(0))
