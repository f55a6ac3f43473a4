"""Times of the verified checker, and of Coq itself on a small certificate.

Run with ``KAN_EQUIV_RUN=benchmark pytest tests/benchmarks/test_verified_checker.py -s``
after ``make -C proofs``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

import kan_equiv as ke
from kan_equiv.certificate.model import Certificate
from kan_equiv.certificate.verified import verified_check
from kan_equiv.emit.as_coq import coq_certificate
from tests.benchmarks.layers import float32_layer
from tests.networks import CHECKPOINTS, kan
from tests.proofs.agreement import needs_checker
from tests.proofs.test_in_coq import compiled, needs_coq

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(
        "benchmark" not in os.environ.get("KAN_EQUIV_RUN", ""),
        reason="takes minutes: KAN_EQUIV_RUN=benchmark pytest tests/benchmarks -s",
    ),
]
needs_checker()

Found = TypeVar("Found")


def timed(name: str, run: Callable[[], Found]) -> Found:
    start = time.perf_counter()
    found = run()
    print(f"\n{name}: {time.perf_counter() - start:.2f} s")
    return found


def replayed(name: str, certificate: Certificate, folder: Path) -> None:
    path = folder / "replayed.cert"
    certificate.save(path)
    assert timed(f"kancheck, {name}", lambda: verified_check(path)).verdict == "valid"


@pytest.mark.parametrize("degree", [1, 3])
def test_a_layer_of_784_inputs(degree: int, tmp_path: Path) -> None:
    """At most 3 s for degree 1 and 6 s for degree 3 are aimed at."""
    proof = ke.convert(float32_layer(784, 64, 8, degree)).prove()
    replayed(f"784x64, 8 intervals, degree {degree}", proof.certificate, tmp_path)


def test_the_digits(tmp_path: Path) -> None:
    """At most 2 s are aimed at."""
    digits = ke.load(CHECKPOINTS["digits_efficient_kan"])
    replayed("digits", ke.convert(digits).prove().certificate, tmp_path)


def test_a_schema(tmp_path: Path) -> None:
    """At most 1 s is aimed at."""
    replayed("schema of degree 3", ke.prove_schema(3).certificate, tmp_path)


@needs_coq
@pytest.mark.parametrize("degree", [1, 3])
def test_a_layer_inside_coq(degree: int, tmp_path: Path) -> None:
    source = coq_certificate(
        ke.convert(kan([16, 16], 8, degree, seed=3)).prove().certificate
    )
    name = f"coqc, 16x16, 8 intervals, degree {degree}"
    assert timed(name, lambda: compiled(source, tmp_path)).returncode == 0
