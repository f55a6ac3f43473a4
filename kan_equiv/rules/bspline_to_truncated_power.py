"""B_k(x) = sum_j M[k, j] (x - t_j)_+^p on all of R: B-splines as truncated powers.

M[k, j] = (-1)^(p+1) (t_{k+p+1} - t_k) / prod_{l != j} (t_j - t_l), l over the p + 2
knots of B_k: a divided difference, so M has band p + 2. Repeated knots need lower
degrees and go through their jumps instead.

References: de Boor, "A Practical Guide to Splines" (2001), ch. IX, eq. (2); Curry and
Schoenberg (1966); the layer form is Lemma 1 of Qiu et al., "PowerMLP" (2025).
"""

from __future__ import annotations

from fractions import Fraction

from kan_equiv.ir.basis import Basis, BSplineBasis, TruncatedPowerBasis
from kan_equiv.ir.knots import KnotVector
from kan_equiv.ir.stage import Stage
from kan_equiv.rules.change_of_basis import (
    ChangeOfBasis,
    change_bank,
    from_rows,
    identity_change,
)
from kan_equiv.rules.piecewise_to_truncated_power import piecewise_change

__all__ = ["bspline_to_truncated_power", "grid_map"]

NAME = "bspline_to_truncated_power"
LEMMA = "BsplineToTruncatedPower.bspline_to_truncated_power"  # in proofs/theories


def grid_map(knots: KnotVector, degree: int) -> list[dict[int, Fraction]]:
    """Return the rows of M for simple knots, as {knot index: exact entry}.

    >>> grid_map(KnotVector.of([0, 1, 2]), 1)
    [{0: Fraction(1, 1), 1: Fraction(-2, 1), 2: Fraction(1, 1)}]
    """
    t, p = knots.knots, degree
    sign = -1 if p % 2 == 0 else 1
    rows: list[dict[int, Fraction]] = []
    for k in range(len(t) - p - 1):
        row: dict[int, Fraction] = {}
        for j in range(k, k + p + 2):
            product = Fraction(sign)
            for l in range(k, k + p + 2):
                if l != j:
                    product *= t[j] - t[l]
            row[j] = (t[k + p + 1] - t[k]) / product
        rows.append(row)
    return rows


def _change(basis: Basis) -> ChangeOfBasis:
    if not isinstance(basis, BSplineBasis):
        return identity_change(basis)
    if not basis.knots.is_simple or basis.degree == 0:
        return piecewise_change(basis)
    p = basis.degree
    hinges = TruncatedPowerBasis(tuple((t, p) for t in basis.knots.knots))
    rows = grid_map(basis.knots, p)
    return from_rows(hinges, rows, [Fraction(0)] * len(rows))


def bspline_to_truncated_power(stage: Stage) -> tuple[Stage, ...] | None:
    """Rewrite a bank of B-splines as a bank of truncated powers and a grid map."""
    return change_bank(stage, _change)
