"""Exact networks as torch modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kan_equiv.emit.cost_model import choose_backend
from kan_equiv.emit.planning import SupportsEmission, plan
from kan_equiv.emit.twin import exact_twin
from kan_equiv.errors import MissingExtraError, ValidationError
from kan_equiv.ir.domain import Box
from kan_equiv.ir.network import Network

if TYPE_CHECKING:
    from kan_equiv.emit.torch_network import EmittedNetwork

__all__ = ["exact_network", "torch_module"]


def torch_module(
    source: Network | SupportsEmission,
    dtype: Any = None,
    device: Any = None,
    *,
    precision: Any = None,
    backend: str = "auto",
    batch: int = 1024,
    domain: Box | None = None,
    force: bool = False,
) -> EmittedNetwork:
    """Return an ``nn.Module`` that computes the network in floats.

    Input shape (..., in_features), output (..., out_features), any leading axes. What
    the module is over the reals says ``exact_network``; what float arithmetic adds is
    not proved here.

    Args:
        source: a conversion (its compact network is emitted), or a converted network.
        dtype: of knots, bases and results: ``float32``, ``float64`` or ``auto``, see
            ``plan``.
        device: where the module is put.
        precision: of products, see ``PRECISIONS``; by default the dtype's.
        backend: ``aten``, ``gather``, ``chunked`` or ``triton``, or ``auto`` for the
            rule of ``cost_model``.
        batch: inputs per call that are expected, for that rule.
        domain: closed box outside of which the module may be another function.
        force: allow the hinge form of degree >= 2 below float64.

    Raises:
        MissingExtraError: torch is not installed.
        ValidationError: an unknown dtype, precision or backend, or what ``plan``
            refuses.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError(
            "emitting a torch module needs torch: python -m pip install "
            "'kan-equiv[torch]'"
        ) from error
    from kan_equiv.emit.torch_network import EmittedNetwork

    place = torch.device("cpu" if device is None else device)
    found = plan(source, dtype, precision, domain=domain, force=force)
    choice = choose_backend(found.program, place.type, batch, backend)
    if choice.backend == "gather":
        found = plan(
            source, dtype, precision, domain=domain, as_splines=True, force=force
        )
    module = EmittedNetwork(found.program, choice.backend, choice.rows)
    return module.to(place)


def exact_network(module: object) -> Network:
    """Return the exact network that an emitted module holds now, trained or not.

    Every parameter and buffer is lifted bit for bit.

    Raises:
        ValidationError: the module was not emitted by ``torch_module``.
        NonFiniteWeightError: a parameter is NaN or infinite.
    """
    from kan_equiv.emit.torch_network import EmittedNetwork

    if not isinstance(module, EmittedNetwork):
        raise ValidationError(
            f"an emitted module is needed, got {type(module).__name__}; other modules "
            "come in through load(module)"
        )
    return exact_twin(module.program())
