from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from kan_equiv.errors import ValidationError
from kan_equiv.exact import Enclosure, PiecewisePolynomial
from kan_equiv.ir import (
    Atom,
    AtomBasis,
    BSplineBasis,
    ConcatenatedBasis,
    KnotVector,
    LocalBasis,
    MonomialBasis,
    PiecewiseBasis,
    TruncatedPowerBasis,
)
from kan_equiv.testing.probes import probes
from kan_equiv.testing.strategies import (
    bases,
    bspline_bases,
    knot_vectors,
    local_bases,
    rationals,
)


def cox_de_boor(t, j: int, p: int, x: Fraction) -> Fraction:
    """The textbook recursion, as slow as it is plain; 0/0 counts as 0."""
    if p == 0:
        return Fraction(int(t[j] <= x < t[j + 1]))
    total = Fraction(0)
    if t[j + p] != t[j]:
        total += (x - t[j]) / (t[j + p] - t[j]) * cox_de_boor(t, j, p - 1, x)
    if t[j + p + 1] != t[j + 1]:
        right = cox_de_boor(t, j + 1, p - 1, x)
        total += (t[j + p + 1] - x) / (t[j + p + 1] - t[j + 1]) * right
    return total


def points_of(basis) -> list[Fraction]:
    return probes(*(f.pieces for f in basis.functions()))


@given(bspline_bases())
def test_bsplines_are_cox_de_boor_with_repeated_knots(basis):
    t, p = basis.knots, basis.degree
    points = {*t.knots, *points_of(basis)}
    for x in points:
        want = [cox_de_boor(t, j, p, x) for j in range(len(basis))]
        assert basis.evaluate(x) == want
        assert [f(x) for f in basis.functions()] == want


@given(bspline_bases())
def test_bsplines_sum_to_one_inside_the_grid(basis):
    t, p = basis.knots, basis.degree
    first, last = t[p], t[len(t) - p - 1]
    for x in points_of(basis):
        total = sum(basis.evaluate(x))
        if first <= x < last:
            assert total == 1
        assert 0 <= total <= 1


@given(bspline_bases(), rationals())
def test_marsden(basis, y):
    """(y - x)^p = sum_j prod_r (y - t_{j+r}) B_j(x) between t_p and t_{K-p-1}."""
    t, p = basis.knots, basis.degree
    first, last = t[p], t[len(t) - p - 1]
    for x in points_of(basis):
        if first <= x < last:
            total = Fraction(0)
            for j, value in enumerate(basis.evaluate(x)):
                product = value
                for r in range(1, p + 1):
                    product *= y - t[j + r]
                total += product
            assert total == (y - x) ** p


@given(bspline_bases(unique=True), st.fractions(0, 1, max_denominator=9))
def test_bsplines_agree_with_sympy(basis, where):
    x = sympy.Symbol("x")
    knots = tuple(sympy.Rational(str(t)) for t in basis.knots.knots)
    lo, hi = basis.knots[0], basis.knots[len(basis.knots) - 1]
    at = lo + (hi - lo) * (where + Fraction(1, 1001)) / 2
    point = sympy.Rational(at.numerator, at.denominator)
    for j, ours in enumerate(basis.evaluate(at)):
        theirs = sympy.bspline_basis(basis.degree, knots, j, x).subs(x, point)
        assert sympy.Rational(ours.numerator, ours.denominator) == theirs


@given(bspline_bases())
def test_smoothness_is_degree_minus_multiplicity(basis):
    p = basis.degree
    for k, f in enumerate(basis.functions()):
        support = basis.knots.knots[k : k + p + 2]
        for jump in f.pieces.jumps():
            multiplicity = support.count(jump.at)
            assert not any(jump.coefficients[: max(p + 1 - multiplicity, 0)])


def test_a_double_knot_of_degree_zero():
    basis = BSplineBasis(KnotVector.of([0, 1, 1, 2]), 0)
    assert basis.evaluate(Fraction(1)) == [0, 0, 1]


@given(bases(), rationals(min_value=-12, max_value=12))
def test_evaluate_agrees_with_functions(basis, x):
    values = basis.evaluate(x)
    assert len(values) == len(basis) == len(basis.functions())
    assert values == [f(x) for f in basis.functions()]


