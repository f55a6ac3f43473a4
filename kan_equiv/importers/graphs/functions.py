"""Functions of tensors that both kinds of graphs, and live modules, have."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from kan_equiv.errors import LoadError, UnsupportedModelError
from kan_equiv.importers.batch_norm import inverse_deviation
from kan_equiv.importers.graphs.arithmetic import add, apply, multiply, scale, subtract
from kan_equiv.importers.graphs.constants import Constant
from kan_equiv.importers.graphs.lowering import network_of
from kan_equiv.importers.graphs.symbolic import Operand, Symbolic, Vector
from kan_equiv.importers.pointwise import RELU, atom, line, power, step
from kan_equiv.ir.stage import Stage

__all__ = [
    "batch_norm",
    "compare",
    "gelu",
    "prelu",
    "stages_of",
    "where",
]

ONE = Fraction(1)
# The constants of torch's own kernel: M_SQRT2 * M_2_SQRTPI / 2, and 0.044715.
BETA = Fraction(math.sqrt(2) * 1.1283791670955126 * 0.5)
KAPPA = Fraction(0.044715)


def stages_of(function: Callable[[Operand], Operand], width: int) -> tuple[Stage, ...]:
    """Return the stages of a function of vectors.

    >>> stages_of(lambda x: apply(x, RELU), 3)[0].in_features
    3
    """
    value = function(Symbolic.whole(Vector(width), (width,), 0))
    assert isinstance(value, Symbolic)
    return network_of(value, width).stages


def gelu(value: Operand, approximate: str) -> Operand:
    """Return GELU: x Phi(x) for ``none``, x (1 + tanh(beta (x + kappa x^3))) / 2 for
    ``tanh``, which is another function, with the two constants of torch.

    Raises:
        UnsupportedModelError: another approximation.
    """
    if approximate == "none":
        return apply(value, atom("gelu"))
    if approximate != "tanh":
        raise UnsupportedModelError(f"GELU has no {approximate=}")
    inner = (line(ONE) + power(3).scale(KAPPA)).scale(BETA)
    bent = apply(apply(value, inner), atom("tanh"))
    return multiply(scale(value, ONE / 2), apply(bent, line(ONE, ONE)))


def prelu(value: Operand, weight: Constant) -> Operand:
    """Return x for x >= 0 and weight x below, the weight one number or per channel."""
    below = multiply(subtract(value, apply(value, RELU)), _channels(value, weight))
    return add(apply(value, RELU), below)


def batch_norm(
    value: Operand,
    weight: Constant | None,
    bias: Constant | None,
    mean: Constant,
    variance: Constant,
    epsilon: Fraction,
) -> Operand:
    """Return batch normalization with the statistics given; see ``batch_norm.py``."""
    factor = variance.mapped(lambda v: inverse_deviation(v, epsilon))
    if weight is not None:
        factor = factor.pointwise(weight, np.multiply)
    shift = factor.pointwise(mean, np.multiply).mapped(lambda v: -v)
    if bias is not None:
        shift = shift.pointwise(bias, np.add)
    scaled = multiply(value, _channels(value, factor))
    return add(scaled, _channels(value, shift))


def _channels(value: Operand, numbers: Constant) -> Constant:
    """Return one number a channel, shaped to meet the axis after the batch."""
    if numbers.array.size == 1:
        return numbers.moved(lambda a: a.reshape(()))
    shape, axis = value.shape, value.axis(min(1, value.rank - 1))
    if numbers.rank != 1 or shape[axis] != numbers.shape[0]:
        raise LoadError(
            f"{numbers.array.size} numbers a channel ({numbers.name}) do not fit a "
            f"sample of shape {shape}"
        )
    rest = (1,) * (value.rank - 1 - min(1, value.rank - 1))
    return numbers.moved(lambda a: a.reshape(-1, *rest))


def compare(u: Operand, v: Operand, relation: str) -> Operand:
    """Return 1 where u relation v, else 0; the relation is one of gt, ge, lt, le."""
    if relation in ("lt", "le"):
        u, v = v, u
    found = step(Fraction(0), is_closed=relation in ("ge", "le"))
    return apply(subtract(u, v), found)


def where(condition: Operand, u: Operand, v: Operand) -> Operand:
    """Return u where the condition is 1, v where it is 0."""
    other = add(scale(condition, -ONE), Constant(np.array(ONE, dtype=object)))
    return add(multiply(condition, u), multiply(other, v))
