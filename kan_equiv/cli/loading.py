"""What the commands share about models, their hyper-parameters, and domains."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from kan_equiv.errors import LoadError
    from kan_equiv.importers import ModelReport
    from kan_equiv.ir.domain import Box
    from kan_equiv.ir.network import Network

__all__ = [
    "describe_with",
    "hyper_parameters",
    "load_options",
    "load_with",
    "loaded_path",
    "parse_box",
    "read_box",
    "source_files",
]

Command = TypeVar("Command", bound=Callable[..., Any])


def load_options(command: Command, side: str = "") -> Command:
    """Add --format and --set to a command that loads a model.

    With ``side`` they are called --left-format, --left-set and so on.
    """
    dash, under = (f"{side}-", f"{side}_") if side else ("", "")
    whose = f" of {side.upper()}" if side else ""
    command = click.option(
        f"--{dash}set",
        f"{under}settings",
        multiple=True,
        callback=_checked_settings,
        metavar="NAME=VALUE",
        help=f"A hyper-parameter{whose} that the file lacks, by the library's own "
        "name; repeatable.",
    )(command)
    return click.option(
        f"--{dash}format",
        f"{under}format",
        metavar="NAME",
        callback=_known_format,
        help=f"Family{whose}, where detection is to be overridden.",
    )(command)


def load_with(
    path: str, format: str | None, settings: Sequence[str], side: str = ""
) -> Network:
    """Load a model, or the exact target of a bundle directory.

    Raises:
        LoadError: it cannot be brought in; the message names the path, and the option
            (of ``side``) that takes a hyper-parameter which the file lacks.
    """
    from kan_equiv import importers
    from kan_equiv.errors import LoadError

    try:
        return importers.load(
            loaded_path(path), format=format, **hyper_parameters(settings)
        )
    except LoadError as error:
        error.args = (_explained(error, path, side),)
        raise


def describe_with(
    path: str, format: str | None, settings: Sequence[str]
) -> ModelReport:
    """Examine a model, or the exact target of a bundle directory.

    Raises:
        LoadError: its family is not known, as for :func:`load_with`.
    """
    from kan_equiv import importers
    from kan_equiv.errors import LoadError

    try:
        return importers.describe(
            loaded_path(path), format=format, **hyper_parameters(settings)
        )
    except LoadError as error:
        error.args = (_explained(error, path, ""),)
        raise


def _explained(error: LoadError, path: str, side: str) -> str:
    """Name the path, and the option that takes what the file lacks."""
    from kan_equiv.errors import MissingArgumentError

    text = str(error) if path in str(error) else f"{path}: {error}"
    if isinstance(error, MissingArgumentError):
        dash = f"{side}-" if side else ""
        is_format = "pass format=" in text
        option = f"{dash}format NAME" if is_format else f"{dash}set NAME=VALUE"
        text += f". Here it is given by --{option}"
    return text


def _known_format(
    _: click.Context, param: click.Parameter, value: str | None
) -> str | None:
    if value is not None:
        from kan_equiv.importers import FORMATS

        if value not in FORMATS:
            raise click.UsageError(
                f"{param.opts[0]} must be one of {', '.join(FORMATS)}, got {value!r}"
            )
    return value


def _checked_settings(
    _: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    hyper_parameters(value, param.opts[0])
    return value


def loaded_path(path: str) -> str:
    """Return the file or prefix that is read: of a bundle, its exact target."""
    bundled = Path(path) / "network.kan"
    return str(bundled) if bundled.is_file() else path


def hyper_parameters(settings: Sequence[str], option: str = "--set") -> dict[str, Any]:
    """Read NAME=VALUE pairs: Python literals, anything else is text."""
    hyper: dict[str, Any] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or not name.isidentifier():
            raise click.UsageError(f"{option} needs NAME=VALUE, got {setting!r}")
        try:
            hyper[name] = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            hyper[name] = text
    return hyper


def source_files(path: str) -> list[Path]:
    """Return the files that a checkpoint path stands for (pykan: prefix, two files)."""
    from kan_equiv.importers.pykan import pykan_files

    place = Path(loaded_path(path))
    if place.is_file():
        return [place]
    return [f for f in pykan_files(place) if f.is_file()]


def read_box(text: str | None, option: str = "--domain") -> Box | None:
    """Read the text of a box, as far as it can be read before a model is loaded.

    Raises:
        DomainError: it is no box.
    """
    return None if text is None else _box(text, None, option)


def parse_box(text: str | None, inputs: int, option: str = "--domain") -> Box | None:
    """Read ``[-1,1]`` for all inputs, or ``[-1,1] [0,1/2] ...``, one for each.

    A half-line is ``[0,inf]``, or ``[0,inf)`` as results are printed.

    Raises:
        DomainError: no such text, or another number of intervals than inputs.
    """
    return None if text is None else _box(text, inputs, option)


def _box(text: str, inputs: int | None, option: str) -> Box:
    from kan_equiv.errors import DomainError, KanEquivError
    from kan_equiv.ir.domain import Box

    try:
        pairs = [_pair(part) for part in _intervals(text)]
        box = Box(*pairs[0]) if len(pairs) == 1 else Box(pairs)
        return box if inputs is None else box.for_inputs(inputs)
    except (ValueError, KanEquivError) as error:
        raise DomainError(
            f"{option} needs '[lo,hi]' or one such interval per input, got {text!r}: "
            f"{error}"
        ) from error


def _intervals(text: str) -> list[str]:
    """Return the inside of every bracket; only blanks, commas and x in between."""
    text = re.sub(r"\(\s*-inf\b", "[-inf", re.sub(r"\binf\s*\)", "inf]", text))
    head, *parts = text.split("[")
    out: list[str] = []
    for part in parts:
        inside, closing, after = part.partition("]")
        if not closing or after.strip(" ,x"):
            raise ValueError("brackets do not match")
        out.append(inside)
    if head.strip() or not out:
        raise ValueError("an interval starts with '['")
    return out


def _pair(text: str) -> tuple[str, str]:
    ends = [v.strip() for v in text.split(",")]
    if len(ends) != 2:
        raise ValueError(f"an interval has two ends, got [{text}]")
    return ends[0], ends[1]
