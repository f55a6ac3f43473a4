"""The KANLayer of torch-conv-kan (IvanDrokin): splines, normalized, then bent.

::

    s_o = sum_i base_weight[o, i] b(x_i) + sum_i sum_k spline_weight[o, i, k] N_k(x_i)
    y = prelu(LayerNorm(s))

The knots, uniform from degree steps before grid_range to degree steps behind it, are no
part of the file: they are made again as the layer makes them, in float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from kan_equiv.errors import LoadError
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.importers.arguments import demanded, integer, interval
from kan_equiv.importers.chain import load_chain, prefixes_of
from kan_equiv.importers.family import Family, Format
from kan_equiv.importers.layers import BASE_FUNCTIONS, base_basis, kan_layer
from kan_equiv.importers.norms import TORCH_EPSILON, layer_norm
from kan_equiv.importers.tensors import StateDict, require_torch, take
from kan_equiv.ir.basis import BSplineBasis, PiecewiseBasis
from kan_equiv.ir.knots import KnotVector
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Bank, Stage, select

__all__ = ["FAMILY", "load_torch_conv_kan"]

NORM = ("layer_norm.weight", "layer_norm.bias")
REQUIRED = ("spline_weight", "base_weight", "prelu.weight", *NORM)


def is_torch_conv_kan(state: StateDict) -> bool:
    """Whether the keys hold KANLayer layers of torch-conv-kan."""
    return bool(prefixes_of(state, REQUIRED))


def load_torch_conv_kan(
    state: StateDict,
    *,
    grid_range: Any = None,
    spline_order: int | None = None,
    base_activation: str | None = None,
    prefix: str | Sequence[str] = "",
) -> Network:
    """Import a chain of KANLayer from a state dict.

    Args:
        state: the state dict.
        grid_range: the two ends of the grid that the layers were made with.
        spline_order: the degree of their splines.
        base_activation: name of the class of the base function that they were made with
            (the library's own default is GELU).
        prefix: what the keys of the chain start with, or a list with the prefix of each
            layer in the order they are applied.

    Raises:
        MissingArgumentError: one of them is not given; no file holds them.
        LoadError: the splines do not have that degree.
    """
    ends = interval(grid_range, "grid_range", "the two ends of the grid")
    degree = integer(spline_order, "spline_order", "the degree of the splines", 1)
    what = f"the base function (one of {', '.join(BASE_FUNCTIONS)})"
    name = demanded(base_activation, "base_activation", what)
    base = base_basis(name, "base_activation", BASE_FUNCTIONS)

    def layer(p: str, l: int, inputs: int | None) -> tuple[Stage, ...]:
        weight = take(state, p + "spline_weight", (None, inputs, None))
        m, n, size = weight.shape
        if size <= degree:
            raise LoadError(
                f"layer {l}: {size} functions an edge ({weight.name}) are none of "
                f"degree spline_order={degree}"
            )
        basis = BSplineBasis(_knots(ends, size - degree, degree), degree)
        base_weight = take(state, p + "base_weight", (m, n))
        slope = take(state, p + "prelu.weight", (1,))[0]
        left, right = Polynomial.of([0, slope]), Polynomial.of([0, 1])
        prelu = PiecewisePolynomial((Fraction(0),), (left, right), (Fraction(0),))
        factors = ((weight, "oik"),)
        splines = kan_layer(
            [basis] * n, (m, n, size), factors, base, ((base_weight, "oi"),)
        )
        norm = layer_norm(state, (p + NORM[0], p + NORM[1]), m, TORCH_EPSILON)
        bent = Bank((PiecewiseBasis((prelu,)),), (0,) * m)
        return *splines, *norm, bent, select(range(m), m)

    return load_chain(state, REQUIRED, (), "KANLayer", prefix, layer)


def _knots(ends: tuple[Fraction, Fraction], cells: int, degree: int) -> KnotVector:
    torch = require_torch("making the knots of torch-conv-kan again")
    lo, hi = (float(v) for v in ends)
    h = (hi - lo) / cells
    count = cells + 2 * degree + 1
    grid = torch.linspace(
        lo - h * degree, hi + h * degree, count, dtype=torch.float32, device="cpu"
    )
    return KnotVector.of(grid.tolist())


FAMILY = Family(
    Format(
        "torch-conv-kan",
        "state dict of KANLayer of IvanDrokin/torch-conv-kan",
        "B-splines, PReLU, base identity, zero or relu",
        "layer normalization (equal by congruence only); base silu, tanh, sigmoid, "
        "gelu (units of that kind)",
        ("grid_range", "spline_order", "base_activation", "prefix"),
        "grid_range, spline_order and base_activation",
        "both forms; no module: layer normalization is not emitted",
        "torch_conv_kan",
    ),
    is_torch_conv_kan,
    load_torch_conv_kan,
)
