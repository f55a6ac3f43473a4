"""The operators of ONNX graphs: inputs go by their places, attributes by name."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from kan_equiv.errors import UnsupportedModelError
from kan_equiv.importers.graphs.arithmetic import (
    add,
    apply,
    divide,
    maximum,
    minimum,
    multiply,
    scale,
    subtract,
)
from kan_equiv.importers.graphs.calls import Arguments, Value
from kan_equiv.importers.graphs.constants import Constant, check_size
from kan_equiv.importers.graphs.contraction import einsum, matmul, sum_along
from kan_equiv.importers.graphs.functions import (
    batch_norm,
    compare,
    gelu,
    where,
)
from kan_equiv.importers.graphs.onnx_moving import MOVING, axes_of
from kan_equiv.importers.graphs.plumbing import permute
from kan_equiv.importers.graphs.symbolic import Operand, Symbolic
from kan_equiv.importers.pointwise import (
    ABSOLUTE,
    RELU,
    SIGN,
    atom,
    clip,
    leaky_relu,
    power,
)
from kan_equiv.ir.univariate import Univariate

__all__ = ["OPERATORS"]

Operator = Callable[[Arguments], Value]
ONE = Fraction(1)


def _one(function: Univariate) -> Operator:
    return lambda a: apply(a.operand("0"), function)


def _pair(function: Callable[[Operand, Operand], Operand]) -> Operator:
    return lambda a: function(a.operand("0"), a.operand("1"))


def _several(function: Callable[[Operand, Operand], Operand]) -> Operator:
    def of(a: Arguments) -> Value:
        total = a.operand("0")
        for place in range(1, len(a)):
            total = function(total, a.operand(str(place)))
        return total

    return of


def _gemm(a: Arguments) -> Value:
    left, right = a.operand("0"), a.operand("1")
    if a.get("transA"):
        left = permute(left, [1, 0])
    if a.get("transB"):
        right = permute(right, [1, 0])
    product = scale(matmul(left, right), a.number("alpha", ONE))
    if not a.has("2"):
        return product
    return add(product, scale(a.operand("2"), a.number("beta", ONE)))


def _divide(a: Arguments) -> Value:
    u, v = a.operand("0"), a.operand("1")
    if isinstance(u, Constant) and u.array.dtype.kind != "f":
        raise UnsupportedModelError("it divides integers, which rounds")
    return divide(u, v)


def _clip(a: Arguments) -> Value:
    value = a.operand("0")
    ends = [a.get(place) for place in ("1", "2")]
    if any(isinstance(e, Symbolic) for e in ends):
        low = maximum(value, a.operand("1")) if a.has("1") else value
        return minimum(low, a.operand("2")) if a.has("2") else low
    return apply(value, clip(_end(a, "1", "min"), _end(a, "2", "max")))


def _end(a: Arguments, place: str, name: str) -> Fraction | None:
    if a.has(place):
        found = a.constant(place)
        return None if np.isinf(found.array).all() else found.number()
    return a.bound(name)


def _batch_norm(a: Arguments) -> Value:
    a.skip("momentum", "spatial")
    if a.get("training_mode"):
        raise UnsupportedModelError(
            "batch normalization in training mode is no function of one sample"
        )
    constants = [a.constant(str(place)) for place in range(1, 5)]
    weight, bias, mean, variance = constants
    epsilon = a.number("epsilon", Fraction(float(np.float32(1e-5))))
    return batch_norm(a.operand("0"), weight, bias, mean, variance, epsilon)


def _reduced(mean: bool) -> Operator:
    def of(a: Arguments) -> Value:
        value = a.operand("0")
        dims = axes_of(a, list(range(value.rank)))
        count = 1
        for d in dims:
            count *= value.shape[value.axis(d)]
        factor = ONE / count if mean else ONE
        return sum_along(value, dims, a.integer("keepdims", 1) == 1, factor)

    return of


def _power(a: Arguments) -> Value:
    return apply(a.operand("0"), power(a.integer("1")))


def _filled(a: Arguments) -> Value:
    shape = a.integers("0")
    check_size(shape)
    value = a.constant("value").array if a.has("value") else np.zeros(1, np.float32)
    return Constant(np.full(shape, value.ravel()[0]), "ConstantOfShape")


def _prelu(a: Arguments) -> Value:
    """Slopes broadcast as everywhere in ONNX, and not along the channels."""
    above = apply(a.operand("0"), RELU)
    below = subtract(a.operand("0"), above)
    return add(above, multiply(below, a.constant("1")))


def _swish(a: Arguments) -> Value:
    value = a.operand("0")
    rate = scale(value, a.number("alpha", ONE))
    return multiply(value, apply(rate, atom("sigmoid")))


def _constant(a: Arguments) -> Value:
    for name in ("value", "value_float", "value_int", "value_floats", "value_ints"):
        if a.has(name):
            found = a.get(name)
            if isinstance(found, Constant):
                return found
            dtype = np.float32 if "float" in name else np.int64
            return Constant(np.array(found, dtype=dtype), "Constant")
    raise UnsupportedModelError("it holds no number")


def _compared(relation: str) -> Operator:
    return lambda a: compare(a.operand("0"), a.operand("1"), relation)


OPERATORS: dict[str, Operator] = {
    **MOVING,
    "Gemm": _gemm,
    "MatMul": _pair(matmul),
    "Einsum": lambda a: einsum(
        a.text("equation"), [a.operand(str(p)) for p in range(len(a))]
    ),
    "ReduceSum": _reduced(False),
    "ReduceMean": _reduced(True),
    "Add": _pair(add),
    "Sub": _pair(subtract),
    "Mul": _pair(multiply),
    "Div": _divide,
    "Sum": _several(add),
    "Min": _several(minimum),
    "Max": _several(maximum),
    "Neg": lambda a: scale(a.operand("0"), -ONE),
    "Pow": _power,
    "Relu": _one(RELU),
    "Clip": _clip,
    "Abs": _one(ABSOLUTE),
    "Sign": _one(SIGN),
    "LeakyRelu": lambda a: apply(
        a.operand("0"), leaky_relu(a.number("alpha", Fraction(float(np.float32(0.01)))))
    ),
    "PRelu": _prelu,
    "Sigmoid": _one(atom("sigmoid")),
    "Tanh": _one(atom("tanh")),
    "Exp": _one(atom("exp")),
    "Sin": _one(atom("sin")),
    "Cos": _one(atom("cos")),
    "Gelu": lambda a: gelu(a.operand("0"), a.text("approximate", "none")),
    "Swish": _swish,
    "BatchNormalization": _batch_norm,
    "Greater": _compared("gt"),
    "GreaterOrEqual": _compared("ge"),
    "Less": _compared("lt"),
    "LessOrEqual": _compared("le"),
    "And": _pair(multiply),
    "Where": lambda a: where(a.operand("0"), a.operand("1"), a.operand("2")),
    "ConstantOfShape": _filled,
    "Constant": _constant,
}
