"""Any piecewise polynomial is its left tail plus truncated powers at its jumps.

f(x) = tail(x) + sum_t sum_r J[t, r] (x - t)_+^r with J the Taylor coefficients at t of
the piece right of t minus the piece left of it. A non-zero J[t, 0] is a true jump and
gives the indicator of x >= t, which no ReLU^p network with p >= 1 contains.

References: Schumaker, "Spline Functions: Basic Theory" (2007), section 4.2.
"""

from __future__ import annotations

from fractions import Fraction

from kan_equiv.errors import ConversionError
from kan_equiv.ir.basis import (
    Basis,
    ConcatenatedBasis,
    MonomialBasis,
    PiecewiseBasis,
    TruncatedPowerBasis,
)
from kan_equiv.ir.rational import RationalBasis
from kan_equiv.ir.stage import Stage
from kan_equiv.rules.change_of_basis import (
    ChangeOfBasis,
    change_bank,
    from_rows,
    identity_change,
)

__all__ = ["piecewise_change", "piecewise_to_truncated_power"]

NAME = "piecewise_to_truncated_power"
LEMMA = "PiecewiseToTruncatedPower.piecewise_to_truncated_power"  # in proofs/theories


def piecewise_change(basis: Basis) -> ChangeOfBasis:
    """Return the change to monomials and truncated powers.

    Raises:
        ConversionError: a function jumps, or has an isolated value, at a breakpoint, or
            has ratios of polynomials for pieces.
    """
    monomials: set[int] = set()
    hinges: set[tuple[Fraction, int]] = set()
    wanted: list[tuple[dict[int, Fraction], dict[tuple[Fraction, int], Fraction]]] = []
    constants: list[Fraction] = []
    for k, f in enumerate(basis.functions()):
        if f.ratios:
            raise ConversionError(
                f"function {k} of a {type(basis).__name__} has "
                f"{f.ratios.terms[0].denominator} for a denominator: pieces of ReLU^p "
                "units are polynomials, so no network of them equals it"
            )
        left = enumerate(f.pieces.pieces[0].coefficients)
        tail = {r: c for r, c in left if r and c}
        jumps: dict[tuple[Fraction, int], Fraction] = {}
        for jump in f.pieces.jumps():
            if jump.deviation or (jump.coefficients and jump.coefficients[0]):
                raise ConversionError(
                    f"function {k} of a {type(basis).__name__} is discontinuous at "
                    f"knot t={jump.at}: no network of continuous units equals it. "
                    "Check the knots there (a knot of multiplicity degree + 1, or a "
                    "half-open convention at the end of the grid)."
                )
            for r, c in enumerate(jump.coefficients):
                if c:
                    jumps[jump.at, r] = c
        monomials |= set(tail)
        hinges |= set(jumps)
        wanted.append((tail, jumps))
        constants.append(f.pieces.pieces[0].coefficient(0))
    degrees = tuple(sorted(monomials))
    terms = tuple(sorted(hinges))
    parts: list[Basis] = []
    if degrees:
        parts.append(MonomialBasis(degrees))
    if terms or not degrees:
        parts.append(TruncatedPowerBasis(terms or ((Fraction(0), 1),)))
    new = parts[0] if len(parts) == 1 else ConcatenatedBasis(tuple(parts))
    where = {d: c for c, d in enumerate(degrees)}
    at = {t: len(degrees) + c for c, t in enumerate(terms)}
    rows = [
        {where[r]: c for r, c in tail.items()} | {at[t]: c for t, c in jumps.items()}
        for tail, jumps in wanted
    ]
    return from_rows(new, rows, constants)


def _change(basis: Basis) -> ChangeOfBasis:
    if isinstance(basis, (PiecewiseBasis, RationalBasis)):
        return piecewise_change(basis)
    return identity_change(basis)


def piecewise_to_truncated_power(stage: Stage) -> tuple[Stage, ...] | None:
    """Rewrite a bank of piecewise polynomials as monomials and truncated powers."""
    return change_bank(stage, _change)
