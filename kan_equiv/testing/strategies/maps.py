"""Exact linear maps of every class, nested."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import strategies as st

from kan_equiv.ir import (
    BlockDiagonal,
    Composition,
    Dense,
    Interleave,
    LinearMap,
    Selection,
)
from kan_equiv.testing.strategies.arguments import sizes
from kan_equiv.testing.strategies.numbers import tensors

__all__ = [
    "block_diagonals",
    "compositions",
    "dense_maps",
    "interleaves",
    "linear_maps",
    "selections",
]

AXES = ("oc", "oik", "iok", "io", "o", "i", "k", "c")


@st.composite
def dense_maps(
    draw: st.DrawFn,
    *,
    out_features: int | None = None,
    inputs: int | None = None,
    width: int | None = None,
) -> Dense:
    """Products of up to three tensors in the axis orders that checkpoints use."""
    m = draw(st.integers(1, 4)) if out_features is None else out_features
    n = draw(st.integers(1, 3)) if inputs is None else inputs
    w = draw(st.integers(1, 3)) if width is None else width
    size = {"o": m, "i": n, "k": w, "c": n * w}
    factors: list[tuple[object, str]] = []
    for _ in range(draw(st.integers(1, 3))):
        letters = draw(st.sampled_from(AXES))
        factors.append((draw(tensors(tuple(size[a] for a in letters))), letters))
    return Dense(m, n, w, tuple(factors))  # pyright: ignore[reportArgumentType]


@st.composite
def selections(draw: st.DrawFn, *, in_features: int | None = None) -> Selection:
    """Copies, permutations and projections of up to five coordinates."""
    n = draw(st.integers(1, 4)) if in_features is None else in_features
    indices = draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=5))
    return Selection(tuple(indices), n)


@st.composite
def compositions(
    draw: st.DrawFn, *, in_features: int | None = None, max_depth: int = 1
) -> Composition:
    """Two maps, one after the other."""
    first = draw(linear_maps(in_features=in_features, max_depth=max_depth))
    then = draw(linear_maps(in_features=first.out_features, max_depth=max_depth))
    return Composition((first, then))


@st.composite
def interleaves(draw: st.DrawFn, *, in_features: int | None = None) -> Interleave:
    """The columns of one or two dense maps in turn, input by input."""
    n = draw(st.integers(1, 4)) if in_features is None else in_features
    groups = draw(st.sampled_from([g for g in (1, 2, 3) if n % g == 0]))
    per_group, m = n // groups, draw(st.integers(1, 3))
    split = draw(st.integers(1, per_group))
    parts = tuple(
        draw(dense_maps(out_features=m, inputs=groups, width=w))
        for w in (split, per_group - split)
        if w
    )
    return Interleave(groups, parts)


@st.composite
def block_diagonals(
    draw: st.DrawFn, *, in_features: int | None = None, max_depth: int = 1
) -> BlockDiagonal:
    """Direct sums of up to three maps; equal widths share a block."""
    n = draw(st.integers(1, 4)) if in_features is None else in_features
    cuts = sorted(draw(st.sets(st.integers(1, n - 1), max_size=2))) if n > 1 else []
    widths = [b - a for a, b in pairwise([0, *cuts, n])]
    of_width = {
        w: draw(linear_maps(in_features=w, max_depth=max_depth))
        for w in dict.fromkeys(widths)
    }
    blocks = list(dict.fromkeys(of_width.values()))
    return BlockDiagonal(
        tuple(blocks), tuple(blocks.index(of_width[w]) for w in widths)
    )


def linear_maps(
    *, in_features: int | None = None, max_depth: int = 2
) -> st.SearchStrategy[LinearMap]:
    """Maps of every class, nested at most ``max_depth`` deep."""
    sizes("depth", 0, max_depth)
    flat = [_dense_of(in_features), selections(in_features=in_features)]
    if not max_depth:
        return st.one_of(flat)
    below = max_depth - 1
    return st.one_of(
        *flat,
        compositions(in_features=in_features, max_depth=below),
        block_diagonals(in_features=in_features, max_depth=below),
        interleaves(in_features=in_features),
    )


@st.composite
def _dense_of(draw: st.DrawFn, in_features: int | None) -> LinearMap:
    n = draw(st.integers(1, 4)) if in_features is None else in_features
    width = draw(st.sampled_from([w for w in (1, 2, 3) if n % w == 0]))
    return draw(dense_maps(inputs=n // width, width=width))
