"""Files of weights to mappings of tensors, without running code from them."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kan_equiv.errors import LoadError, MissingExtraError, UnsupportedModelError
from kan_equiv.importers.numpy_file import read_npz
from kan_equiv.importers.tensors import StateDict, require_torch

__all__ = ["read_state_dict"]

WRAPPERS = ("state_dict", "model_state_dict", "model")
"""Keys under which training scripts keep the state dict beside other things."""


def read_state_dict(path: Path) -> StateDict:
    """Read a torch, safetensors or npz file of tensors.

    Raises:
        LoadError: the file is missing, damaged, or a pickle of more than tensors.
        MissingExtraError: torch or safetensors is not installed.
    """
    if not path.is_file():
        raise LoadError(
            f"no such file: {path}. Supported are .pt, .pth, .bin, .safetensors, "
            ".npz, .pt2, .onnx, .formula and .kan files, and pykan prefixes (a prefix "
            f"needs {path.name}_config.yml and {path.name}_state)"
        )
    if path.suffix == ".safetensors":
        return _read_safetensors(path)
    if path.suffix == ".npz":
        return read_npz(path)
    return _unwrap(_read_pickle(path), path)


def _read_safetensors(path: Path) -> StateDict:
    try:
        importlib.import_module("torch")
        reader = importlib.import_module("safetensors.torch")
    except ImportError:
        try:
            reader = importlib.import_module("safetensors.numpy")
        except ImportError as error:
            raise MissingExtraError(
                f"reading {path.name} needs safetensors: "
                "python -m pip install 'kan-equiv[torch]'"
            ) from error
    try:
        return reader.load_file(str(path))
    except Exception as error:
        raise LoadError(f"{path} is no readable safetensors file: {error}") from error


def _read_pickle(path: Path) -> Any:
    torch = require_torch(f"reading {path.name}")
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise LoadError(
            f"{path} cannot be read with weights_only=True ({type(error).__name__}). "
            f"It has {path.stat().st_size} bytes: is it empty, cut off, or no torch "
            "file? A file that holds a whole pickled model would run code when loaded. "
            "Load it where you trust it, then torch.save(model.state_dict(), ...) and "
            "load that"
        ) from error


def _unwrap(found: Any, path: Path) -> StateDict:
    while isinstance(found, Mapping):
        inner = next(
            (found[k] for k in WRAPPERS if isinstance(found.get(k), Mapping)), None
        )
        if inner is None:
            return found
        found = inner
    raise UnsupportedModelError(
        f"{path} holds a {type(found).__name__}; a state dict (names to tensors) is "
        "needed: torch.save(model.state_dict(), ...)"
    )
