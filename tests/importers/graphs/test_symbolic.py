"""Programs of random operations: the network, against the same in numpy, exactly."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kan_equiv.errors import LoadError, UnsupportedModelError
from kan_equiv.importers.graphs.arithmetic import (
    add,
    apply,
    concatenate,
    divide,
    maximum,
    minimum,
    multiply,
    scale,
    subtract,
)
from kan_equiv.importers.graphs.constants import Constant
from kan_equiv.importers.graphs.contraction import einsum, matmul, sum_along
from kan_equiv.importers.graphs.functions import compare, prelu, stages_of, where
from kan_equiv.importers.graphs.lowering import network_of
from kan_equiv.importers.graphs.plumbing import (
    BATCH,
    expand,
    flatten,
    permute,
    reshape,
    slice_along,
    squeeze,
    take,
    tile,
    unsqueeze,
)
from kan_equiv.importers.graphs.symbolic import Symbolic, Vector
from kan_equiv.importers.pointwise import ABSOLUTE, RELU, SQUARE, clip, leaky_relu
from kan_equiv.ir import Affine, Bank, Network

FRACTIONS = st.fractions(-3, 3, max_denominator=4)
POINTS = 3


def constants(shape: tuple[int, ...], data: Any) -> np.ndarray:
    flat = [data.draw(FRACTIONS) for _ in range(int(np.prod(shape)))]
    out = np.empty(len(flat), dtype=object)
    out[:] = flat
    return out.reshape(shape)


def start(n: int) -> Symbolic:
    return Symbolic.whole(Vector(n), (n,), 0)


class Pair:
    """A symbolic tensor, and the values it has at some points, (points, *shape)."""

    def __init__(self, symbolic: Any, values: np.ndarray) -> None:
        assert isinstance(symbolic, Symbolic)
        self.symbolic, self.values = symbolic, values
        assert symbolic.shape == values.shape[1:]


def _pointwise(p: Pair, data: Any) -> Pair:
    function, oracle = data.draw(
        st.sampled_from(
            [
                (RELU, lambda v: max(v, 0)),
                (ABSOLUTE, abs),
                (leaky_relu(Fraction(1, 4)), lambda v: v if v > 0 else v / 4),
                (clip(Fraction(-1), Fraction(1, 2)), lambda v: min(max(v, -1), 0.5)),
                (SQUARE, lambda v: v * v),
            ]
        )
    )
    values = np.vectorize(lambda v: Fraction(oracle(v)), otypes=[object])(p.values)
    return Pair(apply(p.symbolic, function), values)


def _constant(p: Pair, data: Any) -> Pair:
    c = constants(p.symbolic.shape, data)
    operation, oracle = data.draw(
        st.sampled_from(
            [
                (add, np.add),
                (subtract, np.subtract),
                (multiply, np.multiply),
                (maximum, np.maximum),
                (minimum, np.minimum),
            ]
        )
    )
    if data.draw(st.booleans()):
        return Pair(operation(Constant(c), p.symbolic), oracle(c, p.values))
    return Pair(operation(p.symbolic, Constant(c)), oracle(p.values, c))


def _matrix(p: Pair, data: Any) -> Pair:
    n, m = p.symbolic.shape[-1], data.draw(st.integers(1, 3))
    c = constants((n, m), data)
    return Pair(matmul(p.symbolic, Constant(c)), p.values @ c)


def _moved(p: Pair, data: Any) -> Pair:
    s, v = p.symbolic, p.values
    n = s.shape[-1]
    kinds: list[Callable[[], tuple[Any, np.ndarray]]] = [
        lambda: (flatten(s, 1, -1), v.reshape(len(v), -1)),
        lambda: (unsqueeze(s, 1), v[:, None]),
        lambda: (slice_along(s, -1, 0, max(n - 1, 1), 1), v[..., : max(n - 1, 1)]),
        lambda: (reshape(s, [-1, s.size], BATCH), v.reshape(len(v), -1)),
        lambda: (
            permute(s, [0, *range(s.rank - 1, 0, -1)]),
            v.transpose(0, *range(v.ndim - 1, 0, -1)),
        ),
        lambda: (take(s, -1, np.array([0, n - 1])), v[..., [0, n - 1]]),
        lambda: (sum_along(s, [-1], True, Fraction(1)), v.sum(axis=-1, keepdims=True)),
    ]
    if s.size <= 4:
        kinds.append(
            lambda: (
                tile(s, [1] * (s.rank - 1) + [2]),
                np.concatenate([v, v], axis=-1),
            )
        )
    return Pair(*data.draw(st.sampled_from(kinds))())


def _turned(p: Pair, data: Any) -> Pair:
    """Operations with the batch as another axis than the first."""
    s, v = p.symbolic, p.values
    flat, rows = reshape(s, [BATCH, -1], BATCH), v.reshape(len(v), -1)
    n = rows.shape[1]

    def columns() -> tuple[Any, np.ndarray]:
        c = constants((2, n), data)
        found = matmul(Constant(c), permute(flat, [1, 0]))
        return permute(found, [1, 0]), rows @ c.T

    def stacked() -> tuple[Any, np.ndarray]:
        parts = [unsqueeze(flat, 0), unsqueeze(scale(flat, Fraction(2)), 0)]
        found = concatenate(parts, 0)
        if data.draw(st.booleans()):
            return sum_along(found, [0], False, Fraction(1)), rows * 3
        return take(found, 0, np.array(1)), rows * 2

    def shifted() -> tuple[Any, np.ndarray]:
        c = constants((2, 1, n), data)
        found = add(flat, Constant(c))  # (2, batch, n)
        if data.draw(st.booleans()):
            found = subtract(Constant(c), found)
            wanted = np.broadcast_to(-rows[:, None], (len(rows), 2, n))
        else:
            wanted = rows[:, None] + c[:, 0]
        return permute(found, [1, 0, 2]), wanted

    def split() -> tuple[Any, np.ndarray]:
        found = reshape(permute(flat, [1, 0]), [1, n, BATCH, 1], BATCH)
        found = squeeze(flatten(tile(found, [1, 1, 1, 2]), 0, 1), [])
        wanted = np.stack([rows, rows], axis=-1)
        return permute(found, [1, 0, 2]), wanted

    def mixed() -> tuple[Any, np.ndarray]:
        c = constants((n, 2), data)
        found = einsum("ib,ij->jb", [permute(flat, [1, 0]), Constant(c)])
        return permute(found, [1, 0]), rows @ c

    kinds = [columns, stacked, shifted, split, mixed]
    return Pair(*data.draw(st.sampled_from(kinds))())


def _with_another(p: Pair, data: Any, others: list[Pair]) -> Pair:
    fitting = [o for o in others if o.symbolic.shape == p.symbolic.shape]
    o = data.draw(st.sampled_from([*fitting, p]))
    operation, oracle = data.draw(
        st.sampled_from(
            [
                (add, np.add),
                (subtract, np.subtract),
                (multiply, np.multiply),
                (maximum, np.maximum),
                (minimum, np.minimum),
                (
                    lambda a, b: concatenate([a, b], -1),
                    lambda a, b: np.concatenate([a, b], axis=-1),
                ),
            ]
        )
    )
    if p.symbolic.size > 6:
        operation, oracle = add, np.add
    return Pair(operation(p.symbolic, o.symbolic), oracle(p.values, o.values))


@settings(max_examples=150)
@given(st.data())
def test_programs_are_what_numpy_computes(data: Any) -> None:
    n = data.draw(st.integers(1, 3))
    x = constants((POINTS, n), data)
    made = [Pair(start(n), x)]
    for _ in range(data.draw(st.integers(1, 7))):
        p = data.draw(st.sampled_from(made[-2:]))
        step = data.draw(
            st.sampled_from(
                [_pointwise, _constant, _matrix, _moved, _turned, _with_another]
            )
        )
        made.append(
            step(p, data, made) if step is _with_another else step(p, data)  # type: ignore[operator]
        )
    last = made[-1]
    network = network_of(last.symbolic, n)
    for point, values in zip(x, last.values, strict=True):
        assert list(network(point)) == values.ravel().tolist()


def test_a_layer_is_the_layer_that_it_would_be_by_hand() -> None:
    w = np.arange(6, dtype=np.float32).reshape(2, 3)
    b = np.ones(2, dtype=np.float32)
    hidden = matmul(start(3), Constant(w.T, "w"))
    network = network_of(apply(add(hidden, Constant(b, "b")), RELU), 3)  # type: ignore[arg-type]
    affine, bank = network.stages
    assert isinstance(affine, Affine)
    assert isinstance(bank, Bank)
    assert affine.weight.factors[0][0].dtype == "float32"  # type: ignore[attr-defined]
    assert affine.bias.name == "b"
    assert bank.basis(0).terms == ((0, 1),)  # type: ignore[attr-defined]


def test_residual_branches_carry_what_they_add() -> None:
    x = start(2)
    square = Constant(np.array([[1, 2], [3, 4]]))
    for _ in range(4):
        x = add(x, matmul(apply(x, RELU), square))  # type: ignore[assignment]
    network = network_of(x, 2)  # type: ignore[arg-type]
    assert [s.out_features for s in network.stages] == [4, 2] * 4
    y = np.array([Fraction(1), Fraction(-2)])
    for _ in range(4):
        y = y + np.maximum(y, 0) @ square.array
    assert list(network([1, -2])) == y.tolist()


def test_long_branches_are_carried_past_other_levels() -> None:
    x = start(2)
    deep = x
    for _ in range(3):
        deep = apply(matmul(deep, Constant(np.eye(2))), RELU)  # type: ignore[assignment]
    network = network_of(concatenate([deep, x], -1), 2)  # type: ignore[arg-type]
    assert list(network([-3, 5])) == [0, 5, -3, 5]


def test_comparisons_and_choices() -> None:
    x = start(1)
    half = Constant(np.array([Fraction(1, 2)]))
    for relation, wanted in (
        ("gt", [0, 0, 1]),
        ("ge", [0, 1, 1]),
        ("lt", [1, 0, 0]),
        ("le", [1, 1, 0]),
    ):
        network = network_of(compare(x, half, relation), 1)  # type: ignore[arg-type]
        assert [network([v])[0] for v in (0, Fraction(1, 2), 1)] == wanted
    chosen = where(compare(x, half, "gt"), scale(x, Fraction(2)), half)
    network = network_of(chosen, 1)  # type: ignore[arg-type]
    assert [network([v])[0] for v in (0, 1)] == [Fraction(1, 2), 2]


def test_einsum_with_a_shared_axis() -> None:
    x = reshape(start(6), [BATCH, 2, 3], BATCH)
    c = Constant(np.arange(24).reshape(2, 4, 3))
    found = einsum("bjk,jlk->blj", [x, c])
    network = network_of(found, 6)  # type: ignore[arg-type]
    point = np.array([1, -2, 3, 0, 5, -1])
    wanted = np.einsum("jk,jlk->lj", point.reshape(2, 3), c.array)
    assert list(network(point.tolist())) == wanted.ravel().tolist()


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (lambda x: permute(x, [1, 1]), "no order of 2 axes"),
        (lambda x: matmul(permute(x, [1, 0]), Constant(np.eye(4))), "along the batch"),
        (lambda x: flatten(unsqueeze(x, 0), 0, 1), "works along the batch"),
        (lambda x: flatten(unsqueeze(x, 0), 0, 2), "flattens the batch"),
        (lambda x: reshape(permute(x, [1, 0]), [BATCH, 4], BATCH), "between samples"),
        (lambda x: reshape(unsqueeze(x, 0), [2, BATCH, 2], BATCH), "between samples"),
        (lambda x: add(permute(x, [1, 0]), Constant(np.arange(4))), "along the batch"),
        (lambda x: concatenate([x, permute(x, [1, 0])], 0), "another axis in each"),
        (lambda x: sum_along(x, [0], False, Fraction(1)), "along the batch"),
        (lambda x: reshape(x, [-1, 1], BATCH), "between samples"),
        (lambda x: reshape(x, [BATCH, 5], BATCH), "between samples"),
        (lambda x: tile(x, [2, 1]), "repeats the batch"),
        (lambda x: expand(x, [3, 4], BATCH), "repeats or moves the batch"),
        (lambda x: expand(unsqueeze(x, 2), [-1, 4, 1 << 40], BATCH), "more than"),
        (lambda x: divide(x, x), "divides by what depends"),
        (lambda x: divide(x, Constant(np.zeros(4))), "divides by 0"),
        (lambda x: matmul(x, unsqueeze(x, 2)), "two tensors that depend"),
        (lambda x: matmul(x, Constant(np.ones((3, 2)))), "4 features meets one of 3"),
        (
            lambda x: add(x, Constant(np.arange(8).reshape(2, 4))),
            "differs along",
        ),
        (lambda x: add(x, unsqueeze(x, 1)), "does not meet"),
        (lambda x: matmul(x, Constant(np.ones((2, 4, 3)))), "only matrices mix"),
        (lambda x: concatenate([x, unsqueeze(x, 1)], 1), "cannot be concatenated"),
        (lambda x: squeeze(x, [7]), "axis must lie in 0..1"),
        (lambda x: take(x, 1, np.array([4])), "indices must be"),
        (lambda x: prelu(x, Constant(np.ones(3))), "3 numbers a channel"),
        (lambda x: einsum("bi,ij,jk->bk", [x, x, x]), "of no known form"),
        (
            lambda x: einsum("bi,ib->i", [x, Constant(np.ones((4, 4)))]),
            "along the batch",
        ),
    ],
)
def test_what_is_no_function_of_one_sample_is_refused(
    operation: Callable[[Symbolic], object], words: str
) -> None:
    with pytest.raises((LoadError, UnsupportedModelError), match=words):
        operation(start(4))


def test_constants_for_every_sample_are_constants() -> None:
    x = start(2)
    every = Constant(np.broadcast_to(np.array([1.0, 2.0]), (10, 2)))
    network = network_of(add(x, every), 2)  # type: ignore[arg-type]
    assert list(network([0, 0])) == [1, 2]


def test_stages_of_the_identity_are_none() -> None:
    assert Network(3, stages_of(lambda x: x, 3)).stages == ()
