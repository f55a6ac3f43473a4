"""kan-equiv show: layers, grids and counts of a model; one edge as a formula."""

from __future__ import annotations

import click

from kan_equiv.cli.frame import Result, framed
from kan_equiv.cli.loading import load_options, load_with


@click.command("show")
@click.argument("checkpoint")
@click.option(
    "--edge", metavar="L:I:J", help="One edge: layer, input, output, from 0 on."
)
@click.option("--latex", is_flag=True, help="Print the edge as LaTeX.")
@load_options
@framed
def command(
    checkpoint: str,
    edge: str | None,
    latex: bool,
    format: str | None,
    settings: tuple[str, ...],
) -> Result:
    """Show what CHECKPOINT is, exactly: layers, grids and which coincide, counts."""
    from kan_equiv.reports.describe import describe_edge, describe_network

    if latex and edge is None:
        raise click.UsageError("--latex prints one edge; say which with --edge L:I:J")
    place = None if edge is None else _edge(edge)
    network = load_with(checkpoint, format, settings)
    if place is None:
        data, (headline, *lines) = describe_network(network)
        return Result("ok", headline, lines, data)
    data, lines = describe_edge(network, *place, latex)
    return Result("ok", f"edge {edge} (layer:input:output), exactly", lines, data)


def _edge(text: str) -> tuple[int, int, int]:
    try:
        l, i, j = (int(v) for v in text.split(":"))
    except ValueError as error:
        raise click.UsageError(f"--edge needs L:I:J, got {text!r}") from error
    return l, i, j
