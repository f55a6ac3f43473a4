"""kan-equiv diff: whether a model changed, which edges, by how much, and where."""

from __future__ import annotations

from functools import partial

import click

from kan_equiv.cli.frame import Result, framed
from kan_equiv.cli.loading import load_options, load_with, parse_box, read_box
from kan_equiv.cli.progress import progress


@click.command("diff")
@click.argument("before")
@click.argument("after")
@click.option(
    "--domain",
    required=True,
    help="Bounded box: '[-1,1]' for all inputs, or one interval per input.",
)
@click.option(
    "--edges",
    type=click.IntRange(min=0),
    default=100,
    show_default=True,
    help="Measure and certify so many edges, those that changed most.",
)
@click.option(
    "--timeout", type=click.FloatRange(min=0), help="Seconds for each comparison."
)
@partial(load_options, side="after")
@partial(load_options, side="before")
@framed
def command(
    before: str,
    after: str,
    domain: str,
    edges: int,
    timeout: float | None,
    before_format: str | None,
    before_settings: tuple[str, ...],
    after_format: str | None,
    after_settings: tuple[str, ...],
) -> Result:
    """Say whether BEFORE and AFTER are the same function on a box, and what changed.

    Hidden units that were permuted, scaled or pruned are recognized. Each edge is
    compared on what BEFORE passes on to it.
    """
    from kan_equiv.api import diff
    from kan_equiv.reports.diff import diff_data, diff_lines
    from kan_equiv.reports.text import outcome_data, outcome_headline

    read_box(domain)
    a = load_with(before, before_format, before_settings, "before")
    b = load_with(after, after_format, after_settings, "after")
    box = parse_box(domain, a.in_features)
    assert box is not None
    with progress("comparing"):
        found = diff(a, b, box, edges=edges, timeout=timeout)
    data = outcome_data(found.outcome) | diff_data(found)
    headline = outcome_headline(found.outcome)
    return Result(found.outcome.verdict, headline, diff_lines(found), data)
