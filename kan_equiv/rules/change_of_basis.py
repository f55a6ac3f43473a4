"""Change of basis on banks: B = M H + b, one small exact matrix per distinct basis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kan_equiv.exact.tensor import RationalTensor
from kan_equiv.ir.basis import Basis, ConcatenatedBasis
from kan_equiv.ir.linear import BlockDiagonal, Dense, LinearMap, Selection
from kan_equiv.ir.stage import Affine, Bank, Stage

__all__ = [
    "ChangeOfBasis",
    "change_bank",
    "change_each",
    "concatenated",
    "identity_change",
]


@dataclass(frozen=True, slots=True)
class ChangeOfBasis:
    """old(x) = matrix new(x) + constants, for every real x."""

    new: Basis
    matrix: LinearMap
    constants: tuple[Fraction, ...]


def identity_change(basis: Basis) -> ChangeOfBasis:
    """Keep a basis as it is."""
    n = len(basis)
    return ChangeOfBasis(basis, Selection(tuple(range(n)), n), (Fraction(0),) * n)


def from_rows(
    basis: Basis, rows: list[dict[int, Fraction]], constants: list[Fraction]
) -> ChangeOfBasis:
    """Build from sparse rows over the new basis."""
    n = len(basis)
    flat = [row.get(c, Fraction(0)) for row in rows for c in range(n)]
    matrix = RationalTensor.from_fractions(flat, (len(rows), n), "grid map")
    return ChangeOfBasis(basis, Dense.matrix(matrix), tuple(constants))


def concatenated(
    basis: Basis, change: Callable[[Basis], ChangeOfBasis]
) -> ChangeOfBasis:
    """Change each part of a concatenated basis on its own."""
    if not isinstance(basis, ConcatenatedBasis):
        return change(basis)
    parts = [concatenated(b, change) for b in basis.parts]
    blocks: dict[LinearMap, int] = {}
    block_of = tuple(blocks.setdefault(p.matrix, len(blocks)) for p in parts)
    return ChangeOfBasis(
        ConcatenatedBasis(tuple(b for p in parts for b in _flat(p.new))),
        BlockDiagonal(tuple(blocks), block_of),
        tuple(c for p in parts for c in p.constants),
    )


def _flat(basis: Basis) -> tuple[Basis, ...]:
    return basis.parts if isinstance(basis, ConcatenatedBasis) else (basis,)


def change_bank(
    stage: Stage, change: Callable[[Basis], ChangeOfBasis]
) -> tuple[Stage, ...] | None:
    """Rewrite a bank as the changed bank and a block-diagonal affine stage."""
    if not isinstance(stage, Bank):
        return None
    changes = [concatenated(b, change) for b in stage.bases]
    if all(c.new == b for c, b in zip(changes, stage.bases, strict=True)):
        return None
    bank = Bank(tuple(c.new for c in changes), stage.basis_of)
    blocks: dict[LinearMap, int] = {}
    of_basis = [blocks.setdefault(c.matrix, len(blocks)) for c in changes]
    weight = BlockDiagonal(tuple(blocks), tuple(of_basis[b] for b in stage.basis_of))
    constants = [c for b in stage.basis_of for c in changes[b].constants]
    bias = RationalTensor.from_fractions(constants, (len(constants),), "constants")
    return bank, Affine(weight, bias)


def change_each(
    bank: Bank, changes: Sequence[ChangeOfBasis]
) -> tuple[Stage, ...] | None:
    """Rewrite a bank by one change an input; None where none changes anything."""
    new = Bank.of([c.new for c in changes])
    if new == bank:
        return None
    blocks: dict[LinearMap, int] = {}
    block_of = tuple(blocks.setdefault(c.matrix, len(blocks)) for c in changes)
    constants = [v for c in changes for v in c.constants]
    bias = RationalTensor.from_fractions(constants, (len(constants),), "constants")
    return new, Affine(BlockDiagonal(tuple(blocks), block_of), bias)
