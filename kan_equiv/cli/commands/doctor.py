"""kan-equiv doctor: what a checkpoint is, what is missing, what to type next."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Sequence
from typing import Any

import click

from kan_equiv.cli.frame import Result, framed
from kan_equiv.cli.loading import load_options, load_with, source_files
from kan_equiv.errors import LoadError, MissingArgumentError


@click.command("doctor")
@click.argument("checkpoint")
@load_options
@framed
def command(checkpoint: str, format: str | None, settings: tuple[str, ...]) -> Result:
    """Examine CHECKPOINT: family, missing arguments, knots, dead edges, float32."""
    from kan_equiv.importers import FORMATS, detect
    from kan_equiv.report.examine import examine

    family, _ = detect(checkpoint, format)
    files = {p.name: _sha256(p.read_bytes()) for p in source_files(checkpoint)}
    arguments = FORMATS[family].arguments
    data: dict[str, Any] = {
        "family": family,
        "files": files,
        "arguments": list(arguments),
    }
    lines = [f"file {name} sha256 {digest}" for name, digest in files.items()]
    lines.append(f"arguments of this family: {', '.join(arguments) or 'none'}")
    try:
        network = load_with(checkpoint, format, settings)
    except LoadError as error:
        data |= {"message": str(error), "next": None}
        if isinstance(error, MissingArgumentError):
            data["next"] = _typed("doctor", checkpoint, format, settings, "--set ...")
            lines.append(f"next: {data['next']}")
        return Result("error", f"{family}, cannot be loaded: {error}", lines, data)
    found, notes = examine(network)
    form = "local" if found["hinge_unsafe_in_float32"] else "hinge"
    tail = f"-o out --to {form}"
    data |= found | {"next": _typed("convert", checkpoint, format, settings, tail)}
    shape = f"{network.in_features} inputs, {network.out_features} outputs"
    headline = f"{family}, {network.depth} layers, {shape}"
    return Result("ok", headline, [*lines, *notes, f"next: {data['next']}"], data)


def _typed(
    name: str, path: str, format: str | None, settings: Sequence[str], tail: str
) -> str:
    words = ["kan-equiv", name, path]
    words += ["--format", format] if format else []
    for setting in settings:
        words += ["--set", setting]
    return f"{shlex.join(words)} {tail}"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
