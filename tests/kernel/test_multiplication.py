"""Products in windows, in witnesses, and words of them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from kan_equiv.kernel import check
from tests.kernel import evaluate
from tests.kernel.builder import Builder, box

F = Fraction
QUARTERS = [[F(1, 4), -F(1, 4)]]


def squares(b, rows=((1, 1), (1, -1)), out=QUARTERS, degree=2, bias=(0,)):
    """xy as a hidden layer of squares, or nearly."""
    bank = b.bank([b.add("monomial", degrees=[degree])], [0] * len(rows))
    return [b.linear([list(r) for r in rows]), bank, b.linear(out, list(bias))]


def verdict(n, left, right, domain=()):
    b = Builder()
    return check(b.equal(n, left(b), right(b), domain)).verdict


def pair(b):
    return [b.product([[0, 1]], 2)]


@pytest.mark.parametrize("domain", [(), ((-1, 1), (0, 3)), ((2, 2), (-1, 1))], ids=str)
def test_a_product_is_a_difference_of_squares(domain):
    assert verdict(2, pair, squares, domain) == "valid"


@pytest.mark.parametrize(
    "wrong",
    [
        {"rows": ((1, 1), (1, -2))},
        {"rows": ((1, 1), (-1, -1))},
        {"out": [[F(1, 4), F(1, 4)]]},
        {"out": [[F(1, 2), -F(1, 4)]]},
        {"out": [[F(1, 4), -F(1, 4) + F(1, 10**9)]]},
        {"degree": 1},
        {"degree": 4},
        {"bias": (F(1, 7),)},
    ],
    ids=str,
)
def test_near_misses(wrong):
    assert verdict(2, pair, lambda b: squares(b, **wrong)) == "invalid"
    assert verdict(2, pair, lambda b: squares(b, **wrong), ((-1, 1), (1, 2))) == (
        "invalid"
    )


def test_four_squared_units_and_affine_factors():
    def left(b):
        """(2x + 3y + 1)(y - 5), and y."""
        return [b.linear([[2, 3], [0, 1]], [1, -5]), b.product([[0, 1], [1]], 2)]

    def right(b):
        # 2xy + 3y^2 + y - 10x - 15y - 5 with 2xy = ((x + y)^2 - (x - y)^2)/2
        rows = [[1, 1], [-1, -1], [1, -1], [-1, 1], [0, 1], [0, -1], [1, 0], [0, 1]]
        repu, line = b.powers([(0, 2)]), b.add("monomial", degrees=[1])
        half = F(1, 2)
        out = [[half, half, -half, -half, 3, 3, -10, -14], [0] * 7 + [1]]
        bank = b.bank([repu, line], [0] * 6 + [1, 1])
        return [b.linear(rows), bank, b.linear(out, [-5, -5])]

    assert verdict(2, left, right) == "valid"

    def off(b):
        *stages, _ = right(b)
        half = F(1, 2)
        out = [[half, half, -half, -half, 3, 3, -10, -13], [0] * 7 + [1]]
        return [*stages, b.linear(out, [-5, -5])]

    assert verdict(2, left, off) == "invalid"


def test_squares_and_constants_need_no_further_direction():
    def left(b):
        first = b.linear([[1, 0], [0, 0], [0, 1]], [0, 3, 0])
        return [first, b.product([[0, 0], [0, 1], [1, 1], [1, 2]], 3)]

    def right(b):
        square, line = b.add("monomial", degrees=[2]), b.add("monomial", degrees=[1])
        bank = b.bank([square, line], [0, 1, 1])
        first = b.linear([[1, 0], [1, 0], [0, 1]])
        out = [[1, 0, 0], [0, 3, 0], [0, 0, 0], [0, 0, 3]]
        return [first, bank, b.linear(out, [0, 0, 9, 0])]

    def off(b):
        *stages, _ = right(b)
        return [
            *stages,
            b.linear([[1, 0, 0], [0, 3, 0], [0] * 3, [0, 0, 3]], [0, 0, 8, 0]),
        ]

    assert verdict(2, left, right) == "valid"
    assert verdict(2, left, off) == "invalid"


def test_a_constant_times_what_bends():
    def left(b):
        bank = b.bank([b.powers([(0, 1)]), b.add("monomial", degrees=[0])], [0, 1])
        return [bank, b.product([[0, 1]], 2)]

    def right(b):
        return [b.bank([b.powers([(0, 1)])], [0, 0]), b.linear([[1, 0]])]

    assert verdict(2, left, right) == "valid"


def test_what_is_refused():
    def twice(b):
        return [b.bank([b.powers([(0, 1)])], [0, 0]), b.product([[0, 1]], 2)]

    def other(b):
        return [b.bank([b.powers([(0, 1)])], [0, 0]), b.linear([[1, 0]])]

    b = Builder()
    found = check(b.equal(2, twice(b), other(b)))
    assert found.verdict == "invalid"
    assert "a product of functions that are not affine" in found.reason
    b = Builder()
    found = check(b.equal(2, [b.product([[0, 1, 1]], 2)], pair(b)))
    assert "more than two factors" in found.reason


def test_a_product_in_parallel():
    def left(b):
        return [b.add("parallel", networks=[b.network(2, *pair(b))] * 2)]

    def right(b):
        block = b.add("parallel", networks=[b.network(2, *squares(b))] * 2)
        return [block]

    assert verdict(4, left, right) == "valid"


# --- words of products ------------------------------------------------------------


def words(left, right, n=3, kind="products_equal"):
    b = Builder()
    sides = [[b.product(g, c) for g, c in word] for word in (left, right)]
    a, c = (b.network(n, *word) for word in sides)
    fields = {"in_features": n, "left": sides[0], "right": sides[1], "domain": []}
    b.judge(kind, **fields)
    b.compose(a, c, [[0, 0, "forward"]])
    return check(b.bytes())


WHOLE = [([[0, 1, 2], [2]], 3)]
PAIRS = [([[0, 1], [2], [2]], 3), ([[0, 1], [2]], 3)]


def test_pairs_of_pairs():
    assert words(WHOLE, PAIRS).verdict == "valid"
    assert words(PAIRS, WHOLE).verdict == "valid"
    assert words([([[1, 0, 2], [2]], 3)], PAIRS).verdict == "valid"


@pytest.mark.parametrize(
    "wrong",
    [
        [([[0, 1], [2], [2]], 3), ([[0, 1], [1]], 3), ([[0], [0]], 2)],
        [([[0, 1], [1], [2]], 3), ([[0, 1], [2]], 3)],
        [([[0, 1], [2], [2]], 3), ([[0, 1, 1], [2]], 3)],
        [([[0, 1], [2], [2]], 3), ([[0], [2]], 3)],
        [([[0, 0], [2], [2]], 3), ([[0, 1], [2]], 3)],
        [([[0, 1], [2], [2]], 3), ([[2], [0, 1]], 3)],
    ],
    ids=str,
)
def test_other_products_are_refused(wrong):
    found = words(WHOLE, wrong)
    assert found.verdict == "invalid"
    assert "multiply other inputs in output" in found.reason


def test_only_products_are_compared_in_this_way():
    b = Builder()
    same, product = b.linear([[1, 0], [0, 1]]), b.product([[0, 1]], 2)
    fields = {"in_features": 2, "left": [same, product], "right": [product]}
    b.judge("products_equal", domain=[], **fields)
    b.compose(b.network(2, same, product), b.network(2, product), [[0, 0, "forward"]])
    assert "a stage that is no product" in check(b.bytes()).reason
    assert words(WHOLE, PAIRS, kind="window_equal").verdict == "invalid"


def test_the_work_of_deep_words_is_bounded():
    doubling = [([[0, 0]], 1)] * 40
    assert words(doubling, doubling, n=1).verdict == "invalid"


# --- witnesses --------------------------------------------------------------------


def refutation(values, atom=False):
    b = Builder()
    word = [b.product([[0, 1, 1], [0]], 2)]
    if atom:
        word.insert(0, b.bank([b.atoms([("exp", 1, 0)])], [0, 0]))
    left, right = b.network(2, *word), b.network(2, b.linear([[0, 0], [1, 0]]))
    sides = {"left": left, "right": right, "domain": []}
    b.claim = {"kind": "refuted", **sides}
    fields = dict(zip(("left_value", "right_value"), values, strict=True))
    b.judge("witness", point=["3/2", "-2"], output=0, **sides, **fields)
    return b, check(b.bytes())


def test_a_product_at_a_point():
    b, found = refutation((["6", "6"], ["0", "0"]))
    assert evaluate.network(b, b.claim["left"], [F(3, 2), F(-2)])[0] == 6
    assert found.verdict == "valid"
    assert refutation((["6", "6"], ["1", "1"]))[1].verdict == "invalid"
    assert refutation((["-6", "-6"], ["0", "0"]))[1].verdict == "invalid"


def test_a_product_of_enclosures():
    # exp(3/2) exp(-2)^2 = exp(-5/2) = 0.0820849986...
    near = ["820849/10000000", "820851/10000000"]
    assert refutation((near, ["0", "0"]), atom=True)[1].verdict == "valid"
    off = ["820851/10000000", "820853/10000000"]
    assert refutation((off, ["0", "0"]), atom=True)[1].verdict == "invalid"


def test_negative_factors_of_enclosures():
    b = Builder()
    silu = b.bank([b.atoms([("silu", 1, 0)])], [0, 0])
    left = b.network(2, silu, b.product([[0, 1, 1]], 2))
    right = b.network(2, b.linear([[0, 0]]))
    for point in (["-1", "-2"], ["-1", "3"], ["2", "-3"]):
        x, y = (evaluate.atom("silu", F(v)) for v in point)
        value, width = x * y * y, F(1, 10**12)
        c = Builder()
        c.objects, c.buffers = list(b.objects), list(b.buffers)
        sides = {"left": left, "right": right, "domain": []}
        c.claim = {"kind": "refuted", **sides}
        low = [
            str(F(round(v * 10**12), 10**12)) for v in (value - width, value + width)
        ]
        fields = {"left_value": low, "right_value": ["0", "0"]}
        c.judge("witness", point=point, output=0, **sides, **fields)
        assert check(c.bytes()).verdict == "valid", point
    assert box([(0, 1)]) == [["0", "1"]]
