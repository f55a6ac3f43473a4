"""Detection, and what load() says about sources and arguments it does not know."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import kan_equiv as ke
from kan_equiv.errors import LoadError, UnsupportedModelError
from kan_equiv.importers import FORMATS, detect
from tests.networks import CHECKPOINTS, kan


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_checkpoints_are_detected(name: str) -> None:
    family, _ = detect(CHECKPOINTS[name])
    assert family == ("pykan" if name.startswith("pykan") else "efficient-kan")


def test_a_network_is_returned_as_it_is() -> None:
    network = kan([2, 1])
    assert ke.load(network) is network
    with pytest.raises(LoadError, match="a Network takes no arguments, got prefix"):
        ke.load(network, prefix="a")


def test_format_overrides_detection() -> None:
    weights = {"0.weight": torch.ones(1, 1)}
    assert ke.load(weights, format="torch") == ke.load(weights)
    with pytest.raises(UnsupportedModelError, match="no KANLinear layer"):
        ke.load(weights, format="efficient-kan")
    with pytest.raises(LoadError, match=r"act_fun\.0"):
        ke.load(weights, format="pykan", base_fun="silu")
    with pytest.raises(UnsupportedModelError, match=r"one of pykan, .*format='tflite'"):
        ke.load(weights, format="tflite")
    with pytest.raises(LoadError, match="format kan is read from a path, got state"):
        ke.load(weights, format="kan")


@pytest.mark.parametrize(
    ("key", "family"),
    [
        ("layers.0.poly_weight", "KALN.*no function of one sample"),
        ("poly_weights.0", "KAL-Net.*no function of one sample"),
        ("grams_basis_weights", "GRAM-KAN: .*not supported"),
        ("encoder.thing", "supported formats: pykan, efficient-kan, torch, kan"),
    ],
)
def test_other_families_are_named(key: str, family: str) -> None:
    with pytest.raises(UnsupportedModelError, match=rf"{key}.*{family}"):
        ke.load({key: torch.ones(2, 2)})


@pytest.mark.parametrize("source", [3, None, [torch.ones(1)], {}, {1: torch.ones(1)}])
def test_what_is_no_model(source: Any) -> None:
    with pytest.raises(UnsupportedModelError):
        ke.load(source)


def test_every_format_names_its_arguments() -> None:
    for name, form in FORMATS.items():
        assert form.name == name
        assert form.source
        assert form.exact
        assert form.demanded
        assert form.conversion
    weights = {"0.weight": torch.ones(1, 1)}
    for argument in FORMATS["torch"].arguments:
        with pytest.raises(LoadError, match=f"{argument}=.*got wrong=1"):
            ke.load(weights, wrong=1)
