from __future__ import annotations

import io
import sys

import pytest

from kan_equiv.cli.progress import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    with progress("proving") as tell:
        tell("layer 3")
    return stream.getvalue()


def test_a_terminal_shows_what_is_going_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "proving" in shown(monkeypatch, Terminal())
    assert "layer 3" in shown(monkeypatch, Terminal())


def test_no_color_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[32m" in shown(monkeypatch, Terminal())  # the spinner is green
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[32m" not in shown(monkeypatch, Terminal())


def test_pipes_and_dumb_terminals_stay_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, io.StringIO()) == ""
    monkeypatch.setenv("TERM", "dumb")
    assert shown(monkeypatch, Terminal()) == ""


def test_errors_pass_through() -> None:
    with pytest.raises(ZeroDivisionError), progress("dividing"):
        raise ZeroDivisionError
