"""distance and range on boxes, and witnesses."""

from __future__ import annotations

import copy
import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kan_equiv.kernel import check
from tests.kernel import evaluate
from tests.kernel.builder import Builder, box, container, rat

F = Fraction

UNIT = [(-1, 1)]


def within(b, left, right, bounds, domain, subdivisions=0, epsilon=None):
    sides = {"left": left, "right": right, "domain": box(domain)}
    bounds = [rat(v) for v in bounds]
    claimed = bounds if epsilon is None else [rat(v) for v in epsilon]
    b.claim = {"kind": "within", "epsilon": claimed} | sides
    b.judgements = []
    b.judge(
        "distance",
        bounds=bounds,
        subdivisions=subdivisions,
        points=[],
        attained=[],
        **sides,
    )
    return check(b.bytes())


def hinges_and_shift(b):
    """relu(x) and relu(x) + x/4 - 1/8 + [x >= 1/2]/3."""
    left = b.network(1, b.bank([b.powers([(0, 1)])], [0]))
    basis = b.add(
        "concatenation",
        bases=[b.powers([(0, 1), (F(1, 2), 0)]), b.add("monomial", degrees=[1])],
    )
    other = b.linear([[1, F(1, 3), F(1, 4)]], [F(-1, 8)])
    return left, b.network(1, b.bank([basis], [0]), other)


def test_piecewise_linear_distances_are_exact():
    b = Builder()
    nets = hinges_and_shift(b)
    exact = F(1, 8) + F(1, 3)
    assert within(b, *nets, [exact], UNIT).verdict == "valid"
    verdict = within(b, *nets, [exact - F(1, 10**12)], UNIT)
    assert verdict.verdict == "invalid"
    assert "output 0" in verdict.reason


def test_the_claim_may_be_weaker_than_the_bound_and_not_stronger():
    b = Builder()
    nets = hinges_and_shift(b)
    assert within(b, *nets, [F(1, 2)], UNIT, epsilon=[1]).verdict == "valid"
    assert within(b, *nets, [F(1, 2)], UNIT, epsilon=[F(1, 3)]).verdict == "invalid"
    assert within(b, *nets, [F(1, 2)], UNIT, epsilon=[1, 1]).verdict == "invalid"
    assert within(b, *nets, [1, 1], UNIT, epsilon=[1]).verdict == "invalid"


def test_the_value_at_a_single_point_counts():
    b = Builder()
    zero = b.network(1, b.bank([b.pieces(([], [[]], []))], [0]))
    spike = b.network(1, b.bank([b.pieces(([F(1, 3)], [[], []], [7]))], [0]))
    assert within(b, zero, spike, [7], UNIT).verdict == "valid"
    assert within(b, zero, spike, [F(69, 10)], UNIT).verdict == "invalid"
    assert within(b, zero, spike, [0], [(F(1, 2), 1)]).verdict == "valid"
    assert within(b, zero, spike, [F(69, 10)], [(F(1, 3), 1)]).verdict == "invalid"
    assert (
        within(b, zero, spike, [F(69, 10)], [(F(1, 3), F(1, 3))]).verdict == "invalid"
    )


def test_limits_at_jumps_count():
    """x on [0, 1) falls to 0 at 1: the supremum 1 is not attained."""
    b = Builder()
    zero = b.network(1, b.bank([b.pieces(([], [[]], []))], [0]))
    saw = b.network(1, b.bank([b.pieces(([1], [[0, 1], []], [0]))], [0]))
    assert within(b, zero, saw, [1], [(0, 1)]).verdict == "valid"
    assert within(b, zero, saw, [F(99, 100)], [(0, 1)]).verdict == "invalid"


def test_a_distance_needs_a_box():
    b = Builder()
    nets = hinges_and_shift(b)
    assert "box" in within(b, *nets, [100], []).reason
    assert "box" in within(b, *nets, [100], [(0, "inf")]).reason


def test_subdivision_makes_quadratic_bounds_tighter():
    b = Builder()
    zero = b.network(1, b.bank([b.pieces(([], [[]], []))], [0]))
    # x (1 - x) has maximum 1/4 on [0, 1]; Bernstein's middle coefficient is 1/2
    bump = b.network(1, b.bank([b.pieces(([], [[0, 1, -1]], []))], [0]))
    assert within(b, zero, bump, [F(1, 2)], [(0, 1)]).verdict == "valid"
    assert within(b, zero, bump, [F(3, 10)], [(0, 1)]).verdict == "invalid"
    assert within(b, zero, bump, [F(1, 4)], [(0, 1)], 1).verdict == "valid"
    assert within(b, zero, bump, [F(1, 4)], [(0, F(2, 3))], 1).verdict == "invalid"
    assert within(b, zero, bump, [F(26, 100)], [(0, F(2, 3))], 6).verdict == "valid"
    for cuts in (0, 3, 6, 64):
        assert within(b, zero, bump, [F(24, 100)], [(0, 1)], cuts).verdict == "invalid"
    for wrong in (-1, True, "1", 10**6, 65, None):
        assert within(b, zero, bump, [1], [(0, 1)], wrong).verdict == "invalid"


