from __future__ import annotations

import pickle
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kan_equiv.errors import NotSeparableError, ValidationError
from kan_equiv.exact import Enclosure, PiecewisePolynomial
from kan_equiv.ir import Atom, Univariate
from kan_equiv.ir.univariate import IDENTITY, linear_combination
from kan_equiv.testing.strategies import (
    atoms,
    piecewise_polynomials,
    rationals,
    univariates,
)

ZERO = PiecewisePolynomial.of([])
silu = Univariate(ZERO, ((Atom("silu"), Fraction(1)),))


def near(left, right) -> bool:
    """Whether two numbers can be the same; enclosures are narrow at 53 bits."""
    if isinstance(left, Enclosure):
        return left.overlaps(right)
    return right.overlaps(left) if isinstance(right, Enclosure) else left == right


@given(univariates(), univariates(), rationals(), rationals())
def test_linear_combinations_are_pointwise(f, g, c, x):
    assert near((f + g)(x), f(x) + g(x))
    assert near((f - g)(x), f(x) - g(x))
    assert near(f.scale(c)(x), f(x) * c)
    assert near(linear_combination([(c, f), (c, g)])(x), (f + g).scale(c)(x))


@given(univariates(), univariates())
def test_written_forms_make_a_vector_space(f, g):
    assert f + g == g + f
    assert (f - f).is_zero
    assert f + g - g == f
    assert f.scale(2) == f + f
    assert f.scale(0).is_zero
    assert hash(f + g) == hash(g + f)
    assert pickle.loads(pickle.dumps(f)) == f


@given(univariates())
def test_zero_coefficients_leave_no_trace(f):
    extra = Atom("cos", Fraction(99))
    assert Univariate(f.pieces, (*f.atoms, (extra, Fraction(0)))) == f
    assert f.is_piecewise_polynomial == (not f.atoms)


@given(atoms(), rationals())
def test_reflection_identities(atom, x):
    turned = atom.reflected()
    assert (turned is None) == (atom.name == "exp")
    if turned is not None:
        c, other, line = turned
        assert other.slope == -atom.slope
        assert near(atom(x), other(x) * c + line(x))


@given(univariates(), rationals())
def test_positive_slopes_are_the_same_function(f, x):
    g = f.with_positive_slopes()
    assert all(a.slope > 0 or a.name == "exp" for a, _ in g.atoms)
    assert near(f(x), g(x))
    assert g.with_positive_slopes() == g


@given(univariates(), rationals().filter(bool), rationals(), rationals())
def test_composition_with_lines(f, slope, shift, x):
    line = Univariate(PiecewisePolynomial.of([shift, slope]))
    assert near(f.compose(line)(x), f(slope * x + shift))
    assert f.compose(IDENTITY) == f


@given(univariates(max_atoms=0), piecewise_polynomials(max_degree=1), rationals())
def test_composition_with_pieces(f, inner, x):
    g = f.compose(Univariate(inner))
    assert g(x) == f(inner(x))


@given(rationals(), rationals(), univariates(), rationals())
def test_lines_of_anything(a, b, inner, x):
    assume(inner.atoms)
    line = Univariate(PiecewisePolynomial.of([a, b]))
    assert near(line.compose(inner)(x), inner(x) * b + a)


def test_what_leaves_the_class_is_refused():
    relu = Univariate(PiecewisePolynomial.truncated_power(Fraction(0), 1))
    with pytest.raises(NotSeparableError, match="silu"):
        silu.compose(relu)
    with pytest.raises(NotSeparableError, match="silu"):
        silu.compose(silu)
    with pytest.raises(NotSeparableError, match="pieces"):
        relu.compose(silu)


@pytest.mark.parametrize("x", [2, 2.0, Fraction(2)])
def test_plain_numbers_are_taken_exactly(x):
    f = Univariate(PiecewisePolynomial.of([0, 0, 1]))
    assert f(x) == 4
    assert isinstance(f(x), Fraction)


@given(st.sampled_from([Fraction(1), Fraction(-2)]))
def test_facts(c):
    constant = Univariate(PiecewisePolynomial.of([c]))
    assert constant.is_constant
    assert not constant.is_zero
    assert not silu.is_constant
    assert not IDENTITY.is_constant


def test_malformed_functions_are_refused():
    with pytest.raises(ValidationError, match="slope=0"):
        Atom("silu", Fraction(0))
    with pytest.raises(ValidationError, match="name='swish'"):
        Atom("swish")
    twice = ((Atom("silu"), Fraction(1)), (Atom("silu"), Fraction(2)))
    with pytest.raises(ValidationError, match="distinct"):
        Univariate(ZERO, twice)
