"""What is special about the forks of efficient-kan, about KAT and free knots."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.errors import (
    LoadError,
    MissingArgumentError,
    UnsupportedModelError,
)
from kan_equiv.importers.files import read_state_dict
from kan_equiv.prover.outcome import Proved, Refuted
from tests.networks import FAMILIES, family_path, golden


def state_of(name: str) -> dict[str, Any]:
    return dict(read_state_dict(family_path(name)))


# --- KAT ---------------------------------------------------------------------------


def test_kat_on_the_cpu_is_what_its_fallback_computes() -> None:
    network = ke.load(family_path("kat"), device="cpu")
    data = golden("kat")
    scale = np.abs(data["y_cpu"]).max()
    for x, y in zip(data["x"], data["y_cpu"], strict=True):
        assert np.abs(np.array(network.to_float(x.tolist())) - y).max() < 1e-11 * scale


def test_the_two_kernels_of_kat_are_two_functions() -> None:
    cpu, cuda = (ke.load(family_path("kat"), device=d) for d in ("cpu", "cuda"))
    outcome = ke.prove(cpu, cuda)
    assert isinstance(outcome, Refuted)
    assert kernel.check(outcome.certificate.data).verdict == "valid"


def test_the_two_kernels_agree_right_of_zero() -> None:
    cpu, cuda = (
        ke.load(family_path("kat"), device=d).layer(0) for d in ("cpu", "cuda")
    )
    positive = ke.Box([(0, None)] * cpu.in_features)
    assert isinstance(ke.prove(cpu, cuda, domain=positive), Proved)


def test_a_pole_of_the_fallback_is_named() -> None:
    state = state_of("kat")
    b = state["act1.weight_denominator"].clone()
    b[0] = torch.tensor([4.0, 0, 0, 0])
    state["act1.weight_denominator"] = b
    with pytest.raises(LoadError, match=r"1/\(4\*x \+ 1\) is not defined .* x = -1/4"):
        ke.load(state, device="cpu")
    ke.load(state, device="cuda")


def test_kat_without_denominators_is_a_polynomial() -> None:
    state = state_of("kat")
    for act in ("act1.", "act2."):
        key = act + "weight_denominator"
        state[key] = torch.zeros_like(state[key])
    cpu, cuda = (ke.load(state, device=d) for d in ("cpu", "cuda"))
    assert isinstance(ke.prove(cpu, cuda), Proved)
    assert isinstance(ke.convert(cuda).prove(), Proved)


def test_groups_must_split_the_features() -> None:
    state = state_of("kat")
    state["act1.weight_denominator"] = torch.ones(3, 4)
    with pytest.raises(LoadError, match="4 features do not split into 3 groups"):
        ke.load(state, device="cuda")


# --- forks of efficient-kan ----------------------------------------------------------


def test_convkan_layers_are_imported_one_by_one() -> None:
    state = state_of("convkan")
    two = {f"{l}.{key}": value for key, value in state.items() for l in range(2)}
    with pytest.raises(
        UnsupportedModelError, match=r"patches.*prefix='1\.kan_layer\.'"
    ):
        ke.load(two, base_activation="silu")
    one = ke.load(two, base_activation="silu", prefix="1.")
    assert one == ke.load(state, base_activation="silu")


def test_groups_of_convkan_do_not_mix() -> None:
    network = ke.load(family_path("convkan"), **FAMILIES["convkan"])
    x = [Fraction(i, 8) for i in range(12)]
    y = network([*x[:6], *[Fraction(5)] * 6])
    assert [float(v) for v in y[:3]] == [float(v) for v in network(x)[:3]]


def test_keras_paths_do_not_tell_the_order() -> None:
    with pytest.raises(MissingArgumentError, match=r"prefix=.*the list of layers"):
        ke.load(family_path("keras_efficient_kan"), base_activation="relu")


def test_gelu_of_keras_and_jax_is_an_approximation() -> None:
    hyper = FAMILIES["keras_efficient_kan"] | {"base_activation": "gelu"}
    with pytest.raises(LoadError, match="one of relu, silu, tanh, sigmoid"):
        ke.load(family_path("keras_efficient_kan"), **hyper)
    with pytest.raises(LoadError, match="residual must be one of"):
        ke.load(family_path("jaxkan"), residual="gelu")


def test_jaxkan_layers_of_both_kinds_agree() -> None:
    """A BaseLayer with the same knots for all edges of an input is a SplineLayer."""
    state = state_of("jaxkan")
    base = dict(state)
    for l in range(2):
        coefficients = state[f"layers.{l}.c_basis"]
        m, n, size = coefficients.shape
        base[f"layers.{l}.c_basis"] = coefficients.reshape(m * n, size)
        base[f"layers.{l}.grid.item"] = np.tile(state[f"layers.{l}.grid.item"], (m, 1))
    assert ke.load(base, residual="silu") == ke.load(state, residual="silu")
    bare = {k: v for k, v in base.items() if k.split(".")[-1] not in ("c_spl", "c_res")}
    with pytest.raises(LoadError, match="12 edges, but neither"):
        ke.load(bare)


@pytest.mark.parametrize("name", ["kanlib", "convkan", "jaxkan"])
def test_repeated_knots_are_nan_in_the_original(name: str) -> None:
    state = state_of(name)
    key = next(k for k in state if k.endswith(("grid", "grid.item")))
    grid = np.array(state[key].tolist(), dtype=np.float32)
    grid[..., 1] = grid[..., 0]
    with pytest.raises(LoadError, match="computes NaN for every x on knots that"):
        ke.load(state | {key: grid}, **FAMILIES[name])


# --- free knots ----------------------------------------------------------------------


def test_knots_that_meet_at_the_end_are_refused() -> None:
    state = state_of("knots_kan")
    moved = state["layers.0.grid_bias"].clone()
    moved[0, 1, 0] = -9
    moved[0, 1, 1] = -9
    with pytest.raises(LoadError, match="layer 0, group 1: knots 0 and 1 are both"):
        ke.load(state | {"layers.0.grid_bias": moved}, **FAMILIES["knots_kan"])


def test_trained_knots_are_sorted_again() -> None:
    state = state_of("knots_kan")
    first, second = state["layers.0.grid"][0, 0, 4:6].tolist()
    moved = state["layers.0.grid_bias"].clone()
    moved[0, 0, 4], moved[0, 0, 5] = second - first, first - second
    network = ke.load(state | {"layers.0.grid_bias": moved}, **FAMILIES["knots_kan"])
    bank = network.stages[2]
    knots = bank.basis(0).parts[0].knots  # type: ignore[union-attr]
    assert list(knots.knots) == sorted(knots.knots)


def test_a_single_layer_is_applied_twice() -> None:
    state = {k: v for k, v in state_of("knots_kan").items() if ".0." in k}
    state["layers.0.spline_weight"] = torch.ones(4, 4)
    assert ke.load(state, **FAMILIES["knots_kan"]).depth == 2
    state["layers.0.spline_weight"] = torch.ones(4, 3)
    with pytest.raises(LoadError, match=r"must have shape \(3, any\)"):
        ke.load(state, **FAMILIES["knots_kan"])
