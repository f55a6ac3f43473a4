"""Free-knot KANs (IcurasLW/FR-KAN, Knots_KAN): knots are trained with the rest.

Inputs are normalized; input i belongs to group g = i mod groups, and the inputs of a
group share one spline. With u = LayerNorm(x)::

    t_g = clamp(sort(grid[0, g] + grid_bias[0, g]), lo - degree h, hi + degree h)
    s_g(v) = sum_k spline_lin_c[0, g, k] N_k(v; t_g)
    y_o = sum_i spline_weight[i, o] (s_g(u_i) + silu(u_i))

where (lo, hi) is grid_range and h = (hi - lo)/grid_size. Without need_relu there is no
silu. A network of one layer applies it twice, as the original does.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

from kan_equiv.errors import LoadError, UnsupportedModelError
from kan_equiv.exact.tensor import FloatTensor, RationalTensor
from kan_equiv.importers.arguments import flag, interval
from kan_equiv.importers.family import Family, Format
from kan_equiv.importers.layers import kan_layer
from kan_equiv.importers.norms import TORCH_EPSILON, layer_norm
from kan_equiv.importers.tensors import StateDict, take
from kan_equiv.ir.basis import AtomBasis, Basis, BSplineBasis
from kan_equiv.ir.knots import KnotVector
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Stage
from kan_equiv.ir.univariate import Atom

__all__ = ["FAMILY", "load_knots_kan"]

FIRST = "layers.0.spline_lin_c"
PARTS = ("grid", "grid_bias", "spline_lin_c", "spline_weight")
NORM = ("weight", "bias")


def is_knots_kan(state: StateDict) -> bool:
    """Whether the keys are those of Knots_KAN."""
    return any(
        k.endswith(FIRST) and k.removesuffix(FIRST) + "layer_norm.0.weight" in state
        for k in state
    )


def load_knots_kan(
    state: StateDict,
    *,
    grid_range: Any = None,
    need_relu: bool | None = None,
    prefix: str = "",
) -> Network:
    """Import a Knots_KAN from a state dict, as called without ``normalize``.

    Args:
        state: the state dict.
        grid_range: the two ends of the grid that the model was made with.
        need_relu: whether it was made with the SiLU shortcut.
        prefix: what the keys of the model start with.

    Raises:
        MissingArgumentError: one of them is not given; no file holds them.
        LoadError: knots meet at an end of the range (the original computes NaN there).
    """
    ends = interval(grid_range, "grid_range", "the two ends of the grid")
    shortcut = flag(need_relu, "need_relu", "whether there is a SiLU shortcut")
    depth = 0
    known: set[str] = set()
    while (p := f"{prefix}layers.{depth}.") + PARTS[2] in state:
        known |= {p + part for part in PARTS}
        known |= {f"{prefix}layer_norm.{depth}.{part}" for part in NORM}
        depth += 1
    if not depth:
        raise UnsupportedModelError(
            f"no Knots_KAN with prefix={prefix!r}: {prefix}{FIRST} is needed; there "
            f"are {', '.join(sorted(state)[:8])}"
        )
    if others := [k for k in state if k.startswith(prefix) and k not in known]:
        raise UnsupportedModelError(
            f"other weights stand beside the layers: {', '.join(others[:4])}"
        )
    stages: list[Stage] = []
    for l in range(depth) if depth > 1 else (0, 0):
        width = stages[-1].out_features if stages else None
        stages += _layer(state, prefix, l, width, (ends, shortcut))
    return Network(stages[0].in_features, tuple(stages))


def _layer(
    state: StateDict,
    prefix: str,
    l: int,
    width: int | None,
    options: tuple[tuple[Fraction, Fraction], bool],
) -> tuple[Stage, ...]:
    p, ends = f"{prefix}layers.{l}.", options[0]
    weight = take(state, p + "spline_weight", (width, None))
    n, m = weight.shape
    coefficients = take(state, p + "spline_lin_c", (1, None, None))
    groups, size = coefficients.shape[1:]
    grid = take(state, p + "grid", (1, groups, None))
    moved = take(state, p + "grid_bias", grid.shape)
    degree = grid.shape[2] - size - 1
    if n % groups or degree < 1 or size <= degree:
        raise LoadError(
            f"layer {l}: {n} inputs in {groups} groups, {grid.shape[2]} knots and "
            f"{size} coefficients a group do not fit"
        )
    splines = [
        BSplineBasis(_knots(grid, moved, g, (degree, size - degree), ends, l), degree)
        for g in range(groups)
    ]
    bases: list[Basis] = [splines[i % groups] for i in range(n)]
    # Every input has its group's coefficients.
    rows = [coefficients[0, i % groups, k] for i in range(n) for k in range(size)]
    shared = RationalTensor.from_fractions(rows, (n, size), coefficients.name)
    norms = f"{prefix}layer_norm.{l}."
    base = AtomBasis((Atom("silu"),)) if options[1] else None
    return (
        *layer_norm(state, (norms + NORM[0], norms + NORM[1]), n, TORCH_EPSILON),
        *kan_layer(
            bases,
            (m, n, size),
            ((weight, "io"), (shared, "ik")),
            base,
            ((weight, "io"),),
        ),
    )


def _knots(
    grid: FloatTensor,
    moved: FloatTensor,
    group: int,
    counts: tuple[int, int],
    ends: tuple[Fraction, Fraction],
    l: int,
) -> KnotVector:
    degree, cells = counts
    (lo, hi), h = ends, (ends[1] - ends[0]) / cells
    least, most = lo - degree * h, hi + degree * h
    values = sorted(
        grid[0, group, j] + moved[0, group, j] for j in range(grid.shape[2])
    )
    knots = [min(max(t, least), most) for t in values]
    for j, (s, t) in enumerate(pairwise(knots)):
        if s == t:
            raise LoadError(
                f"layer {l}, group {group}: knots {j} and {j + 1} are both "
                f"{float(s)!r} after clamping to grid_range="
                f"{[float(lo), float(hi)]} and {degree} steps beyond; "
                "the original computes NaN for every x there"
            )
    return KnotVector(tuple(knots))


FAMILY = Family(
    Format(
        "knots-kan",
        "state dict of Knots_KAN (free knots) of IcurasLW/FR-KAN",
        "B-splines on the sorted and clamped knots, groups",
        "layer normalization (equal by congruence only); SiLU shortcut (SiLU units)",
        ("grid_range", "need_relu", "prefix"),
        "grid_range and need_relu",
        "both forms; no module: layer normalization is not emitted",
        "knots_kan",
    ),
    is_knots_kan,
    load_knots_kan,
)
