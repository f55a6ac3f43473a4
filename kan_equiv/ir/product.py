"""Multiplication nodes: products of coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kan_equiv.exact.enclosure import Number
from kan_equiv.ir.groups import Groups

__all__ = ["Product"]


@dataclass(frozen=True, slots=True)
class Product(Groups):
    """y[g] is the product of x[i] over the indices i of group g, repeated ones too.

    A group of one index passes its coordinate on, as the addition nodes of a layer do.

    >>> from fractions import Fraction
    >>> Product(((0,), (1, 2), (1, 1, 1)), 3)([Fraction(v) for v in (2, 3, 5)])
    [Fraction(2, 1), Fraction(15, 1), Fraction(27, 1)]
    """

    def __call__(self, x: Sequence[Number]) -> list[Number]:
        """Evaluate exactly, or in enclosures where factors are."""
        out: list[Number] = []
        for first, *others in self.groups:
            value = x[first]
            for i in others:
                value = value * x[i]  # type: ignore[operator]
            out.append(value)
        return out
