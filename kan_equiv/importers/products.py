"""Products of two columns by squares: f g = ((f + g)^2 - (f - g)^2) / 4."""

from __future__ import annotations

from fractions import Fraction

from kan_equiv.exact.tensor import RationalTensor
from kan_equiv.ir.basis import MonomialBasis
from kan_equiv.ir.linear import BlockDiagonal, Dense
from kan_equiv.ir.stage import Affine, Bank

__all__ = ["QUARTERS", "squares_of_pairs"]

QUARTERS = RationalTensor.from_fractions(
    [Fraction(1, 4), Fraction(-1, 4)], (2,), "quarters"
)
"""What the two squares of a pair are weighed with to give its product."""


def squares_of_pairs(pairs: int) -> tuple[Affine, Bank]:
    """Return (f, g) -> ((f + g)^2, (f - g)^2), for each of some pairs.

    >>> affine, bank = squares_of_pairs(1)
    >>> up, down = bank(affine([Fraction(3), Fraction(5)]))
    >>> (up - down) / 4
    Fraction(15, 1)
    """
    signs = RationalTensor((2, 2), (1, 1, 1, -1), (1,), "signs")
    weight = BlockDiagonal((Dense.matrix(signs),), (0,) * pairs)
    return Affine.linear(weight), Bank((MonomialBasis((2,)),), (0,) * (2 * pairs))
