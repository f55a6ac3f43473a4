"""Domains with infinite ends: what holds on a half-line only, and their spelling."""

from __future__ import annotations

from fractions import Fraction

import pytest

from kan_equiv.kernel import check
from kan_equiv.kernel.algebra import Function, evaluate
from kan_equiv.kernel.cells import restrict
from tests.kernel.builder import Builder

F = Fraction
RIGHT, LEFT = (F(1), "inf"), ("-inf", F(1))


def step(t, k):
    return ("step", F(t), k)


def differ_left_of_one(b):
    """relu(x - 1) + [x = 0] and x - 1 agree where x >= 1, and left of that nowhere."""
    both = b.pieces(([0, 1], [[], [], [-1, 1]], [1, 0]))
    line = b.pieces(([], [[-1, 1]], []))
    return [b.bank([both], [0])], [b.bank([line], [0])]


def verdict_on(domain, case=differ_left_of_one, flip=False):
    b = Builder()
    left, right = case(b)
    if flip:
        turn = b.linear([[-1]])
        left, right = [turn, *left], [turn, *right]
    return check(b.equal(1, left, right, domain))


@pytest.mark.parametrize(
    ("domain", "good"),
    [
        ([RIGHT], True),
        ([(2, "inf")], True),
        ([(1, 1)], True),
        ([(F(999, 1000), "inf")], False),
        ([("-inf", 1)], False),
        ([("-inf", F(-1, 1000))], False),
        ([], False),
    ],
)
def test_equal_on_a_half_line_only(domain, good):
    assert (verdict_on(domain).verdict == "valid") == good


@pytest.mark.parametrize(("end", "good"), [(-1, True), (F(-999, 1000), False)])
def test_left_half_lines_by_reflection(end, good):
    assert (verdict_on([("-inf", end)], flip=True).verdict == "valid") == good


def jump_at_one(b):
    """[x >= 1] is 0 left of 1, the closed half-line holds the 1."""
    return [b.bank([b.powers([(1, 0)])], [0])], [
        b.bank([b.pieces(([], [[]], []))], [0])
    ]


def test_the_end_of_a_half_line_belongs_to_it():
    assert verdict_on([("-inf", F(999, 1000))], jump_at_one).verdict == "valid"
    assert verdict_on([LEFT], jump_at_one).verdict == "invalid"


def two_inputs(b):
    hinge, line = b.powers([(0, 1)]), b.add("monomial", degrees=[1])
    mix = b.linear([[1, 1]])
    return [b.bank([hinge], [0, 0]), mix], [b.bank([hinge, line], [0, 1]), mix]


@pytest.mark.parametrize(
    ("domain", "good"),
    [
        ([("-inf", "inf"), (0, "inf")], True),
        ([(-1, 1), (0, "inf")], True),
        ([(0, "inf"), ("-inf", "inf")], False),
        ([(0, "inf"), (-1, 1)], False),
    ],
)
def test_sides_of_every_kind_stand_in_one_domain(domain, good):
    b = Builder()
    left, right = two_inputs(b)
    verdict = check(b.equal(2, left, right, domain))
    assert (verdict.verdict == "valid") == good


def test_the_verdict_says_which_ends_are_closed():
    assert verdict_on([RIGHT]).claim.endswith("on the box [1, inf)^1")
    assert "(-inf, -1]" in verdict_on([("-inf", -1)], flip=True).claim
    b = Builder()
    left, right = two_inputs(b)
    verdict = check(b.equal(2, left, right, [("-inf", "inf"), (0, 1)]))
    assert verdict.claim.endswith("on the box (-inf, inf) x [0, 1]")


@pytest.mark.parametrize(
    "domain",
    [
        [["-inf", "inf"]],
        [["inf", "inf"]],
        [["-inf", "-inf"]],
        [["1", "-inf"]],
        [["inf", "1"]],
        [["1", "+inf"]],
        [["1", "Infinity"]],
        [["1", None]],
        [[None, "1"]],
        [["1", "inf", "inf"]],
        [["2", "1"]],
        [["1", "inf"], ["1", "inf"]],
        ["inf"],
        None,
    ],
)
def test_other_spellings_are_invalid(domain):
    b = Builder()
    left, right = differ_left_of_one(b)
    b.equal(1, left, right, [RIGHT])
    assert check(b.bytes()).verdict == "valid"
    for place in (b.claim, *b.judgements):
        place["domain"] = domain
    assert check(b.bytes()).verdict == "invalid"


def test_a_window_on_a_half_line_proves_nothing_on_all_of_space():
    for place in (0, 1):
        b = Builder()
        left, right = differ_left_of_one(b)
        b.equal(1, left, right, [RIGHT])
        b.judgements[place]["domain"] = []
        assert check(b.bytes()).verdict == "invalid"
        b.judgements[place]["domain"] = [["2", "inf"]]
        assert check(b.bytes()).verdict == "invalid"


def test_a_witness_lies_in_the_half_line():
    for x, good in (("1", True), ("999/1000", False), ("1000000", True)):
        b = Builder()
        zero = b.network(1, b.bank([b.pieces(([], [[]], []))], [0]))
        one = b.network(1, b.bank([b.pieces(([], [[1]], []))], [0]))
        sides = {"left": zero, "right": one, "domain": [["1", "inf"]]}
        b.claim = {"kind": "refuted"} | sides
        values = {"left_value": ["0", "0"], "right_value": ["1", "1"]}
        b.judge("witness", point=[x], output=0, **values, **sides)
        assert (check(b.bytes()).verdict == "valid") == good


def test_bounds_and_values_have_ends():
    b = Builder()
    one = b.network(1, b.bank([b.pieces(([], [[1]], []))], [0]))
    line = b.network(1, b.bank([b.pieces(([], [[0, 1]], []))], [0]))
    for domain, bounds in (
        ([["1", "inf"]], [["1", "1"]]),
        ([["1", "2"]], [["1", "inf"]]),
    ):
        b.claim = {"kind": "equal", "left": one, "right": one, "domain": []}
        b.judgements = []
        fields = {"domain": domain, "bounds": bounds, "subdivisions": 0}
        b.judge("range", network=one, **fields)
        assert check(b.bytes()).verdict == "invalid"
    sides = {"left": one, "right": line, "domain": []}
    b.claim, b.judgements = {"kind": "refuted"} | sides, []
    values = {"left_value": ["1", "1"], "right_value": ["-inf", "inf"]}
    b.judge("witness", point=["0"], output=0, **values, **sides)
    assert check(b.bytes()).verdict == "invalid"


@pytest.mark.parametrize(
    ("low", "high"), [(F(0), None), (None, F(0)), (None, None), (F(1, 2), None)]
)
def test_restriction_keeps_the_values_and_forgets_the_rest(low, high):
    f = Function({("power", 1): 2, step(0, 0): 3, step(0, 2): 1, ("point", F(0)): 5}, 7)
    g = restrict(f, low, high)
    for k in range(-8, 9):
        x = F(k, 4)
        if (low is None or low <= x) and (high is None or x <= high):
            assert evaluate(g, x) == evaluate(f, x)
    beyond = Function({step(-9, 1): 4, ("point", F(-8)): 1, step(9, 3): 1}, 3)
    inside = restrict(beyond, low, None if high is None else F(8))
    if low is not None:
        assert ("point", F(-8)) not in inside.terms
        assert step(-9, 1) not in inside.terms
    if high is not None:
        assert step(9, 3) not in inside.terms
