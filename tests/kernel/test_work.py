"""Small files that ask for much: refused after an amount of work that is counted."""

from __future__ import annotations

import threading
from fractions import Fraction

import pytest

from kan_equiv.kernel import check, work
from kan_equiv.kernel.reader import InvalidError
from tests.kernel.builder import Builder

F = Fraction
TOO_MUCH = "more work than a file of this size may ask for"


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
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused(name, monkeypatch):
    """With a smaller allowance, so that the refusal comes early."""
    monkeypatch.setattr(work, "ALLOWANCE", 1 << 20)
    monkeypatch.setattr(work, "PER_BYTE", 1)
    verdict = check(HOSTILE[name]())
    assert verdict.verdict == "invalid"
    assert TOO_MUCH in verdict.reason


@pytest.mark.parametrize("name", ["wide_identity", "exact_powers", "enclosed_powers"])
def test_what_is_refused_before_it_is_written(name):
    assert TOO_MUCH in check(HOSTILE[name]()).reason


def test_every_check_begins_anew():
    """A refused file takes nothing from the next one, nor from other threads."""
    b = Builder()
    relu = b.bank([b.powers([(0, 1)])], [0])
    honest = b.equal(1, [relu], [relu, b.linear([[1]])])
    assert TOO_MUCH in check(wide_identity()).reason
    assert check(honest).verdict == "valid"
    with pytest.raises(InvalidError, match=TOO_MUCH):
        work.spend(1 << 40)
    found = []
    thread = threading.Thread(target=lambda: found.append(check(honest).verdict))
    thread.start()
    thread.join()
    assert found == ["valid"]


def test_many_networks_side_by_side_take_linear_time():
    b, n = Builder(), 20000
    network = b.network(1, b.bank([b.powers([(0, 1)])], [0]))
    stage = b.add("parallel", networks=[network] * n)
    verdict = check(b.equal(n, [stage], [stage]))
    assert (verdict.verdict, verdict.reason) == ("valid", "")
