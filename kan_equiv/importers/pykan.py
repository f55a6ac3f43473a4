"""pykan 0.2.x: checkpoint prefixes as ``saveckpt`` writes them, and live models.

Per layer, with masks that may be fractional, and first of all x = x[:, input_id]::

    u_o = subnode_scale_o (sum_i mask[i, o] (scale_base[i, o] b(x_i)
          + scale_sp[i, o] sum_k coef[i, o, k] N_k(x_i; grid[i])) + symbolic_o)
          + subnode_bias_o
    x_{l+1, o} = node_scale_o v_o + node_bias_o

with v_o = u_o at the sum nodes, which come first, and the products of consecutive u at
the multiplication nodes.

Degree and number of intervals follow from the shapes of each layer: the config holds
one number for all of them, or a list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kan_equiv.errors import LoadError, MissingArgumentError, UnsupportedModelError
from kan_equiv.importers.activations import refuse_hooks
from kan_equiv.importers.arguments import flag, number
from kan_equiv.importers.files import read_state_dict
from kan_equiv.importers.layers import base_basis
from kan_equiv.importers.pykan_config import (
    PykanConfig,
    config_of_arguments,
    config_of_model,
    pykan_files,
    read_config,
)
from kan_equiv.importers.pykan_layer import new_layer
from kan_equiv.importers.pykan_old import is_old, old_layer
from kan_equiv.importers.tensors import StateDict
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Stage, select

__all__ = [
    "NAME",
    "is_pykan",
    "load_pykan_model",
    "load_pykan_prefix",
    "load_pykan_state",
    "pykan_files",
]

NAME = "pykan"
BASES = ("silu", "identity", "zero")


def is_pykan(state: StateDict) -> bool:
    """Whether the keys are those of pykan, of any version."""
    return "act_fun.0.grid" in state and "act_fun.0.coef" in state


def load_pykan_prefix(
    prefix: Path,
    *,
    input_id: Sequence[int] | None = None,
    in_features: int | None = None,
    base_fun: str | None = None,
    singularity_avoiding: bool = False,
    y_th: float = 10.0,
) -> Network:
    """Import the checkpoint that ``model.saveckpt(prefix)`` wrote.

    Args:
        prefix: path without ``_config.yml`` and ``_state``.
        input_id: columns that the model reads, in its order. pykan does not save them;
            all columns unless ``prune_input`` was used.
        in_features: number of columns there are; ``max(input_id) + 1`` by default.
        base_fun: base function, where the config does not name it.
        singularity_avoiding: whether ``forward`` is called with this set to True.
        y_th: the threshold that it is then given.
    """
    config_path, state_path = pykan_files(prefix)
    for path in (config_path, state_path):
        if not path.is_file():
            raise LoadError(
                f"a pykan checkpoint {prefix} needs {config_path.name} and "
                f"{state_path.name}; missing: {path.name}"
            )
    config = _avoiding(read_config(config_path), singularity_avoiding, y_th)
    state = read_state_dict(state_path)
    return _load(state, config, input_id, in_features, base_fun)


def load_pykan_model(
    model: Any,
    *,
    input_id: Sequence[int] | None = None,
    in_features: int | None = None,
    singularity_avoiding: bool = False,
    y_th: float = 10.0,
) -> Network:
    """Import a live ``kan.KAN``; the model is neither changed nor run.

    The arguments are those of ``load_pykan_prefix``.

    Raises:
        UnsupportedModelError: a class with a forward of its own, or forward hooks.
    """
    _refuse_other_forwards(model)
    if input_id is None:
        input_id = [int(i) for i in model.input_id]
    config = _avoiding(config_of_model(model), singularity_avoiding, y_th)
    return _load(model.state_dict(), config, input_id, in_features, None)


def _refuse_other_forwards(model: Any) -> None:
    for place, part in model.named_modules():
        refuse_hooks(part, place)
    for part in (model, *model.act_fun, *model.symbolic_fun):
        home: str = type(part).forward.__module__
        if home.partition(".")[0] != "kan":
            raise UnsupportedModelError(
                f"{type(part).__name__} has a forward of its own (in {home}); only "
                "pykan's own classes are known"
            )


def load_pykan_state(
    state: StateDict,
    *,
    base_fun: str | None = None,
    width: Sequence[Any] | None = None,
    mult_arity: Any = 2,
    funs_name: Sequence[Any] | None = None,
    input_id: Sequence[int] | None = None,
    in_features: int | None = None,
    singularity_avoiding: bool = False,
    y_th: float = 10.0,
) -> Network:
    """Import a state dict alone, of 0.0.x also; ``base_fun`` must be given.

    Args:
        state: the state dict.
        base_fun: name of the base function.
        width: as in the config; needed where there are multiplication nodes.
        mult_arity: as in the config, likewise (pykan's own default is 2).
        funs_name: [layer][output][input] names of the symbolic functions; needed where
            edges are fixed.
        input_id: as for a checkpoint, and so are the others.
        in_features: see there.
        singularity_avoiding: see there.
        y_th: see there.

    Raises:
        MissingArgumentError: one of these is needed, and was not given.
    """
    config = config_of_arguments(width, mult_arity, funs_name)
    config = _avoiding(config, singularity_avoiding, y_th)
    return _load(state, config, input_id, in_features, base_fun)


def _avoiding(
    config: PykanConfig, singularity_avoiding: object, y_th: object
) -> PykanConfig:
    what = "as forward is called"
    if not flag(singularity_avoiding, "singularity_avoiding", what):
        return config
    threshold = number(y_th, "y_th", what)
    if threshold <= 0:
        raise LoadError(f"y_th must be positive ({what}), got {y_th=}")
    return replace(config, y_th=float(threshold))


def _load(
    state: StateDict,
    config: PykanConfig,
    input_id: Sequence[int] | None,
    in_features: int | None,
    base_fun: str | None,
) -> Network:
    base = _base_name(config.base, base_fun)
    depth = 0
    while f"act_fun.{depth}.grid" in state:
        depth += 1
    if not depth:
        raise UnsupportedModelError(f"no act_fun.0.grid among {sorted(state)[:6]}")
    old = is_old(state)
    if old and config.y_th is not None:
        raise LoadError("pykan 0.0.x has no singularity_avoiding=True")
    basis = base_basis(base, "base_fun", BASES)
    stages: list[Stage] = []
    for l in range(depth):
        read = old_layer if old else new_layer
        made = read(state, l, basis, config)
        if stages and stages[-1].out_features != made[0].in_features:
            raise LoadError(
                f"layer {l} takes {made[0].in_features} inputs, the one before gives "
                f"{stages[-1].out_features}"
            )
        stages += made
    network = Network(stages[0].in_features, tuple(stages))
    return _with_inputs(network, config, input_id, in_features)


def _base_name(known: str | None, given: str | None) -> str:
    if known is None and given is None:
        raise MissingArgumentError(
            "a state dict does not hold pykan's base function: pass base_fun= as one "
            f"of {', '.join(BASES)} (print model.base_fun_name where it was made)"
        )
    if known is not None and given is not None and known != given:
        if known in BASES:
            raise LoadError(f"base_fun={given!r} contradicts the config, {known!r}")
        return given
    return known or given or ""


def _with_inputs(
    network: Network,
    config: PykanConfig,
    input_id: Sequence[int] | None,
    in_features: int | None,
) -> Network:
    n = network.in_features
    if input_id is None:
        said = sum(config.widths[0]) if config.widths else n
        columns = n if in_features is None else in_features
        if config.inputs_were_pruned or n != said or n != columns:
            seen = f"its config says {said}" if n != said else f"of {columns} columns"
            if config.inputs_were_pruned:
                seen = "prune_input chose them, and pykan does not save which"
            raise MissingArgumentError(
                f"the network reads {n} inputs ({seen}): pass input_id=, the list of "
                "columns (print model.input_id.tolist() in the session that made it)"
            )
        return network
    ids = _columns(input_id, n, in_features)
    columns = in_features if in_features is not None else max(ids) + 1
    if ids == list(range(columns)):
        return network
    return Network(columns, (select(ids, columns), *network.stages))


def _columns(input_id: Any, n: int, in_features: int | None) -> list[int]:
    try:
        ids = [int(i) for i in input_id]
    except (TypeError, ValueError):
        ids = []
    if len(ids) != n:
        raise LoadError(
            f"input_id must name {n} columns, one for each input of layer 0, got "
            f"input_id={input_id!r}"
        )
    limit = max(ids) + 1 if in_features is None else in_features
    if min(ids) < 0 or max(ids) >= limit:
        raise LoadError(
            f"input_id must lie in 0..{limit - 1} (in_features={in_features}), got "
            f"input_id={ids}"
        )
    return ids