def test_what_is_the_same_everywhere_is_not_halved_without_end():
    """Every cell of a constant difference reaches the maximum."""
    b = Builder()
    knots = [F(k, 50) for k in range(-50, 50)]
    flat = b.network(1, b.bank([b.pieces((knots, [[5]] * 101, [5] * 100))], [0]))
    zero = b.network(1, b.bank([b.pieces(([], [[]], []))], [0]))
    assert within(b, zero, flat, [5], UNIT, 64).verdict == "valid"
    # 1 - x^8 is flat around 0: many cells come near, and halving stops at a limit
    wide = b.network(1, b.bank([b.pieces(([], [[1, *[0] * 7, -1]], []))], [0]))
    assert within(b, zero, wide, [F(1001, 1000)], UNIT, 64).verdict == "valid"


def test_atoms_cancel_or_are_followed_by_chords():
    b = Builder()
    silu = b.bank([b.atoms([("silu", 1, 0)])], [0])
    one, more = b.network(1, silu), b.network(1, silu, b.linear([[1 + F(1, 100)]]))
    top = F(731059, 10**8)  # silu(1)/100, from above
    assert within(b, one, one, [0], UNIT).verdict == "valid"
    assert within(b, one, more, [top], UNIT, 12).verdict == "valid"
    assert within(b, one, more, [top - F(1, 10**8)], UNIT, 64).verdict == "invalid"
    assert within(b, one, more, [top], UNIT, 0).verdict == "invalid"
    assert within(b, one, more, [F(99, 10000)], UNIT, 0).verdict == "valid"
    exp = b.network(1, b.bank([b.atoms([("exp", 10, 0)])], [0]))
    assert within(b, one, exp, [22026], UNIT, 12).verdict == "valid"
    assert within(b, one, exp, [22025], UNIT, 12).verdict == "invalid"
    far = b.network(1, b.bank([b.atoms([("exp", 10**6, 0)])], [0]))
    assert "unsupported" in within(b, one, far, [1000], UNIT).reason


@pytest.mark.parametrize(
    ("name", "f"),
    [
        ("silu", lambda z: z / (1 + math.exp(-z))),
        ("sigmoid", lambda z: 1 / (1 + math.exp(-z))),
        ("tanh", math.tanh),
        ("gaussian", lambda z: math.exp(-z * z)),
        ("sin", math.sin),
        ("cos", math.cos),
        ("exp", math.exp),
    ],
)
@pytest.mark.parametrize("slope", [F(3, 2), F(-3)])
def test_an_atom_minus_a_parabola(name, f, slope):
    """The largest difference on a fine grid is a lower bound, and nearly the bound."""
    b = Builder()
    atom = b.network(1, b.bank([b.atoms([(name, slope, F(1, 4))])], [0]))
    parabola = b.network(1, b.bank([b.pieces(([], [[0, F(1, 3), F(1, 2)]], []))], [0]))
    xs = [k / 2000 - 1 for k in range(4001)]
    most = max(abs(f(slope * x + 0.25) - x / 3 - x * x / 2) for x in xs)
    domain = [(-1, 1)]
    assert within(b, atom, parabola, [F(most * 1.001)], domain, 10).verdict == "valid"
    assert within(b, atom, parabola, [F(most * 0.999)], domain, 30).verdict == "invalid"


def test_a_deep_network_is_not_separable():
    b = Builder()
    mix, relu = b.linear([[1, 1]]), b.powers([(0, 1)])
    deep = b.network(2, b.bank([relu], [0, 0]), mix, b.bank([relu], [0]))
    flat = b.network(2, mix)
    assert "separable" in within(b, deep, flat, [1], UNIT * 2).reason


def spread(b, network, bounds, domain, subdivisions=0):
    b.judgements = []
    b.judge(
        "range",
        in_features=b.objects[network]["in_features"],
        stages=b.objects[network]["stages"],
        domain=box(domain),
        bounds=box(bounds),
        subdivisions=subdivisions,
    )
    b.compose(network, network, [], ())
    return check(b.bytes())


