"""Times and memory of the verified checker, how they grow, and Coq on a small layer.

Times are CPU seconds of the program, which hold on a busy machine too.

Run with ``KAN_EQUIV_RUN=benchmark pytest tests/benchmarks/test_verified_checker.py -s``
after ``make -C proofs``.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

import kan_equiv as ke
from kan_equiv.certificate.model import Certificate
from kan_equiv.certificate.verified import find_checker
from kan_equiv.emit.as_coq import coq_certificate
from kan_equiv.errors import ConversionError
from kan_equiv.ir import (
    Affine,
    Bank,
    BlockDiagonal,
    LinearMap,
    MonomialBasis,
    Network,
    Selection,
)
from kan_equiv.ir.build import mlp
from kan_equiv.testing.pairs import Pair
from tests.benchmarks.layers import float32_layer
from tests.networks import CHECKPOINTS, kan
from tests.proofs.agreement import needs_checker
from tests.proofs.test_in_coq import compiled, needs_coq
from tests.proofs.test_kancheck import one_window

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


def checked(data: bytes) -> tuple[float, float]:
    """CPU seconds and megabytes that the program takes to accept a certificate."""
    with tempfile.NamedTemporaryFile(suffix=".cert") as file:
        file.write(data)
        file.flush()
        with subprocess.Popen(
            [find_checker(), file.name], stdout=subprocess.PIPE, text=True
        ) as program:
            assert program.stdout is not None
            said = json.loads(program.stdout.read())
            _, _, used = os.wait4(program.pid, 0)
            program.returncode = 0
    assert said["verdict"] == "valid", said
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def replayed(name: str, certificate: Certificate, aim: float) -> None:
    seconds, megabytes = checked(certificate.data)
    print(
        f"\nkancheck, {name}, {len(certificate.data) / 1e6:.2f} MB: {seconds:.2f} s, "
        f"{seconds / aim:.2f} of what is aimed at; {megabytes:.0f} MB"
    )
    assert megabytes <= 1024


FORMS = [
    ("hinge", "layers"),
    ("hinge", "sequential"),
    ("hinge", "minimal"),
    ("local", "layers"),
    ("local", "sequential"),
    ("maxout", "layers"),
    ("maxout_pair", "layers"),
]


@pytest.mark.parametrize(("degree", "aim"), [(1, 3), (3, 6)])
@pytest.mark.parametrize(("to", "layout"), [*FORMS[:2], FORMS[3]])
def test_a_layer_of_784_inputs(to: str, layout: str, degree: int, aim: float) -> None:
    proof = ke.convert(float32_layer(784, 64, 8, degree), to, layout=layout).prove()
    name = f"784x64, 8 intervals, degree {degree}, {to}, {layout}"
    replayed(name, proof.certificate, aim)


@pytest.mark.parametrize(("to", "layout"), FORMS)
@pytest.mark.parametrize("name", CHECKPOINTS)
def test_a_checkpoint(name: str, to: str, layout: str) -> None:
    """At most 2 s are aimed at."""
    try:
        proof = ke.convert(ke.load(CHECKPOINTS[name]), to, layout=layout).prove()
    except ConversionError as error:
        pytest.skip(str(error))
    replayed(f"{name}, {to}, {layout}", proof.certificate, 2)


def identity(n: int) -> Affine:
    return Affine.linear(Selection(tuple(range(n)), n))


def followed(source: Network, domain: ke.Box | None = None) -> Pair:
    """A network, and the same with an identity after it."""
    stages = (*source.stages, identity(source.out_features))
    return Pair(source, Network(source.in_features, stages), domain, ())


def a_layer(size: int) -> Pair:
    return followed(float32_layer(size // 16, 4, 5, 1))


def a_layer_on_a_box(size: int) -> Pair:
    n = size // 16
    return followed(float32_layer(n, 4, 5, 1), ke.Box(-1, 1).for_inputs(n))


def outputs(size: int) -> Pair:
    return followed(float32_layer(4, size // 16, 5, 1))


def a_selection(size: int) -> Pair:
    turned = Affine.linear(Selection(tuple(reversed(range(size))), size))
    there_and_back = Network(size, (turned, turned))
    return Pair(there_and_back, Network(size, (identity(size),)), None, ())


def a_direct_sum(size: int) -> Pair:
    blocks: list[LinearMap] = [
        stage.weight
        for k in range(1, size // 8 + 1)
        for stage in mlp([([[k]], None)]).stages
        if isinstance(stage, Affine)
    ]
    block_of = tuple(range(len(blocks)))
    source = Affine.linear(BlockDiagonal(tuple(blocks), block_of))
    return followed(Network(len(blocks), (source,)))


def squares(size: int) -> Pair:
    """(s + t)^2 + (s - t)^2 = 2 s^2 + 2 t^2, with as many monomials as the size."""
    n = math.isqrt(2 * size)
    s, t = list(range(1, n + 1)), [(-1) ** k for k in range(n)]
    both = [[a + b for a, b in zip(s, t, strict=True)]]
    both += [[a - b for a, b in zip(s, t, strict=True)]]
    bank = Bank.of([MonomialBasis((2,))] * 2)

    def network(rows: list[list[int]], factor: int) -> Network:
        first, last = mlp([(rows, None)]), mlp([([[factor, factor]], None)])
        return Network(n, (*first.stages, bank, *last.stages))

    return Pair(network(both, 1), network([s, t], 2), None, ())


FAMILIES = [a_layer, a_layer_on_a_box, outputs, a_selection, a_direct_sum, squares]


@pytest.mark.parametrize("family", FAMILIES)
def test_growth(family: Callable[[int], Pair]) -> None:
    """Four times the size takes at most ten times the time: not the square."""
    small, large = (checked(one_window(family(4096 * k)))[0] for k in (4, 16))
    print(f"\n{family.__name__}: {small:.2f} s, four times the size {large:.2f} s")
    assert large <= 10 * max(small, 0.02)


def test_a_schema() -> None:
    replayed("schema of degree 3", ke.prove_schema(3).certificate, 1)


@needs_coq
@pytest.mark.parametrize("degree", [1, 3])
def test_a_layer_inside_coq(degree: int, tmp_path: Path) -> None:
    source = coq_certificate(
        ke.convert(kan([16, 16], 8, degree, seed=3)).prove().certificate
    )
    name = f"coqc, 16x16, 8 intervals, degree {degree}"
    assert timed(name, lambda: compiled(source, tmp_path)).returncode == 0
