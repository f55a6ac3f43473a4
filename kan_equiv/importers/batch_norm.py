"""Batch normalization in evaluation mode: an affine map with one rounded factor.

y = (x - mean) / sqrt(var + eps) * weight + bias, channel by channel. The square root is
no rational number in general; it is the one number that is not taken bit for bit.
"""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

from kan_equiv.errors import LoadError

__all__ = ["inverse_deviation"]

BITS = 300


def inverse_deviation(variance: Fraction, epsilon: Fraction) -> Fraction:
    """Return 1/sqrt(variance + epsilon), rounded to the nearest float64 if irrational.

    Raises:
        LoadError: the sum is not positive.

    >>> inverse_deviation(Fraction(9, 4), Fraction(0))
    Fraction(2, 3)
    >>> float(inverse_deviation(Fraction(2), Fraction(0)))
    0.7071067811865476
    """
    total = variance + epsilon
    if total <= 0:
        raise LoadError(
            "batch normalization needs running_var + eps > 0, got "
            f"running_var={float(variance)}, eps={float(epsilon)}"
        )
    p, q = total.numerator, total.denominator
    if isqrt(p) ** 2 == p and isqrt(q) ** 2 == q:
        return Fraction(isqrt(q), isqrt(p))
    return Fraction(float(Fraction(isqrt((q << 2 * BITS) // p), 1 << BITS)))
