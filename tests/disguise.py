"""MLPs written anew, the same function: units permuted, scaled, doubled, dead."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

import kan_equiv as ke
from kan_equiv.ir import Affine, Network

Layer = tuple[Any, Any]
"""A weight matrix and a bias, as object arrays of Fractions."""


def random_layers(sizes: Sequence[int], seed: int) -> list[Layer]:
    rng = np.random.default_rng(seed)
    return [
        (_rationals(rng.integers(-8, 9, (m, n))), _rationals(rng.integers(-8, 9, m)))
        for n, m in pairwise(sizes)
    ]


def _rationals(values: Any) -> Any:
    return np.vectorize(lambda v: Fraction(int(v), 4), otypes=[object])(values)


def layers_of(network: Network) -> list[Layer]:
    """The layers of a plain MLP."""
    out: list[Layer] = []
    for stage in network.stages[::2]:
        assert isinstance(stage, Affine)
        shape = stage.out_features, stage.in_features
        flat = list(stage.weight.to_rational().fractions())
        bias = np.array(list(stage.bias.fractions()), dtype=object)
        out.append((np.array(flat, dtype=object).reshape(shape), bias))
    return out


def to_network(layers: Sequence[Layer], degree: int = 1) -> Network:
    return ke.mlp([(w.tolist(), b.tolist()) for w, b in layers], degree=degree)


def disguised(layers: Sequence[Layer], seed: int, degree: int = 1) -> list[Layer]:
    """The same function: every hidden layer is scaled, doubled, padded and permuted."""
    rng = np.random.default_rng(seed)
    out = [(w.copy(), b.copy()) for w, b in layers]
    for l in range(len(out) - 1):
        (w, b), (v, c) = out[l], out[l + 1]
        scales = np.array(
            [Fraction(int(s), int(t)) for s, t in rng.integers(1, 9, (len(b), 2))],
            dtype=object,
        )
        w, b, v = w * scales[:, None], b * scales, v / scales**degree
        u = int(rng.integers(len(b)))  # one unit becomes two, with shares of its weight
        share = Fraction(int(rng.integers(2, 9)))
        w, b = np.concatenate([w, w[u : u + 1]]), np.append(b, b[u])
        v = np.concatenate([v, v[:, u : u + 1] * (1 - share)], axis=1)
        v[:, u] = v[:, u] * share
        dead = _rationals(rng.integers(-8, 9, (1, w.shape[1])))
        w, b = np.concatenate([w, dead]), np.append(b, Fraction(1))
        v = np.concatenate([v, v[:, :1] * 0], axis=1)
        still = np.concatenate([w, w[:1] * 0]), np.append(b, Fraction(2))
        moved = _rationals(rng.integers(-8, 9, len(c)))  # a unit without inputs
        c = c - moved * Fraction(2) ** degree
        v = np.concatenate([v, moved[:, None]], axis=1)
        order = rng.permutation(len(still[1]))
        out[l] = still[0][order], still[1][order]
        out[l + 1] = v[:, order], c
    return out
