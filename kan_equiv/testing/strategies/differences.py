"""Two functions of one variable that look alike, and a point that tells them apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from hypothesis import strategies as st

from kan_equiv.exact import PiecewisePolynomial, Polynomial
from kan_equiv.exact.ratios import Ratios, RatioTerm
from kan_equiv.testing.strategies.functions import (
    piecewise_polynomials,
    polynomials,
    ratios,
)
from kan_equiv.testing.strategies.numbers import rationals

__all__ = ["DIFFERENCES", "RATIO_DIFFERENCES", "Difference", "Maker", "tiny"]


@dataclass(frozen=True, slots=True)
class Difference:
    """left(at) != right(at)."""

    left: PiecewisePolynomial | Ratios
    right: PiecewisePolynomial | Ratios
    at: Fraction


Maker: TypeAlias = Callable[[st.DrawFn, Fraction], Difference]
"""From ``draw``, and a number beyond all breakpoints in sight."""


def tiny() -> st.SearchStrategy[Fraction]:
    """Powers of ten from 1 down to 1e-30, of either sign."""
    size = st.integers(0, 30).map(lambda k: Fraction(1, 10**k))
    return st.builds(lambda q, minus: -q if minus else q, size, st.booleans())


def _hinge(t: Fraction, degree: int) -> PiecewisePolynomial:
    return PiecewisePolynomial.truncated_power(t, degree)


def small_term(draw: st.DrawFn, _: Fraction) -> Difference:
    """A polynomial or a hinge times a number as small as 1e-30."""
    f = draw(piecewise_polynomials(max_breakpoints=2))
    g = draw(
        st.one_of(
            polynomials(min_degree=1, max_degree=2).map(
                lambda p: PiecewisePolynomial.of(p.coefficients)
            ),
            st.builds(_hinge, rationals(), st.integers(0, 3)),
        )
    )
    at = Fraction(7)
    while not g(at):
        at += 1
    return Difference(f, f + g.scale(draw(tiny())), at)


def moved_knot(draw: st.DrawFn, _: Fraction) -> Difference:
    """A hinge whose knot is elsewhere, by as little as 1e-30."""
    t, d, by = draw(rationals()), draw(st.integers(0, 3)), draw(tiny())
    inside = t + by / 2 if not d else t + abs(by) + 1
    return Difference(_hinge(t, d), _hinge(t + by, d), inside)


def swapped_sign(draw: st.DrawFn, _: Fraction) -> Difference:
    """A hinge, and minus that hinge."""
    t, d = draw(rationals()), draw(st.integers(0, 3))
    return Difference(_hinge(t, d), -_hinge(t, d), t + 1)


def dropped_hinge(draw: st.DrawFn, _: Fraction) -> Difference:
    """A hinge, and nothing."""
    t, d = draw(rationals()), draw(st.integers(0, 3))
    return Difference(_hinge(t, d), PiecewisePolynomial.of([]), t + 1)


def changed_degree(draw: st.DrawFn, _: Fraction) -> Difference:
    """A hinge, and the hinge of the next degree."""
    t, d = draw(rationals()), draw(st.integers(0, 3))
    return Difference(_hinge(t, d), _hinge(t, d + 1), t + 2)


def turned_without_polynomial(draw: st.DrawFn, _: Fraction) -> Difference:
    """(x - t)_+^d, and (t - x)_+^d with the sign of the flip but not its polynomial."""
    t, d = draw(rationals()), draw(st.integers(1, 3))
    turned = _hinge(-t, d).compose_affine(Fraction(-1), Fraction(0))
    return Difference(_hinge(t, d), turned.scale(-((-1) ** d)), t + 1)


def closed_end(draw: st.DrawFn, _: Fraction) -> Difference:
    """A jump that belongs to the other cell: the two differ at one point only."""
    t, height = draw(rationals()), draw(rationals().filter(bool))
    p = draw(polynomials(max_degree=2))
    cells = (p, p + Polynomial.constant(height))
    left = PiecewisePolynomial((t,), cells, (p(t),))
    return Difference(left, PiecewisePolynomial((t,), cells, (p(t) + height,)), t)


def isolated_value(draw: st.DrawFn, _: Fraction) -> Difference:
    """Another value at one point, by as little as 1e-30."""
    t, p = draw(rationals()), draw(polynomials(max_degree=2))
    f = PiecewisePolynomial.of(p.coefficients)
    return Difference(f, PiecewisePolynomial((t,), (p, p), (p(t) + draw(tiny()),)), t)


def beyond_the_outer_knot(draw: st.DrawFn, edge: Fraction) -> Difference:
    """Equal until far outside, on one side."""
    f = draw(piecewise_polynomials(max_breakpoints=2))
    d = draw(st.integers(0, 3))
    beyond = _hinge(edge, d).scale(draw(tiny()))
    if draw(st.booleans()):
        reflected = beyond.compose_affine(Fraction(-1), Fraction(0))
        return Difference(f, f + reflected, -edge - 1)
    return Difference(f, f + beyond, edge + 1)


def tiny_cell(draw: st.DrawFn, _: Fraction) -> Difference:
    """A hat on a cell as narrow as 1e-30."""
    f, t = draw(piecewise_polynomials(max_breakpoints=2)), draw(rationals())
    width = abs(draw(tiny()))
    hat = _hinge(t, 1) - _hinge(t + width, 1).scale(2) + _hinge(t + 2 * width, 1)
    return Difference(f, f + hat.scale(draw(rationals().filter(bool))), t + width)


DIFFERENCES: tuple[Maker, ...] = (
    dropped_hinge,
    swapped_sign,
    small_term,
    moved_knot,
    changed_degree,
    turned_without_polynomial,
    closed_end,
    isolated_value,
    beyond_the_outer_knot,
    tiny_cell,
)


def small_ratio(draw: st.DrawFn, _: Fraction) -> Difference:
    """c/(x^2 + h) added, c as small as 1e-30."""
    r, t = draw(ratios()), draw(rationals())
    height = draw(rationals(min_value=1, max_value=4, max_denominator=3))
    return Difference(r, r + _bell(Fraction(0), height).scale(draw(tiny())), t)


def moved_poles(draw: st.DrawFn, _: Fraction) -> Difference:
    """1/((x - c)^2 + h) with another c or h, by as little as 1e-30."""
    c, r = draw(rationals(max_denominator=3)), draw(ratios())
    height = draw(rationals(min_value=1, max_value=4, max_denominator=3))
    by = draw(tiny())
    moved = _bell(c + by, height) if draw(st.booleans()) else _bell(c, height + abs(by))
    return Difference(r + _bell(c, height), r + moved, c)


def _bell(center: Fraction, height: Fraction) -> Ratios:
    bottom = Polynomial.of([center**2 + height, -2 * center, 1])
    return Ratios((RatioTerm(bottom, 1, PiecewisePolynomial.of([1])),))


RATIO_DIFFERENCES: tuple[Maker, ...] = (small_ratio, moved_poles)
