"""Layers and grids of a loaded network: sizes, dead edges, what float32 would do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.tensor import FloatTensor, Tensor
from kan_equiv.ir.basis import (
    AtomBasis,
    Basis,
    BSplineBasis,
    ConcatenatedBasis,
    GuardedBasis,
    MonomialBasis,
    PiecewiseBasis,
    TruncatedPowerBasis,
)
from kan_equiv.ir.linear import Dense, Interleave, LinearMap
from kan_equiv.ir.network import Network
from kan_equiv.ir.rational import RationalBasis
from kan_equiv.ir.stage import Affine, Bank

__all__ = ["GridReport", "LayerReport", "examine_layers", "hinge_error_in_float32"]

Array: TypeAlias = "np.ndarray[Any, Any]"
HINGE_LIMIT = 1e-4
"""Largest error, relative to a B-spline, at which hinges in float32 count as safe."""


@dataclass(frozen=True, slots=True)
class GridReport:
    """One distinct grid of a layer.

    Attributes:
        inputs: the inputs that share it.
        degree: of its splines (of the highest piece where knots repeat).
        intervals: grid intervals G, the knots being G + 2 degree + 1; None where the
            functions are no B-splines on such knots.
        has_repeated_knots: whether the functions are pykan's own on repeated knots.
        min_relative_gap: smallest gap between knots over their largest magnitude; a
            float32 has 6e-8 of it.
        hinge_error: estimated float32 error of the one-sided hinge form, see
            :func:`hinge_error_in_float32`.
    """

    inputs: tuple[int, ...]
    degree: int
    intervals: int | None
    has_repeated_knots: bool
    min_relative_gap: float
    hinge_error: float

    @property
    def is_hinge_safe_in_float32(self) -> bool:
        """Whether the estimate stays within 1e-4 of a B-spline's size."""
        return self.hinge_error <= HINGE_LIMIT


@dataclass(frozen=True, slots=True)
class LayerReport:
    """One layer: sizes, distinct grids, base function, dead edges.

    Attributes:
        in_features: number of inputs.
        out_features: number of outputs.
        grids: one report for each distinct grid.
        base: functions beside the splines, for instance ``silu``; empty if none.
        dead_edges: edges whose coefficients, after mask and scales, are all zero.
    """

    in_features: int
    out_features: int
    grids: tuple[GridReport, ...]
    base: str
    dead_edges: int


def examine_layers(
    network: Network, is_pykan: bool = False
) -> tuple[tuple[str, ...], tuple[LayerReport, ...]]:
    """Return the float formats of all tensors, and one report per layer.

    Args:
        network: the network.
        is_pykan: whether it is pykan's, where pieces stand for repeated knots only.
    """
    dtypes: set[str] = set()
    reports: list[LayerReport] = []
    for start, stop in network.layer_slices():
        stages = network.stages[start:stop]
        for stage in stages:
            if isinstance(stage, Affine):
                dtypes |= {t.dtype for t in _tensors(stage.weight)}
                if isinstance(stage.bias, FloatTensor):
                    dtypes.add(stage.bias.dtype)
        reports.append(_layer(network.window(start, stop), is_pykan))
    return tuple(sorted(dtypes)), tuple(reports)


def _layer(layer: Network, is_pykan: bool) -> LayerReport:
    grids: list[GridReport] = []
    bases: set[str] = set()
    dead = 0
    for bank, after in zip(layer.stages, (*layer.stages[1:], None), strict=True):
        if not isinstance(bank, Bank):
            continue
        for b, basis in enumerate(bank.bases):
            inputs = tuple(i for i, own in enumerate(bank.basis_of) if own == b)
            for part in _parts(basis):
                grid = _grid(part, inputs, is_pykan)
                if grid is not None:
                    grids.append(grid)
                else:
                    bases.add(_name(part))
        if isinstance(after, Affine):
            dead += _dead_edges(bank, after.weight)
    return LayerReport(
        layer.in_features,
        layer.out_features,
        tuple(grids),
        ", ".join(sorted(bases)),
        dead,
    )


def _parts(basis: Basis) -> Iterator[Basis]:
    if isinstance(basis, ConcatenatedBasis):
        for part in basis.parts:
            yield from _parts(part)
    else:
        yield basis


def _name(basis: Basis) -> str:
    if isinstance(basis, (AtomBasis, GuardedBasis)):
        return ", ".join(dict.fromkeys(a.name for a in basis.atoms))
    if isinstance(basis, MonomialBasis):
        return "identity" if basis.degrees == (1,) else "monomials"
    if isinstance(basis, TruncatedPowerBasis):
        return "relu" if basis.terms == ((0, 1),) else "truncated powers"
    if isinstance(basis, RationalBasis):
        return "ratios of polynomials"
    return type(basis).__name__


