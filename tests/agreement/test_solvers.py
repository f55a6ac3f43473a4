"""What we decide, z3, cvc5 and SymPy do not decide otherwise.

Pairs whose relation is known by construction. A tool may run out of time; it must not
contradict, and most of the time it has to answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

import pytest
import sympy
from hypothesis import HealthCheck, given, settings

import kan_equiv as ke
from kan_equiv.emit import smtlib
from kan_equiv.errors import NotSeparableError
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.ir import Box, Network
from kan_equiv.prover.tools import Answer, Tool
from kan_equiv.testing import strategies
from kan_equiv.testing.pairs import NearMiss, Pair

SECONDS = 2.0
EXAMPLES = settings(
    max_examples=10,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
SMALL = ("univariate", "one_hidden_layer")


class Judge:
    """A tool, and how often it agreed and did not answer."""

    def __init__(self, tool: Tool) -> None:
        self.tool = tool
        self.seen: Counter[str] = Counter()

    def hears(self, pair: Pair | NearMiss, expected: str) -> None:
        outcome = ke.prove(pair.left, pair.right, domain=pair.domain)
        assert outcome.verdict == {"unsat": "proved", "sat": "refuted"}[expected]
        answer = self.asked(pair.left, pair.right, pair.domain)
        assert answer.verdict in (expected, "unknown"), answer
        self.seen[answer.verdict] += 1

    def answered_mostly(self, expected: str) -> None:
        assert self.seen[expected] >= 4, self.seen

    def asked(self, left: Network, right: Network, domain: Box | None) -> Answer:
        if self.tool.name != "sympy":
            text = smtlib(left, right, domain)
            return self.tool.smtlib(text, left.in_features, SECONDS)
        x = sympy.Symbol("x", real=True)
        try:
            texts = [sympy.srepr(n.to_sympy([x])[0]) for n in (left, right)]
        except NotSeparableError:
            return Answer("unknown", "no function of one input")
        side = None if domain is None else domain.for_inputs(1).intervals[0]
        lo, hi = (None, None) if side is None else (side.lo, side.hi)
        ends = tuple(None if v is None else str(v) for v in (lo, hi))
        return self.tool.functions(*texts, (ends[0], ends[1]), SECONDS)


@pytest.fixture(scope="module", params=["z3", "cvc5", "sympy"])
def judge(request: pytest.FixtureRequest) -> Iterator[Judge]:
    with Tool.running(request.param) as tool:
        yield Judge(tool)


def kinds(judge: Judge) -> tuple[str, ...]:
    return SMALL[:1] if judge.tool.name == "sympy" else SMALL


def test_equal_pairs(judge: Judge) -> None:
    @EXAMPLES
    @given(strategies.equivalent_pairs(kinds=kinds(judge)))
    def agree(pair: Pair) -> None:
        judge.hears(pair, "unsat")

    agree()
    judge.answered_mostly("unsat")


def test_near_misses(judge: Judge) -> None:
    @EXAMPLES
    @given(strategies.near_miss_pairs(kinds=kinds(judge)))
    def agree(pair: NearMiss) -> None:
        judge.hears(pair, "sat")

    agree()
    judge.answered_mostly("sat")


STEP = PiecewisePolynomial.truncated_power(Fraction(1, 3), 0)


@pytest.mark.parametrize("value", [0, 1, Fraction(1, 2)])
@pytest.mark.parametrize("other", [0, 1, Fraction(1, 2)])
def test_the_end_of_a_cell(judge: Judge, value: Fraction, other: Fraction) -> None:
    """A jump whose value is the left one, the right one, or neither."""
    left, right = (
        ke.kan([[PiecewisePolynomial(STEP.breakpoints, STEP.pieces, (Fraction(v),))]])
        for v in (value, other)
    )
    for domain in (None, Box(0, 1), Box([("1/3", None)])):
        pair = Pair(left, right, domain, ())
        judge.hears(pair, "unsat" if value == other else "sat")
