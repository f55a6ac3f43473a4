from __future__ import annotations

from fractions import Fraction

import pytest

import kan_equiv as ke
from kan_equiv.exact import RationalTensor
from kan_equiv.ir import Affine, Bank, Dense, MonomialBasis, Network
from kan_equiv.prover.certify import certify_equal, links_of
from kan_equiv.rules.derivation import Derivation
from kan_equiv.rules.drop_dead_units import drop_dead_units
from tests.networks import kan, rational_points

DEAD_LAST = [(1, 2, 0), (1, 2, 1)]


@pytest.mark.parametrize("silu", [False, True])
@pytest.mark.parametrize("form", ["hinge", "local"])
def test_dead_units_go_and_the_kernel_agrees(silu: bool, form: str) -> None:
    source = kan([2, 3, 2], silu=silu, masked=DEAD_LAST)
    conversion = ke.convert(source, form)
    dropped = [s.rule for s in conversion.steps].count("drop_dead_units")
    # With a base branch the unit is alive, masks concern the splines only.
    assert dropped == (0 if silu else 2)
    assert conversion.prove().is_proved
    hidden = conversion.compact.layer(0).out_features
    assert hidden == (3 if silu else 2)


def test_units_die_backwards_through_layers() -> None:
    masked = [(2, 1, 0), (1, 0, 0), (1, 0, 2)]
    source = kan([2, 2, 3, 1], masked=masked)
    derivation = drop_dead_units(Derivation.start(source))
    widths = [derivation.target.layer(l).in_features for l in range(3)]
    assert widths == [2, 1, 2]
    assert certify_equal(
        source, derivation.target, links_of(derivation.steps)
    ).is_proved
    for x in rational_points(source, 3):
        assert source(x) == derivation.target(x)


def test_one_unit_stays_where_all_are_dead() -> None:
    source = kan([1, 2, 1], masked=[(1, 0, 0), (1, 1, 0)])
    derivation = drop_dead_units(Derivation.start(source))
    assert derivation.target.layer(1).in_features == 1
    assert certify_equal(
        source, derivation.target, links_of(derivation.steps)
    ).is_proved


def test_maps_of_any_kind() -> None:
    first = RationalTensor.from_fractions([1, 2, Fraction(1, 3), 4], (2, 2))
    last = RationalTensor.from_fractions([0, 0, 5, Fraction(1, 7)], (1, 4))
    source = Network(
        2,
        (
            Affine.linear(Dense.matrix(first)),
            Bank((MonomialBasis((1, 2)),), (0, 0)),
            Affine.linear(Dense.matrix(last)),
        ),
    )
    derivation = drop_dead_units(Derivation.start(source))
    assert derivation.target.stages[0].out_features == 1
    assert certify_equal(
        source, derivation.target, links_of(derivation.steps)
    ).is_proved


def test_nothing_happens_where_all_units_live() -> None:
    source = kan([2, 3, 2], silu=True, masked=[(1, 2, 0)])
    assert drop_dead_units(Derivation.start(source)).steps == ()
