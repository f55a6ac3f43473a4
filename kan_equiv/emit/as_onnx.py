"""ONNX graphs, built directly: Gemm, Relu, Mul, Add, Min, Max and Sigmoid, no others.

Every slot of a part is a few pointwise nodes on x and one Gemm that adds its products
to the sum so far, so nothing is reshaped, concatenated or looked up. Inputs are
matrices (batch, in_features), the batch is free.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from kan_equiv.emit.planning import Plan
from kan_equiv.emit.program import Layer, Part
from kan_equiv.emit.rounding import Array
from kan_equiv.errors import EmissionError, MissingExtraError

__all__ = ["OPSET", "GraphBuilder", "onnx_model"]

OPSET = 17
IR_VERSION = 8


def onnx_model(plan: Plan, metadata: Mapping[str, str] | None = None) -> Any:
    """Return the ONNX model of a plan: input ``x``, output ``y``.

    Divisions by p! are products with the nearest float.

    Args:
        plan: what to emit; its precision must be that of the dtype, or two floats a
            coefficient.
        metadata: text entries, for instance the digest of a certificate.

    Raises:
        EmissionError: a unit or a precision that these operators cannot carry.
        MissingExtraError: onnx is not installed.
    """
    program = plan.program
    precision = program.precision
    if precision is not None and precision.values:
        raise EmissionError(
            f"ONNX cannot carry precision={precision.name!r}: its Gemm has one format "
            f"for all. Use precision={program.dtype!r} or float32x2"
        )
    graph = GraphBuilder(program.dtype)
    groups = ["x"]
    for layer in program.layers:
        groups = _layer(graph, layer, groups)
    return graph.model(
        groups[0], program.in_features, program.out_features, metadata or {}
    )


class GraphBuilder:
    """Nodes and constants under fresh names; equal constants are stored once."""

    def __init__(self, dtype: str) -> None:
        try:
            import onnx
        except ImportError as error:
            raise MissingExtraError(
                "writing ONNX needs onnx: python -m pip install 'kan-equiv[onnx]'"
            ) from error
        self._onnx = onnx
        self._dtype = np.dtype(dtype)
        self._nodes: list[Any] = []
        self._constants: dict[bytes, str] = {}
        self._tensors: list[Any] = []

    def constant(self, values: Array) -> str:
        """Store an array in the graph's dtype and return its name."""
        array = np.ascontiguousarray(values, dtype=self._dtype)
        key = repr(array.shape).encode() + array.tobytes()
        if key not in self._constants:
            name = f"c{len(self._constants)}"
            self._constants[key] = name
            self._tensors.append(self._onnx.numpy_helper.from_array(array, name))
        return self._constants[key]

    def number(self, value: float) -> str:
        """Store one number."""
        return self.constant(np.array([[value]]))

    def node(self, operator: str, *inputs: str) -> str:
        """Add a node and return the name of its output."""
        name = f"v{len(self._nodes)}"
        made = self._onnx.helper.make_node(operator, list(inputs), [name])
        self._nodes.append(made)
        return name

    def model(
        self, last: str, inputs: int, outputs: int, metadata: Mapping[str, str]
    ) -> Any:
        """Return the checked model whose output is the value ``last``."""
        helper = self._onnx.helper
        kind = helper.np_dtype_to_tensor_dtype(self._dtype)
        (made_last,) = [n for n in self._nodes if n.output[0] == last]
        made_last.output[0] = "y"
        x = helper.make_tensor_value_info("x", kind, ["batch", inputs])
        y = helper.make_tensor_value_info("y", kind, ["batch", outputs])
        graph = helper.make_graph(self._nodes, "kan_equiv", [x], [y], self._tensors)
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="kan_equiv",
        )
        helper.set_model_props(model, dict(sorted(metadata.items())))
        self._onnx.checker.check_model(model, full_check=True)
        return model


def _layer(graph: GraphBuilder, layer: Layer, groups: list[str]) -> list[str]:
    out: list[str] = []
    values: dict[tuple[int, int, int], str] = {}
    for h, biases in enumerate(layer.biases):
        total = graph.constant(sum(biases[1:], biases[0]))
        for (g, p, of), weight in sorted(layer.weights.items(), key=lambda e: e[0]):
            if of != h:
                continue
            part = layer.groups[g].parts[p]
            part_sum = "" if part.divisor != 1 else total
            for j in range(part.slots):
                if not part.active[j].any():
                    continue
                if (g, p, j) not in values:
                    values[g, p, j] = _values(graph, part, j, groups[g])
                for term in weight.terms:
                    w = graph.constant(term[j])
                    inputs = [values[g, p, j], w, *([part_sum] if part_sum else [])]
                    part_sum = graph.node("Gemm", *inputs)
            if part.divisor == 1:
                total = part_sum
            else:
                factor = graph.number(1 / part.divisor)
                total = graph.node("Add", graph.node("Mul", part_sum, factor), total)
        out.append(_as_rows(graph, total, groups[0], layer))
    return out


