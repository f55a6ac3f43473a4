"""Maxima in windows and witnesses, and words of them as differences of two maxima."""

from __future__ import annotations

from fractions import Fraction

import pytest

from kan_equiv.kernel import check
from tests.kernel import evaluate
from tests.kernel.builder import Builder

F = Fraction


def verdict(n, left, right, domain=()):
    b = Builder()
    return check(b.equal(n, left(b), right(b), domain)).verdict


def pair(b):
    """max(2x + 1, y - 3)."""
    return [b.linear([[2, 0], [0, 1]], [1, -3]), b.maximum([[0, 1]], 2)]


def units(rows=((2, -1), (0, 1)), bias=(4, -3), out=((1, 1),)):
    """relu(2x - y + 4) + (y - 3), or nearly."""

    def word(b):
        relu, line = b.powers([(0, 1)]), b.add("monomial", degrees=[1])
        bank = b.bank([relu, line], [0, 1])
        first = b.linear([list(r) for r in rows], list(bias))
        return [first, bank, b.linear([list(r) for r in out])]

    return word


@pytest.mark.parametrize("domain", [(), ((-1, 1), (0, 3)), ((2, 2), (-1, 1))], ids=str)
def test_a_maximum_is_a_relu_and_a_coordinate(domain):
    assert verdict(2, pair, units(), domain) == "valid"


@pytest.mark.parametrize(
    "wrong",
    [
        {"rows": ((-2, 1), (0, 1))},
        {"rows": ((2, -1), (1, 1))},
        {"rows": ((2, -1 + F(1, 10**9)), (0, 1))},
        {"bias": (5, -3)},
        {"bias": (4, -2)},
        {"out": ((1, -1),)},
        {"out": ((2, 1),)},
    ],
    ids=str,
)
def test_near_misses(wrong):
    assert verdict(2, pair, units(**wrong)) == "invalid"
    assert verdict(2, pair, units(**wrong), ((-5, 5), (-5, 5))) == "invalid"


def test_many_lines_of_one_input_and_constants():
    def lines(b):
        """max(-2x, -x/2, 2x - 5/2, -7), the function of the note, and max(3, 1)."""
        first = b.linear([[-2], [-F(1, 2)], [2], [0], [0]], [0, 0, -F(5, 2), -7, 3])
        return [first, b.maximum([[0, 1, 2, 3], [4, 4, 3]], 5)]

    def edges(last):
        def word(b):
            note = ([0, 1], [[0, -2], [0, -F(1, 2)], [-F(5, 2), 2]], [0, -F(1, 2)])
            three = ([], [[last]], [])
            return [b.bank([b.pieces(note, three)], [0])]

        return word

    assert verdict(1, lines, edges(3)) == "valid"
    assert verdict(1, lines, edges(4)) == "invalid"
    assert verdict(1, lines, edges(3), ((0, 2),)) == "valid"


def test_what_is_refused():
    b = Builder()
    other = b.linear([[1, 0, 0]])
    found = check(b.equal(3, [b.maximum([[0, 1, 2]], 3)], [other]))
    assert "more than two directions" in found.reason
    b = Builder()
    bank = b.bank([b.powers([(0, 1)])], [0, 0])
    found = check(b.equal(2, [bank, b.maximum([[0, 1]], 2)], [b.linear([[1, 0]])]))
    assert "not affine" in found.reason
    b = Builder()
    bank = b.bank([b.powers([(0, 2), (1, 2)])], [0])
    found = check(b.equal(1, [bank, b.maximum([[0, 1]], 2)], [b.linear([[1]])]))
    assert "not piecewise linear" in found.reason
    b = Builder()
    bank = b.bank([b.atoms([("silu", 1, 0), ("tanh", 1, 0)])], [0])
    found = check(b.equal(1, [bank, b.maximum([[0, 1]], 2)], [b.linear([[1]])]))
    assert found.verdict == "invalid"


# --- differences of two maxima ----------------------------------------------------


def compared(left, right, n=2, kind="maxima_equal"):
    b = Builder()
    sides = [word(b) for word in (left, right)]
    a, c = (b.network(n, *word) for word in sides)
    b.judge(kind, in_features=n, left=sides[0], right=sides[1], domain=[])
    b.compose(a, c, [[0, 0, "forward"]])
    return check(b.bytes())


def edgewise(b):
    """max(0, x) + max(y, -y) - max(1, 2x)."""
    rows = [[0, 0], [1, 0], [0, 1], [0, -1], [0, 0], [2, 0]]
    first = b.linear(rows, [0, 0, 0, 0, 1, 0])
    return [first, b.maximum([[0, 1], [2, 3], [4, 5]], 6), b.linear([[1, 1, -1]])]


def as_a_pair(rows=((0, 1), (0, -1), (1, 1), (1, -1)), below=((0, 0), (2, 0)), one=1):
    def word(b):
        first = b.linear([*map(list, rows), *map(list, below)], [0] * 4 + [one, 0])
        return [first, b.maximum([[0, 1, 2, 3], [4, 5]], 6), b.linear([[1, -1]])]

    return word


def test_a_sum_of_maxima_is_the_maximum_of_all_sums():
    assert compared(edgewise, as_a_pair()).verdict == "valid"
    assert compared(as_a_pair(), edgewise).verdict == "valid"


