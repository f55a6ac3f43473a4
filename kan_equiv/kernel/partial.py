"""log and sqrt, which are not defined everywhere, and where a word is defined.

A network is a composition of partial functions of vectors, and composition is strict:
it is defined at x iff, stage by stage, the argument of every log is positive and of
every sqrt not negative, whatever the weights after it are.  Two words are equal iff
they are defined at the same points of the domain and agree there.

The generators ("atom", "log", a, b) and ("atom", "sqrt", a, b) stand for functions on
all of R: 0 where log and sqrt are not defined.  So equal combinations are the same
function, as in `algebra`.  What a word denotes is such a combination where it is
defined; elsewhere nothing is meant by the combination, and where that is is kept beside
it.  The argument of every log and sqrt that `windows` lets pass is affine in one
x_i, an input or a direction, so a word is defined where every x_i lies in one interval,
its *extent*.  Functions of x_i are compared there.

    log(c l) = log(l) + sum of e log(p)      c > 0, the product of p^e
    sqrt(c l) = r sqrt(m l)                  c = r^2 m > 0

They hold where both sides are defined, which is at the same points.  So l gets integer
coefficients without common factor; m and the p are what is found with primes below
2^16.  (docs/reference/completeness.md says when that misses no equality.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from math import gcd, isqrt, lcm
from typing import NamedTuple

from .algebra import Function, combine, substitute
from .atoms import UNIT, Generator, Image, UndefinedError
from .cells import restrict
from .reader import need
from .stages import Basis
from .windows import Column, Evaluator, State, column
from .work import spend, words

NEEDS = ("cells",)
LIMIT = 1 << 16
ZERO, ONE = Fraction(0), Fraction(1)
AFFINE = {("power", 1), ("power", 0)}


# --- the normal form ---------------------------------------------------------------


def image(name: str, a: Fraction, b: Fraction) -> Image:
    """log(a*x + b) or sqrt(a*x + b), 0 where that is not defined."""
    if a == 0 and not is_defined(name, b):
        return []
    if a == b == 0:  # sqrt(0)
        return []
    top = gcd(a.numerator, b.numerator)
    bottom = lcm(a.denominator, b.denominator)
    c = Fraction(top, bottom)
    a, b = a / c, b / c
    if name == "sqrt":  # sqrt(top/bottom) = sqrt(top*bottom)/bottom
        root, m = square_part(top * bottom)
        factor = Fraction(root, bottom)
        if a == 0 and m == 1:
            return [(UNIT, factor)]
        return [(("atom", "sqrt", m * a, m * b), factor)]
    parts: Image = [(("atom", "log", a, b), ONE)] if a else []
    for n, sign in ((top, 1), (bottom, -1)):
        for p, e in factors(n):
            parts.append((("atom", "log", ZERO, Fraction(p)), Fraction(sign * e)))
    return parts


def rational_value(name: str, z: Fraction) -> Fraction:
    """log(z) or sqrt(z), refused unless it is defined and seen to be rational."""
    if not is_defined(name, z):
        raise UndefinedError(f"{name} is not defined there")
    found = image(name, ZERO, z)
    need(all(g == UNIT for g, _ in found), f"no rational value of {name} is known")
    return sum((c for _, c in found), ZERO)


@lru_cache(maxsize=1)
def primes() -> Sequence[int]:
    """All primes below LIMIT = 2^16, by a sieve."""
    is_prime = bytearray([1]) * LIMIT
    for p in range(2, 1 << 8):
        if is_prime[p]:
            is_prime[p * p :: p] = bytes(len(range(p * p, LIMIT, p)))
    return [p for p in range(2, LIMIT) if is_prime[p]]


@lru_cache(maxsize=4096)
def factors(n: int) -> Sequence[tuple[int, int]]:
    """Factors of n >= 1 and their exponents: small primes, and what is left."""
    found: list[tuple[int, int]] = []
    spend(words(n) << min(LIMIT.bit_length(), n.bit_length() // 2) >> 3)
    for p in primes():
        if p * p > n:
            break
        e = 0
        while n % p == 0:
            n, e = n // p, e + 1
        if e:
            found.append((p, e))
    return [*found, (n, 1)] if n > 1 else found


def square_part(n: int) -> tuple[int, int]:
    """(r, m) with n = r^2 m; no square of a small prime divides m."""
    root = rest = 1
    for p, e in factors(n):
        side = isqrt(p)
        if side * side == p:
            root *= side**e
        else:
            root, rest = root * p ** (e // 2), rest * p ** (e % 2)
    return root, rest


def is_defined(name: str, z: Fraction) -> bool:
    """Whether log or sqrt has a value at z."""
    return z > 0 or (z == 0 and name == "sqrt")


def power_of_root(outer: Function, inner: Function) -> Function | None:
    """outer(c sqrt(l)) for a sum of even powers and a multiple of x, or None.

    (c sqrt(l))^2k = (c^2 l)^k where sqrt(l) is defined; elsewhere nothing is meant.
    """
    if len(inner.terms) != 1 or any(g[0] != "power" for g in outer.terms):
        return None
    ((g, c),) = inner.terms.items()
    if g[:2] != ("atom", "sqrt") or any(k % 2 and k > 1 for _, k in outer.terms):
        return None
    square = Fraction(c * c, inner.den**2)
    even = Function(
        {("power", k // 2): v for (_, k), v in outer.terms.items() if k % 2 == 0},
        outer.den,
    )
    first = outer.coefficient(("power", 1))
    powers = substitute(even, square * g[2], square * g[3])
    return combine([(1, 1, powers), (first.numerator, first.denominator, inner)])


# --- extents -----------------------------------------------------------------------


class Extent(NamedTuple):
    """An interval; None is no end, and an end belongs to it or not."""

    low: Fraction | None = None
    has_low: bool = True
    high: Fraction | None = None
    has_high: bool = True

    @property
    def is_empty(self) -> bool:
        if self.low is None or self.high is None:
            return False
        closed = self.has_low and self.has_high
        return self.low > self.high or (self.low == self.high and not closed)

    def meet(self, other: Extent) -> Extent:
        """What lies in both; the larger lower end counts, the smaller upper one."""
        lows = [(e.low, not e.has_low) for e in (self, other) if e.low is not None]
        highs = [(e.high, e.has_high) for e in (self, other) if e.high is not None]
        low, excluded = max(lows, default=(None, False))
        high, included = min(highs, default=(None, True))
        return Extent(low, not excluded, high, included)


Side = tuple[State, dict[int, Extent]]
WHOLE = Extent()
NEVER = Extent(ONE, True, ZERO, True)


def half_line(g: Generator) -> Extent:
    """Where log or sqrt of a*x + b is defined."""
    _, name, a, b = g
    if a == 0:
        return WHOLE if is_defined(name, b) else NEVER
    end, closed = -b / a, name == "sqrt"
    return Extent(end, closed) if a > 0 else Extent(None, True, end, closed)


def all_defined(atoms: Sequence[Generator]) -> Extent:
    """Where all of these are defined."""
    here = WHOLE
    for g in atoms:
        need(g[0] == "atom", "an atom in pieces, and nothing says where it is defined")
        here = here.meet(half_line(g))
    return here


def meet(parts: Iterable[Extent | None]) -> Extent | None:
    """What lies in all of them; None is everywhere."""
    here = WHOLE
    for extent in parts:
        here = here.meet(extent or WHOLE)
    return None if here == WHOLE else here


def preimage(extent: Extent, slope: Fraction, offset: Fraction) -> Extent:
    """Where slope*x + offset lies in an extent."""
    low, has_low, high, has_high = extent
    if slope == 0:
        point = Extent(offset, True, offset, True)
        return NEVER if extent.meet(point).is_empty else WHOLE
    start = None if low is None else (low - offset) / slope
    stop = None if high is None else (high - offset) / slope
    if slope > 0:
        return Extent(start, has_low, stop, has_high)
    return Extent(stop, has_high, start, has_low)


def require(evaluator: Evaluator, c: Column, basis: Basis) -> None:
    """The values of a column have to lie where all of the basis is defined."""
    i, f = c
    affine = f.terms.keys() <= AFFINE
    need(affine, "log or sqrt of an argument that is not affine")
    slope, offset = (f.coefficient(("power", k)) for k in (1, 0))
    here = evaluator.defined.get(i, WHOLE)
    evaluator.defined[i] = here.meet(preimage(basis.extent, slope, offset))


def common(evaluator: Evaluator, sides: Sequence[Side]) -> Sequence[Side]:
    """Both sides on their extents, which have to be the same ones.

    Where both are defined nowhere there is nothing to compare: then it is one side
    twice.
    """
    extents: list[dict[int, Extent]] = []
    for _, defined in sides:
        own: dict[int, Extent] = {}
        for i, extent in defined.items():
            low, high = evaluator.interval(i) or (None, None)
            domain = Extent(low, True, high, True)
            if (here := extent.meet(domain)) != domain:
                own[i] = here
        extents.append(own)
    never = [any(e.is_empty for e in own.values()) for own in extents]
    if all(never):
        return [sides[0], sides[0]]
    need(not any(never) and extents[0] == extents[1], "the sides are defined elsewhere")
    return [(restricted(state, extents[0]), defined) for state, defined in sides]


def restricted(state: State, extents: dict[int, Extent]) -> State:
    """The functions of each x_i on its extent."""
    columns = [
        column(i, on(f, extents[i]) if i in extents else f) for i, f in state.columns
    ]
    return state._replace(columns=columns)


def on(f: Function, extent: Extent) -> Function:
    """A combination that equals f on the extent and depends on f there only."""
    low, has_low, high, has_high = extent
    found = restrict(f, low, high)
    ends = {t for t, held in ((low, has_low), (high, has_high)) if not held}
    kept = {
        g: c
        for g, c in found.terms.items()
        if g[0] not in ("point", "spike") or g[1] not in ends
    }
    return Function(kept, found.den)
