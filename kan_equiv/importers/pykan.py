"""pykan 0.2.x: checkpoint prefixes as ``saveckpt`` writes them, and live models.

Per layer, with masks that may be fractional, and first of all x = x[:, input_id]::

    u_o = subnode_scale_o sum_i mask[i, o] (scale_base[i, o] b(x_i)
          + scale_sp[i, o] sum_k coef[i, o, k] N_k(x_i; grid[i])) + subnode_bias_o
    x_{l+1, o} = node_scale_o u_o + node_bias_o
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from kan_equiv.errors import LoadError, MissingArgumentError, UnsupportedModelError
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.exact.tensor import FloatTensor, RationalTensor
from kan_equiv.importers.layers import base_basis, kan_layer
from kan_equiv.importers.tensors import StateDict, lift, read_state_dict
from kan_equiv.ir.basis import Basis, BSplineBasis, PiecewiseBasis
from kan_equiv.ir.knots import KnotVector
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Stage, select

__all__ = ["NAME", "is_pykan", "load_pykan_model", "load_pykan_prefix", "pykan_files"]

NAME = "pykan"
BASES = ("silu", "identity", "zero")


def pykan_files(prefix: Path) -> tuple[Path, Path]:
    """Return the config and state files of a checkpoint prefix."""
    return (
        prefix.with_name(prefix.name + "_config.yml"),
        prefix.with_name(prefix.name + "_state"),
    )


def is_pykan(state: StateDict) -> bool:
    """Whether the keys are those of pykan's MultKAN."""
    return "act_fun.0.grid" in state and "act_fun.0.coef" in state


def load_pykan_prefix(prefix: Path, **hyper: Any) -> Network:
    """Import the checkpoint that ``model.saveckpt(prefix)`` wrote."""
    config_path, state_path = pykan_files(prefix)
    for path in (config_path, state_path):
        if not path.is_file():
            raise LoadError(
                f"a pykan checkpoint {prefix} needs {config_path.name} and "
                f"{state_path.name}; missing: {path.name}"
            )
    return load_pykan_state(
        read_state_dict(state_path), read_config(config_path), **hyper
    )


def read_config(path: Path) -> dict[str, Any]:
    """Read the YAML file safely; tags of Python objects are kept as text."""
    import yaml

    class Loader(yaml.SafeLoader):
        """SafeLoader that never builds a Python object."""

    def as_text(_loader: Any, suffix: str, _node: Any) -> str:
        return suffix

    Loader.add_multi_constructor("tag:yaml.org,2002:python/", as_text)
    Loader.add_multi_constructor("!", as_text)
    try:
        config: Any = yaml.load(path.read_text(), Loader=Loader)  # noqa: S506
    except yaml.YAMLError as error:
        raise LoadError(f"{path} is no readable YAML: {error}") from error
    if not isinstance(config, dict):
        raise LoadError(f"{path} must hold a mapping, got {type(config).__name__}")
    return config


def load_pykan_model(model: Any, **hyper: Any) -> Network:
    """Import a live ``kan.KAN``; the model is not touched."""
    depth = len(model.act_fun)
    config = {
        "width": [list(w) if isinstance(w, Sequence) else [w, 0] for w in model.width],
        "mult_arity": model.mult_arity,
        "base_fun_name": model.base_fun_name,
        "symbolic_enabled": model.symbolic_enabled,
    }
    for l in range(depth):
        config[f"symbolic.funs_name.{l}"] = model.symbolic_fun[l].funs_name
    if "input_id" not in hyper:
        ids = [int(i) for i in model.input_id]
        hyper = {**hyper, "input_id": ids}
    return load_pykan_state(model.state_dict(), config, **hyper)


def load_pykan_state(
    state: StateDict,
    config: Mapping[str, Any],
    *,
    input_id: Sequence[int] | None = None,
    in_features: int | None = None,
    base_fun: str | None = None,
) -> Network:
    """Import a state dict with what only the config knows."""
    if "biases.0.weight" in state:
        raise UnsupportedModelError(
            "this is a checkpoint of pykan 0.0.x (it has biases.0.weight); 0.2.x is "
            "supported. Load it with the old version and transplant its weights."
        )
    depth = sum(1 for k in state if k.startswith("act_fun.") and k.endswith(".grid"))
    if not depth:
        raise UnsupportedModelError(f"no act_fun.0.grid among {sorted(state)[:6]}")
    _refuse_multiplication(config)
    base_name = _base_name(base_fun or config.get("base_fun_name"))
    stages: list[Stage] = []
    for l in range(depth):
        _refuse_symbolic(state, config, l)
        stages += _layer(state, l, base_name)
    n = stages[0].in_features
    return _with_input_id(Network(n, tuple(stages)), input_id, in_features)


def _base_name(name: Any) -> str:
    if name is None:
        raise MissingArgumentError(
            "the base function is not in a state dict: pass base_fun='silu', "
            "'identity' or 'zero'"
        )
    text = name if isinstance(name, str) else type(name).__name__
    return "silu" if text.rsplit(".", 1)[-1].lower() == "silu" else text


