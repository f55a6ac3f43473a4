"""Multiples of few functions have the bounds of each function alone."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kan_equiv.kernel.hulls import Curves
from kan_equiv.kernel.multiples import Multiples, primitive

F = Fraction
POLYNOMIAL = (
    ("power", 0),
    ("power", 2),
    ("step", F(1, 3), 1),
    ("step", F(-1, 2), 3),
    ("point", F(1, 3)),
)
ATOMS = (("atom", "silu", F(1), F(0)), ("atom", "sigmoid", F(-2), F(1, 3)))
rows = st.lists(st.integers(-4, 4), min_size=5, max_size=5)


@st.composite
def families(draw):
    """Rows of which some are multiples of others, 0 and negative ones included."""
    few = draw(st.lists(rows, min_size=1, max_size=3))
    picks = st.tuples(st.sampled_from(few), st.integers(-5, 5))
    many = draw(st.lists(picks, min_size=1, max_size=6))
    return [[q * v for v in row] for row, q in many]


@given(families(), st.integers(1, 6))
def test_polynomials_have_the_very_bounds_they_have_alone(many, den):
    known = {g: ([row[k] for row in many], den + k) for k, g in enumerate(POLYNOMIAL)}
    together, alone = (kind(known, F(-1), F(2)) for kind in (Multiples, Curves))
    for o in range(len(many)):
        for sign in (1, -1):
            assert together.greatest(o, sign, 3) == alone.greatest(o, sign, 3)
        for x in (F(-1), F(1, 3), F(5, 7), F(2)):
            assert together.at(o, x) == alone.at(o, x)


@given(families())
def test_atoms_have_the_bounds_they_have_alone_but_for_the_last_bits(many):
    generators = (*ATOMS, *POLYNOMIAL[:3])
    known = {g: ([row[k] for row in many], 7) for k, g in enumerate(generators)}
    together, alone = (kind(known, F(-1), F(2)) for kind in (Multiples, Curves))
    for o in range(len(many)):
        for sign in (1, -1):
            near = together.greatest(o, sign, 3) - alone.greatest(o, sign, 3)
            assert abs(near) < F(1, 1 << 100)
        low, high = together.at(o, F(1, 5))
        a, b = alone.at(o, F(1, 5))
        assert max(low, a) <= min(high, b)
        assert high - low < F(1, 1 << 100)


@given(families())
def test_rows_are_restored_from_primitive_ones(many):
    few, factors = primitive(many)
    assert [[q * v for v in few[e]] for e, q in factors] == many
    assert len(set(few)) == len(few)
    for row in few:
        lead = next((v for v in row if v), 1)
        assert lead > 0
