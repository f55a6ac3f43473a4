"""Small exact networks for tests, random but reproducible."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from kan_equiv.exact import FloatTensor, RationalTensor
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

DATA = Path(__file__).parent / "data"
CHECKPOINTS = {
    "pykan_cubic": DATA / "pykan_cubic",
    "pykan_float64": DATA / "pykan_float64",
    "pykan_pwl": DATA / "pykan_pwl",
    "pykan_mult": DATA / "pykan_mult",
    "efficient_kan": DATA / "efficient_kan.pt",
    "digits_efficient_kan": DATA / "digits_efficient_kan.pt",
}
FAMILIES: dict[str, dict[str, Any]] = {
    "relu_kan": {"format": "relu-kan", "g": 5, "k": 3},
    "hrkan": {"format": "hrkan", "g": 5, "k": 3, "order": 2, "imin": -1, "imax": 1},
    "linear_kan": {"spline_width": 4.0},
    "flash_kan": {"act": "silu"},
    "power_mlp": {"repu_order": 3},
    "fast_kan": {"grid_min": -2, "grid_max": 2, "base_activation": "silu"},
    "faster_kan": {},
    "cheby_kan": {},
    "fourier_kan": {},
    "wav_kan": {"format": "wav-kan", "wavelet_type": "mexican_hat"},
    "torch_conv_wav_kan": {"format": "torch-conv-wav-kan", "wavelet_type": "dog"},
    "torch_conv_kan": {
        "grid_range": [-1.5, 1.5],
        "spline_order": 3,
        "base_activation": "gelu",
    },
    "kat": {"device": "cuda"},
    "kanlib": {},
    "kanlib_grbf": {},
    "convkan": {"base_activation": "silu"},
    "keras_efficient_kan": {
        "base_activation": "relu",
        "prefix": ["sequential/kan_linear", "sequential/kan_linear_1"],
    },
    "keras_efficient_kan_plain": {
        "base_activation": "relu",
        "prefix": ["sequential_2/kan_linear_4", "sequential_2/kan_linear_5"],
    },
    "jaxkan": {"residual": "silu"},
    "jaxkan_base": {"residual": "silu"},
    "knots_kan": {"grid_range": [-2, 2], "need_relu": True},
}
"""Models of families read from state dicts, with what their files do not hold."""


def family_path(name: str) -> Path:
    arrays = DATA / f"{name}.npz"
    return arrays if arrays.is_file() else DATA / f"{name}.pt"


def golden(name: str) -> dict[str, np.ndarray]:
    return dict(np.load(DATA / f"{name}_io.npz"))


def knots(rng: np.random.Generator, intervals: int, degree: int) -> KnotVector:
    steps = rng.integers(1, 9, intervals + 2 * degree + 1)
    ends = np.cumsum(steps).astype(np.float32) / np.float32(8) - np.float32(3)
    return KnotVector.of(ends.tolist())


def kan(
    sizes: Sequence[int],
    intervals: int = 3,
    degree: int = 2,
    seed: int = 0,
    silu: bool = False,
    masked: Sequence[tuple[int, int, int]] = (),
) -> Network:
    """A KAN with one grid per input; ``masked`` lists (layer, input, output)."""
    rng = np.random.default_rng(seed)
    stages: list[Affine | Bank] = []
    for layer, (n, m) in enumerate(pairwise(sizes)):
        size = intervals + degree
        coef = FloatTensor.from_array(
            rng.standard_normal((n, m, size)).astype(np.float32), f"coef.{layer}"
        )
        mask = np.ones((n, m), dtype=np.float32)
        for where, i, o in masked:
            if where == layer:
                mask[i, o] = 0
        factors = ((coef, "iok"), (FloatTensor.from_array(mask, "mask"), "io"))
        bases: list[Basis] = [
            BSplineBasis(knots(rng, intervals, degree), degree) for _ in range(n)
        ]
        weight: LinearMap = Dense(m, n, size, factors)
        if silu:
            bases = [ConcatenatedBasis((b, AtomBasis((Atom("silu"),)))) for b in bases]
            base = FloatTensor.from_array(
                rng.standard_normal((n, m)).astype(np.float32), f"base.{layer}"
            )
            weight = Interleave(n, (weight, Dense(m, n, 1, ((base, "io"),))))
        bias = RationalTensor.from_fractions(
            [Fraction(o, 7) for o in range(m)], (m,), "bias"
        )
        stages += [Bank.of(bases), Affine(weight, bias)]
    return Network(sizes[0], tuple(stages))


def with_coefficient(
    network: Network, layer: int, index: tuple[int, int, int], change: float
) -> Network:
    """The network with one spline coefficient (input, output, k) changed."""
    stages = list(network.stages)
    affine = stages[2 * layer + 1]
    assert isinstance(affine, Affine)
    weight = affine.weight
    dense = weight.parts[0] if isinstance(weight, Interleave) else weight
    assert isinstance(dense, Dense)
    tensor, axes = dense.factors[0]
    assert isinstance(tensor, FloatTensor)
    i, o, k = index
    where = tuple({"i": i, "o": o, "k": k}[a] for a in axes)
    array = tensor.to_float64().astype(np.dtype(tensor.dtype))
    array[where] += array.dtype.type(change)
    factors = ((FloatTensor.from_array(array, tensor.name), axes), *dense.factors[1:])
    changed: LinearMap = Dense(dense.out, dense.inputs, dense.width, factors)
    if isinstance(weight, Interleave):
        changed = Interleave(weight.inputs, (changed, *weight.parts[1:]))
    stages[2 * layer + 1] = Affine(changed, affine.bias)
    return Network(network.in_features, tuple(stages))


def rational_points(
    network: Network, count: int, seed: int = 0
) -> list[list[Fraction]]:
    rng = np.random.default_rng(seed)
    grid = rng.integers(-64, 65, (count, network.in_features))
    return [[Fraction(int(v), 16) for v in row] for row in grid]
