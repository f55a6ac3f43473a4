"""kan-equiv check: replay a certificate or a bundle."""

from __future__ import annotations

import click

from kan_equiv.cli.frame import Result, framed
from kan_equiv.cli.progress import progress


@click.command("check")
@click.argument("path", metavar="CERT|DIR")
@click.option(
    "--weights", metavar="FILE", help="Weights that are said to be the bundle's."
)
@framed
def command(path: str, weights: str | None) -> Result:
    """Replay the certificate file, or the bundle directory, in the kernel.

    For a bundle, every file must be the recorded one and the weights those of the
    proved network; with --weights, FILE must hold the same weights.
    """
    from kan_equiv.emit.bundle_check import check_path
    from kan_equiv.report.text import verdict_headline, verdict_lines

    with progress("checking"):
        verdict = check_path(path, weights=weights)
    return Result(
        verdict.verdict,
        verdict_headline(verdict),
        verdict_lines(verdict),
        verdict.to_dict(),
    )
