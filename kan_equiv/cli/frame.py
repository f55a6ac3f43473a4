"""The frame of every command: what is printed, in which order, and the exit code."""

from __future__ import annotations

import json
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, NoReturn

import click

from kan_equiv.cli.exit_codes import INTERNAL, INTERRUPTED, VERDICTS, exit_code_of
from kan_equiv.errors import KanEquivError

__all__ = ["Result", "framed"]

TERMINATED = 143  # 128 + SIGTERM


@dataclass(frozen=True, slots=True)
class Result:
    """What a command found.

    Attributes:
        verdict: a word of ``exit_codes.VERDICTS``.
        headline: one sentence; verdict and headline are the first line of stdout.
        lines: the rest of the text.
        data: the same as plain data; the verdict is put before it.
    """

    verdict: str
    headline: str
    lines: Sequence[str] = ()
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])


def framed(command: Callable[..., Result]) -> Callable[..., None]:
    """Print a command's result as text or JSON, and turn errors into exit codes."""

    @click.option("--json", "as_json", is_flag=True, help="Print JSON, verdict first.")
    @click.option("--debug", is_flag=True, help="Show tracebacks.")
    @wraps(command)
    def run(*args: Any, as_json: bool, debug: bool, **options: Any) -> NoReturn:
        try:
            with (
                _stopping_on_sigterm(),
                warnings.catch_warnings(record=True) as caught,
            ):
                warnings.simplefilter("always", UserWarning)
                result = command(*args, **options)
            _show(result, as_json)
            for text in dict.fromkeys(str(w.message) for w in caught):
                click.echo(f"warning: {text}", err=True)
            code = VERDICTS[result.verdict]
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise
        except (KanEquivError, OSError) as error:
            code = _fail(error, exit_code_of(error), str(error), as_json, debug)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            code = INTERRUPTED
        except Exception as error:
            text = (
                f"internal error: {type(error).__name__}: {error}. Run again with "
                "--debug for the traceback, and please report it"
            )
            code = _fail(error, INTERNAL, text, as_json, debug)
        sys.exit(code)

    return run


def _show(result: Result, as_json: bool) -> None:
    if as_json:
        data = {k: v for k, v in result.data.items() if k != "verdict"}
        click.echo(json.dumps({"verdict": result.verdict, **data}, allow_nan=False))
    else:
        headline = f"{result.verdict}: {result.headline}"
        click.echo("\n".join([headline, *result.lines]))


def _fail(error: Exception, code: int, text: str, as_json: bool, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    click.echo(text if code == INTERNAL else f"error: {text}", err=True)
    if as_json:
        found = {"verdict": "error", "error": type(error).__name__, "message": text}
        click.echo(json.dumps(found))
    return code


@contextmanager
def _stopping_on_sigterm() -> Generator[None]:
    """Let clean-up run when the process is told to end, so nothing partial stays."""

    def stop(*_: object) -> NoReturn:
        sys.exit(TERMINATED)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
