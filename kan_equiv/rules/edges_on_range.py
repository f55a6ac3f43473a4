"""Edges on the interval that is reached: pieces go on, and knots beyond it are gone."""

from __future__ import annotations

from functools import partial

from kan_equiv.ir.basis import Basis, PiecewiseBasis
from kan_equiv.ir.domain import Box, Interval
from kan_equiv.ir.stage import Bank, Stage
from kan_equiv.rules.change_of_basis import (
    ChangeOfBasis,
    change_each,
    concatenated,
    identity_change,
)
from kan_equiv.rules.piecewise_to_truncated_power import piecewise_change

__all__ = ["edges_on_range"]


def edges_on_range(bank: Bank, box: Box) -> tuple[Stage, ...] | None:
    """Rewrite a bank as powers and the truncated powers that bend inside a closed box.

    Atoms, ratios, and what jumps inside, stay. None where nothing changes.

    >>> from kan_equiv.ir.basis import BSplineBasis
    >>> from kan_equiv.ir.knots import KnotVector
    >>> hats = BSplineBasis(KnotVector.of([-1, 0, 1, 2]), 1)
    >>> line, _ = edges_on_range(Bank((hats,), (0,)), Box([(0, 1)]))
    >>> line.bases
    (MonomialBasis(degrees=(1,)),)
    """
    return change_each(
        bank,
        [
            concatenated(bank.basis(i), partial(_change, side))
            for i, side in enumerate(box)
        ],
    )


def _change(side: Interval, basis: Basis) -> ChangeOfBasis:
    functions = basis.functions()
    if (side.lo is not None and side.lo == side.hi) or not all(
        f.is_piecewise_polynomial for f in functions
    ):
        return identity_change(basis)
    pieces = tuple(f.pieces.continued(side.lo, side.hi) for f in functions)
    if not all(f.is_continuous for f in pieces):
        return identity_change(basis)
    return piecewise_change(PiecewiseBasis(pieces))
