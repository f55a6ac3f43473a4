"""Schemas: the verified checker accepts the product's, and no other weights."""

from __future__ import annotations

from pathlib import Path

import pytest

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.certificate.container import pack, unpack
from kan_equiv.certificate.verified import verified_check
from tests.proofs.agreement import compared, needs_checker, words_of_mutations

needs_checker()

THEOREMS = [(degree, form) for degree in (1, 2, 3) for form in ("hinge", "local")]


def content(degree: int, form: str) -> bytes:
    return ke.prove_schema(degree, form=form).certificate.data


@pytest.mark.parametrize(("degree", "form"), THEOREMS)
def test_a_theorem_is_accepted_and_stated(
    degree: int, form: str, tmp_path: Path
) -> None:
    data = content(degree, form)
    assert compared(data, tmp_path) == "valid"
    said = verified_check(tmp_path / "compared.cert").claim
    assert said == kernel.check(data).claim.partition("; hence")[0]


@pytest.mark.parametrize(("degree", "form"), THEOREMS)
def test_every_other_weight_is_refused(degree: int, form: str, tmp_path: Path) -> None:
    data = content(degree, form)
    rows = len(unpack(data)[0]["claim"]["rows"])
    for row in range(rows):
        for place in range(len(unpack(data)[0]["claim"]["rows"][row]["weight"])):
            for sign in (-1, 2):
                header, _ = unpack(data)
                for statement in (header["claim"], *header["judgements"]):
                    product = statement["rows"][row]["weight"][place]
                    product[0] = str(sign * int(product[0]))
                assert compared(pack(header, []), tmp_path) == "invalid"


@pytest.mark.parametrize(("degree", "form"), THEOREMS)
def test_mutations(degree: int, form: str, tmp_path: Path) -> None:
    words = words_of_mutations(content(degree, form), tmp_path)
    assert "valid" not in words
    assert words["invalid"] > 50


def test_the_order_of_a_sum_does_not_matter(tmp_path: Path) -> None:
    """What is another statement and as true is accepted."""
    header, _ = unpack(content(3, "local"))
    for statement in (header["claim"], *header["judgements"]):
        weights = [row["weight"] for row in statement["rows"]]
        next(w for w in weights if len(w) > 1).reverse()
    assert compared(pack(header, []), tmp_path) == "valid"


def test_there_are_no_objects(tmp_path: Path) -> None:
    header, _ = unpack(content(1, "hinge"))
    header["objects"] = [{"type": "network", "in_features": 1, "stages": []}]
    assert compared(pack(header, []), tmp_path) == "invalid"
