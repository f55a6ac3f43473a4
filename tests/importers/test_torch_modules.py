from __future__ import annotations

import pytest
import torch
from torch import nn

import kan_equiv as ke
from kan_equiv.errors import LoadError, UnsupportedModelError
from tests.importers.reference import KANLinear, assert_agrees
from tests.importers.test_pykan import model as pykan_model


def points(columns: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(3)
    return torch.rand(8, columns, generator=generator) * 4 - 2


@pytest.mark.parametrize(
    "activation", [nn.ReLU, nn.SiLU, nn.Tanh, nn.Sigmoid, nn.GELU, nn.Identity]
)
def test_activations(activation: type[nn.Module]) -> None:
    torch.manual_seed(0)
    live = nn.Sequential(
        nn.Linear(3, 4), activation(), nn.Sequential(nn.Linear(4, 2, bias=False))
    )
    assert_agrees(ke.load(live), live, points(3))


def test_dropout_counts_in_training_only() -> None:
    live = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5), nn.Identity())
    with pytest.raises(UnsupportedModelError, match="module 1 is a Dropout"):
        ke.load(live)
    network = ke.load(live.eval())
    assert len(network.stages) == 1
    assert_agrees(network, live, points(2))
    assert not live.training


def test_pykan_among_torch_modules() -> None:
    torch.manual_seed(0)
    live = nn.Sequential(nn.Linear(3, 2), pykan_model(), nn.Linear(1, 2))
    assert_agrees(ke.load(live), live, points(3))


def test_wrappers_are_taken_off() -> None:
    live = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    assert ke.load(nn.DataParallel(live)) == ke.load(live)
    assert ke.load(torch.compile(live)) == ke.load(live)


class Doubled(nn.Linear):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x) * 2


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (nn.Conv1d(1, 1, 1), "module 1 is a Conv1d"),
        (nn.Flatten(), "module 1 is a Flatten"),
        (nn.LayerNorm(2), "module 1 is a LayerNorm"),
        (nn.GELU(approximate="tanh"), r"module 1 is a GELU\(approximate='tanh'\)"),
        (Doubled(2, 2), "module 1 is a Doubled"),
        (nn.Linear(3, 2), "module 1 takes 3 inputs, the one before gives 2"),
        (KANLinear(3, 2), "must have shape"),
    ],
)
def test_what_is_not_known_is_refused_with_its_place(
    part: nn.Module, words: str
) -> None:
    with pytest.raises(LoadError, match=words):
        ke.load(nn.Sequential(nn.Linear(2, 2), part))


def test_hooks_are_refused() -> None:
    live = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    live[0].register_forward_hook(lambda module, args, output: output * 2)
    with pytest.raises(UnsupportedModelError, match=r"module 0 \(Linear\) has forward"):
        ke.load(live)


def test_an_activation_alone_has_no_width() -> None:
    with pytest.raises(UnsupportedModelError, match="number of inputs is unknown"):
        ke.load(nn.Sequential(nn.ReLU(), nn.Linear(2, 2)))
    with pytest.raises(UnsupportedModelError, match="has no layer"):
        ke.load(nn.Sequential(nn.Identity()))


def test_parametrized_weights_are_read_as_used() -> None:
    torch.manual_seed(0)
    live = nn.utils.parametrizations.weight_norm(nn.Linear(2, 2))
    live = live.double()
    assert_agrees(ke.load(live), live, points(2))
