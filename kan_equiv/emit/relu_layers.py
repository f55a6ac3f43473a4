"""Plain ReLU networks of degree 1: what verifiers read, Gemm and Relu and nothing else.

The word is multiplied out to Linear, activation, Linear ...; an identity unit becomes
two, x = relu(x) - relu(-x). All of this is exact; rounding comes last, once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from kan_equiv.emit.as_onnx import GraphBuilder
from kan_equiv.emit.formats import dtype_name
from kan_equiv.emit.planning import SupportsEmission
from kan_equiv.emit.rounding import Array, entries, rounded, tensor_entries
from kan_equiv.errors import EmissionError
from kan_equiv.exact.tensor import FloatTensor
from kan_equiv.ir.basis import Basis, MonomialBasis, TruncatedPowerBasis
from kan_equiv.ir.linear import Dense
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Affine, Bank, Stage
from kan_equiv.rules.compose_affine import compose_affine
from kan_equiv.rules.derivation import Derivation

__all__ = ["ReluLayers", "relu_layers", "relu_network", "relu_onnx_model"]

_RELU = TruncatedPowerBasis(((Fraction(0), 1),))
_IDENTITY = MonomialBasis((1,))

ReluLayers = list[tuple[Array, Array]]
"""(weight of shape (outputs, inputs), bias) of each linear layer, exact arrays."""


def relu_layers(source: Network | SupportsEmission) -> ReluLayers:
    """Return the linear layers of the plain ReLU network that a conversion is.

    Raises:
        EmissionError: units other than ReLU of degree 1 and the identity.
    """
    target = source if isinstance(source, Network) else source.target
    dense = compose_affine(Derivation.start(target)).target
    out: ReluLayers = []
    columns: Sequence[Basis] = ()
    for s, stage in enumerate(dense.stages):
        if isinstance(stage, Affine):
            weight, bias = entries(stage.weight), tensor_entries(stage.bias)
            if columns:
                weight = _after(weight, columns)
            out.append((weight, bias))
            continue
        if not isinstance(stage, Bank) or not out:
            raise EmissionError(f"stage {s} is not between affine stages")
        columns = [stage.basis(i) for i in range(stage.in_features)]
        _check(columns, s)
        out[-1] = _before(*out[-1], columns)
    if not out or not isinstance(dense.stages[-1], Affine):
        raise EmissionError("the network does not end with an affine stage")
    return out


def relu_network(source: Network | SupportsEmission, dtype: Any = "float32") -> Network:
    """Return the exact network that ``relu_onnx_model`` writes, with its floats.

    Raises:
        EmissionError: units other than ReLU of degree 1 and the identity.
    """
    name = dtype_name(dtype)
    layers = relu_layers(source)
    stages: list[Stage] = []
    for weight, bias in layers:
        if stages:
            stages.append(Bank((_RELU,), (0,) * weight.shape[1]))
        matrix = FloatTensor.from_array(rounded(weight, name))
        shift = FloatTensor.from_array(rounded(bias, name))
        stages.append(Affine(Dense.matrix(matrix), shift))
    return Network(layers[0][0].shape[1], tuple(stages))


def relu_onnx_model(
    source: Network | SupportsEmission,
    dtype: Any = "float32",
    metadata: Mapping[str, str] | None = None,
) -> Any:
    """Return an ONNX model of Gemm and Relu only: input ``x``, output ``y``.

    Raises:
        EmissionError: units other than ReLU of degree 1 and the identity.
        MissingExtraError: onnx is not installed.
    """
    name = dtype_name(dtype)
    layers = relu_layers(source)
    graph = GraphBuilder(name)
    value = "x"
    for l, (weight, bias) in enumerate(layers):
        if l:
            value = graph.node("Relu", value)
        w = graph.constant(rounded(weight, name).T)
        value = graph.node("Gemm", value, w, graph.constant(rounded(bias, name)))
    return graph.model(
        value, layers[0][0].shape[1], layers[-1][0].shape[0], metadata or {}
    )


def _check(columns: Sequence[Basis], stage: int) -> None:
    for i, basis in enumerate(columns):
        if basis not in (_RELU, _IDENTITY):
            raise EmissionError(
                f"a network of Gemm and Relu cannot carry unit {i} of stage {stage}, "
                f"{basis}: only ReLU of degree 1 and the identity. B-splines of degree "
                "1 without a base function have no others"
            )


def _before(
    weight: Array, bias: Array, columns: Sequence[Basis]
) -> tuple[Array, Array]:
    """Add the row of -x after all rows, for every identity unit."""
    doubled = [i for i, b in enumerate(columns) if b == _IDENTITY]
    return (
        np.concatenate([weight, -weight[doubled]]),
        np.concatenate([bias, -bias[doubled]]),
    )


def _after(weight: Array, columns: Sequence[Basis]) -> Array:
    doubled = [i for i, b in enumerate(columns) if b == _IDENTITY]
    return np.concatenate([weight, -weight[:, doubled]], axis=1)
