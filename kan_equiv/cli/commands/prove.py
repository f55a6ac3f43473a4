"""kan-equiv prove: are two models equal, or near, as functions over the reals?"""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kan_equiv.cli.frame import Result, framed
from kan_equiv.cli.loading import load_options, load_with, parse_box, read_box
from kan_equiv.cli.numbers import NOT_NEGATIVE
from kan_equiv.cli.progress import progress

if TYPE_CHECKING:
    from kan_equiv.ir.domain import Box
    from kan_equiv.ir.network import Network
    from kan_equiv.prover.outcome import Outcome

CHEAP = 4096
"""Edges up to which a refutation that looks like rounding is measured as well."""

SECONDS = 5.0
"""For looking at points then."""


@click.command("prove")
@click.argument("left")
@click.argument("right")
@click.option(
    "--domain",
    help="Closed box: '[-1,1]' for all inputs, or one interval per input; '[0,inf]' is "
    "a half-line.",
)
@click.option(
    "--within",
    metavar="EPS",
    type=NOT_NEGATIVE,
    help="Prove |left - right| <= EPS on the box.",
)
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
    within: Fraction | None,
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
    """Decide whether the models LEFT and RIGHT are equal over the reals, or near.

    Each is a checkpoint, a .kan file, or the directory of a bundle (its exact target).
    """
    from kan_equiv.api import prove
    from kan_equiv.prover.tools import require
    from kan_equiv.reports.text import outcome_data, outcome_headline, outcome_lines

    if within is not None and domain is None:
        raise click.UsageError("--within needs --domain '[lo,hi]', a bounded box")
    if within is not None and (cross_check or smt):
        raise click.UsageError("--cross-check and --smt do not go with --within")
    for tool in (cross_check, smt):
        if tool is not None:
            require(tool)
    read_box(domain)
    if output is not None and not output.absolute().parent.is_dir():
        raise click.UsageError(f"-o: no such directory: {output.absolute().parent}")
    a = load_with(left, left_format, left_settings, "left")
    b = load_with(right, right_format, right_settings, "right")
    box = parse_box(domain, a.in_features)
    with progress("proving") as tell:
        outcome = prove(
            a,
            b,
            domain=box,
            within=within,
            timeout=timeout,
            progress=tell,
            cross_check=cross_check,
            sample=sample,
            smt=smt,
        )
        advice = _advice(a, b, box, outcome) if within is None else []
    lines = [*outcome_lines(outcome), *advice]
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
    elif output is not None:
        lines.append(f"there is no certificate: {output} is not written")
    return Result(outcome.verdict, outcome_headline(outcome), lines, data)


def _advice(
    left: Network, right: Network, box: Box | None, outcome: Outcome
) -> list[str]:
    """Return by how much two models differ that look equal but for rounding."""
    from kan_equiv.api import distance
    from kan_equiv.errors import KanEquivError
    from kan_equiv.prover.outcome import Refuted
    from kan_equiv.prover.rounding import grid_box
    from kan_equiv.reports.distance import advice_lines
    from kan_equiv.reports.text import looks_like_rounding

    if not isinstance(outcome, Refuted) or not looks_like_rounding(outcome.witness):
        return []
    edges = sum(
        layer.in_features * layer.out_features
        for layer in (left.layer(l) for l in range(left.depth))
    )
    if edges > CHEAP:
        return []
    where = box if box is not None and box.is_bounded else grid_box(left)
    try:
        return advice_lines(distance(left, right, where, timeout=SECONDS))
    except KanEquivError:
        return []
