from __future__ import annotations

from fractions import Fraction
from typing import Any

import hypothesis
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from kan_equiv.exact import Enclosure
from kan_equiv.ir import Bank, Network, Parallel, RationalBasis
from kan_equiv.testing import strategies as s
from kan_equiv.testing.strategies.differences import DIFFERENCES, RATIO_DIFFERENCES
from kan_equiv.testing.strategies.kinds import KINDS, of_kind
from kan_equiv.testing.strategies.near_misses import UNITS
from kan_equiv.testing.strategies.network_moves import MOVES, name_of


def agree(left: Network, right: Network, point: Any) -> bool:
    pairs = zip(left(point, 256), right(point, 256), strict=True)
    return all(
        a.overlaps(b)
        if isinstance(a, Enclosure)
        else b.overlaps(a)
        if isinstance(b, Enclosure)
        else a == b
        for a, b in pairs
    )


@pytest.mark.parametrize("move", MOVES, ids=name_of)
def test_no_move_changes_the_function(move: Any) -> None:
    applied = 0

    @given(kind=st.sampled_from(KINDS), data=st.data())
    @settings(max_examples=40)
    def check(kind: str, data: st.DataObject) -> None:
        nonlocal applied
        atoms = s.kan_layers(max_inputs=2, families=s.atom_bases())
        network = data.draw(of_kind(kind, True, True) | atoms)
        moved = move(data.draw, network)
        if moved is None:
            return
        applied += 1
        places = s.rationals()
        if knots := breakpoints(network) | breakpoints(moved):
            places |= st.sampled_from(sorted(knots))
        n = network.in_features
        for _ in range(3):
            point = data.draw(st.lists(places, min_size=n, max_size=n))
            assert agree(network, moved, point)

    check()
    assert applied > 0


def breakpoints(network: Network) -> set[Fraction]:
    banks = [stage for stage in network.stages if isinstance(stage, Bank)]
    functions = [f for bank in banks for b in bank.bases for f in b.functions()]
    return {t for f in functions for t in f.breakpoints}


@given(s.equivalent_pairs(allow_atoms=True, allow_ratios=True), st.data())
def test_pairs_are_equal_on_their_domain(pair: Any, data: st.DataObject) -> None:
    n = pair.left.in_features
    point = data.draw(s.rational_points(min_inputs=n, max_inputs=n, domain=pair.domain))
    assert agree(pair.left, pair.right, point)


@given(s.near_miss_pairs(allow_atoms=True, allow_ratios=True))
def test_near_misses_differ_at_their_point(miss: Any) -> None:
    a, b = miss.left(miss.point, 512), miss.right(miss.point, 512)
    u, v = a[miss.output], b[miss.output]
    if isinstance(u, Enclosure):
        assert not u.overlaps(v)
    else:
        assert not v.overlaps(u) if isinstance(v, Enclosure) else u != v
    assert miss.domain is None or miss.point in miss.domain


@pytest.mark.parametrize(
    "make", [*DIFFERENCES, *RATIO_DIFFERENCES], ids=lambda d: d.__name__
)
@given(edge=s.rationals(min_value=8, max_value=20), data=st.data())
@settings(max_examples=40)
def test_differences_are_where_they_say(
    make: Any, edge: Fraction, data: st.DataObject
) -> None:
    found = make(data.draw, edge)
    assert found.left(found.at) != found.right(found.at)


@pytest.mark.parametrize("name", ["closed_end", "isolated_value"])
@given(data=st.data(), x=s.rationals())
@settings(max_examples=40)
def test_some_differences_are_single_points(
    name: str, data: st.DataObject, x: Fraction
) -> None:
    make = next(d for d in DIFFERENCES if d.__name__ == name)
    found = make(data.draw, Fraction(9))
    assert (found.left(x) == found.right(x)) == (x != found.at)


BUILDS = [s.equivalent_pairs, s.near_miss_pairs]


@pytest.mark.parametrize("build", BUILDS)
def test_ratios_come_up_and_shrink(build: Any) -> None:
    """Found, and cut down to one ratio of small numbers."""
    ratios = build(kinds=["univariate"], allow_ratios=True, max_moves=1)
    found = find(ratios, one_with(RationalBasis))
    assert all(n.in_features == n.out_features == 1 for n in (found.left, found.right))


def test_branches_come_up_and_shrink() -> None:
    branches = s.equivalent_pairs(kinds=["residual"], max_moves=1)
    found = find(branches, one_with(Parallel))
    (parallel,) = (t for t in found.left.stages if isinstance(t, Parallel))
    assert parallel.in_features == 2
    assert len(found.left.stages) == 3


def test_branches_of_near_misses_come_up() -> None:
    branches = s.near_miss_pairs(kinds=["residual"])
    find(branches, one_with(Parallel), phases=[Phase.generate])


@pytest.mark.parametrize("build", BUILDS)
@given(data=st.data())
@settings(max_examples=30)
def test_ratios_are_asked_for(build: Any, data: st.DataObject) -> None:
    pair = data.draw(build(kinds=["univariate", "separable"]))
    assert not one_with(RationalBasis)(pair)


def one_with(what: type) -> Any:
    return lambda pair: any(has(n, what) for n in (pair.left, pair.right))


def find(strategy: st.SearchStrategy[Any], condition: Any, **more: Any) -> Any:
    quiet = settings(
        max_examples=400, database=None, derandomize=True, deadline=None, **more
    )
    return hypothesis.find(strategy, condition, settings=quiet)


def has(network: Network, what: type) -> bool:
    """Whether a network has a stage, or a part of a basis, of a class."""
    for stage in network.stages:
        if isinstance(stage, what):
            return True
        if isinstance(stage, Parallel) and any(has(n, what) for n in stage.networks):
            return True
        if isinstance(stage, Bank):
            parts = [p for b in stage.bases for p in getattr(b, "parts", (b,))]
            if any(isinstance(p, what) for p in parts):
                return True
    return False


def test_every_difference_of_units_comes_up() -> None:
    seen: set[str] = set()

    @settings(max_examples=250, database=None, derandomize=True)
    @given(s.near_miss_pairs(kinds=["one_hidden_layer"], max_moves=0))
    def look(miss: Any) -> None:
        seen.update(miss.how)

    look()
    assert seen == set(UNITS)


@pytest.mark.parametrize("build", [s.equivalent_pairs, s.near_miss_pairs])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kinds": ()}, "univariate"),
        ({"kinds": "deep"}, "kinds='deep'"),
        ({"kinds": ["shallow"]}, "shallow"),
        ({"min_moves": 9}, "min_moves=9"),
        ({"max_moves": -1}, "max_moves=-1"),
    ],
)
def test_wrong_arguments_are_refused(build: Any, arguments: Any, message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        build(**arguments)
