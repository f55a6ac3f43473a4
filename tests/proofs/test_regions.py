"""Piecewise linear words cell by cell: the verified checker and the kernel."""

from __future__ import annotations

import copy
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.certificate.container import pack
from kan_equiv.ir.network import Network
from kan_equiv.prover.question import Question
from kan_equiv.prover.regions import prove_by_regions
from tests.kernel import hostile
from tests.kernel.builder import Builder
from tests.kernel.test_regions import mlp, regions
from tests.networks import kan
from tests.proofs.agreement import (
    compared,
    needs_checker,
    opened,
    words_of_flips,
    words_of_mutations,
    words_of_ulps,
)
from tests.soundness.corpus.networks import out_of_reach
from tests.soundness.questions import MLP, PERMUTED

needs_checker()

DEEP = kan([2, 2, 1], degree=1, intervals=2, seed=3)
NARROW = kan([1, 2, 1], degree=1, intervals=2, seed=4)


def proved(left: Network, right: Network, box: ke.Box | None = None) -> bytes:
    found = prove_by_regions(Question(left, right, box))
    assert isinstance(found, ke.Proved), found
    return found.certificate.data


def written() -> dict[str, bytes]:
    """What the product writes with this judgement."""
    third = Fraction(-1, 3)
    half = ke.Box([(third, math.inf), (-math.inf, 2)])
    side = ke.Box([(-1, 1), (third, third)])
    return {
        "reach": proved(*out_of_reach(2)),
        "one_input": proved(NARROW, ke.convert(NARROW, "hinge").target),
        "splines": proved(DEEP, ke.convert(DEEP, "hinge").target),
        "local": proved(
            DEEP, ke.convert(DEEP, "local").target, ke.Box(-1, 1).for_inputs(2)
        ),
        "plane": proved(MLP, PERMUTED),
        "quadrant": proved(MLP, PERMUTED, half),
        "segment": proved(MLP, PERMUTED, side),
    }


FILES = written()


@pytest.mark.parametrize("name", FILES)
def test_what_the_product_writes(name: str, tmp_path: Path) -> None:
    header, _ = opened(FILES[name])
    assert [j for j in header["judgements"] if j["kind"] == "regions_equal"]
    assert compared(FILES[name], tmp_path) == "valid"


@pytest.mark.parametrize("name", FILES)
def test_the_number_of_cells(name: str, tmp_path: Path) -> None:
    header, buffers = opened(FILES[name])
    at = next(
        i for i, j in enumerate(header["judgements"]) if j["kind"] == "regions_equal"
    )
    cells = header["judgements"][at]["cells"]
    for wrong in (cells - 1, cells + 1, 2 * cells, 0, -cells, 1 << 20, 1 << 21):
        changed = copy.deepcopy(header)
        changed["judgements"][at]["cells"] = wrong
        assert compared(pack(changed, buffers), tmp_path) == "invalid"


@pytest.mark.parametrize("name", FILES)
def test_every_field(name: str, tmp_path: Path) -> None:
    data = FILES[name]
    words = words_of_mutations(data, tmp_path) + words_of_flips(data, tmp_path)
    listed = opened(data)[0]["judgements"]
    at = next(i for i, j in enumerate(listed) if j["kind"] == "regions_equal")
    words += words_of_mutations(data, tmp_path, ("judgements", at))
    assert words["invalid"] > 40
    assert words["valid"] < words["invalid"]


def test_one_unit_in_the_last_place(tmp_path: Path) -> None:
    """Of any weight of either side: no unit is dead and no two are parallel."""
    rows, bias, out = (
        [[0.1, 0.7], [-0.3, 0.2], [1.1, -0.4]],
        [0.3, 0.2, -0.6],
        [1, 2, -3],
    )
    order = [2, 0, 1]
    layers = [(np.array(rows), np.array(bias)), (np.array([out]), np.array([0.1]))]
    turned = [
        (layers[0][0][order], layers[0][1][order]),
        (layers[1][0][:, order], layers[1][1]),
    ]
    data = proved(ke.mlp(layers), ke.mlp(turned))
    words = words_of_ulps(data, tmp_path)
    assert words["invalid"] >= 2 * 9
    assert words["valid"] <= 1


def test_a_small_file_may_not_ask_for_much(tmp_path: Path) -> None:
    assert compared(hostile.cells_of_many_lines(), tmp_path) == "invalid"


small = st.fractions(-2, 2, max_denominator=3)
unit = st.tuples(small, small, small, small)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    units=st.lists(unit, min_size=1, max_size=4),
    second=st.lists(st.tuples(small, small), min_size=2, max_size=2),
    change=st.sampled_from(["none", "moved", "more", "fewer", "slope"]),
    domain=st.sampled_from(
        [(), ((-1, 1), (0, 2)), ((0, "inf"), (-1, 1)), ((0, 0), ("-inf", 3))]
    ),
)
def test_units_in_another_order(
    tmp_path: Path, units: Any, second: Any, change: str, domain: Any
) -> None:
    """Units may be dead or parallel; one may be moved a little, or lack."""
    other = [list(u) for u in reversed(units)]
    if change == "moved":
        other[0][2] += Fraction(1, 10**9)
    if change == "slope":
        other[0][0] += Fraction(1, 10**9)
    if change == "more":
        other.append([Fraction(1), Fraction(1), Fraction(-3), Fraction(1)])
    if change == "fewer" and len(other) > 1:
        other.pop()

    def written_with(cells: int) -> bytes:
        b = Builder()
        left, right = (
            mlp(
                b,
                ([[p, q] for p, q, _, _ in side], [r for _, _, r, _ in side]),
                ([[s for *_, s in side]], [Fraction(1, 2)]),
                ([[second[0][0]], [second[1][0]]], [second[0][1], second[1][1]]),
                ([[1, -1]], [0]),
            )
            for side in (units, other)
        )
        return regions(b, 2, left, right, cells, domain)

    reason = kernel.check(written_with(1 << 20)).reason
    assert compared(written_with(1 << 20), tmp_path) == "invalid"
    if reason.startswith("there are "):
        cells = int(reason.split()[2])
        assert compared(written_with(cells), tmp_path) == "valid"
        assert compared(written_with(cells + 1), tmp_path) == "invalid"
        assert compared(written_with(cells - 1), tmp_path) == "invalid"
    else:
        assert "differ" in reason
