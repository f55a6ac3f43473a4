"""Networks by hand: KAN layers from edges, MLPs from weights."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from kan_equiv.errors import ValidationError
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.tensor import FloatTensor, RationalTensor, Tensor
from kan_equiv.ir.basis import (
    AtomBasis,
    Basis,
    ConcatenatedBasis,
    MonomialBasis,
    PiecewiseBasis,
    TruncatedPowerBasis,
)
from kan_equiv.ir.linear import Dense
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Affine, Bank, Stage
from kan_equiv.ir.univariate import Atom, Univariate

__all__ = ["kan", "mlp"]


def kan(edges: Sequence[Sequence[Any]]) -> Network:
    """Return one KAN layer from its edges, rows = outputs.

    Each edge is a function of one variable (from ``from_sympy``), a piecewise
    polynomial, or a number.

    Raises:
        ValidationError: rows of different length, or no edges.
    """
    rows = [[_edge(e) for e in row] for row in edges]
    if not rows or not rows[0] or any(len(r) != len(rows[0]) for r in rows):
        raise ValidationError("edges must be a non-empty rectangle, rows = outputs")
    m, n = len(rows), len(rows[0])
    bases: list[Basis] = []
    table: list[list[Fraction]] = [[] for _ in range(m)]
    for i in range(n):
        column = [rows[o][i] for o in range(m)]
        pieces = list(dict.fromkeys(f.pieces for f in column))
        atoms = list(dict.fromkeys(a for f in column for a, _ in f.atoms))
        parts: list[Basis] = [PiecewiseBasis(tuple(pieces))]
        if atoms:
            parts.append(AtomBasis(tuple(atoms)))
        bases.append(parts[0] if len(parts) == 1 else ConcatenatedBasis(tuple(parts)))
        for o, f in enumerate(column):
            weights = dict(f.atoms)
            table[o] += [Fraction(f.pieces == p) for p in pieces]
            table[o] += [weights.get(a, Fraction(0)) for a in atoms]
    flat = [v for row in table for v in row]
    weight = RationalTensor.from_fractions(flat, (m, len(table[0])), "edges")
    return Network(n, (Bank.of(bases), Affine.linear(Dense.matrix(weight))))


def _edge(edge: Any) -> Univariate:
    if isinstance(edge, Univariate):
        return edge
    if isinstance(edge, PiecewisePolynomial):
        return Univariate(edge)
    return Univariate(PiecewisePolynomial.of([edge]))


def mlp(
    layers: Sequence[tuple[Any, Any]], activation: str = "relu", degree: int = 1
) -> Network:
    """Return an MLP from (weight, bias) pairs, the activation between them.

    Args:
        layers: weights of shape (out, in) and biases of shape (out,) (or None); numpy
            float arrays are kept bit for bit, other numbers are taken exactly.
        activation: relu, identity, silu, tanh, sigmoid or gelu.
        degree: p of ReLU^p.

    Raises:
        ValidationError: shapes that do not chain, unknown activation.
    """
    basis = _activation(activation, degree)
    stages: list[Stage] = []
    for l, (weight, bias) in enumerate(layers):
        w = _tensor(weight, f"W{l + 1}")
        if len(w.shape) != 2:
            raise ValidationError(
                f"W{l + 1} must have shape (out, in), got shape={w.shape}"
            )
        b = _tensor([0] * w.shape[0] if bias is None else bias, f"b{l + 1}")
        if stages:
            stages.append(Bank((basis,), (0,) * stages[-1].out_features))
        stages.append(Affine(Dense.matrix(w), b))
    if not stages:
        raise ValidationError("an MLP needs at least one (weight, bias) pair")
    return Network(stages[0].in_features, tuple(stages))


def _activation(name: str, degree: int) -> Basis:
    if name == "relu" and degree >= 1:
        return TruncatedPowerBasis(((Fraction(0), degree),))
    if name == "identity":
        return MonomialBasis((1,))
    if name in ("silu", "tanh", "sigmoid", "gelu"):
        return AtomBasis((Atom(name),))
    raise ValidationError(
        "activation must be relu (degree >= 1), identity, silu, tanh, sigmoid or gelu, "
        f"got activation={name!r}, degree={degree}"
    )


def _tensor(values: Any, name: str) -> Tensor:
    if isinstance(values, (FloatTensor, RationalTensor)):
        return values
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        return FloatTensor.from_array(values, name)
    array = np.array(values, dtype=object)
    return RationalTensor.from_fractions(array.ravel().tolist(), array.shape, name)
