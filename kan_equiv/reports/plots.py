"""Pictures of a report, as inline SVG: edges, grids, a map of effects, error bounds.

Everything that is put into markup here is a number or a word of this file, except what
``escape`` went over.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from markupsafe import Markup, escape

from kan_equiv.exact.rational import about
from kan_equiv.ir.curves import Curve
from kan_equiv.ir.to_svg import Frame, dots_path, pixels, run_path, ticks_path
from kan_equiv.reports.distance import two_digits
from kan_equiv.reports.edges import Edge, Grid

__all__ = ["edge_plot", "effects_map", "error_scale", "grid_plot", "grid_symbol"]

WIDTH, HEIGHT, MARGIN = 220, 116, 9
_LEVELS = 6
_CELLS = 160
_CELL = (4, 18)  # pixels of a cell, least and most


def edge_plot(edge: Edge, symbol: str) -> Markup:
    """Return the picture of one edge; ``symbol`` is the id of its grid's ticks."""
    curve = edge.curve
    low, high = curve.span or (Fraction(0), Fraction(0))
    part = Curve(curve.lo, curve.hi, edge.exact_part).span or (low, high)
    y = (min(low, part[0]), max(high, part[1]))
    frame = Frame.over((curve.lo, curve.hi), y, WIDTH, HEIGHT, MARGIN)
    label = (
        f"Edge from input {edge.input} to output {edge.output}: x from "
        f"{about(curve.lo, 3)} to {about(curve.hi, 3)}, values between {about(low, 3)} "
        f"and {about(high, 3)}, {len(curve.hinges)} hinges, {kind(edge)}"
    )
    marks = [f'<use href="#{symbol}" class="k"/>']
    if frame.y[0] < 0 < frame.y[1]:
        marks.append(f'<path class="z" d="M0 {frame.down(Fraction(0))}h{WIDTH}"/>')
    for name, data in (
        ("e", run_path(edge.exact_part, frame)),
        ("s" if curve.is_sampled else "c", run_path(curve.runs, frame)),
        ("h", dots_path(curve.hinges, frame)),
        ("h", dots_path(curve.values, frame)),
    ):
        if data:
            marks.append(f'<path class="{name}" d="{data}"/>')
    marks += [
        f'<circle class="o" cx="{frame.across(d.x)}" cy="{frame.down(d.y)}" r="2.5"/>'
        for d in curve.limits
    ]
    return _svg(WIDTH, HEIGHT, label, *marks)


def kind(edge: Edge) -> str:
    """Return how exact the picture is, in words."""
    curve = edge.curve
    if curve.is_exact:
        return "exact"
    if curve.is_sampled:
        return "atoms or ratios sampled"
    return f"within {two_digits(curve.error)}"


def grid_symbol(grid: Grid, name: str) -> Markup:
    """Return the ticks of a grid, to be defined once and used in every plot of it."""
    family = grid.family
    frame = Frame(
        (family.lo, family.hi), (Fraction(0), Fraction(1)), WIDTH, HEIGHT, MARGIN
    )
    return Markup('<path id="{}" d="{}"/>').format(
        name, ticks_path(grid.breakpoints, frame, 5)
    )


def grid_plot(grid: Grid) -> Markup:
    """Return a strip with a tick at every breakpoint of a grid."""
    family, width, height = grid.family, 560, 22
    frame = Frame(
        (family.lo, family.hi), (Fraction(0), Fraction(1)), width, height, MARGIN
    )
    label = (
        f"{len(grid.breakpoints)} breakpoints between {about(family.lo, 3)} and "
        f"{about(family.hi, 3)}"
    )
    ticks = ticks_path(grid.breakpoints, frame, 14)
    return _svg(
        width,
        height,
        label,
        f'<path class="z" d="M0 {height}h{width}"/><path class="k" d="{ticks}"/>',
    )


