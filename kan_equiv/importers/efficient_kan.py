"""efficient-kan (Blealtan): state dicts with KANLinear layers at any prefix.

The layer has no bias; N_k are Cox-de Boor B-splines on half-open cells::

    y_o = sum_i base_weight[o, i] b(x_i)
        + sum_i sum_k spline_weight[o, i, k] spline_scaler[o, i] N_k(x_i; grid[i])
"""

from __future__ import annotations

import re

from kan_equiv.errors import LoadError, UnsupportedModelError
from kan_equiv.exact.tensor import FloatTensor
from kan_equiv.importers.layers import BASE_FUNCTIONS, base_basis, kan_layer
from kan_equiv.importers.tensors import StateDict, lift
from kan_equiv.ir.basis import BSplineBasis
from kan_equiv.ir.knots import KnotVector
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Stage

__all__ = ["NAME", "is_efficient_kan", "load_efficient_kan"]

NAME = "efficient-kan"
PARTS = ("grid", "spline_weight", "base_weight", "spline_scaler")


def _prefixes(state: StateDict) -> list[str]:
    ends = [k[: -len("spline_weight")] for k in state if k.endswith("spline_weight")]
    found = [p for p in ends if p + "grid" in state and p + "base_weight" in state]
    return sorted(found, key=_natural)


def _natural(key: str) -> list[object]:
    return [int(s) if s.isdigit() else s for s in re.split(r"(\d+)", key)]


def is_efficient_kan(state: StateDict) -> bool:
    """Whether the keys hold KANLinear layers."""
    return bool(_prefixes(state))


def load_efficient_kan(
    state: StateDict, *, base_activation: str = "silu", prefix: str = ""
) -> Network:
    """Import a chain of KANLinear layers.

    Args:
        state: the state dict.
        base_activation: name of the class given as ``base_activation`` (the library's
            own default is SiLU); the file does not hold it.
        prefix: only layers whose keys start with this.

    Raises:
        UnsupportedModelError: layers that do not chain, or other weights beside them.
        LoadError: knots that repeat (the original computes NaN there) or decrease.
    """
    prefixes = [p for p in _prefixes(state) if p.startswith(prefix)]
    if not prefixes:
        raise UnsupportedModelError(
            f"no KANLinear layer with prefix={prefix!r}; keys end in 'grid', "
            f"'spline_weight', 'base_weight'; seen: {sorted(state)[:8]}"
        )
    known = {p + part for p in prefixes for part in PARTS}
    others = [k for k in state if k.startswith(prefix) and k not in known]
    if others:
        raise UnsupportedModelError(
            f"other weights stand beside the KANLinear layers: {others[:4]}. Their "
            "order is unknown; name the chain to import with prefix=, for "
            f"instance prefix={prefixes[0]!r}"
        )
    stages: list[Stage] = []
    width = 0
    for l, p in enumerate(prefixes):
        layer = _layer(state, p, l, base_activation)
        if stages and layer[0].in_features != stages[-1].out_features:
            raise UnsupportedModelError(
                f"layer {l} ({p}) takes {layer[0].in_features} inputs, the one before "
                f"gives {stages[-1].out_features}; name one chain with prefix="
            )
        width = width or layer[0].in_features
        stages += layer
    return Network(width, tuple(stages))


def _layer(
    state: StateDict,
    prefix: str,
    l: int,
    base_activation: str,
) -> tuple[Stage, ...]:
    grid = lift(state[prefix + "grid"], prefix + "grid")
    weight = lift(state[prefix + "spline_weight"], prefix + "spline_weight")
    base_weight = lift(state[prefix + "base_weight"], prefix + "base_weight")
    if len(grid.shape) != 2 or len(weight.shape) != 3:
        raise UnsupportedModelError(
            f"layer {l}: grid must have 2 axes and spline_weight 3, got "
            f"{grid.shape} and {weight.shape}"
        )
    m, n, size = weight.shape
    degree = grid.shape[1] - size - 1
    splines = [BSplineBasis(_knots(grid, i, l), degree) for i in range(n)]
    factors: tuple[tuple[FloatTensor, str], ...] = ((weight, "oik"),)
    if prefix + "spline_scaler" in state:
        scaler = lift(state[prefix + "spline_scaler"], prefix + "spline_scaler")
        factors = (*factors, (scaler, "oi"))
    base = base_basis(base_activation, "base_activation", BASE_FUNCTIONS)
    return kan_layer(splines, (m, n, size), factors, base, ((base_weight, "oi"),))


def _knots(grid: FloatTensor, i: int, l: int) -> KnotVector:
    row = grid.to_float64()[i].tolist()
    for j in range(1, len(row)):
        if row[j] <= row[j - 1]:
            raise LoadError(
                f"layer {l}, input {i}: knots must increase strictly, got "
                f"t[{j}]={row[j]!r} after t[{j - 1}]={row[j - 1]!r}. efficient-kan "
                "computes NaN for every x on such a grid; repair it with update_grid "
                "on data that varies."
            )
    return KnotVector.of(row)
