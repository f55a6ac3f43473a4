"""Small prime factors of rationals: log and sqrt of a number in one form."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import isqrt

__all__ = ["LIMIT", "prime_factors", "square_part"]

LIMIT = 1 << 16
"""Primes below this are found; the kernel looks no farther either."""


@lru_cache(maxsize=1)
def _primes() -> tuple[int, ...]:
    is_prime = bytearray([1]) * LIMIT
    for p in range(2, isqrt(LIMIT)):
        if is_prime[p]:
            is_prime[p * p :: p] = bytes(len(range(p * p, LIMIT, p)))
    return tuple(p for p in range(2, LIMIT) if is_prime[p])


@lru_cache(maxsize=1 << 12)
def _small(n: int) -> tuple[tuple[int, int], ...]:
    """Return (prime, exponent) of n >= 1; what is left comes last, with exponent 1."""
    found: list[tuple[int, int]] = []
    for p in _primes():
        if p * p > n:
            break
        exponent = 0
        while n % p == 0:
            n, exponent = n // p, exponent + 1
        if exponent:
            found.append((p, exponent))
    return (*found, (n, 1)) if n > 1 else tuple(found)


def prime_factors(q: Fraction) -> dict[int, int]:
    """Return exponents by factor, whose product is q > 0.

    The factors are distinct primes, if what is left of numerator and denominator
    without primes below 2^16 is less than 2^32; otherwise such a rest may stand for
    the product of larger primes.

    >>> prime_factors(Fraction(12, 35))
    {2: 2, 3: 1, 5: -1, 7: -1}
    """
    found = dict(_small(q.numerator))
    for p, exponent in _small(q.denominator):
        found[p] = found.get(p, 0) - exponent
    return {p: e for p, e in found.items() if e}


def square_part(q: Fraction) -> tuple[Fraction, int]:
    """Return (r, m) with q = r^2 m, r > 0, m an integer without small square factors.

    m is squarefree if what is left of numerator times denominator without primes below
    2^16 is less than 2^48.

    >>> square_part(Fraction(8, 3))  # 8/3 = (2/3)^2 6
    (Fraction(2, 3), 6)
    """
    root, rest = 1, 1
    for p, exponent in _small(q.numerator * q.denominator):
        side = isqrt(p)
        if side * side == p:  # of what is left; a prime is no square
            root *= side**exponent
            continue
        root *= p ** (exponent // 2)
        rest *= p ** (exponent % 2)
    return Fraction(root, q.denominator), rest
