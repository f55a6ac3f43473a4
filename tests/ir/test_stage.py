from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kan_equiv.errors import ValidationError
from kan_equiv.exact import RationalTensor
from kan_equiv.ir import (
    Affine,
    Bank,
    Dense,
    MonomialBasis,
    Network,
    Parallel,
    Selection,
    TruncatedPowerBasis,
)
from kan_equiv.ir.stage import select, zero_bias
from kan_equiv.testing.strategies import bases, linear_maps, networks, rationals


def points(draw, n: int) -> list[Fraction]:
    return draw(st.lists(rationals(), min_size=n, max_size=n))


@given(linear_maps(), st.data())
def test_affine_is_weight_plus_bias(weight, data):
    b = points(data.draw, weight.out_features)
    x = points(data.draw, weight.in_features)
    stage = Affine(weight, RationalTensor.from_fractions(b, (len(b),)))
    want = [v + c for v, c in zip(weight.apply(x), b, strict=True)]
    assert stage(x) == want
    assert Affine.linear(weight)(x) == weight.apply(x)
    assert (stage.in_features, stage.out_features) == (len(x), len(b))


@given(st.lists(bases(), min_size=1, max_size=4), st.data())
def test_banks_concatenate_and_share(per_input, data):
    bank = Bank.of(per_input)
    x = points(data.draw, len(per_input))
    want = [v for b, t in zip(per_input, x, strict=True) for v in b.evaluate(t)]
    assert bank(x) == want
    assert bank.out_features == len(want)
    assert bank.in_features == len(x)
    assert len(set(bank.bases)) == len(bank.bases)
    assert [bank.basis(i) for i in range(len(x))] == per_input


@given(st.lists(networks(max_depth=1, max_width=2), min_size=1, max_size=3), st.data())
def test_parallel_is_the_direct_sum(parts, data):
    stage = Parallel(tuple(parts))
    slices = [points(data.draw, n.in_features) for n in parts]
    want = [v for n, x in zip(parts, slices, strict=True) for v in n(x)]
    assert stage([v for x in slices for v in x]) == want
    assert stage.out_features == len(want)
    assert stage.in_features == sum(map(len, slices))


def test_a_residual_branch_is_selection_parallel_affine():
    relu = Bank((TruncatedPowerBasis(((Fraction(0), 1),)),), (0,))
    add = RationalTensor.from_fractions([1, 1], (1, 2))
    skip = Network(
        1,
        (
            select([0, 0], 1),
            Parallel((Network(1, ()), Network(1, (relu,)))),
            Affine.linear(Dense.matrix(add)),
        ),
    )
    assert [skip([v]) for v in (-2, 3)] == [(-2,), (6,)]


def test_selection_stage_and_zero_bias():
    assert select([1, 1, 0], 2)([Fraction(3), Fraction(4)]) == [4, 4, 3]
    assert list(zero_bias(3).fractions()) == [0, 0, 0]


@pytest.mark.parametrize(
    ("build", "match"),
    [
        (lambda: Affine(Selection((0,), 1), zero_bias(2)), r"shape=\(2,\)"),
        (lambda: Bank((MonomialBasis((1,)),), ()), "each of the 1 bases"),
        (lambda: Bank((MonomialBasis((1,)),), (1,)), "each of the 1 bases"),
        (lambda: Parallel(()), "at least one network"),
    ],
)
def test_malformed_stages_are_refused(build, match):
    with pytest.raises(ValidationError, match=match):
        build()
