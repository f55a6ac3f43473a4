"""Copies and shifts: a bank is an affine stage before column-wise plain activations.

x -> (x - t)^p_+ for every knot t is: copy x, subtract the knots, apply ReLU^p to each
copy. So a bank becomes Linear (copies of inputs, biases -t) and a column-wise bank of
ReLU^p, identity and atom columns: the MLP of the note. A monomial x^d with d >= 2 is
s_d(x) + (-1)^d s_d(-x), two units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from kan_equiv.errors import ConversionError
from kan_equiv.exact.tensor import RationalTensor
from kan_equiv.ir.basis import (
    AtomBasis,
    Basis,
    ConcatenatedBasis,
    MonomialBasis,
    TruncatedPowerBasis,
)
from kan_equiv.ir.linear import BlockDiagonal, Composition, Dense, LinearMap, Selection
from kan_equiv.ir.stage import Affine, Bank, Stage

__all__ = ["IDENTITY_COLUMN", "Plan", "expand_to_affine", "is_columnwise", "plan"]

NAME = "expand_to_affine"
LEMMA = "ExpandToAffine.expand_to_affine"  # in proofs/theories
IDENTITY_COLUMN = MonomialBasis((1,))


@dataclass(frozen=True, slots=True)
class Plan:
    """f_c(x) = sum_u post[c, u] columns[u](slopes[u] * x + shifts[u])."""

    slopes: tuple[int, ...]
    shifts: tuple[Fraction, ...]
    columns: tuple[Basis, ...]
    post: LinearMap | None


def is_columnwise(bank: Bank) -> bool:
    """Whether every input goes through one plain unit: ReLU^p, identity or an atom."""
    return all(_is_plain(b) for b in bank.bases)


def _is_plain(basis: Basis) -> bool:
    if isinstance(basis, TruncatedPowerBasis):
        return len(basis) == 1 and basis.terms[0][0] == 0
    return basis == IDENTITY_COLUMN or (
        isinstance(basis, AtomBasis) and len(basis) == 1
    )


def plan(basis: Basis) -> Plan:
    """Return how one basis is made of copies, shifts and plain units.

    Raises:
        ConversionError: the basis is of a kind that another rule must rewrite first.
    """
    slopes: list[int] = []
    shifts: list[Fraction] = []
    columns: list[Basis] = []
    rows: list[dict[int, int]] = []

    def unit(slope: int, shift: Fraction, column: Basis) -> int:
        slopes.append(slope)
        shifts.append(shift)
        columns.append(column)
        return len(columns) - 1

    for part in basis.parts if isinstance(basis, ConcatenatedBasis) else (basis,):
        if isinstance(part, TruncatedPowerBasis):
            for t, d in part.terms:
                relu = TruncatedPowerBasis(((Fraction(0), d),))
                rows.append({unit(1, -t, relu): 1})
        elif isinstance(part, AtomBasis):
            rows += [{unit(1, Fraction(0), AtomBasis((a,))): 1} for a in part.atoms]
        elif isinstance(part, MonomialBasis):
            for d in part.degrees:
                if d < 2:
                    rows.append({unit(1, Fraction(0), MonomialBasis((d,))): 1})
                else:
                    repu = TruncatedPowerBasis(((Fraction(0), d),))
                    right = unit(1, Fraction(0), repu)
                    left = unit(-1, Fraction(0), repu)
                    rows.append({right: 1, left: (-1) ** d})
        else:
            raise ConversionError(
                f"a {type(part).__name__} has no plain units; rewrite it to truncated "
                "powers first"
            )
    n = len(columns)
    plain = len(rows) == n
    flat = [row.get(u, 0) for row in rows for u in range(n)]
    post = (
        None
        if plain
        else Dense.matrix(RationalTensor((len(rows), n), tuple(flat), (1,)))
    )
    return Plan(tuple(slopes), tuple(shifts), tuple(columns), post)


def copies(sources: Sequence[int], slopes: Sequence[int], inputs: int) -> LinearMap:
    """Return the map that copies input ``sources[u]`` times ``slopes[u]`` to u."""
    selection = Selection(tuple(sources), inputs)
    if all(s == 1 for s in slopes):
        return selection
    kinds = tuple(dict.fromkeys(slopes))
    blocks = tuple(Dense.matrix(RationalTensor((1, 1), (s,), (1,))) for s in kinds)
    signs = BlockDiagonal(blocks, tuple(kinds.index(s) for s in slopes))
    return Composition((selection, signs))


def expand_to_affine(stage: Stage) -> tuple[Stage, ...] | None:
    """Rewrite a bank as an affine stage and a column-wise bank of plain units."""
    if not isinstance(stage, Bank) or is_columnwise(stage):
        return None
    plans = [plan(b) for b in stage.bases]
    used = [plans[b] for b in stage.basis_of]
    sources = [i for i, p in enumerate(used) for _ in p.columns]
    slopes = [s for p in used for s in p.slopes]
    shifts = [s for p in used for s in p.shifts]
    bias = RationalTensor.from_fractions(shifts, (len(shifts),), "shifts")
    first = Affine(copies(sources, slopes, stage.in_features), bias)
    bank = Bank.of([c for p in used for c in p.columns])
    if all(p.post is None for p in plans):
        return first, bank
    return first, bank, post_stage(used)


def post_stage(used: Sequence[Plan]) -> Affine:
    """Return the block-diagonal recombination of units, one block per input."""
    blocks: dict[LinearMap, int] = {}
    block_of: list[int] = []
    for p in used:
        n = len(p.columns)
        post = p.post if p.post is not None else Selection(tuple(range(n)), n)
        block_of.append(blocks.setdefault(post, len(blocks)))
    return Affine.linear(BlockDiagonal(tuple(blocks), tuple(block_of)))
