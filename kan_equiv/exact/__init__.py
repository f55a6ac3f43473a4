"""Arithmetic that never rounds: lifted floats, matrices, polynomials, pieces, balls."""

from __future__ import annotations

from kan_equiv.exact.enclosure import Enclosure, Number
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.exact.tensor import FloatTensor, RationalTensor, Tensor

__all__ = [
    "Enclosure",
    "FloatTensor",
    "Number",
    "PiecewisePolynomial",
    "Polynomial",
    "RationalTensor",
    "Tensor",
]
