"""SMT-LIB files that ask a solver whether two networks differ."""

from __future__ import annotations

from kan_equiv.emit.planning import SupportsEmission
from kan_equiv.ir.domain import Box
from kan_equiv.ir.network import Network
from kan_equiv.ir.to_smtlib import difference_to_smtlib

__all__ = ["smtlib"]


def smtlib(
    left: Network | SupportsEmission,
    right: Network | SupportsEmission,
    domain: Box | None = None,
    within: object = None,
) -> str:
    """Return the text of an SMT-LIB 2 file: do two networks differ on a domain?

    The stock z3 and cvc5 answer ``unsat`` where the networks are equal (or differ by at
    most ``within``) and ``sat`` where they are not, if they answer at all. An answer is
    an opinion, not a proof that the kernel could replay.

    Args:
        left: a network, or a conversion (its target is meant).
        right: likewise, with as many inputs and outputs.
        domain: a box, or None for R^n.
        within: an exact number, or one per output: the difference that is tolerated.

    Raises:
        ValidationError: the shapes differ, or ``within`` has another length.

    >>> import kan_equiv as ke
    >>> relu, twice = (ke.mlp([([[1]], [0]), ([[w]], [0])]) for w in (1, 2))
    >>> print(smtlib(relu, twice, domain=ke.Box(-1, "1/2")))
    ; Do two networks with 1 inputs and 1 outputs differ?
    ; unsat: they are equal on the domain.
    ; sat: they are not, and x0, x1, ... are a point that shows it.
    (set-logic QF_LRA)
    (declare-const x0 Real)
    (assert (>= x0 (- 1.0)))
    (assert (<= x0 (/ 1.0 2.0)))
    (define-fun l0 () Real (ite (<= x0 0.0) 0.0 x0))
    (define-fun r1 () Real (ite (<= x0 0.0) 0.0 x0))
    (define-fun r2 () Real (* 2.0 r1))
    (assert (not (= l0 r2)))
    (check-sat)
    <BLANKLINE>
    """
    a, b = (n if isinstance(n, Network) else n.target for n in (left, right))
    return difference_to_smtlib(a, b, domain, within)
