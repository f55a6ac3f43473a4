"""What every live module is asked: which activation it is, and whether it is hooked."""

from __future__ import annotations

from typing import Any

from kan_equiv.errors import UnsupportedModelError
from kan_equiv.importers.tensors import require_torch

__all__ = ["ACTIVATIONS", "name_of_activation", "refuse_hooks"]

ACTIVATIONS = ("relu", "silu", "tanh", "sigmoid", "gelu", "identity")


def name_of_activation(module: Any) -> str:
    """Return the name of an activation module, or what else it is.

    A name is only returned for torch's own classes (a subclass may do anything); GELU
    must not be the tanh approximation.
    """
    nn = require_torch("reading a live module").nn
    classes = {
        nn.ReLU: "relu",
        nn.SiLU: "silu",
        nn.Tanh: "tanh",
        nn.Sigmoid: "sigmoid",
        nn.GELU: "gelu",
        nn.Identity: "identity",
    }
    kind: type[Any] = type(module)
    name = classes.get(kind, kind.__name__)
    if name == "gelu" and module.approximate != "none":
        return f"GELU(approximate={module.approximate!r})"
    return name


def refuse_hooks(module: Any, place: str) -> None:
    """Refuse a module with forward hooks: they may change what it computes.

    Raises:
        UnsupportedModelError: with the module's place and class.
    """
    if module._forward_hooks or module._forward_pre_hooks:
        raise UnsupportedModelError(
            f"module {place or 'itself'} ({type(module).__name__}) has forward hooks, "
            "which may change what it computes; remove them first (for weight norm: "
            "torch.nn.utils.remove_weight_norm)"
        )
