"""kan-equiv formats: what can be loaded."""

from __future__ import annotations

from dataclasses import asdict

import click

from kan_equiv.cli.frame import Result, framed


@click.command("formats")
@click.option("--markdown", is_flag=True, help="As the table of the reference page.")
@framed
def command(markdown: bool) -> Result:
    """List the families of models, what is exact in them, and their arguments."""
    from kan_equiv.importers import FORMATS
    from kan_equiv.reports.formats import formats_lines, formats_table

    lines = (formats_table if markdown else formats_lines)(FORMATS.values())
    data = {"formats": {name: asdict(f) for name, f in FORMATS.items()}}
    return Result("ok", f"{len(FORMATS)} formats can be loaded", lines, data)
