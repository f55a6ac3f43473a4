"""jaxKAN (srigas): SplineLayer and BaseLayer of flax, their arrays given as npz.

Every edge has a spline with coefficients and weight, and a residual branch::

    y_o = bias_o + sum_i c_res[o, i] b(x_i)
                 + sum_i c_spl[o, i] sum_k c_basis[o, i, k] N_k(x_i)

A SplineLayer has knots for each input, grid.item (n_in, K). A BaseLayer has knots for
each edge, grid.item (n_out n_in, K) and c_basis (n_out n_in, functions), outputs first.
The grid is no flax variable: write it beside them, under the names ``layers.0.c_basis``
and so on to ``layers.0.grid.item``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kan_equiv.errors import LoadError
from kan_equiv.exact.tensor import FloatTensor, Tensor
from kan_equiv.importers.arguments import demanded
from kan_equiv.importers.chain import load_chain, prefixes_of
from kan_equiv.importers.edge_grids import edge_layer
from kan_equiv.importers.family import Family, Format
from kan_equiv.importers.layers import (
    REPEATED,
    Factors,
    base_basis,
    degree_of,
    spline_bases,
)
from kan_equiv.importers.slices import reshaped
from kan_equiv.importers.tensors import StateDict, take
from kan_equiv.ir.basis import Basis, BSplineBasis
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Stage, zero_bias

__all__ = ["FAMILY", "load_jax_kan"]

REQUIRED = ("c_basis", "grid.item")
OPTIONAL = ("c_spl", "c_res", "bias")
BASES = ("silu", "identity", "relu", "tanh", "sigmoid")
"""Without gelu, for which JAX takes an approximation."""


def is_jax_kan(state: StateDict) -> bool:
    """Whether the keys hold spline layers of jaxKAN, with their grids."""
    return bool(prefixes_of(state, REQUIRED))


def load_jax_kan(
    state: StateDict,
    *,
    residual: str | None = None,
    prefix: str | Sequence[str] = "",
) -> Network:
    """Import a chain of SplineLayer or BaseLayer from its arrays.

    Args:
        state: arrays by name.
        residual: name of the function that the layers were made with, where there is
            a residual branch (the library's own default is silu).
        prefix: what the names of the chain start with, or a list with the prefix of
            each layer in the order they are applied.

    Raises:
        MissingArgumentError: residual is not given.
        LoadError: knots that repeat (the original computes NaN there) or decrease.
    """
    base: Basis | None = None
    if any(k.endswith("c_res") for k in state):
        what = f"the residual function (one of {', '.join(BASES)})"
        base = base_basis(demanded(residual, "residual", what), "residual", BASES)

    def layer(p: str, l: int, inputs: int | None) -> tuple[Stage, ...]:
        edges, grid = _edges(state, p, inputs)
        m, n, size = edges.coefficients.shape
        degree = degree_of(grid, size, l)
        bases = spline_bases(grid, l, lambda t: BSplineBasis(t, degree), REPEATED)
        bias: Tensor = zero_bias(m)
        if p + "bias" in state:
            bias = take(state, p + "bias", (m,))
        own = base if edges.residual else None
        return edge_layer(bases, (m, n, size), edges.spline, own, edges.residual, bias)

    return load_chain(state, REQUIRED, OPTIONAL, "jaxKAN", prefix, layer)


@dataclass(frozen=True, slots=True)
class Edges:
    """Coefficients (m, n, functions), and the factors of both branches."""

    coefficients: FloatTensor
    spline: Factors
    residual: Factors


def _edges(state: StateDict, p: str, inputs: int | None) -> tuple[Edges, FloatTensor]:
    """Return the edges of a layer, and one grid for each input or each edge."""
    if len(getattr(state[p + "c_basis"], "shape", ())) == 3:
        coefficients = take(state, p + "c_basis", (None, inputs, None))
        m, n, _ = coefficients.shape
        grid = take(state, p + "grid.item", (n, None))
    else:
        flat = take(state, p + "c_basis", (None, None))
        count, size = flat.shape
        grid = take(state, p + "grid.item", (count, None))
        m, n = _sides(state, p, count, inputs)
        coefficients = reshaped(flat, m, n, size)
    weights: dict[str, Factors] = {
        name: ((take(state, p + name, (m, n)), "oi"),) if p + name in state else ()
        for name in ("c_spl", "c_res")
    }
    spline = ((coefficients, "oik"), *weights["c_spl"])
    return Edges(coefficients, spline, weights["c_res"]), grid


def _sides(state: StateDict, p: str, edges: int, inputs: int | None) -> tuple[int, int]:
    """Return (outputs, inputs) of a layer whose edges are in one axis."""
    known = [name for name in ("c_spl", "c_res") if p + name in state]
    if known:
        m, n = take(state, p + known[0], (None, inputs)).shape
    elif inputs is not None:
        m, n = edges // inputs, inputs
    else:
        raise LoadError(
            f"{p}c_basis holds {edges} edges, but neither {p}c_spl nor {p}c_res is "
            "there to tell inputs from outputs"
        )
    if m * n != edges:
        raise LoadError(f"{p}c_basis holds {edges} edges for {m} outputs, {n} inputs")
    return m, n


FAMILY = Family(
    Format(
        "jaxkan",
        "npz with the arrays of srigas/jaxKAN, SplineLayer or BaseLayer, grids beside",
        "B-splines, weights, bias, residual identity or relu",
        "residual silu, tanh, sigmoid (units of that kind)",
        ("residual", "prefix"),
        "residual where there is a residual branch",
        "both forms",
        "jaxkan",
    ),
    is_jax_kan,
    load_jax_kan,
)
