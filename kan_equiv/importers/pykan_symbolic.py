"""The symbolic branch of pykan, as far as it is constant."""

from __future__ import annotations

from fractions import Fraction

from kan_equiv.errors import LoadError, UnsupportedModelError
from kan_equiv.importers.pykan_config import Names, PykanConfig
from kan_equiv.importers.tensors import StateDict, take

__all__ = ["symbolic_constants"]

TOTAL = {
    "0",
    "unnamed",
    "x",
    "x^2",
    "x^3",
    "x^4",
    "x^5",
    "exp",
    "abs",
    "sin",
    "cos",
    "tanh",
    "sgn",
    "arctan",
    "gaussian",
}
"""Symbolic functions that are defined for every real argument."""


def symbolic_constants(
    state: StateDict, layer: int, config: PykanConfig, shape: tuple[int, int]
) -> list[Fraction]:
    """Return what the symbolic branch adds to each subnode, if that is a constant.

    Edge (i, o) is mask (c f(a x + b) + d): f = '0' leaves mask * d, which may have been
    trained; a zero mask leaves nothing where f is defined everywhere.

    Args:
        state: the state dict.
        layer: its number.
        config: what the state dict does not hold.
        shape: (out_features, in_features); this branch has its outputs first.

    Raises:
        UnsupportedModelError: an edge is not constant, or not defined everywhere.
    """
    m, n = shape
    constants = [Fraction(0)] * m
    key = f"symbolic_fun.{layer}.mask"
    if not config.symbolic_enabled or key not in state:
        return constants
    mask = take(state, key, (m, n)).to_float64()
    names = _names(config, layer, shape)
    if not mask.any() and names is None:
        return constants
    shift = take(state, f"symbolic_fun.{layer}.affine", (m, n, 4)).to_float64()[..., 3]
    for o in range(m):
        for i in range(n):
            name = names[o][i] if names else "of unknown name"
            where = f"layer {layer}, edge {i} -> {o}"
            if not mask[o, i]:
                if names and name not in TOTAL:
                    raise UnsupportedModelError(
                        f"{where} has symbolic mask 0 and function {name!r}, which is "
                        "not defined for every x; pykan computes 0 * NaN = NaN there. "
                        f"Call model.unfix_symbolic({layer}, {i}, {o}), saveckpt, and "
                        "load the files: reading them back leaves the function out"
                    )
            elif name == "0":
                constants[o] += Fraction(mask[o, i].item()) * Fraction(
                    shift[o, i].item()
                )
            else:
                raise UnsupportedModelError(
                    f"{where} is fixed to the symbolic function {name!r}; symbolic "
                    "edges are not supported yet"
                )
    return constants


def _names(config: PykanConfig, layer: int, shape: tuple[int, int]) -> Names | None:
    if config.names is None:
        return None
    if layer >= len(config.names):
        raise LoadError(f"symbolic.funs_name.{layer} is missing from the config")
    names = config.names[layer]
    if len(names) != shape[0] or any(len(row) != shape[1] for row in names):
        raise LoadError(
            f"symbolic.funs_name.{layer} must be {shape[0]} rows of {shape[1]} names"
        )
    return names
