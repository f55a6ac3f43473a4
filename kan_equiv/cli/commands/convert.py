"""kan-equiv convert: rewrite, prove, emit, write a bundle."""

from __future__ import annotations

from pathlib import Path

import click

from kan_equiv.cli.common import (
    command_errors,
    load_options,
    load_with,
    parse_box,
    progress,
    show_result,
    source_files,
)


@click.command("convert")
@click.argument("checkpoint")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path))
@click.option("--to", "form", default="hinge", type=click.Choice(["hinge", "local"]))
@click.option("--layout", default="layers", type=click.Choice(["layers", "sequential"]))
@click.option("--dtype", type=click.Choice(["float32", "float64"]))
@click.option("--domain", help="Box for bounds and samples; default the first grid.")
@click.option("--pure-relu", is_flag=True, help="Refuse if other units remain.")
@click.option("--overwrite", is_flag=True)
@click.option("--json", "as_json", is_flag=True)
@load_options
@command_errors
def command(
    checkpoint: str,
    output: Path,
    form: str,
    layout: str,
    dtype: str | None,
    domain: str | None,
    pure_relu: bool,
    overwrite: bool,
    as_json: bool,
    format_: str | None,
    settings: tuple[str, ...],
) -> None:
    """Convert CHECKPOINT into an equal ReLU^p network and write a bundle."""
    from kan_equiv import api
    from kan_equiv.report.text import trail_lines

    network = load_with(checkpoint, format_, settings)
    box = parse_box(domain, network.in_features)
    with progress("converting, proving and emitting"):
        conversion = api.convert(network, form, layout=layout, pure_relu=pure_relu)
        summary = api.bundle(
            conversion,
            output,
            dtype=dtype,
            domain=box,
            source_files=source_files(checkpoint),
            overwrite=overwrite,
        )
    lines = [
        f"proved: source and target are {summary['claim']}",
        *trail_lines(summary["trail"]),
        f"parameters {summary['parameters']['source']} -> "
        f"{summary['parameters']['target']}, hidden units "
        f"{summary['hidden_units']['source']} -> {summary['hidden_units']['target']}",
        f"pure ReLU: {'yes' if summary['is_pure_relu'] else 'no'}",
        f"written to {output}; check it with: kan-equiv check {output}",
    ]
    show_result(summary, lines, as_json)
