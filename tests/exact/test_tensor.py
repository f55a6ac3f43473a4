from __future__ import annotations

import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kan_equiv.errors import NonFiniteWeightError, ValidationError
from kan_equiv.exact import FloatTensor, RationalTensor
from kan_equiv.exact.tensor import integers_of, integers_of_floats
from kan_equiv.testing.strategies import float_arrays, rationals, tensors

shapes = st.lists(st.integers(0, 3), max_size=3).map(tuple)
dtypes = st.sampled_from(("float16", "float32", "float64"))


@given(st.data(), shapes, dtypes)
def test_floats_are_kept_bit_for_bit(data, shape, dtype):
    array = data.draw(float_arrays(shape, dtype=dtype))
    tensor = FloatTensor.from_array(array, "w")
    assert (tensor.dtype, tensor.shape, tensor.size) == (dtype, shape, array.size)
    assert tensor.data == array.astype(array.dtype.newbyteorder("<")).tobytes()
    assert list(tensor.fractions()) == [Fraction(float(v)) for v in array.ravel()]
    back = tensor.to_float64().astype(dtype)
    assert back.tobytes() == array.tobytes()


@given(st.data(), dtypes)
def test_entries_by_index(data, dtype):
    array = data.draw(float_arrays((2, 3), dtype=dtype))
    exact = RationalTensor.from_fractions(array.ravel().tolist(), (2, 3))
    tensor = FloatTensor.from_array(array)
    for index in np.ndindex(2, 3):
        assert tensor[index] == exact[index] == Fraction(float(array[index]))


@given(st.data(), shapes)
def test_integers_over_one_denominator(data, shape):
    tensor = data.draw(tensors(shape))
    ints, d = integers_of(tensor)
    assert ints.shape == shape
    assert [Fraction(n, d) for n in ints.ravel().tolist()] == list(tensor.fractions())
    with pytest.raises(ValueError, match="read-only"):
        ints.setflags(write=False) or ints.fill(0)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=8))
def test_floats_as_integers(values):
    ints, d = integers_of_floats(np.array(values, dtype=np.float64))
    assert [Fraction(n, d) for n in ints.tolist()] == [Fraction(v) for v in values]
    assert d & (d - 1) == 0


@pytest.mark.parametrize(
    "value", [5e-324, -5e-324, 2.0**-1022, np.finfo(float).max, 2.0**53 + 2, -0.0, 0.0]
)
def test_extreme_floats_as_integers(value):
    ints, d = integers_of_floats(np.array([value, 1.0]))
    assert [Fraction(n, d) for n in ints.tolist()] == [Fraction(value), 1]


def test_every_float16_value():
    patterns = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    finite = patterns[np.isfinite(patterns)]
    tensor = FloatTensor.from_array(finite)
    assert list(tensor.fractions()) == [Fraction(v) for v in finite.tolist()]


def test_every_bfloat16_value_agrees_with_torch():
    torch = pytest.importorskip("torch")
    values = torch.arange(-(1 << 15), 1 << 15, dtype=torch.int16).view(torch.bfloat16)
    values = values[torch.isfinite(values)]
    patterns = values.view(torch.int16).numpy()
    tensor = FloatTensor.from_array(patterns, "w", "bfloat16")
    assert tensor.to_float64().tolist() == values.to(torch.float64).tolist()
    assert len(tensor.data) == 2 * tensor.size


@pytest.mark.parametrize("dtype", [*("float16", "float32", "float64"), "bfloat16"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_non_finite_weights_are_named_with_index(dtype, value):
    array = np.zeros((2, 3), dtype=np.float32)
    array[1, 2] = value
    if dtype == "bfloat16":
        array = (array.view(np.uint32) >> 16).astype(np.uint16)
    else:
        array = array.astype(dtype)
    with pytest.raises(NonFiniteWeightError, match=r"act_fun\.0\.coef\[1, 2\] is"):
        FloatTensor.from_array(array, "act_fun.0.coef", dtype)


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (np.zeros(2, dtype=np.int32), ""),
        (np.zeros(2, dtype=np.complex64), ""),
        (np.zeros(2, dtype=np.float64), "float32"),
        (np.zeros(2, dtype=np.float32), "bfloat16"),
        (np.zeros(2, dtype=np.float16), "bfloat16"),
    ],
)
def test_other_formats_are_refused(array, dtype):
    with pytest.raises(ValidationError):
        FloatTensor.from_array(array, "w", dtype)


def test_order_and_byte_order_do_not_matter():
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    plain = FloatTensor.from_array(array)
    assert FloatTensor.from_array(np.asfortranarray(array)) == plain
    assert FloatTensor.from_array(array.astype(">f4")) == plain
    assert FloatTensor.from_array(array.T) != plain


def test_the_name_is_no_part_of_the_value():
    array = np.ones(2, dtype=np.float32)
    left, right = FloatTensor.from_array(array, "a"), FloatTensor.from_array(array, "b")
    assert left == right
    assert hash(left) == hash(right)


@given(st.lists(rationals(), min_size=6, max_size=6))
def test_rational_tensors(values):
    tensor = RationalTensor.from_fractions(values, (2, 3))
    assert list(tensor.fractions()) == values
    assert tensor.to_float64().ravel().tolist() == [float(v) for v in values]
    assert pickle.loads(pickle.dumps(tensor)) == tensor
    for c, d in enumerate(tensor.denominators):
        column = values[c::3]
        assert all((v * d).denominator == 1 for v in column)
        assert d == max(d, *(v.denominator for v in column))


@pytest.mark.parametrize(
    ("shape", "numerators", "denominators", "match"),
    [
        ((2,), (1,), (1,), "asks for 2"),
        ((-1,), (), (1,), "non-negative"),
        ((1, 3), (1, 2, 3), (1, 1), "1 or 3"),
        ((1,), (1,), (0,), "positive"),
    ],
)
def test_malformed_rational_tensors_are_refused(shape, numerators, denominators, match):
    with pytest.raises(ValidationError, match=match):
        RationalTensor(shape, numerators, denominators)


def test_malformed_float_tensors_are_refused():
    with pytest.raises(ValidationError, match="dtype='float8'"):
        FloatTensor("float8", (1,), b"\0")
    with pytest.raises(ValidationError, match="asks for 2"):
        FloatTensor("float32", (2,), bytes(4))
    with pytest.raises(ValidationError, match="whole number"):
        FloatTensor("float32", (1,), bytes(5))
