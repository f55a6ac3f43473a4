"""Compositions, claims and verdicts: what may be cited, where, and for which claim."""

from __future__ import annotations

import copy
from fractions import Fraction

import pytest

from kan_equiv.kernel import check
from tests.kernel.builder import Builder, box, container, jump_matrix

F = Fraction

KNOTS = [F(0), F(1), F(2)]


def three_layers(domain=(), inner=((0, 1),)):
    """Spline layer, mixing layer, spline layer; both banks are replaced."""
    b = Builder()
    spline = b.bank([b.bspline(KNOTS, 1)], [0, 0])
    hinges = b.bank([b.powers([(t, 1) for t in KNOTS])], [0, 0])
    block = b.matrix(jump_matrix(KNOTS, 1))
    both = b.add("block_diagonal", blocks=[block], block_of=[0, 0])
    grid = b.affine(both, [0, 0])
    mix = b.linear([[1, 2], [3, 4]], [F(1, 2), 0])
    left = b.network(2, spline, mix, spline)
    right = b.network(2, hinges, grid, mix, hinges, grid)
    first = b.window(2, [spline], [hinges, grid], domain)
    second = b.window(2, [spline], [hinges, grid])
    steps = [[0, first, "forward"], [3, second, "forward"]]
    b.compose(left, right, steps, domain)
    b.index = {"spline": spline, "hinges": hinges, "grid": grid, "mix": mix}
    b.index |= {"left": left, "right": right}
    return b


def verdict_of(b, **changes):
    header = copy.deepcopy(b.header())
    header["judgements"][-1] |= changes
    return check(container(header, b.buffers))


def test_two_banks_are_replaced():
    verdict = verdict_of(three_layers())
    assert (verdict.verdict, verdict.reason) == ("valid", "")
    assert (
        verdict.claim == "left and right are equal as functions over the reals on R^2"
    )
    assert verdict.left != verdict.right


def test_backward():
    b = three_layers()
    left, right = b.index["left"], b.index["right"]
    steps = [[0, 0, "backward"], [2, 1, "backward"]]
    b.claim |= {"left": right, "right": left}
    assert verdict_of(b, left=right, right=left, steps=steps).verdict == "valid"
    assert verdict_of(b, left=right, right=left).verdict == "invalid"


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [[0, 0, "forward"]],
        [[0, 0, "forward"], [2, 1, "forward"]],
        [[0, 0, "forward"], [3, 1, "forward"], [3, 1, "forward"]],
        [[0, 0, "forward"], [3, 1, "backward"]],
        [[0, 0, "forward"], [3, 1, "Forward"]],
        [[0, 0, "forward"], [3, 1, True]],
        [[0, 0, "forward"], [3, 1]],
        [[0, 0, "forward"], [-2, 1, "forward"]],
        [[0, 0, "forward"], [True, 1, "forward"]],
        [[False, 0, "forward"], [3, 1, "forward"]],
        [[0, False, "forward"], [3, True, "forward"]],
        [[0, 0, "forward"], [3, 2, "forward"]],
        [[0, 0, "forward"], [3, 3, "forward"]],
        [[0, 0, "forward"], [3, -2, "forward"]],
        [[0, 0, "forward"], [99, 1, "forward"]],
        [[3, 1, "forward"], [0, 0, "forward"]],
        [0, 0, "forward"],
        None,
    ],
    ids=str,
)
def test_wrong_steps(steps):
    verdict = verdict_of(three_layers(), steps=steps)
    assert verdict.verdict == "invalid"
    assert verdict.judgement == 2


def test_the_order_of_replacement_is_free():
    steps = [[2, 1, "forward"], [0, 0, "forward"]]
    assert verdict_of(three_layers(), steps=steps).verdict == "valid"


def test_windows_are_compared_by_object_not_by_likeness():
    b = three_layers()
    twin = b.bank([b.bspline(KNOTS, 1)], [0, 0])
    b.judgements[0]["left"] = [twin]
    verdict = check(b.bytes())
    assert verdict.verdict == "invalid"
    assert "does not stand at 0" in verdict.reason


def test_a_window_on_the_box_of_the_composition_at_the_beginning():
    assert verdict_of(three_layers([(0, 1), (0, 2)])).verdict == "valid"


def test_a_window_on_a_box_may_not_stand_elsewhere():
    domain = [(0, 1), (0, 2)]
    b = three_layers(domain)
    b.judgements[1]["domain"] = box(domain)
    verdict = check(b.bytes())
    assert verdict.verdict == "invalid"
    assert "box" in verdict.reason


@pytest.mark.parametrize(
    "other", [[], [(0, 1), (0, 3)], [(-1, 1), (0, 1)], [(-1, 1), (0, 2)]], ids=str
)
def test_a_window_on_another_box(other):
    b = three_layers([(0, 1), (0, 2)])
    b.judgements[-1]["domain"] = b.claim["domain"] = box(other)
    assert check(b.bytes()).verdict == "invalid"


def test_a_window_on_a_box_after_an_empty_window_is_still_at_the_beginning():
    """Inserting at the front moves the other places, and the check with them."""
    b = three_layers()
    same = b.linear([[1, 0], [0, 1]])
    insert = {"in_features": 2, "left": [], "right": [same], "domain": []}
    b.judgements.insert(2, {"kind": "window_equal"} | insert)
    i = b.index
    right = b.network(2, same, i["hinges"], i["grid"], i["mix"], i["hinges"], i["grid"])
    b.claim["right"] = b.judgements[-1]["right"] = right
    steps = [[0, 0, "forward"], [3, 1, "forward"], [0, 2, "forward"]]
    assert verdict_of(b, steps=steps).verdict == "valid"


