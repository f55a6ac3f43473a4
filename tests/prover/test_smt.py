"""The last resort: a solver's point refutes, a solver's unsat proves nothing."""

from __future__ import annotations

import hashlib
from fractions import Fraction

import pytest

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.emit import smtlib
from kan_equiv.errors import CertificateError, DomainError, ValidationError
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.ir import Box, Network
from kan_equiv.prover import certify, equality
from kan_equiv.prover.outcome import Outcome, Refuted, Unknown
from kan_equiv.prover.question import Deadline, Question
from kan_equiv.prover.smt import SOLVERS, prove_by_smt
from kan_equiv.prover.tools import Answer, Tool, require
from kan_equiv.reports.text import outcome_data, outcome_headline
from tests.networks import kan, with_coefficient

ROWS = [[1, 2, 0], [3, -1, 1], ["-1/2", "1/3", 2]]
LEFT = ke.mlp([(ROWS, [0, 1, -2]), ([[1, -1, 2], [2, 1, -3]], [1, 0]), ([[1, 1]], [0])])


def right(weight: object = 4) -> Network:
    """LEFT for weight 4: the units in the order 2, 0, 1, unit 0 scaled by 1/2."""
    first = [ROWS[2], ["1/2", 1, 0], ROWS[1]]
    return ke.mlp(
        [
            (first, [-2, 0, 1]),
            ([[2, 2, -1], [-3, weight, 1]], [1, 0]),
            ([[1, 1]], [0]),
        ]
    )


def asked(left: Network, other: Network, solver: str, domain: Box | None = None):
    box = None if domain is None else domain.for_inputs(left.in_features)
    return prove_by_smt(Question(left, other, box, Deadline.after(60)), solver)


@pytest.mark.parametrize("solver", SOLVERS)
def test_unsat_is_holey(solver: str) -> None:
    outcome = asked(LEFT, right(), solver)
    assert isinstance(outcome, Unknown)
    assert outcome.verdict == "holey"
    assert not outcome.is_proved
    assert str(outcome).startswith(f"holey: equal if {solver} {require(solver)} is ")
    assert outcome.certificate is not None
    verdict = kernel.check(outcome.certificate.data)
    assert verdict.verdict == "holey"
    digest = hashlib.sha256(smtlib(LEFT, right()).encode()).hexdigest()
    (hole,) = verdict.holes
    for words in (solver, require(solver), digest, "unsat"):
        assert words in hole
    assert digest in outcome.reason
    assert outcome_data(outcome)["verdict"] == "holey"
    assert outcome_headline(outcome).startswith("equal if ")


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("domain", [None, Box(-1, 1)], ids=["space", "box"])
def test_a_point_is_verified(solver: str, domain: Box | None) -> None:
    other = right("4.000000001")
    outcome = asked(LEFT, other, solver, domain)
    assert isinstance(outcome, Refuted)
    w = outcome.witness
    assert LEFT(w.point) != other(w.point)
    assert domain is None or w.point in domain.for_inputs(3)
    verdict = kernel.check(outcome.certificate.data)
    assert (verdict.verdict, verdict.holes) == ("valid", ())


@pytest.mark.parametrize("solver", SOLVERS)
def test_polynomials(solver: str) -> None:
    """A cubic layer in another form, and off by one coefficient."""
    source = kan([1, 1], degree=2, intervals=2, seed=2)
    target = ke.convert(source).target
    assert asked(source, target, solver).verdict == "holey"
    moved = with_coefficient(source, 0, (0, 0, 1), 2.0**-20)
    assert isinstance(asked(moved, target, solver), Refuted)


@pytest.mark.parametrize("solver", SOLVERS)
def test_atoms(solver: str) -> None:
    """Any functions to a solver: unsat is as good as elsewhere, sat says nothing."""
    source = kan([1, 1], degree=1, seed=3, silu=True)
    assert asked(source, ke.convert(source).target, solver).verdict == "holey"
    silu = ke.from_sympy(*_silu(1))
    flipped = ke.from_sympy(*_silu(-1))
    assert asked(ke.kan([[silu]]), ke.kan([[flipped]]), solver).verdict == "holey"


def _silu(sign: int):
    import sympy

    x = sympy.Symbol("x", real=True)
    return x / (1 + sympy.exp(-x)) if sign > 0 else x - x / (1 + sympy.exp(x)), x


def answering(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tool, "smtlib", lambda *_: answer)


@pytest.mark.parametrize(
    "answer",
    [
        Answer("sat"),
        Answer("sat", point=(Fraction(0),) * 3),
        Answer("sat", point=(Fraction(9),) * 3),
    ],
    ids=["no point", "a point of equality", "a point outside"],
)
def test_a_point_that_shows_nothing(
    answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(answer, monkeypatch)
    outcome = asked(LEFT, right(), "z3", Box(-1, 1))
    assert isinstance(outcome, Unknown)
    assert outcome.certificate is None
    assert outcome.reason.endswith("but names no point that shows it")


def test_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(Answer("unknown", "timeout"), monkeypatch)
    outcome = asked(LEFT, right(), "z3")
    assert isinstance(outcome, Unknown)
    assert outcome.verdict == "unknown"
    assert outcome.reason == f"z3 {require('z3')}: timeout"


def test_a_solver_that_errs_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it says of unequal networks, the worst is a holey certificate."""
    answering(Answer("unsat"), monkeypatch)
    outcome = asked(LEFT, right(5), "cvc5")
    assert outcome.verdict == "holey"
    assert kernel.check(outcome.certificate.data).verdict == "holey"


def nothing(_: Question) -> Outcome | None:
    return Unknown("no luck")


def test_it_is_asked_last_and_only_where_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert ke.prove(LEFT, LEFT, smt="z3").is_proved
    monkeypatch.setattr(equality, "TACTICS", (nothing,))
    told: list[str] = []
    plain = ke.prove(LEFT, right(), progress=told.append)
    assert (plain.verdict, str(plain), told) == ("unknown", "unknown: no luck", [])
    outcome = ke.prove(LEFT, right(), smt="z3", progress=told.append)
    assert outcome.verdict == "holey"
    assert told == ["asking z3"]
    assert ke.prove(LEFT, right(5), smt="z3").is_refuted
    late = ke.prove(LEFT, right(), smt="z3", timeout=0)
    assert late.verdict == "unknown"
    with pytest.raises(ValidationError, match="smt must be one of"):
        ke.prove(LEFT, right(), smt="sympy")
    with pytest.raises(DomainError):
        ke.prove(LEFT, right(), domain=Box([(0, 1)]), smt="z3")


def test_a_large_question_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kan_equiv.prover.smt.TEXT_LIMIT", 100)
    outcome = asked(LEFT, right(), "z3")
    assert isinstance(outcome, Unknown)
    assert "characters" in outcome.reason


def test_what_is_on_trust_must_not_be_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    valid = kernel.Verdict("valid")
    monkeypatch.setattr(certify.kernel, "check", lambda _: valid)
    with pytest.raises(CertificateError, match="the kernel says valid"):
        certify.certify_on_trust(LEFT, right(), "because", None)


def test_a_jump_at_one_point() -> None:
    step = PiecewisePolynomial.truncated_power(Fraction(1, 3), 0)
    closed = PiecewisePolynomial(step.breakpoints, step.pieces, (Fraction(0),))
    outcome = asked(ke.kan([[step]]), ke.kan([[closed]]), "z3")
    assert isinstance(outcome, Refuted)
    assert outcome.witness.point == (Fraction(1, 3),)
