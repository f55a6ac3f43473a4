"""Named functions of an affine argument, and the identities between them.

sigmoid(z) = 1/(1 + e^-z), silu(z) = z sigmoid(z), gelu(z) = z Phi(z) with the normal
distribution Phi, gaussian(z) = e^(-z^2); tanh, exp, sin and cos as everywhere. Partial
functions are log, defined for z > 0, and sqrt, defined for z >= 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from kan_equiv.errors import UndecidedError, UndefinedError, ValidationError
from kan_equiv.exact.enclosure import (
    ATOM_NAMES,
    PARTIAL_ATOM_NAMES,
    Enclosure,
    Number,
    atom_enclosure,
)
from kan_equiv.exact.factors import prime_factors, square_part
from kan_equiv.exact.interval_union import EVERYWHERE, IntervalUnion
from kan_equiv.exact.pieces import PiecewisePolynomial

__all__ = ["Atom", "Constant", "Rewriting", "atom_value"]

Constant = tuple[str, Fraction]
"""(name, z): the real number name(z)."""


@dataclass(frozen=True, slots=True, order=True)
class Atom:
    """A named function of an affine argument: name(slope * x + shift).

    A *guarded* atom is that on a part of the line, ``where``, and 0 elsewhere; it need
    not be defined where it is 0.

    Names: silu z/(1+e^-z), sigmoid, tanh, exp, gelu (with erf), gaussian e^(-z^2),
    sin, cos; log and sqrt, for which a slope of 0 makes a constant such as log(2).

    >>> float(Atom("silu")(Fraction(0)))
    0.0
    >>> str(Atom("log", Fraction(-2), Fraction(6)).domain)
    '(-inf, 3)'
    """

    name: str
    slope: Fraction = Fraction(1)
    shift: Fraction = Fraction(0)
    where: IntervalUnion = EVERYWHERE

    def __post_init__(self) -> None:
        names = (*ATOM_NAMES, *PARTIAL_ATOM_NAMES)
        if self.name not in names:
            raise ValidationError(
                f"atom must be one of {list(names)}, got name={self.name!r}"
            )
        if self.slope == 0 and not self.is_partial:
            raise ValidationError(f"atom {self.name} needs slope != 0, got slope=0")
        if self.slope == 0 and self.domain.is_empty:
            raise ValidationError(f"{self.name}({self.shift}) is not defined")

    def __call__(self, x: Number) -> Enclosure:
        """Enclose the value at ``x`` at the working precision.

        Raises:
            UndefinedError: it is not defined there.
            UndecidedError: an enclosure ``x`` does not tell.
        """
        if self.where.is_everywhere:
            return atom_enclosure(self.name, x * self.slope + self.shift)
        if isinstance(x, Fraction):
            seen = IntervalUnion.between(x, x)
        else:
            seen = IntervalUnion.between(x.lower, x.upper)
        inside = seen & self.where
        if inside.is_empty:
            return Enclosure.exact(0)
        try:
            value = atom_enclosure(self.name, x * self.slope + self.shift)
        except UndefinedError as error:
            if inside == seen:
                raise
            raise UndecidedError(f"{error}, or it is 0") from error
        return value if inside == seen else value.hull(Fraction(0))

    @property
    def is_partial(self) -> bool:
        """Whether this is log or sqrt, which are not defined everywhere."""
        return self.name in PARTIAL_ATOM_NAMES

    @property
    def domain(self) -> IntervalUnion:
        """Where the atom is defined."""
        return self.natural_domain | ~self.where if self.is_partial else EVERYWHERE

    @property
    def natural_domain(self) -> IntervalUnion:
        """Where it would be defined without a guard."""
        if not self.is_partial:
            return EVERYWHERE
        half_line = IntervalUnion.above(Fraction(0), is_closed=self.name == "sqrt")
        return half_line.preimage(self.slope, self.shift)

    def guarded(self, where: IntervalUnion) -> Atom:
        """Return what is this atom on a part of the line, and 0 elsewhere."""
        return Atom(self.name, self.slope, self.shift, self.where & where)

    @property
    def indicator(self) -> PiecewisePolynomial:
        """1 where the atom stands and 0 elsewhere."""
        return PiecewisePolynomial.indicator(self.where)

    @property
    def center(self) -> Fraction:
        """Where the argument is 0; there is no such point for a slope of 0."""
        return -self.shift / self.slope

    def reflected(self) -> Rewriting | None:
        """Return (c, atom, line) with self = c * atom + line and the slope negated.

        None for exp, which has no such identity.

        >>> c, atom, line = Atom("silu", Fraction(-1)).reflected()
        >>> c, atom == Atom("silu"), str(line.pieces[0])  # silu(-x) = silu(x) - x
        (Fraction(1, 1), True, '-x')
        """
        if self.name not in _REFLECTIONS:
            return None
        c, constant, linear = _REFLECTIONS[self.name]
        slope, shift = -self.slope, -self.shift
        line = PiecewisePolynomial.of([constant + linear * shift, linear * slope])
        turned = Atom(self.name, slope, shift, self.where)
        return Fraction(c), turned, line * self.indicator

    def with_positive_slope(self) -> Rewriting | None:
        """Return ``reflected()`` if the slope is negative, else None."""
        return self.reflected() if self.slope < 0 else None

    def as_sigmoid(self) -> Rewriting | None:
        """Return tanh(z) as 2 sigmoid(2z) - 1, None for the others."""
        if self.name != "tanh":
            return None
        doubled = Atom("sigmoid", 2 * self.slope, 2 * self.shift, self.where)
        return Fraction(2), doubled, -self.indicator

    def split(self) -> tuple[Fraction, tuple[tuple[Fraction, Atom], ...]]:
        """Return (r, terms) with self = r + sum of c * atom, log and sqrt split.

        Where there is a guard, r counts there only.

        With the positive rational c that a x + b is a multiple of, px + q having
        integer coefficients without common factor: log(c(px + q)) = log(px + q) + sum
        of e log(k), k^e the factors of c, and sqrt(c(px + q)) = r sqrt(m(px + q)), c =
        r^2 m with m squarefree (but for large primes, see ``prime_factors``).

        >>> r, terms = Atom("log", Fraction(6), Fraction(3)).split()
        >>> [(int(c), a.name, int(a.slope), int(a.shift)) for c, a in terms]
        [(1, 'log', 2, 1), (1, 'log', 0, 3)]
        >>> Atom("sqrt", Fraction(0), Fraction(9, 4)).split()
        (Fraction(3, 2), ())
        """
        if not self.is_partial:
            return Fraction(0), ((Fraction(1), self),)
        undefined = self.slope == 0 and self.shift not in Atom(self.name).domain
        if undefined or self.slope == self.shift == 0:
            return Fraction(0), ()
        c = Fraction(
            math.gcd(self.slope.numerator, self.shift.numerator),
            math.lcm(self.slope.denominator, self.shift.denominator),
        )
        p, q = self.slope / c, self.shift / c
        if self.name == "sqrt":
            r, m = square_part(c)
            if p == 0 and m == 1:
                return r, ()
            return Fraction(0), ((r, Atom("sqrt", m * p, m * q, self.where)),)
        line = ((Fraction(1), Atom("log", p, q, self.where)),) if p else ()
        constants = (
            (Fraction(e), Atom("log", Fraction(0), Fraction(k), self.where))
            for k, e in prime_factors(c).items()
        )
        return Fraction(0), (*line, *constants)

    def compose_affine(self, slope: Fraction, shift: Fraction) -> Atom:
        """Return x -> self(slope * x + shift) for a non-zero slope."""
        return Atom(
            self.name,
            self.slope * slope,
            self.slope * shift + self.shift,
            self.where.preimage(slope, shift),
        )


Rewriting = tuple[Fraction, Atom, PiecewisePolynomial]
"""(c, atom, line): the function c * atom + line."""

# name(-z) = c name(z) + constant + linear z
_REFLECTIONS = {
    "silu": (1, 0, -1),
    "gelu": (1, 0, -1),
    "sigmoid": (-1, 1, 0),
    "tanh": (-1, 0, 0),
    "sin": (-1, 0, 0),
    "cos": (1, 0, 0),
    "gaussian": (1, 0, 0),
}

_AT_ZERO = {"sigmoid": Fraction(1, 2), "cos": Fraction(1), "exp": Fraction(1)}


def atom_value(name: str, z: Fraction) -> tuple[Fraction, Fraction, Constant]:
    """Return (r, c, (name, z)) with the real number name(z) = r + c name(z).

    The numbers name(z) that are left, with 1, are linearly independent over Q
    (Lindemann and Weierstrass), but for gelu, where that is not known. c = 0 says that
    the value is r. For log and sqrt see ``Atom.split``.

    >>> atom_value("silu", Fraction(-2))  # -2 sigmoid(-2) = -2 + 2 sigmoid(2)
    (Fraction(-2, 1), Fraction(2, 1), ('sigmoid', Fraction(2, 1)))
    """
    if name == "tanh":
        r, c, rest = atom_value("sigmoid", 2 * z)
        return 2 * r - 1, 2 * c, rest
    if name == "silu":
        r, c, rest = atom_value("sigmoid", z)
        return z * r, z * c, rest
    if name == "gaussian":
        return atom_value("exp", -z * z)
    if z == 0:
        return _AT_ZERO.get(name, Fraction(0)), Fraction(0), (name, z)
    if z < 0 and name in _REFLECTIONS:
        c, constant, linear = _REFLECTIONS[name]
        return Fraction(constant - linear * z), Fraction(c), (name, -z)
    return Fraction(0), Fraction(1), (name, z)
