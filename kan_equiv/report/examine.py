"""A model's state of health: knots, dead edges, what float32 would do."""

from __future__ import annotations

from typing import Any

from kan_equiv.ir.basis import Basis, BSplineBasis, ConcatenatedBasis, PiecewiseBasis
from kan_equiv.ir.network import Network
from kan_equiv.ir.separable import separate
from kan_equiv.ir.stage import Bank

__all__ = ["examine"]

SAFE_INTERVALS = {0: 10**9, 1: 20, 2: 5}
"""Grid intervals up to which one-sided powers of a degree are fit for float32."""


def examine(network: Network) -> tuple[dict[str, Any], list[str]]:
    """Return findings as data and as lines."""
    lines: list[str] = []
    unsafe: list[str] = []
    repeated: list[list[int]] = []
    dead = 0
    for l, (start, stop) in enumerate(network.layer_slices()):
        layer = network.window(start, stop)
        for stage in layer.stages:
            if isinstance(stage, Bank):
                unsafe += _unsafe(stage, l)
                repeated += [
                    [l, i]
                    for i in range(stage.in_features)
                    if _is_repeated(stage.basis(i))
                ]
        dead += _dead_edges(layer)
    result: dict[str, Any] = {
        "repeated_knots": repeated,
        "dead_edges": dead,
        "hinge_unsafe_in_float32": bool(unsafe),
        "has_atoms": network.has_atoms,
    }
    lines.append(f"dead edges (identically zero): {dead}")
    where = ", ".join(f"layer {l} input {i}" for l, i in repeated[:6])
    lines.append(f"repeated knots: {where or 'none'}")
    lines.append(
        "one-sided hinge form in float32: "
        + (f"unsafe ({unsafe[0]})" if unsafe else "safe")
    )
    if network.has_atoms:
        lines.append("base functions: SiLU or other units remain in any converted form")
    return result, lines


def _splines(basis: Basis) -> list[BSplineBasis]:
    if isinstance(basis, ConcatenatedBasis):
        return [s for p in basis.parts for s in _splines(p)]
    return [basis] if isinstance(basis, BSplineBasis) else []


def _is_repeated(basis: Basis) -> bool:
    if isinstance(basis, ConcatenatedBasis):
        return any(_is_repeated(p) for p in basis.parts)
    if isinstance(basis, BSplineBasis):
        return not basis.knots.is_simple
    return isinstance(basis, PiecewiseBasis)


def _unsafe(bank: Bank, layer: int) -> list[str]:
    out: list[str] = []
    for b in bank.bases:
        for s in _splines(b):
            intervals = len(s.knots) - 2 * s.degree - 1
            if intervals > SAFE_INTERVALS.get(s.degree, 0):
                out.append(f"layer {layer}: degree {s.degree}, {intervals} intervals")
    return out


def _dead_edges(layer: Network) -> int:
    form = separate(layer.stages, layer.in_features)
    dead = 0
    for i in range(form.in_features):
        which = form.columns_of(i)
        rows, ints, _ = form.weight.columns(which)
        alive = int((ints != 0).any(axis=1).sum())
        dead += form.out_features - min(alive, len(rows))
    return dead
