"""The last resort, where a user allows it: one question to an SMT solver."""

from __future__ import annotations

import hashlib

from kan_equiv.errors import ValidationError
from kan_equiv.ir.to_smtlib import difference_to_smtlib
from kan_equiv.prover.certify import certify_on_trust, certify_witness
from kan_equiv.prover.outcome import Outcome, Refuted, Unknown
from kan_equiv.prover.question import Question, Tactic
from kan_equiv.prover.search import separates
from kan_equiv.prover.tools import Tool, require

__all__ = ["SOLVERS", "prove_by_smt", "smt_tactic"]

SOLVERS = ("z3", "cvc5")
DEFAULT_SECONDS = 60.0
"""For a question without a deadline."""
TEXT_LIMIT = 1 << 24


def smt_tactic(solver: str) -> Tactic:
    """Return the tactic that asks a solver.

    Raises:
        ValidationError: no such solver.
        MissingExtraError: it is not installed.
    """
    if solver not in SOLVERS:
        raise ValidationError(f"smt must be one of {list(SOLVERS)}, got smt={solver!r}")
    require(solver)

    def ask(question: Question) -> Outcome | None:
        return prove_by_smt(question, solver)

    return ask


def prove_by_smt(question: Question, solver: str) -> Outcome | None:
    """Ask a solver whether the two networks differ.

    ``sat``: the point that it names is evaluated exactly, and refutes. ``unsat`` is
    never a proof: the outcome is Unknown with a holey certificate, whose one step names
    the solver, its version and the sha256 of the SMT-LIB text.
    """
    left, right, box = question.left, question.right, question.domain
    if left.is_partial or right.is_partial:
        return Unknown(f"{solver}: log and sqrt are not defined everywhere")
    text = difference_to_smtlib(left, right, box)
    if len(text) > TEXT_LIMIT:
        return Unknown(f"{solver}: the question has {len(text)} characters")
    question.tell(f"asking {solver}")
    seconds = question.deadline.seconds_left
    limit = DEFAULT_SECONDS if seconds is None else seconds
    with Tool.running(solver) as tool:
        answer = tool.smtlib(text, left.in_features, limit)
    name = f"{solver} {tool.version}"
    if answer.verdict == "unsat":
        digest = hashlib.sha256(text.encode()).hexdigest()
        found = f"unsat for the SMT-LIB text with sha256 {digest}"
        certificate = certify_on_trust(left, right, f"{name} answers {found}", box)
        reason = f"equal if {name} is right, which nobody has checked ({found})"
        return Unknown(reason, certificate)
    if answer.verdict == "unknown":
        return Unknown(f"{name}: {answer.reason}")
    if answer.point is not None and (box is None or answer.point in box):
        witness = separates(left, right, answer.point)
        if witness is not None:
            return Refuted(witness, certify_witness(left, right, witness, box))
    return Unknown(f"{name} says that they differ, but names no point that shows it")
