"""Ranges of words of stages: bounded in all ways, also on half-lines and on R^n."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kan_equiv.kernel import check, enclosure, ranges
from tests.kernel import evaluate
from tests.kernel.builder import Builder, rat

F = Fraction


def domain(pairs):
    return [
        ["-inf" if low is None else rat(low), "inf" if high is None else rat(high)]
        for low, high in pairs
    ]


def verdict(b, stages, where, bounds, inputs=None, cuts=0):
    b.judgements = []
    fields = {"domain": domain(where), "bounds": domain(bounds), "subdivisions": cuts}
    b.judge("range", in_features=inputs or len(where), stages=stages, **fields)
    same = b.network(1)
    b.compose(same, same, [], ())
    return check(b.bytes())


def is_valid(*args, **options):
    found = verdict(*args, **options)
    if found.verdict == "invalid":
        assert found.judgement == 0
    return found.verdict == "valid"


def relu(b, count):
    return b.bank([b.powers([(0, 1)])], [0] * count)


def test_relu_on_all_of_the_line():
    b = Builder()
    stages = [b.linear([[1, 2]], [3]), relu(b, 1)]
    assert is_valid(b, stages, [], [(0, None)], 2)
    assert is_valid(b, stages, [], [(-1, None)], 2)
    assert not is_valid(b, stages, [], [(F(1, 10**9), None)], 2)
    assert not is_valid(b, stages, [], [(0, 10**9)], 2)
    assert is_valid(b, stages, [(None, 0), (None, -1)], [(0, 1)])
    assert not is_valid(b, stages, [(None, 0), (None, -1)], [(0, F(99, 100))])
    assert is_valid(b, stages, [(0, None), (-1, None)], [(1, None)])
    assert not is_valid(b, stages, [(0, None), (-1, None)], [(F(101, 100), None)])


def test_sums_of_units_on_half_lines():
    b = Builder()
    stages = [relu(b, 2), b.linear([[1, 2], [1, -1], [-3, 0]], [5, 0, 1])]
    where = [(None, None), (None, 7)]
    assert is_valid(b, stages, where, [(5, None), (-7, None), (None, 1)])
    assert not is_valid(b, stages, where, [(6, None), (-7, None), (None, 1)])
    assert not is_valid(b, stages, where, [(5, None), (-6, None), (None, 1)])
    assert not is_valid(b, stages, where, [(5, None), (-7, None), (None, 0)])
    assert not is_valid(b, stages, where, [(5, 10**6), (-7, None), (None, 1)])
    assert is_valid(b, stages, where, [(None, None), (-7, None), (None, None)])


@pytest.mark.parametrize(
    ("coefficients", "where", "bounds"),
    [
        ([0, 0, 1], (None, None), (0, None)),
        ([0, 0, 1], (2, None), (4, None)),
        ([0, 0, 1], (None, -2), (4, None)),
        ([0, 0, 0, 1], (None, -2), (None, -8)),
        ([0, 0, 0, -1], (1, None), (None, -1)),
        ([5], (None, None), (5, 5)),
        ([1, -1], (0, None), (None, 1)),
    ],
)
def test_polynomials(coefficients, where, bounds):
    b = Builder()
    stages = [b.bank([b.pieces(([], [coefficients], []))], [0])]
    given_domain = [] if where == (None, None) else [where]
    assert is_valid(b, stages, given_domain, [bounds], 1)
    for end, sign in ((0, 1), (1, -1)):
        if bounds[end] is not None:
            tight = list(bounds)
            tight[end] += sign * F(1, 10**12)
            if tight[0] is None or tight[1] is None or tight[0] <= tight[1]:
                assert not is_valid(b, stages, given_domain, [tight], 1)


def test_a_limit_at_a_jump_counts():
    """Left of 0 the function is 3 + x, at 0 and right of it -1."""
    b = Builder()
    stages = [b.bank([b.pieces(([0], [[3, 1], [-1]], [-1]))], [0])]
    assert is_valid(b, stages, [], [(None, 3)], 1)
    assert not is_valid(b, stages, [], [(None, F(29, 10))], 1)
    assert is_valid(b, stages, [(0, None)], [(-1, -1)])
    spike = [b.bank([b.pieces(([0], [[1], [1]], [9]))], [0])]
    assert is_valid(b, spike, [], [(1, 9)], 1)
    assert not is_valid(b, spike, [], [(1, 8)], 1)


def test_a_tail_that_dips_is_refused():
    """(x - 1)^2 is at least 0 on x >= 0, but a coefficient at 0 is negative."""
    b = Builder()
    stages = [b.bank([b.pieces(([], [[1, -2, 1]], []))], [0])]
    assert not is_valid(b, stages, [(0, None)], [(-9, None)])
    assert is_valid(b, stages, [(1, None)], [(0, None)])


def test_constants_and_zeros():
    b = Builder()
    zero = b.linear([[0, 0], [0, 1]], [7, 0])
    assert is_valid(b, [zero], [(1, None), (None, 2)], [(7, 7), (None, 2)])
    assert not is_valid(b, [zero], [(1, None), (None, 2)], [(7, 7), (None, 1)])
    nothing = b.bank([b.pieces(([], [[]], []))], [0])
    assert is_valid(b, [nothing], [], [(0, 0)], 1)
    assert not is_valid(b, [nothing], [], [(1, 2)], 1)
    assert is_valid(b, [], [(0, None)], [(0, None)])
    assert not is_valid(b, [], [(0, None)], [(1, None)])


@pytest.mark.parametrize(
    ("where", "bounds"),
    [
        ([("-inf", "inf")], [("0", "inf")]),
        ([], [("-inf", "inf")]),
        ([("inf", "inf")], [("0", "inf")]),
        ([("-inf", "-inf")], [("0", "inf")]),
        ([], [("0", "inf")] * 2),
        ([], [("inf", "0")]),
        ([], None),
        (None, [("0", "inf")]),
    ],
    ids=str,
)
def test_malformed(where, bounds):
    b = Builder()
    fields = {"in_features": 1, "stages": [relu(b, 1)], "subdivisions": 0}
    b.judge("range", domain=where, bounds=bounds, **fields)
    same = b.network(1)
    b.compose(same, same, [], ())
    found = check(b.bytes())
    assert (found.verdict, found.judgement) == ("invalid", 0)


ENDS = st.one_of(st.none(), st.fractions(-2, 2, max_denominator=3))


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_accepted_bounds_hold_at_every_sample(data):
    b = Builder()
    small = st.fractions(-2, 2, max_denominator=2)
    cuts = sorted(data.draw(st.sets(small, max_size=2)))
    pieces = [
        [*data.draw(st.lists(small, max_size=3)), data.draw(st.sampled_from([1, -2]))]
        for _ in range(len(cuts) + 1)
    ]
    basis = b.pieces((cuts, pieces, [data.draw(small) for _ in cuts]))
    stages = [b.bank([basis], [0, 0]), b.linear([[data.draw(small), 1]], [1])]
    if data.draw(st.booleans()):
        stages = [b.linear([[1, data.draw(small)]], [data.draw(small)])]
        stages.append(b.bank([basis], [0]))
    where = []
    for _ in range(2):
        low, high = data.draw(ENDS), data.draw(ENDS)
        swapped = low is not None and high is not None and low > high
        where.append((high, low) if swapped else (low, high))
    bounds = (data.draw(st.sampled_from([None, -9, -2, 0])), data.draw(ENDS))
    if None not in bounds and bounds[0] > bounds[1]:
        bounds = bounds[::-1]
    if bounds == (None, None):
        bounds = (None, 100)
    shown = [] if set(where) == {(None, None)} else where
    if not is_valid(b, stages, shown, [bounds], 2, cuts=data.draw(st.integers(0, 3))):
        return
    network = b.network(2, *stages)
    axes = [
        [
            x
            for x in [low, high, *cuts, *(F(k, 2) for k in range(-12, 13)), 90, -90]
            if x is not None
            and (low is None or low <= x)
            and (high is None or x <= high)
        ]
        for low, high in where
    ]
    for x in axes[0]:
        for y in axes[1][::3]:
            (value,) = evaluate.network(b, network, [F(x), F(y)])
            assert bounds[0] is None or bounds[0] <= value
            assert bounds[1] is None or value <= bounds[1]


ANYWHERE = {
    "sigmoid": (0, 1),
    "tanh": (-1, 1),
    "gaussian": (0, 1),
    "sin": (-1, 1),
    "cos": (-1, 1),
    "silu": (F(-3, 10), None),
    "gelu": (F(-1, 5), None),
    "exp": (0, None),
}


@pytest.mark.parametrize("name", ANYWHERE)
@pytest.mark.parametrize("where", [[], [(None, 3)], [(-2, None)]])
def test_atoms_on_unbounded_intervals(name, where):
    b = Builder()
    low, high = ANYWHERE[name]
    for a, c in ((1, 0), (2, F(1, 3))):
        stages = [b.bank([b.atoms([(name, a, c)])], [0])]
        assert is_valid(b, stages, where, [(low, high)], 1, cuts=4)
        above = low + F(1, 4)
        assert not is_valid(b, stages, where, [(above, high)], 1, cuts=4)
        least = high - F(1, 4) if high is not None else 0
        assert not is_valid(b, stages, where, [(low, least)], 1, cuts=4)


def test_sums_with_atoms_on_half_lines():
    """3 sigmoid(x) - 2 relu(x) + 1 and -silu(x) + x^2, for x >= 0."""
    b = Builder()
    basis = b.add(
        "concatenation", bases=[b.atoms([("sigmoid", 1, 0)]), b.powers([(0, 1)])]
    )
    stages = [b.bank([basis], [0]), b.linear([[3, -2]], [1])]
    assert is_valid(b, stages, [(0, None)], [(None, 4)])
    assert not is_valid(b, stages, [(0, None)], [(None, F(5, 2))])
    assert not is_valid(b, stages, [(0, None)], [(-(10**6), 4)])
    square = b.add("monomial", degrees=[2])
    other = b.add("concatenation", bases=[b.atoms([("silu", 1, 0)]), square])
    stages = [b.bank([other], [0]), b.linear([[-1, 1]])]
    assert not is_valid(b, stages, [(0, None)], [(-1, None)])
    stages = [b.bank([other], [0]), b.linear([[1, 1]])]
    assert is_valid(b, stages, [(0, None)], [(F(-3, 10), None)])


@pytest.mark.parametrize("name", ranges.EVERYWHERE)
def test_what_atoms_are_everywhere(name):
    """Against enclosures on a fine grid, and further out."""
    low, high = ranges.EVERYWHERE[name]
    points = [F(n, 64) for n in range(-512, 513)] + [F(-100), F(100)]
    for x in points:
        at, top = (
            F(v, 1 << 64) for v in enclosure.atom(name, (int(x * 2**64),) * 2, 64)
        )
        assert low is None or at >= low - F(1, 2**60)
        assert high is None or top <= high + F(1, 2**60)