@given(bases(allow_atoms=True), rationals(), st.fractions(0, 2), st.fractions(-1, 1))
def test_enclosures_hold_the_values(basis, x, radius, where):
    wide = basis.evaluate(Enclosure(x - radius, x + radius))
    exact = basis.evaluate(x + radius * where)
    for ball, value in zip(wide, exact, strict=True):
        if isinstance(ball, Enclosure):
            assert ball.overlaps(value)
        else:
            assert ball == value


@given(local_bases())
def test_local_functions_are_clamped_powers(basis):
    t, p = basis.knots, basis.degree
    for (k, j, side), f in zip(basis.terms(), basis.functions(), strict=True):
        c = t[basis.centers[k]]
        assert side == (-1 if t[j] < c else 1)
        for x in probes(f.pieces):
            if side < 0:
                assert f(x) == max(min(x, c) - t[j], 0) ** p
            else:
                assert f(x) == max(t[j] - max(x, c), 0) ** p


@given(local_bases())
def test_local_functions_rebuild_the_bsplines(basis):
    """B = sum of divided-difference weights times clamped powers, minus B(c)."""
    t, p = basis.knots, basis.degree
    splines = BSplineBasis(t, p).functions()
    columns = dict(zip(basis.terms(), basis.functions(), strict=True))
    for k, spline in enumerate(splines):
        knots = t.knots[k : k + p + 2]
        c = t[basis.centers[k]]
        total = PiecewisePolynomial.of([-spline.pieces(c)])
        for (which, j, side), f in columns.items():
            if which == k:
                weight = (-1) ** (p + 1) * (knots[-1] - knots[0])
                for s in knots:
                    if s != t[j]:
                        weight /= t[j] - s
                weight *= 1 if side < 0 else (-1) ** (p + 1)
                total = total + f.pieces.scale(weight)
        assert total == spline.pieces


@given(st.lists(bases(allow_atoms=True), min_size=1, max_size=3))
def test_concatenation(parts):
    basis = ConcatenatedBasis(tuple(parts))
    assert len(basis) == sum(map(len, parts))
    assert basis.functions() == tuple(f for p in parts for f in p.functions())


@given(bases(allow_atoms=True))
def test_equal_bases_are_one_key(basis):
    again = type(basis)(*(getattr(basis, f) for f in basis.__dataclass_fields__))
    assert again == basis
    assert hash(again) == hash(basis)


@given(knot_vectors(min_size=3, max_size=3, unique=True))
def test_the_hat_is_the_bspline_of_degree_one(t):
    (hat,) = BSplineBasis(t, 1).functions()
    assert hat(t[1]) == 1
    assert hat.pieces.is_continuous
    assert hat(t[0]) == hat(t[2]) == 0


def knots(*values: int) -> KnotVector:
    return KnotVector.of(values)


@pytest.mark.parametrize(
    ("build", "match"),
    [
        (lambda: BSplineBasis(knots(0, 1), -1), "degree=-1"),
        (lambda: BSplineBasis(knots(0, 1), 1), "at least 3 knots, got 2"),
        (lambda: LocalBasis(knots(0, 1, 2), 1, ()), "must number 1"),
        (lambda: LocalBasis(knots(0, 1, 2), 1, (0,)), "0 < centers"),
        (lambda: LocalBasis(knots(0, 1, 2), 1, (2,)), "< 2"),
        (lambda: LocalBasis(knots(0, 1, 1), 1, (1,)), "repeated"),
        (lambda: LocalBasis(knots(0, 1), 0, (1,)), "degree >= 1"),
        (lambda: TruncatedPowerBasis(((Fraction(2), -1),)), "degree=-1 at t=2"),
        (lambda: TruncatedPowerBasis(()), "at least one"),
        (lambda: MonomialBasis(()), "non-empty"),
        (lambda: MonomialBasis((-1,)), "non-empty"),
        (lambda: AtomBasis(()), "at least one"),
        (lambda: PiecewiseBasis(()), "at least one"),
        (lambda: ConcatenatedBasis(()), "at least one"),
        (lambda: Atom("relu"), "name='relu'"),
    ],
)
def test_malformed_bases_are_refused(build, match):
    with pytest.raises(ValidationError, match=match):
        build()
