"""Ratios of polynomials, in pieces: generators, their images, and a basis of them.

    ("ratio", q, k, j, t)   x^j / q(x)^k at t and right of it, 0 left of t

q is monic, its coefficients ascending; t = None stands for no cut.  Where q(x) = 0 the
generator is 0, by definition, so that it is a function on all of R and everything said
in `algebra` holds of it.  What a basis of a file means by n(x)/q(x)^k on a cell is not
a matter of definition: it is accepted only where q has no root on the closed cell.
There both agree; elsewhere the steps cancel, whatever the generator is.

Roots are counted by Sturm's theorem: let p, p', and then each the negative remainder
of the two before it, down to the last that is not 0.  If p is 0 neither at a nor at b,
then p has as many distinct roots between them as the chain has more sign changes at a
than at b; positive factors do not matter.  (Basu, Pollack, Roy, Algorithms in Real
Algebraic Geometry, 2006, Theorem 2.50; a and b may be infinite.)
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from math import ceil, floor, gcd, lcm

from .algebra import Function, Generator, Image, binomial, constant, transform
from .enclosure import Interval, WideError, scale_down, shifted, times
from .reader import (
    MAX_DEGREE,
    Fields,
    items,
    natural,
    need,
    rationals,
)
from .stages import Basis, increasing
from .work import spend, spend_product, widest

NEEDS = ("enclosure",)
MAX_WORK = 1 << 18  # degree of a denominator times the bits of its coefficients
Polynomial = tuple[Fraction, ...]
Integers = Sequence[int]
End = Fraction | None
ONE = Fraction(1)


# --- the basis ---------------------------------------------------------------------


def rational(f: Fields) -> Basis:
    """Decode functions that are sums of n(x)/q(x)^k in pieces, right-continuous."""
    functions: list[Function] = []
    for entry in items(f["functions"]):
        parts: Image = []
        for raw in items(entry):
            with Fields(raw, f.file) as g:
                parts += term(g)
        functions.append(transform(constant(ONE), lambda _, image=parts: image))
    return Basis(len(functions), lambda: functions)


def term(f: Fields) -> Image:
    """One numerator in pieces over q^k; q without a root wherever a piece stands."""
    q, k = rationals(f["denominator"]), natural(f["power"], 1, MAX_DEGREE)
    cuts = increasing(f["breakpoints"])
    pieces = [rationals(v) for v in items(f["pieces"])]
    degree = len(q) - 1
    need(degree >= 1 and degree * k <= MAX_DEGREE, "the degree of a denominator")
    bits = sum(c.numerator.bit_length() + c.denominator.bit_length() for c in q)
    need(degree * bits <= MAX_WORK, "too large: a denominator")
    need(q[-1] == 1, "a denominator is not monic")
    need(len(set(cuts)) == len(cuts), "a repeated breakpoint")
    need(len(pieces) == len(cuts) + 1, "not one piece more than breakpoints")
    for piece, (low, high) in zip(pieces, pairwise([None, *cuts, None]), strict=True):
        need(len(piece) <= degree, "a numerator of the degree of its denominator")
        need(not piece or piece[-1] != 0, "a polynomial ends with 0")
        need(not (piece and has_root(q, low, high)), "a denominator has a root")
    return [
        (("ratio", q, k, j, t), sign * c)
        for t, before, after in zip((None, *cuts), ((), *pieces), pieces, strict=False)
        for sign, piece in ((1, after), (-1, before))
        for j, c in enumerate(piece)
    ]


# --- roots -------------------------------------------------------------------------


def has_root(q: Polynomial, low: End, high: End) -> bool:
    """Whether q has a root on the closed interval [low, high], low < high."""
    members = sturm(q)
    signs = [[sign(p, x, up) for p in members] for x, up in ((low, -1), (high, 1))]
    at_end = 0 in (signs[0][0], signs[1][0])
    return at_end or changes(signs[0]) != changes(signs[1])


@lru_cache(maxsize=256)
def sturm(q: Polynomial) -> Sequence[Integers]:
    """The chain of q in integers, each member up to a positive factor."""
    den = lcm(*[c.denominator for c in q])
    first = [c.numerator * (den // c.denominator) for c in q]
    members = [first, [j * c for j, c in enumerate(first)][1:]]
    while rest := remainder(members[-2], members[-1]):
        members.append([-c for c in rest])
    return members


def remainder(a: Integers, b: Integers) -> Integers:
    """A positive multiple of a modulo b, without common factors."""
    rest = list(a)
    while len(rest) >= len(b):
        lead, place = rest[-1] * (1 if b[-1] > 0 else -1), len(rest) - len(b)
        spend(len(rest) * widest(rest))
        rest = [abs(b[-1]) * c for c in rest]
        for j, c in enumerate(b, start=place):
            rest[j] -= lead * c
        while rest and not rest[-1]:
            rest.pop()
    spend_product(widest(rest))
    common = gcd(*rest)
    return [c // common for c in rest]


def sign(p: Integers, x: End, infinity: int) -> int:
    """The sign of p at x, or at plus or minus infinity."""
    if x is None:
        value = p[-1] * infinity ** (len(p) - 1)
    else:
        value, power = 0, 1
        for c in reversed(p):
            value, power = value * x.numerator + c * power, power * x.denominator
    return (value > 0) - (value < 0)


def changes(signs: Sequence[int]) -> int:
    """How often the sign changes, zeros left out."""
    return sum(a != b for a, b in pairwise(filter(None, signs)))


# --- the images of a generator -----------------------------------------------------


def value(g: Generator, x: Fraction) -> Fraction:
    """The value at x."""
    _, q, k, j, t = g
    bottom = sum(c * x**i for i, c in enumerate(q))
    inside = bottom and (t is None or x >= t)
    return x**j / bottom**k if inside else Fraction(0)


def substituted(g: Generator, a: Fraction, b: Fraction) -> Image:
    """g(a*x + b) for a other than 0; roots go to roots."""
    _, q, k, j, t = g
    inner = [Fraction(0)] * len(q)
    for i, c in enumerate(q):
        for e, d in enumerate(binomial(i, a, b)):
            inner[e] += c * d
    monic = tuple(c / inner[-1] for c in inner)
    top = [c / inner[-1] ** k for c in binomial(j, a, b)]

    def cut(s: End, factor: int) -> Image:
        return [(("ratio", monic, k, i, s), factor * c) for i, c in enumerate(top)]

    if t is None:
        return cut(None, 1)
    s = (t - b) / a
    if a > 0:
        return cut(s, 1)
    # [a*x + b >= t] is [x <= s] = 1 - [x >= s] + [x == s].
    return [*cut(None, 1), *cut(s, -1), (("point", s), value(g, t))]


def right_of(g: Generator, t: Fraction) -> Image:
    """g where x >= t, and 0 left of t."""
    own = g[4]
    return [((*g[:4], t if own is None or own < t else own), ONE)]


def within(g: Generator, low: End, high: End) -> Image:
    """What equals g on [low, high] and depends on g there only, low < high."""
    t = g[4]
    if t is None or (low is not None and t <= low):
        return [((*g[:4], None), ONE)]
    if high is None or t < high:
        return [(g, ONE)]
    return [(("point", t), value(g, t))] if t == high else []


# --- enclosures --------------------------------------------------------------------


def enclose(f: Function, x: Interval, bits: int) -> Interval:
    """An interval that holds the ratios in f, times f.den, on the interval x.

    Ratios of one denominator are added first: where their sum is 0, so is it here,
    whatever the denominator is.
    """
    groups: dict[tuple[Polynomial, int], list[tuple[End, int, int]]] = {}
    for g, c in f.terms.items():
        if g[0] == "ratio":
            groups.setdefault((g[1], g[2]), []).append((g[4], g[3], c))
    total = 0, 0
    start, stop = (Fraction(v, 1 << bits) for v in x)
    for (q, k), parts in groups.items():
        inside = {t for t, _, _ in parts if t is not None and start < t <= stop}
        hull: list[int] = []
        for a, b in pairwise([start, *sorted(inside), stop]):
            top = [0] * (len(q) - 1)
            for t, j, c in parts:
                top[j] += c if t is None or t <= a else 0
            cell = floor(a * 2**bits), ceil(b * 2**bits)
            hull += quotient(top, q, k, cell, bits) if any(top) else (0, 0)
        total = shifted(total, (min(hull), max(hull)))
    return total


def quotient(top: Integers, q: Polynomial, k: int, x: Interval, bits: int) -> Interval:
    """An interval that holds top/q^k on the interval x."""
    den = lcm(*[c.denominator for c in q])
    bottom = horner([c.numerator * (den // c.denominator) for c in q], x, bits)
    if bottom[0] <= 0 <= bottom[1]:
        raise WideError("a denominator is not separated from 0")
    found = horner(top, x, bits)
    for _ in range(k):
        found = found[0] * den << bits, found[1] * den << bits
        corners = [scale_down((v, v), abs(w)) for v in found for w in bottom]
        low, high = min(map(min, corners)), max(map(max, corners))
        found = (low, high) if bottom[0] > 0 else (-high, -low)
    return found


def horner(p: Integers, x: Interval, bits: int) -> Interval:
    """An interval that holds p on the interval x."""
    found = 0, 0
    for c in reversed(p):
        found = shifted(times(found, x, bits), (c << bits, c << bits))
    return found
