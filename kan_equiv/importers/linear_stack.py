"""State dicts of plain Linear layers; the activation between them must be said."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from kan_equiv.errors import MissingArgumentError, UnsupportedModelError
from kan_equiv.exact.tensor import Tensor
from kan_equiv.importers.activations import ACTIVATIONS
from kan_equiv.importers.layers import base_basis
from kan_equiv.importers.ordering import chosen, numbered
from kan_equiv.importers.tensors import StateDict, lift, optional, require_shape
from kan_equiv.ir.basis import Basis, TruncatedPowerBasis
from kan_equiv.ir.linear import Dense
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Affine, Bank, Stage, zero_bias

__all__ = ["NAME", "is_linear_stack", "linear_affine", "load_linear_stack"]

NAME = "torch"


def _prefixes(state: StateDict) -> list[str]:
    return [
        k[: -len("weight")]
        for k in state
        if (k == "weight" or k.endswith(".weight")) and _axes(state[k]) == 2
    ]


def _axes(tensor: Any) -> int:
    return len(getattr(tensor, "shape", ()))


def is_linear_stack(state: StateDict) -> bool:
    """Whether all tensors are weights and biases of Linear layers."""
    prefixes = _prefixes(state)
    return bool(prefixes) and not _others(state, prefixes)


def _others(state: StateDict, prefixes: Sequence[str]) -> list[str]:
    known = {p + part for p in prefixes for part in ("weight", "bias")}
    return [k for k in state if k not in known]


def load_linear_stack(
    state: StateDict,
    *,
    activation: str | None = None,
    degree: int = 1,
    prefix: str | Sequence[str] = "",
) -> Network:
    """Import a state dict of Linear layers with one activation between them.

    Args:
        state: the state dict.
        activation: what stands between the layers; the file does not hold it.
        degree: power of ``relu``, for ReLU^p networks.
        prefix: what the keys of the chain start with, or a list with the prefix of each
            layer in the order they are applied.

    Raises:
        MissingArgumentError: the activation or the order of the layers is not known.
        UnsupportedModelError: other tensors stand beside, or layers do not chain.
    """
    prefixes = chosen(_prefixes(state), prefix, "Linear")
    if isinstance(prefix, str):
        within = {k: v for k, v in state.items() if k.startswith(prefix)}
        if others := _others(within, prefixes):
            raise UnsupportedModelError(
                "other tensors stand beside the Linear layers: "
                f"{', '.join(others[:4])}. A state dict does not say what they do: "
                "load the live module, or its torch.export program"
            )
        prefixes = _sorted(prefixes)
    between = _between(activation, degree, len(prefixes))
    stages: list[Stage] = []
    for p in prefixes:
        affine = linear_affine(state[p + "weight"], optional(state, p + "bias"), p)
        if stages:
            width = stages[-1].out_features
            if affine.in_features != width:
                raise UnsupportedModelError(
                    f"tensor {p}weight takes {affine.in_features} inputs, the layer "
                    f"before gives {width}; these are no chain of Linear layers"
                )
            if between is not None:
                stages.append(Bank((between,), (0,) * width))
        stages.append(affine)
    return Network(stages[0].in_features, tuple(stages))


def _sorted(prefixes: Sequence[str]) -> list[str]:
    if len(prefixes) == 1:
        return list(prefixes)
    row = numbered(prefixes)
    if row is None:
        raise MissingArgumentError(
            "the keys do not tell in which order the Linear layers are applied: "
            f"{', '.join(repr(p) for p in prefixes[:8])}. Pass prefix=, the list of "
            "layers in their order"
        )
    return [p for _, p in row]


def _between(activation: str | None, degree: int, layers: int) -> Basis | None:
    if activation is None:
        if layers > 1:
            raise MissingArgumentError(
                "a state dict of Linear layers does not hold the activation between "
                f"them: pass activation= as one of {', '.join(ACTIVATIONS)}"
            )
        return None
    if activation not in ACTIVATIONS:
        raise UnsupportedModelError(
            f"activation must be one of {', '.join(ACTIVATIONS)}, got {activation=}"
        )
    if type(degree) is not int or degree < 1 or (degree > 1 and activation != "relu"):
        raise UnsupportedModelError(
            f"degree must be an integer >= 1, and 1 unless activation='relu', got "
            f"{degree=}, {activation=}"
        )
    if activation == "relu":
        return TruncatedPowerBasis(((Fraction(0), degree),))
    return (
        None
        if activation == "identity"
        else base_basis(activation, "activation", ACTIVATIONS)
    )


def linear_affine(weight: Any, bias: Any, prefix: str) -> Affine:
    """Return the stage of one Linear layer."""
    w = require_shape(lift(weight, prefix + "weight"), (None, None))
    m = w.shape[0]
    b: Tensor = zero_bias(m)
    if bias is not None:
        b = require_shape(lift(bias, prefix + "bias"), (m,))
    return Affine(Dense.matrix(w), b)
