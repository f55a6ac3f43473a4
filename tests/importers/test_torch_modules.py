from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from torch import nn

import kan_equiv as ke
from kan_equiv.errors import LoadError, UnsupportedModelError
from kan_equiv.ir import Affine
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


@pytest.mark.parametrize(
    "activation",
    [
        nn.ReLU6(),
        nn.Hardtanh(),
        nn.Hardtanh(-0.3, 0.7),
        nn.LeakyReLU(),
        nn.LeakyReLU(-0.5),
        nn.PReLU(),
        nn.PReLU(4, init=0.7),
        nn.GELU(approximate="tanh"),
    ],
    ids=str,
)
def test_activations_with_numbers_of_their_own(activation: nn.Module) -> None:
    torch.manual_seed(0)
    live = nn.Sequential(nn.Linear(3, 4), activation, nn.Linear(4, 2)).double()
    network = ke.load(live)
    assert_agrees(network, live, points(3) * 3)
    assert network != ke.load(nn.Sequential(live[0], nn.ReLU(), live[2]))


@pytest.mark.parametrize("affine", [True, False])
def test_batch_normalization_in_evaluation_mode(affine: bool) -> None:
    torch.manual_seed(0)
    norm = nn.BatchNorm1d(3, affine=affine)
    live = nn.Sequential(
        nn.Linear(2, 3), norm, nn.ReLU(), nn.Flatten(), nn.Linear(3, 1)
    )
    live(torch.randn(20, 2) * 3 + 1)  # training mode: statistics of these samples
    with pytest.raises(UnsupportedModelError, match=r"module 1 is .* in training"):
        ke.load(live)
    network = ke.load(live.eval())
    assert [type(s).__name__ for s in network.stages[:3]] == [
        "Affine",
        "Affine",
        "Bank",
    ]
    assert_agrees(network, live, points(2))
    assert norm.running_var is not None
    norm.running_var[1] = 0.25 - norm.eps
    norm.double().running_var[1] = 0.25 - 2**-20
    norm.eps = 2**-20
    scale = ke.load(nn.Sequential(nn.Identity(), nn.Linear(2, 3), norm)).stages[1]
    assert isinstance(scale, Affine)
    weight = 1 if not affine else norm.weight[1].item()
    assert scale.weight.row(1) == {1: 2 * Fraction(weight)}  # 1/sqrt(1/4), exactly


def test_batch_normalization_without_statistics() -> None:
    live = nn.Sequential(
        nn.Linear(2, 3), nn.BatchNorm1d(3, track_running_stats=False)
    ).eval()
    with pytest.raises(UnsupportedModelError, match="has no statistics"):
        ke.load(live)
    two = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(2)).eval()
    with pytest.raises(LoadError, match=r"2 numbers a channel"):
        ke.load(two)


def test_what_evaluation_mode_leaves_alone() -> None:
    plain = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    same = nn.Sequential(
        plain[0], nn.Flatten(), nn.Dropout(), nn.ReLU(), nn.Flatten(1, 1)
    )
    assert ke.load(same.eval()) == ke.load(plain)
    with pytest.raises(UnsupportedModelError, match=r"module 1 is a Flatten"):
        ke.load(nn.Sequential(nn.Linear(2, 3), nn.Flatten(0)))


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
        (nn.LayerNorm(2), "module 1 is a LayerNorm"),
        (nn.Conv1d(1, 1, 1), r"torch\.export\.export\(model\.eval\(\)"),
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
