"""Wavelets of Wav-KAN as products f(z) g(z), each factor in two steps.

Numbers such as pi are the floats that the original computes with.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.ir.basis import AtomBasis, Basis, MonomialBasis, PiecewiseBasis
from kan_equiv.ir.univariate import Atom

__all__ = ["IDENTITY", "WAVELETS", "Wavelet"]

PI = Fraction(math.pi)


@dataclass(frozen=True, slots=True)
class Wavelet:
    """z -> f(inner[0](z)) g(inner[1](z)), all four bases of one function each.

    Attributes:
        inner: what stands inside the two factors.
        outer: the two factors.
    """

    inner: tuple[Basis, Basis]
    outer: tuple[Basis, Basis]


def _polynomial(*coefficients: Fraction | int) -> Basis:
    return PiecewiseBasis((PiecewisePolynomial.of(coefficients),))


def _atom(name: str, slope: Fraction | int = 1) -> Basis:
    return AtomBasis((Atom(name, Fraction(slope)),))


IDENTITY, SQUARE = MonomialBasis((1,)), MonomialBasis((2,))
ENVELOPE = _atom("exp", Fraction(-1, 2))
"""e^(-w/2) of w = z^2."""


def _mexican_hat() -> Wavelet:
    """2/(sqrt(3) pi^(1/4)) (z^2 - 1) e^(-z^2/2)."""
    factor = Fraction(2 / (math.sqrt(3) * math.pi**0.25))
    return Wavelet((SQUARE, SQUARE), (_polynomial(-factor, factor), ENVELOPE))


def _morlet() -> Wavelet:
    """cos(5 z) e^(-z^2/2)."""
    return Wavelet((_atom("cos", 5), SQUARE), (IDENTITY, ENVELOPE))


def _dog() -> Wavelet:
    """-z e^(-z^2/2)."""
    return Wavelet((_polynomial(0, -1), SQUARE), (IDENTITY, ENVELOPE))


def _meyer() -> Wavelet:
    """sin(pi v) times 1 for v <= 1/2, cos(pi/2 nu(2v - 1)) between, 0 for v >= 1.

    v = |z| and nu(t) = t^4 (35 - 84 t + 70 t^2 - 20 t^3), which is 0 at 0 and 1 at 1.
    For v >= 1 the sine is taken of 0 in place of pi v, which makes the product 0.
    """
    zero, half, one = Polynomial(()), Fraction(1, 2), Fraction(1)
    nothing = Fraction(0)
    sine = PiecewisePolynomial(
        (-one, nothing, one),
        (zero, Polynomial.of([0, -PI]), Polynomial.of([0, PI]), zero),
        (nothing, nothing, nothing),
    )
    nu = Polynomial.of([0, 0, 0, 0, 35, -84, 70, -20]).scale(PI / 2)
    right, left = (nu.compose(Polynomial.of([-1, s])) for s in (2, -2))
    angle = PiecewisePolynomial.from_right_pieces(
        (-one, -half, half, one), (zero, left, zero, right, zero)
    )
    inner = PiecewiseBasis((sine,)), PiecewiseBasis((angle,))
    return Wavelet(inner, (_atom("sin"), _atom("cos")))


WAVELETS = {
    "mexican_hat": _mexican_hat(),
    "morlet": _morlet(),
    "dog": _dog(),
    "meyer": _meyer(),
}
"""By the original's ``wavelet_type``, without shannon."""
