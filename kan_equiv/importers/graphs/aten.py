"""The operators of torch.export programs that compute, and all of them together."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from kan_equiv.errors import UnsupportedModelError
from kan_equiv.importers.graphs.arithmetic import (
    add,
    apply,
    concatenate,
    divide,
    maximum,
    minimum,
    multiply,
    scale,
    subtract,
)
from kan_equiv.importers.graphs.aten_moving import MOVING
from kan_equiv.importers.graphs.calls import Arguments, Value
from kan_equiv.importers.graphs.constants import Constant, check_size
from kan_equiv.importers.graphs.contraction import einsum, matmul, sum_along
from kan_equiv.importers.graphs.functions import (
    batch_norm,
    compare,
    gelu,
    prelu,
    where,
)
from kan_equiv.importers.graphs.plumbing import permute, unsqueeze
from kan_equiv.importers.graphs.symbolic import Operand, Symbolic
from kan_equiv.importers.pointwise import (
    ABSOLUTE,
    RELU,
    SIGN,
    SQUARE,
    atom,
    clip,
    leaky_relu,
    power,
)
from kan_equiv.importers.tensors import require_torch
from kan_equiv.ir.univariate import Univariate

__all__ = ["COMPARING", "COMPUTING", "JOINING", "MAKING", "OPERATORS"]

Operator = Callable[[Arguments], Value]
MAKING = (
    "linspace",
    "arange",
    "zeros",
    "ones",
    "full",
    "scalar_tensor",
    "new_zeros",
    "new_ones",
    "new_full",
)
"""Operators that make constants; they are told the format that torch gives them."""

ONE = Fraction(1)


def _linear(a: Arguments) -> Value:
    found = matmul(a.operand("input"), _transposed(a.constant("weight")))
    return add(found, a.operand("bias")) if a.has("bias") else found


def _transposed(matrix: Operand) -> Operand:
    return permute(matrix, [1, 0])


def _addmm(a: Arguments) -> Value:
    product = scale(
        matmul(a.operand("mat1"), a.operand("mat2")), a.number("alpha", ONE)
    )
    return add(scale(a.operand("self"), a.number("beta", ONE)), product)


def _add(a: Arguments) -> Value:
    return add(a.operand("self"), scale(a.operand("other"), a.number("alpha", ONE)))


def _sub(a: Arguments) -> Value:
    other = scale(a.operand("other"), a.number("alpha", ONE))
    return subtract(a.operand("self"), other)


def _rsub(a: Arguments) -> Value:
    own = scale(a.operand("self"), a.number("alpha", ONE))
    return subtract(a.operand("other"), own)


def _divide(a: Arguments) -> Value:
    if a.has("rounding_mode"):
        raise UnsupportedModelError("it rounds the quotient")
    return divide(a.operand("self"), a.operand("other"))


def _pair(function: Callable[[Operand, Operand], Operand]) -> Operator:
    return lambda a: function(a.operand("self"), a.operand("other"))


def _one(function: Univariate) -> Operator:
    return lambda a: apply(a.operand("self"), function)


def _clip(low: str, high: str, *defaults: Fraction) -> Operator:
    def of(a: Arguments) -> Value:
        value = a.operand("self")
        ends = [a.get(low), a.get(high)]
        if any(isinstance(e, (Constant, Symbolic)) for e in ends):
            if a.has(low):
                value = maximum(value, a.operand(low))
            return minimum(value, a.operand(high)) if a.has(high) else value
        bounds = [a.bound(low), a.bound(high)]
        if defaults:
            bounds = [
                d if b is None else b for b, d in zip(bounds, defaults, strict=True)
            ]
        return apply(value, clip(*bounds))

    return of


def _power(a: Arguments) -> Value:
    return apply(a.operand("self"), power(a.integer("exponent")))


def _batch_norm(a: Arguments) -> Value:
    if a.get("training"):
        raise UnsupportedModelError(
            "batch normalization in training mode is no function of one sample; call "
            "model.eval() before exporting"
        )
    found = batch_norm(
        a.operand("input"),
        a.constant("weight") if a.has("weight") else None,
        a.constant("bias") if a.has("bias") else None,
        a.constant("running_mean"),
        a.constant("running_var"),
        a.number("eps", Fraction(1e-5)),
    )
    return [found, None, None]


def _total(mean: bool) -> Operator:
    def of(a: Arguments) -> Value:
        value = a.operand("self")
        dims = a.integers("dim", list(range(value.rank)))
        dims = dims or list(range(value.rank))
        count = 1
        for d in dims:
            count *= value.shape[value.axis(d)]
        factor = ONE / count if mean else ONE
        return sum_along(value, dims, bool(a.get("keepdim")), factor)

    return of


def _concatenate(a: Arguments) -> Value:
    return concatenate(a.operands("tensors"), a.integer("dim", 0))


def _stack(a: Arguments) -> Value:
    dim = a.integer("dim", 0)
    return concatenate([unsqueeze(v, dim) for v in a.operands("tensors")], dim)


def _made(name: str) -> Operator:
    """Return what torch itself makes: these floats are the program's constants."""

    def of(a: Arguments) -> Value:
        torch = require_torch(f"reading a program with {name}")
        a.skip("self")  # of new_zeros and its kin: only its format counts
        dtype = getattr(torch, a.text("out_dtype"))
        words = ("start", "end", "step", "steps", "fill_value", "s")
        given = {w: a.number(w) for w in words if a.has(w)}
        numbers = {
            w: int(v) if v.denominator == 1 else float(v) for w, v in given.items()
        }
        if a.has("size"):
            size = [n if isinstance(n, int) else 1 for n in a.sizes("size")]
            check_size(size)
            made = getattr(torch, name)(size, **numbers, dtype=dtype)
        else:
            count = numbers.get("steps", numbers.get("end", 0))
            span = (count - numbers.get("start", 0)) / numbers.get("step", 1)
            check_size([int(count), 1] if "steps" in numbers else [int(abs(span)), 1])
            made = getattr(torch, name)(**numbers, dtype=dtype)
        if dtype == torch.bfloat16:
            made = made.float()
        return Constant(made.numpy(), name)

    return of


