"""Activations as exact functions of one variable, shared by modules and graphs."""

from __future__ import annotations

from fractions import Fraction

from kan_equiv.errors import UnsupportedModelError
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.ir.atom_patterns import rational_root
from kan_equiv.ir.univariate import Atom, Univariate

__all__ = [
    "ABSOLUTE",
    "RELU",
    "SIGN",
    "SQUARE",
    "atom",
    "clip",
    "composed",
    "constant",
    "leaky_relu",
    "line",
    "power",
    "step",
]

ZERO = Fraction(0)


def _bent(at: Fraction, left: Polynomial, right: Polynomial) -> Univariate:
    return Univariate(PiecewisePolynomial.from_right_pieces((at,), (left, right)))


def constant(value: Fraction) -> Univariate:
    """Return x -> value."""
    return Univariate(PiecewisePolynomial.of([value]))


def line(slope: Fraction, shift: Fraction = ZERO) -> Univariate:
    """Return x -> slope x + shift."""
    return Univariate(PiecewisePolynomial.of([shift, slope]))


def leaky_relu(slope: Fraction) -> Univariate:
    """Return x -> x for x >= 0 and slope x below.

    >>> leaky_relu(Fraction(1, 4))(-8), leaky_relu(Fraction(1, 4))(8)
    (Fraction(-2, 1), Fraction(8, 1))
    """
    return _bent(ZERO, Polynomial.of([0, slope]), Polynomial.of([0, 1]))


def clip(low: Fraction | None, high: Fraction | None) -> Univariate:
    """Return x -> min(max(x, low), high), an end of None being no bound.

    As everywhere, ``high`` wins where ``low`` is above it.

    >>> clip(Fraction(0), Fraction(6))(7)
    Fraction(6, 1)
    """
    found = Univariate(PiecewisePolynomial.of([0, 1]))
    if low is not None:
        found = _bent(low, Polynomial.of([low]), Polynomial.of([0, 1]))
    if high is not None:
        cut = _bent(high, Polynomial.of([0, 1]), Polynomial.of([high]))
        found = cut.compose(found)
    return found


def step(at: Fraction, *, is_closed: bool) -> Univariate:
    """Return the indicator of x >= at, or of x > at where it is not closed.

    >>> step(Fraction(1), is_closed=False)(1), step(Fraction(1), is_closed=True)(1)
    (Fraction(0, 1), Fraction(1, 1))
    """
    pieces = (Polynomial.of([]), Polynomial.of([1]))
    values = (Fraction(int(is_closed)),)
    return Univariate(PiecewisePolynomial((at,), pieces, values))


def atom(name: str) -> Univariate:
    """Return a named function: silu, gelu, sigmoid, tanh, exp, sin, cos, log ..."""
    return Univariate(PiecewisePolynomial.of([]), ((Atom(name), Fraction(1)),))


def composed(g: Univariate, f: Univariate) -> Univariate:
    """Return x -> g(f(x)); exp of minus a square is a gaussian.

    Raises:
        NotSeparableError: there is no exact form.
        IrrationalBreakpointError: pieces would be cut at irrational points.

    >>> hill = composed(atom("exp"), power(2).scale(Fraction(-1, 4)))
    >>> hill == composed(atom("gaussian"), line(Fraction(1, 2)))
    True
    """
    p = f.pieces.pieces[0]
    if g == atom("exp") and f.is_piecewise_polynomial and not f.breakpoints:
        slope = rational_root(-p.coefficient(2))
        if p.degree == 2 and slope:
            shift = -p.coefficient(1) / (2 * slope)
            if p.coefficient(0) == -shift * shift:
                return atom("gaussian").compose(line(slope, shift))
    return g.compose(f)


def power(exponent: int, limit: int = 64) -> Univariate:
    """Return x -> x^exponent.

    Raises:
        UnsupportedModelError: the exponent is negative or above the limit.
    """
    if not 0 <= exponent <= limit:
        raise UnsupportedModelError(
            f"powers must have whole exponents in 0..{limit}, got {exponent=}"
        )
    return Univariate(PiecewisePolynomial.of([0] * exponent + [1]))


RELU = leaky_relu(ZERO)
ABSOLUTE = leaky_relu(Fraction(-1))
SQUARE = power(2)
SIGN = Univariate(
    PiecewisePolynomial((ZERO,), (Polynomial.of([-1]), Polynomial.of([1])), (ZERO,))
)
