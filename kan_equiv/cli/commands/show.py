"""kan-equiv show: layers, grids and counts of a model; one edge as a formula."""

from __future__ import annotations

from typing import Any

import click

from kan_equiv.cli.common import (
    command_errors,
    load_options,
    load_with,
    show_result,
)


@click.command("show")
@click.argument("checkpoint")
@click.option("--edge", metavar="L:I:J", help="Layer, input and output of one edge.")
@click.option("--latex", is_flag=True, help="Print the edge as LaTeX.")
@click.option("--json", "as_json", is_flag=True)
@load_options
@command_errors
def command(
    checkpoint: str,
    edge: str | None,
    latex: bool,
    as_json: bool,
    format_: str | None,
    settings: tuple[str, ...],
) -> None:
    """Show what CHECKPOINT is, exactly."""
    from kan_equiv.report.describe import describe_edge, describe_network

    network = load_with(checkpoint, format_, settings)
    if edge is None:
        result, lines = describe_network(network)
        show_result(result, lines, as_json)
        return
    try:
        l, i, j = (int(v) for v in edge.split(":"))  # noqa: E741 - the field's letter
    except ValueError as error:
        raise click.UsageError(f"--edge needs L:I:J, got {edge!r}") from error
    found: dict[str, Any]
    found, lines = describe_edge(network, l, i, j, latex)
    show_result(found, lines, as_json)
