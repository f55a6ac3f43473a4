from __future__ import annotations

import numpy as np
import pytest

import kan_equiv as ke
from kan_equiv.errors import UnsupportedModelError
from tests.networks import CHECKPOINTS, DATA, golden


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_exact_outputs_agree_with_the_original(name: str) -> None:
    network = ke.load(CHECKPOINTS[name])
    data = golden(name)
    rows = slice(0, 120)
    scale = np.abs(data["y"]).max()
    for x, y in zip(data["x"][rows], data["y"][rows], strict=True):
        exact = np.array(network.to_float(x.tolist()))
        assert np.abs(exact - y).max() <= 1e-11 * scale


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("pykan_mult", "layer 1 has 2 multiplication nodes"),
        ("pykan_symbolic", "layer 0, edge 1 -> 0 is fixed to the symbolic function"),
    ],
)
def test_what_is_not_supported_yet_is_refused_by_name(name: str, words: str) -> None:
    with pytest.raises(UnsupportedModelError, match=words):
        ke.load(DATA / name)
