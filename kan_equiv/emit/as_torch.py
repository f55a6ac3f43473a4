"""Exact networks as torch modules: one submodule per stage, float weights as stored."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Protocol

from kan_equiv.emit.rounding import round_network
from kan_equiv.emit.torch_stages import stage_module
from kan_equiv.errors import MissingExtraError
from kan_equiv.ir.network import Network

if TYPE_CHECKING:
    import torch

__all__ = ["SupportsEmission", "emitted_network", "torch_module"]


class SupportsEmission(Protocol):
    """What emission needs to know of a conversion."""

    @property
    def target(self) -> Network: ...
    @property
    def compact(self) -> Network: ...
    @property
    def form(self) -> str: ...
    @property
    def layout(self) -> str: ...


def emitted_network(
    source: Network | SupportsEmission, dtype: Any = None
) -> tuple[Network, str]:
    """Return the exact network that a module would hold, and its dtype name.

    The compact network is emitted, the target where the layout is sequential; the
    default dtype is float32 for the local form and float64 otherwise.
    """
    if isinstance(source, Network):
        network, form = source, ""
    else:
        form = source.form
        network = source.target if source.layout == "sequential" else source.compact
    name = _dtype_name(dtype) if dtype is not None else _default(form)
    if form == "hinge" and name == "float32":
        warnings.warn(
            "the hinge form in float32 cancels: one-sided truncated powers of degree 3 "
            "are off by about 1e-4 (G=5), 4e-3 (G=20), 0.5 (G=100) of the function's "
            "size; the form to run in float32 is to='local'",
            UserWarning,
            stacklevel=3,
        )
    return round_network(network, name), name


def _default(form: str) -> str:
    return "float32" if form == "local" else "float64"


def _dtype_name(dtype: Any) -> str:
    return str(dtype).removeprefix("torch.")


def torch_module(
    source: Network | SupportsEmission, dtype: Any = None, device: Any = None
) -> torch.nn.Module:
    """Return an ``nn.Module`` that computes the network in floats.

    Input shape (..., in_features), output (..., out_features), any leading axes. The
    weights are exactly those of ``emitted_network``; what arithmetic adds is not
    proved here.

    Args:
        source: a conversion (its compact network is emitted), or a converted network.
        dtype: ``torch.float32`` or ``torch.float64``, or their names.
        device: where the module is put.

    Raises:
        MissingExtraError: torch is not installed.
        ValidationError: unknown dtype, or a stage that has to be converted first.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError(
            "emitting a torch module needs torch: python -m pip install "
            "'kan-equiv[torch]'"
        ) from error
    network, name = emitted_network(source, dtype)
    kind = getattr(torch, name)
    modules = [stage_module(stage, kind) for stage in network.stages]
    module = torch.nn.Sequential(*modules)
    return module if device is None else module.to(device)
