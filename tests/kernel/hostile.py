"""Certificates that a careless kernel would accept, or would never be done with."""

from __future__ import annotations

from fractions import Fraction

from kan_equiv.kernel.enclosure import atom
from tests.kernel.builder import Builder, box, rat

F = Fraction


def exp_after_a_shift(below=0):
    """exp(x) and exp(x + e) at one point c, and the bound that is stated.

    Here c = 100 + 9/10 2^-128, e is far smaller, and the bound is e times the largest
    slope, an upper bound of exp(c + e) with 128 bits, of one bit less with below = 1.
    """
    b, e = Builder(), F(1, 1 << 200)
    c = 100 + F(9, 10 << 128)
    z = c + e
    argument = -((-z.numerator << 128) // z.denominator) - below
    bound = e * F(atom("exp", (argument, argument), 128)[1], 1 << 128)
    same, shifted = b.linear([[1]]), b.linear([[1]], [e])
    unit = b.bank([b.atoms([("exp", 1, 0)])], [0])
    point = {"domain": box([(c, c)])}
    cut = {"subdivisions": 0, "points": [], "attained": []}
    inner = {"left": b.network(1, same), "right": b.network(1, shifted)} | point
    b.judge("distance", bounds=[rat(e)], **cut, **inner)
    outer = {"left": b.network(1, unit), "right": b.network(1, unit)} | point
    b.judge("distance", bounds=["0"], **cut, **outer)
    reach = {"bounds": box([(c, c)]), "subdivisions": 0} | point
    b.judge("range", in_features=1, stages=[same], **reach)
    sides = {"left": b.network(1, same, unit), "right": b.network(1, shifted, unit)}
    layers = [
        {"distance": 0, "range": [2], "errors": [rat(e)]},
        {"distance": 1, "range": [], "errors": [rat(bound)]},
    ]
    b.judge("propagation", layers=layers, **sides, **point)
    b.claim = {"kind": "within", "epsilon": [rat(bound)]} | sides | point
    return b.bytes(), c, e, bound


def wide_identity():
    b, n = Builder(), 1 << 24
    a = b.network(n)
    b.compose(a, a, [[0, b.window(n, [], []), "forward"]])
    return b.bytes()


def nested_direct_sums():
    b, n = Builder(), 1
    stage = b.bank([b.powers([(0, 1)])], [0])
    for _ in range(23):
        network, n = b.network(n, stage), 2 * n
        stage = b.add("parallel", networks=[network, network])
    return b.equal(n, [stage], [stage])


def tent_after_tent():
    b = Builder()
    bank = b.bank([b.powers([(0, 1), (F(1, 2), 1), (1, 1)])], [0])
    word = [bank, b.linear([[2, -4, 2]])] * 40
    return b.equal(1, word, word)


def powers_of_powers(left, right):
    b = Builder()
    power = b.bank([b.add("monomial", degrees=[64])], [0])
    sides = {"left": b.network(1, *[power] * 8), "right": b.network(1, *[power] * 9)}
    sides |= {"domain": []}
    b.claim = {"kind": "refuted"} | sides
    values = {"left_value": left, "right_value": right}
    b.judge("witness", point=["2"], output=0, **values, **sides)
    return b.bytes()


def splines_of_many_digits():
    b = Builder()
    knots = [F(10**900 * i + 7 * i * i + 1, 3 * 10**900 + 1 + i) for i in range(130)]
    bank = b.bank([b.bspline(knots, 64)], [0])
    return b.equal(1, [bank], [bank])


def many_factors():
    b = Builder()
    tensor = b.floats([100, 2], [1.1] * 200)
    product = b.dense(100, 1, 2, *[(tensor, "oc")] * 20000)
    stage = b.affine(product, [0] * 100)
    return b.equal(2, [stage], [b.linear([[0, 0]] * 100)])


def powers_of_a_matrix():
    b = Builder()
    tensor = b.floats([50, 50], [1.1] * 2500)
    power = b.dense(50, 1, 50, (tensor, "oc"))
    for _ in range(6):
        power = b.add("composition", maps=[power] * 8)
    other = b.linear([[int(i == j) for j in range(50)] for i in range(50)])
    return b.equal(50, [b.affine(power, [0] * 50)], [other])


def a_word_that_grows():
    b = Builder()
    line = b.linear([[1]])
    network, window = b.network(1), b.window(1, [], [line] * 5000)
    b.compose(network, network, [[0, window, "forward"]] * 5000)
    return b.bytes()


def tensors_of_one_buffer():
    b = Builder()
    b.floats([50000], [1.0] * 50000)
    b.objects *= 2000
    b.claim = {"kind": "network", "network": 0}
    return b.bytes()


def cells_of_many_lines():
    b = Builder()
    bank = b.bank([b.powers([(t, 1) for t in range(4000)])], [0])
    b.judge(
        "regions_equal", in_features=1, left=[bank], right=[bank], domain=[], cells=1
    )
    network = b.network(1, bank)
    b.compose(network, network, [[0, 0, "forward"]])
    return b.bytes()


def forms_of_a_wide_identity():
    return alone("maxima_equal", Builder(), 4000, [])


def factors_of_a_wide_identity():
    return alone("products_equal", Builder(), 1 << 24, [])


def forms_of_many_digits():
    b = Builder()
    weight = b.linear([[F(3**2000, 1 << 3000)]])
    return alone("maxima_equal", b, 1, [weight] * 200)


def one_plane_of_many_inputs():
    b, n = Builder(), 1 << 17
    sides = [[b.product([pair] * 500, n)] for pair in ([0, 1], [1, 0])]
    return b.equal(n, *sides)


def one_mix_of_many_inputs():
    b, n = Builder(), 1 << 17
    two = b.affine(b.selection([0, 1], n), b.integers([2], [0, 0]))
    mix, relu = b.linear([[1, 1]] * 500), b.powers([(0, 1)])
    words = [[two, mix, b.bank([relu], [0] * 500)] for _ in range(2)]
    return b.equal(n, *words)


def a_chain_of_long_ends():
    """Equality of a network with itself, cited again and again."""
    b, n = Builder(), 1
    a, ends = b.network(n), [(F(1, 3**4000), F(1, 2**6000))]
    wide = {"left": a, "right": a, "domain": box(ends)}
    cut = {"subdivisions": 0, "points": [], "attained": []}
    b.judge("distance", bounds=["0"], **cut, **wide)
    b.judge("composition", steps=[], **wide)
    b.judge("transfer", within=0, left_equal=[1] * 4000, right_equal=[], **wide)
    b.claim = {"kind": "within", "epsilon": ["0"]} | wide
    return b.bytes()


def rows_of_many_columns():
    b = Builder()
    kinks = [[["constant", str(k)], ["subtract", 0, 1], ["relu", 2]] for k in range(64)]
    programs = b.add("straight_line", programs=kinks + [[]] * 2000)
    word = [b.bank([programs], [0]), b.linear([[1] * 2064])]
    n = b.network(1, *word)
    claim = {"left": n, "right": n, "domain": box([(-1, 65)]), "format": "float32"}
    claim |= {"values": "", "terms": 1, "ulps": 1, "depth": 0}
    layers = [{"stages": word, "range": [], "errors": ["1"]}]
    b.judge("rounding", cuts=6, within=[], layers=layers, **claim)
    b.claim = {"kind": "rounding", "epsilon": ["1"]} | claim
    return b.bytes()


def the_greatest_of_long_numbers():
    b = Builder()
    power = b.bank([b.add("monomial", degrees=[64])], [0])
    greatest = b.maximum([[0, 0]] * 1000, 1)
    sides = {"left": b.network(1, *[power] * 2, greatest)}
    sides |= {"right": b.network(1, greatest), "domain": []}
    b.claim = {"kind": "refuted"} | sides
    values = {"left_value": ["1", "1"], "right_value": ["2", "2"]}
    b.judge("witness", point=["3/2"], output=0, **values, **sides)
    return b.bytes()


def a_box_of_many_denominators():
    b, n = Builder(), 400
    ends = [(0, F(1, 10**100 + k)) for k in range(n)]
    mix, relu = b.linear([[1] * n]), b.bank([b.powers([(0, 1)])], [0])
    return b.equal(n, [mix, relu], [mix, relu], ends)


def alone(kind, b, n, word):
    """A judgement that a word equals itself."""
    shown = b.judge(kind, in_features=n, left=word, right=word, domain=[])
    a = b.network(n, *word)
    b.compose(a, a, [[0, shown, "forward"]])
    return b.bytes()


HOSTILE = {
    "wide_identity": wide_identity,
    "nested_direct_sums": nested_direct_sums,
    "tent_after_tent": tent_after_tent,
    "exact_powers": lambda: powers_of_powers(["1", "1"], ["2", "2"]),
    "enclosed_powers": lambda: powers_of_powers(["1", "2"], ["3", "4"]),
    "splines_of_many_digits": splines_of_many_digits,
    "many_factors": many_factors,
    "powers_of_a_matrix": powers_of_a_matrix,
    "a_word_that_grows": a_word_that_grows,
    "tensors_of_one_buffer": tensors_of_one_buffer,
    "cells_of_many_lines": cells_of_many_lines,
    "forms_of_a_wide_identity": forms_of_a_wide_identity,
    "factors_of_a_wide_identity": factors_of_a_wide_identity,
    "forms_of_many_digits": forms_of_many_digits,
    "one_plane_of_many_inputs": one_plane_of_many_inputs,
    "one_mix_of_many_inputs": one_mix_of_many_inputs,
    "a_chain_of_long_ends": a_chain_of_long_ends,
    "rows_of_many_columns": rows_of_many_columns,
    "the_greatest_of_long_numbers": the_greatest_of_long_numbers,
    "a_box_of_many_denominators": a_box_of_many_denominators,
}
