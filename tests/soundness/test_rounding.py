"""No bound of a float error is violated on trained checkpoints, at a few points each.

``python -m tests.soundness.attack_rounding`` does the same with 10^6 points each.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

import kan_equiv as ke
from kan_equiv.errors import CertificateError
from kan_equiv.prover import float_error
from tests.networks import CHECKPOINTS, kan
from tests.soundness.attack_rounding import BOX, attack, batches, load

SMALL = [name for name in CHECKPOINTS if name != "digits_efficient_kan"]
OTHERS = ["cheby_kan", "fourier_kan", "jaxkan", "linear_kan", "power_mlp"]


@pytest.mark.parametrize("precision", ["float32", "tf32", "bfloat16x3"])
@pytest.mark.parametrize("name", SMALL)
def test_no_bound_is_violated(name: str, precision: str) -> None:
    found = attack(name, 4000, precision)
    assert not found.violations
    assert found.points == 4000
    assert 0 < found.seen.max() < float(found.bound.bound)


@pytest.mark.parametrize("name", OTHERS)
def test_no_bound_is_violated_on_other_families(name: str) -> None:
    found = attack(name, 4000)
    assert not found.violations
    assert found.seen.max() > 0


@pytest.mark.slow
def test_no_bound_is_violated_on_digits() -> None:
    """Against exact values: a bound for float64 would take as long again."""
    conversion = ke.convert(load("digits_efficient_kan"), "local")
    module = ke.emit.torch_module(conversion, "float32", backend="aten")
    bounds = ke.rounding_bound(module, conversion, BOX).upper
    (x,) = batches(conversion.source, torch.float32, 12)
    with torch.no_grad():
        y = module(torch.tensor(x, dtype=torch.float32)).double().numpy()
    exact = np.array([conversion.source.to_float(v) for v in x.tolist()])
    assert np.abs(y - exact).max() > 0
    assert (np.abs(y - exact) <= np.array([float(b) for b in bounds])).all()


@pytest.mark.parametrize("planted", ["grown", "added", "range"])
def test_understated_errors_are_refused(
    monkeypatch: pytest.MonkeyPatch, planted: str
) -> None:
    network = kan([2, 2, 1], degree=2, seed=4)
    module = ke.emit.torch_module(ke.convert(network, "local"), "float32")
    ke.rounding_bound(module, network, BOX)
    if planted == "grown":
        before = float_error.grown
        monkeypatch.setattr(
            float_error, "grown", lambda *a: [v * 99 / 100 for v in before(*a)]
        )
    elif planted == "added":
        kernels = float_error.products.added
        monkeypatch.setattr(
            float_error.products,
            "added",
            lambda *a: [v * 99 / 100 for v in kernels(*a)],
        )
    else:
        outward = float_error.outward
        monkeypatch.setattr(
            float_error,
            "outward",
            lambda s: ke.Box([(i.ends[0] / 2, i.ends[1] / 2) for i in outward(s)]),
        )
    with pytest.raises(CertificateError, match="the kernel says invalid"):
        ke.rounding_bound(module, network, BOX)
