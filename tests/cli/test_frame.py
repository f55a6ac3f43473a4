from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kan_equiv import importers
from kan_equiv.cli.main import main
from tests.networks import CHECKPOINTS

PWL = str(CHECKPOINTS["pykan_pwl"])
DIGITS = str(CHECKPOINTS["digits_efficient_kan"])
ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "kan_equiv"]


def environment(**more: str) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)} | more


def typed(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does, with pipes where a terminal could be."""
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment(**more),
    )


def failing(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, *options: str
) -> Result:
    def load(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(importers, "load", load)
    return CliRunner().invoke(main, ["show", PWL, *options])


def test_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    result = failing(monkeypatch, KeyboardInterrupt())
    assert result.exit_code == 130
    assert result.stdout == ""
    assert result.stderr == "interrupted\n"


def test_internal_errors_are_short_unless_debugged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result = failing(monkeypatch, ZeroDivisionError("oops"))
    assert result.exit_code == 70
    assert result.stdout == ""
    assert result.stderr.startswith("internal error: ZeroDivisionError: oops.")
    assert "Traceback" not in result.stderr
    debugged = failing(monkeypatch, ZeroDivisionError("oops"), "--debug")
    assert debugged.exit_code == 70
    assert "Traceback" in debugged.stderr


def test_errors_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    result = failing(monkeypatch, MemoryError("much"), "--json")
    assert result.exit_code == 70
    found: dict[str, Any] = json.loads(result.stdout)
    assert list(found.items())[:2] == [("verdict", "error"), ("error", "MemoryError")]


def test_unreadable_files_are_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    result = failing(monkeypatch, PermissionError(13, "Permission denied", "model.pt"))
    assert result.exit_code == 4
    assert "Permission denied" in result.stderr


# --- as a process --------------------------------------------------------------------


def test_verdict_first_and_nothing_on_stderr() -> None:
    found = typed("show", PWL)
    assert found.returncode == 0
    assert found.stdout.startswith("ok: ")
    assert found.stderr == ""


def test_no_escape_codes_in_pipes() -> None:
    found = typed("show", PWL, FORCE_COLOR="1", NO_COLOR="1")
    assert "\x1b" not in found.stdout + found.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["convert", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom kan_equiv.cli.main import main\n"
        f"main({arguments}, standalone_mode=False)\n"
        "print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=environment(),
    )
    loaded = set(found.stdout.splitlines()[-1].split())
    assert "click" in loaded
    assert not loaded & {"numpy", "sympy", "flint", "torch", "rich", "yaml"}


def test_a_closed_pipe_is_no_internal_error() -> None:
    with subprocess.Popen(
        [*COMMAND, "formats"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()
        process.wait()
    assert "internal error" not in errors


@pytest.mark.parametrize(("number", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_stopped_run_leaves_nothing(number: str, code: int, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with subprocess.Popen(
        [*COMMAND, "convert", DIGITS, "-o", str(out), "--layout", "sequential"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        # a background job of a shell hands down that SIGINT is ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    ) as process:
        end = time.monotonic() + 60
        while not list(tmp_path.iterdir()) and time.monotonic() < end:
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(getattr(signal, number))
        found, _ = process.communicate()
    assert process.returncode == code
    assert found == b""
    assert list(tmp_path.iterdir()) == []
