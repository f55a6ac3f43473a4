"""What is special about the families with transcendental functions."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.errors import ConversionError, LoadError, UnsupportedModelError
from kan_equiv.exact import Enclosure
from kan_equiv.importers.cheby_kan import chebyshev
from kan_equiv.importers.files import read_state_dict
from kan_equiv.importers.wavelets import WAVELETS
from kan_equiv.ir import Network
from tests.networks import FAMILIES, family_path, golden


def state_of(name: str) -> dict[str, Any]:
    return dict(read_state_dict(family_path(name)))


def close(network: Network, x: list[float], want: Any) -> None:
    """Exact values against a float64 computation of the formula, of size about 1."""
    assert np.abs(np.array(network.to_float(x)) - want).max() < 1e-12


def test_fast_kan_without_normalization_and_base() -> None:
    rng = np.random.default_rng(0)
    grid, weight = np.array([-1.0, 0.5, 1.0]), rng.standard_normal((2, 6))
    state = {"rbf.grid": grid, "spline_linear.weight": weight}
    hyper: dict[str, Any] = {"grid_min": -1, "grid_max": 1}
    network = ke.load(state, **hyper)
    assert len(network.stages) == 2
    x = [0.3, -1.7]
    bumps = np.exp(-((np.array(x)[:, None] - grid) ** 2)).ravel()
    close(network, x, weight @ bumps)
    base = {"base_linear.weight": np.eye(2), "base_linear.bias": np.ones(2)}
    for name, value in (("zero", 0), ("identity", np.array(x)), ("relu", [0.3, 0])):
        with_base = ke.load(state | base, base_activation=name, **hyper)
        close(with_base, x, weight @ bumps + value + 1)


def test_fast_kan_bases_read_raw_inputs() -> None:
    """The normalized copy does not change when all inputs move; the base does."""
    network = ke.load(family_path("fast_kan"), **FAMILIES["fast_kan"]).layer(0)
    state = state_of("fast_kan")
    weight = state["layers.0.base_linear.weight"].double().numpy()
    x = np.array([0.25, -1.0, 0.5])
    moved = network.to_float(x + 2), network.to_float(x)
    silu = [v / (1 + np.exp(-v)) for v in (x + 2, x)]
    want = weight @ silu[0] - weight @ silu[1]
    assert np.abs(np.subtract(*moved) - want).max() < 1e-12


def test_fast_kan_refuses_a_grid_of_no_width() -> None:
    hyper: dict[str, Any] = FAMILIES["fast_kan"] | {"grid_max": -2}
    with pytest.raises(LoadError, match="grid_min < grid_max, got 5 points"):
        ke.load(family_path("fast_kan"), **hyper)


@pytest.mark.parametrize("name", ["fast_kan", "faster_kan"])
def test_points_and_weights_must_agree(name: str) -> None:
    state = state_of(name)
    state["layers.0.rbf.grid"] = torch.zeros(4)
    with pytest.raises(LoadError, match=r"must have shape \(any, inputs \* 4\)"):
        ke.load(state, **FAMILIES[name])


def test_faster_kan_does_not_use_its_denominator() -> None:
    state = state_of("faster_kan")
    other = {k: v * 3 if k.endswith("inv_denominator") else v for k, v in state.items()}
    assert ke.load(other) == ke.load(state)


@pytest.mark.parametrize("degree", range(6))
def test_chebyshev_polynomials(degree: int) -> None:
    t = chebyshev(degree)
    assert len(t) == degree + 1
    for angle in (0.0, 0.3, 1.0, 3.0):
        x = Fraction(math.cos(angle))
        assert abs(float(t[degree](x)) - math.cos(degree * angle)) < 1e-14


def test_cheby_kan_where_tanh_is_nearly_one() -> None:
    """In floats acos has no slope there; the function over the reals still has."""
    network = ke.load({"cheby_coeffs": np.array([[[0.0, 1.0]]])})
    low, high = network([40]), network([41])
    assert isinstance(low[0], Enclosure)
    assert isinstance(high[0], Enclosure)
    assert low[0].upper < high[0].lower < 1


@pytest.mark.parametrize("wavelet", ["morlet", "dog", "meyer"])
def test_other_wavelets(wavelet: str) -> None:
    network = ke.load(family_path("wav_kan"), format="wav-kan", wavelet_type=wavelet)
    data = golden("wav_kan")
    scale = np.abs(data[f"y_{wavelet}"]).max()
    for x, y in zip(data["x"][:24], data[f"y_{wavelet}"][:24], strict=True):
        got = np.array(network.to_float(x.tolist()))
        assert np.abs(got - y).max() < 1e-11 * scale


@pytest.mark.parametrize("wavelet", ["morlet", "dog"])
def test_other_wavelets_are_converted(wavelet: str) -> None:
    network = ke.load(family_path("wav_kan"), format="wav-kan", wavelet_type=wavelet)
    outcome = ke.convert(network).prove()
    assert kernel.check(outcome.certificate.data).verdict == "valid"


def test_meyer_wavelets_jump() -> None:
    """With the float that stands for pi, cos(pi/2) is not 0 where the wavelet ends."""
    network = ke.load(family_path("wav_kan"), format="wav-kan", wavelet_type="meyer")
    with pytest.raises(ConversionError, match="discontinuous at knot t=-1"):
        ke.convert(network)


def test_meyer_wavelets_at_their_breakpoints() -> None:
    wavelet = WAVELETS["meyer"]

    def psi(z: Fraction) -> float:
        pairs = zip(wavelet.inner, wavelet.outer, strict=True)
        f, g = (
            float(outer.evaluate(inner.evaluate(z)[0])[0]) for inner, outer in pairs
        )
        return f * g

    for z in (Fraction(1), Fraction(-1), Fraction(9, 8), Fraction(0)):
        assert psi(z) == 0
    for z in (Fraction(1, 2), Fraction(-1, 2)):
        assert psi(z) == pytest.approx(1)
    assert psi(Fraction(3, 4)) == pytest.approx(math.sin(math.pi * 3 / 4) * 0.5**0.5)


def test_wavelets_that_are_refused() -> None:
    with pytest.raises(UnsupportedModelError, match=r"shannon.*sin\(z\)/z"):
        ke.load(family_path("wav_kan"), format="wav-kan", wavelet_type="shannon")
    state = state_of("wav_kan")
    state["layers.1.scale"][1, 2] = 0
    with pytest.raises(LoadError, match=r"layers\.1\.scale\[1, 2\] is 0"):
        ke.load(state, format="wav-kan", wavelet_type="dog")
    state["layers.1.scale"][1, 2] = 1
    state["layers.1.bn.running_var"][0] = -1
    with pytest.raises(LoadError, match="running_var"):
        ke.load(state, format="wav-kan", wavelet_type="dog")
