"""Tensors of any library to lifted tensors, and files to mappings of tensors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kan_equiv.errors import LoadError, MissingExtraError, UnsupportedModelError
from kan_equiv.exact.tensor import FloatTensor

__all__ = ["StateDict", "lift", "read_state_dict", "require_torch"]

StateDict = Mapping[str, Any]


def require_torch(what: str) -> Any:
    """Return the torch module, or say how to install it."""
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
        LoadError: the tensor holds no floats.
    """
    if isinstance(tensor, np.ndarray):
        return FloatTensor.from_array(tensor, name)
    torch = require_torch("reading a torch tensor")
    t = tensor.detach().cpu().contiguous()
    if t.dtype == torch.bfloat16:
        bits = t.view(torch.int16).numpy()
        return FloatTensor.from_array(bits, name, dtype="bfloat16")
    if not t.dtype.is_floating_point:
        raise LoadError(f"tensor {name} must hold floats, got dtype={t.dtype}")
    return FloatTensor.from_array(t.numpy(), name)


def read_state_dict(path: Path) -> StateDict:
    """Read a torch or safetensors file without running any code from it.

    Raises:
        LoadError: the file is missing, or is a pickle of more than tensors.
    """
    if not path.is_file():
        raise LoadError(f"no such file: {path}")
    if path.suffix == ".safetensors":
        require_torch("reading safetensors")
        from safetensors.torch import load_file

        return load_file(str(path))
    torch = require_torch(f"reading {path.name}")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise LoadError(
            f"{path} cannot be read with weights_only=True ({type(error).__name__}). A "
            "file that holds a whole pickled model would run code when loaded: save "
            "model.state_dict() instead."
        ) from error
    for key in ("state_dict", "model_state_dict", "model"):
        if isinstance(state, Mapping) and isinstance(state.get(key), Mapping):
            state = state[key]
    if not isinstance(state, Mapping):
        raise UnsupportedModelError(
            f"{path} holds a {type(state).__name__}, a state_dict is needed"
        )
    return state
