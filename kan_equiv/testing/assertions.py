"""Assertions about exact networks: passed only by a proof that the kernel accepted."""

from __future__ import annotations

from kan_equiv import api
from kan_equiv.certificate.model import Certificate
from kan_equiv.ir import Box
from kan_equiv.prover.outcome import Outcome, Proved, Refuted
from kan_equiv.testing.sources import witness_test

__all__ = ["NotProvedError", "assert_proved_equal"]


class NotProvedError(AssertionError):
    """A claim was refuted, or neither proved nor refuted.

    Attributes:
        outcome: Refuted or Unknown.
        certificate: the refutation's, or None; the pytest plugin saves it.
    """

    def __init__(self, message: str, outcome: Outcome) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.certificate: Certificate | None = getattr(outcome, "certificate", None)


def assert_proved_equal(
    left: object,
    right: object,
    *,
    domain: Box | None = None,
    timeout: float | None = None,
) -> Proved:
    """Assert that two models are the same function over the reals.

    Args:
        left: anything :func:`kan_equiv.load` accepts.
        right: likewise, with as many inputs and outputs.
        domain: a closed box, or None for all of R^n.
        timeout: seconds after which the search gives up, and the assertion fails.

    Returns:
        The proof, whose certificate the kernel has accepted.

    Raises:
        NotProvedError: with the exact witness and a test to paste, or with the reason
            why nothing is known.

    >>> import kan_equiv as ke
    >>> from sympy import Max, Symbol, Abs
    >>> x = Symbol("x", real=True)
    >>> hinges = ke.mlp([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])
    >>> print(assert_proved_equal(ke.kan([[Abs(x)]]), hinges))
    proved: equal as functions over the reals on R^n
    """
    outcome = api.prove(left, right, domain=domain, timeout=timeout)
    if isinstance(outcome, Proved):
        return outcome
    if not isinstance(outcome, Refuted):
        raise NotProvedError(
            f"left and right were neither proved equal nor refuted\n{outcome}", outcome
        )
    test = witness_test(left, right, outcome.witness)
    raise NotProvedError(
        "left and right are not the same function over the reals\n"
        f"{outcome}\n\nA test that keeps this case:\n\n{test}",
        outcome,
    )
