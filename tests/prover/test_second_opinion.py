"""Second opinions: what is asked, what is recorded, and that nothing else changes."""

from __future__ import annotations

from fractions import Fraction

import pytest

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.ir import Atom, Box, Network, Univariate
from kan_equiv.prover.outcome import Outcome, Proved, Refuted, SecondOpinion, Unknown
from kan_equiv.prover.question import Question
from kan_equiv.prover.regions import prove_by_regions
from kan_equiv.prover.second_opinion import with_second_opinion
from kan_equiv.prover.tools import TOOLS, Answer, Tool
from kan_equiv.reports.text import outcome_data, outcome_lines
from tests.networks import kan, with_coefficient

HAT = PiecewisePolynomial.truncated_power(Fraction(0), 1)


def opinion(outcome: Outcome) -> SecondOpinion:
    assert isinstance(outcome, (Proved, Refuted))
    assert outcome.second_opinion is not None
    return outcome.second_opinion


def counts(outcome: Outcome) -> tuple[int, int, int, int]:
    found = opinion(outcome)
    wrong = len(found.disagreements)
    return found.asked, found.agreed, found.undecided, wrong


@pytest.mark.parametrize("tool", TOOLS)
def test_on_a_sample_of_edges(tool: str) -> None:
    source = kan([2, 2, 1], degree=2, intervals=2, seed=1)
    target = ke.convert(source).target
    plain = ke.prove(source, target)
    outcome = ke.prove(source, target, cross_check=tool, sample=5)
    assert isinstance(outcome, Proved)
    assert counts(outcome) == (5, 5, 0, 0)
    found = opinion(outcome)
    assert found.tool == tool
    assert found.sample.startswith("5 of ")
    assert "edges (window, input, output)" in found.sample
    assert "drawn with seed 0" in found.sample
    assert isinstance(plain, Proved)
    assert outcome.certificate == plain.certificate
    assert outcome_lines(outcome) == [str(found)]
    assert outcome_data(outcome)["second_opinion"]["agreed"] == 5


@pytest.mark.parametrize("tool", TOOLS)
def test_on_atoms(tool: str) -> None:
    """silu(-x) = silu(x) - x is put in normal form before solvers see it."""
    zero = PiecewisePolynomial.of([])
    flipped = Univariate(zero, ((Atom("silu", Fraction(-1)), Fraction(1)),))
    line = PiecewisePolynomial.of([0, -1])
    turned = Univariate(line, ((Atom("silu"), Fraction(1)),))
    outcome = ke.prove(ke.kan([[flipped]]), ke.kan([[turned]]), cross_check=tool)
    assert isinstance(outcome, Proved)
    assert counts(outcome) == (1, 1, 0, 0)


@pytest.mark.parametrize("tool", TOOLS)
def test_constants_that_move_between_edges_are_no_disagreement(tool: str) -> None:
    one = PiecewisePolynomial.of([1])
    left, right = ke.kan([[HAT + one, HAT]]), ke.kan([[HAT, HAT + one]])
    outcome = ke.prove(left, right, cross_check=tool)
    assert isinstance(outcome, Proved)
    assert counts(outcome) == (2, 2, 0, 0)


@pytest.mark.parametrize("tool", TOOLS)
def test_on_a_box(tool: str) -> None:
    bent = HAT + PiecewisePolynomial.truncated_power(Fraction(3), 2)
    jump = HAT + PiecewisePolynomial.truncated_power(Fraction(-1), 0)
    left, right = ke.kan([[HAT, HAT, HAT]]), ke.kan([[HAT, bent, jump]])
    domain = Box([(-1, 1), (-1, 3), (2, 2)])
    shifted = ke.kan([[HAT, bent, jump + PiecewisePolynomial.of([-1])]])
    assert ke.prove(left, right, domain=domain).is_refuted
    half_lines = Box([(None, 3), (None, 3), (5, None)])
    for where in (domain, half_lines):
        outcome = ke.prove(left, shifted, domain=where, cross_check=tool)
        assert isinstance(outcome, Proved)
        assert counts(outcome) == (3, 3, 0, 0)


@pytest.mark.parametrize("tool", TOOLS)
def test_on_a_witness(tool: str) -> None:
    source = kan([2, 2, 1], degree=2, seed=1)
    other = with_coefficient(source, 1, (0, 0, 2), 2.0**-22)
    outcome = ke.prove(source, other, cross_check=tool)
    assert isinstance(outcome, Refuted)
    assert counts(outcome) == (1, 1, 0, 0)
    assert opinion(outcome).sample.startswith("the witness")
    silu = kan([1, 1], degree=1, seed=3, silu=True)
    apart = with_coefficient(silu, 0, (0, 0, 1), 0.5)
    outcome = ke.prove(silu, apart, cross_check=tool)
    # Atoms are any functions to a solver; SymPy knows them.
    decided = tool == "sympy"
    assert counts(outcome) == (1, int(decided), int(not decided), 0)


