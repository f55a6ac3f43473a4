from __future__ import annotations

from dataclasses import dataclass, replace

from kan_equiv.reports.health import health_lines


@dataclass(frozen=True)
class Grid:
    inputs: tuple[int, ...] = (0, 1)
    has_repeated_knots: bool = False
    min_relative_gap: float = 0.1
    hinge_error: float = 1e-6
    is_hinge_safe_in_float32: bool = True


@dataclass(frozen=True)
class Layer:
    grids: tuple[Grid, ...] = (Grid(),)
    in_features: int = 2
    out_features: int = 3
    base: str = "silu"
    dead_edges: int = 0


def test_a_healthy_layer_takes_two_lines() -> None:
    assert health_lines([Layer()]) == [
        "layer 0: 2 -> 3, 1 distinct grids, base function silu, 0 of 6 edges dead",
        "float32: every grid is fit for the hinge form",
    ]


def test_repeated_and_tight_knots_are_placed() -> None:
    repeated = replace(Grid(), has_repeated_knots=True, min_relative_gap=0.0)
    tight = replace(Grid(), inputs=tuple(range(10)), min_relative_gap=3e-7)
    lines = health_lines([Layer(), Layer(grids=(repeated, tight))])
    assert lines[2] == "  repeated knots: layer 1, inputs 0, 1"
    assert lines[3].startswith("  knots 3.0e-07 of their size apart, too close")
    assert lines[3].endswith("layer 1, inputs 0, 1, 2, 3, 4, 5, 6, 7 and 2 more")


def test_the_worst_unfit_grid_is_named() -> None:
    grids = tuple(
        replace(Grid(), hinge_error=e, is_hinge_safe_in_float32=False)
        for e in (0.02, 0.5)
    )
    (_, last) = health_lines([Layer(grids=grids)])
    assert last.startswith("float32: 2 grids are unfit for the hinge form (")
    assert "error 0.5 of" in last
    assert last.endswith("take --to local")
    (_, last) = health_lines([Layer(grids=grids)], has_local_form=False)
    assert last.endswith("take float64, --to hinge's default")
