"""Single KAN layers on chosen knots, for tests of emission."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

from kan_equiv.exact import FloatTensor
from kan_equiv.ir import (
    Affine,
    Atom,
    AtomBasis,
    Bank,
    Basis,
    BSplineBasis,
    ConcatenatedBasis,
    Dense,
    Interleave,
    KnotVector,
    LinearMap,
    Network,
)


def equispaced(intervals: int, degree: int, lo: Fraction, hi: Fraction) -> KnotVector:
    """An extended grid, equispaced as rationals."""
    h = (hi - lo) / intervals
    return KnotVector.of([lo + k * h for k in range(-degree, intervals + degree + 1)])


def linspace32(intervals: int, degree: int, lo: float, hi: float) -> KnotVector:
    """An extended grid in float32, as trained models have it: not quite equispaced."""
    h = (hi - lo) / intervals
    steps = np.arange(-degree, intervals + degree + 1)
    return KnotVector.of((lo + steps * h).astype(np.float32).tolist())


def layers(
    sizes: Sequence[int],
    knots: KnotVector,
    degree: int,
    seed: int = 0,
    silu: bool = True,
) -> Network:
    """A KAN whose inputs all share one grid, with float32 coefficients."""
    rng = np.random.default_rng(seed)
    stages: list[Bank | Affine] = []
    for n, m in pairwise(sizes):
        basis: Basis = BSplineBasis(knots, degree)
        size = len(basis)
        coef = rng.standard_normal((m, n, size)) / np.sqrt(n)
        weight: LinearMap = Dense(
            m, n, size, ((FloatTensor.from_array(coef.astype(np.float32)), "oik"),)
        )
        if silu:
            basis = ConcatenatedBasis((basis, AtomBasis((Atom("silu"),))))
            base = (rng.standard_normal((m, n)) / np.sqrt(n)).astype(np.float32)
            part = Dense(m, n, 1, ((FloatTensor.from_array(base), "oi"),))
            weight = Interleave(n, (weight, part))
        stages += [Bank.of([basis] * n), Affine.linear(weight)]
    return Network(sizes[0], tuple(stages))
