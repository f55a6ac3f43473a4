"""products: layers computed by machines that round, fuse, flush and reorder at will."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kan_equiv.emit.rounding import round_to
from kan_equiv.kernel import products, straightline
from kan_equiv.kernel.floats import BITS, Arithmetic
from kan_equiv.kernel.products import Model
from kan_equiv.kernel.reader import InvalidError
from tests.kernel.builder import Builder
from tests.kernel.test_floats import SoftFloat, exactly

F = Fraction
IDENTITY: list = []
HAT = [["constant", "1"], ["absolute", 0], ["subtract", 1, 2], ["relu", 3]]
SQUARE = [["relu", 0], ["multiply", 1, 1], ["divided", 2, "2"]]
LINE = [["constant", "3/8"], ["multiply", 0, 1], ["add", 2, 0]]
PROGRAMS = [IDENTITY, HAT, SQUARE, LINE]
BOX = ((F(-1), F(1)), (F(1, 4), F(3, 2)))


def layer(columns, weights, bias, terms=1):
    """The bytes of a file with a bank and an affine stage, and their indices.

    Args:
        columns: programs of each input.
        weights: rows of float32 numbers, over all copies.
        bias: float32 numbers.
    """
    b = Builder()
    bases = [b.add("straight_line", programs=listed * terms) for listed in columns]
    bank = b.bank(bases, list(range(len(bases))))
    flat = [float(v) for row in weights for v in row]
    matrix = b.floats((len(weights), len(weights[0])), flat)
    weight = b.dense(len(weights), 1, len(weights[0]), (matrix, "oc"))
    affine = b.affine(weight, b.floats((len(bias),), [float(v) for v in bias]))
    b.claim = {}
    return b.bytes(), [bank, affine]


def bound(columns, weights, bias, model, box=BOX, cuts=2):
    data, stages = layer(columns, weights, bias, model.terms)
    return products.added(data, stages, box[: len(columns)], model, cuts)


def computed(columns, weights, bias, model, x, rng):
    """The outputs of one machine at a point."""
    machine = SoftFloat("float32", rng)
    out = []
    split = [split_values(machine, p, v, model) for p, v in values(machine, columns, x)]
    once = sum(map(len, columns))
    for row, b in zip(weights, bias, strict=True):
        divided, plain = [], [(b, None)]
        starts = np.cumsum([0, *[len(c) * model.terms for c in columns]])
        k = 0
        for i, listed in enumerate(columns):
            for j, program in enumerate(listed):
                n = divisor(program)
                for s, a in enumerate(split[k]):
                    for t in range(model.terms - s if model.values else 1):
                        w = F(float(row[starts[i] + t * len(listed) + j]))
                        place = divided if n > 1 else plain
                        place.append((a, w))
                k += 1
        assert k == once
        total = add_up(machine, plain)
        if divided:
            part = add_up(machine, divided)
            total = machine.round(total + machine.round(part / 2))
        out.append(total)
    return out


def divisor(program):
    return int(program[-1][2]) if program and program[-1][0] == "divided" else 1


def values(machine, columns, x):
    for listed, at in zip(columns, x, strict=True):
        for program in listed:
            plain = [i for i in program if i[0] != "divided"]
            yield program, machine.run(plain, at)


def split_values(machine, program, value, model):
    del program
    if not model.values:
        return [value]
    out, rest = [], value
    for _ in range(model.terms):
        out.append(round_to(rest, model.values))
        rest = machine.round(rest - out[-1])
    return out


def add_up(machine, pairs):
    """A sum in a random tree; products are sometimes fused into it."""
    nodes = [
        (a, None) if w is None else (None, machine.flush(a) * machine.flush(w))
        for a, w in pairs
    ]
    machine.rng.shuffle(nodes)
    while len(nodes) > 1:
        at = machine.rng.randrange(len(nodes) - 1)
        (a, p), (b, q) = nodes[at : at + 2]
        if p is not None:
            a = machine.round(p)
        if q is not None and machine.rng.random() < 0.5:
            b = machine.round(q)
        elif q is not None:
            b = q
        nodes[at : at + 2] = [(machine.round(a + b), None)]
    ((a, p),) = nodes
    return machine.round(p) if a is None else a


def exact(columns, weights, bias, terms, x):
    out = []
    for row, b in zip(weights, bias, strict=True):
        total, c = F(b), 0
        for listed, at in zip(columns, x, strict=True):
            for _ in range(terms):
                for program in listed:
                    total += exactly(program, at) * F(float(row[c]))
                    c += 1
        out.append(total)
    return out


MODELS = [
    Model("float32", "", 1, 8, 0),
    Model("float32", "tf32", 1, 8, 0),
    Model("float32", "tf32", 2, 8, 0),
    Model("float32", "float16", 2, 8, 0),
    Model("float32", "bfloat16", 3, 8, 0),
]
sizes = st.sampled_from([1.0, 1.0, 2.0**-70, 2.0**-149])


@given(st.sampled_from(MODELS), st.integers(0, 10**9), sizes)
def test_no_machine_is_farther_off(model: Model, seed: int, size: float) -> None:
    rng = random.Random(seed)
    columns = [rng.sample(PROGRAMS, rng.randrange(1, 4)) for _ in BOX]
    width = sum(map(len, columns)) * model.terms
    form = model.values or "float32"
    weights = []
    for _ in range(2):
        drawn = [rng.uniform(-1, 1) * size for _ in range(width)]
        if rng.random() < 0.3:
            drawn = [abs(v) for v in drawn]
        if rng.random() < 0.3:
            drawn[rng.randrange(width)] = 0.0
        weights.append([float(round_to(F(v), form)) for v in drawn])
    bias = [round_to(F(rng.uniform(-1, 1) * size), "float32") for _ in range(2)]
    limits = bound(columns, weights, bias, model)
    for _ in range(3):
        x = [
            round_to(rng.choice([*ends, F(rng.uniform(*map(float, ends)))]), "float32")
            for ends in BOX
        ]
        true = exact(columns, weights, bias, model.terms, x)
        found = computed(columns, weights, bias, model, x, rng)
        for a, b, limit in zip(true, found, limits, strict=True):
            assert abs(a - b) <= limit


def test_the_bound_of_a_sum_is_gamma_times_the_magnitudes() -> None:
    """x alone has no error: what is left is 4 factors for 3 products and a bias."""
    weights = [[0.5, -2.0, 1.0]]
    found = bound([[IDENTITY] * 3], weights, [F(1)], MODELS[0], ((F(-2), F(2)),))
    gamma = F(4, 2**24 - 4)
    least = gamma * (1 + 2 * F(7, 2))
    assert least <= found[0] <= least * (1 + F(1, 2**60))
    halved = bound(
        [[IDENTITY] * 3], weights, [F(1)], MODELS[0]._replace(depth=1), ((F(-2), F(2)),)
    )
    assert abs(halved[0] - 8 * F(2, 2**24 - 2)) < F(1, 2**80)


def test_the_errors_of_values_count_in_full() -> None:
    """E + g(M + E) for one column, from the table; halved where the sum is halved."""
    box = ((F(-1), F(1)),)
    for program, factors in ((HAT, 1), (SQUARE, 2)):
        model = Arithmetic("float32", 8)
        ready = model.prepared(straightline.decode(program))
        *_, error = model.run(ready, -1 << BITS, 1 << BITS)
        half = divisor(program)
        gamma = F(factors, 2**24 - factors)
        off = F(error, half << BITS)
        least = off + gamma * (F(1, half) + off)
        (found,) = bound([[program]], [[1.0]], [F(0)], MODELS[0], box, cuts=0)
        assert least <= found < least + F(1, 2**100)


def test_zero_weights_and_biases_do_not_count() -> None:
    box = ((F(-1), F(1)),)
    one = bound([[IDENTITY]], [[1.0]], [F(0)], MODELS[0], box)
    more = bound([[IDENTITY] * 3], [[1.0, 0.0, 0.0]], [F(0)], MODELS[0], box)
    assert abs(one[0] - more[0]) < F(1, 2**100)
    assert abs(one[0] - F(1, 2**24 - 1)) < F(1, 2**100)


def test_independent_inputs_take_their_own_maxima() -> None:
    """Hats of height 1 at 0 and at 2: each point sees one of them, not both."""
    far = [["constant", "2"], ["subtract", 0, 1], ["absolute", 2], ["constant", "1"]]
    far += [["subtract", 4, 3], ["relu", 5]]
    box = ((F(-1), F(3)),)
    both = bound([[HAT, far]], [[1.0, 1.0]], [F(0)], MODELS[0], box)[0]
    one = bound([[HAT]], [[1.0]], [F(0)], MODELS[0], box)[0]
    assert both < F(3, 2) * one + F(2, 2**24)


@pytest.mark.parametrize(
    ("columns", "weights", "bias", "model", "reason"),
    [
        ([[HAT]], [[3e38]], [F(0)], MODELS[0], "a sum may overflow"),
        ([[HAT]], [[0.0001]], [F(0)], MODELS[1], "is no tf32"),
        ([[HAT]], [[0.1, 0.1]], [F(0)], MODELS[3], "is no float16"),
        (
            [[[["constant", str(2**18)]]]],
            [[1.0, 0.0]],
            [F(0)],
            MODELS[3],
            "beyond float16",
        ),
    ],
)
def test_what_is_refused(columns, weights, bias, model, reason) -> None:
    with pytest.raises(InvalidError, match=reason):
        bound(columns, weights, bias, model)


def test_copies_have_to_agree() -> None:
    b = Builder()
    base = b.add("straight_line", programs=[HAT, IDENTITY])
    matrix = b.matrix([[1, 1]])
    stages = [b.bank([base], [0]), b.affine(matrix, [0])]
    b.claim = {}
    assert products.added(b.bytes(), stages, BOX[:1], MODELS[0], 1)
    with pytest.raises(InvalidError, match="copies of an input's functions differ"):
        products.added(b.bytes(), stages, BOX[:1], MODELS[2], 1)


@pytest.mark.parametrize("value", [F(1, 3), F(2**24 + 1), F(1, 2**150)])
def test_weights_and_biases_are_floats(value: Fraction) -> None:
    for row, bias in (([value], [0]), ([1], [value])):
        b = Builder()
        base = b.add("straight_line", programs=[IDENTITY])
        stages = [b.bank([base], [0]), b.affine(b.matrix([row]), bias)]
        b.claim = {}
        with pytest.raises(InvalidError, match="a weight or bias is no float32"):
            products.added(b.bytes(), stages, BOX[:1], MODELS[0], 1)


def test_other_stages_are_no_layers() -> None:
    b = Builder()
    relu = b.bank([b.powers([(0, 1)])], [0])
    line = b.linear([[1]])
    b.claim = {}
    for stages, reason in (
        ([relu, line], "no list of straight-line programs"),
        ([line, line], "a bank and an affine stage"),
        ([line], "a bank and an affine stage"),
    ):
        with pytest.raises(InvalidError, match=reason):
            products.added(b.bytes(), stages, BOX[:1], MODELS[0], 1)
