"""prove(left, right): equal as functions over the reals, refuted, or unknown.

The tactics are tried in order of cost; the first proof or witness ends the search.
"""

from __future__ import annotations

from collections.abc import Callable

from kan_equiv.errors import CertificateError, ValidationError
from kan_equiv.ir.domain import Box, as_box
from kan_equiv.ir.network import Network
from kan_equiv.prover.chains import prove_by_composition
from kan_equiv.prover.congruence import prove_by_congruence
from kan_equiv.prover.layers import prove_by_factoring, prove_by_layers
from kan_equiv.prover.normal_form import prove_by_normal_form
from kan_equiv.prover.outcome import Outcome, Unknown
from kan_equiv.prover.question import Deadline, Question, Tactic
from kan_equiv.prover.reachable_layers import prove_by_reachable_layers
from kan_equiv.prover.recognition import prove_by_recognition
from kan_equiv.prover.refute import refute_at_points, refute_by_exploring
from kan_equiv.prover.regions import prove_by_regions
from kan_equiv.prover.ridges import prove_by_ridges
from kan_equiv.prover.smt import smt_tactic

__all__ = ["TACTICS", "prove_equal"]

TACTICS: tuple[Tactic, ...] = (
    prove_by_ridges,
    prove_by_layers,
    prove_by_composition,
    prove_by_reachable_layers,
    refute_at_points,
    prove_by_normal_form,
    prove_by_congruence,
    prove_by_factoring,
    prove_by_recognition,
    prove_by_regions,
    refute_by_exploring,
)
"""What is tried, in this order."""


def prove_equal(
    left: Network,
    right: Network,
    domain: Box | None = None,
    timeout: float | None = None,
    progress: Callable[[str], None] | None = None,
    smt: str | None = None,
) -> Outcome:
    """Decide whether two networks are equal over the reals on R^n or a closed box.

    Complete for two single layers of pieces and atoms; networks are matched layer by
    layer, and refuted only by an exact point. See docs/reference/completeness.md.

    Args:
        left: a network.
        right: a network with the same numbers of inputs and outputs.
        domain: a closed box, or None for all of R^n.
        timeout: seconds after which the search gives up.
        progress: called with a few words whenever another attempt starts.
        smt: ``z3`` or ``cvc5``, to be asked where everything else fails; what it finds
            equal is not proved, see ``prove_by_smt``.

    Raises:
        ValidationError: the two have different numbers of inputs or outputs, or there
            is no such solver.
        MissingExtraError: the solver is not installed.
    """
    shapes = [(n.in_features, n.out_features) for n in (left, right)]
    if shapes[0] != shapes[1]:
        raise ValidationError(
            f"left maps {shapes[0][0]} inputs to {shapes[0][1]} outputs, right maps "
            f"{shapes[1][0]} to {shapes[1][1]}; only networks of one shape compare"
        )
    box = None if domain is None else as_box(domain).for_inputs(left.in_features)
    if box is not None and box.is_everything:
        box = None
    question = Question(left, right, box, Deadline.after(timeout), progress)
    tactics = TACTICS if smt is None else (*TACTICS, smt_tactic(smt))
    reasons: list[str] = []
    for tactic in tactics:
        outcome = _tried(tactic, question)
        if isinstance(outcome, Unknown) and outcome.certificate is not None:
            return outcome
        if isinstance(outcome, Unknown):
            reasons.append(outcome.reason)
        elif outcome is not None:
            return outcome
        if question.deadline.is_over:
            reasons.append(f"timeout after {timeout} s")
            break
    return Unknown("; ".join(reasons) or "no tactic applies")


def _tried(tactic: Tactic, question: Question) -> Outcome | None:
    """What the kernel refuses is neither a proof nor a witness."""
    try:
        return tactic(question)
    except CertificateError as error:
        return Unknown(f"{tactic.__name__} wrote what does not hold: {error}")
