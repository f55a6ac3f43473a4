"""Float errors: the checker finds the kernel's bounds, to the last digit."""

from __future__ import annotations

import copy
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import kan_equiv as ke
from kan_equiv.certificate.container import pack
from kan_equiv.emit.float_code import float_code
from kan_equiv.kernel.products import Model
from kan_equiv.kernel.products import added as added_by_kernel
from kan_equiv.prover.float_error import FloatModel, bound_rounding
from tests.emit.grids import equispaced, layers, linspace32
from tests.proofs.agreement import (
    compared,
    needs_checker,
    opened,
    words_of_flips,
    words_of_mutations,
)

needs_checker()

F = Fraction
CORPUS = Path(__file__).parents[2] / "proofs" / "certificates"
NETWORKS = {
    "hats": layers([1, 2, 1], linspace32(2, 1, -1, 1), 1, silu=False),
    "splines": layers([1, 1, 1], linspace32(2, 2, -1, 1), 2, silu=False),
    "divided sums": layers([1, 1, 1], equispaced(2, 2, F(-1), F(1)), 2, silu=False),
}
PLAIN = ["of_hats", "of_cubic_splines", "of_a_divided_sum", "in_double"]


def file_of(name: str) -> bytes:
    return (CORPUS / "good" / f"floats_{name}.cert").read_bytes()


@pytest.mark.parametrize("name", ["of_hats", "of_a_divided_sum"])
def test_every_field_counts(name: str, tmp_path: Path) -> None:
    data = file_of(name)
    assert compared(data, tmp_path) == "valid"
    last = ("judgements", len(opened(data)[0]["judgements"]) - 1)
    words = words_of_mutations(data, tmp_path, last)
    words += words_of_mutations(data, tmp_path, ("claim",))
    assert words["invalid"] > 50
    assert words["valid"] < 20


def test_every_byte_counts(tmp_path: Path) -> None:
    words = words_of_flips(file_of("of_hats"), tmp_path)
    assert words["invalid"] > 10


def box_of(judgement: dict[str, Any]) -> tuple[tuple[F, F], ...]:
    return tuple((F(lo), F(hi)) for lo, hi in judgement["domain"])


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize(("cuts", "depth"), [(3, 0), (0, 1)])
def test_what_the_kernel_adds_is_accepted_and_no_less(
    name: str, cuts: int, depth: int, tmp_path: Path
) -> None:
    header, buffers = opened(file_of(name))
    header["claim"]["depth"] = depth
    judgement = header["judgements"][-1]
    judgement |= {"cuts": cuts, "depth": depth}
    (layer,) = judgement["layers"]
    model = Model(judgement["format"], "", 1, judgement["ulps"], depth)
    data = pack(header, buffers)
    found = added_by_kernel(data, layer["stages"], box_of(judgement), model, cuts)
    header["claim"]["epsilon"] = ["1"] * len(found)
    for o in range(len(found)):
        for less, word in ((F(0), "valid"), (F(1, 1 << 1200), "invalid")):
            changed = copy.deepcopy(header)
            errors = [str(v - less * (k == o)) for k, v in enumerate(found)]
            changed["judgements"][-1]["layers"][0]["errors"] = errors
            assert compared(pack(changed, buffers), tmp_path) == word


@pytest.mark.parametrize("name", ["in_split_products", "layer_by_layer"])
def test_split_products_and_atoms_are_not_known(name: str, tmp_path: Path) -> None:
    assert compared(file_of(name), tmp_path) == "unsupported"


@pytest.mark.parametrize("name", NETWORKS)
def test_two_layers(name: str, tmp_path: Path) -> None:
    network = NETWORKS[name]
    code = float_code(ke.emit.torch_module(ke.convert(network, "local")))
    box = ke.Box([(F(-1), F(1))] * network.in_features)
    model = FloatModel(code.dtype, code.values, code.terms)
    found = bound_rounding(network, code.network, model, box)
    data = found.certificate.data
    assert compared(data, tmp_path) == "valid"
    header, buffers = opened(data)
    for layer in header["judgements"][-1]["layers"]:
        layer["errors"] = [str(F(e) / 2) for e in layer["errors"]]
        assert compared(pack(header, buffers), tmp_path) == "invalid"
