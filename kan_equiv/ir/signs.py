"""Choosing between functions by the exact sign of a piecewise polynomial."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from kan_equiv.errors import IrrationalBreakpointError
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.polynomial import Polynomial

__all__ = ["select_by_sign"]


def select_by_sign(
    d: PiecewisePolynomial,
    negative: PiecewisePolynomial,
    zero: PiecewisePolynomial,
    positive: PiecewisePolynomial,
) -> PiecewisePolynomial:
    """Return x -> negative, zero or positive at x, by the sign of d(x).

    Raises:
        IrrationalBreakpointError: d is 0 at an isolated irrational point.

    >>> f = PiecewisePolynomial.of([0, 1])
    >>> select_by_sign(f, -f, f, f)(Fraction(-3))
    Fraction(3, 1)
    """
    cuts = {*d.breakpoints}
    for f in (negative, zero, positive):
        cuts |= set(f.breakpoints)
    for (lo, hi), p in zip(d.cells(), d.pieces, strict=True):
        cuts |= set(_roots(p, lo, hi))
    t = sorted(cuts)
    inner = [(a + b) / 2 for a, b in pairwise(t)]
    probes = [t[0] - 1, *inner, t[-1] + 1] if t else [Fraction(0)]
    pieces: list[Polynomial] = []
    for x in probes:
        chosen = _pick(d(x), negative, zero, positive)
        _, parts, _ = chosen.refine(t)
        pieces.append(parts[len(pieces)])
    values = tuple(_pick(d(x), negative, zero, positive)(x) for x in t)
    return PiecewisePolynomial(tuple(t), tuple(pieces), values)


def _pick(
    sign: Fraction,
    negative: PiecewisePolynomial,
    zero: PiecewisePolynomial,
    positive: PiecewisePolynomial,
) -> PiecewisePolynomial:
    return negative if sign < 0 else positive if sign > 0 else zero


def _roots(p: Polynomial, lo: Fraction | None, hi: Fraction | None) -> list[Fraction]:
    if p.degree == 0:
        return []
    if p.degree == 1:
        found = [-p.coefficient(0) / p.coefficient(1)]
        return [r for r in found if _inside(r, lo, hi)]
    import sympy

    poly = sympy.Poly(list(reversed(p.numerators)), sympy.Symbol("x"), domain="ZZ")
    rational = [Fraction(int(r.p), int(r.q)) for r in poly.ground_roots()]
    inside = [r for r in rational if _inside(r, lo, hi)]
    ends = [None if v is None else sympy.Rational(v.numerator, v.denominator)
            for v in (lo, hi)]  # fmt: skip
    square_free = poly.sqf_part()
    total = int(square_free.count_roots(*ends))
    on_ends = sum(1 for v in (lo, hi) if v is not None and p(v) == 0)
    if total - on_ends > len(inside):
        raise IrrationalBreakpointError(
            f"{p} is 0 at an irrational point, where pieces would have to meet; "
            "breakpoints are exact rationals"
        )
    return inside


def _inside(r: Fraction, lo: Fraction | None, hi: Fraction | None) -> bool:
    return (lo is None or lo < r) and (hi is None or r < hi)
