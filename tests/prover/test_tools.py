"""Tools in child processes: answers, limits, and what happens when one is gone."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from importlib import metadata
from typing import NoReturn

import numpy as np
import pytest
import sympy

import kan_equiv as ke
from kan_equiv.emit import smtlib
from kan_equiv.errors import MissingExtraError, ValidationError
from kan_equiv.prover import tools
from kan_equiv.prover.tools import Tool, require

SQUARE = "(declare-const x0 Real)(assert (= (* x0 x0) 2.0))(check-sat)"
HALF = "(declare-const x0 Real)(assert (= (* 2.0 x0) (- 1.0)))(check-sat)"
NOTHING = "(declare-const x0 Real)(assert (< x0 x0))(check-sat)"


def long_question() -> str:
    """A dense network with five inputs against the same one with scaled units."""
    rng = np.random.default_rng(0)
    first, mix = rng.integers(-9, 10, (16, 5)), rng.integers(-9, 10, (16, 16))
    bias, last = rng.integers(-9, 10, 16), rng.integers(-9, 10, (1, 16))
    left = ke.mlp([(first, bias), (mix, bias), (last / 2.0, [0])])
    right = ke.mlp([(2 * first, 2 * bias), (mix, 2 * bias), (last / 4.0, [0])])
    return smtlib(left, right)


@pytest.mark.parametrize("name", ["z3", "cvc5"])
def test_answers_of_solvers(name: str) -> None:
    with Tool.running(name) as tool:
        assert tool.version == metadata.version(tools.TOOLS[name])
        assert tool.smtlib(NOTHING, 1, 10).verdict == "unsat"
        half = tool.smtlib(HALF, 1, 10)
        assert (half.verdict, half.point) == ("sat", (Fraction(-1, 2),))
        root = tool.smtlib("(set-logic QF_NRA)" + SQUARE, 1, 10)
        assert root.verdict == "sat"  # at no rational point
        assert root.point is None or abs(root.point[0] ** 2 - 2) < Fraction(1, 10**9)
        broken = tool.smtlib("(assert", 1, 10)
        assert broken.verdict == "unknown"
        assert broken.reason
        assert tool.smtlib(NOTHING, 1, 10).verdict == "unsat"


@pytest.mark.parametrize("name", ["z3", "cvc5"])
def test_a_time_limit_ends_the_question_and_not_the_tool(name: str) -> None:
    question = long_question()
    with Tool.running(name) as tool:
        answer = tool.smtlib(question, 5, 0.2)
        assert answer.verdict == "unknown"
        assert answer.reason
        assert tool.smtlib(NOTHING, 1, 30).verdict == "unsat"


def test_a_tool_that_ignores_its_limit_is_stopped_and_started_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tools, "GRACE", 0.0)
    with Tool.running("z3") as tool:
        answer = tool.smtlib(NOTHING, 1, 0.0)
        assert (answer.verdict, answer.reason) == ("unknown", "no answer within 0 s")
        monkeypatch.setattr(tools, "GRACE", 60.0)
        assert tool.smtlib(NOTHING, 1, 1).verdict == "unsat"


def test_a_tool_that_ends_is_started_again() -> None:
    with Tool.running("z3") as tool:
        assert tool.smtlib(NOTHING, 1, 10).verdict == "unsat"
        assert tool._process is not None
        tool._process.kill()
        tool._process.wait()
        assert "ended without an answer" in tool.smtlib(NOTHING, 1, 10).reason
        assert tool.smtlib(NOTHING, 1, 10).verdict == "unsat"


def test_nothing_runs_afterwards() -> None:
    def interrupted() -> NoReturn:
        with Tool.running("z3") as tool:
            tool.smtlib(NOTHING, 1, 10)
            assert tool._process is not None
            assert tool._process.poll() is None
            seen.append(tool._process)
            raise KeyboardInterrupt

    seen: list[subprocess.Popen[str]] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert seen[0].wait(timeout=10) != 0


def test_the_package_itself_imports_no_solver() -> None:
    with Tool.running("cvc5") as tool:
        tool.smtlib(NOTHING, 1, 10)
    source = (
        "import sys; import kan_equiv.prover.tools, kan_equiv.api; "
        "print({'z3', 'cvc5', 'sympy'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "set()"


def test_missing_and_unknown_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = ke.mlp([([[1]], [0])])
    for ask in (
        lambda: require("yices"),
        lambda: ke.prove(layer, layer, cross_check="yices"),
        lambda: ke.prove(layer, layer, smt="sympy"),
    ):
        with pytest.raises(ValidationError, match="must be one of"):
            ask()
    monkeypatch.setattr(tools, "find_spec", lambda _: None)
    for ask in (
        lambda: require("z3"),
        lambda: ke.prove(layer, layer, cross_check="z3"),
        lambda: ke.prove(layer, layer, smt="z3"),
    ):
        with pytest.raises(MissingExtraError, match=r"pip install 'kan-equiv\[smt\]'"):
            ask()


X = sympy.Symbol("x", real=True)
HINGES = sympy.Piecewise((X**2, X > 0), (0, True)) - sympy.Piecewise(
    ((X - 1) ** 2, X >= 1), (0, True)
)
CURVE = sympy.Piecewise((0, X < 0), (X**2, X < 1), (2 * X - 1, True))


@pytest.fixture(scope="module")
def sympy_tool():
    with Tool.running("sympy") as tool:
        yield tool


@pytest.mark.parametrize(
    ("left", "right", "ends", "verdict"),
    [
        (CURVE, HINGES, (None, None), "unsat"),
        (CURVE, CURVE + sympy.Rational(1, 10**30), (None, None), "sat"),
        (CURVE, sympy.Integer(0), ("-5", "0"), "unsat"),
        (CURVE, sympy.Integer(0), (None, "0"), "unsat"),
        (CURVE, sympy.Integer(0), ("-5", "1/1000"), "sat"),
        (CURVE, sympy.Integer(4), ("5/2", "5/2"), "unsat"),
        (
            CURVE,
            CURVE + sympy.Piecewise((1, sympy.Eq(X, 1)), (0, True)),
            (None, None),
            "sat",
        ),
        (1 / (1 + X**2), (1 - X) / (1 - X + X**2 - X**3), (None, "0"), "unsat"),
        (X / (1 + sympy.exp(-X)), X - X / (1 + sympy.exp(X)), (None, None), "unsat"),
        (sympy.exp(sympy.Integer(1)), sympy.Rational(271, 100), (None, None), "sat"),
    ],
)
def test_sympy_region_by_region(sympy_tool, left, right, ends, verdict) -> None:
    texts = [sympy.srepr(sympy.sympify(e)) for e in (left, right)]
    answer = sympy_tool.functions(*texts, ends, 30)
    assert answer.verdict == verdict, answer
    if verdict == "sat" and answer.point is not None:
        (at,) = answer.point
        lo, hi = (None if v is None else Fraction(v) for v in ends)
        assert lo is None or lo <= at
        assert hi is None or at <= hi
