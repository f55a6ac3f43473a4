"""Univariate functions as integer combinations of generators over one denominator.

A *generator* is a tuple that names one function of x; t is a Fraction:

    ("power", k)          x^k
    ("step", t, k)        0 left of t, (x - t)^k at t and right of it
    ("point", t)          1 at t, 0 elsewhere
    ("atom", name, a, b)  name(a*x + b), in the normal form of `atoms`
    ("ratio", ...)        a ratio of polynomials, see `ratios`
    ("cut", ...)          an atom on a half-line and 0 elsewhere, see `guards`
    ("spike", ...)        the value of an atom at a point, and 0 elsewhere

A piecewise polynomial with stated values at its breakpoints is a finite sum of these.
Everything here rests on one remark: two equal combinations of the same generators are
the same function.  So equality is comparison of dictionaries, and every operation is a
linear map given by the image of each generator, to be checked by reading one line.
(On R the generators are also linearly independent, so comparing combinations misses no
equality; soundness does not need that.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from importlib import import_module
from math import comb, gcd, lcm
from typing import Any

from . import atoms
from .atoms import UNIT, Generator, Image
from .work import spend, spend_product, widest, words


class Function:
    """sum of terms[g]/den * g; reduced on construction, so equal means identical."""

    __slots__ = ("_hash", "den", "terms")

    def __init__(self, terms: dict[Generator, int], den: int) -> None:
        kept = {g: c for g, c in terms.items() if c}
        spend_product(words(den))
        spend(32 + len(kept) * (32 + widest(kept.values())))
        common = gcd(den, *kept.values())
        self.den = den // common
        self.terms = {g: c // common for g, c in kept.items()}
        self._hash = hash((self.den, frozenset(self.terms.items())))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Function):
            return NotImplemented
        return self.den == other.den and self.terms == other.terms

    def __hash__(self) -> int:
        return self._hash

    def coefficient(self, generator: Generator) -> Fraction:
        spend_product(words(self.den))
        return Fraction(self.terms.get(generator, 0), self.den)

    @property
    def is_constant(self) -> bool:
        return all(g == UNIT or (g[0] == "atom" and g[2] == 0) for g in self.terms)


def single(generator: Generator, value: Fraction = Fraction(1)) -> Function:
    """value * generator."""
    return Function({generator: value.numerator}, value.denominator)


def constant(value: Fraction) -> Function:
    """A constant function."""
    return single(UNIT, value)


IDENTITY = single(("power", 1))


def combine(parts: Sequence[tuple[int, int, Function]]) -> Function:
    """The sum of numerator/denominator * function over the parts."""
    den = lcm(*[d * f.den for _, d, f in parts])
    total: dict[Generator, int] = {}
    for n, d, f in parts:
        scale = n * (den // (d * f.den))
        for g, c in f.terms.items():
            total[g] = total.get(g, 0) + scale * c
    return Function(total, den)


def transform(f: Function, image: Callable[[Generator], Image]) -> Function:
    """The linear map that sends each generator g to image(g)."""
    parts = [
        (h, c * q.numerator, q.denominator)
        for g, c in f.terms.items()
        for h, q in image(g)
    ]
    den = lcm(*[d for _, _, d in parts])
    total: dict[Generator, int] = {}
    for h, n, d in parts:
        total[h] = total.get(h, 0) + n * (den // d)
    return Function(total, den * f.den)


def ratios() -> Any:
    """The module of ratios; a file that holds one has loaded it."""
    return import_module(".ratios", __package__)


def binomial(k: int, a: Fraction, b: Fraction) -> list[Fraction]:
    """The coefficients of (a*z + b)^k in powers of z."""
    for q in (a, b):
        spend_product(k * words(q.numerator * q.denominator))
    return [comb(k, j) * a**j * b ** (k - j) for j in range(k + 1)]


def powers(k: int, a: Fraction, b: Fraction) -> Image:
    """(a*x + b)^k in powers of x."""
    return [(("power", j), c) for j, c in enumerate(binomial(k, a, b))]


def value_of(g: Generator, x: Fraction) -> Fraction:
    """The value of a generator at x, where it is known to be rational."""
    if g[0] in ("power", "step"):
        spend_product(16 + g[-1] * words(x.numerator * x.denominator))
    if g[0] == "power":
        return x ** g[1]
    if g[0] == "step":
        return (x - g[1]) ** g[2] if x >= g[1] else Fraction(0)
    if g[0] == "point":
        return Fraction(x == g[1])
    if g[0] == "ratio":
        return ratios().value(g, x)
    return atoms.value(g, x)


def evaluate(f: Function, x: Fraction) -> Fraction:
    """The value of a function at x, as a rational."""
    spend_product(words(f.den))
    parts = [c * value_of(g, x) for g, c in f.terms.items()]
    return sum(parts, Fraction(0)) / f.den


def substitute(f: Function, a: Fraction, b: Fraction) -> Function:
    """f(a*x + b); for a = 0 the constant f(b)."""

    def image(g: Generator) -> Image:
        if g[0] in atoms.ATOMIC:
            return atoms.substituted(g, a, b)
        if a == 0:
            return [(UNIT, value_of(g, b))]
        if g[0] == "ratio":
            return ratios().substituted(g, a, b)
        if g[0] == "power":
            return powers(g[1], a, b)
        s = (g[1] - b) / a
        if g[0] == "point":
            return [(("point", s), Fraction(1))]
        k, factor = g[2], a ** g[2]
        if a > 0:
            return [(("step", s, k), factor)]
        # a < 0 turns [y >= t] into [x <= s] = 1 - [x >= s] + [x == s].
        whole = [(h, factor * c) for h, c in powers(k, Fraction(1), -s)]
        point: Image = [(("point", s), Fraction(1))] if k == 0 else []
        return [*whole, (("step", s, k), -factor), *point]

    return transform(f, image)
