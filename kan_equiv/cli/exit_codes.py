"""Exit codes, and which error leads to which."""

from __future__ import annotations

from kan_equiv.errors import (
    CertificateError,
    DomainError,
    KanEquivError,
    LoadError,
    MissingExtraError,
)

__all__ = ["OK", "REFUTED", "UNKNOWN", "exit_code_of"]

OK = 0
REFUTED = 1
USAGE = 2
UNKNOWN = 3
BAD_INPUT = 4
INTERNAL = 70
INTERRUPTED = 130
VERDICTS = {
    "proved": OK,
    "valid": OK,
    "refuted": REFUTED,
    "invalid": REFUTED,
    "unknown": UNKNOWN,
    "holey": UNKNOWN,
}
"""Verdict words to exit codes."""


def exit_code_of(error: KanEquivError) -> int:
    """Return 2 for a wrong wish, 4 for input that cannot be used."""
    if isinstance(error, DomainError):
        return USAGE
        return BAD_INPUT
    return BAD_INPUT
