"""kan-equiv convert: rewrite, prove, emit, write a bundle."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from kan_equiv.cli.frame import Result, framed
from kan_equiv.cli.loading import (
    load_options,
    load_with,
    parse_box,
    read_box,
    source_files,
)
from kan_equiv.cli.progress import progress
from kan_equiv.errors import CertificateError


@click.command("convert")
@click.argument("checkpoint")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Where the bundle goes.",
)
@click.option(
    "--to",
    "form",
    default="hinge",
    show_default=True,
    type=click.Choice(["hinge", "local", "kan"]),
    help="One-sided powers (the theorem's form), or local ones, which float32 can run; "
    "kan is the way back from an MLP.",
)
@click.option(
    "--layout",
    default="layers",
    show_default=True,
    type=click.Choice(["layers", "sequential", "minimal"]),
    help="Keep shared grid maps apart, or multiply out into Linear, activation, ...; "
    "minimal: hinges with no unit to spare.",
)
@click.option(
    "--dtype",
    type=click.Choice(["float32", "float64", "auto"]),
    help="Floats of the module; by default float32 for local, float64 for hinge; auto: "
    "the smallest that holds all parameters exactly.",
)
@click.option(
    "--domain",
    help="Box for bounds and samples; default the first grid. With --to kan, or "
    "--layout minimal, the two are equal on this box, and only what is reached there "
    "counts.",
)
@click.option("--pure-relu", is_flag=True, help="Refuse if other units remain.")
@click.option("--overwrite", is_flag=True, help="Replace an earlier bundle.")
@click.option("--force", is_flag=True, help="Allow cubic hinges in float32.")
@load_options
@framed
def command(
    checkpoint: str,
    output: Path,
    form: str,
    layout: str,
    dtype: str | None,
    domain: str | None,
    pure_relu: bool,
    overwrite: bool,
    force: bool,
    format: str | None,
    settings: tuple[str, ...],
) -> Result:
    """Convert CHECKPOINT into an equal network, prove it, and write a bundle."""
    from kan_equiv import api
    from kan_equiv.emit.bundle_directory import refuse_to_overwrite
    from kan_equiv.reports.text import bundle_lines

    try:
        refuse_to_overwrite(output, overwrite)
    except CertificateError as error:
        raise click.UsageError(f"-o: {error}") from error
    read_box(domain)
    network = load_with(checkpoint, format, settings)
    box = parse_box(domain, network.in_features)
    with progress("converting, proving and emitting"):
        conversion = api.convert(
            network,
            form,
            layout=layout,
            pure_relu=pure_relu,
            domain=box if form == "kan" or layout == "minimal" else None,
        )
        summary = api.bundle(
            conversion,
            output,
            dtype=dtype,
            domain=box,
            source_files=source_files(checkpoint),
            overwrite=overwrite,
            force=force,
        )
    place = shlex.quote(str(output))
    lines = [
        *bundle_lines(summary),
        f"written to {output}; replay the proof with: kan-equiv check {place}",
        f"or with a bare Python: python -I {place}/check.pyz {place}/certificate.cert",
    ]
    return Result("proved", summary["claim"], lines, summary)
