"""Tensors of torch and numpy to lifted tensors, bit for bit, with names and shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

from kan_equiv.errors import LoadError, MissingExtraError
from kan_equiv.exact.tensor import FLOAT_DTYPES, FloatTensor

__all__ = ["StateDict", "lift", "optional", "require_shape", "require_torch", "take"]

StateDict: TypeAlias = Mapping[str, Any]
MOST_REPEATED = 1 << 20
"""Largest tensor, in bytes, that repeats fewer stored numbers (torch's expand)."""


def require_torch(what: str) -> Any:
    """Return the torch module, or say how to install it.

    Raises:
        MissingExtraError: torch is not installed; the message holds the pip command.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError(
            f"{what} needs torch: python -m pip install 'kan-equiv[torch]'"
        ) from error
    return torch


def lift(tensor: Any, name: str) -> FloatTensor:
    """Lift a torch tensor or a numpy array bit for bit.

    Raises:
        NonFiniteWeightError: an entry is NaN or infinite, named with its index.
        LoadError: this is no dense tensor of float16, bfloat16, float32 or float64.
    """
    if isinstance(tensor, (np.ndarray, np.generic)):
        array, dtype = np.asarray(tensor), np.asarray(tensor).dtype.name
        if dtype == "bfloat16":  # the type of ml_dtypes, which JAX and others use
            array = array.view(np.uint16)
    elif hasattr(tensor, "detach"):
        array, dtype = _from_torch(tensor, name)
    else:
        raise LoadError(
            f"tensor {name} must be a torch tensor or a numpy array, got "
            f"{type(tensor).__name__}"
        )
    if dtype not in FLOAT_DTYPES:
        raise LoadError(
            f"tensor {name} must be of one of {', '.join(FLOAT_DTYPES)}, got {dtype=}"
        )
    return FloatTensor.from_array(array, name, dtype=dtype)


def _from_torch(tensor: Any, name: str) -> tuple[Any, str]:
    torch = require_torch("reading a torch tensor")
    dtype = str(tensor.dtype).removeprefix("torch.")
    if tensor.layout != torch.strided or tensor.is_quantized or tensor.is_meta:
        raise LoadError(
            f"tensor {name} must be dense and hold data, got layout={tensor.layout}, "
            f"device={tensor.device}, {dtype=}"
        )
    if dtype not in FLOAT_DTYPES:
        return np.empty(0), dtype
    held = tensor.untyped_storage().nbytes()
    claimed = tensor.numel() * tensor.element_size()
    if claimed > max(held, MOST_REPEATED):
        raise LoadError(
            f"tensor {name} claims shape={tuple(tensor.shape)}, {claimed} bytes, but "
            f"holds {held}; save tensor.contiguous() if this is meant"
        )
    dense = tensor.detach().cpu().contiguous()
    if dtype == "bfloat16":
        dense = dense.view(torch.int16)
    return dense.numpy(), dtype


def take(state: StateDict, key: str, shape: tuple[int | None, ...]) -> FloatTensor:
    """Lift the tensor of a key, which must be there and of this shape.

    None in ``shape`` stands for any size.

    Raises:
        LoadError: there is no such key, or the shape differs.
    """
    if key not in state:
        raise LoadError(
            f"tensor {key} is missing; there are {', '.join(sorted(state))}"
        )
    return require_shape(lift(state[key], key), shape)


def optional(state: StateDict, key: str) -> Any:
    """Return what a key holds, None where there is no such key.

    Raises:
        LoadError: the key holds None in place of a tensor.
    """
    if key in state and state[key] is None:
        raise LoadError(f"tensor {key} must be a tensor, got None")
    return state.get(key)


def require_shape(tensor: FloatTensor, shape: tuple[int | None, ...]) -> FloatTensor:
    """Return the tensor if its shape fits, None standing for any size of 1 or more."""
    got = tensor.shape
    if len(got) != len(shape) or any(
        n < 1 or want not in (None, n) for n, want in zip(got, shape, strict=True)
    ):
        wanted = ", ".join("any" if want is None else str(want) for want in shape)
        raise LoadError(
            f"tensor {tensor.name} must have shape ({wanted}), got shape={got}"
        )
    return tensor