def _grid(basis: Basis, inputs: tuple[int, ...], is_pykan: bool) -> GridReport | None:
    if isinstance(basis, PiecewiseBasis):
        degree = max(f.degree for f in basis.pieces)
        error = _piecewise_error(basis.pieces)
        gap = 0.0 if is_pykan else _smallest_gap(basis.pieces)
        return GridReport(inputs, degree, None, is_pykan, gap, error)
    if not isinstance(basis, BSplineBasis):
        return None
    t = np.array([float(k) for k in basis.knots.knots])
    size = float(np.abs(t).max())
    simple = basis.knots.is_simple
    return GridReport(
        inputs,
        basis.degree,
        len(t) - 2 * basis.degree - 1 if simple else None,
        not simple,
        float(np.diff(t).min()) / size if size else 0.0,
        hinge_error_in_float32(t.tolist(), basis.degree),
    )


def _smallest_gap(pieces: Sequence[PiecewisePolynomial]) -> float:
    """Return the smallest gap between breakpoints over their largest magnitude."""
    t = sorted({b for f in pieces for b in f.breakpoints})
    if len(t) < 2:
        return 1.0
    gap = min(b - a for a, b in pairwise(t))
    return float(gap / max(abs(t[0]), abs(t[-1])))


def hinge_error_in_float32(knots: Sequence[float], degree: int) -> float:
    """Estimate the float32 error of writing a B-spline in one-sided hinges.

    B_k(x) = sum_j M[k, j] max(x - t_j, 0)^degree has terms that grow with x and cancel;
    at the last knot each is rounded to 2^-24 of its size. So the estimate is the
    largest sum over j of ``|M[k, j]| (t_last - t_j)^degree``, times 2^-24, where B_k
    itself is at most 1. An estimate, not a bound; infinite where knots repeat.

    >>> hinge_error_in_float32([-1, 0, 1], 1) < 1e-6
    True
    >>> uniform = [h / 50 for h in range(107)]
    >>> hinge_error_in_float32(uniform, 3) > 0.1
    True
    """
    t, p = np.asarray(knots, dtype=np.float64), degree
    worst = 0.0
    for k in range(len(t) - p - 1):
        own = t[k : k + p + 2]
        gaps = own[:, None] - own[None, :]
        np.fill_diagonal(gaps, 1.0)
        if not gaps.all():
            return float("inf")
        weights = np.abs((own[-1] - own[0]) / gaps.prod(axis=1))
        worst = max(worst, float(weights @ (t[-1] - own) ** p))
    return worst * 2.0**-24


def _piecewise_error(pieces: Sequence[PiecewisePolynomial]) -> float:
    """The same estimate for any pieces, from their jumps."""
    last = max(
        (f.breakpoints[-1] for f in pieces if f.breakpoints), default=Fraction(0)
    )
    worst = Fraction(0)
    for f in pieces:
        size = Fraction(0)
        for jump in f.jumps():
            for r, c in enumerate(jump.coefficients):
                size += abs(c) * (last - jump.at) ** r
        worst = max(worst, size)
    return float(worst) * 2.0**-24


def _dead_edges(bank: Bank, weight: LinearMap) -> int:
    """Count edges without any non-zero coefficient of a non-zero function."""
    parts = weight.parts if isinstance(weight, Interleave) else (weight,)
    n = bank.in_features
    if any(not isinstance(p, Dense) or p.inputs != n for p in parts):
        return 0
    alive = np.zeros((weight.out_features, n), dtype=bool)
    start = 0
    for part in parts:
        assert isinstance(part, Dense)
        used = np.stack(
            [
                [not f.is_zero for f in basis.functions()[start : start + part.width]]
                for basis in bank.bases
            ]
        )[np.array(bank.basis_of)]
        alive |= (_nonzero(part) & used[None]).any(axis=2)
        start += part.width
    return int((~alive).sum())


def _nonzero(dense: Dense) -> Array:
    """Return where the product of the factors is not zero, shape (out, in, width)."""
    shape = (dense.out, dense.inputs, dense.width)
    out = np.ones(shape, dtype=bool)
    for tensor, axes in dense.factors:
        flags = _flags(tensor)
        if "c" in axes:
            where = axes.index("c")
            split = (*flags.shape[:where], *shape[1:], *flags.shape[where + 1 :])
            flags, axes = flags.reshape(split), axes.replace("c", "ik")
        order = sorted(range(len(axes)), key=lambda a: "oik".index(axes[a]))
        flags = flags.transpose(order)
        index = tuple(slice(None) if letter in axes else None for letter in "oik")
        out &= flags[index]
    return out


def _flags(tensor: Tensor) -> Array:
    if isinstance(tensor, FloatTensor):
        return tensor.to_float64() != 0
    return np.array([n != 0 for n in tensor.numerators]).reshape(tensor.shape)


def _tensors(weight: LinearMap) -> Iterator[FloatTensor]:
    for part in weight.parts if isinstance(weight, Interleave) else (weight,):
        if isinstance(part, Dense):
            for tensor, _ in part.factors:
                if isinstance(tensor, FloatTensor):
                    yield tensor
