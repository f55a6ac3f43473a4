"""Layers of any size as a trained pykan model would have them, for benchmarks."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

import kan_equiv as ke
from kan_equiv.exact import FloatTensor
from kan_equiv.ir import Affine, Bank, BSplineBasis, Dense, KnotVector, Network


def float32_layer(
    n: int, m: int, intervals: int, degree: int, seed: int = 0
) -> Network:
    """One layer; every input has a float32 grid of its own, extended as pykan does."""
    rng = np.random.default_rng(seed)
    size = intervals + degree
    coef = (rng.standard_normal((n, m, size)) * 0.1).astype(np.float32)
    lo = (-1 - rng.random(n)).astype(np.float32)
    hi = (1 + rng.random(n)).astype(np.float32)
    grid = np.stack(
        [
            np.linspace(a, b, intervals + 1, dtype=np.float32)
            for a, b in zip(lo, hi, strict=True)
        ]
    )
    step = ((grid[:, -1:] - grid[:, :1]) / np.float32(intervals)).astype(np.float32)
    for _ in range(degree):
        grid = np.concatenate([grid[:, :1] - step, grid, grid[:, -1:] + step], axis=1)
    bank = Bank.of([BSplineBasis(KnotVector.of(row.tolist()), degree) for row in grid])
    weight = Dense(m, n, size, ((FloatTensor.from_array(coef, "coef"), "iok"),))
    return Network(n, (bank, Affine.linear(weight)))


def deep_pair(sizes: Sequence[int], seed: int = 0) -> tuple[Network, Network]:
    """A dense ReLU network, and the same one with units permuted and rescaled."""
    rng = np.random.default_rng(seed)

    def rounded(a: np.ndarray) -> np.ndarray:
        return np.round(a * 64) / 64

    plain: list[tuple[np.ndarray, np.ndarray]] = []
    other: list[tuple[np.ndarray, np.ndarray]] = []
    order, scale = np.arange(sizes[0]), np.ones(sizes[0])
    for n, m in pairwise(sizes):
        weight = rounded(rng.standard_normal((m, n)) / np.sqrt(n) * 1.4)
        bias = rounded(rng.standard_normal(m) * 0.3)
        plain.append((weight, bias))
        weight = weight[:, order] / scale
        order, scale = np.arange(m), np.ones(m)
        if len(plain) < len(sizes) - 1:
            order, scale = rng.permutation(m), np.exp2(rng.integers(-2, 3, m))
        other.append((weight[order] * scale[:, None], bias[order] * scale))
    return ke.mlp(plain), ke.mlp(other)


def smt_query(source: Network, target: Network, i: int, o: int) -> str:
    """The negated equality of one edge and its hinge form as an SMT-LIB query."""
    edge = source.edge(i, o).pieces
    first, bank, grid_map, mix = target.stages
    del bank
    assert isinstance(first, Affine)
    assert isinstance(grid_map, Affine)
    assert isinstance(mix, Affine)
    columns = [c for c in range(first.out_features) if i in first.weight.row(c)]
    shifts = list(first.bias.fractions())
    weights: dict[int, Fraction] = {}
    for k, v in mix.weight.row(o).items():
        for c, w in grid_map.weight.row(k).items():
            weights[c] = weights.get(c, Fraction(0)) + v * w
    degree = edge.degree
    hinges = [
        f"(* {_number(weights[c])} {_power(f'(+ x {_number(shifts[c])})', degree)})"
        for c in columns
        if weights.get(c)
    ]
    pieces = _polynomial(edge.pieces[-1].coefficients)
    for t, p in zip(
        reversed(edge.breakpoints), reversed(edge.pieces[:-1]), strict=True
    ):
        pieces = f"(ite (< x {_number(t)}) {_polynomial(p.coefficients)} {pieces})"
    return (
        f"(set-logic QF_{'L' if degree == 1 else 'N'}RA)\n"
        f"(declare-const x Real)\n(define-fun spline () Real {pieces})\n"
        f"(define-fun hinges () Real (+ {' '.join(hinges)} 0.0))\n"
        "(assert (not (= spline hinges)))\n(check-sat)\n"
    )


def _power(z: str, degree: int) -> str:
    factors = " ".join([z] * degree)
    return f"(ite (< {z} 0.0) 0.0 (* {factors} 1.0))"


def _polynomial(coefficients: tuple[Fraction, ...]) -> str:
    terms = [
        f"(* {_number(c)} {' '.join(['x'] * r)} 1.0)"
        for r, c in enumerate(coefficients)
        if c
    ]
    return f"(+ {' '.join(terms)} 0.0 0.0)"


def _number(v: Fraction) -> str:
    size = f"(/ {abs(v.numerator)}.0 {v.denominator}.0)"
    return f"(- {size})" if v < 0 else size
