"""kan-equiv doctor: what a checkpoint is, what is missing, what to type next."""

from __future__ import annotations

import hashlib
from typing import Any

import click

from kan_equiv.cli.common import (
    command_errors,
    load_options,
    load_with,
    show_result,
    source_files,
)
from kan_equiv.errors import LoadError


@click.command("doctor")
@click.argument("checkpoint")
@click.option("--json", "as_json", is_flag=True)
@load_options
@command_errors
def command(
    checkpoint: str, as_json: bool, format_: str | None, settings: tuple[str, ...]
) -> None:
    """Examine CHECKPOINT: family, missing arguments, knots, dead edges, float32."""
    from kan_equiv.importers import FORMATS, detect
    from kan_equiv.report.examine import examine

    family, _ = detect(checkpoint, format_)
    files = {p.name: _sha256(p.read_bytes()) for p in source_files(checkpoint)}
    result: dict[str, Any] = {"family": family, "files": files}
    lines = [f"family {family}"]
    lines += [f"file {name} sha256 {digest}" for name, digest in files.items()]
    try:
        network = load_with(checkpoint, format_, settings)
    except LoadError as error:
        arguments = FORMATS[family].arguments
        click.echo("\n".join(lines))
        click.echo(f"arguments of this family: {', '.join(arguments) or 'none'}")
        raise LoadError(f"it cannot be loaded as it is: {error}") from error
    found, notes = examine(network)
    result |= found
    lines += notes
    form = "local" if found["hinge_unsafe_in_float32"] else "hinge"
    lines.append(f"next: kan-equiv convert {checkpoint} -o out --to {form}")
    result["next"] = lines[-1].removeprefix("next: ")
    show_result(result, lines, as_json)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
