"""straightline and floats: what programs mean, and how far float code is from it."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kan_equiv.emit.rounding import round_to
from kan_equiv.kernel.algebra import evaluate
from kan_equiv.kernel.floats import BITS, FORMATS, Arithmetic, representable
from kan_equiv.kernel.reader import InvalidError
from kan_equiv.kernel.straightline import decode, meaning

F = Fraction

UNARY = {"relu": lambda a: max(a, F(0)), "absolute": abs, "negative": lambda a: -a}
BINARY = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "minimum": min,
    "maximum": max,
}
BENDING = {"relu", "absolute", "minimum", "maximum"}


def exactly(program, x):
    """The value over the reals, instruction by instruction."""
    held = [x]
    for name, *rest in program:
        if name == "constant":
            held.append(F(rest[0]))
        elif name == "divided":
            held.append(held[rest[0]] / F(rest[1]))
        elif name in UNARY:
            held.append(UNARY[name](held[rest[0]]))
        else:
            held.append(BINARY[name](*(held[r] for r in rest)))
    return held[-1]


class SoftFloat:
    """One of the machines that the model allows: it flushes and fuses as it likes."""

    def __init__(self, name, rng):
        self.name, self.rng = name, rng
        bits, least, _ = FORMATS[name]
        self.least_normal = F(2) ** (least + bits - 1)

    def flush(self, value):
        small = abs(value) < self.least_normal
        return F(0) if small and self.rng.random() < 0.5 else value

    def round(self, value):
        return self.flush(round_to(value, self.name))

    def run(self, program, x):
        held, products = [x], [None]
        for name, *rest in program:
            product = None
            if name == "constant":
                value = F(rest[0])
            elif name in ("minimum", "maximum", "relu", "absolute", "negative"):
                of = [self.flush(held[r]) for r in rest]
                value = {**UNARY, **BINARY}[name](*of)
            else:
                of = [self.flush(held[r]) for r in rest]
                exact = BINARY[name](*of)
                if name == "multiply":
                    product = exact
                elif (
                    name == "add"
                    and products[rest[1]] is not None
                    and self.rng.random() < 0.5
                ):
                    exact = of[0] + products[rest[1]]
                value = self.round(exact)
            held.append(value)
            products.append(product)
        return held[-1]


@st.composite
def programs(draw):
    """Programs of degree <= 4 with float32 constants."""
    degrees, listed = [1], []
    numbers = st.floats(-4, 4, width=32).map(F)
    for k in range(draw(st.integers(0, 9))):
        kind = draw(st.sampled_from(["constant", *UNARY, *BINARY]))
        if kind == "constant":
            listed.append([kind, str(draw(numbers))])
            degrees.append(0)
            continue
        of = [draw(st.integers(0, k)) for _ in range(1 if kind in UNARY else 2)]
        degree = max(degrees[r] for r in of)
        if kind == "multiply":
            degree = sum(degrees[r] for r in of)
        if (kind in BENDING and degree > 1) or degree > 4:
            kind, of, degree = "negative", of[:1], degrees[of[0]]
        listed.append([kind, *of])
        degrees.append(degree)
    return listed


points = st.floats(-3, 3, width=32).map(F)


@given(programs(), points)
def test_a_program_means_what_its_instructions_say(program, x):
    assert evaluate(meaning(decode(program)), x) == exactly(program, x)


@given(programs(), points, points, st.integers(0, 10**9), st.booleans())
def test_float_code_stays_within_the_error_on_every_machine(program, a, b, seed, tiny):
    if tiny:
        a, b = (round_to(v * F(2) ** -130, "float32") for v in (a, b))
    low, high = min(a, b), max(a, b)
    model = Arithmetic("float32", 8)
    ends = (
        (low.numerator << BITS) // low.denominator,
        -((-high.numerator << BITS) // high.denominator),
    )
    first, last, error = model.run(model.prepared(decode(program)), *ends)
    rng = random.Random(seed)
    machine = SoftFloat("float32", rng)
    for x in (low, high, round_to((low + high) / 2, "float32")):
        true, found = exactly(program, x), machine.run(program, x)
        assert first <= true * 2**BITS <= last
        assert abs(found - true) * 2**BITS <= error


def test_a_hat_is_exact_far_from_its_support():
    """Nothing is off where a ReLU is shut with room to spare."""
    program = decode(
        [["constant", "1"], ["absolute", 0], ["subtract", 1, 2], ["relu", 3]]
    )
    model = Arithmetic("float32", 8)
    ready = model.prepared(program)
    assert model.run(ready, 2 << BITS, 3 << BITS) == (0, 0, 0)
    _, top, error = model.run(ready, 0, 1 << BITS)
    assert top == 1 << BITS
    assert 0 < error <= 3 << BITS - 24


def test_errors_are_carried_through_products_and_sums() -> None:
    model, one = Arithmetic("float32", 8), 1 << BITS
    third = str(round_to(F(1, 3), "float32"))
    inner = [["constant", third], ["add", 0, 1]]
    *_, first = model.run(model.prepared(decode(inner)), one, one)
    assert first >= F(4, 3) * one / 2**25
    square = [*inner, ["multiply", 2, 2]]
    *_, second = model.run(model.prepared(decode(square)), one, one)
    least = F(8, 3) * first + F(16, 9) * one / 2**24
    assert least <= second + 2 <= least * (1 + F(1, 2**20))
    both = [*inner, ["subtract", 0, 2]]
    *_, third_error = model.run(model.prepared(decode(both)), one, one)
    assert first < third_error < 2 * first


@pytest.mark.parametrize(
    ("listed", "reason"),
    [
        ([["constant", "1/3"]], "no float32"),
        ([["constant", "16777217"]], "no float32"),
        ([["constant", str(F(1, 2**150))]], "no float32"),
        ([["constant", str(2**127)], ["multiply", 1, 1]], "overflow"),
        ([["negative", 0, 0]], "other arguments"),
        ([["negative", 1]], "expected an integer"),
        ([["square", 0]], "unknown instruction"),
        ([["atom", 0, "tan"]], "unknown atom"),
        ([["divided", 0, "2"], ["negative", 1]], "last"),
        ([["divided", 0, "1/2"]], "positive integer"),
        ([["divided", 0, "0"]], "positive integer"),
        ([["divided", 0, "-2"]], "positive integer"),
    ],
)
def test_what_is_refused(listed, reason):
    model = Arithmetic("float32", 8)
    with pytest.raises(InvalidError, match=reason):
        model.run(model.prepared(decode(listed)), 0, 1 << BITS)


@pytest.mark.parametrize(
    ("listed", "reason"),
    [
        ([["multiply", 0, 0], ["relu", 1]], "piecewise linear"),
        ([["multiply", 0, 0], ["atom", 1, "silu"]], "affine"),
        ([["constant", "1"], ["atom", 1, "silu"]], "affine"),
        ([["atom", 0, "silu"], ["multiply", 1, 1]], "piecewise polynomials"),
        ([["multiply", k, k] for k in range(1000)], "degree above 64"),
    ],
)
def test_meanings_that_are_refused(listed, reason):
    with pytest.raises(InvalidError, match=reason):
        meaning(decode(listed))


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_floats_are_representable_and_their_neighbours_are_not(x):
    value = F(x)
    n, scale = value.numerator, value.denominator.bit_length() - 1
    assert representable(n, scale, "float32")
    assert representable(n, scale, "float64")
    if x:
        assert not representable(n * 2**26 + 1, scale + 26, "float32")
    assert representable(n, scale, "bfloat16") == (round_to_or_none(value) == value)


def round_to_or_none(value):
    try:
        return round_to(value, "bfloat16")
    except Exception:
        return None
