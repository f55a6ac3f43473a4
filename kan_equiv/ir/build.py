"""Networks by hand: KAN layers from edges, MLPs from weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from kan_equiv.errors import UnsupportedExpressionError, ValidationError
from kan_equiv.exact.interval_union import EVERYWHERE
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.tensor import FloatTensor, RationalTensor, Tensor
from kan_equiv.ir.basis import (
    AtomBasis,
    Basis,
    ConcatenatedBasis,
    GuardedBasis,
    MonomialBasis,
    PiecewiseBasis,
    TruncatedPowerBasis,
)
from kan_equiv.ir.linear import Dense
from kan_equiv.ir.network import Network
from kan_equiv.ir.rational import RationalBasis
from kan_equiv.ir.stage import Affine, Bank, Stage
from kan_equiv.ir.univariate import Atom, Univariate

__all__ = ["kan", "mlp"]


def kan(edges: Sequence[Any]) -> Network:
    """Return a KAN from its edges: one layer, or a list of layers.

    Args:
        edges: one matrix, rows = outputs, or a list of such matrices, the first one
            applied first. An edge is a function of one variable (from
            ``from_sympy``), a piecewise polynomial, a SymPy expression in one symbol,
            or a number (a float bit for bit).

    Raises:
        ValidationError: rows of different length, no edges, or layers that do not
            chain.
        UnsupportedExpressionError: an expression that has no exact counterpart.

    >>> square = PiecewisePolynomial.of([0, 0, 1])
    >>> kan([[square, 2]])([3, 5])
    (Fraction(11, 1),)
    """
    stages: list[Stage] = []
    if hasattr(edges, "tolist"):  # numpy arrays and SymPy matrices
        edges = edges.tolist()  # type: ignore[attr-defined]
    if not isinstance(edges, (list, tuple)):
        raise ValidationError(f"edges must be a list of rows, got {edges!r}")
    stacked = bool(edges) and all(_is_rows(layer) for layer in edges)
    for l, layer in enumerate(edges if stacked else [edges]):
        bank, affine = _layer(layer, l)
        if stages and stages[-1].out_features != bank.in_features:
            raise ValidationError(
                f"layer {l} takes {bank.in_features} inputs, but layer {l - 1} gives "
                f"{stages[-1].out_features}"
            )
        stages += [bank, affine]
    return Network(stages[0].in_features, tuple(stages))


def _is_rows(layer: Any) -> bool:
    return isinstance(layer, (list, tuple)) and any(
        isinstance(row, (list, tuple)) for row in layer
    )


def _layer(edges: Sequence[Sequence[Any]], l: int) -> tuple[Bank, Affine]:
    if not edges or any(not isinstance(r, (list, tuple)) or not r for r in edges):
        raise ValidationError(
            f"layer {l}: edges must be a non-empty list of non-empty rows, one per "
            "output"
        )
    rows = [
        [_edge(e, f"layer {l}, edge (input={i}, output={o})") for i, e in enumerate(r)]
        for o, r in enumerate(edges)
    ]
    m, n = len(rows), len(rows[0])
    for o, row in enumerate(rows):
        if len(row) != n:
            raise ValidationError(
                f"layer {l}: row {o} has {len(row)} edges, row 0 has {n}; rows are "
                "outputs, and each needs one edge per input"
            )
    bases: list[Basis] = []
    table: list[list[Fraction]] = [[] for _ in range(m)]
    for i in range(n):
        column = [rows[o][i] for o in range(m)]
        pieces = list(dict.fromkeys(f.pieces for f in column if not f.pieces.is_zero))
        atoms = list(dict.fromkeys(a for f in column for a, _ in f.atoms))
        atoms += [a for a in _guards(column, atoms) if a not in atoms]
        plain = [a for a in atoms if a.where.is_everywhere]
        guarded = [a for a in atoms if not a.where.is_everywhere]
        ratios = list(dict.fromkeys(f.ratios for f in column if f.ratios))
        parts: list[Basis] = []
        if pieces or not (atoms or ratios):
            pieces = pieces or [PiecewisePolynomial.of([])]
            parts.append(PiecewiseBasis(tuple(pieces)))
        if plain:
            parts.append(AtomBasis(tuple(plain)))
        if guarded:
            parts.append(GuardedBasis(tuple(guarded)))
        if ratios:
            parts.append(RationalBasis(tuple(ratios)))
        bases.append(parts[0] if len(parts) == 1 else ConcatenatedBasis(tuple(parts)))
        for o, f in enumerate(column):
            weights = dict(f.atoms)
            table[o] += [Fraction(f.pieces == p) for p in pieces]
            table[o] += [weights.get(a, Fraction(0)) for a in (*plain, *guarded)]
            table[o] += [Fraction(f.ratios == r) for r in ratios]
    flat = [v for row in table for v in row]
    weight = RationalTensor.from_fractions(flat, (m, len(table[0])), "edges")
    return Bank.of(bases), Affine.linear(Dense.matrix(weight))


def _guards(column: Sequence[Univariate], atoms: Sequence[Atom]) -> Iterator[Atom]:
    """Yield atoms, of coefficient 0, that are defined just where all functions are."""
    held = domain = EVERYWHERE
    for f in column:
        domain = domain & f.domain
    for a in atoms:
        held = held & a.domain
    if held == domain:
        return
    spans = list(domain.intervals()) or [(Fraction(0), Fraction(0))]
    if len(spans) > 1:  # the root of -1 where the domain is not
        yield Atom("sqrt", Fraction(0), Fraction(-1), ~domain)
        return
    ((lo, hi),) = spans
    for end, slope in ((lo, Fraction(1)), (hi, Fraction(-1))):
        if end is not None:
            name = "sqrt" if end in domain else "log"
            yield Atom(name, slope, -slope * end)


def _edge(edge: Any, where: str) -> Univariate:
    if isinstance(edge, Univariate):
        return edge
    if isinstance(edge, PiecewisePolynomial):
        return Univariate(edge)
    symbols: set[Any] | None = getattr(edge, "free_symbols", None)
    try:
        if not symbols:
            return Univariate(PiecewisePolynomial.of([edge]))
        if len(symbols) > 1:
            raise ValidationError(
                f"an edge is a function of one input, got {edge} in "
                f"{sorted(map(str, symbols))}"
            )
        from kan_equiv.ir.from_sympy import univariate_from_sympy

        return univariate_from_sympy(edge, next(iter(symbols)))
    except (ValidationError, UnsupportedExpressionError) as error:
        raise type(error)(f"{where}: {error}") from error


def mlp(
    layers: Sequence[tuple[Any, Any]], activation: str = "relu", degree: int = 1
) -> Network:
    """Return an MLP from (weight, bias) pairs, the activation between them.

    Args:
        layers: weights of shape (out, in) and biases of shape (out,) (or None); numpy
            float arrays are kept bit for bit, other numbers are taken exactly.
        activation: relu, identity, silu, tanh, sigmoid or gelu.
        degree: p >= 1 of ReLU^p; 1 for the other activations.

    Raises:
        ValidationError: shapes that do not chain, unknown activation.
        NonFiniteWeightError: a weight is NaN or infinite.

    >>> mlp([([[1, -1]], [0]), ([["1/2"]], None)])([3, 1])
    (Fraction(1, 1),)
    """
    basis = _activation(activation, degree)
    stages: list[Stage] = []
    for l, pair in enumerate(layers, start=1):
        try:
            weight, bias = pair
        except (TypeError, ValueError) as error:
            raise ValidationError(f"layer {l} must be a (weight, bias) pair") from error
        w = _tensor(weight, f"W{l}")
        if len(w.shape) != 2 or 0 in w.shape:
            raise ValidationError(f"W{l} must have shape (out, in), got {w.shape}")
        b = _tensor([0] * w.shape[0] if bias is None else bias, f"b{l}")
        if b.shape != w.shape[:1]:
            raise ValidationError(
                f"b{l} must have shape {w.shape[:1]} for W{l} of shape {w.shape}, got "
                f"{b.shape}"
            )
        if stages:
            width = stages[-1].out_features
            if w.shape[1] != width:
                raise ValidationError(
                    f"W{l} takes {w.shape[1]} inputs, but W{l - 1} gives {width}"
                )
            stages.append(Bank((basis,), (0,) * width))
        stages.append(Affine(Dense.matrix(w), b))
    if not stages:
        raise ValidationError("an MLP needs at least one (weight, bias) pair")
    return Network(stages[0].in_features, tuple(stages))


def _activation(name: str, degree: int) -> Basis:
    if name == "relu" and degree >= 1:
        return TruncatedPowerBasis(((Fraction(0), degree),))
    if name == "identity" and degree == 1:
        return MonomialBasis((1,))
    if name in ("silu", "tanh", "sigmoid", "gelu") and degree == 1:
        return AtomBasis((Atom(name),))
    raise ValidationError(
        "activation must be relu (degree >= 1), or identity, silu, tanh, sigmoid or "
        f"gelu (degree 1), got activation={name!r}, degree={degree}"
    )


def _tensor(values: Any, name: str) -> Tensor:
    if isinstance(values, (FloatTensor, RationalTensor)):
        return values
    if hasattr(values, "__array__"):
        values = np.asarray(values)
        if values.dtype.kind == "f":
            return FloatTensor.from_array(values, name)
    array = np.array(values, dtype=object)
    return RationalTensor.from_fractions(array.ravel().tolist(), array.shape, name)
