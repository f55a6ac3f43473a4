"""Which family a source is of, and its importer."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kan_equiv.certificate.decode import read_network
from kan_equiv.errors import (
    KanEquivError,
    LoadError,
    MissingArgumentError,
    MissingExtraError,
    UnsupportedModelError,
)
from kan_equiv.importers import (
    efficient_kan,
    formula_file,
    linear_stack,
    onnx_graph,
    pykan,
    torch_export,
    torch_modules,
)
from kan_equiv.importers.families import FAMILIES
from kan_equiv.importers.files import read_state_dict
from kan_equiv.importers.formats import FORMATS, KAN_FILE
from kan_equiv.importers.tensors import StateDict
from kan_equiv.ir.network import Network

__all__ = ["detect", "load"]

IMPORTERS: dict[tuple[str, str], Callable[..., Network]] = {
    (KAN_FILE, "path"): read_network,
    (pykan.NAME, "path"): pykan.load_pykan_prefix,
    (pykan.NAME, "state dict"): pykan.load_pykan_state,
    (pykan.NAME, "module"): pykan.load_pykan_model,
    (efficient_kan.NAME, "state dict"): efficient_kan.load_efficient_kan,
    (efficient_kan.NAME, "module"): torch_modules.load_efficient_module,
    (formula_file.NAME, "path"): formula_file.load_formula_file,
    (linear_stack.NAME, "state dict"): linear_stack.load_linear_stack,
    (linear_stack.NAME, "module"): torch_modules.load_module,
    (onnx_graph.NAME, "path"): onnx_graph.load_onnx_file,
    (onnx_graph.NAME, "ONNX model"): onnx_graph.load_onnx,
    (torch_export.NAME, "path"): torch_export.load_program_file,
    (torch_export.NAME, "program"): torch_export.load_program,
    **{(f.format.name, "state dict"): f.load for f in FAMILIES},
}

SUFFIXES = {
    torch_export.NAME: ".pt2",
    onnx_graph.NAME: ".onnx",
    formula_file.NAME: ".formula",
}
BATCH = (
    "it scales inputs by the smallest and largest value of the whole batch, so its "
    "output for one sample depends on the others: it is no function of one sample"
)
REFUSED = {
    "poly_weight": ("KALN (torch-conv-kan)", BATCH),
    "poly_weights.0": ("KAL-Net (torchkan)", BATCH),
    "grams_basis_weights": ("GRAM-KAN", "products of SiLU and tanh are not supported"),
    "jacobi_coeffs": ("JacobiKAN", "its layer is not supported"),
    "bernstein_coeffs": ("BernsteinKAN", "its layer is not supported"),
}
"""Key endings of families that are known and refused, with the reason."""


def load(source: object, *, format: str | None = None, **hyper: Any) -> Network:
    """Import a model exactly; see :func:`kan_equiv.load`.

    Raises:
        UnsupportedModelError: no known family, or a feature that is not supported.
        MissingArgumentError: a hyper-parameter is needed that the source lacks.
        LoadError: the source cannot be read, or an argument does not apply to it.

    >>> import numpy as np
    >>> layers = {"0.weight": np.eye(2), "1.weight": np.ones((1, 2))}
    >>> load(layers, activation="relu")([3, -5])
    (Fraction(3, 1),)
    """
    if isinstance(source, Network):
        if hyper or format not in (None, KAN_FILE):
            raise LoadError(
                f"a Network takes no arguments, got {', '.join(hyper) or 'format='}"
            )
        return source
    name, value = detect(source, format)
    kind = _kind(value)
    importer = IMPORTERS.get((name, kind))
    if importer is None:
        kinds = [k for f, k in IMPORTERS if f == name]
        raise LoadError(
            f"format {name} is read from a {' or '.join(kinds)}, got {kind}"
        )
    accepted = [
        p.name
        for p in inspect.signature(importer).parameters.values()
        if p.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    if unknown := [f"{key}={hyper[key]!r}" for key in hyper if key not in accepted]:
        raise LoadError(
            f"format {name} takes {', '.join(f'{a}=' for a in accepted) or 'nothing'} "
            f"for a {kind}, got {', '.join(unknown)}"
        )
    try:
        return importer(value, **hyper)
    except (LoadError, MissingExtraError):
        raise
    except KanEquivError as error:
        raise LoadError(f"format {name}: {error}") from error


def _kind(value: object) -> str:
    if isinstance(value, Path):
        return "path"
    if torch_export.is_program(value):
        return "program"
    if onnx_graph.is_model(value):
        return "ONNX model"
    return "state dict" if isinstance(value, Mapping) else "module"


def detect(source: object, format: str | None = None) -> tuple[str, Any]:
    """Return the family and the opened source.

    That is a path, a state dict, a module, a program or an ONNX model.

    Raises:
        UnsupportedModelError: no known family; the message says what was seen.
        LoadError: a file cannot be read.
    """
    if format is not None and format not in FORMATS:
        raise UnsupportedModelError(
            f"format must be one of {', '.join(FORMATS)}, got {format=}"
        )
    if isinstance(source, (str, os.PathLike)):
        return _detect_file(Path(source), format)
    if torch_export.is_program(source):
        return format or torch_export.NAME, source
    if onnx_graph.is_model(source):
        return format or onnx_graph.NAME, source
    if isinstance(source, Mapping):
        return format or _family_of_state(source), source
    if hasattr(source, "state_dict") and hasattr(source, "named_children"):
        module = torch_modules.unwrapped(source)
        return format or _family_of_module(module), module
    raise UnsupportedModelError(
        "source must be a path, a state dict, a torch module, an exported program, "
        "an ONNX model or a Network, got "
        f"{type(source).__name__}"
    )


def _detect_file(path: Path, format: str | None) -> tuple[str, Any]:
    if path.suffix == ".kan" or format == KAN_FILE:
        return KAN_FILE, path
    for name, suffix in SUFFIXES.items():
        if path.is_file() and (format == name or path.suffix == suffix):
            return name, path
    if path.is_dir():
        raise LoadError(f"{path} is a directory; a file or a pykan prefix is needed")
    prefix = _pykan_prefix(path)
    if prefix is not None and format in (None, pykan.NAME):
        return pykan.NAME, prefix
    state = read_state_dict(path)
    return format or _family_of_state(state), state


def _pykan_prefix(path: Path) -> Path | None:
    """Return the prefix that ``path`` is, or that it is the config or state of."""
    for ending in ("", "_config.yml", "_state", "_cache_data"):
        if path.name.endswith(ending):
            prefix = path.with_name(path.name.removesuffix(ending) or "_")
            if pykan.pykan_files(prefix)[0].is_file():
                return prefix
    return None


def _family_of_state(state: StateDict) -> str:
    if bad := [k for k in list[object](state) if not isinstance(k, str)]:
        raise UnsupportedModelError(f"keys must be text, got {bad[:4]}")
    if pykan.is_pykan(state):
        return pykan.NAME
    if families := [f.format.name for f in FAMILIES if f.is_state(state)]:
        if len(families) > 1:
            raise MissingArgumentError(
                f"these keys are those of {' and of '.join(families)}; the file does "
                f"not tell which: pass format= as one of {', '.join(families)}"
            )
        return families[0]
    if efficient_kan.is_efficient_kan(state):
        return efficient_kan.NAME
    for ending, (family, reason) in REFUSED.items():
        if key := next((k for k in state if k.endswith(ending)), None):
            raise UnsupportedModelError(f"key {key} is of {family}: {reason}")
    if linear_stack.is_linear_stack(state):
        return linear_stack.NAME
    seen = ", ".join(sorted(state)[:8]) or "none"
    raise UnsupportedModelError(
        f"keys of no known family: {seen}; supported formats: {', '.join(FORMATS)} "
        "(format= and prefix= choose where detection cannot)"
    )


def _family_of_module(module: Any) -> str:
    if torch_modules.is_pykan_model(module):
        return pykan.NAME
    if torch_modules.is_sequential(module):
        return linear_stack.NAME
    state = module.state_dict()
    if efficient_kan.is_efficient_kan(state):
        return efficient_kan.NAME
    if names := [f.format.name for f in FAMILIES if f.is_state(state)]:
        raise UnsupportedModelError(
            f"{type(module).__name__} has the keys of {' and of '.join(names)}, and "
            "what its forward does with them is in its code: load its state_dict(), "
            f"with format= as {' or '.join(names)}, to say that it is of that family"
        )
    return linear_stack.NAME