def test_ranges():
    b = Builder()
    basis = b.add(
        "concatenation", bases=[b.powers([(0, 1)]), b.atoms([("tanh", 3, 0)])]
    )
    net = b.network(2, b.bank([basis], [0, 0]), b.linear([[1, 2, -1, 0]], [5]))
    domain = [(-1, 2), (0, 3)]
    assert spread(b, net, [(0, 9)], domain, 12).verdict == "valid"
    assert spread(b, net, [(0, F(88, 10))], domain, 12).verdict == "invalid"
    assert spread(b, net, [(F(1, 10), 9)], domain, 12).verdict == "invalid"
    assert spread(b, net, [(9, 0)], domain, 12).verdict == "invalid"
    assert spread(b, net, [(0, 9)] * 2, domain, 12).verdict == "invalid"
    assert spread(b, net, [(0, 9)], [], 8).verdict == "invalid"
    assert spread(b, net, [(0, 9)], domain[:1], 8).verdict == "invalid"


def test_a_range_shows_no_claim_about_two_networks():
    b = Builder()
    net = b.network(1)
    spread(b, net, [(0, 1)], [(0, 1)])
    del b.judgements[-1]
    assert "last judgement" in check(b.bytes()).reason


@st.composite
def layers(draw, b):
    """One bank and one mixing stage, two inputs, two outputs."""
    bases = []
    for _ in range(2):
        knots = sorted(
            draw(
                st.lists(st.fractions(-2, 2, max_denominator=3), min_size=4, max_size=5)
            )
        )
        bases.append(b.bspline(knots, draw(st.integers(0, 2))))
    sizes = [len(b.objects[k]["knots"]) - b.objects[k]["degree"] - 1 for k in bases]
    weights = st.fractions(-2, 2, max_denominator=4)
    rows = [[draw(weights) for _ in range(sum(sizes))] for _ in range(2)]
    return b.network(
        2, b.bank(bases, [0, 1]), b.linear(rows, [draw(weights) for _ in "ab"])
    )


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_accepted_distances_and_ranges_hold_at_every_sample(data):
    b = Builder()
    left, right = data.draw(layers(b)), data.draw(layers(b))
    ends = st.fractions(-2, 2, max_denominator=2)
    domain = [sorted((data.draw(ends), data.draw(ends))) for _ in range(2)]
    points = [
        [lo + (hi - lo) * F(k, 12) for (lo, hi), k in zip(domain, pair, strict=True)]
        for pair in [(x, y) for x in range(13) for y in (0, 5, 12)]
    ]
    values = [
        (evaluate.network(b, left, p), evaluate.network(b, right, p)) for p in points
    ]
    largest = [max(abs(x[o] - y[o]) for x, y in values) for o in range(2)]
    cuts = data.draw(st.integers(0, 2))
    loose = [v * 40 + 40 for v in largest]
    assert within(b, left, right, loose, domain, cuts).verdict == "valid"
    for o in range(2):
        if largest[o]:
            tight = list(loose)
            tight[o] = largest[o] * F(999, 1000)
            assert within(b, left, right, tight, domain, cuts).verdict == "invalid"
    low = [min(x[o] for x, _ in values) for o in range(2)]
    high = [max(x[o] for x, _ in values) for o in range(2)]
    wide = [(lo - 40, hi + 40) for lo, hi in zip(low, high, strict=True)]
    assert spread(b, left, wide, domain, cuts).verdict == "valid"
    short = [(low[0] + F(1, 1000), high[0] + 40), wide[1]]
    assert spread(b, left, short, domain, cuts).verdict == "invalid"


# --- witnesses ---


def refuted(b, left, right, point, o, values, domain=()):
    sides = {"left": left, "right": right, "domain": box(domain)}
    b.claim = {"kind": "refuted"} | sides
    b.judgements = []
    (a, c) = [
        [rat(v) for v in (pair if isinstance(pair, tuple) else (pair, pair))]
        for pair in values
    ]
    b.judge(
        "witness",
        point=[rat(x) for x in point],
        output=o,
        left_value=a,
        right_value=c,
        **sides,
    )
    return check(b.bytes())


def two_deep_networks(b):
    relu = b.powers([(0, 1)])
    mix = b.linear([[1, 2], [3, -4]], [F(1, 2), 0])
    first = b.bank([b.bspline([0, 1, 2, 3], 2)], [0, 0])
    one = b.network(2, first, mix, b.bank([relu], [0, 0]), mix)
    block = b.add(
        "block_diagonal", blocks=[b.matrix([[1]]), b.matrix([[2]])], block_of=[1, 0]
    )
    other = b.affine(
        b.add("composition", maps=[block, b.selection([1, 0], 2)]), [0, F(1, 9)]
    )
    pair = b.add("parallel", networks=[b.network(1), b.network(1, b.linear([[5]]))])
    return one, b.network(2, first, other, pair)


