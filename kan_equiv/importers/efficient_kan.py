"""efficient-kan (Blealtan): KANLinear layers, at any prefix of a state dict or live.

The layer has no bias; N_k are Cox-de Boor B-splines on half-open cells::

    y_o = sum_i base_weight[o, i] b(x_i)
        + sum_i sum_k spline_weight[o, i, k] spline_scaler[o, i] N_k(x_i; grid[i])
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kan_equiv.errors import UnsupportedModelError
from kan_equiv.exact.tensor import FloatTensor
from kan_equiv.importers.activations import name_of_activation
from kan_equiv.importers.chain import load_chain, prefixes_of
from kan_equiv.importers.layers import (
    BASE_FUNCTIONS,
    REPEATED,
    base_basis,
    degree_of,
    kan_layer,
    spline_bases,
)
from kan_equiv.importers.tensors import StateDict, take
from kan_equiv.ir.basis import BSplineBasis
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Stage

__all__ = [
    "NAME",
    "is_efficient_kan",
    "is_kan_linear",
    "kan_linear_stages",
    "load_efficient_kan",
]

NAME = "efficient-kan"
REQUIRED = ("spline_weight", "grid", "base_weight")
OPTIONAL = ("spline_scaler",)


def is_efficient_kan(state: StateDict) -> bool:
    """Whether the keys hold KANLinear layers."""
    return bool(prefixes_of(state, REQUIRED))


def load_efficient_kan(
    state: StateDict,
    *,
    base_activation: str = "silu",
    prefix: str | Sequence[str] = "",
) -> Network:
    """Import a chain of KANLinear layers from a state dict.

    Args:
        state: the state dict.
        base_activation: name of the class given as ``base_activation`` (the library's
            own default is SiLU); the file does not hold it.
        prefix: what the keys of the chain start with, or a list with the prefix of each
            layer in the order they are applied.

    Raises:
        UnsupportedModelError: layers of unknown order, or other weights beside them.
        LoadError: knots that repeat (the original computes NaN there) or decrease.
    """
    return load_chain(
        state,
        REQUIRED,
        OPTIONAL,
        "KANLinear",
        prefix,
        lambda p, l, width: _layer(state, p, l, width, base_activation),
    )


def is_kan_linear(module: Any) -> bool:
    """Whether a live module is a KANLinear (its class, base and tensors say so)."""
    return type(module).__name__.endswith("KANLinear") and all(
        hasattr(module, part) for part in (*REQUIRED, "base_activation")
    )


def kan_linear_stages(
    module: Any, l: int, width: int | None, base_activation: str | None
) -> tuple[Stage, ...]:
    """Import one live KANLinear with the base function that it holds."""
    base = base_activation or name_of_activation(module.base_activation)
    state: StateDict = module.state_dict()
    if others := sorted(set(state) - {*REQUIRED, *OPTIONAL}):
        raise UnsupportedModelError(
            f"layer {l} ({type(module).__name__}) has parameters beside those of "
            f"efficient-kan: {', '.join(others[:4])}"
        )
    return _layer(state, "", l, width, base)


def _layer(
    state: StateDict, prefix: str, l: int, width: int | None, base_activation: str
) -> tuple[Stage, ...]:
    weight = take(state, prefix + "spline_weight", (None, width, None))
    m, n, size = weight.shape
    grid = take(state, prefix + "grid", (n, None))
    base_weight = take(state, prefix + "base_weight", (m, n))
    degree = degree_of(grid, size, l)
    factors: tuple[tuple[FloatTensor, str], ...] = ((weight, "oik"),)
    if prefix + "spline_scaler" in state:
        factors += ((take(state, prefix + "spline_scaler", (m, n)), "oi"),)
    return kan_layer(
        spline_bases(grid, l, lambda knots: BSplineBasis(knots, degree), REPEATED),
        (m, n, size),
        factors,
        base_basis(base_activation, "base_activation", BASE_FUNCTIONS),
        ((base_weight, "oi"),),
    )
