"""What pykan keeps outside of its state dict: the config file, or the live model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from kan_equiv.errors import LoadError, UnsupportedModelError
from kan_equiv.importers.tensors import require_torch

__all__ = [
    "PykanConfig",
    "config_of_arguments",
    "config_of_model",
    "pykan_files",
    "read_config",
]

Names: TypeAlias = tuple[tuple[str, ...], ...]
BASES = {
    "torch.nn.modules.activation.SiLU": "silu",
    "torch.nn.modules.linear.Identity": "identity",
    "kan.MultKAN.<lambda>": "zero",  # the one lambda that pykan itself uses as a base
}


@dataclass(frozen=True, slots=True)
class PykanConfig:
    """The part of a model that is not in its state dict; None where unknown.

    Attributes:
        base: name of the base function, as far as possible pykan's own.
        widths: (sum nodes, multiplication nodes) before the first and after each layer.
        arity: factors of every multiplication node, or of each, by place in widths.
        symbolic_enabled: whether the symbolic branch counts.
        names: name of the symbolic function of (layer, output, input).
        inputs_were_pruned: whether ``prune_input`` left its traces: it hands its base
            function on as an object, and sets ``auto_save``.
        y_th: threshold where ``forward`` avoids singularities, None where it does not.
    """

    base: str | None = None
    widths: tuple[tuple[int, int], ...] | None = None
    arity: int | tuple[tuple[int, ...], ...] = 2
    symbolic_enabled: bool = True
    names: tuple[Names, ...] | None = None
    inputs_were_pruned: bool = False
    y_th: float | None = None

    def arities_of(self, place: int) -> tuple[int, ...]:
        """Return the number of factors of each multiplication node at this place."""
        if self.widths is None:
            return ()
        if isinstance(self.arity, int):
            return (self.arity,) * self.widths[place][1]
        return self.arity[place] if place < len(self.arity) else ()


def pykan_files(prefix: Path) -> tuple[Path, Path]:
    """Return the config and state files of a checkpoint prefix."""
    name = prefix.name or "."
    return (
        prefix.parent / f"{name}_config.yml",
        prefix.parent / f"{name}_state",
    )


def read_config(path: Path) -> PykanConfig:
    """Read ``PREFIX_config.yml`` safely: no tag ever builds a Python object.

    Raises:
        LoadError: the file is no YAML mapping.
    """
    import yaml

    class Loader(yaml.SafeLoader):
        """SafeLoader that keeps the tags of Python objects as text."""

    def as_text(_loader: Any, suffix: str, _node: Any) -> _Tag:
        return _Tag(suffix)

    def as_list(loader: Any, node: Any) -> list[Any]:
        return loader.construct_sequence(node, deep=True)

    python = "tag:yaml.org,2002:python/"
    Loader.add_multi_constructor(python, as_text)
    Loader.add_multi_constructor("!", as_text)
    Loader.add_constructor(python + "tuple", as_list)
    try:
        text = path.read_text(encoding="utf-8")
        found: Any = yaml.load(text, Loader=Loader)  # noqa: S506 - a SafeLoader
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise LoadError(f"{path} is no readable YAML file: {error}") from error
    if not isinstance(found, dict):
        raise LoadError(f"{path} must hold a mapping, got {type(found).__name__}")
    return _config(found)


class _Tag(str):
    """The text of a YAML tag, in place of the object that it asks for."""

    __slots__ = ()


def _config(found: Mapping[str, Any]) -> PykanConfig:
    base = found.get("base_fun_name")
    names: list[Names] = []
    while f"symbolic.funs_name.{len(names)}" in found:
        names.append(_names(found[f"symbolic.funs_name.{len(names)}"]))
    return PykanConfig(
        base=None if base is None else _base(_scalar(base, "base_fun_name")),
        widths=_widths(found.get("width")),
        arity=_arity(found.get("mult_arity", 2)),
        symbolic_enabled=bool(found.get("symbolic_enabled", True)),
        names=tuple(names) or None,
        inputs_were_pruned=isinstance(base, _Tag) and bool(found.get("auto_save")),
    )


def _scalar(value: Any, key: str) -> str:
    """Return a name as text; a list may stand for more text than memory holds."""
    if isinstance(value, (list, tuple, dict, set)):
        raise LoadError(f"{key} must be a name, got a {type(value).__name__}")
    return str(value)


def _base(text: str) -> str:
    text = text.rpartition(":")[2]  # "object:torch..." or "name:kan..."
    return BASES.get(text, text)


def _widths(found: Any) -> tuple[tuple[int, int], ...] | None:
    try:
        return tuple(
            (w, 0) if isinstance(w, int) else (int(w[0]), int(w[1])) for w in found
        )
    except (TypeError, ValueError, IndexError):
        return None


def _arity(found: Any) -> int | tuple[tuple[int, ...], ...]:
    try:
        if isinstance(found, int):
            return found
        return tuple(tuple(int(k) for k in row) for row in found)
    except (TypeError, ValueError) as error:
        raise LoadError(
            f"mult_arity must be a number, or one list a layer, got {found!r}"
        ) from error


def _names(rows: Any) -> Names:
    try:
        return tuple(
            tuple(_scalar(name, "symbolic.funs_name") for name in row) for row in rows
        )
    except TypeError as error:
        raise LoadError(f"symbolic.funs_name must be rows of names: {error}") from error


def config_of_arguments(
    width: Sequence[Any] | None, mult_arity: Any, funs_name: Sequence[Any] | None
) -> PykanConfig:
    """Return the config that these entries of one would make.

    Raises:
        LoadError: one of them is malformed.
    """
    widths = _widths(width)
    if width is not None and widths is None:
        raise LoadError(
            f"width must list numbers or [sum, multiplication] nodes, got {width=}"
        )
    names = None if funs_name is None else tuple(_names(rows) for rows in funs_name)
    return PykanConfig(widths=widths, arity=_arity(mult_arity), names=names)


def config_of_model(model: Any) -> PykanConfig:
    """Read a live ``kan.KAN``; nothing of it is changed, and it is not run."""
    bases = {_base(_text(layer.base_fun)) for layer in model.act_fun}
    if len(bases) != 1:
        raise UnsupportedModelError(
            f"all layers must have one base function, got {', '.join(sorted(bases))}"
        )
    return PykanConfig(
        base=bases.pop(),
        widths=_widths(model.width),
        arity=_arity(model.mult_arity),
        symbolic_enabled=bool(model.symbolic_enabled),
        names=tuple(_live_names(layer) for layer in model.symbolic_fun),
    )


def _text(function: Any) -> str:
    owner = function if hasattr(function, "__name__") else type(function)
    return f"{owner.__module__}.{owner.__name__}"


def _live_names(layer: Any) -> Names:
    functions: Sequence[Sequence[Callable[[Any], Any]]] = layer.funs
    known: dict[object, str] = {}

    def name_of(o: int, i: int, name: str) -> str:
        if name != "0":
            return name
        function = functions[o][i]
        closed = getattr(function, "__closure__", None) is None
        key = getattr(function, "__code__", function) if closed else function
        if key not in known:  # all edges of a fresh model have one and the same code
            known[key] = _what_is_left(function)
        return known[key]

    return tuple(
        tuple(name_of(o, i, str(name)) for i, name in enumerate(row))
        for o, row in enumerate(layer.funs_name)
    )


def _what_is_left(function: Callable[[Any], Any]) -> str:
    """Name a live function that pykan calls '0': unfix_symbolic renames it only."""
    torch = require_torch("reading a live model")
    values = function(torch.tensor([-2.0, -1.0, 0.0, 0.5, 2.0]))
    if not torch.isfinite(values).all():
        return "undefined at some x"
    return "unnamed" if values.any() else "0"
