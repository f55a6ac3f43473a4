"""Layers that are sums of functions of one input each, but in no form held here.

A polynomial of tanh(x), or x^2 e^(-x^2), is a function of one input with no exact
univariate form in this package. What each coordinate depends on is read off the stages
(that is certain); the functions themselves are then sampled at x = (u, ..., u).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kan_equiv.errors import NotSeparableError
from kan_equiv.exact.enclosure import Number
from kan_equiv.exact.rational import to_float, to_fraction
from kan_equiv.ir.curves import drawn_interval
from kan_equiv.ir.groups import Groups
from kan_equiv.ir.linear import Composition, LinearMap
from kan_equiv.ir.network import Network, evaluate
from kan_equiv.ir.stage import Affine, Bank, Parallel, Stage

__all__ = ["CELLS", "SampledLayer", "sampled_layer"]

CELLS = 16
"""How many cubics a sampled function is drawn with."""
_MIXED = -2
_CONSTANT = -1


@dataclass(frozen=True, slots=True)
class SampledLayer:
    """y_o = sum_c weight[o, c] f_c(x_{i(c)}) + bias_o, with f_c known at points.

    Attributes:
        inputs: input of each column, -1 for a constant.
        weight: exact map of shape (out_features, columns).
        lo: left end of the points.
        hi: right end.
        values: of each column at 3 CELLS + 1 points, to the nearest float.
    """

    inputs: tuple[int, ...]
    weight: LinearMap
    lo: Fraction
    hi: Fraction
    values: tuple[tuple[Fraction, ...], ...]

    @property
    def out_features(self) -> int:
        """Number of outputs."""
        return self.weight.out_features

    def columns_of(self, i: int) -> list[int]:
        """Return the columns that are functions of input i."""
        return [c for c, n in enumerate(self.inputs) if n == i]


def sampled_layer(layer: Network) -> SampledLayer:
    """Return a layer as sampled functions of single inputs, mixed by one linear map.

    Raises:
        NotSeparableError: a coordinate before the last linear map depends on more than
            one input, or there is no such map.
        DomainError: a function is not defined at a point.
    """
    stages = layer.stages
    cut = len(stages)
    while cut and isinstance(stages[cut - 1], Affine):
        cut -= 1
    maps = [s.weight for s in stages[cut:] if isinstance(s, Affine)]
    if not maps:
        raise NotSeparableError("the layer does not end with a linear map")
    inputs = _dependencies(stages[:cut], list(range(layer.in_features)))
    if _MIXED in inputs:
        raise NotSeparableError("a function of the layer depends on several inputs")
    first = stages[0]
    lo, hi = Fraction(-2), Fraction(2)
    if isinstance(first, Bank):
        lo, hi = drawn_interval([f for b in first.bases for f in b.functions()])
    n = 3 * CELLS
    points = [lo + (hi - lo) * k / n for k in range(n + 1)]
    found = [evaluate(stages[:cut], [u] * layer.in_features) for u in points]
    columns = zip(*found, strict=True)
    weight = maps[0] if len(maps) == 1 else Composition(tuple(maps))
    values = tuple(tuple(_nearest(v) for v in column) for column in columns)
    return SampledLayer(tuple(inputs), weight, lo, hi, values)


def _nearest(value: Number) -> Fraction:
    return to_fraction(to_float(value), "sampled value")


def _dependencies(stages: Sequence[Stage], inputs: list[int]) -> list[int]:
    """Return which input each coordinate depends on after the stages."""
    for stage in stages:
        if isinstance(stage, Affine):
            inputs = _through_map(stage.weight, inputs)
        elif isinstance(stage, Bank):
            counts = [len(stage.bases[b]) for b in stage.basis_of]
            inputs = [i for i, n in zip(inputs, counts, strict=True) for _ in range(n)]
        elif isinstance(stage, Groups):
            inputs = [_joined(inputs[k] for k in group) for group in stage.groups]
        elif isinstance(stage, Parallel):
            out: list[int] = []
            start = 0
            for n in stage.networks:
                part = inputs[start : start + n.in_features]
                out += _dependencies(n.stages, part)
                start += n.in_features
            inputs = out
        else:
            inputs = [_joined(inputs)] * stage.out_features
    return inputs


def _joined(inputs: Iterable[int]) -> int:
    """Return what a function of coordinates with these inputs depends on."""
    several = {*inputs} - {_CONSTANT}
    if len(several) > 1:
        return _MIXED
    return several.pop() if several else _CONSTANT


def _through_map(weight: LinearMap, inputs: Sequence[int]) -> list[int]:
    out = [_CONSTANT] * weight.out_features
    for i in dict.fromkeys(inputs):
        rows, ints, _ = weight.columns([c for c, n in enumerate(inputs) if n == i])
        for o, row in zip(rows.tolist(), ints.tolist(), strict=True):
            if any(row):
                out[o] = _joined((out[o], i))
    return out
