"""Hidden units that nothing reads are left out, with all that only they need.

Where an affine stage after a bank has zero coefficients for every function of hidden
unit i, the window bank, affine equals a selection of the other units, then the smaller
bank and affine stage; and the selection merges into the affine stage before. Pruned
networks have such units. Inputs of the network itself stay: there is nothing before.
So do units with log or sqrt, since the network is defined only where these are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kan_equiv.exact.tensor import FloatTensor, RationalTensor, Tensor
from kan_equiv.ir.domain import Box
from kan_equiv.ir.linear import Dense, Interleave, LinearMap, Selection
from kan_equiv.ir.stage import Affine, Bank, select
from kan_equiv.rules.derivation import Derivation, Range

__all__ = ["drop_dead_units", "leave_out", "merge_selection"]

NAME = "drop_dead_units"
LEMMA = "DropDeadUnits.drop_dead_units"  # in proofs/theories


def drop_dead_units(derivation: Derivation) -> Derivation:
    """Drop dead units of a KAN's hidden layers, the last layer first."""
    for s in reversed(range(1, len(derivation.target.stages) - 1)):
        before, bank, after = derivation.target.stages[s - 1 : s + 2]
        if not (
            isinstance(before, Affine)
            and isinstance(bank, Bank)
            and isinstance(after, Affine)
        ):
            continue
        alive = _alive(bank, after.weight)
        if len(alive) < bank.in_features:
            derivation = merge_selection(leave_out(derivation, s, alive), s - 1)
    return derivation


def leave_out(
    derivation: Derivation,
    s: int,
    alive: Sequence[int],
    rule: str = NAME,
    domain: Box | None = None,
    ranges: tuple[Range, ...] = (),
) -> Derivation:
    """Put a selection before the bank at s: the other units add nothing.

    Domain and ranges are where they do not: a box of the bank's inputs, None for
    everywhere.
    """
    bank, after = derivation.target.stages[s : s + 2]
    assert isinstance(bank, Bank)
    assert isinstance(after, Affine)
    chosen = select(alive, bank.in_features)
    smaller = Bank.of([bank.basis(i) for i in alive])
    kept = Affine(_columns_of(bank, after.weight, alive), after.bias)
    return derivation.then(rule, s, 2, (chosen, smaller, kept), domain, ranges)


def merge_selection(derivation: Derivation, s: int) -> Derivation:
    """Keep only the rows of the affine stage at s that the selection after it reads."""
    before, chosen = derivation.target.stages[s : s + 2]
    assert isinstance(before, Affine)
    assert isinstance(chosen, Affine)
    assert isinstance(chosen.weight, Selection)
    alive = chosen.weight.indices
    rows = Affine(_rows(before.weight, alive), _taken(before.bias, 0, alive))
    return derivation.then(NAME, s, 2, (rows,))


def _alive(bank: Bank, weight: LinearMap) -> list[int]:
    """Return the inputs that some output reads, or that need not be defined.

    At least one.
    """
    used = _used_columns(weight)
    starts = np.cumsum([0, *(len(bank.basis(i)) for i in range(bank.in_features))])
    partial = {
        b
        for b, basis in enumerate(bank.bases)
        if any(not f.domain.is_everywhere for f in basis.functions())
    }
    alive = [
        i
        for i in range(bank.in_features)
        if used[starts[i] : starts[i + 1]].any() or bank.basis_of[i] in partial
    ]
    return alive or [0]


def _used_columns(m: LinearMap) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which columns are not zero, by the factors where they are at hand."""
    if isinstance(m, Interleave):
        parts = [_used_columns(p).reshape(m.inputs, -1) for p in m.parts]
        return np.concatenate(parts, axis=1).ravel()
    if isinstance(m, Dense) and not any("c" in axes for _, axes in m.factors):
        used = np.ones((m.out, m.inputs, m.width), dtype=bool)
        for tensor, axes in m.factors:
            values = _nonzero(tensor)
            order = [axes.index(a) for a in "oik" if a in axes]
            shape = [tensor.shape[axes.index(a)] if a in axes else 1 for a in "oik"]
            used &= values.transpose(order).reshape(shape)
        return used.any(axis=0).ravel()
    used = np.zeros(m.in_features, dtype=bool)
    for c in range(m.in_features):
        _, ints, _ = m.columns([c])
        used[c] = any(ints.ravel().tolist())
    return used


def _nonzero(tensor: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    if isinstance(tensor, FloatTensor):
        return tensor.to_float64() != 0
    return np.array([bool(n) for n in tensor.numerators]).reshape(tensor.shape)


def _columns_of(bank: Bank, m: LinearMap, alive: Sequence[int]) -> LinearMap:
    """Return the map on the columns of some inputs, in the form that it has."""
    n = bank.in_features
    if isinstance(m, Interleave) and m.inputs == n:
        parts = tuple(_columns_of(bank, p, alive) for p in m.parts)
        return Interleave(len(alive), parts)
    if isinstance(m, Dense) and m.inputs == n and not _has(m, "c"):
        factors = tuple(
            (_taken(t, axes.index("i"), alive) if "i" in axes else t, axes)
            for t, axes in m.factors
        )
        return Dense(m.out, len(alive), m.width, factors)
    starts = np.cumsum([0, *(len(bank.basis(i)) for i in range(n))]).tolist()
    columns = [c for i in alive for c in range(starts[i], starts[i + 1])]
    return Dense.matrix(_taken(m.to_rational(), 1, columns))


def _rows(m: LinearMap, alive: Sequence[int]) -> LinearMap:
    if isinstance(m, Interleave):
        return Interleave(m.inputs, tuple(_rows(p, alive) for p in m.parts))
    if isinstance(m, Dense):
        factors = tuple(
            (_taken(t, axes.index("o"), alive) if "o" in axes else t, axes)
            for t, axes in m.factors
        )
        return Dense(len(alive), m.inputs, m.width, factors)
    return Dense.matrix(_taken(m.to_rational(), 0, alive))


def _has(m: Dense, letter: str) -> bool:
    return any(letter in axes for _, axes in m.factors)


def _taken(tensor: Tensor, axis: int, indices: Sequence[int]) -> Tensor:
    """Return some entries along one axis, floats bit for bit."""
    if isinstance(tensor, FloatTensor):
        width = len(tensor.data) // max(tensor.size, 1)
        raw = np.frombuffer(tensor.data, dtype=f"V{width}").reshape(tensor.shape)
        part = np.ascontiguousarray(raw.take(list(indices), axis=axis))
        return FloatTensor(tensor.dtype, part.shape, part.tobytes(), tensor.name)
    places = np.arange(tensor.size).reshape(tensor.shape)
    part = places.take(list(indices), axis=axis)
    every = list(tensor.fractions())
    values = [every[k] for k in part.ravel().tolist()]
    return RationalTensor.from_fractions(values, part.shape, tensor.name)
