"""kan-equiv report: a bundle as one HTML page."""

from __future__ import annotations

from pathlib import Path

import click

from kan_equiv.cli.frame import Result, framed
from kan_equiv.cli.progress import progress
from kan_equiv.errors import ValidationError


@click.command("report")
@click.argument("bundle", metavar="DIR")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The page, for instance report.html.",
)
@click.option(
    "--edges",
    type=click.IntRange(min=0),
    help="The most edges of a layer that are drawn, largest effect first; 5000 by "
    "default.",
)
@framed
def command(bundle: str, output: Path, edges: int | None) -> Result:
    """Show the bundle DIR as one HTML page, after the kernel has replayed it.

    The page needs no script and no network. A bundle that is not valid gets none.
    """
    from kan_equiv import api
    from kan_equiv.reports.text import verdict_headline, verdict_lines

    try:
        api.refuse_report(output)
    except ValidationError as error:
        raise click.UsageError(f"-o: {error}") from error
    with progress("checking"):
        verdict = api.check(bundle)
    lines = verdict_lines(verdict)
    if verdict.verdict == "valid":
        with progress("drawing"):
            api.write_report(bundle, output, verdict, edges)
        lines = [f"written to {output} ({output.stat().st_size:,} bytes)"]
    return Result(verdict.verdict, verdict_headline(verdict), lines, verdict.to_dict())