def effects_map(effects: Any) -> Markup:
    """Return a map of all edges: inputs across, outputs down, darker does more.

    Large layers are pooled: a cell shows the largest effect of its block.
    """
    outputs, inputs = effects.shape
    block = [max(1, math.ceil(n / _CELLS)) for n in (outputs, inputs)]
    rows, columns = (
        math.ceil(n / b) for n, b in zip(effects.shape, block, strict=True)
    )
    padded = np.zeros((rows * block[0], columns * block[1]))
    padded[:outputs, :inputs] = effects
    pooled = padded.reshape(rows, block[0], columns, block[1]).max(axis=(1, 3))
    top = pooled.max() or 1.0
    levels = np.ceil(pooled / top * _LEVELS).astype(int)
    paths = [
        f'<path class="m" opacity="{pixels(Fraction(level, _LEVELS))}" d="{data}"/>'
        for level in range(1, _LEVELS + 1)
        if (data := _cells(levels == level))
    ]
    pool = "" if block == [1, 1] else f", in blocks of {block[1]} by {block[0]}"
    label = f"Size of effect of {outputs * inputs} edges{pool}; inputs across"
    side = max(_CELL[0], min(_CELL[1], 640 // columns))
    size = f'class="map" width="{columns * side}" height="{rows * side}" '
    return _svg(columns, rows, label, *paths, extra=size)


def _cells(mask: Any) -> str:
    """Return path data of the cells that are set, neighbours in a row as one."""
    parts: list[str] = []
    for r, row in enumerate(mask.tolist()):
        c = 0
        while c < len(row):
            start = c
            while c < len(row) and row[c]:
                c += 1
            if c > start:
                parts.append(f"M{start} {r}h{c - start}v1h-{c - start}z")
            c += 1
    return "".join(parts)


def error_scale(rows: Sequence[tuple[str, str, float]]) -> Markup:
    """Return a logarithmic scale of positive numbers: (class, label, value)."""
    rows = [r for r in rows if r[2] > 0 and math.isfinite(r[2])]
    if not rows:
        return Markup("")
    logs = [math.log10(v) for _, _, v in rows]
    lo, hi = math.floor(min(logs) - 0.3), math.ceil(max(logs) + 0.3)
    width, step, left = 640, 26, 18
    height = step * len(rows) + 26
    marks: list[str] = []
    for power in range(lo, hi + 1):
        at = left + (power - lo) * (width - 2 * left) / (hi - lo)
        marks.append(f'<path class="z" d="M{at:.2f} 0V{height - 18}"/>')
        if (hi - lo) <= 14 or power % 2 == 0:
            marks.append(
                f'<text x="{at:.2f}" y="{height - 4}" text-anchor="middle">'
                f'10<tspan dy="-4" font-size="8">{power}</tspan></text>'
            )
    for n, ((name, label, _), log) in enumerate(zip(rows, logs, strict=True)):
        at = left + (log - lo) * (width - 2 * left) / (hi - lo)
        y = step * n + 14
        is_right = at > width / 2
        marks.append(
            Markup(
                '<path class="{}" d="M{} {}H{:.2f}"/><circle class="{}" cx="{:.2f}" '
                'cy="{}" r="4.5"/><text x="{:.2f}" y="{}" text-anchor="{}">{}</text>'
            ).format(
                f"bar {name}",
                left,
                y,
                at,
                f"dot {name}",
                at,
                y,
                at - 10 if is_right else at + 10,
                y - 5 if is_right else y + 4,
                "end" if is_right else "start",
                label,
            )
        )
    return _svg(
        width, height, "Errors on a logarithmic scale", *marks, extra='class="scale" '
    )


def _svg(width: int, height: int, label: str, *content: str, extra: str = "") -> Markup:
    return Markup(
        f'<svg {extra}role="img" aria-label="{escape(label)}" '
        f'viewBox="0 0 {width} {height}">{"".join(content)}</svg>'
    )
