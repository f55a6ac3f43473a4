"""kan-equiv formats: what can be loaded."""

from __future__ import annotations

from dataclasses import asdict

import click

from kan_equiv.cli.common import command_errors, show_result


@click.command("formats")
@click.option("--json", "as_json", is_flag=True)
@command_errors
def command(as_json: bool) -> None:
    """List the families of models, what is exact in them, and their arguments."""
    from kan_equiv.importers import FORMATS

    lines: list[str] = []
    for f in FORMATS.values():
        lines += [
            f.name,
            f"  source     {f.source}",
            f"  exact      {f.exact}",
            f"  opaque     {f.opaque}",
            f"  arguments  {', '.join(f.arguments) or 'none'}",
        ]
    show_result({n: asdict(f) for n, f in FORMATS.items()}, lines, as_json)
