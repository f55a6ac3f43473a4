"""Grids that are affine images of each other become one: u = (x - a)/h.

(x - t)_+^d = h^d (u - s)_+^d with s = (t - a)/h, and x = a + h u. So inputs whose knots
lie alike, up to a shift and a scale, share one basis; shift and scale move into the
affine stage before, the powers of h into the one after.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from kan_equiv.exact.tensor import RationalTensor
from kan_equiv.ir.basis import (
    Basis,
    ConcatenatedBasis,
    MonomialBasis,
    TruncatedPowerBasis,
)
from kan_equiv.ir.linear import BlockDiagonal, Dense, LinearMap
from kan_equiv.ir.stage import Affine, Bank, Stage

__all__ = ["share_grids"]

NAME = "share_grids"
LEMMA = "ShareGrids.share_grids"
ONE = Fraction(1)


class _Unit(NamedTuple):
    """old_c(x) = factors[c] new_c(u) + constants[c], u = (x - shift)/scale."""

    basis: Basis
    shift: Fraction
    scale: Fraction
    factors: tuple[Fraction, ...]
    constants: tuple[Fraction, ...]


def share_grids(stage: Stage) -> tuple[Stage, ...] | None:
    """Rewrite a bank of truncated powers and identities with fewer distinct bases.

    None where that is none.

    >>> grids = [
    ...     TruncatedPowerBasis(((Fraction(t), 1), (Fraction(t + 2 * k), 1)))
    ...     for t, k in ((0, 1), (5, 3))
    ... ]
    >>> before, bank, after = share_grids(Bank.of(grids))
    >>> len(bank.bases), before.weight.row(1), list(before.bias.fractions())[1]
    (1, {1: Fraction(1, 6)}, Fraction(-5, 6))
    """
    if not isinstance(stage, Bank):
        return None
    units = [_normalized(basis) for basis in stage.bases]
    chosen = [units[b] for b in stage.basis_of]
    shared = Bank.of([u.basis for u in chosen])
    if len(shared.bases) >= len(stage.bases):
        return None
    shifts = [-u.shift / u.scale for u in chosen]
    constants = [c for u in chosen for c in u.constants]
    return (
        Affine(_diagonal([[1 / u.scale] for u in chosen]), _vector(shifts)),
        shared,
        Affine(_diagonal([u.factors for u in chosen]), _vector(constants)),
    )


def _normalized(basis: Basis) -> _Unit:
    parts = basis.parts if isinstance(basis, ConcatenatedBasis) else (basis,)
    n = len(basis)
    same = _Unit(basis, Fraction(0), ONE, (ONE,) * n, (Fraction(0),) * n)
    knots = sorted(
        {t for p in parts if isinstance(p, TruncatedPowerBasis) for t, _ in p.terms}
    )
    plain = all(
        isinstance(p, TruncatedPowerBasis)
        or (isinstance(p, MonomialBasis) and max(p.degrees) < 2)
        for p in parts
    )
    if not plain or not knots:
        return same
    a = knots[0]
    h = knots[-1] - a or ONE
    new: list[Basis] = []
    factors: list[Fraction] = []
    constants: list[Fraction] = []
    for part in parts:
        if isinstance(part, TruncatedPowerBasis):
            terms = tuple(((t - a) / h, d) for t, d in part.terms)
            new.append(TruncatedPowerBasis(terms))
            factors += [h**d for _, d in part.terms]
            constants += [Fraction(0)] * len(terms)
        elif isinstance(part, MonomialBasis):
            new.append(part)
            factors += [h**d for d in part.degrees]
            constants += [a if d else Fraction(0) for d in part.degrees]
    written = new[0] if len(new) == 1 else ConcatenatedBasis(tuple(new))
    return _Unit(written, a, h, tuple(factors), tuple(constants))


def _diagonal(blocks: Sequence[Sequence[Fraction]]) -> BlockDiagonal:
    index: dict[LinearMap, int] = {}
    block_of: list[int] = []
    for factors in blocks:
        n = len(factors)
        flat = [
            f if i == j else Fraction(0)
            for i, f in enumerate(factors)
            for j in range(n)
        ]
        block = Dense.matrix(RationalTensor.from_fractions(flat, (n, n), "scales"))
        block_of.append(index.setdefault(block, len(index)))
    return BlockDiagonal(tuple(index), tuple(block_of))


def _vector(values: Sequence[Fraction]) -> RationalTensor:
    return RationalTensor.from_fractions(values, (len(values),), "shifts")
