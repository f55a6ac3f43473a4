from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from kan_equiv.errors import (
    KanEquivError,
    NonFiniteWeightError,
    UnsupportedExpressionError,
    ValidationError,
)
from kan_equiv.exact import Enclosure, FloatTensor, PiecewisePolynomial
from kan_equiv.ir import Atom, Univariate
from kan_equiv.ir.build import kan, mlp
from kan_equiv.testing.strategies import float_arrays, rationals, univariates

x, t = sympy.symbols("x t", real=True)


def near(left, right) -> bool:
    if isinstance(left, Enclosure):
        return left.overlaps(right)
    return right.overlaps(left) if isinstance(right, Enclosure) else left == right


@given(st.data(), st.integers(1, 3), st.integers(1, 3))
def test_a_layer_is_the_sum_of_its_edges(data, n, m):
    pool = data.draw(st.lists(univariates(), min_size=1, max_size=3))
    rows = [[data.draw(st.sampled_from(pool)) for _ in range(n)] for _ in range(m)]
    network = kan(rows)
    assert (network.in_features, network.out_features, network.depth) == (n, m, 1)
    point = data.draw(st.lists(rationals(), min_size=n, max_size=n))
    for o, value in enumerate(network(point)):
        total = rows[o][0](point[0])
        for i in range(1, n):
            total = rows[o][i](point[i]) + total
        assert near(value, total)
        assert [network.edge(i, o) for i in range(n)] == rows[o]


def test_equal_columns_share_one_basis():
    relu = PiecewisePolynomial.truncated_power(Fraction(0), 1)
    square = PiecewisePolynomial.of([0, 0, 1])
    bank = kan([[relu, relu, square], [square, square, relu]]).stages[0]
    assert bank.basis_of == (0, 0, 1)
    assert kan([[relu] * 9] * 7).stages[0].out_features == 9


def test_edges_of_every_kind():
    silu = Univariate(PiecewisePolynomial.of([]), ((Atom("silu"), Fraction(2)),))
    network = kan([[sympy.Max(x, 0), abs(t), "1/3", 0.5, sympy.Rational(1, 7), silu]])
    value = network([-1, -2, 9, 9, 9, 0])[0]
    assert value.contains(2 + Fraction(1, 3) + Fraction(1, 2) + Fraction(1, 7))
    assert kan(np.eye(2)).edge(0, 0).is_constant
    assert kan(sympy.Matrix([[x**2, 1]]))([3, 0]) == (10,)


def test_stacks_of_layers():
    network = kan([[[x**2, t]], [[x + 1], [sympy.Max(x, 5)]]])
    assert network.depth == 2
    assert network([3, -7]) == (3, 5)


@pytest.mark.parametrize(
    ("edges", "match"),
    [
        ([], "non-empty"),
        ([[]], "non-empty"),
        ([[1], []], "non-empty"),
        (3, "list of rows"),
        ([[1], [1, 2]], "row 1 has 2 edges, row 0 has 1"),
        ([[1, x * t]], r"edge \(input=1, output=0\).*\['t', 'x'\]"),
        ([[None]], r"edge \(input=0, output=0\)"),
        ([[1], ["a"]], r"edge \(input=0, output=1\)"),
        ([[[1]], [[1, 2]]], "layer 1 takes 2 inputs, but layer 0 gives 1"),
    ],
)
def test_malformed_layers_are_refused(edges, match):
    with pytest.raises(ValidationError, match=match):
        kan(edges)


def test_refused_expressions_name_the_edge():
    with pytest.raises(UnsupportedExpressionError, match=r"output=1\).*asin"):
        kan([[x], [sympy.asin(x)]])


@given(st.data(), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
def test_mlps_are_linear_repu_linear(data, n, width, degree):
    w1 = data.draw(float_arrays((width, n)))
    b1 = data.draw(float_arrays((width,), dtype="float16"))
    w2 = data.draw(st.lists(rationals(), min_size=width, max_size=width))
    network = mlp([(w1, b1), ([w2], None)], degree=degree)
    assert isinstance(network.stages[0].weight.factors[0][0], FloatTensor)
    point = data.draw(st.lists(rationals(), min_size=n, max_size=n))
    hidden = [
        sum(Fraction(float(v)) * p for v, p in zip(row, point, strict=True))
        + Fraction(float(b))
        for row, b in zip(w1, b1, strict=True)
    ]
    want = sum(w * max(h, 0) ** degree for w, h in zip(w2, hidden, strict=True))
    assert network(point) == (want,)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("identity", lambda z: z),
        ("silu", lambda z: z / (1 + math.exp(-z))),
        ("tanh", math.tanh),
        ("sigmoid", lambda z: 1 / (1 + math.exp(-z))),
        ("gelu", lambda z: z * (1 + math.erf(z / math.sqrt(2))) / 2),
    ],
)
def test_activations(name, function):
    network = mlp([([[2]], [-1]), ([["1/2"]], [3])], activation=name)
    for v in (-1.5, 0.25, 2.0):
        (y,) = network.to_float([v])
        assert math.isclose(y, function(2 * v - 1) / 2 + 3, rel_tol=1e-14)


def test_torch_tensors_are_taken_bit_for_bit():
    torch = pytest.importorskip("torch")
    w = torch.tensor([[0.1, -2.0]])
    network = mlp([(w, torch.zeros(1))])
    assert network([1, 0]) == (Fraction(float(w[0, 0])),)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (([],), "at least one"),
        (([3],), "layer 1 must be a"),
        (([(1, 2)],), "W1 must have shape"),
        (([([[1]], [1, 2])],), r"b1 must have shape \(1,\)"),
        (([([[1, 2]], None), ([[1, 2]], None)],), "W2 takes 2 inputs, but W1 gives 1"),
        (([([[1]], None)], "swish"), "activation='swish'"),
        (([([[1]], None)], "relu", 0), "degree=0"),
        (([([[1]], None)], "silu", 3), "degree=3"),
        (([([["a"]], None)],), "W1"),
    ],
)
def test_malformed_mlps_are_refused(arguments, match):
    with pytest.raises(ValidationError, match=match):
        mlp(*arguments)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_non_finite_weights_are_refused(value):
    for w in (np.array([[value]]), [[value]]):
        with pytest.raises(NonFiniteWeightError, match="W1"):
            mlp([(w, None)])
    assert issubclass(NonFiniteWeightError, KanEquivError)
