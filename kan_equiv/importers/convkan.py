"""convkan (StarostinV): the KANLinear of a ConvKAN, which acts on patches.

An efficient-kan layer for each group of channels; its inputs are the unfolded patch,
channels first, then the kernel's rows and columns::

    y_go = sum_i base_weight[g, o, i] b(x_gi)
         + sum_i spline_scaler[g, o, i] sum_k spline_weight[g, o, i, k] N_k(x_gi)

with knots grid[g, i]. Unfolding, stride and padding are no part of a state dict, and
none of this function: the layer computes it at every place of an image.
"""

from __future__ import annotations

from collections.abc import Sequence

from kan_equiv.errors import UnsupportedModelError
from kan_equiv.exact.tensor import FloatTensor
from kan_equiv.importers.arguments import demanded
from kan_equiv.importers.chain import load_chain, prefixes_of
from kan_equiv.importers.family import Family, Format
from kan_equiv.importers.layers import (
    BASE_FUNCTIONS,
    REPEATED,
    base_basis,
    degree_of,
    kan_layer,
    spline_bases,
)
from kan_equiv.importers.slices import part, reshaped
from kan_equiv.importers.tensors import StateDict, take
from kan_equiv.ir.basis import Basis, BSplineBasis
from kan_equiv.ir.linear import BlockDiagonal, LinearMap
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Affine, Bank, Stage

__all__ = ["FAMILY", "load_convkan"]

REQUIRED = ("spline_weight", "grid", "base_weight")


def is_convkan(state: StateDict) -> bool:
    """Whether the keys are those of KANLinear, with an axis of groups in front."""
    return any(
        len(getattr(state[p + "spline_weight"], "shape", ())) == 4
        for p in prefixes_of(state, REQUIRED)
    )


def load_convkan(
    state: StateDict,
    *,
    base_activation: str | None = None,
    prefix: str | Sequence[str] = "",
) -> Network:
    """Import one layer of a ConvKAN, as a function of a patch.

    Args:
        state: the state dict.
        base_activation: name of the class given as ``base_activation`` (the library's
            own default is SiLU); the file does not hold it.
        prefix: what the keys of the layer start with.

    Raises:
        MissingArgumentError: base_activation is not given.
        UnsupportedModelError: several layers: what unfolds between them is not known.
        LoadError: knots that repeat (the original computes NaN there) or decrease.
    """
    what = f"the base function (one of {', '.join(BASE_FUNCTIONS)})"
    name = demanded(base_activation, "base_activation", what)
    base = base_basis(name, "base_activation", BASE_FUNCTIONS)

    def layer(p: str, l: int, _: int | None) -> tuple[Stage, ...]:
        if l:
            raise UnsupportedModelError(
                "each ConvKAN layer acts on patches, and how they are cut is not in "
                f"the file: import one layer, for instance prefix={p!r}"
            )
        return _layer(state, p, l, base)

    optional = ("spline_scaler",)
    return load_chain(state, REQUIRED, optional, "ConvKAN", prefix, layer)


def _layer(state: StateDict, p: str, l: int, base: Basis | None) -> tuple[Stage, ...]:
    weight = take(state, p + "spline_weight", (None, None, None, None))
    groups, m, n, size = weight.shape
    grid = reshaped(take(state, p + "grid", (groups, n, None)), groups * n, -1)
    base_weight = take(state, p + "base_weight", (groups, m, n))
    scaler: FloatTensor | None = None
    if p + "spline_scaler" in state:
        scaler = take(state, p + "spline_scaler", (groups, m, n))
    degree = degree_of(grid, size, l)
    splines = spline_bases(grid, l, lambda t: BSplineBasis(t, degree), REPEATED)
    bases: list[Basis] = []
    blocks: list[LinearMap] = []
    for g in range(groups):

        def own(tensor: FloatTensor, *shape: int, g: int = g) -> FloatTensor:
            return reshaped(part(tensor, g, g + 1), *shape)

        factors: tuple[tuple[FloatTensor, str], ...] = (
            (own(weight, m, n, size), "oik"),
        )
        if scaler is not None:
            factors += ((own(scaler, m, n), "oi"),)
        bank, affine = kan_layer(
            splines[g * n : (g + 1) * n],
            (m, n, size),
            factors,
            base,
            ((own(base_weight, m, n), "oi"),),
        )
        bases += [bank.basis(i) for i in range(n)]
        blocks.append(affine.weight)
    return Bank.of(bases), Affine.linear(BlockDiagonal.of(blocks))


FAMILY = Family(
    Format(
        "convkan",
        "state dict of StarostinV/convkan, one ConvKAN layer as a function of a patch",
        "B-splines, scaler, base identity, zero or relu",
        "base silu, tanh, sigmoid, gelu (units of that kind)",
        ("base_activation", "prefix"),
        "base_activation; prefix of one of several layers",
        "both forms",
        "convkan",
    ),
    is_convkan,
    load_convkan,
)
