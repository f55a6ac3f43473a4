from __future__ import annotations

from fractions import Fraction
from math import prod

import sympy
from hypothesis import example, given
from hypothesis import strategies as st

from kan_equiv.exact.factors import LIMIT, prime_factors, square_part

F = Fraction
POSITIVE = st.fractions(min_value=F(1, 10**6), max_value=10**6, max_denominator=10**6)
BIG = 65537  # the least prime above 2^16


@given(POSITIVE)
@example(F(BIG, 2))
@example(F(1))
def test_prime_factors_multiply_to_the_number(q: F) -> None:
    found = prime_factors(q)
    assert prod((F(p) ** e for p, e in found.items()), start=F(1)) == q
    assert all(e and sympy.isprime(p) for p, e in found.items())


@given(POSITIVE)
@example(F(BIG**2, 3))
@example(F(8, 3))
def test_square_parts(q: F) -> None:
    r, m = square_part(q)
    assert r > 0
    assert r * r * m == q
    assert all(e == 1 for e in sympy.factorint(m).values())


def test_large_primes_may_stay_together() -> None:
    """Sound all the same: it is the product that counts."""
    p, q = BIG, int(sympy.nextprime(BIG))
    assert min(p, q) > LIMIT
    assert prime_factors(F(p * q)) == {p * q: 1}
    assert square_part(F(p * p * q)) == (F(1), p * p * q)
