"""What a layer reaches on a box: exact interval arithmetic, ends rounded outward.

The bounds are short rationals, so that what rests on them stays short as well. The
kernel bounds every unit by itself, never worse than here.
"""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from itertools import pairwise

from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.ir.domain import Box, Interval
from kan_equiv.ir.stage import Affine, Bank
from kan_equiv.rules.integer_rows import IntegerRows
from kan_equiv.rules.restrict_to_range import row_intervals

__all__ = ["outward", "reached"]

BITS = 32


def reached(before: Affine, bank: Bank, box: Box) -> Box | None:
    """Return a closed box that holds every value of the units bank(before(x)) on a box.

    Ends may be infinite. None where a unit is no piecewise polynomial.
    """
    units = [basis.functions() for basis in bank.bases]
    if not all(f.is_piecewise_polynomial for family in units for f in family):
        return None
    arguments = row_intervals(IntegerRows.of(before), box)
    return Box(
        [
            outward(_image(f.pieces, z))
            for b, z in zip(bank.basis_of, arguments, strict=True)
            for f in units[b]
        ]
    )


def outward(interval: Interval, bits: int = BITS) -> Interval:
    """Return an interval around it whose ends have numerators of about that many bits.

    >>> str(outward(Interval.of("1/3", "2/3"), 3))
    '[5/16, 3/4]'
    """
    lo, hi = interval.lo, interval.hi
    return Interval(
        None if lo is None else -_up(-lo, bits), None if hi is None else _up(hi, bits)
    )


def _up(v: Fraction, bits: int) -> Fraction:
    size = abs(v.numerator).bit_length() - v.denominator.bit_length()
    if not v or (v.denominator == 1 and size <= bits):
        return v
    scale = Fraction(2) ** (bits - size)
    scaled = v * scale
    return -(-scaled.numerator // scaled.denominator) / scale


def _image(f: PiecewisePolynomial, z: Interval) -> Interval:
    """Return an interval that holds the values of f on one, by hulls of Bernstein's.

    Beyond the last breakpoint f counts as bounded only where all coefficients say so.
    """
    marks = {t for t in f.breakpoints if t in z}
    marks |= {x for x in (z.lo, z.hi) if x is not None}
    cuts = sorted(marks) or [Fraction(0)]
    values = [f(t) for t in cuts]
    for a, b in pairwise(cuts):
        values += f.pieces[bisect_right(f.breakpoints, a)].bernstein(a, b)
    is_open_below = is_open_above = False
    for end, start, piece, way in (
        (z.lo, cuts[0], f.pieces[0], -1),
        (z.hi, cuts[-1], f.pieces[-1], 1),
    ):
        if end is None:
            tail = piece.compose(Polynomial.of([start, way]))
            first, others = tail.coefficient(0), tail.coefficients[1:]
            values.append(first)
            is_open_below |= any(c < 0 for c in others)
            is_open_above |= any(c > 0 for c in others)
    return Interval(
        None if is_open_below else min(values), None if is_open_above else max(values)
    )
