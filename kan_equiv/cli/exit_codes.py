"""Exit codes, and what leads to which."""

from __future__ import annotations

from kan_equiv.errors import DomainError, KanEquivError

__all__ = [
    "BAD_INPUT",
    "INTERNAL",
    "INTERRUPTED",
    "OK",
    "REFUTED",
    "UNKNOWN",
    "USAGE",
    "VERDICTS",
    "exit_code_of",
]

OK = 0
REFUTED = 1
USAGE = 2
UNKNOWN = 3
BAD_INPUT = 4
INTERNAL = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED = 130  # 128 + SIGINT, as shells report it
VERDICTS = {
    "ok": OK,
    "proved": OK,
    "valid": OK,
    "refuted": REFUTED,
    "invalid": REFUTED,
    "unknown": UNKNOWN,
    "holey": UNKNOWN,
    "error": BAD_INPUT,
}
"""Verdict words, the first word of stdout, to exit codes."""


def exit_code_of(error: KanEquivError | OSError) -> int:
    """Return 2 for a malformed domain, 4 for input that cannot be used.

    Other options that are malformed, or do not fit together, exit with 2 by click.
    """
    return USAGE if isinstance(error, DomainError) else BAD_INPUT
