"""Formulas in several symbols, and pykan's own formula of a model."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
import sympy
import torch
from hypothesis import given
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv.errors import UnsupportedExpressionError

F = Fraction
X, Y = sympy.symbols("x y", real=True)
LEAVES = st.sampled_from([X, Y]) | st.fractions(-3, 3, max_denominator=4).map(
    lambda v: sympy.Rational(v.numerator, v.denominator)
)
FORMULAS = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.builds(lambda a, b: a + b, parts, parts),
        st.builds(lambda a, b: a * b, parts, parts),
        st.builds(sympy.Max, parts, parts),
        st.builds(sympy.Min, parts, parts),
        parts.map(sympy.Abs),
        parts.map(lambda a: a**2),
    ),
    max_leaves=6,
)


NUMBERS = st.fractions(-2, 2, max_denominator=8)


@given(FORMULAS, NUMBERS, NUMBERS)
def test_a_network_has_the_values_of_its_formula(e: Any, a: F, b: F) -> None:
    (value,) = ke.network_from_sympy([e], [X, Y])([a, b])
    x, y = (sympy.Rational(v.numerator, v.denominator) for v in (a, b))
    exact = sympy.sympify(e).subs({X: x, Y: y})
    assert value == F(int(exact.p), int(exact.q))


def test_functions_of_mixes_and_nested_functions() -> None:
    e = sympy.tanh(2 * sympy.sin(X - Y) + X) + sympy.exp(-((X + Y) ** 2)) / 3
    f = ke.network_from_sympy([e, sympy.Integer(2), Y], [X, Y])
    values = f([F(1, 2), F(-1, 3)])
    exact = e.subs({X: sympy.Rational(1, 2), Y: sympy.Rational(-1, 3)}).evalf(30)
    assert abs(float(values[0]) - float(exact)) < 1e-15
    assert values[1:] == (2, F(-1, 3))


def test_a_formula_of_one_symbol_is_an_edge() -> None:
    e = sympy.Max(0, X) * 3 + sympy.sin(2 * X)
    assert ke.prove(ke.network_from_sympy([e], [X]), ke.kan([[e]])).is_proved
    other = ke.kan([[sympy.Max(0, X) * 3 + sympy.sin(2 * X + 1)]])
    assert ke.prove(ke.network_from_sympy([e], [X]), other).is_refuted


def test_floats_are_what_they_hold() -> None:
    (value,) = ke.network_from_sympy([sympy.Float(0.1) * X + Y], [X, Y])([1, 0])
    assert value == F(0.1) != F(1, 10)


@pytest.mark.parametrize(
    ("expressions", "symbols", "words"),
    [
        ([X + Y], [X], r"only x may be free, got also \['y'\]"),
        ([], [X], "needs an expression"),
        ([X], [X, X], "stands twice"),
        (["x + 1"], [X], "got the text"),
        ([sympy.pi * X + Y], [X, Y], "pi is no rational number"),
        ([sympy.gamma(X + Y)], [X, Y], "gamma"),
        ([X], [sympy.Symbol("x", positive=True)], "must range over all real numbers"),
        ([X * sympy.oo + Y], [X, Y], ""),
    ],
)
def test_what_has_no_exact_form_is_named(
    expressions: list[Any], symbols: list[Any], words: str
) -> None:
    with pytest.raises(UnsupportedExpressionError, match=words):
        ke.network_from_sympy(expressions, symbols)


# --- is pykan's symbolic_formula() the network? --------------------------------------


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def pykan(width: list[Any], **options: Any) -> Any:
    from kan import KAN

    live = KAN(width, grid=3, k=3, seed=1, auto_save=False, device="cpu", **options)
    x = torch.rand(64, 2, generator=torch.Generator().manual_seed(0)) * 2 - 1
    live(x)
    return live


def fix(live: Any, edges: list[tuple[int, int, int, str]]) -> None:
    for l, i, j, name in edges:
        live.fix_symbolic(l, i, j, name, verbose=False, log_history=False)


ALL = [
    (0, 0, 0, "sin"),
    (0, 1, 0, "x^2"),
    (0, 0, 1, "tanh"),
    (0, 1, 1, "exp"),
    (1, 0, 0, "x"),
    (1, 1, 0, "sin"),
]


def formula_of(live: Any) -> ke.Network:
    formula, symbols = live.symbolic_formula()
    return ke.network_from_sympy(formula, symbols)


def test_the_formula_of_a_symbolic_model_is_it_up_to_rounding() -> None:
    live = pykan([2, 2, 1])
    fix(live, ALL)
    outcome = ke.prove(ke.load(live), formula_of(live))
    assert isinstance(outcome, ke.Refuted)
    w = outcome.witness
    assert 0 < abs(float(w.left) - float(w.right)) < 1e-12


def test_the_formula_leaves_out_edges_that_are_splines() -> None:
    live = pykan([2, 2, 1])
    fix(live, ALL[1:])
    outcome = ke.prove(ke.load(live), formula_of(live))
    assert isinstance(outcome, ke.Refuted)
    w = outcome.witness
    assert abs(float(w.left) - float(w.right)) > 1e-3


def test_the_formula_ignores_masks_of_symbolic_edges() -> None:
    live = pykan([2, 2, 1])
    fix(live, ALL)
    with torch.no_grad():
        live.symbolic_fun[1].mask[0, 0] = 0.0
    outcome = ke.prove(ke.load(live), formula_of(live))
    assert isinstance(outcome, ke.Refuted)
    w = outcome.witness
    assert abs(float(w.left) - float(w.right)) > 1e-4


@pytest.mark.parametrize(("arity", "is_the_network"), [(2, True), (3, False)])
def test_the_formula_of_multiplication_nodes(arity: int, is_the_network: bool) -> None:
    """It steps by two from node to node, whatever their arity."""
    live = pykan([2, [0, 2], 1], mult_arity=arity)
    edges = [
        (0, i, j, name) for j in range(2 * arity) for i, name in ((0, "x"), (1, "x^2"))
    ]
    fix(live, [*edges, (1, 0, 0, "x"), (1, 1, 0, "x")])
    network, formula = ke.load(live), formula_of(live)
    for point in ([1, -1], [F(1, 2), F(1, 3)]):
        ((a,), (b,)) = network(point), formula(point)
        assert (abs(float(a) - float(b)) < 1e-10) == is_the_network
    assert is_the_network or ke.prove(network, formula).is_refuted


def test_a_formula_outside_of_a_list_is_refused() -> None:
    x, y = sympy.symbols("x y", real=True)
    for expressions, symbols, name in (
        (x + y, [x, y], "expressions"),
        ("x + y", [x, y], "expressions"),
        ([2 * x], x, "symbols"),
    ):
        with pytest.raises(UnsupportedExpressionError, match=f"{name} must be a list"):
            ke.network_from_sympy(expressions, symbols)  # type: ignore[arg-type]


def test_a_log_in_a_piece_is_defined_only_there() -> None:
    def pieces(value: Any) -> Any:
        return ke.network_from_sympy([sympy.Piecewise((value, X > 0), (0, True))], [X])

    double, sum_ = pieces(sympy.log(2 * X)), pieces(sympy.log(X) + sympy.log(2))
    assert isinstance(ke.prove(double, sum_), ke.Proved)
    assert isinstance(ke.prove(double, pieces(sympy.log(3 * X))), ke.Refuted)
