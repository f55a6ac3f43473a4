"""Speed as ratios measured in one run; run with ``pytest -m benchmark -s``.

Outputs are checked before anything is timed. One thread, median of five.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import z3

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.prover.question import Question
from kan_equiv.prover.regions import prove_by_regions
from tests.benchmarks.layers import deep_pair, float32_layer, smt_query
from tests.smt import cvc5_answer

QUERIES = Path(__file__).parent / "queries"
pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(
        "benchmark" not in os.environ.get("KAN_EQUIV_RUN", ""),
        reason="takes minutes: KAN_EQUIV_RUN=benchmark pytest tests/benchmarks -s",
    ),
]


def median(run: Callable[[], object], repeats: int = 5) -> float:
    times: list[float] = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def z3_seconds(query: str) -> float:
    solver = z3.Solver()
    solver.from_string(query)
    start = time.perf_counter()
    assert solver.check() == z3.unsat
    return time.perf_counter() - start


def cvc5_seconds(query: str) -> float:
    """Parsing included: asserting is what parsing does."""
    start = time.perf_counter()
    assert cvc5_answer(query, 60) == "unsat"
    return time.perf_counter() - start


SOLVERS = {"z3": z3_seconds, "cvc5": cvc5_seconds}


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("degree", [1, 3])
def test_a_layer_against_a_solver_edge_by_edge(degree: int, solver: str) -> None:
    n = m = 64
    source = float32_layer(n, m, 8, degree)
    conversion = ke.convert(source)
    assert conversion.prove().is_proved
    assert ke.prove(source, conversion.target).is_proved
    rng = np.random.default_rng(0)
    edges = [(int(rng.integers(n)), int(rng.integers(m))) for _ in range(12)]
    queries = [smt_query(source, conversion.target, i, o) for i, o in edges]
    QUERIES.mkdir(exist_ok=True)
    (QUERIES / f"edge_degree_{degree}.smt2").write_text(queries[0])
    per_edge = statistics.mean(SOLVERS[solver](q) for q in queries)
    whole = per_edge * n * m
    recorded = median(lambda: ke.convert(source).prove())
    given = median(lambda: ke.prove(source, conversion.target))
    print(
        f"\n64x64, 8 intervals, degree {degree}: {solver} {1e3 * per_edge:.1f} ms "
        f"an edge = {whole:.1f} s scaled; convert and prove {recorded:.3f} s "
        f"({whole / recorded:.0f} times faster); prove two given ones {given:.3f} s "
        f"({whole / given:.0f} times faster)"
    )
    assert whole / recorded >= 100


@pytest.mark.parametrize("width", [4, 8, 16, 32])
def test_regions_against_z3(width: int) -> None:
    """An equal pair 2-width-width-1: search and kernel, against z3's search alone."""
    left, right = deep_pair([2, width, width, 1])
    question = Question(left, right)
    outcome = prove_by_regions(question)
    assert isinstance(outcome, ke.Proved)
    cells = outcome.certificate.header["judgements"][0]["cells"]
    ours = median(lambda: prove_by_regions(question))
    checked = median(lambda: kernel.check(outcome.certificate.data))
    if width > 16:
        print(
            f"\n2-{width}-{width}-1, {cells} cells: {ours:.3f} s, of which the kernel "
            f"{checked:.3f} s; z3 is not asked"
        )
        return
    query = ke.emit.smtlib(left, right)
    theirs = statistics.median(z3_seconds(query) for _ in range(5))
    print(
        f"\n2-{width}-{width}-1, {cells} cells: {ours:.3f} s, of which the kernel "
        f"{checked:.3f} s; z3 {theirs:.2f} s ({theirs / ours:.1f} times slower)"
    )
    assert width < 16 or theirs / ours >= 5


SCRIPT = """
import json, resource, sys, time
import kan_equiv as ke
from tests.benchmarks.layers import float32_layer
size = int(sys.argv[1])
source = float32_layer(size, size, 8, 3)
start = time.perf_counter()
assert ke.convert(source).prove().is_proved
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([seconds, peak]))
"""


def growth(size: int) -> tuple[float, float]:
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(size)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    seconds, peak = json.loads(run.stdout)
    return seconds, peak


def test_growth_and_memory() -> None:
    small = statistics.median(growth(128)[0] for _ in range(3))
    seconds, peak = growth(512)
    print(
        f"\n512x512 in {seconds:.2f} s, 128x128 in {small:.2f} s: ratio "
        f"{seconds / small:.1f}; peak {peak:.0f} MB"
    )
    assert seconds / small <= 20
    assert seconds <= 120
    assert peak <= 1024
