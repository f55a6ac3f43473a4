"""B-splines as clamped truncated powers: the form that floats can run.

With c a knot inside the support of B_k::

    B_k(x) = sum_{t_j < c} M[k, j] (min(x, c) - t_j)_+^p
           + sum_{t_j > c} (-1)^(p+1) M[k, j] (t_j - max(x, c))_+^p - B_k(c)

because left of c only the left powers see x, right of c only the mirrored ones, and
each sum is B_k(c) at c. M is the map to one-sided powers; the mirrored signs come from
sum_j M[k, j] (x - t_j)^p = 0.

Source: design section 4, rewrite 5; measured in the numerics study of kan_equiv.
"""

from __future__ import annotations

from fractions import Fraction

from kan_equiv.ir.basis import Basis, BSplineBasis, LocalBasis
from kan_equiv.ir.stage import Stage
from kan_equiv.rules.bspline_to_truncated_power import grid_map
from kan_equiv.rules.change_of_basis import (
    ChangeOfBasis,
    change_bank,
    from_rows,
    identity_change,
)

__all__ = ["bspline_to_local"]

NAME = "bspline_to_local"
LEMMA = "BsplineToLocal.bspline_to_local"  # in proofs/theories


def _change(basis: Basis) -> ChangeOfBasis:
    simple = (
        isinstance(basis, BSplineBasis) and basis.degree >= 1 and basis.knots.is_simple
    )
    if not simple:
        return identity_change(basis)
    assert isinstance(basis, BSplineBasis)
    t, p = basis.knots, basis.degree
    centers = tuple(k + (p + 1) // 2 for k in range(len(basis)))
    local = LocalBasis(t, p, centers)
    mirror = Fraction(1 if p % 2 else -1)
    one_sided = grid_map(t, p)
    rows: list[dict[int, Fraction]] = [{} for _ in centers]
    constants = [Fraction(0)] * len(centers)
    for column, (k, j, side) in enumerate(local.terms()):
        m = one_sided[k][j]
        if side < 0:
            rows[k][column] = m
            constants[k] -= m * (t[centers[k]] - t[j]) ** p
        else:
            rows[k][column] = m * mirror
    return from_rows(local, rows, constants)


def bspline_to_local(stage: Stage) -> tuple[Stage, ...] | None:
    """Rewrite a bank of B-splines on simple knots as a bank of clamped powers."""
    return change_bank(stage, _change)
