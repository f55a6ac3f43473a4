"""Measured, never proved: how far a module's floats are from the exact network."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from kan_equiv.ir.domain import Box
from kan_equiv.ir.network import Network

__all__ = ["MeasuredError", "measured_error"]


@dataclass(frozen=True, slots=True)
class MeasuredError:
    """The largest difference seen on samples; no bound for other points.

    Attributes:
        max_absolute: largest |module - exact| over samples and outputs.
        at: the sample where it was seen.
        scale: largest |exact| over the samples.
        samples: how many points were compared.
    """

    max_absolute: float
    at: tuple[float, ...]
    scale: float
    samples: int


def measured_error(
    module: Any, exact: Network, domain: Box, samples: int = 64, seed: int = 0
) -> MeasuredError:
    """Compare a torch module with the exact network on random points of a box."""
    import torch

    formats = [p.dtype for p in module.parameters() if p.dtype.is_floating_point]
    # Coefficients may be of a shorter format than what goes in and comes out.
    dtype = torch.float64 if torch.float64 in formats or not formats else torch.float32
    box = domain.for_inputs(exact.in_features)
    ends = [i.ends for i in box]
    rng = random.Random(seed)
    rows = [
        [float(lo + (hi - lo) * Fraction(rng.random())) for lo, hi in ends]
        for _ in range(samples)
    ]
    x = torch.tensor(rows, dtype=dtype)
    with torch.no_grad():
        y = module(x).double().tolist()
    worst, scale, at = 0.0, 0.0, tuple(rows[0])
    for point, values in zip(x.double().tolist(), y, strict=True):
        truth = [float(v) for v in exact(point)]
        scale = max(scale, *map(abs, truth))
        error = max(abs(a - b) for a, b in zip(values, truth, strict=True))
        if error > worst:
            worst, at = error, tuple(point)
    return MeasuredError(worst, at, scale, samples)
