"""Comparisons of two models for people: verdict, distance, and what changed inside."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Protocol

from kan_equiv.exact.rational import about, to_text
from kan_equiv.ir.domain import Box, Interval
from kan_equiv.reports.distance import Distance, box_option, distance_data

__all__ = ["diff_data", "diff_lines"]


class Edge(Protocol):
    """One changed edge."""

    @property
    def layer(self) -> int: ...
    @property
    def input(self) -> int: ...
    @property
    def output(self) -> int: ...
    @property
    def domain(self) -> Interval: ...
    @property
    def upper(self) -> Fraction: ...
    @property
    def attained(self) -> Fraction: ...
    @property
    def point(self) -> Fraction: ...


class Layer(Protocol):
    """The changes of one layer."""

    @property
    def layer(self) -> int: ...
    @property
    def edges(self) -> Sequence[Edge]: ...
    @property
    def changed(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def constants(self) -> Sequence[tuple[int, Fraction, Fraction]]: ...


class Diff(Protocol):
    """Two models compared on a box."""

    @property
    def distance(self) -> Distance | None: ...
    @property
    def layers(self) -> Sequence[Layer]: ...
    @property
    def edges(self) -> Sequence[Edge]: ...
    @property
    def domain(self) -> Box: ...
    @property
    def reason(self) -> str: ...


def diff_lines(diff: Diff, limit: int = 10) -> list[str]:
    """Return how far the two are apart, a line per layer, and the largest changes."""
    lines: list[str] = []
    if diff.distance is not None:
        lines.append(f"on {box_option(diff.domain)} they differ by {diff.distance}")
    if diff.reason:
        return [*lines, f"no edges compared: {diff.reason}"]
    for layer in diff.layers:
        line = f"layer {layer.layer}: {layer.changed} of {layer.total} edges changed"
        if layer.constants:
            line += f", and what is added to {len(layer.constants)} outputs"
        lines.append(line)
    for edge in diff.edges[:limit]:
        lo, hi = (about(v) for v in edge.domain.ends)
        size = about(edge.upper)
        most = size if edge.upper == edge.attained else f"at most {size}"
        lines.append(
            f"layer {edge.layer}, edge {edge.input} -> {edge.output}: by {most} on "
            f"[{lo}, {hi}], {about(edge.attained)} at {about(edge.point)}"
        )
    left = sum(layer.changed for layer in diff.layers) - min(limit, len(diff.edges))
    if left:
        lines.append(f"... {left} more edges, each changed by no more or not measured")
    return lines


def diff_data(diff: Diff) -> dict[str, Any]:
    """Return a comparison as plain data; numbers exact, as text."""
    return {
        "domain": box_option(diff.domain),
        "distance": None if diff.distance is None else distance_data(diff.distance),
        "reason": diff.reason,
        "layers": [
            {
                "layer": layer.layer,
                "changed": layer.changed,
                "edges": layer.total,
                "constants": [
                    {"output": o, "before": to_text(a), "after": to_text(b)}
                    for o, a, b in layer.constants
                ],
            }
            for layer in diff.layers
        ],
        "edges": [
            {
                "layer": e.layer,
                "input": e.input,
                "output": e.output,
                "domain": [to_text(v) for v in e.domain.ends],
                "upper": to_text(e.upper),
                "attained": to_text(e.attained),
                "point": to_text(e.point),
            }
            for e in diff.edges
        ],
    }