def test_exact_witnesses():
    b = Builder()
    left, right = two_deep_networks(b)
    for point in ([F(1, 2), 1], [F(3, 2), F(7, 5)], [-1, 5]):
        values = [evaluate.network(b, n, point) for n in (left, right)]
        for o in (0, 1):
            x, y = values[0][o], values[1][o]
            verdict = refuted(b, left, right, point, o, [x, y])
            assert verdict.verdict == ("valid" if x != y else "invalid")
            assert refuted(b, left, right, point, o, [x + 1, y]).verdict == "invalid"
            assert (
                refuted(b, left, right, point, o, [x, y - F(1, 10**9)]).verdict
                == "invalid"
            )
            assert refuted(b, left, left, point, o, [x, x]).verdict == "invalid"
            tiny = F(1, 10**20)
            if x != y:
                hulls = [(x - tiny, x + tiny), (y - tiny, y + tiny)]
                assert refuted(b, left, right, point, o, hulls).verdict == "valid"
                moved = [(x + F(1, 10**9), x + 1), hulls[1]]
                assert refuted(b, left, right, point, o, moved).verdict == "invalid"


def test_a_witness_must_lie_in_the_domain():
    b = Builder()
    left, right = b.network(1), b.network(1, b.linear([[2]]))
    assert refuted(b, left, right, [1], 0, [1, 2], [(0, 1)]).verdict == "valid"
    assert refuted(b, left, right, [2], 0, [2, 4], [(0, 1)]).verdict == "invalid"
    assert refuted(b, left, right, [0], 0, [0, 0], [(0, 1)]).verdict == "invalid"


@pytest.mark.parametrize(
    "change",
    [
        {"point": []},
        {"point": ["1", "1"]},
        {"point": [1]},
        {"output": 1},
        {"output": -1},
        {"output": False},
        {"left_value": ["1"]},
        {"left_value": ["2", "1"]},
        {"left_value": "1"},
        {"right_value": ["2", "2", "2"]},
        {"left": -1},
        {"right": 0},
        {"domain": [["0", "1/2"]]},
        {"extra": 1},
    ],
    ids=str,
)
def test_wrong_witnesses(change):
    b = Builder()
    left, right = b.network(1), b.network(1, b.linear([[2]]))
    assert refuted(b, left, right, [1], 0, [1, 2]).verdict == "valid"
    header = copy.deepcopy(b.header())
    header["judgements"][0] |= change
    assert check(container(header, b.buffers)).judgement == 0


def test_witnesses_with_atoms():
    b = Builder()
    names = ["silu", "sigmoid", "tanh", "exp", "gaussian", "gelu", "sin", "cos"]
    bank = b.bank([b.atoms([(n, F(3, 2), F(-1, 4)) for n in names])], [0])
    left = b.network(1, bank, b.linear([[1] * 8]))
    right = b.network(1, bank, b.linear([[1] * 7 + [1 + F(1, 10**30)]]))
    x = 0.7
    z = 1.5 * x - 0.25
    sigmoid = 1 / (1 + math.exp(-z))
    gelu = z * (1 + math.erf(z / math.sqrt(2))) / 2
    parts = [z * sigmoid, sigmoid, math.tanh(z), math.exp(z), math.exp(-z * z), gelu]
    total = F(sum([*parts, math.sin(z), math.cos(z)]))
    around = (total - F(1, 10**9), total + F(1, 10**9))
    assert refuted(b, left, right, [F(7, 10)], 0, [around, around]).verdict == "valid"
    away = (total + F(1, 10**9), total + 1)
    assert refuted(b, left, right, [F(7, 10)], 0, [around, away]).verdict == "invalid"
    assert (
        refuted(b, left, right, [F(7, 10)], 0, [total, total + 1]).verdict == "invalid"
    )
    never = refuted(b, left, left, [F(7, 10)], 0, [around, around])
    assert "not separated" in never.reason


@settings(max_examples=40, deadline=None)
@given(
    st.fractions(-3, 3, max_denominator=7),
    st.fractions(-3, 3, max_denominator=7),
    st.integers(0, 1),
)
def test_enclosures_hold_the_exact_values(x, y, o):
    """An enclosure that missed the exact value would not meet what is stated."""
    b = Builder()
    left, right = two_deep_networks(b)
    values = [evaluate.network(b, n, [x, y])[o] for n in (left, right)]
    tiny = F(1, 10**30)
    stated = [(v - tiny, v + tiny) for v in values]
    verdict = refuted(b, left, right, [x, y], o, stated)
    assert "lies outside" not in verdict.reason
    if values[0] != values[1]:
        assert verdict.verdict == "valid"
