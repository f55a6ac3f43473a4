from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kan_equiv.errors import ValidationError
from kan_equiv.exact import Enclosure, FloatTensor, RationalTensor
from kan_equiv.ir import (
    BlockDiagonal,
    Composition,
    Dense,
    Interleave,
    LinearMap,
    Selection,
)
from kan_equiv.ir.linear import compose
from kan_equiv.testing.strategies import dense_maps, linear_maps, rationals

Matrix = list[list[Fraction]]


def entries(m: LinearMap) -> Matrix:
    """The matrix from the definition of each class, entry by entry."""
    rows, columns = m.out_features, m.in_features
    zero = [[Fraction(0)] * columns for _ in range(rows)]
    if isinstance(m, Dense):
        for o, i, k in product(range(m.out), range(m.inputs), range(m.width)):
            c = i * m.width + k
            value = Fraction(1)
            for tensor, axes in m.factors:
                value *= tensor[
                    tuple({"o": o, "i": i, "k": k, "c": c}[a] for a in axes)
                ]
            zero[o][c] = value
    elif isinstance(m, Selection):
        for r, i in enumerate(m.indices):
            zero[r][i] = Fraction(1)
    elif isinstance(m, Composition):
        parts = [entries(a) for a in m.maps]
        total = parts[0]
        for later in parts[1:]:
            total = [
                [
                    sum(a * total[k][c] for k, a in enumerate(row))
                    for c in range(columns)
                ]
                for row in later
            ]
        return total
    elif isinstance(m, BlockDiagonal):
        r = c = 0
        for b in m.block_of:
            block = entries(m.blocks[b])
            for a, row in enumerate(block):
                zero[r + a][c : c + len(row)] = row
            r, c = r + len(block), c + len(block[0])
    else:
        assert isinstance(m, Interleave)
        parts = [entries(p) for p in m.parts]
        for o in range(rows):
            zero[o] = [
                part[o][i * w + k]
                for i in range(m.inputs)
                for part, w in zip(parts, m.widths, strict=True)
                for k in range(w)
            ]
    return zero


@given(linear_maps())
def test_rows_are_sparse_and_sorted(m):
    matrix = entries(m)
    for r in range(m.out_features):
        row = m.row(r)
        assert row == {c: v for c, v in enumerate(matrix[r]) if v}
        assert list(row) == sorted(row)


@given(linear_maps(), st.data())
def test_columns_in_any_order(m, data):
    matrix = entries(m)
    asked = data.draw(st.lists(st.integers(0, m.in_features - 1), max_size=6))
    rows, ints, d = m.columns(asked)
    assert ints.shape == (len(rows), len(asked))
    assert d > 0
    kept = rows.tolist()
    for r in range(m.out_features):
        for b, c in enumerate(asked):
            stored = ints[kept.index(r), b] if r in kept else 0
            assert Fraction(stored, d) == matrix[r][c]


def test_columns_of_a_product_pass_the_rows_that_are_there():
    w = Dense.matrix(RationalTensor.from_fractions([1, 2, 3], (1, 3), "w"))
    m = Composition((Selection((0, 1, 0), 2), w))
    assert [m.columns([c]).integers.tolist() for c in (0, 1)] == [[[4]], [[2]]]


@given(linear_maps())
def test_multiplied_out(m):
    tensor = m.to_rational()
    assert tensor.shape == (m.out_features, m.in_features)
    assert list(tensor.fractions()) == [v for row in entries(m) for v in row]


@given(linear_maps(), st.data())
def test_apply_is_the_matrix_product(m, data):
    n = m.in_features
    x = data.draw(st.lists(rationals(), min_size=n, max_size=n))
    want = [sum(v * x[c] for c, v in enumerate(row)) for row in entries(m)]
    assert m.apply(x) == want
    assert m.apply_exact(x) == want


@given(linear_maps(), st.data())
def test_apply_to_enclosures_holds_the_exact_value(m, data):
    n = m.in_features
    x = data.draw(st.lists(rationals(), min_size=n, max_size=n))
    wide = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    mixed = [
        Enclosure(v - Fraction(1, 9), v) if w else v
        for v, w in zip(x, wide, strict=True)
    ]
    for row, got, exact in zip(
        entries(m), m.apply(mixed), m.apply_exact(x), strict=True
    ):
        if isinstance(got, Enclosure):
            assert got.contains(exact)
        else:
            assert got == exact
        if not any(w for c, w in enumerate(wide) if row[c]):
            assert got == exact


@given(linear_maps(), st.data())
def test_compose_is_flat_and_associative(first, data):
    second = data.draw(linear_maps(in_features=first.out_features))
    third = data.draw(linear_maps(in_features=second.out_features))
    left = compose(compose(first, second), third)
    right = compose(first, compose(second, third))
    assert left == right
    assert hash(left) == hash(right)
    assert not any(isinstance(m, Composition) for m in left.maps)
    assert left.to_rational() == Composition((first, second, third)).to_rational()
    assert compose(left) == left


@given(linear_maps())
def test_hash_follows_equality(m):
    again = type(m)(*(getattr(m, f) for f in m.__dataclass_fields__))
    assert again == m
    assert hash(again) == hash(m)


@given(dense_maps(out_features=2, inputs=2, width=3))
def test_dense_maps_keep_their_tensors(m):
    assert all(any(t is s for s, _ in m.factors) for t, _ in m.factors)
    assert m.in_features == 6


def test_factors_multiply_and_broadcast():
    coef = FloatTensor.from_array(np.arange(8, dtype=np.float32).reshape(2, 2, 2), "c")
    mask = RationalTensor.from_fractions([1, 0, "1/2", 1], (2, 2), "m")
    out = RationalTensor.from_fractions([2, 3], (2,), "s")
    m = Dense(2, 2, 2, ((coef, "iok"), (mask, "io"), (out, "o")))
    assert m.row(0) == {1: 2, 2: 4, 3: 5}
    assert m.row(1) == {2: 18, 3: 21}


def tensor(*shape: int) -> RationalTensor:
    return RationalTensor.from_fractions([1] * int(np.prod(shape)), shape, "w")


@pytest.mark.parametrize(
    ("build", "match"),
    [
        (lambda: Dense(2, 2, 1, ()), "at least one factor"),
        (lambda: Dense(2, 2, 1, ((tensor(2, 2), "ox"),)), "axes"),
        (lambda: Dense(2, 2, 1, ((tensor(2, 2), "oo"),)), "axes"),
        (lambda: Dense(2, 2, 1, ((tensor(2, 2), "ci"),)), "axes"),
        (lambda: Dense(2, 3, 1, ((tensor(2, 2), "oi"),)), r"\(2, 3\)"),
        (lambda: Dense.matrix(tensor(2)), "matrix"),
        (lambda: Selection((0, 2), 2), r"indices\[1\]=2"),
        (lambda: BlockDiagonal((Selection((0,), 1),), ()), "each of the 1"),
        (lambda: BlockDiagonal((Selection((0,), 1),), (0, 1)), "each of the 1"),
        (lambda: Composition((Selection((0,), 1),)), "two maps"),
        (
            lambda: Composition((Selection((0,), 1), Selection((0,), 2))),
            "1 outputs into 2",
        ),
        (lambda: Interleave(1, ()), "parts"),
        (lambda: Interleave(2, (Selection((0,), 3),)), "3 columns"),
        (
            lambda: Interleave(1, (Selection((0,), 1), Selection((0, 0), 1))),
            "same out_features",
        ),
    ],
)
def test_malformed_maps_are_refused(build, match):
    with pytest.raises(ValidationError, match=match):
        build()
