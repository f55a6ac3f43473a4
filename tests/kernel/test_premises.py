"""Windows on a box inside a word: the ranges that a step cites."""

from __future__ import annotations

import copy
from fractions import Fraction

import pytest

from kan_equiv.kernel import check
from kan_equiv.kernel.composition import lies_in
from tests.kernel.builder import Builder, box, container

F = Fraction


def deep():
    """On [0, 1]^2 one unit of the second layer is always active, the other never."""
    b = Builder()
    relu, keep = b.powers([(0, 1)]), b.add("monomial", degrees=[1])
    dead = b.pieces(([], [[]], []))
    first, second = b.linear([[1, 2], [-1, 1]]), b.linear([[1, 1], [-1, -1]], [1, 0])
    both, folded = b.bank([relu], [0, 0]), b.bank([keep, dead], [0, 1])
    last = b.linear([[2, 3]])
    left = b.network(2, first, both, second, both, last)
    right = b.network(2, first, both, second, folded, last)
    domain, hidden = [(0, 1), (0, 1)], [(0, 3), (-1, 1)]
    b.index = {"first": first, "both": both, "second": second, "folded": folded}
    b.index |= {"last": last, "left": left, "right": right}
    outer = [(1, 5), (-4, 0)]
    b.window(2, [both], [folded], outer)
    spread(b, [first], domain, hidden)
    spread(b, [both, second], hidden, outer)
    b.compose(left, right, [[3, 0, "forward", [1, 2]]], domain)
    return b


def spread(b, stages, domain, bounds):
    """A range with two inputs."""
    return b.judge(
        "range",
        in_features=2,
        stages=stages,
        domain=box(domain),
        bounds=box(bounds),
        subdivisions=0,
    )


def verdict(b, **changes):
    header = copy.deepcopy(b.header())
    header["judgements"][-1] |= changes
    return check(container(header, b.buffers))


def test_a_window_on_a_box_inside_the_word():
    shown = verdict(deep())
    assert (shown.verdict, shown.reason) == ("valid", "")
    assert {"distance", "cells"} <= set(shown.modules)


def test_backward():
    b = deep()
    i = b.index
    b.claim |= {"left": i["right"], "right": i["left"]}
    step = [3, 0, "backward", [1, 2]]
    shown = verdict(b, left=i["right"], right=i["left"], steps=[step])
    assert shown.verdict == "valid"


@pytest.mark.parametrize(
    "step",
    [
        [3, 0, "forward"],
        [3, 0, "forward", []],
        [3, 0, "forward", [1]],
        [3, 0, "forward", [2]],
        [3, 0, "forward", [2, 1]],
        [3, 0, "forward", [1, 1, 2]],
        [3, 0, "forward", [1, 2, 2]],
        [3, 0, "forward", [1, 2], []],
        [3, 0, "forward", [0, 2]],
        [3, 0, "forward", [1, 3]],
        [3, 0, "forward", [1, -1]],
        [3, 0, "forward", [1, "2"]],
        [3, 0, "forward", [True, 2]],
        [3, 0, "forward", 1],
        [3, 0, "forward", None],
        [1, 0, "forward", [1, 2]],
        [1, 0, "forward", [1]],
    ],
    ids=str,
)
def test_wrong_premises(step):
    assert verdict(deep(), steps=[step]).verdict == "invalid"


def changed(place, **fields):
    b = deep()
    b.judgements[place] |= fields
    return check(b.bytes())


@pytest.mark.parametrize(
    ("place", "fields", "judgement"),
    [
        # A range that is proved, but of a smaller domain than what is handed on.
        (1, {"domain": box([(0, 1), (0, F(1, 2))])}, 3),
        (2, {"domain": box([(0, 3), (-1, F(1, 2))])}, 3),
        (1, {"domain": box([(F(1, 9), 1), (0, 1)])}, 3),
        # Bounds that do not fit into the next domain, or into the box of the window.
        (1, {"bounds": box([(0, 3), (-1, 2)])}, 3),
        (2, {"bounds": box([(F(1, 2), 5), (-4, 0)])}, 3),
        (2, {"bounds": box([(1, 5), (-4, F(1, 10**30))])}, 3),
        # Ranges that are false.
        (1, {"bounds": box([(0, F(29, 10)), (-1, 1)])}, 1),
        (2, {"bounds": box([(1, 5), (F(-39, 10), 0)])}, 2),
        (2, {"bounds": box([(F(11, 10), 5), (-4, 0)])}, 2),
        # A window that is false on its box, or true on another one only.
        (0, {"domain": box([(-1, 5), (-4, 0)])}, 0),
        (0, {"domain": box([(1, 5), (-4, 1)])}, 0),
        (0, {"domain": box([(2, 5), (-4, 0)])}, 3),
        (0, {"domain": box([(1, 5), (-3, 0)])}, 3),
    ],
    ids=str,
)
def test_wrong_ranges(place, fields, judgement):
    shown = changed(place, **fields)
    assert (shown.verdict, shown.judgement) == ("invalid", judgement)