def _as_rows(graph: GraphBuilder, total: str, x: str, layer: Layer) -> str:
    """Give a constant total the shape of a batch."""
    if not total.startswith("c"):
        return total
    nothing = np.zeros((len(layer.groups[0].features), 1))
    zeros = graph.node("Gemm", x, graph.constant(nothing))
    return graph.node("Add", zeros, total)


def _values(graph: GraphBuilder, part: Part, j: int, x: str) -> str:
    """Return the values of slot j for all inputs of a group, (batch, inputs)."""
    p = part.degree
    c = {key: _slot(values, j) for key, values in part.constants.items()}
    if part.kind == "power":
        _refuse_jump(p)
        moved = c["knots"] != 0
        z = graph.node("Add", x, graph.constant(-c["knots"])) if moved.any() else x
        return _power(graph, z, p)
    if part.kind == "monomial":
        _refuse_jump(p)
        return _product(graph, x, p)
    if part.kind == "atom":
        return _atom(graph, part.name, c["slopes"], c["shifts"], x)
    if part.kind == "hat":
        up = graph.node("Add", x, graph.constant(-c["left"]))
        down = graph.node("Add", _negative(graph, x), graph.constant(c["right"]))
        up = graph.node("Mul", up, graph.constant(c["rise"]))
        down = graph.node("Mul", down, graph.constant(c["fall"]))
        return graph.node("Relu", graph.node("Min", up, down))
    if part.kind == "cardinal":
        return _cardinal(graph, c, p, x)
    if part.kind == "clamped":
        side = graph.constant(c["sides"])
        inner = graph.node("Mul", x, side)
        inner = graph.node("Min", inner, graph.constant(c["centers"] * c["sides"]))
        shift = graph.constant(-c["knots"] * c["sides"])
        return _power(graph, graph.node("Add", inner, shift), p)
    return _spline(graph, c, p, x)


def _slot(values: Array, j: int) -> Array:
    """Return the constants of one slot, (..., 1, inputs or 1)."""
    at = j if values.shape[-2] > 1 else 0
    return values[..., at : at + 1, :]


def _spline(graph: GraphBuilder, c: Mapping[str, Array], p: int, x: str) -> str:
    t, h = c["knots"], (p + 1) // 2
    left = graph.node("Min", x, graph.constant(t[h]))
    right = _negative(graph, graph.node("Max", x, graph.constant(t[h])))
    total = graph.constant(-c["offsets"])
    for q in range(p + 2):
        if q == h:
            continue
        side, shift = (left, -t[q]) if q < h else (right, t[q])
        power = _power(graph, graph.node("Add", side, graph.constant(shift)), p)
        scale = graph.constant(c["scales"][q - (q > h)])
        total = graph.node("Add", graph.node("Mul", power, scale), total)
    return total


def _cardinal(graph: GraphBuilder, c: Mapping[str, Array], p: int, x: str) -> str:
    u = graph.node("Add", x, graph.constant(-c["origin"]))
    u = graph.node("Mul", u, graph.constant(c["rate"]))
    u = graph.node("Add", u, graph.constant(-c["centers"]))
    below = graph.node("Min", u, _negative(graph, u))  # minus the distance
    total = ""
    for j in range((p + 2) // 2):
        reach = (p + 1) / 2 - j
        if reach <= 0:
            continue
        z = graph.node("Add", below, graph.number(reach))
        power = _power(graph, z, p)
        if total:
            factor = graph.number((-1) ** j * math.comb(p + 1, j))
            total = graph.node("Add", total, graph.node("Mul", power, factor))
        else:
            total = power
    return total


def _atom(graph: GraphBuilder, name: str, slope: Array, shift: Array, x: str) -> str:
    if name not in ("silu", "sigmoid", "tanh"):
        raise EmissionError(
            f"ONNX of Gemm, Relu, Mul, Add, Min, Max and Sigmoid cannot carry {name}; "
            "emit a torch format instead"
        )
    z = x
    if (slope != 1).any() or (shift != 0).any():
        z = graph.node("Mul", z, graph.constant(slope))
        z = graph.node("Add", z, graph.constant(shift))
    if name == "tanh":  # 2 sigmoid(2 z) - 1
        twice = graph.node("Mul", z, graph.number(2.0))
        ratio = graph.node("Mul", graph.node("Sigmoid", twice), graph.number(2.0))
        return graph.node("Add", ratio, graph.number(-1.0))
    ratio = graph.node("Sigmoid", z)
    return ratio if name == "sigmoid" else graph.node("Mul", z, ratio)


def _negative(graph: GraphBuilder, x: str) -> str:
    return graph.node("Mul", x, graph.number(-1.0))


def _power(graph: GraphBuilder, z: str, degree: int) -> str:
    return _product(graph, graph.node("Relu", z), degree)


def _product(graph: GraphBuilder, r: str, degree: int) -> str:
    out = r
    for _ in range(degree - 1):
        out = graph.node("Mul", out, r)
    return out


def _refuse_jump(degree: int) -> None:
    if degree == 0:
        raise EmissionError(
            "ONNX of Gemm, Relu, Mul, Add, Min, Max and Sigmoid cannot carry functions "
            "of degree 0 (steps and constants); emit a torch format instead"
        )
