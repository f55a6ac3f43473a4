"""kan-equiv prove: are two models equal as functions over the reals?"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from kan_equiv.cli.frame import Result, framed
from kan_equiv.cli.loading import load_options, load_with, parse_box
from kan_equiv.cli.progress import progress


@click.command("prove")
@click.argument("left")
@click.argument("right")
@click.option("--domain", help="Closed box: '[-1,1]' for all inputs, or one per input.")
@click.option("--timeout", type=click.FloatRange(min=0), help="Seconds for the search.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write the certificate."
)
@click.option(
    "--cross-check",
    metavar="TOOL",
    type=click.Choice(["z3", "cvc5", "sympy"]),
    help="A second opinion on what the kernel accepts: z3, cvc5 or sympy.",
)
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="How many obligations the second opinion is on, at most.",
)
@click.option(
    "--smt",
    metavar="SOLVER",
    type=click.Choice(["z3", "cvc5"]),
    help="Ask z3 or cvc5 where all else fails; what it finds equal is holey.",
)
@partial(load_options, side="right")
@partial(load_options, side="left")
@framed
def command(
    left: str,
    right: str,
    domain: str | None,
    timeout: float | None,
    output: Path | None,
    cross_check: str | None,
    sample: int,
    smt: str | None,
    left_format: str | None,
    left_settings: tuple[str, ...],
    right_format: str | None,
    right_settings: tuple[str, ...],
) -> Result:
    """Decide whether the models LEFT and RIGHT are equal over the reals.

    Each is a checkpoint, a .kan file, or the directory of a bundle (its exact target).
    """
    from kan_equiv.api import prove
    from kan_equiv.report.text import outcome_data, outcome_headline, outcome_lines

    if output is not None and not output.absolute().parent.is_dir():
        raise click.UsageError(f"-o: no such directory: {output.absolute().parent}")
    a = load_with(left, left_format, left_settings)
    b = load_with(right, right_format, right_settings)
    box = parse_box(domain, a.in_features)
    with progress("proving") as tell:
        outcome = prove(
            a,
            b,
            domain=box,
            timeout=timeout,
            progress=tell,
            cross_check=cross_check,
            sample=sample,
            smt=smt,
        )
    lines = outcome_lines(outcome)
    data = outcome_data(outcome)
    certificate = getattr(outcome, "certificate", None)
    if certificate is not None:
        data["certificate_sha256"] = certificate.digest
        if output is not None:
            certificate.save(output)
            lines.append(
                f"certificate {output} sha256 {certificate.digest}; replay it with: "
                f"kan-equiv check {output}"
            )
    return Result(outcome.verdict, outcome_headline(outcome), lines, data)
