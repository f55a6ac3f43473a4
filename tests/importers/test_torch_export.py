"""torch.export programs: against torch itself, against importers, and hostile files."""

from __future__ import annotations

import contextlib
import io
import json
import pickle
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

import kan_equiv as ke
from kan_equiv.errors import LoadError, UnsupportedModelError
from kan_equiv.importers.torch_export import load_program_file
from kan_equiv.ir import Affine, Network
from kan_equiv.prover.outcome import Proved, Refuted
from tests.importers.reference import KAN, assert_agrees
from tests.importers.test_pykan import fixed
from tests.importers.test_pykan import model as pykan_model
from tests.networks import DATA

NOTE = DATA / "note.pt2"


def exported(module: nn.Module, columns: int, batch: int | None = None) -> Any:
    """The program for any number of samples, or for ``batch``."""
    free = {0: torch.export.Dim("batch")}
    example = torch.zeros(batch or 10, columns)
    return torch.export.export(
        module.eval(), (example,), dynamic_shapes=None if batch else (free,)
    )


def saved(program: Any) -> bytes:
    memory = io.BytesIO()
    torch.export.save(program, memory)
    return memory.getvalue()


class Note(nn.Module):
    """The layer as "KAN is just MLP" writes it: copy, shift, bend all but the first."""

    def __init__(self, n: int, m: int, k: int = 3, slope: float = 0.0) -> None:
        super().__init__()
        self.k, self.slope = k, slope
        self.linear = nn.Linear(n * k, m)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.unsqueeze(1).repeat(1, self.k, 1)
        x = x + torch.linspace(-1, 1, self.k).reshape(1, self.k, 1)
        bent = functional.leaky_relu(x[:, 1:, :], self.slope)
        x = torch.cat([x[:, :1, :], bent], dim=1)
        return self.linear(x.flatten(1))


class NoteByExpand(Note):
    """The same written with expand, clamp, reshape and addmm."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x[:, None, :].expand(-1, self.k, -1)
        x = x - torch.linspace(1, -1, self.k)[None, :, None]
        x = torch.cat([x[:, :1], x[:, 1:].clamp(min=0)], dim=1).reshape(x.shape[0], -1)
        return torch.addmm(self.linear.bias, x, self.linear.weight.T)


def kan_of(note: Note) -> Network:
    """The same layer by its edges: columns of the weight are k-major."""
    from sympy import Max, Rational, Symbol

    x = Symbol("x")
    m, n = note.linear.out_features, note.linear.in_features // note.k
    weight = note.linear.weight.detach().double().reshape(m, note.k, n)
    shifts = torch.linspace(-1, 1, note.k).tolist()
    rows: list[list[Any]] = []
    for o in range(m):
        row: list[Any] = []
        for i in range(n):
            w = [Rational(v) for v in weight[o, :, i].tolist()]
            edge = w[0] * (x + Rational(shifts[0]))
            for c, s in zip(w[1:], shifts[1:], strict=True):
                edge += c * Max(x + Rational(s), 0)
            row.append(edge + Rational(note.linear.bias[o].item()) * int(i == 0))
        rows.append(row)
    return ke.kan(rows)


def test_the_notes_layer_is_a_kan_layer() -> None:
    torch.manual_seed(0)
    note = Note(5, 7)
    network = ke.load(exported(note, 5))
    assert [type(s).__name__ for s in network.stages] == ["Bank", "Affine"]
    assert isinstance(ke.prove(network, kan_of(note)), Proved)
    assert isinstance(ke.convert(kan_of(note)).prove(), Proved)
    assert isinstance(ke.prove(ke.convert(kan_of(note)).target, network), Proved)
    again = NoteByExpand(5, 7)
    again.load_state_dict(note.state_dict())
    assert isinstance(ke.prove(exported(again, 5), network), Proved)
    assert_agrees(ke.load(exported(note, 5)), note, torch.randn(8, 5))


def test_a_slightly_other_layer_is_refuted() -> None:
    torch.manual_seed(0)
    note, other = Note(5, 7), Note(5, 7, slope=1e-7)
    other.load_state_dict(note.state_dict())
    outcome = ke.prove(exported(other, 5), kan_of(note))
    assert isinstance(outcome, Refuted)


def test_three_of_the_notes_layers_regroup_as_an_mlp() -> None:
    torch.manual_seed(0)
    notes = [Note(n, m) for n, m in pairwise([5, 4, 3, 2])]
    network = ke.load(exported(nn.Sequential(*notes), 5))
    assert [s.in_features for s in network.stages] == [5, 15, 4, 12, 3, 9]
    stages = [s for note in notes for s in kan_of(note).stages]
    assert isinstance(ke.prove(network, Network(5, tuple(stages))), Proved)


def test_efficient_kan_as_its_own_code_computes() -> None:
    """An independent reading of the library's formulas."""
    torch.manual_seed(0)
    kan = KAN([2, 3, 2], grid_size=4)
    assert ke.prove(ke.load(exported(kan, 2)), ke.load(kan)).is_proved


