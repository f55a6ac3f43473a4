"""pykan's refined and updated models against what they were."""

from __future__ import annotations

import copy
import warnings
from fractions import Fraction
from typing import Any

import pytest
import torch
from kan import KAN

import kan_equiv as ke
from kan_equiv import kernel

BOX = ke.Box(-1, 1)


def model(width: list[int], **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return KAN(
            width=list(width),
            grid=3,
            k=3,
            seed=1,
            auto_save=False,
            device="cpu",
            **options,
        )


def samples(columns: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.rand(256, columns, generator=generator) * 2 - 1


def float_gap(before: Any, after: Any, x: torch.Tensor) -> float:
    with torch.no_grad():
        return float(
            (before.double()(x.double()) - after.double()(x.double())).abs().max()
        )


@pytest.mark.parametrize("width", [[2, 2], [2, 2, 1]])
@pytest.mark.parametrize("base_fun", ["silu", "zero"])
def test_a_refined_model(width: list[int], base_fun: str) -> None:
    live = model(width, base_fun=base_fun)
    x = samples(width[0])
    live(x)
    coarse = ke.load(live)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        finer = live.refine(7)
    found = ke.distance(coarse, ke.load(finer), BOX)
    assert kernel.check(found.certificate.data).verdict == "valid"
    assert float_gap(live, finer, x) <= float(found.bound) + 1e-9
    if len(width) == 2:
        assert found.bound <= Fraction(1001, 1000) * max(found.attained)
    assert (len(found.steps) == 0) == (len(width) == 2)
    proved = ke.prove(coarse, ke.load(finer), domain=BOX, within=found.bound)
    assert proved.is_proved


def test_a_model_with_an_updated_grid() -> None:
    live = model([2, 2])
    x = samples(2)
    before = copy.deepcopy(live)
    live(x * x)
    live.update_grid_from_samples(x * x)
    found = ke.distance(ke.load(before), ke.load(live), BOX)
    assert max(found.attained) > 0  # the new grid ends elsewhere
    assert found.bound <= Fraction(1001, 1000) * max(found.attained)
    assert float_gap(before, live, x) <= float(found.bound) + 1e-9
    half = max(found.attained) / 2
    refuted = ke.prove(ke.load(before), ke.load(live), domain=BOX, within=half)
    assert isinstance(refuted, ke.Refuted)


def test_two_checkpoints_of_a_training() -> None:
    live = model([2, 3, 1])
    before = copy.deepcopy(live)
    x = samples(2)
    optimizer = torch.optim.SGD(live.parameters(), lr=1e-2)
    for _ in range(3):
        optimizer.zero_grad()
        (live(x) - x.prod(1, keepdim=True)).square().mean().backward()
        optimizer.step()
    found = ke.distance(ke.load(before), ke.load(live), BOX)
    assert 0 < max(found.attained) <= found.bound
    assert float_gap(before, live, x) <= float(found.bound) + 1e-9
