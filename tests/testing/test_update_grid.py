"""A real bug, found: efficient-kan's ``update_grid`` scales the splines twice.

Measured on the original at commit 7b6ce1c (scaler 0.5: the splines shrink by exactly
0.5 at each update); here the formula is written out again. The layer is supposed to be
the same function before and after, but for the fit.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch

import kan_equiv as ke
from kan_equiv.testing import assert_equivalent
from tests.importers.reference import KANLinear


def trained(scale: float) -> tuple[KANLinear, torch.Tensor]:
    torch.manual_seed(0)
    layer = KANLinear(2, 2, grid_size=4, spline_order=3).double()
    with torch.no_grad():
        layer.spline_scaler.fill_(scale)
    return layer, torch.rand(512, 2, dtype=torch.float64) * 1.8 - 0.9


DOMAIN = ke.Box(Fraction(-17, 20), Fraction(17, 20))


def test_the_bug_is_found_by_comparing_with_the_exact_layer_before() -> None:
    layer, x = trained(0.5)
    before = ke.load(layer)
    assert_equivalent(before, layer, domain=DOMAIN, tolerance=1e-12)
    layer.update_grid(x)
    with pytest.raises(AssertionError, match="A test that keeps this case"):
        assert_equivalent(before, layer, domain=DOMAIN, tolerance=0.05)


def test_the_two_layers_differ_by_an_exact_point_and_by_how_much() -> None:
    layer, x = trained(0.5)
    before = ke.load(layer)
    layer.update_grid(x)
    after = ke.load(layer)
    outcome = ke.prove(before, after, domain=DOMAIN)
    assert isinstance(outcome, ke.Refuted)
    broken = ke.distance(before, after, DOMAIN).bound
    with torch.no_grad():
        layer.spline_weight /= layer.spline_scaler[..., None]
    mended = ke.distance(before, ke.load(layer), DOMAIN).bound
    assert mended < Fraction(1, 100) < Fraction(2, 5) < broken
    assert_equivalent(before, layer, domain=DOMAIN, tolerance=float(mended))


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_each_update_multiplies_the_splines_by_the_scaler(scale: float) -> None:
    layer, x = trained(scale)
    layer.update_grid(x)  # the grid has moved: from now on it stays where it is
    once = layer.spline_weight.detach().clone()
    layer.update_grid(x)
    ratio = layer.spline_weight.detach() / once
    assert torch.allclose(ratio, torch.full_like(ratio, scale), rtol=1e-6)


def test_without_a_scaler_nothing_is_lost() -> None:
    layer, x = trained(1.0)
    before = ke.load(layer)
    layer.update_grid(x)
    bound = ke.distance(before, ke.load(layer), DOMAIN).bound
    assert_equivalent(before, layer, domain=DOMAIN, tolerance=float(bound))
    layer.update_grid(x)
    assert_equivalent(before, layer, domain=DOMAIN, tolerance=float(bound) + 1e-6)
