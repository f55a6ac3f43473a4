"""kan-equiv prove: are two models equal as functions over the reals?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from kan_equiv.cli.common import (
    command_errors,
    load_options,
    load_with,
    parse_box,
    progress,
    show_result,
)
from kan_equiv.cli.exit_codes import VERDICTS


@click.command("prove")
@click.argument("left")
@click.argument("right")
@click.option("--domain", help="Closed box: '[-1,1]' for all inputs, or one per input.")
@click.option("--timeout", type=float, help="Seconds for the search of a witness.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write the certificate."
)
@click.option("--json", "as_json", is_flag=True)
@load_options
@command_errors
def command(
    left: str,
    right: str,
    domain: str | None,
    timeout: float | None,
    output: Path | None,
    as_json: bool,
    format_: str | None,
    settings: tuple[str, ...],
) -> None:
    """Decide whether the models LEFT and RIGHT are equal over the reals."""
    from kan_equiv.exact.enclosure import Enclosure
    from kan_equiv.prover.equality import prove_equal
    from kan_equiv.prover.outcome import Proved, Refuted

    a = load_with(left, format_, settings)
    b = load_with(right, format_, settings if _same_kind(left, right) else ())
    box = parse_box(domain, a.in_features)
    with progress("proving"):
        outcome = prove_equal(a, b, box, timeout)
    result: dict[str, Any] = {"verdict": "unknown"}
    lines = [str(outcome)]
    if isinstance(outcome, Proved):
        result = {"verdict": "proved", "claim": outcome.statement}
    elif isinstance(outcome, Refuted):
        w = outcome.witness
        is_exact = not isinstance(w.left, Enclosure)
        result = {
            "verdict": "refuted",
            "point": [str(v) for v in w.point],
            "output": w.output,
            "left": str(w.left) if is_exact else float(w.left),
            "right": str(w.right) if is_exact else float(w.right),
            "difference": w.difference,
        }
        scale = max(abs(float(w.left)), abs(float(w.right)), 1e-300)
        if abs(w.difference) < 1e-5 * scale:
            lines.append(
                f"this looks like rounding: the difference is {w.difference:.3g} at an "
                f"output of size {scale:.3g}. Bound it with kan_equiv.distance(left, "
                "right, box) on a box of your choice."
            )
    else:
        result["reason"] = outcome.reason
    if output is not None and isinstance(outcome, (Proved, Refuted)):
        outcome.certificate.save(output)
        lines.append(f"certificate {output} sha256 {outcome.certificate.digest}")
    show_result(result, lines, as_json)
    sys.exit(VERDICTS[result["verdict"]])


def _same_kind(left: str, right: str) -> bool:
    return Path(left).suffix == Path(right).suffix
