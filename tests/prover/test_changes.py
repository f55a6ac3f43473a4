"""What changed between two models, edge by edge."""

from __future__ import annotations

import warnings
from fractions import Fraction
from typing import Any

import pytest
import torch

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.errors import DomainError, ValidationError
from kan_equiv.exact import PiecewisePolynomial
from tests.networks import CHECKPOINTS, kan, with_coefficient

BOX = ke.Box(-1, 1)
BEND = PiecewisePolynomial.truncated_power(Fraction(1, 2), 1)
HAT = PiecewisePolynomial.of([0, 1]) - BEND.scale(2)


def test_one_edge_of_a_layer() -> None:
    before = ke.kan([[HAT, 2], [HAT, HAT]])
    after = ke.kan([[HAT, 2], [HAT, HAT.scale(Fraction(3, 2))]])
    found = ke.diff(before, after, ke.Box(0, 1))
    assert found.outcome.is_refuted
    (edge,) = found.edges
    assert (edge.layer, edge.input, edge.output) == (0, 1, 1)
    assert (edge.upper, edge.attained) == (Fraction(1, 4),) * 2
    assert edge.point == Fraction(1, 2)
    assert kernel.check(edge.certificate.data).verdict == "valid"
    assert found.distance is not None
    assert found.distance.bound == Fraction(1, 4)
    (layer,) = found.layers
    assert (layer.changed, layer.total, layer.constants) == (1, 4, ())


def test_nothing_changed_on_the_box() -> None:
    beyond = PiecewisePolynomial.truncated_power(Fraction(2), 1)
    before, after = ke.kan([[HAT]]), ke.kan([[HAT + beyond]])
    found = ke.diff(before, after, BOX)
    assert found.outcome.is_proved
    assert found.distance is None
    assert found.changed == 0
    assert str(found) == "the same function on the box; 0 of 1 edges changed"
    assert ke.diff(before, after, ke.Box(-1, 3)).changed == 1


def test_a_constant_is_no_edge() -> None:
    before = ke.mlp([([[1, 2]], [0])])
    found = ke.diff(before, ke.mlp([([[1, 2]], ["1/3"])]), BOX)
    assert found.changed == 0
    assert found.layers[0].constants == ((0, Fraction(0), Fraction(1, 3)),)
    assert found.outcome.is_refuted


@pytest.mark.parametrize("silu", [False, True])
def test_one_coefficient_of_a_deep_network(silu: bool) -> None:
    before = kan([2, 3, 2], degree=3, silu=silu)
    after = with_coefficient(before, 1, (2, 0, 3), 0.25)
    found = ke.diff(before, after, BOX)
    (edge,) = found.edges
    assert (edge.layer, edge.input, edge.output) == (1, 2, 0)
    change = before.layer(1).edge(2, 0), after.layer(1).edge(2, 0)
    seen = abs(float(change[0](edge.point)) - float(change[1](edge.point)))
    assert float(edge.attained) == pytest.approx(seen, rel=1e-9)
    assert edge.attained <= edge.upper <= edge.attained * Fraction(1001, 1000)
    assert [layer.changed for layer in found.layers] == [0, 1]


def test_the_largest_changes_are_the_ones_measured() -> None:
    before = kan([3, 3], degree=2)
    after = kan([3, 3], degree=2, seed=1)
    everything = ke.diff(before, after, BOX)
    assert len(everything.edges) == everything.changed == 9
    uppers = [e.upper for e in everything.edges]
    assert uppers == sorted(uppers, reverse=True)
    few = ke.diff(before, after, BOX, edges=2)
    assert few.changed == 9
    assert [(e.input, e.output) for e in few.edges] == [
        (e.input, e.output) for e in everything.edges[:2]
    ]
    assert ke.diff(before, after, BOX, edges=0).edges == ()


def test_layers_that_do_not_correspond() -> None:
    found = ke.diff(kan([2, 2, 1]), kan([2, 1]), BOX)
    assert found.layers == ()
    assert "cannot be cut" in found.reason
    assert found.outcome.is_refuted


def test_bad_input() -> None:
    one = kan([2, 1])
    with pytest.raises(ValidationError, match="shapes must agree"):
        ke.diff(one, kan([3, 1]), BOX)
    with pytest.raises(DomainError, match="bounded"):
        ke.diff(one, one, ke.Box(0, "inf"))
    with pytest.raises(ValidationError, match="edges=-1"):
        ke.diff(one, one, BOX, edges=-1)


# --- what pykan's own methods do to a model ------------------------------------------


def pykan(width: list[int], **options: Any) -> Any:
    from kan import KAN

    return KAN(
        width=list(width), grid=3, k=3, seed=1, auto_save=False, device="cpu", **options
    )


@pytest.fixture
def trained() -> tuple[Any, torch.Tensor]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        live = pykan([2, 4, 1])
        x = torch.rand(128, 2, generator=torch.Generator().manual_seed(0)) * 2 - 1
        live(x)
    return live, x


def test_speed_changes_nothing_without_symbolic_edges(
    trained: tuple[Any, torch.Tensor],
) -> None:
    live, _ = trained
    before = ke.load(live)
    live.speed()
    found = ke.diff(before, ke.load(live), BOX)
    assert found.outcome.is_proved
    assert found.changed == 0


@pytest.mark.filterwarnings("ignore")
def test_pruned_units_are_named(trained: tuple[Any, torch.Tensor]) -> None:
    live, x = trained
    before = ke.load(live)
    live.attribute()
    pruned = live.prune_node(active_neurons_id=[[0, 1, 3]])
    found = ke.diff(before, ke.load(pruned), BOX)
    assert found.outcome.is_refuted
    assert {(e.layer, e.output) for e in found.edges if e.layer == 0} == {(0, 2)}
    assert {(e.layer, e.input) for e in found.edges if e.layer == 1} == {(1, 2)}
    assert found.distance is not None
    with torch.no_grad():
        gap = float((live(x) - pruned(x)).abs().max())
    assert gap <= float(found.distance.bound) + 1e-6


@pytest.mark.filterwarnings("ignore")
def test_refining_changes_every_edge(trained: tuple[Any, torch.Tensor]) -> None:
    live, x = trained
    before = ke.load(live)
    finer = live.refine(6)
    found = ke.diff(before, ke.load(finer), BOX)
    assert found.changed == 12
    assert found.outcome.is_refuted
    assert found.distance is not None
    with torch.no_grad():
        gap = float((live(x) - finer(x)).abs().max())
    assert gap <= float(found.distance.bound) + 1e-6


def test_a_checkpoint_against_itself() -> None:
    model = ke.load(CHECKPOINTS["efficient_kan"])
    found = ke.diff(model, model, BOX)
    assert found.outcome.is_proved
    assert found.changed == 0
    assert sum(layer.total for layer in found.layers) > 0
