"""What the commands share: loading, domains, output, errors."""

from __future__ import annotations

import ast
import json
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kan_equiv.cli.exit_codes import INTERNAL, INTERRUPTED, exit_code_of
from kan_equiv.errors import KanEquivError

if TYPE_CHECKING:
    from kan_equiv.ir.domain import Box
    from kan_equiv.ir.network import Network

__all__ = [
    "command_errors",
    "load_options",
    "load_with",
    "parse_box",
    "progress",
    "show_result",
    "source_files",
]

Command = Callable[..., None]


def load_options(command: Command) -> Command:
    """Add --format and --set to a command that loads models."""
    command = click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="NAME=VALUE",
        help="A hyper-parameter that the file lacks, by the library's own name.",
    )(command)
    return click.option(
        "--format", "format_", help="Family of the model, if detection is not right."
    )(command)


def load_with(path: str, format_: str | None, settings: Sequence[str]) -> Network:
    """Load a model with the --set options applied."""
    from kan_equiv import importers

    hyper: dict[str, Any] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise click.UsageError(f"--set needs NAME=VALUE, got {setting!r}")
        try:
            hyper[name] = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            hyper[name] = text
    return importers.load(path, format=format_, **hyper)


def source_files(path: str) -> list[Path]:
    """Return the files that a checkpoint path stands for."""
    from kan_equiv.importers.pykan import pykan_files

    place = Path(path)
    return (
        [place] if place.is_file() else [f for f in pykan_files(place) if f.is_file()]
    )


def parse_box(text: str | None, inputs: int) -> Box | None:
    """Read ``[-1,1]`` for all inputs, or ``[-1,1] [0,1/2] ...`` for each."""
    if text is None:
        return None
    from kan_equiv.errors import DomainError
    from kan_equiv.ir.domain import Box

    parts = [p.strip(" ,x") for p in text.replace("[", "").split("]") if p.strip(" ,x")]
    try:
        pairs = [tuple(v.strip() for v in p.split(",")) for p in parts]
        box = Box(*pairs[0]) if len(pairs) == 1 else Box(pairs)
        return box.for_inputs(inputs)
    except (TypeError, ValueError, IndexError, KanEquivError) as error:
        raise DomainError(
            f"--domain needs '[lo,hi]' or one such interval per input, got {text!r}: "
            f"{error}"
        ) from error


@contextmanager
def progress(text: str) -> Iterator[None]:
    """Show a spinner on stderr while something takes its time, on terminals only."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(text):
        yield


def show_result(result: Mapping[str, Any], lines: Sequence[str], as_json: bool) -> None:
    """Print JSON, or lines of text; the verdict comes first in both."""
    click.echo(json.dumps(result, indent=2) if as_json else "\n".join(lines))


def command_errors(command: Command) -> Command:
    """Turn our errors into one line on stderr and the exit code for them."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> None:
        try:
            command(*args, **options)
        except (click.ClickException, click.exceptions.Exit, SystemExit):
            raise
        except KanEquivError as error:
            click.echo(f"error: {error}", err=True)
            sys.exit(exit_code_of(error))
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            sys.exit(INTERRUPTED)
        except Exception as error:
            context = click.get_current_context(silent=True)
            if context is not None and context.find_root().params.get("debug"):
                traceback.print_exc()
            click.echo(
                f"internal error: {type(error).__name__}: {error}. Run with --debug for "
                "the traceback, and please report it.",
                err=True,
            )
            sys.exit(INTERNAL)

    return run
