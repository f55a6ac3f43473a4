"""ReLU-KAN (quiqi/relu_kan): ReLUKANLayer, whose functions are squared ReLU products.

With s = phase_low, e = phase_height, both trained, and r = 4 g^2 / (k + 1)^2::

    y_o = bias_o + sum_i sum_j W[o, i, j] (r ReLU(x_i - s_ij) ReLU(e_ij - x_i))^2

Exact pieces of degree 4, continuous with their first derivative.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from kan_equiv.importers.arguments import integer
from kan_equiv.importers.family import Family, Format
from kan_equiv.importers.relu_products import is_relu_products, load_relu_products
from kan_equiv.importers.tensors import StateDict
from kan_equiv.ir.network import Network

__all__ = ["FAMILY", "load_relu_kan"]


def load_relu_kan(
    state: StateDict,
    *,
    g: int | None = None,
    k: int | None = None,
    prefix: str | Sequence[str] = "",
) -> Network:
    """Import a chain of ReLUKANLayer from a state dict.

    Args:
        state: the state dict.
        g: number of grid intervals that the layers were made with.
        k: the span beyond an interval that they were made with.
        prefix: what the keys of the chain start with, or a list with the prefix of each
            layer in the order they are applied.

    Raises:
        MissingArgumentError: g or k is not given; a file holds only their sum.
    """
    cells = integer(g, "g", "the number of grid intervals", 1)
    span = integer(k, "k", "the span of a basis function beyond an interval", 0)
    factor = Fraction(4 * cells * cells, (span + 1) ** 2)
    return load_relu_products(state, "ReLUKANLayer", (cells, span), factor, 2, prefix)


FAMILY = Family(
    Format(
        "relu-kan",
        "state dict of quiqi/relu_kan (its keys are those of HRKAN too: give format=)",
        "everything: pieces of degree 4",
        "nothing",
        ("g", "k", "prefix"),
        "format, g and k (a file holds g + k only)",
        "hinge form: ReLU^2, ReLU^3 and ReLU^4 units",
        "relu_kan",
    ),
    is_relu_products,
    load_relu_kan,
)