def test_the_claim_may_be_on_a_smaller_box_but_on_no_larger_one():
    b = deep()
    for domain, expected in [
        ([(0, F(1, 2)), (F(1, 3), 1)], "valid"),
        ([(0, 1), (0, F(11, 10))], "invalid"),
        ([(-1, 1), (0, 1)], "invalid"),
        ([], "invalid"),
    ]:
        b.claim["domain"] = b.judgements[-1]["domain"] = box(domain)
        assert check(b.bytes()).verdict == expected


def test_ranges_of_other_stages():
    i = deep().index
    twin = len(deep().objects) + 3  # two tensors, a map, then the stage
    for place, stages in [
        (1, [twin]),
        (1, [i["second"]]),
        (1, []),
        (2, [i["second"]]),
        (2, [i["folded"], i["second"]]),
        (2, [i["both"], i["second"], i["both"]]),
    ]:
        other = deep()
        other.linear([[1, 2], [-1, 1]])
        assert other.objects[twin]["type"] == "affine"
        other.judgements[place]["stages"] = stages
        wide = box([(-9, 9), (-9, 9)])
        if place == 1:
            other.judgements[1]["bounds"] = wide
            other.judgements[2]["domain"] = wide
        assert check(other.bytes()).verdict == "invalid"


def test_ranges_speak_of_the_word_at_that_moment():
    """After the bank in front is replaced, a range of the old prefix fits no more."""
    b = deep()
    i = b.index
    again = b.pieces(([0], [[], [0, 1]], [0]))
    other = b.bank([again], [0, 0])
    b.judgements.insert(0, {"kind": "window_equal", "in_features": 2, "domain": []})
    b.judgements[0] |= {"left": [i["both"]], "right": [other]}
    right = b.network(2, i["first"], other, i["second"], i["folded"], i["last"])
    b.claim["right"] = right
    swap, fold = [1, 0, "forward"], [3, 1, "forward", [2, 3]]
    assert verdict(b, right=right, steps=[fold, swap]).verdict == "valid"
    assert verdict(b, right=right, steps=[swap, fold]).verdict == "invalid"


def test_a_range_of_no_stages_is_the_identity():
    b = deep()
    hidden = [(0, 3), (-1, 1)]
    for bounds, expected in [(hidden, "valid"), ([(0, 3), (-1, F(1, 2))], "invalid")]:
        b = deep()
        b.judgements.insert(-1, b.judgements[1] | {"stages": []})
        b.judgements[3] |= {"domain": box(hidden), "bounds": box(bounds)}
        steps = [[3, 0, "forward", [1, 3, 2]]]
        assert verdict(b, steps=steps).verdict == expected


def test_a_window_without_a_box_takes_no_ranges():
    b = deep()
    same = b.linear([[2, 3]])
    b.judgements.insert(0, {"kind": "window_equal", "in_features": 2, "domain": []})
    b.judgements[0] |= {"left": [b.index["last"]], "right": [same]}
    i = b.index
    right = b.network(2, i["first"], i["both"], i["second"], i["folded"], same)
    b.claim["right"] = right
    fold = [3, 1, "forward", [2, 3]]
    good = [fold, [4, 0, "forward"]]
    assert verdict(b, right=right, steps=good).verdict == "valid"
    bad = [fold, [4, 0, "forward", [2, 3]]]
    assert verdict(b, right=right, steps=bad).verdict == "invalid"


def test_a_window_is_no_range_and_a_range_no_window():
    assert verdict(deep(), steps=[[3, 1, "forward", [1, 2]]]).verdict == "invalid"
    assert verdict(deep(), steps=[[3, 0, "forward", [0, 0]]]).verdict == "invalid"


def test_the_box_of_a_window_at_the_beginning_may_be_larger():
    b = Builder()
    relu, keep = b.powers([(0, 1)]), b.add("monomial", degrees=[1])
    left, right = b.bank([relu], [0]), b.bank([keep], [0])
    for domain, expected in [
        ([(0, 2)], "valid"),
        ([(1, 1)], "valid"),
        ([(-1, 2)], "invalid"),
        ([(0, 3)], "invalid"),
        ([], "invalid"),
    ]:
        b.judgements = []
        b.window(1, [left], [right], [(0, 2)])
        a, c = b.network(1, left), b.network(1, right)
        b.compose(a, c, [[0, 0, "forward"]], domain)
        assert check(b.bytes()).verdict == expected


@pytest.mark.parametrize(
    ("inner", "outer", "expected"),
    [
        ((), (), True),
        (((0, 1),), (), True),
        ((), ((0, 1),), False),
        (((0, 1),), ((0, 1),), True),
        (((0, 1),), ((0, None),), True),
        (((0, None),), ((0, 1),), False),
        (((None, 1),), ((0, 1),), False),
        (((None, 1),), ((None, 1),), True),
        (((None, 2),), ((None, 1),), False),
        (((0, 1), (0, None)), ((None, None), (1, None)), False),
        (((0, 1), (1, None)), ((None, None), (1, None)), True),
    ],
)
def test_which_domains_lie_in_which(inner, outer, expected):
    assert lies_in(inner, outer) is expected
