"""pykan models made here, against pykan's own forward in float64."""

from __future__ import annotations

import re
import warnings
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from kan import KAN
from kan.utils import SYMBOLIC_LIB

import kan_equiv as ke
from kan_equiv.errors import (
    LoadError,
    MissingArgumentError,
    NonFiniteWeightError,
    UndefinedError,
    UnsupportedModelError,
)
from kan_equiv.importers.pykan_functions import FUNCTIONS, INVERSES, PARTIAL
from kan_equiv.ir import PiecewiseBasis
from kan_equiv.prover.outcome import Refuted
from tests.importers.reference import assert_agrees
from tests.networks import DATA

FEW = settings(max_examples=12)


def model(**options: Any) -> Any:
    defaults: dict[str, Any] = {
        "width": [2, 3, 1],
        "grid": 4,
        "k": 2,
        "auto_save": False,
        "device": "cpu",
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return KAN(**(defaults | options))


def points(columns: int, count: int = 8) -> torch.Tensor:
    """Inside and outside the grid, and on its ends."""
    generator = torch.Generator().manual_seed(3)
    inside = torch.rand(count, columns, generator=generator) * 4 - 2
    return torch.cat([inside, torch.full((1, columns), 1.0), torch.zeros(1, columns)])


@FEW
@given(
    k=st.integers(1, 4),
    grid=st.integers(1, 6),
    base_fun=st.sampled_from(["silu", "identity", "zero"]),
    hidden=st.integers(1, 4),
    seed=st.integers(0, 99),
)
def test_live_models(k: int, grid: int, base_fun: str, hidden: int, seed: int) -> None:
    live = model(width=[2, hidden, 1], k=k, grid=grid, base_fun=base_fun, seed=seed)
    assert_agrees(ke.load(live), live, points(2))


@FEW
@given(st.randoms(use_true_random=False), st.sampled_from(["silu", "zero"]))
def test_masks_scales_and_affine_nodes(random: Any, base_fun: str) -> None:
    live = model(base_fun=base_fun)
    with torch.no_grad():
        for tensor in live.state_dict().values():
            if tensor.dim() <= 2 and tensor.shape[-1] <= 3:
                tensor.add_(random.choice([0.0, 0.25, -1.5, random.random()]))
        for i, o in ((0, 0), (1, 2)):
            live.act_fun[0].mask[i, o] = random.choice([0.0, 0.5, -0.3])
    assert_agrees(ke.load(live), live, points(2))


@FEW
@given(
    data=st.data(),
    k=st.integers(1, 3),
    row=st.lists(st.integers(-6, 6), min_size=9, max_size=9).map(sorted),
)
def test_repeated_knots_are_what_pykan_computes(
    data: Any, k: int, row: list[int]
) -> None:
    live = model(width=[2, 2], k=k, grid=8 - 2 * k, base_fun="identity")
    with torch.no_grad():
        live.act_fun[0].grid[0] = torch.tensor(row) / 4
        live.act_fun[0].coef.copy_(torch.randn(2, 2, 8 - k))
    x = points(2)
    x[0, 0] = data.draw(st.sampled_from(row)) / 4  # half-open cells: on a knot
    assert_agrees(ke.load(live), live, x)


def test_a_constant_feature_keeps_its_base_only() -> None:
    live = model(width=[1, 1], base_fun="identity")
    with torch.no_grad():
        live.act_fun[0].grid.fill_(0.5)
    network = ke.load(live)
    basis = network.stages[0].bases[0].parts[0]  # type: ignore[union-attr]
    assert isinstance(basis, PiecewiseBasis)
    assert all(f.is_zero for f in basis.pieces)
    assert_agrees(network, live, points(1))


def test_layers_may_have_grids_of_their_own() -> None:
    live = model(grid=[3, 5], k=[2, 3])
    network = ke.load(live)
    degrees = [s.bases[0].parts[0].degree for s in network.stages[::2]]
    assert degrees == [2, 3]
    assert_agrees(network, live, points(2))


def test_float64_models_keep_their_bits() -> None:
    live = model().double()
    with torch.no_grad():
        live.act_fun[0].coef[0, 0, 0] = 0.1
    assert ke.load(live) != ke.load(live.float())
    assert_agrees(ke.load(live.double()), live, points(2))


def test_checkpoint_files_equal_the_live_model(tmp_path: Path) -> None:
    live = model(base_fun="identity")
    live.saveckpt(str(tmp_path / "0.1"))
    network = ke.load(live)
    for name in ("0.1", "0.1_state", "0.1_config.yml"):
        assert ke.load(tmp_path / name) == network


def test_a_live_model_is_neither_changed_nor_run() -> None:
    live = model()
    before = {k: v.clone() for k, v in live.state_dict().items()}
    ke.load(live)
    assert live.acts is None
    assert live.training
    for key, value in live.state_dict().items():
        assert torch.equal(value, before[key])


def test_other_forwards_are_refused() -> None:
    class Squared(KAN):  # type: ignore[misc]
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return super().forward(x) ** 2

    with pytest.raises(UnsupportedModelError, match="Squared has a forward of its own"):
        ke.load(Squared(width=[2, 1], auto_save=False))
    live = model()
    live.act_fun[1].register_forward_pre_hook(lambda module, args: None)
    with pytest.raises(UnsupportedModelError, match=r"act_fun\.1 .* forward hooks"):
        ke.load(live)


# --- inputs -------------------------------------------------------------------


def pruned(base_fun: str, **options: Any) -> Any:
    wide = model(width=[3, 2, 1], base_fun=base_fun, **options)
    wide(torch.rand(5, 3))
    return wide.prune_input(active_inputs=[2, 0], log_history=False)


@pytest.mark.parametrize("base_fun", ["silu", "identity", "zero"])
def test_pruned_inputs(
    base_fun: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # prune_input makes a folder for its history
    live = pruned(base_fun)
    live.saveckpt(str(tmp_path / "net"))
    assert "!!python" in (tmp_path / "net_config.yml").read_text()
    with pytest.raises(MissingArgumentError, match=r"pass input_id=.*print model"):
        ke.load(tmp_path / "net")
    network = ke.load(tmp_path / "net", input_id=[2, 0])
    assert network == ke.load(live)
    assert network.in_features == 3
    assert_agrees(network, live, points(3))


def test_input_id_selects_columns() -> None:
    state = model().state_dict()
    plain = ke.load(state, base_fun="silu")
    x = [0.25, 9.0, -0.5]
    chosen = ke.load(state, base_fun="silu", input_id=[2, 0])
    assert chosen.to_float(x) == plain.to_float([x[2], x[0]])
    wide = ke.load(state, base_fun="silu", input_id=[0, 1], in_features=4)
    assert wide.to_float([*x, 1.0]) == plain.to_float(x[:2])
    assert ke.load(state, base_fun="silu", input_id=[0, 1]) == plain
    with pytest.raises(MissingArgumentError, match=r"of 4 columns.*input_id="):
        ke.load(state, base_fun="silu", in_features=4)
    for wrong in ([1], 1, "ab", [0, -1]):
        with pytest.raises(LoadError, match="input_id must"):
            ke.load(state, base_fun="silu", input_id=wrong)
    with pytest.raises(LoadError, match=r"input_id must lie in 0\.\.1"):
        ke.load(state, base_fun="silu", input_id=[0, 2], in_features=2)


def test_widths_that_disagree_ask_for_input_id(tmp_path: Path) -> None:
    model().saveckpt(str(tmp_path / "net"))
    config = tmp_path / "net_config.yml"
    config.write_text(config.read_text().replace("- - 2\n  - 0\n", "- - 5\n  - 0\n"))
    with pytest.raises(MissingArgumentError, match=r"config says 5.*input_id="):
        ke.load(tmp_path / "net")
    assert ke.load(tmp_path / "net", input_id=[4, 1]).in_features == 5


# --- the symbolic branch ------------------------------------------------------


def test_zero_edges_add_a_constant() -> None:
    live = model(width=[2, 2])
    live.fix_symbolic(0, 0, 1, "0", fit_params_bool=False, verbose=False)
    with torch.no_grad():
        live.symbolic_fun[0].affine[1, 0, 3] = 0.375
        live.symbolic_fun[0].mask[1, 0] = 0.5
        live.subnode_scale_0.copy_(torch.tensor([1.5, -2.0]))
        live.node_scale_0.copy_(torch.tensor([1.0, 3.0]))
    network = ke.load(live)
    assert network.stages[-1].bias[1] == -2 * 3 * 0.375 * 0.5  # type: ignore[union-attr]
    assert_agrees(network, live, points(2))


TOTAL = [name for name in FUNCTIONS if name != "0"]


def fixed(names: list[str], seed: int, **options: Any) -> Any:
    """A model with these functions on edges of both layers, and any affine."""
    generator = torch.Generator().manual_seed(seed)
    live = model(width=[2, 3, 1], **options)
    edges = [(0, i, o) for i in range(2) for o in range(3)] + [(1, 0, 0), (1, 2, 0)]
    for (l, i, o), name in zip(edges, names, strict=False):
        live.fix_symbolic(l, i, o, name, fit_params_bool=False, verbose=False)
        with torch.no_grad():
            numbers = torch.rand(4, generator=generator) * 2 - 1
            live.symbolic_fun[l].affine[o, i] = numbers
            live.symbolic_fun[l].mask[o, i] = torch.rand((), generator=generator)
    return live


@FEW
@given(
    names=st.lists(st.sampled_from([*TOTAL, "0"]), min_size=1, max_size=8),
    seed=st.integers(0, 99),
    base_fun=st.sampled_from(["silu", "zero"]),
)
def test_symbolic_edges(names: list[str], seed: int, base_fun: str) -> None:
    live = fixed(names, seed, base_fun=base_fun)
    with torch.no_grad():
        live.subnode_scale_0.copy_(torch.tensor([1.5, -2.0, 1.0]))
        live.node_scale_0.copy_(torch.tensor([1.0, 3.0, -0.5]))
    assert_agrees(ke.load(live), live, points(2))


def test_symbolic_edges_of_files_and_states(tmp_path: Path) -> None:
    live = fixed(["sin", "x^3", "abs", "0", "gaussian", "exp"], 0)
    network = ke.load(live)
    live.saveckpt(str(tmp_path / "net"))
    assert ke.load(tmp_path / "net") == network
    names = [layer.funs_name for layer in live.symbolic_fun]
    state = live.state_dict()
    assert ke.load(state, base_fun="silu", funs_name=names) == network
    with pytest.raises(UnsupportedModelError, match=r"fixed .*pass funs_name="):
        ke.load(state, base_fun="silu")
    with pytest.raises(LoadError, match="must be 3 rows of 2 names"):
        ke.load(state, base_fun="silu", funs_name=[["x"], ["x"]])
    conversion = ke.convert(network)
    assert conversion.prove().is_proved
    other = ke.load(
        state, base_fun="silu", funs_name=[[r[::-1] for r in names[0]], names[1]]
    )
    assert isinstance(ke.prove(network, other), Refuted)


def test_speed_switches_symbolic_edges_off() -> None:
    live = fixed(["sin"], 0)
    before = ke.load(live)
    live.speed()
    assert_agrees(ke.load(live), live, points(2))
    assert isinstance(ke.prove(before, ke.load(live)), Refuted)


@pytest.mark.parametrize("name", sorted({*SYMBOLIC_LIB} - {*FUNCTIONS, *PARTIAL}))
def test_functions_without_an_exact_form_are_named(name: str) -> None:
    live = fixed(["x^2", name], 0)
    words = rf"layer 0, edge 0 -> 1 is {re.escape(name)} of .*no exact form"
    with pytest.raises(UnsupportedModelError, match=words):
        ke.load(live)


@pytest.mark.parametrize("name", PARTIAL)
def test_functions_of_half_lines(name: str) -> None:
    live = fixed([name, "x^2", "sin"], 0)
    with torch.no_grad():
        live.symbolic_fun[0].affine[0, 0, :2] = torch.tensor([0.5, 2.0])
    network = ke.load(live)
    assert_agrees(network, live, points(2))  # 0.5 x + 2 > 0 for all of them
    with pytest.raises(UndefinedError):
        network([-5, 0])
    assert live(torch.tensor([[-5.0, 0.0]]).double()).isnan().all()
    with torch.no_grad():
        live.symbolic_fun[0].affine[0, 0, 1] += 0.25
    moved = ke.load(live)
    assert ke.prove(network, ke.load(network)).is_proved
    assert isinstance(ke.prove(network.layer(0), moved.layer(0)), Refuted)


def test_an_irrational_constant_is_named() -> None:
    live = fixed(["sin"], 0)
    with torch.no_grad():
        live.symbolic_fun[0].affine[0, 0, 0] = 0
    with pytest.raises(UnsupportedModelError, match="a = 0 makes it an irrational"):
        ke.load(live)
    live = fixed(["x^2"], 0)
    with torch.no_grad():
        live.symbolic_fun[0].affine[0, 0, 0] = 0
    assert_agrees(ke.load(live), live, points(2))


@pytest.mark.parametrize("y_th", [10.0, 3.5])
@pytest.mark.parametrize("name", INVERSES)
def test_poles_are_avoided_as_pykan_does(name: str, y_th: float) -> None:
    live = fixed([name, "x^2", "sin"], 1).double()
    network = ke.load(live, singularity_avoiding=True, y_th=y_th)
    x = torch.cat(
        [points(2).double(), torch.linspace(-1, 1, 41).double()[:, None].expand(-1, 2)]
    )
    with torch.no_grad():
        y = live(x, singularity_avoiding=True, y_th=y_th).numpy()
    size = max(1.0, abs(y).max())
    for row, want in zip(x.tolist(), y, strict=True):
        assert abs(network.to_float(row)[0] - want[0]) <= 1e-11 * size
    with pytest.raises(
        UnsupportedModelError, match=r"no exact form here \(it has a pole\)"
    ):
        ke.load(live)
    assert ke.prove(
        network, ke.load(live, singularity_avoiding=True, y_th=y_th)
    ).is_proved


def test_arguments_of_forward_are_checked() -> None:
    live = fixed(["exp"], 0)
    with pytest.raises(UnsupportedModelError, match=r"exp.* with singularity_avoiding"):
        ke.load(live, singularity_avoiding=True)
    with pytest.raises(LoadError, match="singularity_avoiding must be True or False"):
        ke.load(live, singularity_avoiding="yes")
    with pytest.raises(LoadError, match="y_th must be positive"):
        ke.load(live, singularity_avoiding=True, y_th=0)
    masked = fixed(["log"], 0)
    with torch.no_grad():
        masked.symbolic_fun[0].mask[0, 0] = 0
    with pytest.raises(UnsupportedModelError, match="not defined for every x"):
        ke.load(masked)
    ke.load(
        masked, singularity_avoiding=True
    )  # its form of log is total, and 0 times it


def test_what_unfix_symbolic_leaves_behind(tmp_path: Path) -> None:
    live = model()
    for name in ("sin", "log"):
        live.fix_symbolic(0, 0, 0, name, fit_params_bool=False, verbose=False)
        live.unfix_symbolic(0, 0, 0, log_history=False)
        if name == "sin":  # defined everywhere: 0 times it is 0
            assert_agrees(ke.load(live), live, points(2))
            live.float()
    assert live(torch.tensor([[-1.0, 0.0]])).isnan().all()
    with pytest.raises(UnsupportedModelError, match=r"edge 0 -> 0 .* not defined"):
        ke.load(live)
    live.saveckpt(str(tmp_path / "net"))
    network = ke.load(tmp_path / "net")
    reloaded = KAN.loadckpt(str(tmp_path / "net"))
    assert_agrees(network, reloaded, points(2))


# --- refusals -----------------------------------------------------------------


def test_multiplication_is_seen_from_the_state_alone() -> None:
    live = model(width=[2, [1, 2], 1], mult_arity=[[], [2, 3], []])
    state = live.state_dict()
    with pytest.raises(MissingArgumentError, match=r"ends in mult.*pass width="):
        ke.load(state, base_fun="silu")
    known: dict[str, Any] = {"base_fun": "silu", "width": live.width}
    assert ke.load(state, mult_arity=live.mult_arity, **known) == ke.load(live)
    with pytest.raises(
        LoadError, match=r"width=\[1, 2\] and mult_arity=\[2, 2\] do not"
    ):
        ke.load(state, mult_arity=2, **known)
    with pytest.raises(LoadError, match="mult_arity must be a number, or one list"):
        ke.load(state, mult_arity="two", **known)
    with pytest.raises(LoadError, match="width must list"):
        ke.load(state, base_fun="silu", width=["a"])


@pytest.mark.parametrize("arity", [2, 3, [[], [2, 4], [3]]], ids=str)
def test_multiplication_nodes(arity: Any, tmp_path: Path) -> None:
    live = model(width=[2, [1, 2], [0, 1]], mult_arity=arity)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for l in range(2):
            for name in ("node_scale", "node_bias", "subnode_scale", "subnode_bias"):
                parameter = getattr(live, name)[l]
                parameter.copy_(torch.rand(parameter.shape, generator=generator) + 0.5)
    live.saveckpt(str(tmp_path / "net"))
    network = ke.load(live)
    assert ke.load(tmp_path / "net") == network
    assert ke.convert(network).prove().is_proved
    assert_agrees(network, live, points(2))


def test_base_functions() -> None:
    state = model().state_dict()
    with pytest.raises(MissingArgumentError, match=r"base_fun= as one of silu"):
        ke.load(state)
    with pytest.raises(UnsupportedModelError, match=r"activation.GELU"):
        ke.load(model(base_fun=torch.nn.GELU()))
    with pytest.raises(LoadError, match=r"takes input_id=.* for a module"):
        ke.load(model(), base_fun="identity")


def old() -> dict[str, Any]:
    return dict(torch.load(DATA / "pykan_0_0_5.pt", weights_only=True))


def test_the_first_pykan_has_edges_in_one_axis() -> None:
    network = ke.load(old(), base_fun="silu")
    assert [s.out_features for s in network.stages] == [12, 96, 4, 32, 2]
    shared = {**old(), "act_fun.0.grid": old()["act_fun.0.grid"][[0, 1, 2] * 4]}
    assert [s.out_features for s in ke.load(shared, base_fun="silu").stages] == [
        24,
        4,
        32,
        2,
    ]
    grid = old()["act_fun.1.grid"].double()
    basis = network.stages[3].basis(0).parts[0]  # type: ignore[union-attr]
    step = (Fraction(grid[0, 4].item()) - Fraction(grid[0, 0].item())) / 4
    assert basis.knots.knots[2] == Fraction(grid[0, 0].item()) - step


def test_the_first_pykan_with_symbolic_edges() -> None:
    state = old()
    state["symbolic_fun.0.mask"] = state["symbolic_fun.0.mask"].clone()
    state["symbolic_fun.0.mask"][2, 1] = 0.5
    state["symbolic_fun.0.affine"] = torch.ones(4, 3, 4)
    names = [[["x^2"] * 3] * 4, [["0"] * 4] * 2]
    with pytest.raises(UnsupportedModelError, match=r"edge 1 -> 2 .*funs_name="):
        ke.load(state, base_fun="silu")
    fixed = ke.load(state, base_fun="silu", funs_name=names).layer(0)
    plain = ke.load(old(), base_fun="silu").layer(0)
    x = [0.25, -0.75, 0.5]
    gained = [a - b for a, b in zip(fixed(x), plain(x), strict=True)]  # type: ignore[operator]
    assert [round(float(v), 9) for v in gained] == [0, 0, 0.5 * (0.25**2 + 1), 0]


def test_what_does_not_fit_the_first_pykan() -> None:
    with pytest.raises(LoadError, match=r"0\.0\.x has no singularity_avoiding"):
        ke.load(old(), base_fun="silu", singularity_avoiding=True)
    grid = old()["act_fun.0.grid"].clone()
    grid[4, 2] = grid[4, 1]
    with pytest.raises(LoadError, match=r"edge 1 -> 1: grid points must increase"):
        ke.load({**old(), "act_fun.0.grid": grid}, base_fun="silu")
    wide = {**old(), "biases.0.weight": torch.zeros(1, 5)}
    with pytest.raises(LoadError, match="12 edges do not split over 5 outputs"):
        ke.load(wide, base_fun="silu")
    short = {**old(), "act_fun.0.coef": torch.zeros(12, 4)}
    with pytest.raises(LoadError, match="the degree would be 0"):
        ke.load(short, base_fun="silu")


def test_a_missing_state_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "net_config.yml").write_text("width: []\n")
    with pytest.raises(LoadError, match="missing: net_state"):
        ke.load(tmp_path / "net")


def changed(key: str, index: tuple[int, ...], value: float) -> dict[str, Any]:
    state = dict(model().state_dict())
    tensor = state[key].clone()
    tensor[index] = value
    return {**state, key: tensor}


def test_decreasing_knots_and_nan_are_named() -> None:
    with pytest.raises(LoadError, match="layer 0, input 1: knots must be non-decr"):
        ke.load(changed("act_fun.0.grid", (1, 3), 99.0), base_fun="silu")
    nan, infinity = float("nan"), float("inf")
    with pytest.raises(NonFiniteWeightError, match=r"act_fun\.1\.coef\[2, 0, 1\]"):
        ke.load(changed("act_fun.1.coef", (2, 0, 1), nan), base_fun="silu")
    with pytest.raises(NonFiniteWeightError, match=r"node_bias_0\[1\] is inf"):
        ke.load(changed("node_bias_0", (1,), infinity), base_fun="silu")


def test_tensors_that_do_not_fit_are_named() -> None:
    state = dict(model().state_dict())
    without = {k: v for k, v in state.items() if k != "node_scale_1"}
    with pytest.raises(LoadError, match=r"node_scale_1 is missing.*expand_depth"):
        ke.load(without, base_fun="silu")
    wide = {**state, "act_fun.0.mask": torch.ones(3, 3)}
    with pytest.raises(LoadError, match=r"act_fun\.0\.mask must have shape \(2, 3\)"):
        ke.load(wide, base_fun="silu")
    short = {**state, "act_fun.0.grid": state["act_fun.0.grid"][:, :7]}
    with pytest.raises(LoadError, match=r"7 knots an input.*do not fit 6 coefficients"):
        ke.load(short, base_fun="silu")
    whole = {**state, "act_fun.0.mask": torch.ones(2, 3, dtype=torch.int64)}
    with pytest.raises(LoadError, match=r"act_fun\.0\.mask .* dtype='int64'"):
        ke.load(whole, base_fun="silu")
