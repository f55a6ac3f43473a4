"""Plain torch networks of Linear and activations, live or as state dicts."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from kan_equiv.errors import MissingArgumentError, UnsupportedModelError
from kan_equiv.importers.tensors import StateDict, lift, require_torch
from kan_equiv.ir.basis import AtomBasis, Basis, TruncatedPowerBasis
from kan_equiv.ir.linear import Dense
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Affine, Bank, Stage, zero_bias
from kan_equiv.ir.univariate import Atom

__all__ = ["NAME", "is_linear_stack", "load_linear_stack", "load_module"]

NAME = "torch"
ACTIVATIONS: dict[str, Basis] = {
    "relu": TruncatedPowerBasis(((Fraction(0), 1),)),
    "silu": AtomBasis((Atom("silu"),)),
    "tanh": AtomBasis((Atom("tanh"),)),
    "sigmoid": AtomBasis((Atom("sigmoid"),)),
    "gelu": AtomBasis((Atom("gelu"),)),
}


def load_module(module: Any) -> Network:
    """Import an nn.Sequential (or one layer) of Linear and activation modules.

    Raises:
        UnsupportedModelError: another module is among them, named with its position.
    """
    nn = require_torch("reading a torch module").nn
    stages: list[Stage] = []
    parts = list(module) if isinstance(module, nn.Sequential) else [module]
    flat: list[Any] = []
    for part in parts:
        flat.extend(part if isinstance(part, nn.Sequential) else [part])
    for place, part in enumerate(flat):
        name = type(part).__name__.lower()
        if isinstance(part, nn.Linear):
            bias = None if part.bias is None else part.bias
            stages.append(_linear(part.weight, bias, f"{place}."))
        elif isinstance(part, nn.Identity) or (
            isinstance(part, nn.Dropout) and not part.training
        ):
            continue
        elif name in ACTIVATIONS and getattr(part, "approximate", "none") == "none":
            if not stages:
                raise UnsupportedModelError(
                    f"module {place} ({name}) stands before the first Linear, so the "
                    "number of inputs is unknown"
                )
            width = stages[-1].out_features
            stages.append(Bank((ACTIVATIONS[name],), (0,) * width))
        else:
            raise UnsupportedModelError(
                f"module {place} is a {type(part).__name__}; supported are Linear, "
                "ReLU, SiLU, Tanh, Sigmoid, GELU (exact), Identity and Dropout (eval)"
            )
    if not stages:
        raise UnsupportedModelError("the module has no Linear layer")
    return Network(stages[0].in_features, tuple(stages))


def is_linear_stack(state: StateDict) -> bool:
    """Whether all keys are weights and biases of Linear layers."""
    return bool(state) and all(k.endswith(("weight", "bias")) for k in state)


def load_linear_stack(
    state: StateDict, *, activation: str | None = None, degree: int = 1
) -> Network:
    """Import a state dict of Linear layers in the order of its keys.

    Raises:
        MissingArgumentError: ``activation=`` is not given; the file does not hold it.
    """
    weights = [k for k in state if k.endswith("weight")]
    if len(weights) > 1 and activation is None:
        raise MissingArgumentError(
            "a state dict of Linear layers does not hold the activation between them: "
            f"pass activation=, one of {sorted(ACTIVATIONS)}"
        )
    if activation is not None and activation not in ACTIVATIONS:
        raise UnsupportedModelError(
            f"activation must be one of {sorted(ACTIVATIONS)}, got {activation=}"
        )
    stages: list[Stage] = []
    for key in weights:
        bias = state.get(key[: -len("weight")] + "bias")
        if stages:
            basis = ACTIVATIONS[activation or "relu"]
            if activation == "relu" and degree != 1:
                basis = TruncatedPowerBasis(((Fraction(0), degree),))
            stages.append(Bank((basis,), (0,) * stages[-1].out_features))
        stages.append(_linear(state[key], bias, key[: -len("weight")]))
    return Network(stages[0].in_features, tuple(stages))


def _linear(weight: Any, bias: Any, prefix: str) -> Affine:
    w = lift(weight, prefix + "weight")
    shape: Sequence[int] = w.shape
    if len(shape) != 2:
        raise UnsupportedModelError(
            f"{prefix}weight must have 2 axes, got shape={tuple(shape)}"
        )
    b = zero_bias(shape[0]) if bias is None else lift(bias, prefix + "bias")
    return Affine(Dense.matrix(w), b)
