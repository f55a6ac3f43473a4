"""One hidden layer of 784 inputs and 4096 units: decided, against exact evaluation."""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

import kan_equiv as ke
from kan_equiv.ir import Network
from kan_equiv.prover.outcome import Proved, Refuted

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(
        "benchmark" not in os.environ.get("KAN_EQUIV_RUN", ""),
        reason="takes minutes: KAN_EQUIV_RUN=benchmark pytest tests/benchmarks -s",
    ),
]

INPUTS, UNITS, OUTPUTS = 784, 4096, 10
REPEATS = 5
Weights = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def weights(seed: int) -> Weights:
    rng = np.random.default_rng(seed)
    shapes = ((UNITS, INPUTS), (UNITS,), (OUTPUTS, UNITS), (OUTPUTS,))
    w, b, c, d = (rng.standard_normal(s).astype(np.float32) for s in shapes)
    return w / np.float32(28), b, c, d


def rewritten(given: Weights) -> Weights:
    """Permuted, rescaled by powers of 2, one unit split, one dead, one unused."""
    w, b, c, d = given
    rng = np.random.default_rng(1)
    order = rng.permutation(UNITS)
    scale = np.exp2(rng.integers(-4, 5, UNITS)).astype(np.float32)
    w, b, c = w[order] * scale[:, None], b[order] * scale, c[:, order] / scale
    dead = np.zeros((1, INPUTS), np.float32)
    unused = rng.standard_normal((1, INPUTS)).astype(np.float32)
    ones = np.ones((OUTPUTS, 1), np.float32)
    return (
        np.concatenate([w, w[-1:], dead, unused]),
        np.concatenate([b, b[-1:], np.array([-1, 1], np.float32)]),
        np.concatenate([c[:, :-1], c[:, -1:] / 2, c[:, -1:] / 2, ones, 0 * ones], 1),
        d,
    )


def one_ulp(given: Weights, which: int, index: tuple[int, ...]) -> Weights:
    changed = [a.copy() for a in given]
    changed[which][index] = np.nextafter(changed[which][index], np.float32(9))
    return tuple(changed)


def network(given: Weights) -> Network:
    w, b, c, d = given
    return ke.mlp([(w, b), (c, d)])


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def test_one_hidden_layer_of_784_inputs_and_4096_units() -> None:
    given = weights(0)
    other = rewritten(given)
    left, right = network(given), network(other)
    rng = random.Random(0)
    points = [
        [Fraction(rng.getrandbits(24), 1 << 20) for _ in range(INPUTS)]
        for _ in range(4)
    ]
    assert left(points[0]) == right(points[0])
    once = statistics.median(seconds(lambda p=p: (left(p), right(p))) for p in points)
    print(f"\nexact evaluation of both networks: {once:.2f} s a point")
    pairs = {
        "equal": right,
        "one ulp in a first weight": network(one_ulp(other, 0, (3, 5))),
        "one ulp in a bias": network(one_ulp(other, 1, (17,))),
        "one ulp in a second weight": network(one_ulp(other, 2, (0, 3))),
        "unrelated": network(weights(7)),
    }
    for name, pair in pairs.items():
        outcome = ke.prove(left, pair)
        assert isinstance(outcome, Proved if name == "equal" else Refuted)
        taken = statistics.median(
            seconds(lambda pair=pair: ke.prove(left, pair)) for _ in range(REPEATS)
        )
        print(f"{name}: {taken:.2f} s, {taken / (100 * once):.3f} of 100 evaluations")
        assert taken <= max(10, 5 * 100 * once)
