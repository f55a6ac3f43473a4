from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kan_equiv.exact.primitive import dot, primitive_rows, vector

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SMALL = st.sampled_from([0.0, -0.0, 0.5, -1.5, 3.0, 2.0**40, -(2.0**-30), 5e-324])
NUMBERS = st.one_of(SMALL, FLOATS)


def is_primitive(entries: list[int]) -> bool:
    first = next(v for v in entries if v)
    return math.gcd(*entries) == 1 and first > 0


@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=4))
def test_rows_of_floats(rows: list[tuple[float, ...]]) -> None:
    for row, (v, factor) in zip(rows, primitive_rows(np.array(rows)), strict=True):
        exact = [Fraction(x) for x in row]
        if v is None:
            assert not any(exact)
            assert factor == 0
        else:
            assert is_primitive(vector(v, 3))
            assert [factor * x for x in vector(v, 3)] == exact
            assert isinstance(v, int) == (sum(map(bool, exact)) == 1)
            assert dot(v, [5, -7, 11]) * factor == sum(
                (a * x for a, x in zip([5, -7, 11], exact, strict=True)), Fraction(0)
            )


@given(st.lists(st.tuples(*[st.integers(-(2**70), 2**70)] * 2), min_size=1, max_size=4))
def test_rows_of_integers(rows: list[tuple[int, int]]) -> None:
    table = np.array(rows, dtype=object)
    for row, (v, factor) in zip(rows, primitive_rows(table), strict=True):
        assert [factor * x for x in (vector(v, 2) if v is not None else [0, 0])] == [
            *row
        ]


@given(
    st.tuples(*[st.integers(-(2**70), 2**70)] * 3).filter(any),
    st.fractions().filter(bool),
    st.sampled_from([1, 2**64 + 1]),
)
def test_parallel_rows_have_one_direction(
    row: tuple[int, ...], scale: Fraction, big: int
) -> None:
    """Whether a row comes as floats, words or long integers."""
    n, d = scale.numerator, scale.denominator
    tables = [
        np.array([row], dtype=object),
        np.array([[n * v * big for v in row]], dtype=object),
        np.array([[-d * v for v in row]], dtype=object),
    ]
    found = [primitive_rows(t)[0][0] for t in tables]
    assert found[0] == found[1] == found[2]


def test_floats_and_integers_agree() -> None:
    table = np.array([[0.75, -(2.0**-60)], [1.0, 2.0**61], [1.0, 2.0**80]])
    exact = [[int(Fraction(v) * 2**60) for v in row] for row in table.tolist()]
    floats = primitive_rows(table)
    integers = primitive_rows(np.array(exact, dtype=object))
    assert [v for v, _ in floats] == [v for v, _ in integers]
    assert [f * 2**60 for _, f in floats] == [f for _, f in integers]


@pytest.mark.parametrize("n", [1, 2, 5])
def test_unit_vectors_are_indices(n: int) -> None:
    rows = primitive_rows(np.diag(np.arange(1.0, n + 1)))
    assert rows == [(i, Fraction(i + 1)) for i in range(n)]