COMPARING: dict[str, Operator] = {
    f"aten.{relation}.{kind}": lambda a, r=relation: compare(
        a.operand("self"), a.operand("other"), r
    )
    for relation in ("gt", "ge", "lt", "le")
    for kind in ("Scalar", "Tensor")
}
"""Operators that make truth values, which are 0 and 1 here."""

JOINING: dict[str, Operator] = {
    "aten.logical_and.default": _pair(multiply),
    "aten.bitwise_and.Tensor": _pair(multiply),
    "aten.__and__.Tensor": _pair(multiply),
}
"""Operators that are products on truth values, and on nothing else."""

COMPUTING: dict[str, Operator] = {
    "aten.linear.default": _linear,
    "aten.addmm.default": _addmm,
    "aten.mm.default": lambda a: matmul(a.operand("self"), a.operand("mat2")),
    "aten.bmm.default": lambda a: matmul(a.operand("self"), a.operand("mat2")),
    "aten.matmul.default": _pair(matmul),
    "aten.einsum.default": lambda a: einsum(a.text("equation"), a.operands("tensors")),
    "aten.sum.dim_IntList": _total(False),
    "aten.mean.dim": _total(True),
    "aten.add.Tensor": _add,
    "aten.add.Scalar": _add,
    "aten.sub.Tensor": _sub,
    "aten.sub.Scalar": _sub,
    "aten.rsub.Scalar": _rsub,
    "aten.rsub.Tensor": _rsub,
    "aten.mul.Tensor": _pair(multiply),
    "aten.mul.Scalar": _pair(multiply),
    "aten.div.Tensor": _divide,
    "aten.div.Scalar": _divide,
    "aten.neg.default": lambda a: scale(a.operand("self"), -ONE),
    "aten.maximum.default": _pair(maximum),
    "aten.minimum.default": _pair(minimum),
    "aten.cat.default": _concatenate,
    "aten.concat.default": _concatenate,
    "aten.stack.default": _stack,
    "aten.hstack.default": lambda a: concatenate(a.operands("tensors"), 1),
    "aten.where.self": lambda a: where(
        a.operand("condition"), a.operand("self"), a.operand("other")
    ),
    "aten.relu.default": _one(RELU),
    "aten.relu6.default": _one(clip(Fraction(0), Fraction(6))),
    "aten.hardtanh.default": _clip("min_val", "max_val", -ONE, ONE),
    "aten.clamp.default": _clip("min", "max"),
    "aten.clamp.Tensor": _clip("min", "max"),
    "aten.clamp_min.default": _clip("min", "max"),
    "aten.clamp_max.default": _clip("min", "max"),
    "aten.leaky_relu.default": lambda a: apply(
        a.operand("self"), leaky_relu(a.number("negative_slope", Fraction(0.01)))
    ),
    "aten.prelu.default": lambda a: prelu(a.operand("self"), a.constant("weight")),
    "aten._prelu_kernel.default": lambda a: add(
        apply(a.operand("self"), RELU),
        multiply(
            subtract(a.operand("self"), apply(a.operand("self"), RELU)),
            a.operand("weight"),
        ),
    ),
    "aten.abs.default": _one(ABSOLUTE),
    "aten.sign.default": _one(SIGN),
    "aten.square.default": _one(SQUARE),
    "aten.pow.Tensor_Scalar": _power,
    "aten.silu.default": _one(atom("silu")),
    "aten.sigmoid.default": _one(atom("sigmoid")),
    "aten.tanh.default": _one(atom("tanh")),
    "aten.exp.default": _one(atom("exp")),
    "aten.sin.default": _one(atom("sin")),
    "aten.cos.default": _one(atom("cos")),
    "aten.gelu.default": lambda a: gelu(
        a.operand("self"), a.text("approximate", "none")
    ),
    "aten.batch_norm.default": _batch_norm,
    "aten._native_batch_norm_legit_no_training.default": _batch_norm,
    **{f"aten.{name}.default": _made(name.removeprefix("new_")) for name in MAKING},
    "aten.arange.start": _made("arange"),
    "aten.arange.start_step": _made("arange"),
}
OPERATORS: dict[str, Operator] = {
    **MOVING,
    **COMPARING,
    **JOINING,
    **COMPUTING,
}
