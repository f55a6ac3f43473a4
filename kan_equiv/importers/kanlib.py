"""KANLib (julianhoever): B-splines or Gaussians, and perhaps a SiLU branch and a bias.

What the keys hold is there::

    y_o = bias_output_o + sum_i weight_residual[o, i] silu(x_i)
        + sum_i weight_spline[o, i] sum_k coefficients[o, i, k] B_k(x_i)

B_k are B-splines on basis.grid[i], or Gaussians
exp(-(basis.epsilon[i] (x - basis.grid[i, k]))^2).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from kan_equiv.exact.tensor import FloatTensor, Tensor
from kan_equiv.importers.chain import load_chain, prefixes_of
from kan_equiv.importers.family import Family, Format
from kan_equiv.importers.layers import REPEATED, degree_of, kan_layer, spline_bases
from kan_equiv.importers.tensors import StateDict, take
from kan_equiv.ir.basis import AtomBasis, Basis, BSplineBasis
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Stage
from kan_equiv.ir.univariate import Atom

__all__ = ["FAMILY", "load_kanlib"]

REQUIRED = ("coefficients", "basis.grid")
OPTIONAL = ("weight_spline", "weight_residual", "bias_output", "basis.epsilon")


def is_kanlib(state: StateDict) -> bool:
    """Whether the keys hold Linear layers of KANLib."""
    return bool(prefixes_of(state, REQUIRED))


def load_kanlib(state: StateDict, *, prefix: str | Sequence[str] = "") -> Network:
    """Import a chain of KANLib's Linear layers from a state dict.

    Args:
        state: the state dict.
        prefix: what the keys of the chain start with, or a list with the prefix of each
            layer in the order they are applied.

    Raises:
        UnsupportedModelError: layers of unknown order, or other weights beside them.
        LoadError: knots that repeat (the original computes NaN there) or decrease.
    """

    def layer(p: str, l: int, inputs: int | None) -> tuple[Stage, ...]:
        coefficients = take(state, p + "coefficients", (None, inputs, None))
        m, n, size = coefficients.shape
        if p + "basis.epsilon" in state:
            grid = take(state, p + "basis.grid", (n, size))
            bases = _gaussians(grid, take(state, p + "basis.epsilon", (n, 1)))
        else:
            grid = take(state, p + "basis.grid", (n, None))
            degree = degree_of(grid, size, l)
            bases = spline_bases(
                grid, l, lambda knots: BSplineBasis(knots, degree), REPEATED
            )
        factors: tuple[tuple[FloatTensor, str], ...] = ((coefficients, "oik"),)
        if p + "weight_spline" in state:
            factors += ((take(state, p + "weight_spline", (m, n)), "oi"),)
        base: Basis | None = None
        base_factors: tuple[tuple[FloatTensor, str], ...] = ()
        if p + "weight_residual" in state:
            base = AtomBasis((Atom("silu"),))
            base_factors = ((take(state, p + "weight_residual", (m, n)), "oi"),)
        bias: Tensor | None = None
        if p + "bias_output" in state:
            bias = take(state, p + "bias_output", (m,))
        return kan_layer(bases, (m, n, size), factors, base, base_factors, bias)

    return load_chain(state, REQUIRED, OPTIONAL, "KANLib Linear", prefix, layer)


def _gaussians(grid: FloatTensor, epsilon: FloatTensor) -> list[Basis]:
    n, size = grid.shape
    rows: list[tuple[Fraction, list[Fraction]]] = [
        (epsilon[i, 0], [grid[i, g] for g in range(size)]) for i in range(n)
    ]
    return [
        AtomBasis(tuple(Atom("gaussian", e, -e * t) for t in points))
        for e, points in rows
    ]


FAMILY = Family(
    Format(
        "kanlib",
        "state dict of julianhoever/KANLib, its Linear layers (bspline or grbf)",
        "B-splines, spline weights, bias",
        "SiLU branch; Gaussians of grbf (units of that kind)",
        ("prefix",),
        "prefix where layers have names of their own",
        "both forms",
        "kanlib",
    ),
    is_kanlib,
    load_kanlib,
)