@pytest.mark.parametrize(
    "wrong",
    [
        {"rows": ((0, 1), (0, -1), (1, 1), (1, 1))},
        {"rows": ((0, 1), (0, -1), (1, 1), (1, -2))},
        {"rows": ((0, 0), (0, -1), (1, 1), (1, -1))},
        {"below": ((0, 0), (2, 1))},
        {"below": ((0, 0), (0, 0))},
        {"one": 2},
    ],
    ids=str,
)
def test_other_pieces_are_refused(wrong):
    found = compared(edgewise, as_a_pair(**wrong))
    assert found.verdict == "invalid"
    assert "other affine pieces in output 0" in found.reason


def test_pairs_of_pairs_and_scales():
    def whole(b):
        return [b.maximum([[0, 1, 2], [1]], 3)]

    def pairs(b):
        return [b.maximum([[1, 0], [2], [1]], 3), b.maximum([[0, 1], [2, 2]], 3)]

    def less(b):
        return [b.maximum([[1, 0], [2], [1]], 3), b.maximum([[0, 0], [2, 2]], 3)]

    assert compared(whole, pairs, 3).verdict == "valid"
    assert compared(whole, less, 3).verdict == "invalid"

    def scaled(sign):
        """-3 max(x, y), with the scale before or after the maximum; and of a sum."""

        def word(b):
            return [b.maximum([[0, 1]], 2), b.linear([[-3 * sign]], [5])]

        return word

    def before(b):
        return [
            b.linear([[3, 0], [0, 3]]),
            b.maximum([[0, 1]], 2),
            b.linear([[-1]], [5]),
        ]

    def minimum(b):
        return [
            b.linear([[-3, 0], [0, -3]]),
            b.maximum([[0, 1]], 2),
            b.linear([[1]], [5]),
        ]

    assert compared(scaled(1), before).verdict == "valid"
    assert compared(scaled(-1), before).verdict == "invalid"
    assert compared(scaled(1), minimum).verdict == "invalid"


def test_maxima_of_differences_of_maxima():
    def nested(b):
        """max(max(x, y) - max(x, 0), y)."""
        zero = b.linear([[1, 0], [0, 1], [0, 0]])
        first = b.maximum([[0, 1], [0, 2], [1]], 3)
        difference = b.linear([[1, -1, 0], [0, 0, 1]])
        return [zero, first, difference, b.maximum([[0, 1]], 2)]

    def flat(rows):
        """max(x, y, y + x, y) - max(x, 0)."""

        def word(b):
            first = b.linear([*rows, [1, 0], [0, 0]])
            n = len(rows)
            groups = [list(range(n)), [n, n + 1]]
            return [first, b.maximum(groups, n + 2), b.linear([[1, -1]])]

        return word

    assert compared(nested, flat([[1, 0], [0, 1], [1, 1]])).verdict == "valid"
    assert compared(nested, flat([[1, 0], [0, 1], [2, 1]])).verdict == "invalid"
    assert compared(nested, flat([[1, 0], [0, 1]])).verdict == "invalid"
    for x, y in ((1, 2), (-1, 3), (2, -1), (0, 0)):
        b = Builder()
        words = [f(b) for f in (nested, flat([[1, 0], [0, 1], [1, 1]]))]
        assert evaluate.stages(b, words[0], [x, y]) == evaluate.stages(
            b, words[1], [x, y]
        )


def test_only_affine_stages_and_maxima_are_compared_in_this_way():
    def bent(b):
        return [b.bank([b.powers([(0, 1)])], [0, 0]), b.maximum([[0, 1]], 2)]

    found = compared(bent, bent)
    assert "neither affine nor a maximum" in found.reason


def test_the_number_of_pieces_is_limited():
    def many(b):
        groups = [[2 * i, 2 * i + 1] for i in range(13)]
        return [b.maximum(groups, 26), b.linear([[1] * 13])]

    found = compared(many, many, 26)
    assert found.verdict == "invalid"
    assert "more than 4096 affine pieces" in found.reason


# --- witnesses --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((["3/2", "3/2"], ["0", "0"]), "valid"),
        ((["-2", "-2"], ["0", "0"]), "invalid"),
        ((["3/2", "3/2"], ["1", "1"]), "invalid"),
    ],
)
def test_a_maximum_at_a_point(values, expected):
    b = Builder()
    left = b.network(2, b.maximum([[1, 0]], 2))
    right = b.network(2, b.linear([[0, 0]]))
    sides = {"left": left, "right": right, "domain": []}
    b.claim = {"kind": "refuted", **sides}
    fields = dict(zip(("left_value", "right_value"), values, strict=True))
    b.judge("witness", point=["3/2", "-2"], output=0, **sides, **fields)
    assert check(b.bytes()).verdict == expected


@pytest.mark.parametrize("point", [("-1", "-2"), ("-1", "3"), ("2", "-3")], ids=str)
def test_a_maximum_of_enclosures(point):
    x, y = (evaluate.atom("tanh", F(v)) for v in point)
    for value, expected in ((max(x, y), "valid"), (min(x, y), "invalid")):
        b = Builder()
        tanh = b.bank([b.atoms([("tanh", 1, 0)])], [0, 0])
        left = b.network(2, tanh, b.maximum([[0, 1]], 2))
        right = b.network(2, b.linear([[0, 0]], [5]))
        sides = {"left": left, "right": right, "domain": []}
        b.claim = {"kind": "refuted", **sides}
        near = [
            str(F(round((value + d) * 10**12), 10**12))
            for d in (-F(1, 10**9), F(1, 10**9))
        ]
        fields = {"left_value": near, "right_value": ["5", "5"]}
        b.judge("witness", point=list(point), output=0, **sides, **fields)
        assert check(b.bytes()).verdict == expected
