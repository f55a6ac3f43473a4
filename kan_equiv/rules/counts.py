"""Counting by one rule on both sides: parameters, hidden units, widths, grids."""

from __future__ import annotations

from dataclasses import dataclass

from kan_equiv.exact.tensor import FloatTensor
from kan_equiv.ir.linear import (
    BlockDiagonal,
    Composition,
    Dense,
    Interleave,
    LinearMap,
    Selection,
)
from kan_equiv.ir.maximum import Maximum
from kan_equiv.ir.network import Network
from kan_equiv.ir.product import Product
from kan_equiv.ir.stage import Affine, Bank, Parallel

__all__ = ["Counts", "count"]


@dataclass(frozen=True, slots=True)
class Counts:
    """What a network holds.

    Attributes:
        parameters: free numbers of the linear maps and non-zero biases. Scales and
            masks that multiply a coefficient count as one number with it; a shared
            block counts once, with its non-zero entries; copies count nothing.
        hidden_units: functions in all banks, over all inputs; products and maxima.
        widths: in_features, then out_features of every stage.
        bases: distinct bases (grids) over all banks.
    """

    parameters: int
    hidden_units: int
    widths: tuple[int, ...]
    bases: int


def count(network: Network) -> Counts:
    """Count the parameters, units and widths of a network."""
    parameters = units = bases = 0
    for stage in network.stages:
        if isinstance(stage, Affine):
            parameters += _map_parameters(stage.weight)
            parameters += sum(1 for b in stage.bias.fractions() if b)
        elif isinstance(stage, Bank):
            units += stage.out_features
            bases += len(stage.bases)
        elif isinstance(stage, (Maximum, Product)):
            units += stage.out_features
        elif isinstance(stage, Parallel):
            inner = [count(n) for n in stage.networks]
            parameters += sum(c.parameters for c in inner)
            units += sum(c.hidden_units for c in inner)
            bases += sum(c.bases for c in inner)
    widths = (network.in_features, *(s.out_features for s in network.stages))
    return Counts(parameters, units, widths, bases)


def _map_parameters(m: LinearMap) -> int:
    if isinstance(m, Dense):
        tensor = m.factors[0][0]
        if len(m.factors) == 1 and not isinstance(tensor, FloatTensor):
            return sum(1 for n in tensor.numerators if n)
        return m.out * m.inputs * m.width
    if isinstance(m, Interleave):
        return sum(_map_parameters(p) for p in m.parts)
    if isinstance(m, BlockDiagonal):
        return sum(_map_parameters(b) for b in m.blocks)
    if isinstance(m, Composition):
        return sum(_map_parameters(p) for p in m.maps)
    assert isinstance(m, Selection)
    return 0
