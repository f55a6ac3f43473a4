"""kan-equiv formats: what can be loaded."""

from __future__ import annotations

from dataclasses import asdict

import click

from kan_equiv.cli.frame import Result, framed


@click.command("formats")
@framed
def command() -> Result:
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
            f"  demanded   {f.demanded}",
        ]
    data = {"formats": {name: asdict(f) for name, f in FORMATS.items()}}
    return Result("ok", f"{len(FORMATS)} formats can be loaded", lines, data)
