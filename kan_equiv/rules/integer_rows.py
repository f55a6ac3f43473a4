"""Affine stages as tables of integers over one denominator, biases at the end."""

from __future__ import annotations

import math
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from kan_equiv.exact.tensor import RationalTensor, integers_of
from kan_equiv.ir.linear import Dense
from kan_equiv.ir.stage import Affine

__all__ = ["Array", "IntegerRows"]

Array: TypeAlias = "np.ndarray[Any, Any]"


class IntegerRows(NamedTuple):
    """W x + b with row r of W, then b_r, in ``table[r]``; all over ``denominator``."""

    table: Array
    denominator: int

    @classmethod
    def of(cls, affine: Affine) -> IntegerRows:
        """Multiply out an affine stage."""
        n = affine.in_features
        rows, weight, d = affine.weight.columns(range(n))
        bias, e = integers_of(affine.bias)
        common = math.lcm(d, e)
        table = np.zeros((affine.out_features, n + 1), dtype=object)
        table[rows, :n] = weight * (common // d)
        table[:, n] = bias * (common // e)
        return cls(table, common)

    def to_affine(self) -> Affine:
        """Return the stage; equal values give equal stages."""
        common = [math.gcd(self.denominator, *c) for c in self.table.T.tolist()]
        reduced: Array = self.table // np.array(common, dtype=object)
        denominators = [self.denominator // g for g in common]
        weight, bias = reduced[:, :-1], reduced[:, -1]
        return Affine(
            Dense.matrix(
                RationalTensor(
                    weight.shape, tuple(weight.ravel().tolist()), (*denominators[:-1],)
                )
            ),
            RationalTensor(bias.shape, tuple(bias.tolist()), (denominators[-1],)),
        )
