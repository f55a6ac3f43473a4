"""Networks and edges in words: layers, grids, counts, formulas."""

from __future__ import annotations

from typing import Any

from kan_equiv.errors import ValidationError
from kan_equiv.ir.basis import Basis, BSplineBasis, ConcatenatedBasis
from kan_equiv.ir.network import Network
from kan_equiv.ir.separable import separate
from kan_equiv.ir.stage import Affine, Bank
from kan_equiv.ir.univariate import Univariate

__all__ = ["describe_edge", "describe_network", "formula"]


def describe_network(network: Network) -> tuple[dict[str, Any], list[str]]:
    """Return layers, grids and which coincide, as data and as lines."""
    layers: list[dict[str, Any]] = []
    lines = [
        (
            f"{network.in_features} inputs, {network.out_features} outputs, "
            f"{network.depth} layers"
        )
    ]
    for l, (start, stop) in enumerate(network.layer_slices()):
        for stage in network.stages[start:stop]:
            if isinstance(stage, Bank):
                names = [_basis_text(b) for b in stage.bases]
                sharing = [
                    [i for i, b in enumerate(stage.basis_of) if b == n]
                    for n in range(len(stage.bases))
                ]
                layers.append({"layer": l, "bases": names, "inputs": sharing})
                lines.append(
                    f"layer {l}: {stage.in_features} inputs, {len(stage.bases)} "
                    f"distinct bases, {stage.out_features} columns"
                )
                for name, inputs in list(zip(names, sharing, strict=True))[:8]:
                    lines.append(f"  {name}, inputs {_ranges(inputs)}")
                if len(names) > 8:
                    lines.append(f"  ... {len(names) - 8} more")
            elif isinstance(stage, Affine):
                lines.append(
                    f"layer {l}: linear map {stage.in_features} -> {stage.out_features}"
                )
    result = {
        "in_features": network.in_features,
        "out_features": network.out_features,
        "depth": network.depth,
        "has_atoms": network.has_atoms,
        "banks": layers,
    }
    return result, lines


def _basis_text(basis: Basis) -> str:
    if isinstance(basis, ConcatenatedBasis):
        return " + ".join(_basis_text(b) for b in basis.parts)
    if isinstance(basis, BSplineBasis):
        t = basis.knots
        return (
            f"{len(basis)} B-splines of degree {basis.degree} on {len(t)} knots in "
            f"[{float(t[0]):.6g}, {float(t[len(t) - 1]):.6g}]"
        )
    return f"{len(basis)} functions ({type(basis).__name__})"


def _ranges(values: list[int]) -> str:
    runs: list[list[int]] = []
    for v in values:
        if runs and v == runs[-1][1] + 1:
            runs[-1][1] = v
        else:
            runs.append([v, v])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def describe_edge(
    network: Network,
    l: int,
    i: int,
    j: int,
    latex: bool,
) -> tuple[dict[str, Any], list[str]]:
    """Return the exact function of edge (layer, input, output)."""
    layer = network.layer(l)
    if not (0 <= i < layer.in_features and 0 <= j < layer.out_features):
        raise ValidationError(
            f"layer {l} has inputs 0..{layer.in_features - 1} and outputs "
            f"0..{layer.out_features - 1}, got edge {l}:{i}:{j}"
        )
    edge = separate(layer.stages, layer.in_features).edge(i, j)
    text = formula(edge, latex)
    return {"edge": [l, i, j], "formula": text, "latex": latex}, text.splitlines()


def formula(f: Univariate, latex: bool = False) -> str:
    """Return the pieces of a function of x, exactly, as text or as LaTeX."""
    t = f.pieces.breakpoints
    bounds = [
        (None if k == 0 else t[k - 1], None if k == len(t) else t[k])
        for k in range(len(t) + 1)
    ]
    atoms = "".join(f" + ({c})*{a.name}({a.slope}*x + {a.shift})" for a, c in f.atoms)
    if not latex:
        rows = [
            f"{_cell(lo, hi)}: {p}{atoms}"
            for (lo, hi), p in zip(bounds, f.pieces.pieces, strict=True)
        ]
        return "\n".join(rows)
    rows = [
        rf"{str(p).replace('*', ' ')} & {_cell(lo, hi)}"
        for (lo, hi), p in zip(bounds, f.pieces.pieces, strict=True)
    ]
    body = r" \\ ".join(rows)
    tail = atoms.replace("*", " ")
    return rf"\begin{{cases}} {body} \end{{cases}}{tail}"


def _cell(lo: Any, hi: Any) -> str:
    if lo is None:
        return "all x" if hi is None else f"x < {hi}"
    return f"x >= {lo}" if hi is None else f"{lo} <= x < {hi}"
