"""keras_efficient_kan (remigenet): Keras' KANLinear, its arrays given as npz.

With u = LayerNormalization(x), absent with use_layernorm=False, for base and splines::

    y_o = base_bias_o + sum_i base_weight[i, o] b(u_i)
        + sum_i sum_k spline_weight[i K + k, o] N_k(u_i; grid[0, i])

Write the arrays of a model by ``np.savez(path, **{w.path: w for w in model.weights})``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from kan_equiv.errors import LoadError
from kan_equiv.exact.tensor import FloatTensor, Tensor
from kan_equiv.importers.arguments import choice
from kan_equiv.importers.chain import load_chain, prefixes_of
from kan_equiv.importers.family import Family, Format
from kan_equiv.importers.layers import (
    REPEATED,
    base_basis,
    degree_of,
    kan_layer,
    spline_bases,
)
from kan_equiv.importers.norms import layer_norm
from kan_equiv.importers.slices import reshaped
from kan_equiv.importers.tensors import StateDict, take
from kan_equiv.ir.basis import Basis, BSplineBasis
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Stage

__all__ = ["FAMILY", "load_keras_efficient_kan"]

REQUIRED = ("spline_weight", "grid", "base_weight")
NORM = ("layer_normalization/gamma", "layer_normalization/beta")
OPTIONAL = ("base_bias", *NORM)
BASES = ("relu", "silu", "tanh", "sigmoid")
"""Without gelu, for which Keras takes an approximation."""
EPSILON = Fraction(1e-3)
"""What keras.layers.LayerNormalization adds to a variance."""


def is_keras_efficient_kan(state: StateDict) -> bool:
    """Whether the keys are those of KANLinear, and the axes those of Keras."""
    return any(
        len(getattr(state[p + "grid"], "shape", ())) == 3
        and len(getattr(state[p + "spline_weight"], "shape", ())) == 2
        for p in prefixes_of(state, REQUIRED)
    )


def load_keras_efficient_kan(
    state: StateDict,
    *,
    base_activation: str | None = None,
    prefix: str | Sequence[str] = "",
) -> Network:
    """Import a chain of KANLinear from its arrays.

    Args:
        state: arrays by the paths of Keras' weights.
        base_activation: name of the function of ``keras.ops`` that the layers were made
            with (the library's own default is relu).
        prefix: what the paths of the chain start with, or a list with the path of each
            layer in the order they are applied.

    Raises:
        MissingArgumentError: base_activation is not given, or the paths do not tell the
            order of the layers.
        LoadError: knots that repeat (the original computes NaN there) or decrease.
    """
    name = choice(base_activation, "base_activation", "the base function", BASES)
    base = base_basis(name, "base_activation", BASES)
    numbered = r"layer_normalization_\d+/(gamma|beta)$"
    plain = {
        re.sub(numbered, r"layer_normalization/\1", key): value
        for key, value in state.items()
    }

    def layer(p: str, l: int, inputs: int | None) -> tuple[Stage, ...]:
        base_weight = take(plain, p + "base_weight", (inputs, None))
        n, m = base_weight.shape
        grid = reshaped(take(plain, p + "grid", (1, n, None)), n, -1)
        weight = take(plain, p + "spline_weight", (None, m))
        size = weight.shape[0] // n
        if size * n != weight.shape[0]:
            raise LoadError(
                f"tensor {weight.name} must have shape ({n} * functions, {m}), got "
                f"shape={weight.shape}"
            )
        degree = degree_of(grid, size, l)
        norm: tuple[Stage, ...] = ()
        if p + NORM[0] in plain:
            norm = layer_norm(plain, (p + NORM[0], p + NORM[1]), n, EPSILON)
        bias: Tensor | None = None
        if p + "base_bias" in plain:
            bias = take(plain, p + "base_bias", (m,))
        splines: list[Basis] = spline_bases(
            grid, l, lambda knots: BSplineBasis(knots, degree), REPEATED
        )
        factors: tuple[tuple[FloatTensor, str], ...] = ((weight, "co"),)
        shape, base_factors = (m, n, size), ((base_weight, "io"),)
        return *norm, *kan_layer(splines, shape, factors, base, base_factors, bias)

    return load_chain(plain, REQUIRED, OPTIONAL, "KANLinear", prefix, layer)


FAMILY = Family(
    Format(
        "keras-efficient-kan",
        "npz with the arrays of remigenet/keras_efficient_kan by their Keras paths",
        "B-splines, bias, base relu",
        "layer normalization (equal by congruence only); base silu, tanh, sigmoid "
        "(units of that kind)",
        ("base_activation", "prefix"),
        "base_activation; prefix, the list of the layers' paths in their order",
        "both forms; no module where there is layer normalization",
        "keras_efficient_kan",
    ),
    is_keras_efficient_kan,
    load_keras_efficient_kan,
)
