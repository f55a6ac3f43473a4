"""kan-equiv check: replay a certificate or a bundle."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kan_equiv.cli.common import command_errors, show_result
from kan_equiv.cli.exit_codes import VERDICTS


@click.command("check")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--weights", type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
@command_errors
def command(path: Path, weights: Path | None, as_json: bool) -> None:
    """Replay the certificate file, or the bundle directory, PATH in the kernel.

    For a bundle, every file must be the recorded one; --weights FILE asks whether FILE
    holds the certified weights.
    """
    from kan_equiv.emit.bundle_directory import check_path

    verdict = check_path(path, weights=weights)
    lines = [verdict.verdict]
    if verdict.reason:
        lines.append(f"reason: {verdict.reason}")
    if verdict.claim:
        lines.append(f"claim: {verdict.claim}")
        lines.append(f"left sha256 {verdict.left}")
        lines.append(f"right sha256 {verdict.right}")
    lines.append(f"kernel modules: {' '.join(verdict.modules)}")
    show_result(verdict.to_dict(), lines, as_json)
    sys.exit(VERDICTS[verdict.verdict])