def _fast(live: Any) -> Any:
    live.speed()
    return live


@pytest.mark.filterwarnings("ignore:The tensor attribute self.cache_data")
@pytest.mark.parametrize(
    "live",
    [
        _fast(pykan_model(width=[2, 3, 1])),
        pykan_model(width=[2, [1, 2], [0, 1]], mult_arity=[[], [2, 3], [2]]),
        fixed(["sin", "x^2", "abs", "gaussian", "0", "sgn"], 0),
    ],
    ids=["splines", "multiplication", "symbolic"],
)
def test_pykan_as_its_own_code_computes(live: Any) -> None:
    outcome = ke.prove(ke.load(exported(live, 2)), ke.load(live))
    assert outcome.is_proved


def test_samples_may_be_columns_on_the_way() -> None:
    torch.manual_seed(0)
    plain = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3))

    def turned(m: Any, x: torch.Tensor) -> torch.Tensor:
        first, second = m.layers[0], m.layers[2]
        hidden = torch.relu(first.weight @ x.T + first.bias[:, None])
        return (second.weight @ hidden + second.bias[:, None]).T

    module = Calls(turned)
    module.layers = plain
    for batch in (1, 3, 5):
        assert ke.load(exported(module, 3, batch)) == ke.load(plain)


class Everything(nn.Module):
    """Operators one after the other; sizes are small and all are used."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 4)
        self.norm = nn.BatchNorm1d(4)
        nn.init.uniform_(self.norm.weight)
        nn.init.uniform_(self.norm.bias)
        nn.init.uniform_(self.norm.running_var)
        self.prelu = nn.PReLU(4)
        nn.init.uniform_(self.prelu.weight)
        self.inner = nn.Sequential(
            nn.LeakyReLU(0.1), nn.Dropout(0.5), nn.Flatten(), nn.ReLU(inplace=True)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        w = self.linear.weight
        y = self.inner(self.prelu(self.norm(self.linear(x))))
        y = torch.clamp(y, min=-1).clamp(-2, 3) * 2 - 1 + y / 3
        y = torch.addmm(self.linear.bias, (-(1 - y)) @ w, w.T, beta=2, alpha=0.5)
        y = torch.stack([y, y.abs()], 1).sum(1).view(y.shape[0], 2, 2)
        y = y.permute(0, 2, 1).reshape(-1, 4)[:, [0, 2]].expand(-1, 2)
        y = torch.where(y > 0.25, y, 0.5 * y)[..., None].squeeze(-1)
        y = torch.einsum("bi,ji->bj", y, w[:, :2])
        a, b = torch.hstack([y, torch.maximum(y, torch.ones(1))]).chunk(2, 1)
        y = torch.minimum(a, b) + a.select(1, 0).unsqueeze(1)
        y = y.mean(dim=1, keepdim=True) + torch.arange(2) + torch.full((2,), 0.5)
        y = functional.silu(y) + y**2 * torch.sigmoid(y) + torch.tanh(y)
        return functional.hardtanh(y, -0.5, 4.0).to(torch.float64)


@pytest.mark.filterwarnings("ignore::FutureWarning")  # run_decompositions warns
def test_operators_agree_with_torch() -> None:
    torch.manual_seed(1)
    module = Everything().double()
    example = torch.randn(10, 3, dtype=torch.float64)
    free = {0: torch.export.Dim("batch")}
    program = torch.export.export(module.eval(), (example,), dynamic_shapes=(free,))
    fixed = torch.export.export(module, (example,))
    for found in (program, fixed, program.run_decompositions()):
        assert_agrees(ke.load(found), module, example)


@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_both_gelus(approximate: str) -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(2, 3), nn.GELU(approximate=approximate))
    assert_agrees(ke.load(exported(module, 2)), module, torch.randn(6, 2))
    assert_agrees(ke.load(module), module, torch.randn(6, 2))
    another = {"none": "tanh", "tanh": "none"}[approximate]
    other = nn.Sequential(module[0], nn.GELU(another))
    assert isinstance(ke.prove(ke.load(module), ke.load(other)), Refuted)


def test_files_and_live_programs_are_the_same(tmp_path: Path) -> None:
    torch.manual_seed(0)
    for batch in (None, 1, 4):
        program = exported(Note(2, 3), 2, batch)
        torch.export.save(program, tmp_path / "note.pt2")
        assert ke.load(tmp_path / "note.pt2") == ke.load(program)
    one = torch.export.export(nn.Linear(2, 3).eval(), (torch.zeros(2),))
    assert [type(s) for s in ke.load(one).stages] == [Affine]


def test_weights_of_other_formats_and_strides() -> None:
    torch.manual_seed(0)
    for dtype in (torch.bfloat16, torch.float16, torch.float64):
        module = nn.Sequential(nn.Linear(3, 2), nn.ReLU()).to(dtype)
        module[0].weight = nn.Parameter(torch.randn(3, 2, dtype=dtype).T)
        example = torch.zeros(4, 3, dtype=dtype)
        network = ke.load(torch.export.export(module.eval(), (example,)))
        assert_agrees(network, module, torch.randn(5, 3))


class Calls(nn.Module):
    def __init__(self, forward: Callable[..., Any]) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 3)
        self.call = forward

    def forward(self, *x: torch.Tensor) -> Any:
        return self.call(self, *x)


@pytest.mark.parametrize(
    ("forward", "words"),
    [
        (lambda m, x: torch.erf(x), r"node erf \(aten\.erf\.default\): this operator"),
        (lambda m, x: x.sum(0, keepdim=True) + x, r"node sum_1 .*along the batch"),
        (lambda m, x: x / (x * x + 1), r"node div .*divides by what depends"),
        (lambda m, x: (x > 0).sum(1), r"it counts with truth values"),
        (lambda m, x: x.long() + x, r"it makes int64 of what depends on the input"),
        (lambda m, x: x.bool() * x, r"it uses numbers as truth values"),
        (lambda m, x: torch.logical_and(x, x) * x, "it uses numbers as truth values"),
        (lambda m, x: ((x > 0) + (x < 1)) * x, "it counts with truth values"),
        (lambda m, x: ((x > 0) + 1) * x, "it counts with truth values"),
        (lambda m, x: x.sum(1, dtype=torch.int64), "computes in int64"),
        (lambda m, x: x.half().float(), r"it rounds its input to float16"),
        (lambda m, x: (x, x), r"one tensor as its output"),
        (lambda m, x: m.linear.weight * 2, "output does not depend on the input"),
        (lambda m, x: functional.dropout(x, 0.5, True), "dropout in training mode"),
        (lambda m, x: x**0.5, "whole number, got 1/2"),
        (lambda m, x: x @ x.T, "two tensors that depend"),
        (lambda m, x: x.T @ torch.ones(4, 2), "along the batch"),
    ],
)
def test_what_has_no_exact_meaning_is_named(
    forward: Callable[..., Any], words: str
) -> None:
    with pytest.raises(LoadError, match=words):
        ke.load(exported(Calls(forward), 3, batch=4))


def test_truth_values_select() -> None:
    def forward(m: Any, x: torch.Tensor) -> torch.Tensor:
        inside = (x >= -1) & (x < 1)
        both = inside * torch.logical_and(inside, x > -0.5)
        return inside.float() + both.to(x.dtype) * x + (x > 0) * 2.0

    module = Calls(forward)
    x = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.25, 0.99], [-0.5, -0.75, 3.0]])
    program = torch.export.export(module, (x,))
    assert_agrees(ke.load(program), module, x)


def test_two_inputs_are_refused() -> None:
    module = Calls(lambda m, x, y: x + y)
    program = torch.export.export(module, (torch.zeros(2, 3), torch.zeros(2, 3)))
    with pytest.raises(UnsupportedModelError, match="one tensor as its input"):
        ke.load(program)


def _changed_and_read(m: Any, x: torch.Tensor) -> torch.Tensor:
    y = m.linear(x)
    view = y[:, :2]
    z = y.relu_()
    return z[:, :2] + view


@pytest.mark.filterwarnings("ignore::FutureWarning")  # run_decompositions warns
def test_values_that_change_in_place_are_followed_or_refused() -> None:
    program = exported(Calls(_changed_and_read), 3, batch=4)
    with pytest.raises(UnsupportedModelError, match=r"relu_.* changes linear in place"):
        ke.load(program)
    module = Calls(_changed_and_read)
    functionalized = exported(module, 3, batch=4).run_decompositions()
    assert_agrees(ke.load(functionalized), module, torch.randn(4, 3))


def test_training_statistics_are_refused() -> None:
    module = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    program = torch.export.export(module, (torch.zeros(4, 2),))
    with pytest.raises(UnsupportedModelError, match=r"call model\.eval\(\)"):
        ke.load(program)


# --- hostile files ------------------------------------------------------------


def rewritten(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(memory, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return memory.getvalue()


class Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def program_bytes() -> bytes:
    torch.manual_seed(0)
    return saved(exported(Note(2, 3), 2))


def load_bytes(data: bytes, tmp_path: Path) -> Network:
    path = tmp_path / "program.pt2"
    path.write_bytes(data)
    return ke.load(path)


def test_pickles_in_a_file_are_never_opened(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    payload = pickle.dumps(Bomb(touched))

    def bomb(name: str, data: bytes) -> bytes:
        return payload if name.endswith("sample_inputs/model.pt") else data

    load_bytes(rewritten(program_bytes(), bomb), tmp_path)
    assert not touched.exists()
    pickle.loads(payload)
    assert touched.exists(), "the payload is one"

    def pickled(name: str, data: bytes) -> bytes:
        return data.replace(b'"use_pickle": false', b'"use_pickle": true')

    with pytest.raises(UnsupportedModelError, match="is pickled in the file"):
        load_bytes(rewritten(program_bytes(), pickled), tmp_path)


def test_sizes_as_text_are_not_evaluated(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    code = f"__import__('pathlib').Path({str(touched)!r}).touch()"

    def evil(name: str, data: bytes) -> bytes:
        if not name.endswith("models/model.json"):
            return data
        program = json.loads(data)
        for meta in program["graph_module"]["graph"]["tensor_values"].values():
            for size in meta["sizes"]:
                if "as_expr" in size:
                    size["as_expr"]["expr_str"] = code
        return json.dumps(program).encode()

    load_bytes(rewritten(program_bytes(), evil), tmp_path)
    assert not touched.exists()


def _first_weight(change: Callable[[dict[str, Any]], None]) -> Any:
    def changed(name: str, data: bytes) -> bytes:
        if not name.endswith("weights_config.json"):
            return data
        config = json.loads(data)
        change(config["config"]["linear.weight"]["tensor_meta"])
        return json.dumps(config).encode()

    return changed


def _sizes(*sizes: int) -> list[dict[str, int]]:
    return [{"as_int": n} for n in sizes]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_first_weight(lambda m: m.update(sizes=_sizes(10**9, 10**9))), "more than"),
        (_first_weight(lambda m: m.update(sizes=_sizes(300, 6))), "needs .* bytes"),
        (_first_weight(lambda m: m.update(strides=_sizes(-6, 1))), "strides="),
        (_first_weight(lambda m: m.update(strides=_sizes(6))), "strides="),
        (
            lambda n, d: d.replace(b'{"as_int": 3}, {"as_int": 6}', b'{"as_int": 6}'),
            "in the file|needs|strides",
        ),
        (_first_weight(lambda m: m.update(dtype=99)), "scalar type 99"),
        (_first_weight(lambda m: m.pop("sizes")), "not well-formed|no well-formed"),
        (lambda n, d: d[: len(d) // 2] if n.endswith(".json") else d, "cannot be read"),
        (lambda n, d: b"[]" if n.endswith("model.json") else d, "no well-formed"),
        (
            lambda n, d: d.replace(b'"major": 8', b'"major": 9'),
            "schema version 9; supported is 8",
        ),
        (
            lambda n, d: b"\xff" * len(d) if n.endswith("weights/weight_0") else d,
            r"linear\.weight\[0, 0\] is nan",
        ),
        (
            lambda n, d: d.replace(
                b'"self", "arg": {"as_tensor": {"name": "repeat"',
                b'"self", "arg": {"as_tensor": {"name": "gone"',
            ),
            "there is no value gone",
        ),
        (lambda n, d: d.replace(b"[1, 3, 1]", b"[1, 999999999, 1]"), "more than"),
    ],
)
def test_damaged_files_give_one_clear_error(
    change: Callable[[str, bytes], bytes], words: str, tmp_path: Path
) -> None:
    with pytest.raises(LoadError, match=words):
        load_bytes(rewritten(program_bytes(), change), tmp_path)


WRONG: list[Any] = [None, -1, 0, 1, 2, 10**9, 1.5, "x", "", [], {}, [[]], True]


def _places(found: Any) -> list[tuple[Any, Any]]:
    """All (container, key) inside JSON values."""
    keys = list(found) if isinstance(found, dict) else range(len(found))
    own = [(found, k) for k in keys]
    inner = [v for k in keys if isinstance(v := found[k], (dict, list))]
    return own + [place for v in inner for place in _places(v)]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_changed_graphs_give_a_network_or_one_clear_error(
    tmp_path: Path, data: st.DataObject
) -> None:
    def change(name: str, raw: bytes) -> bytes:
        if not name.endswith((".json",)):
            return raw
        found = json.loads(raw)
        places = [p for p in _places(found) if p[1] not in ("stack_trace", "torch_fn")]
        for _ in range(data.draw(st.integers(0, 2))):
            container, key = data.draw(st.sampled_from(places))
            try:
                if data.draw(st.booleans()):
                    container[key] = data.draw(st.sampled_from(WRONG))
                else:
                    del container[key]
            except (KeyError, IndexError):
                continue
        return json.dumps(found).encode()

    with contextlib.suppress(LoadError):
        load_bytes(rewritten(NOTE.read_bytes(), change), tmp_path)


def test_other_archives_are_named(tmp_path: Path) -> None:
    (tmp_path / "no.pt2").write_bytes(b"PK\x03\x04 nonsense")
    with pytest.raises(LoadError, match=r"no\.pt2 cannot be read as a program"):
        ke.load(tmp_path / "no.pt2")
    torch.save({"weight": torch.ones(2, 2)}, tmp_path / "weights.pt2")
    with pytest.raises(UnsupportedModelError, match=r"holds no program"):
        ke.load(tmp_path / "weights.pt2")
    whole = program_bytes()
    for cut in np.linspace(1, len(whole) - 1, 12, dtype=int).tolist():
        (tmp_path / "cut.pt2").write_bytes(whole[:cut])
        with pytest.raises(LoadError):
            load_program_file(tmp_path / "cut.pt2")
