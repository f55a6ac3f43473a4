from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kan_equiv.errors import NotSeparableError
from kan_equiv.exact import Enclosure, RationalTensor
from kan_equiv.ir import (
    Affine,
    Bank,
    Dense,
    MonomialBasis,
    Network,
    Parallel,
    TruncatedPowerBasis,
)
from kan_equiv.ir.separable import separate
from kan_equiv.ir.stage import select
from kan_equiv.testing.strategies import bases, networks, rationals

RELU = TruncatedPowerBasis(((Fraction(0), 1),))


def matrix(*rows: list[object]) -> Affine:
    flat = [v for row in rows for v in row]
    shape = (len(rows), len(rows[0]))
    return Affine.linear(Dense.matrix(RationalTensor.from_fractions(flat, shape)))


@given(networks(max_depth=1, families=bases(allow_atoms=True)), st.data())
@settings(max_examples=50)
def test_a_layer_is_its_separable_form(network, data):
    n = network.in_features
    form = separate(network.stages, n)
    assert (form.in_features, form.out_features) == (n, network.out_features)
    assert sorted(c for i in range(n) for c in form.columns_of(i)) == list(
        range(len(form.columns))
    )
    x = data.draw(st.lists(rationals(), min_size=n, max_size=n))
    for o, value in enumerate(network(x)):
        total = form.bias[o]
        for i, v in enumerate(x):
            total = form.edge(i, o)(v) + total
        if isinstance(value, Enclosure):
            assert value.overlaps(total)
        elif isinstance(total, Enclosure):
            assert total.contains(value)
        else:
            assert value == total


def test_shifts_copies_and_a_second_bank_stay_separable():
    """relu(l - relu(l - r)) on each input: two banks deep, one input each."""
    bank, square = Bank((RELU,), (0, 0)), Bank((MonomialBasis((2,)),), (0, 0))
    shift = Affine(
        Dense.matrix(RationalTensor.from_fractions([2, 0, 0, -1], (2, 2))),
        RationalTensor.from_fractions([1, 3], (2,)),
    )
    stages = (select([1, 0], 2), shift, bank, shift, shift, square, matrix([1, 1]))
    form = separate(stages, 2)
    network = Network(2, stages)
    for x in ((Fraction(2), Fraction(-4)), (Fraction(9), Fraction(1, 3))):
        edges = sum(form.edge(i, 0)(v) for i, v in enumerate(x))
        assert network(x) == (edges + form.bias[0],)


def test_residual_branches_are_separable():
    skip = (
        select([0, 0], 1),
        Parallel((Network(1, ()), Network(1, (Bank((RELU,), (0,)),)))),
        matrix([1, 1]),
    )
    edge = separate(skip, 1).edge(0, 0)
    assert [edge(v) for v in (-2, 3)] == [-2, 6]


def test_an_input_nobody_uses_has_a_zero_edge():
    form = separate((select([0], 2),), 2)
    assert form.edge(1, 0).is_zero
    assert form.edge(0, 0)(Fraction(5)) == 5


def test_mixed_inputs_are_refused_with_their_stage():
    with pytest.raises(NotSeparableError, match="before stage 1 mixes 2 inputs"):
        separate((matrix([1, 1]), Bank((RELU,), (0,))), 2)
    square = Bank((MonomialBasis((2,)),), (0,))
    with pytest.raises(NotSeparableError, match="stage 2, function of input 0"):
        separate((square, matrix([1]), Bank((RELU,), (0,))), 1)
