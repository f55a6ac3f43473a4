"""Trained models: the exact network against what the original library computed."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import kan_equiv as ke
from kan_equiv.errors import UnsupportedModelError
from kan_equiv.ir import Network
from tests.networks import CHECKPOINTS, DATA, FAMILIES, family_path, golden

# Rows to compare; an exact forward of the digits model takes 20 ms.
ROWS = {"digits_efficient_kan": 120}


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_exact_outputs_agree_with_the_original(name: str) -> None:
    agrees(ke.load(CHECKPOINTS[name]), name)


@pytest.mark.parametrize("name", FAMILIES)
def test_exact_outputs_of_the_other_families_agree(name: str) -> None:
    agrees(ke.load(family_path(name), **FAMILIES[name]), name)


def agrees(network: Network, name: str) -> None:
    data = golden(name)
    rows = slice(0, ROWS.get(name))
    scale = np.abs(data["y"]).max()
    for x, y in zip(data["x"][rows], data["y"][rows], strict=True):
        exact = network(x.tolist())
        for v, want in zip(exact, y.tolist(), strict=True):
            assert isinstance(v, Fraction) or v.radius <= 1e-13 * scale
            assert abs(float(v) - want) <= 1e-11 * scale


def test_the_comparison_can_fail() -> None:
    network = ke.load(CHECKPOINTS["efficient_kan"], base_activation="gelu")
    data = golden("efficient_kan")
    exact = np.array(network.to_float(data["x"][0].tolist()))
    assert np.abs(exact - data["y"][0]).max() > 1e-3 * np.abs(data["y"]).max()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("pykan_symbolic", r"layer 0, edge 1 -> 0 is fixed to .* 'x\^2'"),
    ],
)
def test_what_is_not_supported_yet_is_refused_by_name(name: str, words: str) -> None:
    with pytest.raises(UnsupportedModelError, match=words):
        ke.load(DATA / name)
