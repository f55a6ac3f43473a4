"""kan-equiv emit: a question about two models in a language that other tools read."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from kan_equiv.cli.frame import Result, framed
from kan_equiv.cli.loading import load_options, load_with, parse_box


@click.command("emit")
@click.argument("left")
@click.argument("right")
@click.option(
    "--format",
    "language",
    required=True,
    type=click.Choice(["smtlib"]),
    help="SMT-LIB 2: do the two differ? For z3, cvc5 and others.",
)
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the file goes.",
)
@click.option("--domain", help="Closed box: '[-1,1]' for all inputs, or one per input.")
@click.option("--within", metavar="EPSILON", help="The difference that is tolerated.")
@partial(load_options, side="right")
@partial(load_options, side="left")
@framed
def command(
    left: str,
    right: str,
    language: str,
    output: Path,
    domain: str | None,
    within: str | None,
    left_format: str | None,
    left_settings: tuple[str, ...],
    right_format: str | None,
    right_settings: tuple[str, ...],
) -> Result:
    """Write the question whether the models LEFT and RIGHT differ.

    Each is a checkpoint, a .kan file, or the directory of a bundle (its exact target).
    """
    from kan_equiv.certificate.model import write_atomically
    from kan_equiv.emit import smtlib

    if not output.absolute().parent.is_dir():
        raise click.UsageError(f"-o: no such directory: {output.absolute().parent}")
    a = load_with(left, left_format, left_settings)
    b = load_with(right, right_format, right_settings)
    text = smtlib(a, b, parse_box(domain, a.in_features), within)
    write_atomically(output, text.encode())
    (logic,) = (v for v in text.splitlines() if v.startswith("(set-logic "))
    data = {"format": language, "file": str(output), "logic": logic[11:-1]}
    headline = f"{output} asks whether the two differ, in {data['logic']}"
    return Result("ok", headline, [f"for example: z3 {output}"], data)
