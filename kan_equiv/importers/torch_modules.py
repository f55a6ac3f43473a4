"""Live torch modules: chains of Linear, activations and KAN layers.

Only classes whose ``forward`` is known are read: what another class does with its
parts is in its code, which no state dict holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kan_equiv.errors import UnsupportedModelError
from kan_equiv.importers.activations import name_of_activation, refuse_hooks
from kan_equiv.importers.efficient_kan import (
    is_kan_linear,
    kan_linear_stages,
    load_efficient_kan,
)
from kan_equiv.importers.graphs.functions import stages_of
from kan_equiv.importers.linear_stack import linear_affine
from kan_equiv.importers.pykan import load_pykan_model
from kan_equiv.importers.tensors import require_torch
from kan_equiv.importers.torch_activations import function_of
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Bank, Stage

__all__ = [
    "is_kan_chain",
    "is_pykan_model",
    "is_sequential",
    "load_efficient_module",
    "load_module",
    "unwrapped",
]

SUPPORTED = (
    "Sequential, Linear, ReLU, ReLU6, Hardtanh, LeakyReLU, PReLU, SiLU, GELU, Tanh, "
    "Sigmoid, Identity, Flatten, BatchNorm1d and Dropout (eval), and KAN layers of "
    "efficient-kan and pykan"
)


def unwrapped(module: Any) -> Any:
    """Return the module inside what torch.compile or DataParallel put around it."""
    name = type(module).__name__
    if name == "OptimizedModule":
        return unwrapped(module._orig_mod)
    if name in ("DataParallel", "DistributedDataParallel"):
        return unwrapped(module.module)
    return module


def is_pykan_model(module: Any) -> bool:
    """Whether this is a live ``kan.KAN`` of 0.1 or later (kan is not imported)."""
    names = ("act_fun", "symbolic_fun", "node_scale", "subnode_scale", "input_id")
    return all(hasattr(module, name) for name in names)


def is_kan_chain(module: Any) -> bool:
    """Whether this is efficient-kan's KAN: KANLinear layers applied in turn."""
    children = dict(module.named_children())
    return (
        "KAN" in type(module).__name__
        and set(children) == {"layers"}
        and not dict(module.named_parameters(recurse=False))
        and not dict(module.named_buffers(recurse=False))
        and len(children["layers"]) > 0
        and all(is_kan_linear(layer) for layer in children["layers"])
    )


def load_efficient_module(
    module: Any,
    *,
    base_activation: str | None = None,
    prefix: str | Sequence[str] | None = None,
) -> Network:
    """Import a live module that holds KANLinear layers.

    Args:
        module: efficient-kan's KAN or KANLinear, or any module with ``prefix``.
        base_activation: base function, instead of what the layers hold.
        prefix: as for a state dict; by giving it (``""`` for all layers) you say that
            these layers, one after the other, are all that the module computes.

    Raises:
        UnsupportedModelError: another class than efficient-kan's, and no prefix.
    """
    module = unwrapped(module)
    if prefix is None and (is_kan_linear(module) or is_kan_chain(module)):
        return load_module(module, base_activation=base_activation)
    if prefix is None:
        raise UnsupportedModelError(
            f"{type(module).__name__} holds KANLinear layers, but what its forward "
            "does with them is in its code only. Load the part that is a KAN, or pass "
            "prefix= (the start of the layers' names) to say that they are all of it"
        )
    if base_activation is None:
        bases = {
            name_of_activation(m.base_activation)
            for m in module.modules()
            if is_kan_linear(m)
        }
        if len(bases) != 1:
            raise UnsupportedModelError(
                f"layers of {type(module).__name__} have the base functions "
                f"{', '.join(sorted(bases)) or 'unknown'}: load them one by one, or "
                "pass base_activation="
            )
        base_activation = bases.pop()
    return load_efficient_kan(
        module.state_dict(), base_activation=base_activation, prefix=prefix
    )


def load_module(module: Any, *, base_activation: str | None = None) -> Network:
    """Import a live module; it is neither changed nor run.

    Args:
        module: a torch module.
        base_activation: base function of KANLinear layers, instead of what they hold.

    Raises:
        UnsupportedModelError: a part is of another class; it is named with its place.
    """
    stages: list[Stage] = []
    for place, part in _parts(unwrapped(module), ""):
        refuse_hooks(part, place)
        width = stages[-1].out_features if stages else None
        if _is_skipped(part):
            continue
        banks = sum(isinstance(stage, Bank) for stage in stages)
        new = _stages(part, place, width, banks, base_activation)
        if width not in (None, new[0].in_features):
            raise UnsupportedModelError(
                f"module {place} takes {new[0].in_features} inputs, the one before "
                f"gives {width}"
            )
        stages += new
    if not stages:
        raise UnsupportedModelError(
            f"{type(module).__name__} has no layer; supported are {SUPPORTED}"
        )
    return Network(stages[0].in_features, tuple(stages))


def is_sequential(module: Any) -> bool:
    """Whether the module's forward is that of nn.Sequential."""
    nn = require_torch("reading a live module").nn
    return type(module).forward is nn.Sequential.forward


def _parts(module: Any, place: str) -> Iterator[tuple[str, Any]]:
    if is_sequential(module):
        refuse_hooks(module, place)
        parts = list(module.named_children())
    elif is_kan_chain(module):
        refuse_hooks(module, place)
        parts = [(f"layers.{i}", part) for i, part in enumerate(module.layers)]
    else:
        yield place or "itself", module
        return
    for name, part in parts:
        yield from _parts(part, f"{place}.{name}" if place else name)


def _is_skipped(part: Any) -> bool:
    """Whether a module leaves matrices (batch, features) as they are."""
    nn = require_torch("reading a live module").nn
    kind: type[Any] = type(part)
    return (
        kind is nn.Identity
        or (kind is nn.Dropout and (not part.training or part.p == 0))
        or (kind is nn.Flatten and part.start_dim == 1 and part.end_dim in (-1, 1))
    )


def _stages(
    part: Any, place: str, width: int | None, l: int, base_activation: str | None
) -> tuple[Stage, ...]:
    nn = require_torch("reading a live module").nn
    if is_pykan_model(part):
        return load_pykan_model(part, in_features=width).stages
    if is_kan_linear(part):
        return kan_linear_stages(part, l, width, base_activation)
    if isinstance(part, nn.Linear) and type(part).forward is nn.Linear.forward:
        return (linear_affine(part.weight, part.bias, f"{place}."),)
    function = function_of(part, place)
    name = name_of_activation(part)
    if function is None:
        raise UnsupportedModelError(
            f"module {place} is a {name}; supported are {SUPPORTED}. Where a larger "
            "module holds a chain of layers, load that part, or its state_dict() with "
            "prefix=. A forward of your own is read from its program: load "
            "torch.export.export(model.eval(), (example,))"
        )
    if width is None:
        raise UnsupportedModelError(
            f"module {place} ({name}) stands before the first layer, so the number of "
            "inputs is unknown"
        )
    return stages_of(function, width)
