"""A 64x64 cubic layer against its float32-rounded hinge weights: both sides, certified.

Run with ``KAN_EQUIV_RUN=benchmark pytest tests/benchmarks/test_distance.py -s``.
"""

from __future__ import annotations

import os
import time
from fractions import Fraction

import pytest

import kan_equiv as ke
from kan_equiv import kernel
from tests.benchmarks.layers import float32_layer

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(
        "benchmark" not in os.environ.get("KAN_EQUIV_RUN", ""),
        reason="takes a minute: KAN_EQUIV_RUN=benchmark pytest tests/benchmarks -s",
    ),
]


@pytest.mark.parametrize("degree", [1, 3])
def test_a_layer_against_its_rounded_hinge_weights(degree: int) -> None:
    source = float32_layer(64, 64, 8, degree)
    rounded = ke.emit.rounded_copy(ke.convert(source).target, "float32")
    start = time.perf_counter()
    found = ke.distance(source, rounded, ke.Box(-1, 1))
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    verdict = kernel.check(found.certificate.data)
    replay = time.perf_counter() - start
    assert verdict.verdict == "valid"
    ratio = max(h / low for h, low in zip(found.upper, found.attained, strict=True))
    print(
        f"\n64x64, 8 intervals, degree {degree}: {found}; largest ratio of bound and "
        f"attained value over outputs 1 + {float(ratio - 1):.1e}; {seconds:.1f} s, of "
        f"which {replay:.1f} s in the kernel; certificate of "
        f"{len(found.certificate.data) / 1e6:.2f} MB"
    )
    assert ratio <= Fraction(1001, 1000)
    for o in (0, 31, 63):
        point = found.points[o]
        u, v = source(point)[o], rounded(point)[o]
        assert abs(u - v) == found.attained[o]  # type: ignore[operator, arg-type]
    if degree == 1:
        assert found.upper == found.attained
