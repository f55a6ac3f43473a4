"""Differences of two maxima of affine forms: the verified checker and the kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import kan_equiv as ke
from tests.kernel import hostile
from tests.networks import kan
from tests.proofs.agreement import (
    compared,
    needs_checker,
    opened,
    words_of_flips,
    words_of_mutations,
    words_of_ulps,
)
from tests.soundness.questions import MAXIMA

needs_checker()


def written() -> dict[str, bytes]:
    """What the product writes with judgements of this kind."""
    layer = kan([2, 1], degree=1, intervals=1)
    pair = ke.convert(layer, "maxout_pair")
    return {
        "units": ke.convert(MAXIMA).prove().certificate.data,
        "pair": pair.prove().certificate.data,
    }


FILES = written()


def judgements(data: bytes) -> list[Any]:
    found = opened(data)[0]["judgements"]
    return [j for j in found if j["kind"] == "maxima_equal"]


@pytest.mark.parametrize("name", FILES)
def test_what_the_product_writes(name: str, tmp_path: Path) -> None:
    assert judgements(FILES[name])
    assert compared(FILES[name], tmp_path) == "valid"


@pytest.mark.parametrize("name", FILES)
def test_every_field(name: str, tmp_path: Path) -> None:
    data = FILES[name]
    words = words_of_mutations(data, tmp_path) + words_of_flips(data, tmp_path)
    header = opened(data)[0]["judgements"]
    at = next(i for i, j in enumerate(header) if j["kind"] == "maxima_equal")
    words += words_of_mutations(data, tmp_path, ("judgements", at))
    assert words["invalid"] > 50
    assert words["valid"] < words["invalid"]


def test_one_unit_in_the_last_place(tmp_path: Path) -> None:
    """Every float of the networks in turn; what no output sees may differ."""
    words = words_of_ulps(FILES["pair"], tmp_path)
    assert words["invalid"] >= 3


def test_a_small_file_may_not_ask_for_much(tmp_path: Path) -> None:
    assert compared(hostile.forms_of_a_wide_identity(), tmp_path) == "invalid"
