"""A pytest plugin: what a test gives to the kernel, the verified checker sees too."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from kan_equiv import kernel
from kan_equiv.certificate.verified import verified_check
from kan_equiv.kernel import verdict

ORIGINAL = verdict.check
WORDS: Counter[tuple[str, str]] = Counter()
DIFFERENT: list[str] = []
SEEN: set[bytes] = set()


def check(data: bytes) -> verdict.Verdict:
    """The kernel's verdict, after a note of both."""
    found = ORIGINAL(data)
    if data not in SEEN:
        SEEN.add(bytes(data))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "compared.cert"
            path.write_bytes(data)
            other = verified_check(path)
        WORDS[found.verdict, other.verdict] += 1
        if other.verdict not in ("unsupported", found.verdict):
            where = os.environ.get("PYTEST_CURRENT_TEST")
            DIFFERENT.append(f"{where}: {found.verdict} {found.reason}, {other}")
    return found


verdict.check = check
kernel.check = check


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail where the two disagree."""
    if DIFFERENT or not WORDS:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was compared, and what differs."""
    for (ours, verified), count in sorted(WORDS.items()):
        terminalreporter.write_line(f"{ours} {verified} {count}")
    for line in DIFFERENT:
        terminalreporter.write_line(f"DISAGREE {line}")
