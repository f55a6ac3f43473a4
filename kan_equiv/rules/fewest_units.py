"""A layer with the fewest units: every function once, and only what is read.

In sum_c w_c f_c(x_i(c)) + b the columns of one function of one input are added up;
columns that are 0 are left out, constants move to b, and inputs that nothing reads are
not selected. What is left of a continuous piecewise linear layer is one ReLU for every
input and every point where some edge of this input bends, besides copies of inputs. No
network of one hidden layer with an affine bypass has fewer: each unit bends along one
hyperplane, and the layer bends along all of these. For ReLU^p of mixed degrees p the
same holds for pairs of a point and a degree, by the independence of truncated powers.

Sources: Schumaker, "Spline Functions: Basic Theory" (2007), theorem 4.5; Pinkus, "Ridge
Functions" (2015), chapter 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from kan_equiv.ir.atom import Atom
from kan_equiv.ir.basis import (
    AtomBasis,
    Basis,
    ConcatenatedBasis,
    MonomialBasis,
    TruncatedPowerBasis,
)
from kan_equiv.ir.stage import Affine, Bank, Stage, select
from kan_equiv.rules.derivation import Derivation
from kan_equiv.rules.drop_dead_units import merge_selection
from kan_equiv.rules.expand_to_affine import IDENTITY_COLUMN
from kan_equiv.rules.integer_rows import Array, IntegerRows

__all__ = ["fewest_units", "layers_of_fewest_units"]

NAME = "fewest_units"
LEMMA = "FewestUnits.fewest_units"
Term: TypeAlias = "int | tuple[Fraction, int] | Atom"
"""A power, a truncated power, or an atom."""


def layers_of_fewest_units(derivation: Derivation) -> Derivation:
    """Rewrite every bank before one dense affine stage, the last one first."""
    for s in reversed(range(len(derivation.target.stages) - 1)):
        bank, affine = derivation.target.stages[s : s + 2]
        if not isinstance(bank, Bank) or not isinstance(affine, Affine):
            continue
        new = fewest_units(bank, affine)
        if new is None or new[-2].out_features == bank.out_features:
            continue
        derivation = derivation.then(NAME, s, 2, new)
        before = derivation.target.stages[s - 1] if s else None
        if len(new) == 3 and isinstance(before, Affine):
            derivation = merge_selection(derivation, s - 1)
    return derivation


def fewest_units(bank: Bank, affine: Affine) -> tuple[Stage, ...] | None:
    """Return an equal window: bank and affine stage, behind a selection of inputs.

    None where a basis is of another kind than powers, truncated powers and atoms that
    are defined everywhere.

    >>> from kan_equiv.ir.build import mlp
    >>> from kan_equiv.exact.tensor import RationalTensor
    >>> twice = TruncatedPowerBasis(
    ...     ((Fraction(1), 1), (Fraction(2), 1), (Fraction(1), 1))
    ... )
    >>> word = mlp([([[3, 0, 4]], [5])]).stages
    >>> new, rows = fewest_units(Bank((twice,), (0,)), word[0])
    >>> new.bases[0].terms, rows.weight.row(0)
    (((Fraction(1, 1), 1),), {0: Fraction(7, 1)})
    """
    known = [_terms(basis) for basis in bank.bases]
    if any(terms is None for terms in known):
        return None
    rows = IntegerRows.of(affine)
    columns, bias = rows.table[:, :-1], rows.table[:, -1].copy()
    sums: list[dict[Term, Array]] = []
    c = 0
    for b in bank.basis_of:
        own: dict[Term, Array] = {}
        for term in known[b] or ():
            column = columns[:, c]
            if term == 0:
                bias = bias + column
            else:
                own[term] = own[term] + column if term in own else column
            c += 1
        sums.append({t: v for t, v in own.items() if (v != 0).any()})
    kept = [i for i, own in enumerate(sums) if own]
    if not kept:
        nothing: Array = np.zeros(len(bias), dtype=object)
        kept, sums[0] = [0], dict[Term, Array]({1: nothing})
    bases: list[Basis] = []
    last: list[Array] = []
    for i in kept:
        basis, order = _written(list(sums[i]))
        bases.append(basis)
        last += [sums[i][term] for term in order]
    table = np.stack([*last, bias], axis=1)
    new = Bank.of(bases), IntegerRows(table, rows.denominator).to_affine()
    if kept == list(range(bank.in_features)):
        return new
    return select(kept, bank.in_features), *new


def _terms(basis: Basis) -> list[Term] | None:
    if isinstance(basis, TruncatedPowerBasis):
        return list(basis.terms)
    if isinstance(basis, MonomialBasis):
        return list(basis.degrees)
    if isinstance(basis, AtomBasis):
        is_total = all(f.domain.is_everywhere for f in basis.functions())
        return list(basis.atoms) if is_total else None
    if isinstance(basis, ConcatenatedBasis):
        parts = [_terms(part) for part in basis.parts]
        return None if None in parts else [t for part in parts for t in part or ()]
    return None


def _written(terms: Sequence[Term]) -> tuple[Basis, list[Term]]:
    """Return the basis of these functions, and their order in it."""
    powers = sorted(t for t in terms if isinstance(t, int))
    hinges = sorted(t for t in terms if isinstance(t, tuple))
    atoms = sorted(t for t in terms if isinstance(t, Atom))
    parts: list[Basis] = []
    if powers:
        parts.append(IDENTITY_COLUMN if powers == [1] else MonomialBasis(tuple(powers)))
    if hinges:
        parts.append(TruncatedPowerBasis(tuple(hinges)))
    if atoms:
        parts.append(AtomBasis(tuple(atoms)))
    basis = parts[0] if len(parts) == 1 else ConcatenatedBasis(tuple(parts))
    return basis, [*powers, *hinges, *atoms]