def test_an_empty_window_needs_the_dimension_of_its_place():
    b = Builder()
    wide = b.linear([[1], [2]])
    narrow = b.linear([[1, 1]])
    same = b.linear([[1]])
    left = b.network(1, wide, narrow)
    right = b.network(1, wide, same, narrow)
    insert = b.window(1, [], [same])
    b.compose(left, right, [[1, insert, "forward"]])
    verdict = check(b.bytes())
    assert verdict.verdict == "invalid"


@pytest.mark.parametrize("field", ["left", "right"])
@pytest.mark.parametrize("value", [-1, True, "0", None, 0, 999])
def test_wrong_networks(field, value):
    assert verdict_of(three_layers(), **{field: value}).verdict == "invalid"


def test_a_composition_that_ends_in_another_network():
    b = three_layers()
    left = b.index["left"]
    b.claim["right"] = left
    assert verdict_of(b).verdict == "invalid"
    assert verdict_of(b, right=left, steps=[]).verdict == "valid"


@pytest.mark.parametrize("keep", [0, 1, 2])
def test_the_last_judgement_must_show_the_claim(keep):
    b = three_layers()
    del b.judgements[keep:]
    verdict = check(b.bytes())
    assert verdict.verdict == "invalid"
    assert "last judgement" in verdict.reason


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "refuted"},
        {"kind": "equals"},
        {"kind": None},
        {"domain": [["0", "1"], ["0", "1"]]},
        {"domain": [["0", "1"]]},
        {"domain": None},
        {"left": 0},
        {"right": 999},
        {"extra": 1},
        {"epsilon": ["1", "1"]},
    ],
    ids=str,
)
def test_another_claim(change):
    b = three_layers()
    b.claim |= change
    verdict = check(b.bytes())
    assert verdict.verdict == "invalid"


def test_exchanged_sides_are_another_claim():
    b = three_layers()
    b.claim |= {"left": b.claim["right"], "right": b.claim["left"]}
    assert "does not show the claim" in check(b.bytes()).reason


def test_a_window_that_is_wrong_is_named():
    b = three_layers()
    b.judgements[1]["right"] = [b.index["spline"]]
    b.judgements[1]["left"] = [
        b.index["hinges"],
        b.linear([[1, -2, 1, 0, 0, 0], [0, 0, 0, 1, -2, 2]]),
    ]
    verdict = check(b.bytes())
    assert (verdict.verdict, verdict.judgement) == ("invalid", 1)


@pytest.mark.parametrize(
    "judgement",
    [
        {"kind": "window_equals"},
        {"kind": "os"},
        {"kind": "digest"},
        {"kind": "__init__"},
        {"kind": None},
        {"kind": ["composition"]},
        {},
        [],
        "composition",
        None,
    ],
    ids=str,
)
def test_unknown_judgements(judgement):
    b = three_layers()
    b.judgements.insert(0, judgement)
    verdict = check(b.bytes())
    assert (verdict.verdict, verdict.judgement) == ("invalid", 0)


@pytest.mark.parametrize("missing", ["in_features", "left", "right", "domain", "kind"])
def test_windows_with_a_missing_field(missing):
    b = three_layers()
    del b.judgements[0][missing]
    assert check(b.bytes()).judgement == 0


@pytest.mark.parametrize(
    "change",
    [
        {"in_features": 1},
        {"in_features": True},
        {"in_features": 0},
        {"left": []},
        {"left": [0]},
        {"right": [-1]},
        {"domain": [["1", "0"], ["0", "1"]]},
        {"domain": [["0", "1"]] * 3},
        {"domain": [["0"], ["1"]]},
        {"extra": 0},
    ],
    ids=str,
)
def test_windows_with_a_wrong_field(change):
    b = three_layers()
    b.judgements[0] |= change
    assert check(b.bytes()).judgement == 0


def test_an_admitted_window_makes_the_verdict_holey():
    b = three_layers()
    b.judgements[1] |= {"kind": "window_admitted", "reason": "shown by hand"}
    verdict = check(b.bytes())
    assert verdict.verdict == "holey"
    assert verdict.holes == ("judgement 1: 'shown by hand'",)


def test_an_admitted_window_must_be_well_formed():
    b = three_layers()
    b.judgements[1] |= {"kind": "window_admitted", "reason": "", "right": []}
    assert check(b.bytes()).verdict == "invalid"
    b.judgements[1]["right"] = [b.index["hinges"], b.index["grid"]]
    assert check(b.bytes()).verdict == "holey"
    b.judgements[1] |= {"kind": "window_equal"}
    assert check(b.bytes()).verdict == "invalid"


def test_a_network_file_claims_nothing_and_has_no_judgements():
    b = Builder()
    net = b.network(3)
    b.format, b.claim = "kan_equiv.network", {"kind": "network", "network": net}
    verdict = check(b.bytes())
    assert verdict.verdict == "valid"
    assert verdict.claim == "this is a network of 3 inputs and 3 outputs"
    b.window(3, [], [])
    assert check(b.bytes()).verdict == "invalid"


@pytest.mark.parametrize(
    "name", ["kan_equiv.network", "kan_equiv", "", "KAN_EQUIV.CERTIFICATE"]
)
def test_the_format_must_fit_the_claim(name):
    b = three_layers()
    b.format = name
    assert check(b.bytes()).verdict == "invalid"
