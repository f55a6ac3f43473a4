"""fast-kan (ZiyaoLi): Gaussians of the normalized inputs, and a base branch.

With u = LayerNorm(x), absent with use_layernorm=False, and h the step of the grid,
(grid_max - grid_min)/(num_grids - 1), also where training has moved the grid::

    y_o = sum_i sum_g spline_linear.weight[o, i G + g] exp(-((u_i - grid[g])/h)^2)
        + sum_i base_linear.weight[o, i] b(x_i) + base_linear.bias[o]

The base branch, absent with use_base_update=False, reads the raw inputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from kan_equiv.errors import LoadError
from kan_equiv.exact.tensor import FloatTensor, RationalTensor, Tensor
from kan_equiv.importers.arguments import demanded, number
from kan_equiv.importers.chain import load_chain, prefixes_of
from kan_equiv.importers.family import Family, Format
from kan_equiv.importers.layers import BASE_FUNCTIONS, base_basis, per_point
from kan_equiv.importers.norms import TORCH_EPSILON, layer_norm
from kan_equiv.importers.tensors import StateDict, take
from kan_equiv.ir.basis import AtomBasis, Basis
from kan_equiv.ir.linear import BlockDiagonal, Dense, Interleave, LinearMap, Selection
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Affine, Bank, Parallel, Stage, select, zero_bias
from kan_equiv.ir.univariate import Atom

__all__ = ["FAMILY", "load_fast_kan"]

REQUIRED = ("rbf.grid", "spline_linear.weight")
NORM = ("layernorm.weight", "layernorm.bias")
BASE = ("base_linear.weight", "base_linear.bias")


def is_fast_kan(state: StateDict) -> bool:
    """Whether the keys hold FastKANLayer layers."""
    return any(
        p + "rbf.inv_denominator" not in state for p in prefixes_of(state, REQUIRED)
    )


def load_fast_kan(
    state: StateDict,
    *,
    grid_min: Any = None,
    grid_max: Any = None,
    base_activation: str | None = None,
    prefix: str | Sequence[str] = "",
) -> Network:
    """Import a chain of FastKANLayer from a state dict.

    Args:
        state: the state dict.
        grid_min: first point of the grid that the layers were made with.
        grid_max: last point of it.
        base_activation: name of the base function that they were made with, where there
            is a base branch (the library's own default is silu).
        prefix: what the keys of the chain start with, or a list with the prefix of each
            layer in the order they are applied.

    Raises:
        MissingArgumentError: one of them is not given; no file holds them.
        LoadError: grid_min is not less than grid_max, or shapes disagree.
    """
    lo = number(grid_min, "grid_min", "the first point of the grid")
    hi = number(grid_max, "grid_max", "the last point of the grid")
    basis: Basis | None = None
    if any(k.endswith(BASE[0]) for k in state):
        what = f"the base function (one of {', '.join(BASE_FUNCTIONS)})"
        name = demanded(base_activation, "base_activation", what)
        basis = base_basis(name, "base_activation", BASE_FUNCTIONS)

    def layer(p: str, l: int, inputs: int | None) -> tuple[Stage, ...]:
        grid = take(state, p + "rbf.grid", (None,))
        step = _step(grid, lo, hi, l)
        weight = take(state, p + "spline_linear.weight", (None, None))
        spline = per_point(weight, grid.size, inputs)
        m, n = spline.out, spline.inputs
        gaussians = AtomBasis(
            tuple(Atom("gaussian", 1 / step, -g / step) for g in grid.fractions())
        )
        norm = _norm(state, p, n)
        if p + BASE[0] not in state:
            bank = Bank((gaussians,), (0,) * n)
            return *norm, bank, Affine.linear(spline)
        base = take(state, p + BASE[0], (m, n))
        bias: Tensor = zero_bias(m)
        if p + BASE[1] in state:
            bias = take(state, p + BASE[1], (m,))
        return _with_base(norm, gaussians, spline, basis, base, bias)

    optional = (*NORM, *BASE)
    return load_chain(state, REQUIRED, optional, "FastKANLayer", prefix, layer)


def _step(grid: FloatTensor, lo: Fraction, hi: Fraction, l: int) -> Fraction:
    if grid.size < 2 or lo >= hi:
        raise LoadError(
            f"layer {l}: a grid needs two points or more, and grid_min < grid_max, got "
            f"{grid.size} points, grid_min={float(lo)}, grid_max={float(hi)}"
        )
    return (hi - lo) / (grid.size - 1)


def _norm(state: StateDict, p: str, n: int) -> tuple[Stage, ...]:
    if p + NORM[0] not in state:
        return ()
    return layer_norm(state, (p + NORM[0], p + NORM[1]), n, TORCH_EPSILON)


def _with_base(
    norm: tuple[Stage, ...],
    gaussians: Basis,
    spline: Dense,
    basis: Basis | None,
    base: FloatTensor,
    bias: Tensor,
) -> tuple[Stage, ...]:
    n = base.shape[1]
    if basis is None:
        bank = Bank((gaussians,), (0,) * n)
        return *norm, bank, Affine(spline, bias)
    total = Interleave(1, (spline, Dense.matrix(base)))
    banks = Bank((gaussians, basis), (0,) * n + (1,) * n), Affine(total, bias)
    both = select([*range(n), *range(n)], n)
    if not norm:
        return both, *banks
    # Two copies of x: one is normalized, one goes to the base branch as it is.
    atom, learned = norm
    assert isinstance(learned, Affine)
    split = Parallel((Network(n, (atom,)), Network(n, ())))
    same: LinearMap = Selection(tuple(range(n)), n)
    scaled = BlockDiagonal((learned.weight, same), (0, 1))
    return both, split, Affine(scaled, _padded(learned.bias, n)), *banks


def _padded(bias: Tensor, n: int) -> Tensor:
    values = [*bias.fractions(), *[Fraction(0)] * n]
    return RationalTensor.from_fractions(values, (len(values),), "shift")


FAMILY = Family(
    Format(
        "fast-kan",
        "state dict of ZiyaoLi/fast-kan",
        "grid, base identity, zero or relu",
        "layer normalization (equal by congruence only); Gaussians, base silu, tanh, "
        "sigmoid, gelu (units of that kind)",
        ("grid_min", "grid_max", "base_activation", "prefix"),
        "grid_min, grid_max; base_activation where there is a base branch",
        "both forms: Gaussian units beside the base's; no module: layer normalization "
        "is not emitted",
        "fast_kan",
    ),
    is_fast_kan,
    load_fast_kan,
)
