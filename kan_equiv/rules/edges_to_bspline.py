"""Continuous piecewise polynomials on an interval are B-splines there.

On [lo, hi] take the degree p of the highest piece, a knot at each breakpoint inside,
repeated p - r + 1 times where the r-th derivative is the first to jump, and p + 1 knots
from lo down and from hi up. These B-splines span the space that the functions lie in.
The coefficient of B_k is the blossom, at t_{k+1} ... t_{k+p}, of any piece on its
support; for degree 1 the value at the middle knot, and the B-splines are hats.

References: Curry and Schoenberg (1966); de Boor, "A Practical Guide to Splines" (2001),
ch. IX; Ramshaw, "Blossoms are polar forms" (1989).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import partial

from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.ir.basis import Basis, BSplineBasis
from kan_equiv.ir.domain import Box, Interval
from kan_equiv.ir.knots import KnotVector
from kan_equiv.ir.stage import Bank, Stage
from kan_equiv.rules.change_of_basis import (
    ChangeOfBasis,
    change_each,
    concatenated,
    from_rows,
    identity_change,
)

__all__ = ["edges_to_bspline"]

NAME = "edges_to_bspline"
LEMMA = "EdgesToBspline.edges_to_bspline"


def edges_to_bspline(bank: Bank, box: Box) -> tuple[Stage, ...] | None:
    """Rewrite a bank as one of B-splines, equal on a closed box of its inputs.

    Atoms, what jumps, and inputs without a bounded interval of positive length, stay.
    None where nothing changes.

    >>> from kan_equiv.rules.expand_to_affine import IDENTITY_COLUMN
    >>> hats, values = edges_to_bspline(Bank((IDENTITY_COLUMN,), (0,)), Box([(-1, 3)]))
    >>> [str(t) for t in hats.bases[0].knots.knots], values.weight.row(0)
    (['-5', '-1', '3', '7'], {0: Fraction(-1, 1), 1: Fraction(3, 1)})
    """
    known: dict[tuple[int, Interval], ChangeOfBasis] = {}
    changes: list[ChangeOfBasis] = []
    for b, interval in zip(bank.basis_of, box, strict=True):
        if (b, interval) not in known:
            change = partial(_change, interval)
            known[b, interval] = concatenated(bank.bases[b], change)
        changes.append(known[b, interval])
    return change_each(bank, changes)


def _change(interval: Interval, basis: Basis) -> ChangeOfBasis:
    functions = basis.functions()
    lo, hi = interval.lo, interval.hi
    if lo is None or hi is None or lo == hi:
        return identity_change(basis)
    if not all(f.is_piecewise_polynomial for f in functions):
        return identity_change(basis)
    pieces = [f.pieces.continued(lo, hi) for f in functions]
    if not all(f.is_continuous for f in pieces):
        return identity_change(basis)
    degree = max([1, *(f.degree for f in pieces)])
    splines = BSplineBasis(_knots(pieces, degree, lo, hi), degree)
    rows = [_coefficients(splines, f) for f in pieces]
    return from_rows(splines, rows, [Fraction(0)] * len(rows))


def _knots(
    pieces: Sequence[PiecewisePolynomial], p: int, lo: Fraction, hi: Fraction
) -> KnotVector:
    first: dict[Fraction, int] = {}
    for jump in (j for f in pieces for j in f.jumps()):
        order = next(r for r, c in enumerate(jump.coefficients) if c)
        first[jump.at] = min(order, first.get(jump.at, p))
    inner = [t for t in sorted(first) for _ in range(p - first[t] + 1)]
    steps = [(hi - lo) * j for j in range(1, p + 1)]
    left, right = [lo - d for d in reversed(steps)], [hi + d for d in steps]
    return KnotVector((*left, lo, *inner, hi, *right))


def _coefficients(splines: BSplineBasis, f: PiecewisePolynomial) -> dict[int, Fraction]:
    """Return the coefficients that are not 0, by blossoms."""
    t, p = splines.knots.knots, splines.degree
    out: dict[int, Fraction] = {}
    for k in range(len(splines)):
        cells = range(max(k, p), min(k + p, len(splines) - 1) + 1)
        j = next(j for j in cells if t[j] < t[j + 1])
        piece = f.pieces[sum(s <= t[j] for s in f.breakpoints)]
        if value := piece.blossom(t[k + 1 : k + p + 1]):
            out[k] = value
    return out
