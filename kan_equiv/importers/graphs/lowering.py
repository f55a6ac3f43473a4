"""Tensors of a graph to a word of stages, level by level.

The state after level l holds every vector of that level, and those of lower levels that
are still needed, carried by identity columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

import numpy as np

from kan_equiv.exact.tensor import RationalTensor, Tensor
from kan_equiv.importers.function_bases import (
    CARRIED,
    Component,
    basis_of,
    components,
)
from kan_equiv.importers.graphs.symbolic import Symbolic, Vector, whole_map
from kan_equiv.ir.basis import MonomialBasis
from kan_equiv.ir.linear import (
    BlockDiagonal,
    Dense,
    Interleave,
    LinearMap,
    Selection,
    compose,
)
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Affine, Bank, Stage, zero_bias
from kan_equiv.ir.univariate import Univariate

__all__ = ["network_of"]


def network_of(value: Symbolic, in_features: int) -> Network:
    """Return the network whose outputs are the entries of a tensor, in C order.

    >>> from kan_equiv.importers.pointwise import RELU
    >>> x = Symbolic.whole(Vector(2), (2,), 0)
    >>> network_of(x.map(RELU), 2)([-1, 3])
    (Fraction(0, 1), Fraction(3, 1))
    """
    terms, bias = value.mixed()
    last = Vector(value.size, terms, bias)
    levels = _levels(last)
    (start,) = [v for v in levels[0] if not v.terms] or [Vector(in_features)]
    needed = {
        v: max((w.level for w in _users(v, levels)), default=0)
        for group in levels
        for v in group
    }
    state = [start]
    stages: list[Stage] = []
    for level in range(1, last.level + 1):
        kept = [v for v in state if needed[v] > level]
        stages += _layer(state, levels[level], kept)
        state = [*levels[level], *kept]
    if stages and _is_nothing(stages[-1]):
        stages.pop()
    return Network(in_features, tuple(stages))


def _levels(last: Vector) -> list[list[Vector]]:
    """Return all vectors that the last one is made of, level by level."""
    found: dict[Vector, None] = {}
    waiting = [last]
    while waiting:
        vector = waiting.pop()
        if vector not in found:
            found[vector] = None
            waiting += [v for _, u in vector.terms for v in u.vectors]
    levels: list[list[Vector]] = [[] for _ in range(last.level + 1)]
    for vector in found:
        levels[vector.level].append(vector)
    return levels


def _users(vector: Vector, levels: Sequence[Sequence[Vector]]) -> list[Vector]:
    return [
        w
        for group in levels[vector.level + 1 :]
        for w in group
        if any(vector in u.vectors for _, u in w.terms)
    ]


def _layer(
    state: Sequence[Vector], made: Sequence[Vector], kept: Sequence[Vector]
) -> list[Stage]:
    """Return the stages that take one state to the next."""
    starts = dict(
        zip(state, accumulate((v.size for v in state), initial=0), strict=False)
    )
    functions: list[dict[Component, None]] = [{} for v in state for _ in range(v.size)]
    wanted: list[list[tuple[int, Component, Fraction]]] = []
    for vector in made:
        for _, features in vector.terms:
            for place, f in _entries(features, starts):
                parts = [(place, c, a) for c, a in components(f)]
                for _, c, _ in parts:
                    functions[place][c] = None
                wanted.append(parts)
    for vector in kept:
        for place in range(starts[vector], starts[vector] + vector.size):
            functions[place][CARRIED] = None
            wanted.append([(place, CARRIED, Fraction(1))])
    bases = [basis_of(tuple(f or {CARRIED: None})) for f in functions]
    offsets = list(accumulate((len(b) for b, _ in bases), initial=0))
    columns = [
        [offsets[place] + bases[place][1].index(c) for place, c, _ in parts]
        for parts in wanted
    ]
    stages: list[Stage] = []
    if any(b != MonomialBasis((1,)) for b, _ in bases):
        stages.append(Bank.of([b for b, _ in bases]))
    gathered = Selection(tuple(c for parts in columns for c in parts), offsets[-1])
    weights = [[a for _, _, a in parts] for parts in wanted]
    maps = [gathered, _sums(weights), _blocks(made, kept)]
    moving = [m for m in maps if m != whole_map(m.in_features)]
    weight = compose(*(moving or maps[:1]))
    return [*stages, Affine(weight, _biases(made, kept))]


def _entries(
    features: Symbolic, starts: dict[Vector, int]
) -> list[tuple[int, Univariate]]:
    """Return (place in the state, function) of every feature."""
    places = np.concatenate([starts[v] + np.arange(v.size) for v in features.vectors])[
        features.index.ravel()
    ]
    each = features.which.ravel().tolist()
    return [
        (place, features.functions[w])
        for place, w in zip(places.tolist(), each, strict=True)
    ]


def _sums(weights: Sequence[Sequence[Fraction]]) -> LinearMap:
    """Return the map that adds up the weighted columns of every feature."""
    if all(list(w) == [1] for w in weights):
        return whole_map(len(weights))
    kinds = {tuple(w): None for w in weights}
    number = {w: k for k, w in enumerate(kinds)}
    blocks = tuple(
        Dense.matrix(RationalTensor.from_fractions(w, (1, len(w)))) for w in kinds
    )
    return BlockDiagonal(blocks, tuple(number[tuple(w)] for w in weights))


def _blocks(made: Sequence[Vector], kept: Sequence[Vector]) -> LinearMap:
    """Return the map from all features, and what is carried, to the next state."""
    blocks: list[LinearMap] = []
    for vector in made:
        maps = tuple(m for m, _ in vector.terms)
        blocks.append(maps[0] if len(maps) == 1 else Interleave(1, maps))
    blocks += [whole_map(v.size) for v in kept]
    if len(blocks) == 1:
        return blocks[0]
    kinds = dict.fromkeys(blocks)
    number = {b: k for k, b in enumerate(kinds)}
    return BlockDiagonal(tuple(kinds), tuple(number[b] for b in blocks))


def _biases(made: Sequence[Vector], kept: Sequence[Vector]) -> Tensor:
    if len(made) == 1 and not kept and made[0].bias is not None:
        return made[0].bias
    flat: list[Fraction] = []
    for vector in made:
        bias = vector.bias or zero_bias(vector.size)
        flat += bias.fractions()
    flat += [Fraction(0)] * sum(v.size for v in kept)
    return RationalTensor.from_fractions(flat, (len(flat),), "bias")


def _is_nothing(stage: Stage) -> bool:
    return (
        isinstance(stage, Affine)
        and stage.weight == whole_map(stage.in_features)
        and not any(stage.bias.fractions())
    )
