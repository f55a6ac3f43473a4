"""Certified bounds of float errors: time, and how far above the errors they lie.

Run with ``KAN_EQUIV_RUN=benchmark pytest tests/benchmarks/test_rounding_bound.py -s``.
"""

from __future__ import annotations

import os
import time

import pytest
import torch

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.ir import Network
from tests.emit.grids import layers, linspace32
from tests.networks import CHECKPOINTS
from tests.prover.test_float_error import ideal

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(
        "benchmark" not in os.environ.get("KAN_EQUIV_RUN", ""),
        reason="takes a minute: KAN_EQUIV_RUN=benchmark pytest tests/benchmarks -s",
    ),
]
BOX = ke.Box(-1, 1)


def module_of(network: Network) -> torch.nn.Module:
    return ke.emit.torch_module(ke.convert(network, "local"), backend="aten")


def timed(module: torch.nn.Module, network: Network) -> tuple[ke.RoundingBound, str]:
    start = time.process_time()
    found = ke.rounding_bound(module, network, BOX)
    seconds = time.process_time() - start
    start = time.process_time()
    assert kernel.check(found.certificate.data).verdict == "valid"
    replay = time.process_time() - start
    size = len(found.certificate.data) / 1e6
    return found, (
        f"{found}; {seconds:.1f} s of one core, of which {replay:.1f} s in the "
        f"kernel; certificate of {size:.2f} MB"
    )


def test_digits_in_half_a_minute() -> None:
    network = ke.load(CHECKPOINTS["digits_efficient_kan"])
    module = module_of(network)
    start = time.process_time()
    _, said = timed(module, network)
    print(f"\ndigits: {said}")
    assert time.process_time() - start < 30


@pytest.mark.parametrize(
    ("sizes", "intervals", "degree"),
    [((64, 64), 5, 3), ((64, 64), 8, 1), ((784, 64), 5, 3)],
)
def test_layers_against_the_ideal(
    sizes: tuple[int, int], intervals: int, degree: int
) -> None:
    grid = linspace32(intervals, degree, -1, 1)
    network = layers(sizes, grid, degree, seed=1, silu=False)
    module = module_of(network)
    found, said = timed(module, network)
    if sizes[0] > 64:
        print(f"\n{sizes}: {said}")
        return
    least = ideal(module, network)
    ratio = max(float(b) / a for a, b in zip(least, found.upper, strict=True))
    print(f"\n{sizes}, degree {degree}: {ratio:.2f} times the ideal; {said}")
    assert ratio <= 2
