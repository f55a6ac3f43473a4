"""What the soundness harness counted is said at the end of the run."""

from __future__ import annotations

import pytest

collect_ignore = ["corpus"]
"""No tests: how bad certificates come about, each of them registered once, by name."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == "outcomes" and report.when == "call"
    ]
    if lines:
        terminalreporter.section("outcomes of drawn pairs")
        terminalreporter.write_line("\n".join(sorted(lines)))
