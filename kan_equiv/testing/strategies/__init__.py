"""Hypothesis strategies for exact functions, bases, maps, networks, and pairs of them.

>>> from hypothesis import given
>>> from kan_equiv.testing import strategies
>>> @given(strategies.kan_layers(max_inputs=2), strategies.rational_points())
... def test_something(layer, point): ...

Names are plurals, bounds are keyword-only ``min_`` and ``max_``; a wrong argument is an
``InvalidArgument``. Small things come first and counterexamples shrink to them.
"""

from __future__ import annotations

from kan_equiv.testing.strategies.domains import boxes, intervals, rational_points
from kan_equiv.testing.strategies.equivalent import equivalent_pairs
from kan_equiv.testing.strategies.families import (
    atom_bases,
    bases,
    bspline_bases,
    concatenated_bases,
    guarded_bases,
    local_bases,
    monomial_bases,
    piecewise_bases,
    rational_bases,
    truncated_power_bases,
)
from kan_equiv.testing.strategies.functions import (
    atoms,
    knot_vectors,
    piecewise_polynomials,
    polynomials,
    ratios,
    splines,
    univariates,
)
from kan_equiv.testing.strategies.layers import (
    affines,
    banks,
    kan_layers,
    maximums,
    mlp_layers,
    networks,
    parallels,
    products,
    residuals,
    vector_atoms,
)
from kan_equiv.testing.strategies.maps import (
    block_diagonals,
    compositions,
    dense_maps,
    interleaves,
    linear_maps,
    selections,
)
from kan_equiv.testing.strategies.near_misses import near_miss_pairs
from kan_equiv.testing.strategies.numbers import (
    enclosures,
    float_arrays,
    float_tensors,
    rational_tensors,
    rationals,
    tensors,
)

__all__ = [
    "affines",
    "atom_bases",
    "atoms",
    "banks",
    "bases",
    "block_diagonals",
    "boxes",
    "bspline_bases",
    "compositions",
    "concatenated_bases",
    "dense_maps",
    "enclosures",
    "equivalent_pairs",
    "float_arrays",
    "float_tensors",
    "guarded_bases",
    "interleaves",
    "intervals",
    "kan_layers",
    "knot_vectors",
    "linear_maps",
    "local_bases",
    "maximums",
    "mlp_layers",
    "monomial_bases",
    "near_miss_pairs",
    "networks",
    "parallels",
    "piecewise_bases",
    "piecewise_polynomials",
    "polynomials",
    "products",
    "rational_bases",
    "rational_points",
    "rational_tensors",
    "rationals",
    "ratios",
    "residuals",
    "selections",
    "splines",
    "tensors",
    "truncated_power_bases",
    "univariates",
    "vector_atoms",
]
