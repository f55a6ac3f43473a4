"""load(): which family a source is of, and its importer."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kan_equiv.certificate.decode import read_network
from kan_equiv.errors import KanEquivError, LoadError, UnsupportedModelError
from kan_equiv.importers import efficient_kan, pykan, torch_modules
from kan_equiv.importers.tensors import StateDict, read_state_dict
from kan_equiv.ir.network import Network

__all__ = ["FORMATS", "Format", "detect", "load"]


@dataclass(frozen=True, slots=True)
class Format:
    """What one family of models is, and what its import asks for."""

    name: str
    source: str
    exact: str
    opaque: str
    arguments: tuple[str, ...]


FORMATS: dict[str, Format] = {
    f.name: f
    for f in (
        Format(
            pykan.NAME,
            "checkpoint prefix (PREFIX_config.yml, PREFIX_state), live kan.KAN 0.2.x",
            "B-splines, masks, scales, node and subnode affine, base identity or zero",
            "base SiLU (a SiLU unit); refused: multiplication nodes, symbolic edges",
            ("input_id", "in_features", "base_fun"),
        ),
        Format(
            efficient_kan.NAME,
            "state dict with KANLinear layers at any prefix",
            "B-splines, scaler, base identity, zero or relu",
            "base SiLU, tanh, sigmoid, gelu (units of that kind)",
            ("base_activation", "prefix"),
        ),
        Format(
            torch_modules.NAME,
            "nn.Sequential of Linear and activations, or a state dict of Linear layers",
            "Linear, ReLU, Identity",
            "SiLU, Tanh, Sigmoid, GELU (units of that kind)",
            ("activation", "degree"),
        ),
        Format("kan", "a .kan file written by kan_equiv", "everything", "nothing", ()),
    )
}


def load(source: object, *, format: str | None = None, **hyper: Any) -> Network:
    """Import a model exactly. See ``kan_equiv.load``."""
    if isinstance(source, Network):
        return source
    name, value = detect(source, format)
    if name == "kan":
        try:
            return read_network(value)
        except KanEquivError as error:
            raise LoadError(str(error)) from error
    importer = _importer(name, value)
    accepted = set(FORMATS[name].arguments)
    if unknown := sorted(set(hyper) - accepted):
        raise LoadError(
            f"format {name} takes {sorted(accepted)}, got {', '.join(unknown)}"
        )
    usable = set(inspect.signature(importer).parameters)
    if "hyper" not in usable and (unused := sorted(set(hyper) - usable)):
        raise LoadError(f"{', '.join(unused)} do not apply to this kind of source")
    return importer(value, **hyper)


def _importer(name: str, value: Any) -> Callable[..., Network]:
    if name == pykan.NAME:
        if isinstance(value, Path):
            return pykan.load_pykan_prefix
        if isinstance(value, Mapping):
            return _pykan_state
        return pykan.load_pykan_model
    if name == efficient_kan.NAME:
        return efficient_kan.load_efficient_kan
    if isinstance(value, Mapping):
        return torch_modules.load_linear_stack
    return torch_modules.load_module


def _pykan_state(state: StateDict, **hyper: Any) -> Network:
    return pykan.load_pykan_state(state, {}, **hyper)


def detect(source: object, format: str | None = None) -> tuple[str, Any]:
    """Return the family and the opened source: a path, a state dict or a module.

    Raises:
        UnsupportedModelError: no known family; the message says what was seen.
    """
    if format is not None and format not in FORMATS:
        raise UnsupportedModelError(
            f"format must be one of {sorted(FORMATS)}, got {format=}"
        )
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        if path.suffix == ".kan" or format == "kan":
            return "kan", path
        if pykan.pykan_files(path)[0].is_file() or format == pykan.NAME:
            return pykan.NAME, path
        return detect(read_state_dict(path), format)
    if isinstance(source, Mapping):
        state: StateDict = source
        if format is not None:
            return format, state
        for name, test in (
            (pykan.NAME, pykan.is_pykan),
            (efficient_kan.NAME, efficient_kan.is_efficient_kan),
            (torch_modules.NAME, torch_modules.is_linear_stack),
        ):
            if test(state):
                return name, state
        raise UnsupportedModelError(
            f"keys of no known family: {sorted(state)[:8]}; supported formats: "
            f"{sorted(FORMATS)}"
        )
    if hasattr(source, "act_fun") and hasattr(source, "symbolic_fun"):
        return pykan.NAME, source
    if hasattr(source, "state_dict"):
        state = source.state_dict()  # type: ignore[attr-defined]
        if efficient_kan.is_efficient_kan(state) and format is None:
            return efficient_kan.NAME, state
        return format or torch_modules.NAME, source
    raise UnsupportedModelError(
        f"source must be a path, a state_dict, a torch module or a Network, got "
        f"{type(source).__name__}"
    )
