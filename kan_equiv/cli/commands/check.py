"""kan-equiv check: replay a certificate or a bundle."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from kan_equiv.cli.frame import Result, framed
from kan_equiv.cli.progress import progress
from kan_equiv.errors import ValidationError


@click.command("check")
@click.argument("path", metavar="CERT|DIR")
@click.option(
    "--weights", metavar="FILE", help="Weights that are said to be the bundle's."
)
@click.option(
    "--verified", is_flag=True, help="Use the checker that is proved sound in Coq."
)
@framed
def command(path: str, weights: str | None, verified: bool) -> Result:
    """Replay the certificate file, or the bundle directory, in the kernel.

    For a bundle, every file must be the recorded one and the weights those of the
    proved network; what is certified of floats is replayed too, and said apart from
    the proof. With --weights, FILE must hold the same weights. With --verified,
    the program proofs/kancheck replays a certificate file instead of the kernel.
    """
    from kan_equiv.emit.bundle_check import check_path
    from kan_equiv.emit.bundle_summary import read_summary
    from kan_equiv.reports.text import (
        certified_lines,
        verdict_headline,
        verdict_lines,
    )

    if verified:
        return _verified(path, weights)
    with progress("checking"):
        verdict = check_path(path, weights=weights)
    lines = verdict_lines(verdict)
    if verdict.verdict == "valid" and Path(path).is_dir():
        summary = read_summary(Path(path) / "summary.json")
        lines = [*certified_lines(summary["trail"]), *lines]
    return Result(verdict.verdict, verdict_headline(verdict), lines, verdict.to_dict())


def _verified(path: str, weights: str | None) -> Result:
    """Unsupported kinds are unknown here: neither accepted nor refused."""
    from kan_equiv.certificate.verified import find_checker, verified_check

    if weights is not None:
        raise ValidationError(
            f"--verified reads a certificate only, got --weights {weights}; compare "
            "weights with kan-equiv check DIR --weights FILE"
        )
    with progress("checking"):
        found = verified_check(path)
    word = "unknown" if found.verdict == "unsupported" else found.verdict
    lines = [f"checker {find_checker()}, proved sound in proofs/checker/Verdict.v"]
    if found.left:
        lines = [f"left   {found.left}", f"right  {found.right}", *lines]
    lines = [*(f"admitted: {hole}" for hole in found.holes), *lines]
    headline = found.claim or found.reason
    if found.holes:
        headline += f", if {len(found.holes)} admitted steps hold"
    data = {k: v for k, v in asdict(found).items() if k != "verdict"}
    return Result(word, headline, lines, data)
