"""pykan 0.0.x: state dicts that ``save_ckpt`` wrote, before version 0.1.

Edges are in one axis, outputs first: row o n_in + i of coef (n_out n_in, G + p), grid
(n_out n_in, G + 1), scale_base, scale_sp and mask (n_out n_in,). The forward extends
the grid by p steps of (t_G - t_0)/G on both sides, which is done exactly here. Then::

    x_{l+1, o} = sum_i mask (scale_base b(x_i) + scale_sp sum_k coef_k N_k(x_i))
                 + symbolic_o + biases.l.weight[0, o]

Activations that ``lock`` made one are stored one by one, so nothing of that is lost as
long as they were equal; the file does not say which were locked.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from kan_equiv.errors import LoadError
from kan_equiv.exact.tensor import FloatTensor, RationalTensor
from kan_equiv.importers.edge_grids import edge_layer
from kan_equiv.importers.layers import REPEATED, Factors
from kan_equiv.importers.pykan_config import PykanConfig
from kan_equiv.importers.pykan_symbolic import symbolic_branch, with_symbolic
from kan_equiv.importers.slices import reshaped
from kan_equiv.importers.tensors import StateDict, take
from kan_equiv.ir.basis import Basis, BSplineBasis
from kan_equiv.ir.knots import KnotVector
from kan_equiv.ir.stage import Stage

__all__ = ["is_old", "old_layer"]


def is_old(state: StateDict) -> bool:
    """Whether the keys are those of pykan 0.0.x."""
    return "biases.0.weight" in state


def old_layer(
    state: StateDict, l: int, base: Basis | None, config: PykanConfig
) -> tuple[Stage, ...]:
    """Return the stages of one layer.

    Raises:
        LoadError: tensors do not fit, or knots repeat (the original computes NaN there)
            or decrease.
    """
    shift = take(state, f"biases.{l}.weight", (1, None))
    coef = take(state, f"act_fun.{l}.coef", (None, None))
    (m,), (edges, size) = shift.shape[1:], coef.shape
    n = edges // m
    if n * m != edges:
        raise LoadError(f"layer {l}: {edges} edges do not split over {m} outputs")
    grid = take(state, f"act_fun.{l}.grid", (edges, None))
    degree = size - (grid.shape[1] - 1)
    if degree < 1:
        raise LoadError(
            f"layer {l}: {grid.shape[1]} grid points an edge ({grid.name}) do not fit "
            f"{size} coefficients: the degree would be {degree}"
        )

    def per_edge(name: str) -> FloatTensor:
        return reshaped(take(state, f"act_fun.{l}.{name}", (edges,)), m, n)

    mask: Factors = ((per_edge("mask"), "oi"),)
    symbolic = symbolic_branch(state, l, config, (m, n))
    pairs = zip(shift.fractions(), symbolic.constants, strict=True)
    total = [b + c for b, c in pairs]
    stages = edge_layer(
        _bases(grid, degree, l, n),
        (m, n, size),
        ((reshaped(coef, m, n, size), "oik"), (per_edge("scale_sp"), "oi"), *mask),
        base,
        ((per_edge("scale_base"), "oi"), *mask),
        RationalTensor.from_fractions(total, (m,), f"bias of layer {l}"),
    )
    return with_symbolic(stages, symbolic, [Fraction(1)] * m)


def _bases(grid: FloatTensor, degree: int, l: int, n: int) -> list[BSplineBasis]:
    """Return the basis of every edge, on its extended knots; equal grids share one."""
    known: dict[tuple[Fraction, ...], BSplineBasis] = {}
    out: list[BSplineBasis] = []
    values = [Fraction(v) for v in grid.to_float64().ravel().tolist()]
    count = grid.shape[1]
    for e in range(grid.shape[0]):
        row = tuple(values[e * count : (e + 1) * count])
        if row not in known:
            if any(b <= a for a, b in pairwise(row)):
                raise LoadError(
                    f"layer {l}, edge {e % n} -> {e // n}: grid points must increase "
                    f"strictly, got {[float(t) for t in row]}. {REPEATED}"
                )
            step = (row[-1] - row[0]) / (count - 1)
            left = [row[0] - step * j for j in range(degree, 0, -1)]
            right = [row[-1] + step * j for j in range(1, degree + 1)]
            knots = KnotVector.of([*left, *row, *right])
            known[row] = BSplineBasis(knots, degree)
        out.append(known[row])
    return out