@pytest.mark.parametrize("tool", TOOLS)
def test_on_whole_windows(tool: str) -> None:
    """What mixes inputs before a bank is one question; SymPy is not asked."""
    left = ke.mlp([([[1, 2], [3, -1]], [0, 1]), ([[1, 1]], [0])])
    right = ke.mlp([([[6, -2], ["1/2", 1]], [2, 0]), ([["1/2", 2]], [0])])
    proved = prove_by_regions(Question(left, right))
    assert isinstance(proved, Proved)
    outcome = with_second_opinion(proved, tool)
    asked = 0 if tool == "sympy" else 1
    assert counts(outcome) == (asked, asked, 0, 0)
    if asked:
        assert "1 whole windows" in opinion(outcome).sample
    else:
        assert "1 windows mix inputs: sympy is asked about" in str(opinion(outcome))
        assert "no obligations" not in str(opinion(outcome))


def test_unknown_has_no_obligations() -> None:
    outcome = Unknown("no luck")
    assert with_second_opinion(outcome, "z3") is outcome


def test_a_time_limit_is_no_agreement() -> None:
    source = kan([2, 1], degree=3, seed=1)
    proved = ke.prove(source, ke.convert(source).target)
    outcome = with_second_opinion(proved, "cvc5", sample=3, seconds=1e-3)
    asked, agreed, undecided, wrong = counts(outcome)
    assert (asked, wrong) == (3, 0)
    assert agreed + undecided == 3


def answering(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tool, "smtlib", lambda *_: answer)
    monkeypatch.setattr(Tool, "functions", lambda *_: answer)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_disagreement_is_loud_and_changes_nothing(
    tool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(Answer("sat", point=(Fraction(1, 3),)), monkeypatch)
    left = ke.kan([[HAT]])
    with pytest.warns(UserWarning, match=f"{tool} .* disagrees with the kernel"):
        outcome = ke.prove(left, ke.convert(left).target, cross_check=tool)
    assert isinstance(outcome, Proved)
    assert kernel.check(outcome.certificate.data).verdict == "valid"
    asked, agreed, undecided, wrong = counts(outcome)
    assert (agreed, undecided) == (0, 0)
    assert asked == wrong >= 1
    first = opinion(outcome).disagreements[0]
    assert first == (
        "window 0, input 0, output 0 differs at (1/3); exact evaluation does not bear "
        "it out"
    )
    lines = outcome_lines(outcome)
    assert lines[0].endswith(f"{wrong} disagree")
    assert lines[1] == f"DISAGREES: {first}"


def test_a_disagreement_without_a_point(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(Answer("sat"), monkeypatch)
    left = ke.kan([[HAT]])
    with pytest.warns(UserWarning, match="at no point that it names"):
        ke.prove(left, ke.convert(left).target, cross_check="z3")


def test_a_disagreement_about_a_witness(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(Answer("unsat"), monkeypatch)
    left, right = ke.kan([[HAT]]), ke.kan([[HAT.scale(2)]])
    with pytest.warns(UserWarning, match="the sides are equal at the witness"):
        outcome = ke.prove(left, right, cross_check="z3")
    assert isinstance(outcome, Refuted)
    assert counts(outcome) == (1, 0, 0, 1)


def test_exact_evaluation_would_tell_a_kernel_that_errs() -> None:
    """An obligation that is false in truth: the point is confirmed."""
    from kan_equiv.ir.domain import Interval
    from kan_equiv.prover.second_opinion import _disagreement, _Edge

    f, g = Univariate(HAT), Univariate(HAT.scale(2))
    edge = _Edge("window 0, input 0, output 0", f, g, Interval(None, None))
    with Tool.running("z3") as tool:
        answer = edge.ask(tool, 10)
    assert answer.verdict == "sat"
    assert _disagreement(edge, answer).endswith("exact evaluation bears it out")


def test_networks_are_not_asked_where_windows_are_large() -> None:
    rows = [[(i * j) % 7 - 3 for j in range(130)] for i in range(130)]
    left = ke.mlp([(rows, [0] * 130), ([[1] * 130], [0])])
    right = Network(130, left.stages)
    outcome = ke.prove(left, right, cross_check="z3")
    assert isinstance(outcome, Proved)
    assert opinion(outcome).asked == 0
