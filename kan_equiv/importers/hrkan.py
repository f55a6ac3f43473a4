"""HRKAN (kelvinhkcs/HRKAN): higher powers of ReLU products on a range of inputs.

With s = phase_low, e = phase_height and r = 2 g / ((k + 1) (imax - imin))::

    y_o = bias_o + sum_i sum_j W[o, i, j] (r ReLU(x_i - s) ReLU(e - x_i))^(2 order)

This is what the code computes; its paper normalizes with r^2 in place of r.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from kan_equiv.errors import LoadError
from kan_equiv.importers.arguments import integer, number
from kan_equiv.importers.family import Family, Format
from kan_equiv.importers.relu_products import is_relu_products, load_relu_products
from kan_equiv.importers.tensors import StateDict
from kan_equiv.ir.network import Network

__all__ = ["FAMILY", "load_hrkan"]


def load_hrkan(
    state: StateDict,
    *,
    g: int | None = None,
    k: int | None = None,
    order: int | None = None,
    imin: Any = None,
    imax: Any = None,
    prefix: str | Sequence[str] = "",
) -> Network:
    """Import a chain of HRKANLayer from a state dict.

    Args:
        state: the state dict.
        g: number of grid intervals that the layers were made with.
        k: the span beyond an interval that they were made with.
        order: half the power of a ReLU product.
        imin: left end of the range that they were made with.
        imax: right end of it.
        prefix: what the keys of the chain start with, or a list with the prefix of each
            layer in the order they are applied.

    Raises:
        MissingArgumentError: one of them is not given; no file holds them.
        LoadError: imin is not less than imax, or g + k is not what the file holds.
    """
    cells = integer(g, "g", "the number of grid intervals", 1)
    span = integer(k, "k", "the span of a basis function beyond an interval", 0)
    half = integer(order, "order", "half the power of a ReLU product", 1)
    lo = number(imin, "imin", "the left end of the inputs' range")
    hi = number(imax, "imax", "the right end of the inputs' range")
    if lo >= hi:
        raise LoadError(f"imin must be less than imax, got imin={imin}, imax={imax}")
    factor = Fraction(2 * cells, span + 1) / (hi - lo)
    grid = cells, span
    return load_relu_products(state, "HRKANLayer", grid, factor, 2 * half, prefix)


FAMILY = Family(
    Format(
        "hrkan",
        "state dict of kelvinhkcs/HRKAN (its keys are those of ReLU-KAN too: give "
        "format=)",
        "everything: pieces of degree 4 * order",
        "nothing",
        ("g", "k", "order", "imin", "imax", "prefix"),
        "format, g, k, order, imin and imax",
        "hinge form: ReLU^p units of degrees 2 * order to 4 * order",
        "hrkan",
    ),
    is_relu_products,
    load_hrkan,
)
