"""What is special about the families with exact pieces only."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv.errors import LoadError
from kan_equiv.importers.files import read_state_dict
from kan_equiv.importers.relu_products import relu_product
from tests.networks import FAMILIES, family_path

numbers = st.fractions(-4, 4, max_denominator=8)


def state_of(name: str) -> dict[str, Any]:
    return dict(read_state_dict(family_path(name)))


@given(numbers, numbers, numbers, numbers, st.integers(1, 4))
def test_products_of_relus(
    low: Fraction, high: Fraction, factor: Fraction, x: Fraction, power: int
) -> None:
    exact = relu_product(low, high, factor, power)(x)
    assert exact == (factor * max(x - low, 0) * max(high - x, 0)) ** power


def test_functions_that_training_turned_around_are_zero() -> None:
    state = state_of("relu_kan")
    low = state["rk_layers.0.phase_low"].clone()
    low[0, 3] = state["rk_layers.0.phase_height"][0, 3] + 1
    network = ke.load(
        state | {"rk_layers.0.phase_low": low}, **FAMILIES["relu_kan"]
    ).layer(0)
    basis = network.stages[0].basis(0)  # type: ignore[union-attr]
    assert [f.is_zero for f in basis.functions()] == [j == 3 for j in range(8)]


def test_g_and_k_must_fit_the_file() -> None:
    hyper: dict[str, Any] = FAMILIES["relu_kan"] | {"g": 6}
    with pytest.raises(LoadError, match=r"8 functions .* got g=6, k=3"):
        ke.load(family_path("relu_kan"), **hyper)
    hyper = FAMILIES["hrkan"] | {"imin": 1}
    with pytest.raises(LoadError, match="imin must be less than imax, got imin=1"):
        ke.load(family_path("hrkan"), **hyper)


def interpolated(points: np.ndarray, x: float, width: float) -> float:
    """Linear interpolation that goes on outside, in floats that are exact here."""
    u = (x + width / 2) * (len(points) - 1) / width
    m = int(np.clip(np.floor(u), 0, len(points) - 2))
    return float(points[m] + (points[m + 1] - points[m]) * (u - m))


@pytest.mark.parametrize("x", [-3.5, -1.0, -0.25, 0.0, 0.75, 1.0, 2.5])
def test_three_layouts_of_linear_kan(x: float) -> None:
    rng = np.random.default_rng(0)
    width, n, points, m = 2.0, 2, 5, 3
    values, right, left = rng.integers(-8, 9, (3, n, points, m)) / 4.0
    values[:, points // 2] = 0
    u = np.arange(points)
    scanned = np.einsum(
        "jio,mj->imo", right.swapaxes(0, 1), np.maximum(u[:, None] - u, 0)
    )
    scanned += np.einsum(
        "jio,mj->imo", left.swapaxes(0, 1), np.maximum(u - u[:, None], 0)
    )
    kept = np.delete(values, points // 2, axis=1)
    layouts: list[tuple[dict[str, Any], np.ndarray]] = [
        ({"kan_weight": values}, values),
        ({"r_weight": right, "l_weight": left}, scanned),
        (
            {
                "feature_offset": np.zeros((1, n), dtype=np.int32),
                "weight": kept.transpose(2, 0, 1).reshape(m, -1),
                "bias": np.zeros(m),
            },
            values,
        ),
    ]
    for state, table in layouts:
        network = ke.load(state, spline_width=width)
        want = [
            interpolated(table[0, :, o], x, width)
            + interpolated(table[1, :, o], -x, width)
            for o in range(m)
        ]
        assert list(network([x, -x])) == want


def test_linear_kan_refuses_shapes_that_disagree() -> None:
    with pytest.raises(LoadError, match="1 control points an input"):
        ke.load({"kan_weight": np.ones((2, 1, 1))}, spline_width=4)
    with pytest.raises(LoadError, match="spline_width must be > 0"):
        ke.load(family_path("linear_kan"), spline_width=-4)
    minimal = {"weight": np.ones((1, 6)), "feature_offset": np.zeros((1, 4), int)}
    with pytest.raises(LoadError, match=r"must have shape \(any, 4 \* \(points - 1"):
        ke.load(minimal, spline_width=4)


def test_flash_kan_jumps_at_both_ends() -> None:
    layer = ke.load(family_path("flash_kan"), act="zero")
    edge = layer.edge(input=0, output=1)
    weights = state_of("flash_kan")["w"][:, 0, 1].tolist()
    tiny = Fraction(1, 10**9)
    assert edge(Fraction(-1)) == Fraction(weights[0])
    assert edge(-1 - tiny) == edge(Fraction(1)) == 0
    near = edge(1 - tiny) - Fraction(weights[-2])  # type: ignore[operator]
    assert -Fraction(1, 10**6) < near < Fraction(1, 10**6)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (0, -1.5, "4 copies of each end"),
        (5, 0.0, "must be uniform"),
        (11, 1.5, "4 copies of each end"),
    ],
)
def test_flash_kan_knots_must_be_clamped_and_uniform(
    place: int, value: float, words: str
) -> None:
    state = state_of("flash_kan")
    t = state["t"].clone()
    t[place] = value
    with pytest.raises(LoadError, match=words):
        ke.load(state | {"t": t}, act="silu")


def test_power_mlp_without_its_branch() -> None:
    state = {k: v for k, v in state_of("power_mlp").items() if ".res." not in k}
    network = ke.load(state, repu_order=2)
    assert not network.has_atoms
    layers = [(state[p + "weight"], state[p + "bias"]) for p in prefixes(state)]
    assert network([1, 2, -3]) == ke.mlp(layers, degree=2)([1, 2, -3])
    assert isinstance(ke.prove(network, ke.mlp(layers, degree=2)), ke.Proved)


def prefixes(state: dict[str, Any]) -> list[str]:
    return [k.removesuffix("weight") for k in state if k.endswith("weight")]


def test_power_mlp_blocks_must_chain() -> None:
    state = state_of("power_mlp")
    state["fc.weight"] = torch.ones(2, 5)
    with pytest.raises(LoadError, match="takes 5 inputs, the block before gives 4"):
        ke.load(state, repu_order=3)
