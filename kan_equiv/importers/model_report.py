"""describe(): what a checkpoint is, what it lacks, and what to do next."""

from __future__ import annotations

import hashlib
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kan_equiv.errors import LoadError, MissingArgumentError
from kan_equiv.importers.detection import detect, load
from kan_equiv.importers.formats import FORMATS, KAN_FILE
from kan_equiv.importers.health import GridReport, LayerReport, examine_layers
from kan_equiv.importers.pykan import NAME as PYKAN
from kan_equiv.importers.pykan import pykan_files
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Parallel
from kan_equiv.ir.vector_atom import VectorAtom

__all__ = ["GridReport", "LayerReport", "ModelReport", "describe"]


@dataclass(frozen=True, slots=True)
class ModelReport:
    """What is known of a model before anything is done with it.

    Attributes:
        family: name of its format.
        files: (name, sha256) of each file it was read from.
        dtypes: float formats of its tensors, sorted.
        in_features: number of inputs, 0 if it could not be loaded.
        out_features: number of outputs, likewise.
        layers: one report per layer, empty if it could not be loaded.
        missing: hyper-parameters that must be given and were not.
        problem: why it could not be loaded, empty if it could.
        suggestions: what to type next, the best first.
        has_local_form: whether ``to="local"`` is another form for this family.
    """

    family: str
    files: tuple[tuple[str, str], ...]
    dtypes: tuple[str, ...]
    in_features: int
    out_features: int
    layers: tuple[LayerReport, ...]
    missing: tuple[str, ...]
    problem: str
    suggestions: tuple[str, ...]
    has_local_form: bool

    @property
    def repeated_knots(self) -> tuple[tuple[int, int], ...]:
        """(layer, input) of every grid with repeated knots."""
        return tuple(
            (l, i)
            for l, layer in enumerate(self.layers)
            for grid in layer.grids
            if grid.has_repeated_knots
            for i in grid.inputs
        )

    @property
    def dead_edges(self) -> int:
        """Number of edges that are identically zero."""
        return sum(layer.dead_edges for layer in self.layers)

    @property
    def is_hinge_safe_in_float32(self) -> bool:
        """Whether one-sided truncated powers are fit for float32 on every grid."""
        return all(g.is_hinge_safe_in_float32 for r in self.layers for g in r.grids)


def describe(source: object, *, format: str | None = None, **hyper: Any) -> ModelReport:
    """Examine a model without converting it; takes what ``load`` takes.

    A model whose family is known but which cannot be loaded is described too: the
    report's ``problem`` and ``missing`` say what stands in the way.

    Raises:
        LoadError: there is no such file, or its family is not known.

    >>> import numpy as np
    >>> report = describe({"weight": np.eye(3)})
    >>> report.family, report.dtypes, report.in_features
    ('torch', ('float64',), 3)
    """
    if isinstance(source, Network):
        family, value = KAN_FILE, source
    else:
        family, value = detect(source, format)
    files = _digests(source, value)
    try:
        network = load(value, format=format and family, **hyper)
    except LoadError as error:
        problem = str(error)
        missing = tuple(
            name
            for name in FORMATS[family].arguments
            if isinstance(error, MissingArgumentError) and f"{name}=" in problem
        )
        steps = _after_failure(source, format, hyper, missing)
        local = FORMATS[family].has_local_form
        return ModelReport(family, files, (), 0, 0, (), missing, problem, steps, local)
    dtypes, layers = examine_layers(network, family == PYKAN)
    safe = all(g.is_hinge_safe_in_float32 for r in layers for g in r.grids)
    return ModelReport(
        family,
        files,
        dtypes,
        network.in_features,
        network.out_features,
        layers,
        (),
        "",
        _next_steps(source, family, format, hyper, network, safe),
        FORMATS[family].has_local_form,
    )


def _digests(source: object, value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(source, (str, os.PathLike)):
        return ()
    paths = [Path(source)]
    if isinstance(value, Path) and pykan_files(value)[0].is_file():
        paths = list(pykan_files(value))
    return tuple(
        (p.name, hashlib.sha256(p.read_bytes()).hexdigest())
        for p in paths
        if p.is_file()
    )


def _after_failure(
    source: object,
    format: str | None,
    hyper: Mapping[str, Any],
    missing: tuple[str, ...],
) -> tuple[str, ...]:
    if not missing:
        return ("kan-equiv formats",)
    return tuple(
        _command("doctor", source, format, hyper, f"--set {name}=...")
        for name in missing
    )


def _next_steps(
    source: object,
    family: str,
    format: str | None,
    hyper: Mapping[str, Any],
    network: Network,
    safe: bool,
) -> tuple[str, ...]:
    opaque = (Parallel, VectorAtom)
    is_emitted = not any(isinstance(s, opaque) for s in network.stages)
    if not (is_emitted and FORMATS[family].is_convertible):
        return (_command("show", source, format, hyper, ""),)
    forms = ("hinge", "local") if safe else ("local", "hinge")
    if not FORMATS[family].has_local_form:
        forms = ("hinge",)
    return tuple(
        _command("convert", source, format, hyper, f"-o out --to {form}")
        for form in forms
    )


def _command(
    name: str,
    source: object,
    format: str | None,
    hyper: Mapping[str, Any],
    tail: str,
) -> str:
    """Return a command line, with MODEL in place of what is no path."""
    place = os.fspath(source) if isinstance(source, (str, os.PathLike)) else "MODEL"
    words = ["kan-equiv", name, str(place)]
    words += ["--format", format] if format else []
    for key, setting in hyper.items():
        words += ["--set", f"{key}={setting}"]
    return f"{shlex.join(words)} {tail}".rstrip()
