"""z3 and cvc5 on the same univariate pairs, in nonlinear real arithmetic.

The question to a solver is a plain formula over polynomials: is there an x of the
domain, inside a cell, with n1(x) d2(x) != n2(x) d1(x), or a breakpoint with different
values? A solver may give up; where it answers, it must agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction

import cvc5
import pytest
import z3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv.exact import Polynomial
from kan_equiv.ir import Box, Interval
from kan_equiv.prover.outcome import Proved, Refuted
from kan_equiv.testing.strategies import rationals
from tests.rational_functions import Written, denominators, written_functions

STEPS = 1_000_000  # a limit of work, not of time


def number(v: Fraction) -> str:
    size = f"(/ {abs(v.numerator)} {v.denominator})"
    return f"(- {size})" if v < 0 else size


def polynomial(p: Polynomial) -> str:
    out = "0.0"
    for c in reversed(p.coefficients):
        out = f"(+ (* {out} x) {number(c)})"
    return out


def query(f: Written, g: Written, side: Interval) -> str:
    marks = sorted({*f.breakpoints, *g.breakpoints})
    for t in marks:
        f, g = f.cut(t), g.cut(t)
    cases = [
        f"(and (= x {number(t)}) (distinct {number(f(t))} {number(g(t))}))"
        for t in marks
    ]
    for (lo, hi), (n, d), (m, e) in zip(f.bounds, f.cells, g.cells, strict=True):
        inside = [f"(< {number(lo)} x)"] if lo is not None else []
        inside += [f"(< x {number(hi)})"] if hi is not None else []
        differ = f"(distinct {polynomial(n * e)} {polynomial(m * d)})"
        cases.append(f"(and {' '.join([*inside, differ])} true)")
    domain = [f"(assert (<= {number(side.lo)} x))"] if side.lo is not None else []
    domain += [f"(assert (<= x {number(side.hi)}))"] if side.hi is not None else []
    return "\n".join(
        [
            "(set-logic QF_NRA)",
            "(declare-const x Real)",
            *domain,
            f"(assert (or {' '.join(cases)} false))",
        ]
    )


def ask_z3(text: str) -> str:
    solver = z3.Solver()
    solver.set("rlimit", STEPS)
    solver.from_string(text)
    return str(solver.check())


def ask_cvc5(text: str) -> str:
    solver = cvc5.Solver()
    solver.setOption("rlimit-per", str(STEPS // 50))
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "pair")
    while not (command := parser.nextCommand()).isNull():
        command.invoke(solver, parser.getSymbolManager())
    found = solver.checkSat()
    return "sat" if found.isSat() else "unsat" if found.isUnsat() else "unknown"


@pytest.mark.parametrize("ask", [ask_z3, ask_cvc5])
def test_solvers_agree(ask: Callable[[str], str]) -> None:
    answers: Counter[tuple[str, str]] = Counter()

    @given(
        written_functions(max_breakpoints=1),
        written_functions(max_breakpoints=1),
        denominators(),
        st.booleans(),
        rationals(max_denominator=4),
        st.sampled_from(["R", "left", "right", "point"]),
    )
    @settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
    def compare(f, g, factor, is_same, end, kind):
        if is_same:
            g = f.multiplied(factor).cut(end)
        side = {
            "R": Interval(None, None),
            "left": Interval(None, end),
            "right": Interval(end, None),
            "point": Interval(end, end),
        }[kind]
        outcome = ke.prove(f.univariate, g.univariate, domain=Box([side]))
        ours = {Proved: "unsat", Refuted: "sat"}[type(outcome)]
        theirs = ask(query(f, g, side))
        answers[ours, theirs] += 1
        assert theirs in (ours, "unknown")

    compare()
    for kind in ("sat", "unsat"):
        assert answers[kind, kind] >= 5, answers
