"""What a layer reaches on a box: exact interval arithmetic, ends rounded outward.

The bounds are short rationals, so that what rests on them stays short as well. The
kernel bounds every unit by itself, never worse than here.
"""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from itertools import pairwise

from kan_equiv.errors import NotSeparableError
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.ir.domain import Box, Interval
from kan_equiv.ir.linear import Selection
from kan_equiv.ir.separable import SeparableForm
from kan_equiv.ir.stage import Affine, Bank
from kan_equiv.ir.univariate import Univariate
from kan_equiv.prover.spread import MARGIN, spread
from kan_equiv.rules.derivation import Range
from kan_equiv.rules.integer_rows import IntegerRows
from kan_equiv.rules.restrict_to_range import row_intervals

__all__ = ["outward", "range_of", "reached"]

BITS = 32
CUTS = 6
"""Halvings of cells of functions with atoms."""
MAX_EXPONENT = 1 << 12  # of the kernel

EVERYWHERE: dict[str, tuple[Fraction | None, Fraction | None]] = {
    "sigmoid": (Fraction(0), Fraction(1)),
    "gaussian": (Fraction(0), Fraction(1)),
    "sin": (Fraction(-1), Fraction(1)),
    "cos": (Fraction(-1), Fraction(1)),
    "silu": (Fraction(-3, 10), None),
    "gelu": (Fraction(-1, 5), None),
    "exp": (Fraction(0), None),
}
"""Bounds of f on R; tanh(z) = 2 sigmoid(2z) - 1 has none of its own."""


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


def range_of(before: Affine, bank: Bank, box: Box) -> Range | None:
    """Return what the units bank(before(x)) reach on a box, atoms included.

    None where a unit has ratios, or an atom that is not bounded there by the kernel.
    """
    word = (before, bank)
    if (bounds := reached(before, bank, box)) is not None:
        return Range(before.in_features, word, box, bounds)
    arguments = row_intervals(IntegerRows.of(before), box)
    families = [basis.functions() for basis in bank.bases]
    try:
        found = [
            outward(_reach(f, z))
            for b, z in zip(bank.basis_of, arguments, strict=True)
            for f in families[b]
        ]
    except NotSeparableError:
        return None
    return Range(before.in_features, word, box, Box(found), CUTS + MARGIN)


def _reach(f: Univariate, z: Interval) -> Interval:
    """Return an interval that holds the values of f on one.

    Raises:
        NotSeparableError: none is known.
    """
    if f.is_piecewise_polynomial:
        return _image(f.pieces, z)
    if not f.domain.is_everywhere:
        raise NotSeparableError("log and sqrt are not defined everywhere")
    if not all(a.where.is_everywhere for a, _ in f.atoms):
        raise NotSeparableError("no bound of atoms on a part of the line is known")
    for a, _ in f.atoms:
        ends = [None if v is None else a.slope * v + a.shift for v in (z.lo, z.hi)]
        if a.name == "exp" and any(v is not None and v > MAX_EXPONENT for v in ends):
            raise NotSeparableError(f"exp beyond {MAX_EXPONENT}")
    if z.lo is None or z.hi is None:
        return _tail(f.normal_form(), z)
    line = SeparableForm(1, ((0, f),), Selection((0,), 1), (Fraction(0),))
    found = spread(line, None, Box([z]), CUTS)
    return Interval(found.least[0], found.greatest[0])


def _tail(f: Univariate, z: Interval) -> Interval:
    """The same on an unbounded interval, by what atoms are anywhere."""
    if f.ratios or f.pieces.breakpoints:
        raise NotSeparableError("pieces and atoms on an unbounded interval")
    image = _image(f.pieces, z)
    low, high = image.lo, image.hi
    for a, c in f.atoms:
        ends = EVERYWHERE.get(a.name, (None, None))
        below, above = ends if c > 0 else ends[::-1]
        low = None if low is None or below is None else low + c * below
        high = None if high is None or above is None else high + c * above
    return Interval(low, high)


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
