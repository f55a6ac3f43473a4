"""The kernel's own enclosures of atoms against sympy and Arb."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from kan_equiv.exact.enclosure import atom_enclosure, working_precision
from kan_equiv.kernel import enclosure
from kan_equiv.kernel.reader import InvalidError

F = Fraction

REFERENCE = {
    "exp": sympy.exp,
    "sigmoid": lambda z: 1 / (1 + sympy.exp(-z)),
    "tanh": sympy.tanh,
    "silu": lambda z: z / (1 + sympy.exp(-z)),
    "gelu": lambda z: z * (1 + sympy.erf(z / sympy.sqrt(2))) / 2,
    "gaussian": lambda z: sympy.exp(-(z**2)),
    "sin": sympy.sin,
    "cos": sympy.cos,
}
ARGUMENTS = [0, 1, -1, 3, -7, 40, -40, 63, -65, 100, -100]


def true_value(name, x):
    value = REFERENCE[name](sympy.Rational(x.numerator, x.denominator))
    return fraction(sympy.N(value, 120))


def fraction(value):
    rational = sympy.Rational(value)
    return F(int(rational.p), int(rational.q))


@pytest.mark.parametrize("name", sorted(REFERENCE))
@pytest.mark.parametrize("bits", [64, 128])
def test_atoms_hold_the_true_value_tightly(name, bits):
    extra = [F(1, 3), F(-7, 5), F(1, 2**60), F(-1, 2**60), F(355, 113)]
    for x in [*map(F, ARGUMENTS), *extra]:
        start = x * 2**bits // 1
        low, high = enclosure.atom(name, (start, start), bits)
        truth = true_value(name, F(start, 2**bits)) * 2**bits
        slack = F(2**bits, 10**90)  # of the reference
        assert low - slack <= truth <= high + slack
        assert high - low <= max(1000, abs(truth) / 2 ** (bits - 20))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(REFERENCE)),
    st.fractions(-20, 20, max_denominator=1000),
    st.fractions(0, 2, max_denominator=1000),
    st.fractions(0, 1),
)
def test_atoms_on_intervals_hold_every_value(name, start, length, part):
    bits = 64
    x = start * 2**bits // 1, (start + length) * 2**bits // 1 + 1
    low, high = enclosure.atom(name, x, bits)
    inside = F(x[0], 2**bits) + part * F(x[1] - x[0], 2**bits)
    truth = true_value(name, inside)
    slack = F(1, 10**80)
    assert F(low, 2**bits) - slack <= truth <= F(high, 2**bits) + slack


@pytest.mark.parametrize("name", ["asin", "", "relu"])
def test_other_atoms_are_refused_by_name(name):
    with pytest.raises(InvalidError, match="unsupported"):
        enclosure.atom(name, (0, 0), 64)


def test_exp_of_the_far_left_is_a_small_interval_and_of_the_far_right_refused():
    assert enclosure.exp(-(10**6) << 64, 64) == (0, 1)
    with pytest.raises(InvalidError, match="unsupported"):
        enclosure.exp(10**6 << 64, 64)


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_sin_and_cos_of_huge_arguments_are_refused(name):
    assert enclosure.atom(name, (1 << 500, 1 << 500), 64)
    with pytest.raises(InvalidError, match="unsupported"):
        enclosure.atom(name, (1 << 10**6, 1 << 10**6), 64)


@pytest.mark.parametrize("name", sorted(REFERENCE))
@pytest.mark.parametrize("bits", [64, 256, 1024, 4096])
def test_agreement_with_arb_at_every_precision(name, bits):
    rng = random.Random(f"{name} {bits}")
    sizes = [F(1, 2**60), F(1, 100), F(1), F(10), F(75)]
    for size in sizes:
        start = size * rng.randrange(-(2**40), 2**40) // F(2**40, 2**bits)
        low, high = enclosure.atom(name, (start, start), bits)
        with working_precision(2 * bits + 500):
            truth = atom_enclosure(name, F(start, 2**bits))
            slack = F(1, 2 ** (2 * bits))  # of the reference, which is not exact
            assert F(low, 2**bits) <= truth.lower + slack
            assert truth.upper - slack <= F(high, 2**bits)
            assert high - low <= max(1000, abs(truth.upper) * 2**20)
