"""Points at which a function with atoms is likely to be seen to be no constant.

A difference of normal forms that holds an atom is analytic and not constant on every
cell, so all but finitely many points of an interval will do; good ones are those where
it is large, and where the kernel can enclose the atoms.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from kan_equiv.exact.enclosure import Enclosure, working_precision
from kan_equiv.ir.atom import Atom
from kan_equiv.ir.domain import Interval
from kan_equiv.ir.univariate import Univariate

__all__ = ["atom_points"]

OFFSETS = (0, 1, -1, 3, -3, 7, -7, 15, -15, 40, -40)
EXPONENT = 4000  # the kernel encloses exp up to 2^12
VISIBLE = Fraction(1, 2**4096)  # with the most bits that the kernel takes


def atom_points(
    d: Univariate,
    others: Iterable[Univariate],
    side: Interval,
    more: Iterable[Fraction] = (),
) -> list[Fraction]:
    """Return points of an interval, first those where |d| is largest.

    Where |d| is too small for the kernel, one point will do.

    Args:
        d: a function that holds atoms; points are taken where it is defined.
        others: what else is evaluated at these points: where exp is too large for the
            kernel comes last.
        side: the interval.
        more: further candidates.
    """
    atoms = [a for a, _ in d.atoms if a.slope]
    points = {x: None for a in atoms for x in _near(a, side) if x in d.domain}
    points |= dict.fromkeys(more)
    exps = {a for f in (d, *others) for a, _ in f.atoms if a.name == "exp"}

    def size(x: Fraction) -> Fraction:
        if any(a.slope * x + a.shift > EXPONENT for a in exps):
            return Fraction(0)
        value = d(x)
        if isinstance(value, Enclosure):
            return max(value.upper, -value.lower)
        return abs(value)

    with working_precision(256):
        sizes = {x: size(x) for x in points}
    largest = sorted(points, key=lambda x: -sizes[x])
    return [x for x in largest if sizes[x] > VISIBLE] or largest[:1]


def _near(atom: Atom, side: Interval) -> Iterable[Fraction]:
    """Yield points of the interval around the place where the argument is 0."""
    slope = abs(atom.slope)
    # As short as they can be: multiples of 2^-k, a fraction of the atom's width.
    unit = Fraction(1, 2 ** max(0, (slope.numerator // slope.denominator).bit_length()))
    for k in OFFSETS:
        x = atom.center + k / (3 * slope)
        short = round(x / unit * 8) * unit / 8
        if side.lo is not None and short < side.lo:
            short = side.lo
        if side.hi is not None and short > side.hi:
            short = side.hi
        yield short
