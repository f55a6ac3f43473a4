"""MLP to KAN to MLP at real size; run with ``pytest -m benchmark -s``.

KAN_EQUIV_RUN=benchmark pytest tests/benchmarks/test_way_back.py -s
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from itertools import pairwise
from typing import TypeVar

import numpy as np
import pytest

import kan_equiv as ke
from kan_equiv.ir import Network

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(
        "benchmark" not in os.environ.get("KAN_EQUIV_RUN", ""),
        reason="takes a minute: KAN_EQUIV_RUN=benchmark pytest tests/benchmarks -s",
    ),
]
T = TypeVar("T")
SIZES = (784, 128, 64, 10)


def classifier() -> Network:
    rng = np.random.default_rng(0)
    layers = [
        (
            (rng.standard_normal((m, n)) * (2 / n) ** 0.5).astype(np.float32),
            (rng.standard_normal(m) / 10).astype(np.float32),
        )
        for n, m in pairwise(SIZES)
    ]
    return ke.mlp(layers)


def timed(run: Callable[[], T]) -> tuple[T, float]:
    start = time.perf_counter()
    found = run()
    return found, time.perf_counter() - start


@pytest.mark.parametrize("domain", [None, ke.Box(0, 1)], ids=str)
def test_there_and_back(domain: ke.Box | None) -> None:
    mlp = classifier()
    conversion, convert = timed(lambda: ke.convert(mlp, "kan", domain=domain))
    proof, prove = timed(conversion.prove)
    assert proof.is_proved
    print(
        f"\n{'-'.join(map(str, SIZES))}, {domain}: converted in {convert:.1f} s, "
        f"proved in {prove:.1f} s; {[c.parameters for c in conversion.parameters]} "
        f"parameters, {[c.bases for c in conversion.parameters]} bases"
    )
    back, again = timed(
        lambda: ke.convert(conversion.target, layout="minimal", domain=domain)
    )
    steps, replay = timed(back.prove)
    outcome, compare = timed(lambda: ke.prove(mlp, back.target, domain=domain))
    assert steps.is_proved
    assert outcome.is_proved
    counts = back.parameters[1]
    assert counts.parameters <= conversion.parameters[0].parameters
    print(
        f"back in {again:.1f} s, proved in {replay:.1f} s, {counts.parameters} "
        f"parameters; both MLPs compared in {compare:.1f} s"
    )
    assert convert + prove + again + replay + compare < 60
