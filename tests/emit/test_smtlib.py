"""SMT-LIB files: accepted by z3 and cvc5, unsat for equal and sat for unequal pairs."""

from __future__ import annotations

from fractions import Fraction

import pytest

import kan_equiv as ke
from kan_equiv.emit import smtlib
from kan_equiv.errors import ValidationError
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.ir import Atom, Box, Network, Parallel, Univariate
from kan_equiv.ir.from_sympy import univariate_from_sympy
from tests.networks import kan, with_coefficient
from tests.smt import ANSWERS

HAT = PiecewisePolynomial.truncated_power(Fraction(0), 1)
STEP = PiecewisePolynomial.truncated_power(Fraction(0), 0)


@pytest.fixture(params=ANSWERS)
def answer(request: pytest.FixtureRequest):
    return ANSWERS[request.param]


def test_every_closed_and_open_end_and_isolated_value(answer) -> None:
    left_closed = PiecewisePolynomial(STEP.breakpoints, STEP.pieces, (Fraction(0),))
    isolated = PiecewisePolynomial(STEP.breakpoints, STEP.pieces, (Fraction(1, 2),))
    three = [ke.kan([[f]]) for f in (STEP, left_closed, isolated)]
    at_zero, beside = Box(0, 0), Box([(0, None)])
    for m, a in enumerate(three):
        for n, b in enumerate(three):
            expected = "unsat" if m == n else "sat"
            assert answer(smtlib(a, b)) == expected
            assert answer(smtlib(a, b, domain=at_zero)) == expected
            assert answer(smtlib(a, b, domain=beside)) == expected
            assert answer(smtlib(a, b, domain=Box("1e-9", 1))) == "unsat"


@pytest.mark.parametrize(
    ("form", "degree"), [("hinge", 1), ("hinge", 2), ("hinge", 3), ("local", 1)]
)
def test_a_layer_and_its_conversion(answer, degree: int, form: str) -> None:
    source = kan([1, 1], intervals=2, degree=degree, seed=degree)
    text = smtlib(source, ke.convert(source, form))
    assert f"(set-logic QF_{'L' if degree == 1 else 'N'}RA)" in text
    assert answer(text) == "unsat"
    moved = with_coefficient(source, 0, (0, 0, 1), 2.0**-20)
    assert answer(smtlib(moved, ke.convert(source, form).target)) == "sat"
    assert answer(smtlib(moved, source, within="1e-3")) == "unsat"


def test_two_layers_and_two_outputs(answer) -> None:
    source = kan([2, 2, 2], degree=1, intervals=2, seed=3)
    target = ke.convert(source, layout="sequential").target
    domain = Box(-1, 1)
    assert answer(smtlib(source, target, domain=domain)) == "unsat"
    other = with_coefficient(source, 1, (0, 1, 1), 2.0**-20)
    assert answer(smtlib(other, target, domain=domain)) == "sat"
    assert answer(smtlib(other, target, domain, within=[0, "1/1000"])) == "unsat"
    assert answer(smtlib(other, target, domain, within=["1/1000", 0])) == "sat"


def test_within_is_tight(answer) -> None:
    left, right = ke.kan([[HAT]]), ke.mlp([([[1]], [0]), ([["3/2"]], [0])])
    assert answer(smtlib(left, right, Box(-5, 2), within=1)) == "unsat"
    assert answer(smtlib(left, right, Box(-5, 2), within="0.999999999")) == "sat"


def test_parallel_branches(answer) -> None:
    relu, line = ke.kan([[HAT]]), ke.mlp([([[2]], [1])])
    branches = Network(2, (Parallel((relu, line)),))
    rows = [
        [HAT, PiecewisePolynomial.of([0])],
        [PiecewisePolynomial.of([1]), PiecewisePolynomial.of([0, 2])],
    ]
    assert answer(smtlib(branches, ke.kan(rows))) == "unsat"
    swapped = Network(2, (Parallel((line, relu)),))
    assert answer(smtlib(swapped, ke.kan(rows))) == "sat"


def test_ratios_of_polynomials(answer) -> None:
    from sympy import Piecewise, symbols

    x = symbols("x", real=True)
    f = univariate_from_sympy(x / (1 + x**2), x)
    half = Univariate(PiecewisePolynomial.of([0, "1/2"]))
    double = ke.mlp([([[2]], [0])]).stages
    same = Network(1, double + ke.kan([[f.compose(half)]]).stages)
    g = univariate_from_sympy(Piecewise((x / (1 + x**2), x < 1), (x / 2, True)), x)
    assert not f.is_piecewise_polynomial
    assert answer(smtlib(ke.kan([[f]]), same)) == "unsat"
    assert answer(smtlib(ke.kan([[f]]), ke.kan([[g]]), Box(-2, 1))) == "unsat"
    assert answer(smtlib(ke.kan([[f]]), ke.kan([[g]]), Box(-2, 2))) == "sat"


def test_atoms_are_uninterpreted(answer) -> None:
    source = kan([1, 1], degree=1, seed=2, silu=True)
    text = smtlib(source, ke.convert(source).target)
    assert "(set-logic QF_UFLRA)" in text
    assert "(declare-fun atom_silu (Real) Real)" in text
    assert "; atom_silu: any functions here" in text
    assert "sat says nothing" in text
    assert answer(text) == "unsat"
    atom = Atom("exp", Fraction(2), Fraction(1))  # a name that solvers know
    exp = ke.kan([[Univariate(HAT, ((atom, Fraction(3)),))]])
    assert answer(smtlib(exp, exp)) == "unsat"


def test_files_are_as_long_as_the_networks() -> None:
    """Each unit is written once, however often it is used."""
    sizes = [2, 8, 8, 8, 8, 1]
    shallow, deep = kan(sizes[:2] + sizes[-1:], degree=1), kan(sizes, degree=1)
    a, b = (len(smtlib(n, n).splitlines()) for n in (shallow, deep))
    assert a > 50
    assert b < 8 * a
    assert max(map(len, smtlib(deep, deep).splitlines())) < 10_000


def test_numbers_are_exact() -> None:
    text = smtlib(ke.mlp([([[0.1]], [-0.5])]), ke.mlp([([["1/3"]], ["1e-30"])]))
    n, d = (0.1).as_integer_ratio()
    assert f"(* (/ {n}.0 {d}.0) x0)" in text
    assert "(- (/ 1.0 2.0))" in text
    assert f"(/ 1.0 {10**30}.0)" in text


def test_what_cannot_be_asked() -> None:
    left, right = kan([2, 1]), kan([3, 1])
    with pytest.raises(ValidationError, match="only networks of one shape"):
        smtlib(left, right)
    for within in (-1, [1, 1], "x"):
        with pytest.raises(ValidationError, match="within"):
            smtlib(left, left, within=within)
