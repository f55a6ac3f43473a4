"""FlashKAN (dinesh110598): B-splines on clamped knots, and one activation.

The G + 1 uniform knots of t have k - 1 more copies at each end, k = degree + 1, and the
last slice of w weighs the activation::

    y_o = sum_i ( sum_j w[j, i, o] N_j(x_i; t) + w[-1, i, o] act(x_i) )

Splines are 0 outside [t0, t1) and jump at both ends, so no network of continuous units
equals such a layer. Each of the original's quotients 0/0 counts as 0, as in textbooks.

The original finds the cell of x by (x - t0)/h with h the width of the first cell. Where
rounded knots put a neighbouring cell there, splines are cut short by less than rounding
shows; the splines themselves are imported, and knots that are not uniform refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

from kan_equiv.errors import LoadError
from kan_equiv.exact.tensor import FloatTensor
from kan_equiv.importers.arguments import demanded
from kan_equiv.importers.chain import load_chain, prefixes_of
from kan_equiv.importers.family import Family, Format
from kan_equiv.importers.layers import BASE_FUNCTIONS, base_basis, kan_layer
from kan_equiv.importers.slices import part, reshaped
from kan_equiv.importers.tensors import StateDict, take
from kan_equiv.ir.basis import BSplineBasis
from kan_equiv.ir.knots import KnotVector
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Stage

__all__ = ["FAMILY", "load_flash_kan"]

KIND = "FlashKAN"


def is_flash_kan(state: StateDict) -> bool:
    """Whether the keys and axes are those of FlashKAN: w with three, t with one."""
    return any(
        len(getattr(state[p + "w"], "shape", ())) == 3
        and len(getattr(state[p + "t"], "shape", ())) == 1
        for p in prefixes_of(state, ("w", "t"))
    )


def load_flash_kan(
    state: StateDict, *, act: str | None = None, prefix: str | Sequence[str] = ""
) -> Network:
    """Import a chain of FlashKAN layers from a state dict.

    Args:
        state: the state dict.
        act: name of the activation that the layers were made with (the library's own
            default is silu); the file does not hold it.
        prefix: what the keys of the chain start with, or a list with the prefix of each
            layer in the order they are applied.

    Raises:
        MissingArgumentError: act is not given.
        LoadError: knots that are not clamped and uniform, or do not fit the weights.
    """
    name = demanded(act, "act", f"the activation (one of {', '.join(BASE_FUNCTIONS)})")

    def layer(p: str, l: int, inputs: int | None) -> tuple[Stage, ...]:
        weight = take(state, p + "w", (None, inputs, None))
        knots = take(state, p + "t", (None,))
        size, n, m = weight.shape
        order = knots.size - size + 1
        _check_knots(knots, order, size, l)
        basis = BSplineBasis(KnotVector.of(knots.fractions()), order - 1)
        splines = part(weight, 0, size - 1)
        last = reshaped(part(weight, size - 1, size), n, m)
        shape = (m, n, size - 1)
        base = base_basis(name, "act", BASE_FUNCTIONS)
        return kan_layer([basis] * n, shape, ((splines, "kio"),), base, ((last, "io"),))

    return load_chain(state, ("w", "t"), (), KIND, prefix, layer)


def _check_knots(knots: FloatTensor, order: int, size: int, l: int) -> None:
    cells = size - order
    if order < 2 or cells < 1:
        raise LoadError(
            f"layer {l}: {knots.size} knots ({knots.name}) do not fit {size} weights "
            f"an edge: the order k would be {order}, the number of cells {cells}"
        )
    t: list[float] = knots.to_float64().tolist()
    inner = t[order - 1 : order + cells]
    ends = t[: order - 1] + t[order + cells :]
    clamped = [inner[0]] * (order - 1) + [inner[-1]] * (order - 1)
    if ends != clamped or any(a >= b for a, b in pairwise(inner)):
        raise LoadError(
            f"layer {l}: knots must be clamped, {order} copies of each end and "
            f"strictly increasing between, got t={t[:12]}"
        )
    step = Fraction(inner[1]) - Fraction(inner[0])
    slack = 4 * (cells + 1) * np.spacing(np.float32(max(abs(v) for v in inner))).item()
    for j, v in enumerate(inner):
        if abs(Fraction(v) - Fraction(inner[0]) - j * step) > slack:
            raise LoadError(
                f"layer {l}: knots must be uniform, as the original finds cells by the "
                f"width of the first one: t[{order - 1 + j}]={v!r} should be near "
                f"{float(Fraction(inner[0]) + j * step)!r}"
            )


FAMILY = Family(
    Format(
        "flash-kan",
        "state dict of dinesh110598/FlashKAN",
        "B-splines, half-open at both ends; act identity, zero or relu",
        "act silu, tanh, sigmoid, gelu (units of that kind)",
        ("act", "prefix"),
        "act",
        "refused: splines jump at both ends, ReLU^p units are continuous",
        "flash_kan",
    ),
    is_flash_kan,
    load_flash_kan,
)
