"""Trained models: the exact network against what the original library computed."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import kan_equiv as ke
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


@pytest.mark.parametrize(
    ("name", "hyper"),
    [("pykan_symbolic", {}), ("pykan_0_0_5.pt", {"base_fun": "silu"})],
)
def test_symbolic_edges_and_the_first_pykan(name: str, hyper: dict[str, str]) -> None:
    network = ke.load(DATA / name, **hyper)
    agrees(network, name.removesuffix(".pt"))
    for form in ("hinge", "local"):
        assert ke.convert(network, form).prove().is_proved


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
