"""kan-equiv distance: how far two models are apart on a box, from both sides."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from pathlib import Path

import click

from kan_equiv.cli.frame import Result, framed
from kan_equiv.cli.loading import load_options, load_with, parse_box, read_box
from kan_equiv.cli.numbers import POSITIVE
from kan_equiv.cli.progress import progress


@click.command("distance")
@click.argument("left")
@click.argument("right")
@click.option(
    "--domain",
    required=True,
    help="Bounded box: '[-1,1]' for all inputs, or one interval per input.",
)
@click.option(
    "--relative",
    default="1/2000",
    type=POSITIVE,
    metavar="NUMBER",
    show_default=True,
    help="For single layers: how far the bound may lie above what is attained.",
)
@click.option(
    "--timeout", type=click.FloatRange(min=0), help="Seconds for looking at points."
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write the certificate."
)
@partial(load_options, side="right")
@partial(load_options, side="left")
@framed
def command(
    left: str,
    right: str,
    domain: str,
    relative: Fraction,
    timeout: float | None,
    output: Path | None,
    left_format: str | None,
    left_settings: tuple[str, ...],
    right_format: str | None,
    right_settings: tuple[str, ...],
) -> Result:
    """Bound the largest difference of LEFT and RIGHT on a box, certified.

    Beside the bound stands a difference that is attained, and where. Exact for single
    layers of degree 1; for deep networks the bound is safe and may be far above.
    """
    from kan_equiv.api import distance
    from kan_equiv.errors import NoBoundError
    from kan_equiv.reports.distance import distance_data, distance_lines

    read_box(domain)
    if output is not None and not output.absolute().parent.is_dir():
        raise click.UsageError(f"-o: no such directory: {output.absolute().parent}")
    a = load_with(left, left_format, left_settings, "left")
    b = load_with(right, right_format, right_settings, "right")
    box = parse_box(domain, a.in_features)
    assert box is not None
    try:
        with progress("bounding the difference"):
            found = distance(a, b, box, relative=relative, timeout=timeout)
    except NoBoundError as error:
        lines = [f"there is no certificate: {output} is not written"]
        written = lines if output is not None else []
        return Result("unknown", str(error), written, {"reason": str(error)})
    lines = distance_lines(found)
    certificate = found.certificate
    if output is not None:
        certificate.save(output)
        lines.append(
            f"certificate {output} sha256 {certificate.digest}; replay it with: "
            f"kan-equiv check {output}"
        )
    data = distance_data(found) | {"certificate_sha256": certificate.digest}
    return Result("ok", f"the two differ by {found}", lines, data)