def _with_input_id(
    network: Network, input_id: Sequence[int] | None, in_features: int | None
) -> Network:
    n = network.in_features
    if input_id is None:
        if in_features not in (None, n):
            raise MissingArgumentError(
                f"the network reads {n} of in_features={in_features} columns; pass "
                "input_id= (print model.input_id in the session that made the model)"
            )
        return network
    ids = [int(i) for i in input_id]
    if len(ids) != n:
        raise MissingArgumentError(
            f"input_id must name {n} columns, got input_id={ids}"
        )
    columns = in_features if in_features is not None else max(ids) + 1
    if ids == list(range(columns)):
        return network
    return Network(columns, (select(ids, columns), *network.stages))


def _refuse_multiplication(config: Mapping[str, Any]) -> None:
    for l, width in enumerate(config.get("width") or []):
        if isinstance(width, Sequence) and len(width) == 2 and int(width[1]):
            raise UnsupportedModelError(
                f"layer {l} has {width[1]} multiplication nodes (width={list(width)}); "
                "they are not supported yet"
            )


def _refuse_symbolic(state: StateDict, config: Mapping[str, Any], l: int) -> None:
    mask = state.get(f"symbolic_fun.{l}.mask")
    if mask is None or not config.get("symbolic_enabled", True):
        return
    values = lift(mask, f"symbolic_fun.{l}.mask").to_float64()
    names = config.get(f"symbolic.funs_name.{l}")
    for o in range(values.shape[0]):
        for i in range(values.shape[1]):
            if values[o, i]:
                name = names[o][i] if names else "?"
                raise UnsupportedModelError(
                    f"layer {l}, edge {i} -> {o} is fixed to the symbolic function "
                    f"{name!r}; symbolic edges are not supported yet"
                )


def _layer(state: StateDict, l: int, base_name: str) -> tuple[Stage, ...]:
    def part(name: str) -> FloatTensor:
        key = name.format(l=l)
        if key not in state:
            raise LoadError(f"tensor {key} is missing from the state dict")
        return lift(state[key], key)

    grid, coef = part("act_fun.{l}.grid"), part("act_fun.{l}.coef")
    mask = part("act_fun.{l}.mask")
    n, m, size = coef.shape
    degree = grid.shape[1] - size - 1
    splines = [_basis(grid, i, degree, l) for i in range(n)]
    subnode = (part("subnode_scale_{l}"), "o")
    node = (part("node_scale_{l}"), "o")
    factors = (
        (coef, "iok"),
        (part("act_fun.{l}.scale_sp"), "io"),
        (mask, "io"),
        subnode,
        node,
    )
    base_factors = (
        (part("act_fun.{l}.scale_base"), "io"),
        (mask, "io"),
        subnode,
        node,
    )
    shift = zip(
        node[0].fractions(),
        part("subnode_bias_{l}").fractions(),
        part("node_bias_{l}").fractions(),
        strict=True,
    )
    bias = RationalTensor.from_fractions(
        [s * b + c for s, b, c in shift], (m,), f"bias of layer {l}"
    )
    base = base_basis(base_name, "base_fun", BASES)
    return kan_layer(splines, (m, n, size), factors, base, base_factors, bias)


def _basis(grid: FloatTensor, i: int, degree: int, l: int) -> Basis:
    row = [Fraction(v) for v in grid.to_float64()[i].tolist()]
    for j in range(1, len(row)):
        if row[j] < row[j - 1]:
            raise LoadError(
                f"layer {l}, input {i}: knots must be non-decreasing, got "
                f"t[{j}]={float(row[j])!r} after t[{j - 1}]={float(row[j - 1])!r}"
            )
    knots = KnotVector(tuple(row))
    if knots.is_simple:
        return BSplineBasis(knots, degree)
    return PiecewiseBasis(repeated_knot_splines(knots, degree))


def repeated_knot_splines(
    knots: KnotVector, degree: int
) -> tuple[PiecewisePolynomial, ...]:
    """Return what pykan's B_batch computes on knots that repeat.

    A zero denominator makes a NaN, and ``nan_to_num`` after each level of the recursion
    turns the whole function (both terms) into zero for every x.
    """
    t = knots.knots
    zero = PiecewisePolynomial.of([])
    level = [_indicator(a, b) for a, b in pairwise(t)]
    for q in range(1, degree + 1):
        raised: list[PiecewisePolynomial] = []
        for j in range(len(level) - 1):
            up, down = t[j + q] - t[j], t[j + q + 1] - t[j + 1]
            if not up or not down:
                raised.append(zero)
                continue
            rising = PiecewisePolynomial.of([-t[j] / up, 1 / up])
            falling = PiecewisePolynomial.of([t[j + q + 1] / down, -1 / down])
            raised.append(level[j] * rising + level[j + 1] * falling)
        level = raised
    return tuple(level)


def _indicator(a: Fraction, b: Fraction) -> PiecewisePolynomial:
    if a == b:
        return PiecewisePolynomial.of([])
    one, zero = Polynomial((1,)), Polynomial(())
    return PiecewisePolynomial.from_right_pieces((a, b), (zero, one, zero))
