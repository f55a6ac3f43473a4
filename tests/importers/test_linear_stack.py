from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

import kan_equiv as ke
from kan_equiv.errors import LoadError, MissingArgumentError, UnsupportedModelError


def stack() -> Any:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2)
    )


def test_the_activation_is_demanded() -> None:
    live = stack()
    with pytest.raises(MissingArgumentError, match="activation= as one of relu"):
        ke.load(live.state_dict())
    assert ke.load(live.state_dict(), activation="relu") == ke.load(live)
    with pytest.raises(UnsupportedModelError, match="activation='swish'"):
        ke.load(live.state_dict(), activation="swish")
    single = {k: v for k, v in live.state_dict().items() if k.startswith("0.")}
    assert ke.load(single) == ke.load(live[0])
    assert ke.load(live[0].state_dict()) == ke.load(live[0])


def test_identity_leaves_linear_maps_only() -> None:
    network = ke.load(stack().state_dict(), activation="identity")
    assert len(network.stages) == 3


def test_powers_of_relu() -> None:
    weights = {"0.weight": torch.eye(1), "1.weight": torch.eye(1)}
    cube = ke.load(weights, activation="relu", degree=3)
    assert cube([2]) == (8,)
    assert cube([-2]) == (0,)
    for wrong in ({"degree": 0}, {"degree": 2, "activation": "tanh"}):
        with pytest.raises(UnsupportedModelError, match="degree must be"):
            ke.load(weights, **{"activation": "relu", **wrong})


def test_layers_come_in_the_order_of_their_numbers() -> None:
    torch.manual_seed(0)
    live = nn.Sequential(*[nn.Linear(2, 2) for _ in range(11)])
    weights = dict(sorted(live.state_dict().items()))
    assert list(weights)[2] == "1.bias"
    assert list(weights)[4] == "10.bias"
    assert ke.load(weights, activation="identity") == ke.load(live)


def test_names_without_an_order() -> None:
    torch.manual_seed(0)
    first, last = nn.Linear(2, 3), nn.Linear(3, 2, bias=False)
    weights = {f"last.{k}": v for k, v in last.state_dict().items()}
    weights |= {f"first.{k}": v for k, v in first.state_dict().items()}
    with pytest.raises(MissingArgumentError, match=r"order.*'last.'.*prefix="):
        ke.load(weights, activation="relu")
    network = ke.load(weights, activation="relu", prefix=["first", "last"])
    assert network == ke.load(nn.Sequential(first, nn.ReLU(), last))


def test_layers_that_do_not_chain() -> None:
    weights = {"0.weight": torch.ones(2, 3), "1.weight": torch.ones(1, 3)}
    with pytest.raises(UnsupportedModelError, match=r"1.weight takes 3 inputs"):
        ke.load(weights, activation="relu")
    norm = {"0.weight": torch.ones(2, 3), "1.weight": torch.ones(2)}
    with pytest.raises(UnsupportedModelError, match=r"no known family: 0.weight"):
        ke.load(norm, activation="relu")
    with pytest.raises(UnsupportedModelError, match=r"beside the Linear layers: 1.w"):
        ke.load(norm, activation="relu", format="torch")
    bias = {"0.weight": torch.ones(2, 3), "0.bias": torch.ones(3)}
    with pytest.raises(LoadError, match=r"0\.bias must have shape \(2\)"):
        ke.load(bias)
