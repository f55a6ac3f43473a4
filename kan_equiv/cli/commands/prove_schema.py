"""kan-equiv prove-schema: the theorem for all layers of a degree, at once."""

from __future__ import annotations

from pathlib import Path

import click

from kan_equiv.cli.frame import Result, framed


@click.command("prove-schema")
@click.option(
    "--degree",
    type=click.IntRange(1, 3),
    default=1,
    show_default=True,
    help="Of the B-splines.",
)
@click.option(
    "--form",
    type=click.Choice(["hinge", "local"]),
    default="hinge",
    show_default=True,
    help="The form of the MLP; local is the one that float32 can run.",
)
@click.option("--latex", is_flag=True, help="Print theorem and proof as LaTeX.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write the certificate."
)
@framed
def command(degree: int, form: str, latex: bool, output: Path | None) -> Result:
    """Prove that every KAN layer of a degree equals its MLP.

    One proof for all strictly increasing knots, all coefficients and all sizes.
    """
    from kan_equiv.prover.schema import prove_schema
    from kan_equiv.reports.schema import (
        schema_data,
        schema_headline,
        theorem_latex,
        theorem_lines,
    )

    if output is not None and not output.absolute().parent.is_dir():
        raise click.UsageError(f"-o: no such directory: {output.absolute().parent}")
    schema = prove_schema(degree, form)
    lines = theorem_latex(schema).splitlines() if latex else theorem_lines(schema)
    if output is not None:
        schema.certificate.save(output)
        saved = f"certificate {output}; replay it with: kan-equiv check {output}"
        lines.append(f"% {saved}" if latex else saved)
    return Result("proved", schema_headline(schema), lines, schema_data(schema))
