"""kan-equiv doctor: what a checkpoint is, what is missing, what to type next."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import click

from kan_equiv.cli.frame import Result, framed
from kan_equiv.cli.loading import describe_with, load_options


@click.command("doctor")
@click.argument("checkpoint")
@load_options
@framed
def command(checkpoint: str, format: str | None, settings: tuple[str, ...]) -> Result:
    """Examine CHECKPOINT: family, missing arguments, knots, dead edges, float32."""
    from kan_equiv.importers import FORMATS
    from kan_equiv.reports.health import health_lines

    report = describe_with(checkpoint, format, settings)
    arguments = FORMATS[report.family].arguments
    data = {k: v for k, v in asdict(report).items() if k != "layers"} | {
        "arguments": arguments,
        "repeated_knots": report.repeated_knots,
        "dead_edges": report.dead_edges,
        "is_hinge_safe_in_float32": report.is_hinge_safe_in_float32,
        "layers": [_finite(asdict(layer)) for layer in report.layers],
    }
    lines = [f"file {name} sha256 {digest}" for name, digest in report.files]
    lines.append(f"arguments of this family: {', '.join(arguments) or 'none'}")
    if report.missing:
        lines.append(f"missing: {', '.join(report.missing)}")
    if not report.problem:
        lines += health_lines(report.layers, report.has_local_form)
        if not any(" convert " in suggestion for suggestion in report.suggestions):
            lines.append(f"convert: {FORMATS[report.family].conversion}")
    lines += [f"next: {suggestion}" for suggestion in report.suggestions]
    if report.problem:
        headline = f"{report.family}, cannot be loaded: {report.problem}"
        return Result("error", headline, lines, data)
    headline = (
        f"{', '.join((report.family, *report.dtypes))}, {len(report.layers)} layers, "
        f"{report.in_features} inputs, {report.out_features} outputs"
    )
    return Result("ok", headline, lines, data)


def _finite(layer: dict[str, Any]) -> dict[str, Any]:
    """JSON knows no infinity: an estimate that is infinite becomes null."""
    for grid in layer["grids"]:
        if not math.isfinite(grid["hinge_error"]):
            grid["hinge_error"] = None
    return layer
