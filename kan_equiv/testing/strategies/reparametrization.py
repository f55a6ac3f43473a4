"""A basis read at a scaled and shifted argument: old(x) = M new(slope x + shift)."""

from __future__ import annotations

from fractions import Fraction

from kan_equiv.ir import (
    Atom,
    AtomBasis,
    Basis,
    BlockDiagonal,
    BSplineBasis,
    ConcatenatedBasis,
    KnotVector,
    LocalBasis,
    MonomialBasis,
    PiecewiseBasis,
    TruncatedPowerBasis,
)
from kan_equiv.rules.change_of_basis import ChangeOfBasis, from_rows

__all__ = ["reparametrized"]


def reparametrized(
    basis: Basis, slope: Fraction, shift: Fraction
) -> ChangeOfBasis | None:
    """Return the change of basis for a slope other than 0, in the same class if it can.

    None for ratios of polynomials.

    >>> relu = TruncatedPowerBasis(((Fraction(0), 2),))
    >>> change = reparametrized(relu, Fraction(3), Fraction(0))
    >>> change is not None and change.matrix.row(0)  # x_+^2 = (3x)_+^2 / 9
    {0: Fraction(1, 9)}
    """
    scales = [Fraction(1)] * len(basis)
    new: Basis
    if isinstance(basis, ConcatenatedBasis):
        parts: list[ChangeOfBasis] = []
        for part in basis.parts:
            change = reparametrized(part, slope, shift)
            if change is None:
                return None
            parts.append(change)
        blocks = list(dict.fromkeys(p.matrix for p in parts))
        matrix = BlockDiagonal(
            tuple(blocks), tuple(blocks.index(p.matrix) for p in parts)
        )
        constants = (Fraction(0),) * len(basis)
        new = ConcatenatedBasis(tuple(p.new for p in parts))
        return ChangeOfBasis(new, matrix, constants)
    if isinstance(basis, AtomBasis):
        new = AtomBasis(
            tuple(
                Atom(a.name, a.slope / slope, a.shift - a.slope * shift / slope)
                for a in basis.atoms
            )
        )
    elif isinstance(basis, TruncatedPowerBasis) and slope > 0:
        new = TruncatedPowerBasis(tuple((t * slope + shift, d) for t, d in basis.terms))
        scales = [slope**-d for _, d in basis.terms]
    elif isinstance(basis, BSplineBasis) and slope > 0:
        new = BSplineBasis(_moved(basis.knots, slope, shift), basis.degree)
    elif isinstance(basis, LocalBasis) and slope > 0:
        knots = _moved(basis.knots, slope, shift)
        new = LocalBasis(knots, basis.degree, basis.centers)
        scales = [slope**-basis.degree] * len(basis)
    elif isinstance(basis, MonomialBasis) and not shift:
        new, scales = basis, [slope**-d for d in basis.degrees]
    else:
        functions = basis.functions()
        if not all(f.is_piecewise_polynomial for f in functions):
            return None
        inverse = 1 / slope, -shift / slope
        new = PiecewiseBasis(
            tuple(f.pieces.compose_affine(*inverse) for f in functions)
        )
    rows = [{k: v} for k, v in enumerate(scales)]
    return from_rows(new, rows, [Fraction(0)] * len(rows))


def _moved(knots: KnotVector, slope: Fraction, shift: Fraction) -> KnotVector:
    return KnotVector(tuple(t * slope + shift for t in knots.knots))
