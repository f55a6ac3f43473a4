"""Tensors and linear maps of the kernel against plain matrices of Fractions."""

from __future__ import annotations

import struct
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kan_equiv.kernel.linear import LinearMap, Tensor
from kan_equiv.kernel.reader import File
from kan_equiv.kernel.stages import TYPES
from tests.kernel import evaluate
from tests.kernel.builder import Builder

F = Fraction


def decoded(b):
    b.format, b.claim = "kan_equiv.network", None
    return File(b.bytes(), TYPES.__getitem__).objects


def values(vector):
    integers, den = vector
    assert den >= 1
    assert all(type(v) is int for v in integers)
    return [F(v, den) for v in integers]


def test_every_finite_float16():
    finite = [n for n in range(2**16) if n >> 10 & 31 != 31]
    data = struct.pack(f"<{len(finite)}H", *finite)
    b = Builder()
    b.add("float_tensor", dtype="float16", shape=[len(finite)], buffer=0, name="")
    b.buffer(data)
    (tensor,) = decoded(b)
    expected = [F(v) for v in struct.unpack(f"<{len(finite)}e", data)]
    assert values(tensor.line(0, 1, len(finite))) == expected
    for k in range(0, len(finite), 97):
        assert values(tensor.line(k, 1, 1)) == [expected[k]]


EXTREMES = {
    "float32": [1e-45, -1e-45, 1.17549435e-38, 3.4028234e38, -3.4028234e38, 0.0, -0.0],
    "float64": [5e-324, -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -0.0],
    "bfloat16": [1.0, -2.0, 3.140625, 1.1754943508222875e-38, 3.3895313892515355e38],
}


@pytest.mark.parametrize("dtype", sorted(EXTREMES))
def test_extreme_floats(dtype):
    b = Builder()
    numbers = [*EXTREMES[dtype], 1.0, 0.5, -1.5]
    b.floats([len(numbers)], numbers, dtype)
    (tensor,) = decoded(b)
    expected = list(evaluate.tensor(b, 0).values())
    assert values(tensor.line(0, 1, len(numbers))) == expected
    assert values(tensor.line(1, 2, 2)) == expected[1:5:2]
    big = [v for v in range(1, 4) if expected[v] > 1e30]
    for k in big:
        assert values(tensor.line(k, 1, 1)) == [expected[k]]


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1))
def test_float32(numbers):
    b = Builder()
    b.floats([len(numbers)], numbers)
    (tensor,) = decoded(b)
    assert values(tensor.line(0, 1, len(numbers))) == [F(v) for v in numbers]


@given(
    st.lists(st.integers(-(2**70), 2**70), min_size=12, max_size=12),
    st.sampled_from([[7], [1, 2, 3], [6, 4, 9]]),
    st.integers(0, 11),
    st.integers(1, 5),
)
def test_lines_of_integer_tensors(numbers, dens, start, step):
    b = Builder()
    b.integers([2, 2, 3], numbers, dens)
    (tensor,) = decoded(b)
    flat = list(evaluate.tensor(b, 0).values())
    count = len(flat[start::step])
    assert values(tensor.line(start, step, count)) == flat[start::step]


@st.composite
def maps(draw, b, inputs, depth=2):
    """A random map with this many inputs; returns its index."""
    small = st.integers(1, 3)
    kinds = [
        "selection",
        "dense",
        "dense",
        *["block", "composition", "weave"] * bool(depth),
    ]
    kind = draw(st.sampled_from(kinds))
    if kind == "selection":
        index = st.integers(0, inputs - 1)
        return b.selection(draw(st.lists(index, min_size=1, max_size=4)), inputs)
    if kind == "block" and inputs > 1:
        cut = draw(st.integers(1, inputs - 1))
        parts = [draw(maps(b, n, depth - 1)) for n in (cut, inputs - cut)]
        return b.add("block_diagonal", blocks=parts, block_of=[0, 1])
    if kind == "composition":
        first = draw(maps(b, inputs, depth - 1))
        middle = len(evaluate.matrix(b, first))
        return b.add("composition", maps=[first, draw(maps(b, middle, depth - 1))])
    if kind == "weave" and inputs % 2 == 0:
        part = draw(maps(b, 2, 0))
        n = inputs // 2
        if n in (1, 2):
            same = [part] * n
            return b.add("interleave", parts=same, inputs=draw(st.sampled_from([1, 2])))
    width = draw(st.sampled_from([k for k in (1, 2, 3, inputs) if inputs % k == 0]))
    out, groups = draw(small), inputs // width
    sizes = {"o": out, "i": groups, "k": width, "c": inputs}
    factors = []
    for _ in range(draw(st.integers(1, 3))):
        letters = draw(
            st.sampled_from(["oik", "oc", "c", "o", "ko", "kio", "i", "co", ""])
        )
        letters = "".join(draw(st.permutations(letters)))
        shape = [sizes[a] for a in letters]
        count = 1
        for n in shape:
            count *= n
        numbers = draw(st.lists(st.integers(-9, 9), min_size=count, max_size=count))
        if draw(st.booleans()):
            tensor = b.floats(shape, [v / 4 for v in numbers])
        else:
            last = shape[-1] if shape and draw(st.booleans()) else 1
            tensor = b.integers(shape, numbers, draw_dens(draw, last))
        factors.append((tensor, letters))
    return b.dense(out, groups, width, *factors)


def draw_dens(draw, count):
    return draw(st.lists(st.integers(1, 12), min_size=count, max_size=count))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_columns_and_application(data):
    b = Builder()
    inputs = data.draw(st.integers(1, 6))
    index = data.draw(maps(b, inputs))
    rows = evaluate.matrix(b, index)
    m = decoded(b)[index]
    assert isinstance(m, LinearMap)
    assert (m.outputs, m.inputs) == (len(rows), inputs)
    for c in range(inputs):
        assert values(m.column(c)) == [row[c] for row in rows]
    x = data.draw(st.lists(st.integers(-5, 5), min_size=inputs, max_size=inputs))
    image = [
        sum((w * v for w, v in zip(row, x, strict=True)), F(0)) / 3 for row in rows
    ]
    assert values(m.apply((x, 3))) == image


def test_tensors_are_told_from_maps():
    b = Builder()
    b.floats([1], [1.0])
    b.selection([0], 1)
    tensor, m = decoded(b)
    assert isinstance(tensor, Tensor)
    assert not isinstance(m, Tensor)
