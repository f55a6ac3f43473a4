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
from itertools import accumulate
from pathlib import Path
from typing import Any

from kan_equiv.errors import LoadError, MissingArgumentError, UnsupportedModelError
from kan_equiv.exact.tensor import FloatTensor, RationalTensor
from kan_equiv.importers.activations import refuse_hooks
from kan_equiv.importers.files import read_state_dict
from kan_equiv.importers.layers import (
    base_basis,
    degree_of,
    kan_layer,
    spline_bases,
)
from kan_equiv.importers.pykan_config import (
    PykanConfig,
    config_of_model,
    pykan_files,
    read_config,
)
from kan_equiv.importers.pykan_splines import pykan_basis
from kan_equiv.importers.pykan_symbolic import symbolic_constants
from kan_equiv.importers.tensors import StateDict, take
from kan_equiv.ir.linear import Dense
from kan_equiv.ir.network import Network
from kan_equiv.ir.product import Product
from kan_equiv.ir.stage import Affine, Stage, select

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
) -> Network:
    """Import the checkpoint that ``model.saveckpt(prefix)`` wrote.

    Args:
        prefix: path without ``_config.yml`` and ``_state``.
        input_id: columns that the model reads, in its order. pykan does not save them;
            all columns unless ``prune_input`` was used.
        in_features: number of columns there are; ``max(input_id) + 1`` by default.
        base_fun: base function, where the config does not name it.
    """
    config_path, state_path = pykan_files(prefix)
    for path in (config_path, state_path):
        if not path.is_file():
            raise LoadError(
                f"a pykan checkpoint {prefix} needs {config_path.name} and "
                f"{state_path.name}; missing: {path.name}"
            )
    state, config = read_state_dict(state_path), read_config(config_path)
    return _load(state, config, input_id, in_features, base_fun)


def load_pykan_model(
    model: Any,
    *,
    input_id: Sequence[int] | None = None,
    in_features: int | None = None,
) -> Network:
    """Import a live ``kan.KAN``; the model is neither changed nor run.

    Raises:
        UnsupportedModelError: a class with a forward of its own, or forward hooks.
    """
    _refuse_other_forwards(model)
    if input_id is None:
        input_id = [int(i) for i in model.input_id]
    config = config_of_model(model)
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
    input_id: Sequence[int] | None = None,
    in_features: int | None = None,
) -> Network:
    """Import a state dict alone; ``base_fun`` must be given."""
    return _load(state, PykanConfig(), input_id, in_features, base_fun)


def _load(
    state: StateDict,
    config: PykanConfig,
    input_id: Sequence[int] | None,
    in_features: int | None,
    base_fun: str | None,
) -> Network:
    if "biases.0.weight" in state:
        raise UnsupportedModelError(
            "this is a checkpoint of pykan 0.0.x (it has biases.0.weight); supported "
            "is the layout of 0.1 to 0.2.8. Load it with the version that wrote it and "
            "move its weights into a model of 0.2.8"
        )
    base = _base_name(config.base, base_fun)
    depth = 0
    while f"act_fun.{depth}.grid" in state:
        depth += 1
    if not depth:
        raise UnsupportedModelError(f"no act_fun.0.grid among {sorted(state)[:6]}")
    stages: list[Stage] = []
    for l in range(depth):
        width = stages[-1].out_features if stages else None
        stages += _layer(state, l, width, base, config)
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


def _layer(
    state: StateDict, l: int, width: int | None, base_name: str, config: PykanConfig
) -> tuple[Stage, ...]:
    coef = take(state, f"act_fun.{l}.coef", (width, None, None))
    n, m, size = coef.shape
    if f"node_scale_{l}" not in state:
        raise LoadError(
            f"tensor node_scale_{l} is missing: pykan's expand_depth leaves new nodes "
            "out of the state dict, so the file does not hold the whole model"
        )
    grid = take(state, f"act_fun.{l}.grid", (n, None))
    degree = degree_of(grid, size, l)
    mask = take(state, f"act_fun.{l}.mask", (n, m))
    node = take(state, f"node_scale_{l}", (None,))
    node_bias = take(state, f"node_bias_{l}", node.shape)
    groups = _groups(node.shape[0], l, m, config)
    subnode = take(state, f"subnode_scale_{l}", (m,))
    common = ((mask, "io"), (subnode, "o"))
    scale_sp = take(state, f"act_fun.{l}.scale_sp", (n, m))
    scale_base = take(state, f"act_fun.{l}.scale_base", (n, m))
    bias = [
        q * constant + b
        for q, b, constant in zip(
            subnode.fractions(),
            take(state, f"subnode_bias_{l}", (m,)).fractions(),
            symbolic_constants(state, l, config, (m, n)),
            strict=True,
        )
    ]
    after: tuple[Stage, ...] = ()
    if groups is None:
        common = (*common, (node, "o"))
        pairs = zip(node.fractions(), bias, node_bias.fractions(), strict=True)
        bias = [s * b + c for s, b, c in pairs]
    else:
        after = (Product(groups, m), Affine(_diagonal(node), node_bias))
    layer = kan_layer(
        spline_bases(grid, l, lambda knots: pykan_basis(knots, degree)),
        (m, n, size),
        ((coef, "iok"), (scale_sp, "io"), *common),
        base_basis(base_name, "base_fun", BASES),
        ((scale_base, "io"), *common),
        RationalTensor.from_fractions(bias, (m,), f"bias of layer {l}"),
    )
    return (*layer, *after)


def _groups(
    nodes: int, l: int, subnodes: int, config: PykanConfig
) -> tuple[tuple[int, ...], ...] | None:
    """Return the subnodes of each node, None where each node has its own.

    Multiplication nodes take two or more subnodes each, so the counts differ.
    """
    if nodes == subnodes:
        return None
    if config.widths is None or l + 1 >= len(config.widths):
        raise UnsupportedModelError(
            f"layer {l} ends in multiplication nodes ({subnodes} subnodes for {nodes} "
            "nodes), and a state dict does not say which subnodes each multiplies: "
            "load the checkpoint by its prefix, or the live model"
        )
    plain, products = config.widths[l + 1]
    arities = config.arities_of(l + 1)
    if plain + products != nodes or plain + sum(arities) != subnodes:
        raise LoadError(
            f"layer {l}: width={[plain, products]} and mult_arity={list(arities)} do "
            f"not fit {subnodes} subnodes for {nodes} nodes"
        )
    starts = accumulate(arities, initial=plain)
    blocks = [tuple(range(s, s + k)) for s, k in zip(starts, arities, strict=False)]
    return (*((o,) for o in range(plain)), *blocks)


def _diagonal(scale: FloatTensor) -> Dense:
    n = scale.shape[0]
    ones = tuple(int(o == i) for o in range(n) for i in range(n))
    identity = RationalTensor((n, n), ones, (1,), "identity")
    return Dense(n, n, 1, ((scale, "o"), (identity, "oi")))
