"""A model's state of health in lines: grids, repeated knots, dead edges, float32."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

__all__ = ["health_lines"]

TIGHT = 1e-5
"""Knots closer than this, relative to their size, keep two digits in float32."""


class Grid(Protocol):
    """What is known of one grid of a layer."""

    @property
    def inputs(self) -> tuple[int, ...]: ...
    @property
    def has_repeated_knots(self) -> bool: ...
    @property
    def min_relative_gap(self) -> float: ...
    @property
    def hinge_error(self) -> float: ...
    @property
    def is_hinge_safe_in_float32(self) -> bool: ...


class Layer(Protocol):
    """What is known of one layer."""

    @property
    def in_features(self) -> int: ...
    @property
    def out_features(self) -> int: ...
    @property
    def grids(self) -> Sequence[Grid]: ...
    @property
    def base(self) -> str: ...
    @property
    def dead_edges(self) -> int: ...


def health_lines(layers: Sequence[Layer], has_local_form: bool = True) -> list[str]:
    """Return one line per layer, and the grids that need care."""
    lines: list[str] = []
    for l, layer in enumerate(layers):
        lines.append(
            f"layer {l}: {layer.in_features} -> {layer.out_features}, "
            f"{len(layer.grids)} distinct grids, base function {layer.base or 'none'}, "
            f"{layer.dead_edges} of {layer.in_features * layer.out_features} edges dead"
        )
        for grid in layer.grids:
            where = f"layer {l}, inputs {', '.join(map(str, grid.inputs[:8]))}"
            if len(grid.inputs) > 8:
                where += f" and {len(grid.inputs) - 8} more"
            if grid.has_repeated_knots:
                lines.append(f"  repeated knots: {where}")
            elif grid.min_relative_gap < TIGHT:
                lines.append(
                    f"  knots {grid.min_relative_gap:.1e} of their size apart, too "
                    f"close for float32: {where}"
                )
    unsafe = [g for layer in layers for g in layer.grids if not _is_safe(g)]
    if unsafe:
        worst = max(g.hinge_error for g in unsafe)
        remedy = "--to local" if has_local_form else "float64, --to hinge's default"
        lines.append(
            f"float32: {len(unsafe)} grids are unfit for the hinge form (estimated "
            f"error {worst:.1g} of a spline's size); take {remedy}"
        )
    else:
        lines.append("float32: every grid is fit for the hinge form")
    return lines


def _is_safe(grid: Grid) -> bool:
    return grid.is_hinge_safe_in_float32
