from __future__ import annotations

import pickle
from fractions import Fraction

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kan_equiv.errors import ValidationError
from kan_equiv.exact import Enclosure
from kan_equiv.exact.enclosure import ATOM_NAMES, atom_enclosure, working_precision
from kan_equiv.testing.strategies import rationals

REFERENCE = {
    "silu": lambda z: z / (1 + mpmath.exp(-z)),
    "sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)),
    "tanh": mpmath.tanh,
    "exp": mpmath.exp,
    "gelu": lambda z: z * mpmath.ncdf(z),
    "gaussian": lambda z: mpmath.exp(-(z**2)),
    "sin": mpmath.sin,
    "cos": mpmath.cos,
}


def reference(name: str, z: Fraction) -> Fraction:
    """The value to about 120 decimals, far beyond the enclosures under test."""
    with mpmath.workdps(150):
        value = REFERENCE[name](mpmath.mpf(z.numerator) / z.denominator)
        return Fraction(int(mpmath.floor(value * 10**120)), 10**120)


@pytest.mark.parametrize("name", ATOM_NAMES)
@given(z=rationals(min_value=-40, max_value=40), bits=st.sampled_from([53, 128, 300]))
def test_atoms_agree_with_mpmath(name, z, bits):
    with working_precision(bits):
        ball = atom_enclosure(name, z)
        want = reference(name, z)
        error = Fraction(2, 10**120)  # of the reference
        assert ball.lower - error <= want <= ball.upper + error
        # 64 bits are room for |z| <= 40 and cancellation in 1 + erf.
        assert ball.radius <= max(abs(want), 1) * Fraction(2) ** (64 - bits)


@pytest.mark.parametrize("name", ATOM_NAMES)
@given(
    mid=rationals(min_value=-30, max_value=30),
    radius=st.sampled_from([0, Fraction(1, 10**9), Fraction(1, 300), 1, 25]),
    where=st.fractions(-1, 1, max_denominator=8),
)
def test_atoms_of_intervals_hold_the_values_inside(name, mid, radius, where):
    ball = atom_enclosure(name, Enclosure(mid - radius, mid + radius))
    assert ball.is_finite
    want, error = reference(name, mid + radius * where), Fraction(2, 10**120)
    assert ball.lower - error <= want <= ball.upper + error


@pytest.mark.parametrize(
    ("name", "size"),
    [("sigmoid", 2), ("tanh", 2), ("gaussian", 2), ("sin", 2), ("silu", 2000)],
)
def test_wide_arguments_stay_bounded(name, size):
    ball = atom_enclosure(name, Enclosure(Fraction(-1000), Fraction(1000)))
    assert -size < ball.lower < ball.upper < size


def test_gelu_is_defined_with_erf_not_tanh():
    assert abs(float(atom_enclosure("gelu", Fraction(1))) - 0.8413447460685429) < 1e-15


@given(rationals(), rationals(), st.fractions(0, 1), st.fractions(0, 1))
def test_arithmetic_holds_every_result(x, y, r, s):
    a, b = Enclosure(x - r, x + r), Enclosure(y - s, y + s)
    for u in (x - r, x, x + r):
        for v in (y - s, y, y + s):
            assert (a + b).contains(u + v)
            assert (a - b).contains(u - v)
            assert (a * b).contains(u * v)
            assert (a * v).contains(u * v)
            assert (v - a).contains(v - u)
            assert (v + a).contains(u + v)
            assert (-a).contains(-u)
            if b.lower > 0 or b.upper < 0:
                assert (a / b).contains(u / v)
            assert a.hull(v).contains(u)
            assert a.hull(v).contains(v)
    assert a.overlaps(b) or x + r < y - s or y + s < x - r


@given(rationals(), rationals())
def test_ends_radius_and_pickles(x, y):
    lo, hi = min(x, y), max(x, y)
    ball = Enclosure(lo, hi)
    assert ball.lower <= lo <= hi <= ball.upper
    assert ball.upper - ball.lower == 2 * ball.radius
    assert lo - 1e-6 <= float(ball) <= hi + 1e-6  # ends are rounded outwards
    again = pickle.loads(pickle.dumps(ball))
    assert again.lower <= ball.lower
    assert again.upper >= ball.upper


def test_zero_times_anything_is_zero():
    product = Enclosure(Fraction(-5), Fraction(9)) * Fraction(0)
    assert (product.lower, product.upper) == (0, 0)


def test_precision_is_restored():
    width = Enclosure.exact(Fraction(1, 3)).radius
    with working_precision(400):
        assert Enclosure.exact(Fraction(1, 3)).radius < width
    with pytest.raises(ZeroDivisionError), working_precision(400):
        raise ZeroDivisionError
    assert Enclosure.exact(Fraction(1, 3)).radius == width


def test_disjoint_means_different():
    with working_precision(200):
        e = atom_enclosure("exp", Fraction(1))
        assert not e.overlaps(Fraction(2718281828459045, 10**15))
        assert e.overlaps(atom_enclosure("exp", Fraction(1)))


def test_misuse_is_refused():
    with pytest.raises(ValidationError, match="lower must be"):
        Enclosure(Fraction(1), Fraction(0))
    with pytest.raises(AttributeError, match="frozen"):
        Enclosure(Fraction(0), Fraction(1))._ball = None
    unbounded = Enclosure.exact(1) / Enclosure(Fraction(-1), Fraction(1))
    assert not unbounded.is_finite
    with pytest.raises(ValidationError, match="unbounded"):
        _ = unbounded.lower


@pytest.mark.parametrize(
    ("name", "z"),
    [(n, z) for n in ATOM_NAMES for z in (10**7, -(10**7)) if (n, z) != ("exp", 10**7)],
)
def test_ends_of_tiny_balls_are_rationals_that_fit_in_memory(name, z):
    e = atom_enclosure(name, Fraction(z))
    assert e.lower <= e.upper
    assert e.radius.denominator.bit_length() < 10**5
