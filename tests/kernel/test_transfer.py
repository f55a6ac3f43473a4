"""transfer: a bound of two networks holds for networks that are equal to them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from kan_equiv.kernel import check
from tests.kernel.builder import Builder, box, rat

F = Fraction
UNIT, WIDE = box([(-1, 1)]), box([(-2, 2)])


def written(**change):
    """relu(x) and relu(x) + 1/10 are near; the second is also relu(2x)/2 + 1/10.

    ``change`` replaces fields of the last judgement; "$name" stands for an index.
    """
    b = Builder()
    relu = b.bank([b.powers([(0, 1)])], [0])
    shift, twice = b.linear([[1]], [F(1, 10)]), b.linear([[2]])
    half = b.linear([[F(1, 2)]], [F(1, 10)])
    left, right = b.network(1, relu), b.network(1, relu, shift)
    other = b.network(1, twice, relu, half)
    far = b.network(1, relu, twice)
    window = b.judge(
        "window_equal",
        in_features=1,
        left=[twice, relu, half],
        right=[relu, shift],
        domain=[],
    )
    names = {"left": left, "right": right, "other": other, "far": far, "window": window}

    def equal(a, b_, direction, domain):
        steps = [[0, window, direction]]
        return b.judge("composition", left=a, right=b_, domain=domain, steps=steps)

    def bound(a, b_, domain):
        return b.judge(
            "distance",
            left=a,
            right=b_,
            domain=domain,
            bounds=[rat(F(1, 10))],
            subdivisions=0,
            points=[],
            attained=[],
        )

    names["there"] = equal(other, right, "forward", UNIT)
    names["back"] = equal(right, other, "backward", [])
    names["small"] = equal(other, right, "forward", box([(0, 1)]))
    names["near"] = bound(left, right, UNIT)
    names["elsewhere"] = bound(left, right, box([(-1, F(1, 2))]))
    names["turned"] = bound(right, left, UNIT)

    def index(value):
        if isinstance(value, list):
            return [index(v) for v in value]
        return names[value[1:]] if str(value).startswith("$") else value

    fields = {"left": "$left", "right": "$other", "domain": UNIT, "within": "$near"}
    fields |= {"left_equal": [], "right_equal": ["$there"]}
    fields = {key: index(v) for key, v in (fields | change).items()}
    b.judge("transfer", **fields)
    sides = {key: fields[key] for key in ("left", "right", "domain")}
    b.claim = {"kind": "within", "epsilon": [rat(F(1, 10))]} | sides
    return check(b.bytes())


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"right_equal": ["$there", "$back", "$there"]},
        {"right_equal": [], "right": "$right"},
        {"domain": box([(0, 1)])},
        {"domain": box([(0, 1)]), "right_equal": ["$small"]},
        {
            "within": "$turned",
            "left": "$other",
            "left_equal": ["$there"],
            "right": "$left",
            "right_equal": [],
        },
    ],
)
def test_bounds_go_over_to_equal_networks(change):
    found = written(**change)
    assert found.verdict == "valid", found.reason
    assert "transfer" in found.modules


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"right_equal": []}, "right_equal does not lead to the network of the bound"),
        ({"right_equal": ["$there", "$back"]}, "does not lead to the network"),
        ({"right_equal": ["$back"]}, "right_equal: the equality is of another network"),
        ({"right_equal": ["$there", "$there"]}, "is of another network"),
        ({"right_equal": ["$small"]}, "right_equal: equal on another domain"),
        ({"right_equal": ["$near"]}, "other than a judgement 'equal'"),
        ({"right_equal": ["$window"]}, "other than a judgement 'equal'"),
        ({"right_equal": [-1]}, "expected an integer"),
        ({"right_equal": [9]}, "expected an integer"),
        ({"left_equal": ["$there"]}, "left_equal: the equality is of another network"),
        ({"left": "$far"}, "left_equal does not lead"),
        ({"right": "$far", "right_equal": []}, "right_equal does not lead"),
        ({"within": "$elsewhere"}, "the bound is of another box"),
        ({"within": "$turned"}, "left_equal does not lead"),
        ({"within": "$there"}, "other than a judgement 'within'"),
        ({"within": "$window"}, "other than a judgement 'within'"),
        ({"domain": WIDE}, "the bound is of another box"),
        ({"domain": []}, "a bounded box is needed"),
    ],
)
def test_anything_else_does_not(change, reason):
    found = written(**change)
    assert found.verdict == "invalid"
    assert reason in found.reason
