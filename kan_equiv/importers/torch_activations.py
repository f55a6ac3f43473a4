"""Live torch modules that work on single features: activations and BatchNorm1d."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from kan_equiv.errors import UnsupportedModelError
from kan_equiv.exact.rational import to_fraction
from kan_equiv.importers.graphs.arithmetic import apply
from kan_equiv.importers.graphs.constants import Constant
from kan_equiv.importers.graphs.functions import batch_norm, gelu, prelu
from kan_equiv.importers.graphs.symbolic import Operand
from kan_equiv.importers.pointwise import RELU, atom, clip, leaky_relu
from kan_equiv.importers.tensors import lift, require_torch
from kan_equiv.ir.univariate import Univariate

__all__ = ["function_of"]


def function_of(part: Any, place: str) -> Callable[[Operand], Operand] | None:
    """Return what a module does to a tensor, None where its class is not known.

    Only torch's own classes are, as a subclass may do anything. Numbers that are no
    tensors (slopes, bounds, eps) are the doubles that the module holds.

    Raises:
        UnsupportedModelError: batch normalization in training mode, or without
            statistics.
    """
    nn = require_torch("reading a live module").nn
    kind: type[Any] = type(part)
    found = _univariate(part)
    if found is not None:
        return lambda value: apply(value, found)
    if kind is nn.GELU:
        approximate: str = part.approximate
        return lambda value: gelu(value, approximate)
    if kind is nn.PReLU:
        slopes = _constant(part.weight, f"{place}.weight")
        return lambda value: prelu(value, slopes)
    if kind is nn.BatchNorm1d:
        return _batch_norm(part, place)
    return None


def _univariate(part: Any) -> Univariate | None:
    nn = require_torch("reading a live module").nn
    kind: type[Any] = type(part)
    if kind in (nn.Hardtanh, nn.ReLU6):
        return clip(_number(part.min_val), _number(part.max_val))
    if kind is nn.LeakyReLU:
        return leaky_relu(_number(part.negative_slope))
    plain = {nn.ReLU: RELU}
    for module, name in (
        (nn.SiLU, "silu"),
        (nn.Tanh, "tanh"),
        (nn.Sigmoid, "sigmoid"),
    ):
        plain[module] = atom(name)
    return plain.get(kind)


def _number(value: float) -> Fraction:
    return to_fraction(value, "a number of a module")


def _constant(tensor: Any, name: str) -> Constant:
    lifted = lift(tensor, name)
    return Constant(lifted.to_float64(), name)


def _batch_norm(part: Any, place: str) -> Callable[[Operand], Operand]:
    if part.running_mean is None or part.training:
        why = "has no statistics" if part.running_mean is None else "is in training"
        raise UnsupportedModelError(
            f"module {place} is a BatchNorm1d that {why}: it normalizes by the batch, "
            "which is no function of one sample. Call model.eval()"
        )

    def named(name: str) -> Constant | None:
        tensor = getattr(part, name)
        return None if tensor is None else _constant(tensor, f"{place}.{name}")

    mean, variance = named("running_mean"), named("running_var")
    assert mean is not None
    assert variance is not None
    weight, bias = named("weight"), named("bias")
    epsilon = _number(part.eps)
    return lambda value: batch_norm(value, weight, bias, mean, variance, epsilon)
