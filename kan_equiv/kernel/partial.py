"""log and sqrt, which are not defined everywhere, and where a word is defined.

A network is a composition of partial functions of vectors, and composition is strict:
it is defined at x iff, stage by stage, the argument of every log is positive and of
every sqrt not negative, whatever the weights after it are.  Two words are equal iff
they are defined at the same points of the domain and agree there.

The generators ("atom", "log", a, b) and ("atom", "sqrt", a, b) stand for functions on
all of R: 0 where log and sqrt are not defined.  So what is said in `algebra` holds of
them, and combinations are compared as ever; where a word is defined is kept beside
them.  The argument of every log and sqrt that `windows` lets pass is affine in one
x_i, an input or a direction, so a word is defined where every x_i lies in one interval,
its *extent*.  Functions of x_i are compared there.

    log(c l) = log(l) + sum of e log(p)      c > 0, the product of p^e
    sqrt(c l) = r sqrt(m l)                  c = r^2 m > 0

Both hold where l > 0 or l >= 0, and both sides are 0 elsewhere.  With them l gets
integer coefficients without common factor, m and the p are what is found with primes
below 2^16.  (docs/reference/completeness.md says when that misses no equality.)
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import gcd, isqrt, lcm
from typing import NamedTuple

from .algebra import Function, combine, substitute
from .atoms import UNIT, Generator, Image, UndefinedError
from .cells import restrict
from .enclosure import Interval, WideError, halved, scale_down, shifted
from .reader import need
from .stages import Basis
from .windows import Column, Evaluator, State, column
from .work import spend, spend_product, words

NEEDS = ("cells", "enclosure")
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


def half_line(g: Generator, slope: Fraction, offset: Fraction) -> Extent:
    """Where log or sqrt of a*(slope*x + offset) + b is defined."""
    _, name, a, b = g
    rise, start = a * slope, a * offset + b
    if rise == 0:
        return WHOLE if is_defined(name, start) else NEVER
    end, closed = -start / rise, name == "sqrt"
    return Extent(end, closed) if rise > 0 else Extent(None, True, end, closed)


def require(evaluator: Evaluator, c: Column, basis: Basis) -> None:
    """The values of a column have to lie where all of the basis is defined."""
    i, f = c
    affine = f.terms.keys() <= AFFINE
    need(affine, "log or sqrt of an argument that is not affine")
    slope, offset = (f.coefficient(("power", k)) for k in (1, 0))
    here = evaluator.defined.get(i, WHOLE)
    for g in basis.partial_atoms:
        here = here.meet(half_line(g, slope, offset))
    evaluator.defined[i] = here


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
    kept = {g: c for g, c in found.terms.items() if g[0] != "point" or g[1] not in ends}
    return Function(kept, found.den)


# --- enclosures --------------------------------------------------------------------


def enclose(name: str, x: Interval, bits: int) -> Interval:
    """log or sqrt on the interval x; both increase."""
    low, high = x
    if high < 0 or (high == 0 and name == "log"):
        raise UndefinedError(f"{name} is not defined there")
    if low < 0 or (low == 0 and name == "log"):
        raise WideError(f"it is not seen whether {name} is defined there")
    if name == "sqrt":
        spend_product(words(high << bits))
        low, high = low << bits, high << bits
        root = isqrt(high)
        return isqrt(low), root + (root * root < high)
    return log(low, bits)[0], log(high, bits)[1]


def log(x: int, bits: int) -> Interval:
    """log(x/2^bits): with x/2^bits = 2^k m, 1 <= m < 2, it is k log(2) + log(m)."""
    digits = x.bit_length() - 1
    k = digits - bits
    work = bits + 32 + k.bit_length()
    m = halved((x << work, x << work), digits)
    one = 1 << work
    low = (m[0] - one << work) // (m[0] + one)
    high = -(-(m[1] - one << work) // (m[1] + one))
    twos = log_2(work)
    ends = sorted((k * twos[0], k * twos[1]))
    found = shifted((ends[0], ends[1]), twice_atanh((low, high), work))
    return halved(found, work - bits)


@lru_cache(maxsize=64)
def log_2(work: int) -> Interval:
    """log(2), which is twice the inverse tanh of 1/3."""
    return twice_atanh(scale_down((1 << work, 1 << work), 3), work)


def twice_atanh(y: Interval, work: int) -> Interval:
    """log((1 + y)/(1 - y)), the sum of 2 y^(2n+1)/(2n+1), for 0 <= y <= 1/3.

    From one term to the next it is at most 1/9, so the rest is at most 9/8 times the
    power that comes next.
    """
    square = halved((y[0] * y[0], y[1] * y[1]), work)
    power, total, n = y, (0, 0), 1
    while power[1] > 1:
        total = shifted(total, scale_down(power, n))
        power = halved((power[0] * square[0], power[1] * square[1]), work)
        n += 2
        spend(16 + work // 32)
    return 2 * total[0], 2 * (total[1] + 2 * power[1])
