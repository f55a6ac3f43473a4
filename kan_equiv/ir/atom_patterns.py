"""Recognizing sigmoid, silu, gaussian and gelu in what SymPy writes for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Any

from kan_equiv.errors import UnsupportedExpressionError
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.ir.univariate import Atom, Univariate, linear_combination

__all__ = [
    "ErfLine",
    "erf_line",
    "named_atom",
    "rational_root",
    "reciprocal",
    "root",
    "times_erf_line",
    "times_line",
    "times_root",
]

Line = tuple[Fraction, Fraction]


def named_atom(e: Any, argument: PiecewisePolynomial) -> Univariate:
    """Return exp, tanh, sin, cos or log of an affine argument, or a gaussian.

    Raises:
        UnsupportedExpressionError: the argument is of another form.
    """
    line = _line(argument)
    if line is not None:
        return _atom(type(e).__name__, *line)
    if argument.is_constant and type(e).__name__ == "log":
        return constant("log", argument, e)
    if argument.is_constant:
        raise UnsupportedExpressionError(f"{e} is an irrational constant")
    p = argument.pieces[0]
    slope = rational_root(-p.coefficient(2))
    if type(e).__name__ == "exp" and not argument.breakpoints and slope:
        shift = -p.coefficient(1) / (2 * slope)
        if p.degree == 2 and -p.coefficient(0) == shift * shift:
            return _atom("gaussian", slope, shift)
    raise UnsupportedExpressionError(
        f"the argument of {e} is neither affine nor, for exp, minus the square of an "
        "affine function over Q"
    )


def root(e: Any, argument: PiecewisePolynomial) -> Univariate:
    """Return sqrt of an affine argument, or of a constant.

    Raises:
        UnsupportedExpressionError: the argument is of another form.
    """
    if argument.is_constant or argument.is_zero:
        return constant("sqrt", argument, e)
    line = _line(argument)
    if line is None:
        raise UnsupportedExpressionError(f"the argument of {e} is not affine over Q")
    return _atom("sqrt", *line)


def constant(name: str, argument: PiecewisePolynomial, e: Any) -> Univariate:
    """Return the constant log(c) or sqrt(c).

    Raises:
        UnsupportedExpressionError: it is not real.
    """
    c = argument.pieces[0].coefficient(0)
    if c < 0 or (name == "log" and c == 0):
        raise UnsupportedExpressionError(f"{e} is no real number")
    return _atom(name, Fraction(0), c)


def times_root(parts: Sequence[Univariate | ErfLine]) -> Univariate | None:
    """Return a product of multiples of sqrt(c) and of one sum of roots, or None.

    sqrt(c) sqrt(l) = sqrt(c l) for constants c > 0, and both sides are defined where
    l >= 0.
    """
    factor, rest, sums = Fraction(1), Fraction(1), list[Univariate]()
    for f in parts:
        if not isinstance(f, Univariate) or not f.pieces.is_zero or f.ratios:
            return None
        if any(a.name != "sqrt" for a, _ in f.atoms):
            return None
        atom, c = f.atoms[0] if len(f.atoms) == 1 else (None, Fraction(0))
        if atom is not None and not atom.slope and atom.shift:
            factor, rest = factor * atom.shift, rest * c
        else:
            sums.append(f)
    if len(sums) != 1:
        return None
    terms = tuple(
        (Atom("sqrt", factor * a.slope, factor * a.shift), c * rest)
        for a, c in sums[0].atoms
    )
    return Univariate(PiecewisePolynomial.of([]), terms).restricted(sums[0].domain)


def reciprocal(e: Any, base: Univariate) -> Univariate:
    """Return 1/(c + c exp(-z)) as sigmoid(z)/c for affine z.

    Raises:
        UnsupportedExpressionError: the base is of another form.
    """
    plain = base.pieces.is_constant and not base.pieces.is_zero and not base.ratios
    plain = plain and base.domain.is_everywhere
    if len(base.atoms) == 1 and plain:
        (z, c), constant = base.atoms[0], base.pieces.pieces[0].coefficient(0)
        if z.name == "exp" and c == constant:
            return _atom("sigmoid", -z.slope, -z.shift).scale(1 / c)
    raise UnsupportedExpressionError(
        f"{e} is neither a ratio of polynomials nor 1/(1 + exp(-z)) for an affine z"
    )


def times_line(rest: PiecewisePolynomial, f: Univariate) -> Univariate | None:
    """Return an affine function times sums of sigmoid(z) and tanh(z), or None.

    (c z + r) sigmoid(z) = c silu(z) + r sigmoid(z), and tanh(z) = 2 sigmoid(2z) - 1.
    """
    own, f = _line(rest), f.normal_form()
    if own is None or f.ratios or any(a.name != "sigmoid" for a, _ in f.atoms):
        return None
    if not f.domain.is_everywhere:
        return None
    terms = [(Fraction(1), Univariate(rest * f.pieces))]
    for z, v in f.atoms:
        c = own[0] / z.slope
        silu = _atom("silu", z.slope, z.shift)
        sigmoid = _atom("sigmoid", z.slope, z.shift)
        terms += [(v * c, silu), (v * (own[1] - c * z.shift), sigmoid)]
    return linear_combination(terms)


@dataclass(frozen=True, slots=True)
class ErfLine:
    """u + v erf(z / sqrt(2)) for an affine z = slope x + shift."""

    u: Fraction
    v: Fraction
    slope: Fraction
    shift: Fraction


def erf_line(
    e: Any, x: Any, read: Callable[[Any], PiecewisePolynomial]
) -> ErfLine | None:
    """Recognize u + v erf(z / sqrt(2)), or return None.

    Raises:
        UnsupportedExpressionError: another argument of erf, which is named.
    """
    import sympy

    found = list(e.atoms(sympy.erf))
    if len(found) != 1:
        return None
    mark = sympy.Dummy()
    p = sympy.Poly(e.subs(found[0], mark), mark)
    if p.degree() != 1 or x in p.free_symbols:
        return None
    try:
        line = _line(read(sympy.expand(found[0].args[0] * sympy.sqrt(2))))
    except UnsupportedExpressionError as error:
        raise UnsupportedExpressionError(
            f"the argument of {found[0]} is not z/sqrt(2) for an affine z over Q"
        ) from error
    if line is None:
        return None
    v, u = (read(c).pieces[0].coefficient(0) for c in p.all_coeffs())
    return ErfLine(u, v, *line)


def times_erf_line(rest: PiecewisePolynomial, f: ErfLine) -> Univariate | None:
    """Return (c z) (u + v erf(z/sqrt(2))) = c (u - v) z + 2 c v gelu(z), or None."""
    c = _multiple(rest, (f.slope, f.shift))
    if c is None:
        return None
    slope, shift, v = f.slope, f.shift, f.v
    if f.u == -v:  # 1 - erf(z) is 1 + erf(-z): one gelu and nothing else
        slope, shift, v, c = -slope, -shift, -v, -c
    line = PiecewisePolynomial.of([shift, slope]).scale(c * (f.u - v))
    return linear_combination(
        [(Fraction(1), Univariate(line)), (2 * c * v, _atom("gelu", slope, shift))]
    )


def _atom(name: str, slope: Fraction, shift: Fraction) -> Univariate:
    atom = Atom(name, slope, shift)
    return Univariate(PiecewisePolynomial.of([]), ((atom, Fraction(1)),))


def _line(f: PiecewisePolynomial) -> Line | None:
    """Return (slope, shift) of an affine function with a slope."""
    if f.breakpoints or f.degree != 1:
        return None
    return f.pieces[0].coefficient(1), f.pieces[0].coefficient(0)


def _multiple(f: PiecewisePolynomial, line: Line) -> Fraction | None:
    """Return c with f = c * line, where there is one."""
    own = _line(f)
    if own is None:
        return None
    c = own[0] / line[0]
    return c if c * line[1] == own[1] else None


def rational_root(value: Fraction) -> Fraction | None:
    """Return the square root of a positive number, None where it is not rational."""
    if value <= 0:
        return None
    n, d = isqrt(value.numerator), isqrt(value.denominator)
    exact = n * n == value.numerator and d * d == value.denominator
    return Fraction(n, d) if exact else None
