"""faster-kan (AthanasiosDelis): bumps 1 - tanh^2 of the normalized inputs.

What its forward computes; inv_denominator is stored, and used by gradients only::

    y_o = sum_i sum_g spline_linear.weight[o, i G + g] (1 - tanh^2(u_i - grid[g]))

with u = LayerNorm(x). There is no base branch and no bias.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.importers.chain import load_chain, prefixes_of
from kan_equiv.importers.family import Family, Format
from kan_equiv.importers.layers import per_point
from kan_equiv.importers.norms import TORCH_EPSILON, layer_norm
from kan_equiv.importers.tensors import StateDict, take
from kan_equiv.ir.basis import AtomBasis, PiecewiseBasis
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Affine, Bank, Stage
from kan_equiv.ir.univariate import Atom

__all__ = ["FAMILY", "load_faster_kan"]

REQUIRED = ("rbf.inv_denominator", "rbf.grid", "spline_linear.weight")
NORM = ("layernorm.weight", "layernorm.bias")


def is_faster_kan(state: StateDict) -> bool:
    """Whether the keys hold FasterKANLayer layers."""
    return bool(prefixes_of(state, REQUIRED))


def load_faster_kan(state: StateDict, *, prefix: str | Sequence[str] = "") -> Network:
    """Import a chain of FasterKANLayer from a state dict.

    Args:
        state: the state dict.
        prefix: what the keys of the chain start with, or a list with the prefix of each
            layer in the order they are applied.

    Raises:
        UnsupportedModelError: layers of unknown order, or other weights beside them.
    """
    bump = PiecewiseBasis((PiecewisePolynomial.of([1, 0, -1]),))

    def layer(p: str, _: int, inputs: int | None) -> tuple[Stage, ...]:
        grid = take(state, p + "rbf.grid", (None,))
        weight = take(state, p + "spline_linear.weight", (None, None))
        spline = per_point(weight, grid.size, inputs)
        n = spline.inputs
        norm = layer_norm(state, (p + NORM[0], p + NORM[1]), n, TORCH_EPSILON)
        tanhs = tuple(Atom("tanh", Fraction(1), -g) for g in grid.fractions())
        return (
            *norm,
            Bank((AtomBasis(tanhs),), (0,) * n),
            Bank((bump,), (0,) * spline.in_features),
            Affine.linear(spline),
        )

    return load_chain(state, REQUIRED, NORM, "FasterKANLayer", prefix, layer)


FAMILY = Family(
    Format(
        "faster-kan",
        "state dict of AthanasiosDelis/faster-kan",
        "grid and squares; inv_denominator is not used, as in its forward",
        "layer normalization (equal by congruence only); tanh units",
        ("prefix",),
        "prefix where layers have names of their own",
        "both forms: tanh units, then ReLU^2 units; no module: layer normalization is "
        "not emitted",
        "faster_kan",
    ),
    is_faster_kan,
    load_faster_kan,
)
