"""Denominators: factors over Q, partial fractions, and certified absence of real roots.

Roots are counted by Sturm's theorem; see Basu, Pollack, Roy, "Algorithms in Real
Algebraic Geometry" (2006), section 2.2.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any

from kan_equiv.exact.polynomial import Polynomial

__all__ = [
    "is_irreducible",
    "least_common_multiple",
    "monic",
    "partial_fractions",
    "root_interval",
]

End = Fraction | None
WIDTH = Fraction(1, 1 << 20)


def monic(p: Polynomial) -> Polynomial:
    """Return p over its leading coefficient; p is not zero."""
    return p.scale(1 / p.coefficients[-1])


# --- factors ------------------------------------------------------------------


def _flint(p: Polynomial) -> Any:
    import flint

    return flint.fmpq_poly(list(p.numerators), p.denominator)


def _polynomial(p: Any) -> Polynomial:
    return Polynomial(tuple(map(int, p.numer().coeffs())), int(p.denom()))


@lru_cache(maxsize=4096)
def _factors(p: Polynomial) -> tuple[tuple[Polynomial, int], ...]:
    _, found = _flint(p).factor()
    return tuple((monic(_polynomial(q)), int(e)) for q, e in found)


def is_irreducible(p: Polynomial) -> bool:
    """Whether a polynomial of degree >= 1 is no product of two such over Q."""
    factors = _factors(p)
    return len(factors) == 1 and factors[0][1] == 1


@lru_cache(maxsize=4096)
def partial_fractions(
    numerator: Polynomial, denominator: Polynomial
) -> tuple[Polynomial, tuple[tuple[Polynomial, int, Polynomial], ...]]:
    """Return (p, terms) with numerator/denominator = p + sum of r/q^k over the terms.

    A term is (q, k, r): q monic and irreducible over Q, deg r < deg q, r not zero.
    The terms are unique, and independent over Q together with the powers of x.

    >>> x, one = Polynomial.of([0, 1]), Polynomial.of([1])
    >>> p, terms = partial_fractions(one, x * x - one)  # 1/(x^2 - 1)
    >>> [(str(q), k, str(r)) for q, k, r in terms]
    [('x - 1', 1, '1/2'), ('x + 1', 1, '-1/2')]
    """
    n, d = _flint(numerator), _flint(monic(denominator))
    n = n / denominator.coefficients[-1].numerator
    n = n * denominator.coefficients[-1].denominator
    whole, rest = divmod(n, d)
    terms: list[tuple[Polynomial, int, Polynomial]] = []
    for q, e in _factors(denominator):
        base = _flint(q)
        power = base**e
        # rest/d has the part a/q^e with a = rest * (d/q^e)^-1 modulo q^e.
        _, inverse, _ = (d // power).xgcd(power)
        a = rest * inverse % power
        for k in range(e, 0, -1):
            a, r = divmod(a, base)
            if r != 0:
                terms.append((q, k, _polynomial(r)))
    terms.sort(key=lambda t: (t[0].coefficients, t[1]))
    return _polynomial(whole), tuple(terms)


def least_common_multiple(
    p: Polynomial, q: Polynomial
) -> tuple[Polynomial, Polynomial, Polynomial]:
    """Return (m, m/p, m/q) with the least common multiple m; all 0 if p or q is 0."""
    if not p or not q:
        nothing = Polynomial.of([])
        return nothing, nothing, nothing
    common = _flint(p).gcd(_flint(q))
    left, right = _polynomial(_flint(q) // common), _polynomial(_flint(p) // common)
    return p * left, left, right


# --- roots --------------------------------------------------------------------


@lru_cache(maxsize=4096)
def root_interval(p: Polynomial, lo: End, hi: End) -> tuple[Fraction, Fraction] | None:
    """Return a short closed interval that holds a root of p on [lo, hi], or None.

    None is a proof that p has no real root there. An end that is None is infinite;
    lo == hi is a point. p is not zero.

    >>> square = Polynomial.of([-2, 0, 1])
    >>> a, b = root_interval(square, Fraction(0), None)
    >>> float(a) < 2**0.5 < float(b)
    True
    >>> root_interval(square, Fraction(3, 2), None) is None
    True
    """
    for end in (lo, hi):
        if end is not None and p(end) == 0:
            return end, end
    if p.degree == 1:
        root = -p.coefficient(0) / p.coefficient(1)
        inside = (lo is None or lo < root) and (hi is None or root < hi)
        return (root, root) if inside else None
    bound = 1 + sum((abs(c) for c in monic(p).coefficients), Fraction(0))
    a, b = -bound if lo is None else lo, bound if hi is None else hi
    if p.degree == 0 or a >= b:
        return None
    chain = _sturm(p)
    if _changes(chain, a) == _changes(chain, b):
        return None
    while b - a > WIDTH:
        middle = (a + b) / 2
        if p(middle) == 0:
            return middle, middle
        if _changes(chain, a) != _changes(chain, middle):
            b = middle
        else:
            a = middle
    return a, b


@lru_cache(maxsize=1024)
def _sturm(p: Polynomial) -> tuple[Polynomial, ...]:
    """Return p, p', and the negated remainders, each up to a positive factor."""
    chain = [p, p.derivative()]
    while chain[-1]:
        rest = _flint(chain[-2]) % _flint(chain[-1])
        chain.append(_primitive(_polynomial(-rest)))
    return tuple(chain[:-1])


def _primitive(p: Polynomial) -> Polynomial:
    content = math.gcd(*p.numerators)
    return Polynomial(tuple(n // content for n in p.numerators)) if p else p


def _changes(chain: tuple[Polynomial, ...], x: Fraction) -> int:
    """Return how often the sign changes along the chain at x, zeros left out."""
    signs = [v > 0 for q in chain if (v := q(x))]
    return sum(a != b for a, b in pairwise(signs))
