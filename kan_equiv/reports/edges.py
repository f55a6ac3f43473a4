"""The edges of a network for drawing: grids, curves, and how much each edge does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Any

import numpy as np

from kan_equiv.errors import DomainError, NotSeparableError
from kan_equiv.ir.curve_family import CurveFamily
from kan_equiv.ir.curves import Curve, Segment, drawn_interval
from kan_equiv.ir.network import Network, has_bank
from kan_equiv.ir.separable import SeparableForm, separate
from kan_equiv.ir.stage import Affine, Bank, Parallel
from kan_equiv.ir.univariate import Univariate
from kan_equiv.reports.sampled_layer import SampledLayer, sampled_layer

__all__ = ["Edge", "Grid", "Part", "layers_from_banks", "parts_of"]


@dataclass(frozen=True, slots=True)
class Grid:
    """What inputs of a layer share: their functions, drawn once.

    Attributes:
        inputs: whose edges are combinations of these functions.
        breakpoints: distinct, of any of them.
        family: the functions' curves.
    """

    inputs: tuple[int, ...]
    breakpoints: tuple[Fraction, ...]
    family: CurveFamily


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge as it is drawn.

    Attributes:
        grid: index of its grid.
        effect: about the greatest minus the least value on the drawn interval.
        curve: the edge, constants included that belong to it alone.
        exact_part: what of it is piecewise polynomial; empty if that is all of it.
    """

    input: int
    output: int
    grid: int
    effect: float
    curve: Curve
    exact_part: tuple[tuple[Segment, ...], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A layer, or what of it is a sum of functions of single inputs.

    Attributes:
        layer: index of the layer.
        stages: which of the layer's stages it is, in words; "" where it is all of it.
        in_features: inputs of the part.
        out_features: outputs of the part.
        grids: which inputs share which functions.
        effects: floats of shape (out_features, in_features).
        reason: why no edges can be drawn, or "".
    """

    layer: int
    stages: str
    in_features: int
    out_features: int
    grids: tuple[Grid, ...]
    effects: Any
    reason: str
    _form: SeparableForm | SampledLayer | None

    @property
    def count(self) -> int:
        """How many edges are not constant."""
        return int(np.count_nonzero(self.effects))

    def function(self, edge: Edge) -> Univariate | None:
        """Return the exact function of an edge; None where it is only sampled."""
        if isinstance(self._form, SeparableForm):
            return self._form.edge(edge.input, edge.output)
        return None

    def edges(self, limit: int) -> Iterator[Edge]:
        """Yield at most ``limit`` edges that are not constant, largest effect first."""
        form = self._form
        if form is None:
            return
        order: list[int] = np.argsort(-self.effects, axis=None, kind="stable").tolist()
        picked = [divmod(k, self.in_features) for k in order[: min(limit, self.count)]]
        grid_of = {i: g for g, grid in enumerate(self.grids) for i in grid.inputs}
        weights = {i: _weights(form, i) for i in {i for _, i in picked}}
        for o, i in picked:
            rows, d = weights[i]
            family = self.grids[grid_of[i]].family
            curve = family.curve(rows[o], d)
            has_part = curve.is_sampled and isinstance(form, SeparableForm)
            part = family.exact_part(rows[o], d) if has_part else ()
            yield Edge(i, o, grid_of[i], float(self.effects[o, i]), curve, part)


def layers_from_banks(network: Network) -> list[tuple[int, int]]:
    """Return (start, stop) of layers that each begin with a bank.

    So the layers of a network that was made of edges are cut, whatever affine stages
    lie between its banks; ``layer_slices`` gives the narrowest cut.
    """
    banks = [s for s, stage in enumerate(network.stages) if isinstance(stage, Bank)]
    return list(pairwise([0, *banks[1:], len(network.stages)]))


def parts_of(
    network: Network, slices: Sequence[tuple[int, int]] | None = None
) -> list[Part]:
    """Return what can be drawn of every layer, in order.

    ``slices`` says where the layers are, by default ``network.layer_slices()``.
    A layer is cut where a stage mixes its inputs in another way than by a linear map
    (products, layer normalization); a part without a bank is left out.
    """
    parts: list[Part] = []
    cuts = network.layer_slices() if slices is None else slices
    for l, (start, stop) in enumerate(cuts):
        layer = network.window(start, stop)
        found = list(_separable_parts(l, layer))
        if any(part.reason for part in found):
            with suppress(NotSeparableError, DomainError):
                found = [_sampled_part(l, "", layer)]
        parts += found
    return parts


def _separable_parts(l: int, layer: Network) -> Iterator[Part]:
    start, size = 0, len(layer.stages)
    for is_sum, run in groupby(
        layer.stages, key=lambda s: isinstance(s, (Affine, Bank, Parallel))
    ):
        stop = start + len(list(run))
        if is_sum and any(has_bank(s) for s in layer.stages[start:stop]):
            said = f"Its stages {start} to {stop - 1} of {size}; others mix inputs."
            is_all = stop - start == size
            yield _part(l, "" if is_all else said, layer.window(start, stop))
        start = stop


def _part(l: int, said: str, network: Network) -> Part:
    try:
        form = separate(network.stages, network.in_features)
    except NotSeparableError as error:
        with suppress(NotSeparableError, DomainError):
            return _sampled_part(l, said, network)
        shape = (network.out_features, network.in_features)
        return Part(l, said, shape[1], shape[0], (), np.zeros(shape), str(error), None)
    inputs: dict[tuple[Univariate, ...], list[int]] = {}
    for i in range(form.in_features):
        functions = tuple(form.columns[c][1] for c in form.columns_of(i))
        if functions:
            inputs.setdefault(functions, []).append(i)
    grids: list[Grid] = []
    for functions, members in inputs.items():
        family = CurveFamily.of(functions, *drawn_interval(functions))
        marks = sorted({t for f in functions for t in f.breakpoints})
        grids.append(Grid(tuple(members), tuple(marks), family))
    return _drawn(l, said, network, grids, form)


def _sampled_part(l: int, said: str, network: Network) -> Part:
    layer = sampled_layer(network)
    inputs: dict[tuple[tuple[Fraction, ...], ...], list[int]] = {}
    for i in range(network.in_features):
        rows = tuple(layer.values[c] for c in layer.columns_of(i))
        if rows:
            inputs.setdefault(rows, []).append(i)
    grids = [
        Grid(tuple(members), (), CurveFamily.sampled(rows, layer.lo, layer.hi))
        for rows, members in inputs.items()
    ]
    return _drawn(l, said, network, grids, layer)


def _drawn(
    l: int,
    said: str,
    network: Network,
    grids: Sequence[Grid],
    form: SeparableForm | SampledLayer,
) -> Part:
    effects = np.zeros((network.out_features, network.in_features))
    for grid in grids:
        samples = grid.family.samples()
        for i in grid.inputs:
            rows, d = _weights(form, i)
            values = np.array([[v / d for v in row] for row in rows]) @ samples
            if values.size:
                effects[:, i] = np.ptp(values, axis=1)
    effects[~np.isfinite(effects)] = np.finfo(float).max
    return Part(
        l,
        said,
        network.in_features,
        network.out_features,
        tuple(grids),
        effects,
        "",
        form,
    )


def _weights(
    form: SeparableForm | SampledLayer, i: int
) -> tuple[Sequence[Sequence[int]], int]:
    """Return for every output the integer weights of input i's columns, and their d."""
    which = form.columns_of(i)
    rows, ints, d = form.weight.columns(which)
    table: list[list[int]] = [[0] * len(which) for _ in range(form.out_features)]
    for o, row in zip(rows.tolist(), ints.tolist(), strict=True):
        table[o] = row
    return table, d
