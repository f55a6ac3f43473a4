"""Moves of affine stages: coordinates, numbers and biases put elsewhere."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from kan_equiv.ir import Affine, Composition, Dense, Network, Selection
from kan_equiv.ir.linear import compose
from kan_equiv.rules.compose_affine import product
from kan_equiv.testing.strategies.numbers import rationals
from kan_equiv.testing.strategies.words import matrix, spliced, vector

__all__ = ["AFFINE_MOVES"]

nonzero = rationals().filter(bool)


def identity_inserted(draw: st.DrawFn, network: Network) -> Network | None:
    """Coordinates permuted, scaled and shifted somewhere, and back again."""
    s = draw(st.integers(0, len(network.stages)))
    n = network.stages[s - 1].out_features if s else network.in_features
    order = draw(st.permutations(range(n)))
    scales = draw(st.lists(nonzero, min_size=n, max_size=n))
    shifts = draw(st.lists(rationals(), min_size=n, max_size=n))
    there = [{i: a} for i, a in zip(order, scales, strict=True)]
    back = [{order.index(i): 1 / scales[order.index(i)]} for i in range(n)]
    undo = [-shifts[order.index(i)] / scales[order.index(i)] for i in range(n)]
    pair = (
        Affine(matrix(there, n), vector(shifts)),
        Affine(matrix(back, n), vector(undo)),
    )
    return spliced(network, s, 0, pair)


def outputs_mixed(draw: st.DrawFn, network: Network) -> Network | None:
    """After a bank: one coordinate added to another, and taken away again."""
    places = [
        s
        for s, stage in enumerate(network.stages, start=1)
        if stage.out_features > 1
        and (s == len(network.stages) or isinstance(network.stages[s], Affine))
    ]
    if not places:
        return None
    s = draw(st.sampled_from(places))
    n = network.stages[s - 1].out_features
    a, b = draw(st.permutations(range(n)))[:2]
    c = draw(nonzero)
    pair: list[Affine] = []
    for sign in (1, -1):
        rows = [{r: Fraction(1)} for r in range(n)]
        rows[a] = {a: Fraction(1), b: sign * c}
        pair.append(Affine.linear(matrix(rows, n)))
    return spliced(network, s, 0, tuple(pair))


def maps_multiplied_out(draw: st.DrawFn, network: Network) -> Network | None:
    """Neighbouring affine stages as one dense stage."""
    runs: list[tuple[int, int]] = []
    for s, stage in enumerate(network.stages):
        if isinstance(stage, Affine):
            last = runs[-1] if runs else (-1, -1)
            runs[-1:] = [(last[0], s + 1)] if last[1] == s else [*runs[-1:], (s, s + 1)]
    if not runs:
        return None
    start, stop = draw(st.sampled_from(runs))
    affine = [a for a in network.stages[start:stop] if isinstance(a, Affine)]
    return spliced(network, start, stop - start, (product(affine),))


def coefficients_moved(draw: st.DrawFn, network: Network) -> Network | None:
    """Numbers moved from a matrix to a factor of its rows, or of its columns."""
    places = [
        s
        for s, stage in enumerate(network.stages)
        if isinstance(stage, Affine) and isinstance(stage.weight, Dense)
    ]
    if not places:
        return None
    s = draw(st.sampled_from(places))
    stage = network.stages[s]
    assert isinstance(stage, Affine)
    rows = [stage.weight.row(r) for r in range(stage.out_features)]
    by_row = draw(st.booleans())
    size = stage.out_features if by_row else stage.in_features
    scale = draw(st.lists(nonzero, min_size=size, max_size=size))
    smaller = [
        {c: v / scale[r if by_row else c] for c, v in row.items()}
        for r, row in enumerate(rows)
    ]
    numbers = matrix(smaller, stage.in_features).factors[0]
    factor = (vector(scale), "o" if by_row else "c")
    weight = Dense(stage.out_features, stage.in_features, 1, (numbers, factor))
    return spliced(network, s, 1, (Affine(weight, stage.bias),))


def bias_moved(draw: st.DrawFn, network: Network) -> Network | None:
    """W x + b as two stages: W x, then + b."""
    places = [s for s, stage in enumerate(network.stages) if isinstance(stage, Affine)]
    if not places:
        return None
    s = draw(st.sampled_from(places))
    stage = network.stages[s]
    assert isinstance(stage, Affine)
    n = stage.out_features
    shift = Affine(Selection(tuple(range(n)), n), stage.bias)
    return spliced(network, s, 1, (Affine.linear(stage.weight), shift))


def map_factored(draw: st.DrawFn, network: Network) -> Network | None:
    """A linear map as a composition with a permutation and its inverse."""
    places = [s for s, stage in enumerate(network.stages) if isinstance(stage, Affine)]
    if not places:
        return None
    s = draw(st.sampled_from(places))
    stage = network.stages[s]
    assert isinstance(stage, Affine)
    n = stage.out_features
    order = draw(st.permutations(range(n)))
    there = Selection(tuple(order), n)
    back = Selection(tuple(order.index(i) for i in range(n)), n)
    weight = compose(stage.weight, Composition((there, back)))
    return spliced(network, s, 1, (Affine(weight, stage.bias),))


AFFINE_MOVES = (
    identity_inserted,
    outputs_mixed,
    maps_multiplied_out,
    coefficients_moved,
    bias_moved,
    map_factored,
)
