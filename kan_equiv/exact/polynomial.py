"""Univariate polynomials over Q: integer coefficients over one denominator."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import overload

from kan_equiv.errors import ValidationError
from kan_equiv.exact.enclosure import Enclosure, Number
from kan_equiv.exact.rational import common_denominator, to_fraction, to_text

__all__ = ["Polynomial"]


@dataclass(frozen=True, slots=True)
class Polynomial:
    """sum_r numerators[r] / denominator * x^r, always in lowest terms.

    Two polynomials are ``==`` exactly when they are the same function.

    >>> p = Polynomial.of([1, "1/2", 3])  # 1 + x/2 + 3 x^2
    >>> p.degree, p(Fraction(2)), str(p)
    (2, Fraction(14, 1), '3*x^2 + 1/2*x + 1')
    """

    numerators: tuple[int, ...]
    denominator: int = 1

    def __post_init__(self) -> None:
        n, d = self.numerators, self.denominator
        if d <= 0:
            raise ValidationError(f"denominator must be positive, got denominator={d}")
        while n and n[-1] == 0:
            n = n[:-1]
        g = math.gcd(d, *n)
        if g != 1:
            n, d = tuple(v // g for v in n), d // g
        object.__setattr__(self, "numerators", n)
        object.__setattr__(self, "denominator", d if n else 1)

    @classmethod
    def of(cls, coefficients: Iterable[object]) -> Polynomial:
        """Build from coefficients in ascending powers, each an exact number."""
        ints, d = common_denominator([to_fraction(c) for c in coefficients])
        return cls(tuple(ints), d)

    @classmethod
    def constant(cls, value: Fraction | int) -> Polynomial:
        """Return the constant polynomial ``value``."""
        value = Fraction(value)
        return cls((value.numerator,), value.denominator)

    @property
    def degree(self) -> int:
        """Highest power with a non-zero coefficient; 0 for constants and for zero."""
        return max(len(self.numerators) - 1, 0)

    @property
    def coefficients(self) -> tuple[Fraction, ...]:
        """Coefficients in ascending powers, without trailing zeros."""
        return tuple(Fraction(n, self.denominator) for n in self.numerators)

    def coefficient(self, power: int) -> Fraction:
        """Return the coefficient of x^power (0 beyond the degree)."""
        if power < len(self.numerators):
            return Fraction(self.numerators[power], self.denominator)
        return Fraction(0)

    def __bool__(self) -> bool:
        return bool(self.numerators)

    @overload
    def __call__(self, x: Fraction) -> Fraction: ...
    @overload
    def __call__(self, x: Enclosure) -> Enclosure: ...
    def __call__(self, x: Number) -> Number:
        """Evaluate at an exact rational or at an enclosure."""
        if isinstance(x, Fraction):
            # Homogeneous Horner keeps to integers: one reduction at the end.
            a, b = x.numerator, x.denominator
            total, scale = 0, 1
            for n in reversed(self.numerators):
                total, scale = total * a + n * scale, scale * b
            return Fraction(total * b, scale * self.denominator)
        result = Enclosure.exact(Fraction(0))
        for c in reversed(self.coefficients):
            result = result * x + c
        return result

    def __add__(self, other: Polynomial) -> Polynomial:
        a, b = self.numerators, other.numerators
        d = math.lcm(self.denominator, other.denominator)
        u, v = d // self.denominator, d // other.denominator
        if len(a) < len(b):
            a, b, u, v = b, a, v, u
        low = tuple(x * u + y * v for x, y in zip(a, b, strict=False))
        return Polynomial(low + tuple(x * u for x in a[len(b) :]), d)

    def __neg__(self) -> Polynomial:
        return Polynomial(tuple(-n for n in self.numerators), self.denominator)

    def __sub__(self, other: Polynomial) -> Polynomial:
        return self + -other

    def __mul__(self, other: Polynomial) -> Polynomial:
        a, b = self.numerators, other.numerators
        if not a or not b:
            return Polynomial(())
        out = [0] * (len(a) + len(b) - 1)
        for i, x in enumerate(a):
            if x:
                for j, y in enumerate(b):
                    out[i + j] += x * y
        return Polynomial(tuple(out), self.denominator * other.denominator)

    def scale(self, factor: Fraction | int) -> Polynomial:
        """Return ``factor`` times this polynomial."""
        f = Fraction(factor)
        return Polynomial(
            tuple(n * f.numerator for n in self.numerators),
            self.denominator * f.denominator,
        )

    def power(self, exponent: int) -> Polynomial:
        """Return this polynomial to a power >= 0."""
        if exponent < 0:
            raise ValidationError(f"exponent must be >= 0, got {exponent=}")
        result = Polynomial((1,))
        for _ in range(exponent):
            result = result * self
        return result

    def compose(self, inner: Polynomial) -> Polynomial:
        """Return x -> self(inner(x)).

        >>> str(Polynomial.of([0, 0, 1]).compose(Polynomial.of([-1, 1])))
        'x^2 - 2*x + 1'
        """
        result = Polynomial(())
        for c in reversed(self.coefficients):
            result = result * inner + Polynomial.constant(c)
        return result

    def derivative(self) -> Polynomial:
        """Return the derivative."""
        return Polynomial(
            tuple(r * n for r, n in enumerate(self.numerators) if r), self.denominator
        )

    def taylor(self, center: Fraction) -> tuple[Fraction, ...]:
        """Return a_r with self(x) = sum_r a_r (x - center)^r."""
        return self.compose(Polynomial.of([center, 1])).coefficients

    def bernstein(self, lo: Fraction, hi: Fraction) -> tuple[Fraction, ...]:
        """Return the Bernstein coefficients on [lo, hi]; their hull holds the range.

        Source: Farouki, "The Bernstein polynomial basis: a centennial retrospective"
        (2012); for degree <= 1 they are the values at the two ends.
        """
        p = self.degree
        unit = self.compose(Polynomial.of([lo, hi - lo])).coefficients
        return tuple(
            sum(
                (
                    unit[r] * Fraction(math.comb(k, r), math.comb(p, r))
                    for r in range(min(k, len(unit) - 1) + 1)
                    if unit
                ),
                Fraction(0),
            )
            for k in range(p + 1)
        )

    def blossom(self, points: Sequence[Fraction]) -> Fraction:
        """Return the polar form: symmetric, affine in each, self(x) where all are x.

        Source: Ramshaw, "Blossoms are polar forms" (1989), for as many points as the
        degree or more.

        >>> square = Polynomial.of([0, 0, 1])
        >>> square.blossom([Fraction(2), Fraction(5)])
        Fraction(10, 1)
        """
        n = len(points)
        if n < self.degree:
            raise ValidationError(
                f"a blossom of degree {self.degree} needs as many points, got {n}"
            )
        symmetric = [Fraction(1)] + [Fraction(0)] * n
        for k, u in enumerate(points, start=1):
            for r in range(k, 0, -1):
                symmetric[r] += u * symmetric[r - 1]
        terms = enumerate(self.coefficients)
        return sum((c * symmetric[r] / math.comb(n, r) for r, c in terms), Fraction(0))

    def __str__(self) -> str:
        terms: list[str] = []
        for r in range(len(self.numerators) - 1, -1, -1):
            c = self.coefficient(r)
            if c:
                x = "" if r == 0 else "x" if r == 1 else f"x^{r}"
                size = "" if abs(c) == 1 and r else to_text(abs(c))
                body = "*".join(filter(None, (size, x)))
                sign = ("-" if c < 0 else "") if not terms else (" - ", " + ")[c > 0]
                terms.append(sign + body)
        return "".join(terms) or "0"
