"""ONNX models: files and live ModelProtos, read symbolically, see ``graphs``.

Meaning is over the reals: each stored number is taken bit for bit, and operators do not
round. The first axis of the input is the batch, unless there is no other.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from kan_equiv.errors import LoadError, MissingExtraError, UnsupportedModelError
from kan_equiv.importers.graphs.calls import Call, Reference, Value, evaluate, needed
from kan_equiv.importers.graphs.constants import (
    SAMPLE_LIMIT,
    Constant,
    check_size,
)
from kan_equiv.importers.graphs.lowering import network_of
from kan_equiv.importers.graphs.onnx_operators import OPERATORS
from kan_equiv.importers.graphs.plumbing import BATCH, Size
from kan_equiv.importers.graphs.symbolic import Symbolic, Vector
from kan_equiv.ir.network import Network

__all__ = ["NAME", "is_model", "load_onnx", "load_onnx_file"]

NAME = "onnx"


def is_model(source: object) -> bool:
    """Whether this is a live ``onnx.ModelProto``."""
    return type(source).__name__ == "ModelProto" and hasattr(source, "opset_import")


def _onnx() -> Any:
    try:
        import onnx
    except ImportError as error:
        raise MissingExtraError(
            "reading ONNX needs onnx: python -m pip install 'kan-equiv[onnx]'"
        ) from error
    return onnx


def load_onnx_file(path: Path) -> Network:
    """Import an ONNX file, with the weights that lie beside it, if any.

    Raises:
        UnsupportedModelError: an operator or a use of it has no exact form; the message
            names the node.
        LoadError: the file is damaged.
    """
    onnx = _onnx()
    try:
        model = onnx.load(str(path))
    except Exception as error:
        raise LoadError(f"{path} is no readable ONNX file: {error}") from error
    return load_onnx(model)


def load_onnx(model: Any) -> Network:
    """Import a live model; it is not run."""
    onnx = _onnx()
    try:
        onnx.checker.check_model(model)
    except Exception as error:
        raise LoadError(f"the ONNX model is not valid: {error}") from error
    if model.functions:
        raise UnsupportedModelError(
            "the ONNX model has functions of its own; inline them with "
            "onnx.inliner.inline_local_functions"
        )
    return _network(model.graph)


def _network(graph: Any) -> Network:
    values: dict[str, Value] = {
        tensor.name: _constant(tensor) for tensor in graph.initializer
    }
    inputs = [i for i in graph.input if i.name not in values]
    outputs = [o.name for o in graph.output]
    if len(inputs) != 1 or len(outputs) != 1 or graph.sparse_initializer:
        raise UnsupportedModelError(
            "a network has one input, one output and dense weights; this graph has "
            f"inputs {', '.join(i.name for i in inputs)} and outputs "
            f"{', '.join(outputs)}"
        )
    start, batch, bits = _input(inputs[0])
    values[inputs[0].name] = start
    calls = needed([_call(node, n, bits) for n, node in enumerate(graph.node)], outputs)
    evaluate(calls, values, OPERATORS, batch)
    found = values.get(outputs[0])
    if not isinstance(found, Symbolic):
        raise UnsupportedModelError("the output does not depend on the input")
    return network_of(found, start.size)


def _constant(tensor: Any) -> Constant:
    check_size(tensor.dims)
    try:
        array = np.asarray(_onnx().numpy_helper.to_array(tensor))
    except Exception as error:
        raise LoadError(f"tensor {tensor.name} cannot be read: {error}") from error
    if array.dtype.name == "bfloat16":
        array = array.astype(np.float32)
    if array.dtype.kind not in "fiub":
        raise UnsupportedModelError(
            f"tensor {tensor.name} is of {array.dtype}, which is no number format here"
        )
    return Constant(array, tensor.name)


def _input(value: Any) -> tuple[Symbolic, Size, int]:
    """Return the input, the number of samples if it is fixed, and bits of precision."""
    kind = value.type.tensor_type
    sizes: list[Size] = [
        d.dim_value if d.HasField("dim_value") else BATCH for d in kind.shape.dim
    ]
    lead = min(len(sizes) - 1, 1)
    own = [n for n in sizes[lead:] if isinstance(n, int) and n > 0]
    if not sizes or len(own) != len(sizes) - lead:
        raise UnsupportedModelError(
            f"input {value.name} must have fixed sizes but for the batch (the first "
            f"axis), got {[n if isinstance(n, int) else '?' for n in sizes]}"
        )
    check_size(own, SAMPLE_LIMIT)
    start = Symbolic.whole(Vector(math.prod(own)), own, 0 if lead else None)
    return start, sizes[0] if lead else BATCH, _bits(kind.elem_type)


def _bits(kind: int) -> int:
    """Return the bits of precision of a tensor format, 0 where it is not of floats."""
    names = _onnx().TensorProto.DataType
    found = {names.FLOAT16: 11, names.BFLOAT16: 8, names.FLOAT: 24, names.DOUBLE: 53}
    return found.get(kind, 0)


def _call(node: Any, number: int, bits: int) -> Call:
    onnx = _onnx()
    place = node.name or f"{number}"
    if node.domain not in ("", "ai.onnx"):
        raise UnsupportedModelError(
            f"node {place} is {node.op_type} of the domain {node.domain}; only ONNX's "
            "own operators are known"
        )
    arguments: dict[str, Any] = {
        str(k): Reference(name) if name else None for k, name in enumerate(node.input)
    }
    for attribute in node.attribute:
        found = onnx.helper.get_attribute_value(attribute)
        if isinstance(found, onnx.TensorProto):
            found = _constant(found)
        elif isinstance(found, onnx.GraphProto):
            raise UnsupportedModelError(f"node {place} ({node.op_type}) holds a graph")
        elif isinstance(found, bytes):
            found = found.decode("utf-8", "replace")
        arguments[attribute.name] = found
    if node.op_type == "Cast":
        arguments |= {"to_bits": _bits(arguments["to"]), "input_bits": bits}
    return Call(
        str(node.op_type), place, arguments, tuple(name for name in node.output)
    )
