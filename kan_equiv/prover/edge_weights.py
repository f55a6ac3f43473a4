"""What every output has of every function of one input, up to multiples.

Outputs whose weights are multiples of each other have multiples of one function, so
that what is known of it is known of all of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from kan_equiv.ir.separable import SeparableForm
from kan_equiv.kernel import multiples

__all__ = ["primitive", "weights_of"]

Array: TypeAlias = "np.ndarray[Any, Any]"


def weights_of(
    sides: Sequence[tuple[int, SeparableForm, Sequence[int]]],
    outputs: int,
    places: Sequence[int],
) -> tuple[Array, int]:
    """Return the weights of functions in outputs, integers over a common denominator.

    Args:
        sides: a sign, a layer, and the columns of it that count, for each side.
        outputs: how many the layers have.
        places: which function each of these columns is.
    """
    total = np.zeros((outputs, max(places, default=-1) + 1), dtype=object)
    scale, at = 1, 0
    for sign, form, which in sides:
        rows, ints, e = form.weight.columns(which)
        merged = math.lcm(scale, e)
        total *= merged // scale
        for c, place in enumerate(places[at : at + len(which)]):
            total[rows, place] += ints[:, c] * (sign * (merged // e))
        scale, at = merged, at + len(which)
    return total, scale


def primitive(weights: Array) -> tuple[Array, list[tuple[int, int]]]:
    """Return rows of coprime integers; for every row given, which one times what.

    >>> rows, factors = primitive(np.array([[2, -4], [0, 0], [-3, 6]], dtype=object))
    >>> rows.tolist(), factors
    ([[1, -2], [0, 0]], [(0, 2), (1, 0), (0, -3)])
    """
    few, factors = multiples.primitive(weights.tolist())
    rows = np.array(few, dtype=object).reshape(len(few), weights.shape[1])
    return rows, factors
