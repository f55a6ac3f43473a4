"""ONNX models: against ONNX's reference evaluator, and our own emission read back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from torch import nn

import kan_equiv as ke
from kan_equiv.errors import LoadError, MissingExtraError, UnsupportedModelError
from kan_equiv.importers.graphs.aten import OPERATORS as ATEN
from kan_equiv.importers.graphs.onnx_operators import OPERATORS as ONNX
from kan_equiv.prover.outcome import Proved, Refuted
from tests.importers.test_torch_export import Note, exported, kan_of
from tests.networks import CHECKPOINTS, DATA, kan

DOUBLE = TensorProto.DOUBLE


def graph(
    nodes: Sequence[Any],
    sizes: Sequence[object],
    constants: dict[str, np.ndarray] | None = None,
    kind: int = DOUBLE,
    opset: int = 18,
) -> Any:
    """A model with input x and output y, whose rank is not said."""
    tensors = [numpy_helper.from_array(a, k) for k, a in (constants or {}).items()]
    made = helper.make_graph(
        list(nodes),
        "test",
        [helper.make_tensor_value_info("x", kind, list(sizes))],
        [helper.make_tensor_value_info("y", kind, ["p", "q"])],
        tensors,
    )
    return helper.make_model(
        made, opset_imports=[helper.make_opsetid("", opset)], ir_version=8
    )


def agrees(model: Any, x: np.ndarray) -> None:
    """Float64 evaluation of these sizes is off by far less than 1e-12."""
    network = ke.load(model)
    y = ReferenceEvaluator(model).run(None, {"x": x})[0]
    for row, values in zip(x, np.asarray(y), strict=True):
        exact = network.to_float(row.ravel().tolist())
        assert np.abs(np.array(exact) - values.ravel()).max() <= 1e-12


def node(operator: str, inputs: str, output: str, **attributes: Any) -> Any:
    names = ["" if i == "_" else i for i in inputs.split()]
    return helper.make_node(operator, names, [output], **attributes)


RNG = np.random.default_rng(3)
CONSTANTS = {
    "W": RNG.normal(size=(3, 4)),
    "b": RNG.normal(size=4),
    "V": RNG.normal(size=(4, 2)),
    "s": RNG.normal(size=(1, 3)),
    "k": RNG.normal(size=(3, 1)),
    "one": np.array(1.0),
    "two": np.array(2.0),
    "row": np.array([[1.0, -1.0, 2.0]]),
    "low": np.array(-0.5),
    "slope": np.array([0.1, 0.2, -0.3]),
    "var": np.array([0.5, 1.0, 2.0]),
    "shape": np.array([0, -1]),
    "shape3": np.array([-1, 1, 3]),
    "wide": np.array([1, 2, 1]),
    "ones": np.array([1, 2, 3]),
    "axis1": np.array([1]),
    "axis2": np.array([2]),
    "zero": np.array([0]),
    "end": np.array([2]),
    "picked": np.array([2, 0]),
}


@pytest.mark.parametrize(
    "nodes",
    [
        [node("Gemm", "x W b", "y", alpha=0.5, beta=2.0)],
        [node("Gemm", "x V b2", "y", transB=1)],
        [node("MatMul", "x W", "h"), node("Add", "h b", "r"), node("Relu", "r", "y")],
        [node("Sub", "s x", "h"), node("Mul", "h s", "m"), node("Div", "m two", "y")],
        [node("Min", "x s one", "h"), node("Max", "h low", "y")],
        [node("Clip", "x low one", "y")],
        [node("Clip", "x _ one", "y")],
        [node("Abs", "x", "h"), node("Neg", "h", "n"), node("Sum", "n x s", "y")],
        [node("LeakyRelu", "x", "h", alpha=0.25), node("PRelu", "h slope", "y")],
        [
            node("Unsqueeze", "x axis2", "u"),
            node("MatMul", "u row", "h"),  # (batch, 3, 3)
            node("PRelu", "h slope", "p"),
            node("Reshape", "p shape", "y"),
        ],
        [node("Sigmoid", "x", "h"), node("Mul", "x h", "m"), node("Tanh", "m", "y")],
        [node("Exp", "x", "h"), node("Sin", "h", "t"), node("Cos", "t", "y")],
        [node("Pow", "x two", "h"), node("Mul", "h x", "y")],
        [node("BatchNormalization", "x slope slope slope var", "y", epsilon=0.25)],
        [node("Greater", "x low", "c"), node("Where", "c x s", "y")],
        [node("LessOrEqual", "x s", "c"), node("Cast", "c", "y", to=DOUBLE)],
        [
            node("Unsqueeze", "x axis1", "u"),
            node("Tile", "u wide", "t"),
            node("Slice", "t zero axis1 axis1", "a"),
            node("Slice", "t axis1 end axis1", "b0"),
            node("Relu", "b0", "r"),
            node("Concat", "a r", "c", axis=1),
            node("Reshape", "c shape", "y"),
        ],
        [
            node("Reshape", "x shape3", "u"),
            node("Expand", "u ones", "e"),
            node("Transpose", "e", "t", perm=[0, 2, 1]),
            node("Flatten", "t", "f"),
            node("Gather", "f picked", "g", axis=1),
            node("Identity", "g", "y"),
        ],
        [
            node("Shape", "x", "n", start=0, end=1),
            node("Concat", "n axis3", "t", axis=0),
            node("Reshape", "x t", "u"),
            node("Squeeze", "u axis2", "q"),
            node("ReduceSum", "q axis1", "m", keepdims=1),
            node("Add", "m x", "y"),
        ],
        [
            node("Shape", "x", "n"),
            node("Gather", "n first", "g"),
            node("Unsqueeze", "g zero", "u"),
            node("Concat", "u minus", "t", axis=0),
            node("Reshape", "x t", "y"),
        ],
        [
            helper.make_node("Split", ["x", "parts"], ["p", "q"], axis=1),
            node("Concat", "q p", "h", axis=1),
            node("ReduceMean", "h axis1", "m", keepdims=0),
            node("Unsqueeze", "m axis1", "y"),
        ],
        [node("Einsum", "x W", "y", equation="bi,ij->bj")],
        [
            node("Dropout", "x", "h"),
            node("Constant", "", "c", value_float=0.5),
            node("Cast", "c", "d", to=DOUBLE),
            node("Add", "h d", "y"),
        ],
    ],
    ids=lambda nodes: "-".join(n.op_type for n in nodes),
)
def test_operators_agree_with_the_reference(nodes: list[Any]) -> None:
    for n in nodes:
        if list(n.input) == [""]:
            del n.input[:]
    used = {i for n in nodes for i in n.input}
    more = {
        "b2": np.ones(2),
        "V": CONSTANTS["W"][:, :2].T.copy() if "b2" in used else CONSTANTS["V"],
        "axis3": np.array([3, 1]),
        "first": np.array(0),
        "minus": np.array([-1]),
        "parts": np.array([1, 2]),
    }
    constants = {k: v for k, v in {**CONSTANTS, **more}.items() if k in used}
    x = np.concatenate([RNG.normal(size=(6, 3)) * 2, np.zeros((1, 3))])
    agrees(graph(nodes, ["batch", 3], constants), x)
    agrees(graph(nodes, [7, 3], constants), x)


def test_attributes_of_older_versions() -> None:
    nodes = [
        node("Unsqueeze", "x", "u", axes=[1]),
        node("Slice", "u", "s", axes=[2], starts=[0], ends=[2]),
        node("Squeeze", "s", "q", axes=[1]),
        node("Clip", "q", "y", min=-0.5, max=0.5),
    ]
    agrees(graph(nodes, ["n", 3], kind=TensorProto.FLOAT, opset=9), np.eye(3))


def test_images_are_flattened_in_c_order() -> None:
    nodes = [node("Flatten", "x", "f"), node("MatMul", "f W", "y")]
    model = graph(nodes, [1, 1, 2, 2], {"W": RNG.normal(size=(4, 3))})
    agrees(model, RNG.normal(size=(1, 1, 2, 2)))


@pytest.mark.parametrize("form", ["local", "hinge"])
@pytest.mark.parametrize("name", ["pykan_cubic", "pykan_pwl", "efficient_kan"])
def test_what_we_emit_is_the_module_that_we_emit(name: str, form: str) -> None:
    conversion = ke.convert(ke.load(CHECKPOINTS[name]), form)
    model = ke.emit.onnx_model(ke.emit.plan(conversion, "float64"))
    network = ke.load(model)
    layers = len(ke.load(CHECKPOINTS[name]).stages)
    assert len(network.stages) == layers  # a KAN again: one bank, one matrix a layer
    module = ke.emit.torch_module(conversion, dtype=torch.float64)
    emitted = ke.emit.exact_network(module)
    assert isinstance(ke.prove(network, emitted), Proved)
    w = next(t for t in model.graph.initializer if len(t.dims) == 2 and t.dims[0] > 1)
    array = numpy_helper.to_array(w).copy()
    array[0, 0] += 2.0**-20
    w.CopyFrom(numpy_helper.from_array(array, w.name))
    assert isinstance(ke.prove(ke.load(model), emitted), Refuted)


def test_the_reference_lists_all_operators() -> None:
    page = (DATA.parents[1] / "docs/reference/formats.md").read_text(encoding="utf-8")
    _, aten, onnx_list = re.split(r"`torch\.export` \(|ONNX:", page.split("## Oper")[1])
    listed = set(re.findall(r"`([\w.]+)`", aten.split(":", 1)[1]))
    assert listed == {name.removeprefix("aten.") for name in ATEN}
    assert set(re.findall(r"`(\w+)`", onnx_list)) == set(ONNX)


def test_plain_relu_graphs_of_ours() -> None:
    conversion = ke.convert(kan([2, 3, 1], degree=1), "hinge", layout="sequential")
    model = ke.emit.relu_onnx_model(conversion, "float64")
    network = ke.load(model)
    assert all(isinstance(ke.prove(network, ke.load(model)), Proved) for _ in range(1))
    x = np.random.default_rng(0).normal(size=(5, 2))
    agrees(model, x)


def test_the_same_layer_by_three_ways() -> None:
    torch.manual_seed(0)
    note = Note(3, 2)
    w = note.linear.weight.detach().numpy().T.copy()
    nodes = [
        node("Unsqueeze", "x axis1", "u"),
        node("Add", "u shifts", "t"),
        node("Slice", "t zero axis1 axis1", "a"),
        node("Slice", "t axis1 last axis1", "b0"),
        node("Relu", "b0", "r"),
        node("Concat", "a r", "c", axis=1),
        node("Reshape", "c shape", "f"),
        node("Gemm", "f w bias", "y"),
    ]
    constants = {
        "axis1": np.array([1]),
        "zero": np.array([0]),
        "last": np.array([1 << 40]),
        "shape": np.array([0, -1]),
        "shifts": np.linspace(-1, 1, 3, dtype=np.float32).reshape(1, 3, 1),
        "w": w,
        "bias": note.linear.bias.detach().numpy(),
    }
    model = graph(nodes, ["n", 3], constants, TensorProto.FLOAT)
    assert isinstance(ke.prove(model, exported(note, 3)), Proved)
    assert isinstance(ke.prove(model, kan_of(note)), Proved)
    assert ke.prove(DATA / "note.onnx", DATA / "note.pt2").is_proved


def test_modules_and_graphs_are_the_same_networks() -> None:
    torch.manual_seed(0)
    live = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    first, second = live[0], live[2]
    nodes = [
        node("Gemm", "x W b", "h", transB=1),
        node("Relu", "h", "r"),
        node("Gemm", "r V c", "y", transB=1),
    ]
    constants = {
        name: tensor.detach().numpy()
        for name, tensor in (
            ("W", first.weight),
            ("b", first.bias),
            ("V", second.weight),
            ("c", second.bias),
        )
    }
    model = graph(nodes, ["n", 3], constants, TensorProto.FLOAT)
    assert ke.load(model) == ke.load(live) == ke.load(exported(live, 3))


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ([node("Erf", "x", "y", name="gauss")], r"node gauss \(Erf\): this operator"),
        ([node("Softmax", "x", "y")], r"node 0 \(Softmax\)"),
        ([node("Reshape", "x five", "y")], "5|fit"),
        ([node("Div", "one x", "y")], "divides by what depends"),
        ([node("Cast", "x", "y", to=TensorProto.FLOAT)], "less precision"),
        ([node("Cast", "x", "y", to=TensorProto.INT64)], "less precision"),
        ([node("ReduceSum", "x zero", "y")], "along the batch"),
        ([node("Flatten", "x", "y", axis=0)], "mixes samples"),
        ([node("Constant", "", "y", value_float=1.0)], "does not depend on the input"),
        ([node("Own", "x", "y", domain="my.domain")], "of the domain my.domain"),
        ([node("Dropout", "x low yes", "y")], "dropout in training mode"),
        ([node("Pow", "x low", "y")], "whole number, got -1/2"),
        ([node("Slice", "x two0 zero axis1 minus", "y")], "step=-1"),
    ],
)
def test_what_has_no_exact_meaning_is_named(nodes: list[Any], words: str) -> None:
    for n in nodes:
        if list(n.input) == [""]:
            del n.input[:]
    used = {i for n in nodes for i in n.input}
    more = {
        "five": np.array([0, 5]),
        "yes": np.array(True),
        "two0": np.array([2]),
        "minus": np.array([-1]),
    }
    constants = {k: v for k, v in {**CONSTANTS, **more}.items() if k in used}
    model = graph(nodes, ["n", 3], constants)
    if nodes[0].domain:
        model.opset_import.append(helper.make_opsetid("my.domain", 1))
    with pytest.raises(LoadError, match=words):
        ke.load(model)


def test_inputs_of_unknown_size_and_several_inputs() -> None:
    with pytest.raises(UnsupportedModelError, match=r"fixed sizes.*\['\?', '\?'\]"):
        ke.load(graph([node("Relu", "x", "y")], ["n", "m"]))
    model = graph([node("Add", "x z", "y")], ["n", 3])
    model.graph.input.append(helper.make_tensor_value_info("z", DOUBLE, ["n", 3]))
    with pytest.raises(UnsupportedModelError, match="inputs x, z and outputs y"):
        ke.load(model)
    one = ke.load(graph([node("Relu", "x", "y")], [3]))
    assert list(one([-1, 0, 2])) == [0, 0, 2]


def test_files(tmp_path: Path) -> None:
    model = ke.emit.onnx_model(ke.emit.plan(ke.convert(kan([2, 3, 1]), "local")))
    onnx.save(model, tmp_path / "net.onnx")
    network = ke.load(tmp_path / "net.onnx")
    assert network == ke.load(model)
    onnx.save(model, tmp_path / "net.bin")
    assert ke.load(tmp_path / "net.bin", format="onnx") == network
    onnx.save(
        model,
        tmp_path / "far.onnx",
        save_as_external_data=True,
        location="far.data",
        size_threshold=0,
    )
    assert ke.load(tmp_path / "far.onnx") == network
    (tmp_path / "far.data").unlink()
    with pytest.raises(LoadError, match="no readable ONNX file"):
        ke.load(tmp_path / "far.onnx")
    whole = (tmp_path / "net.onnx").read_bytes()
    for cut in np.linspace(0, len(whole) - 1, 9, dtype=int).tolist():
        (tmp_path / "cut.onnx").write_bytes(whole[:cut])
        with pytest.raises(LoadError):
            ke.load(tmp_path / "cut.onnx")


def test_weights_outside_the_folder_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(np.ones(6).tobytes())
    (tmp_path / "in").mkdir()
    model = graph([node("MatMul", "x W", "y")], ["n", 3], {"W": np.ones((3, 2))})
    (tensor,) = model.graph.initializer
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", "../secret"), ("length", "48"), ("offset", "0")):
        tensor.external_data.add(key=key, value=value)
    (tmp_path / "in" / "net.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(LoadError, match="no readable ONNX file"):
        ke.load(tmp_path / "in" / "net.onnx")


def test_claims_of_sizes_are_checked_first() -> None:
    model = graph([node("MatMul", "x W", "y")], ["n", 3], {"W": np.ones((3, 2))})
    model.graph.initializer[0].dims[:] = [10**9, 10**9]
    with pytest.raises(LoadError):
        ke.load(model)
    filled = [node("ConstantOfShape", "big", "c"), node("Add", "x c", "y")]
    with pytest.raises(LoadError, match="more than"):
        ke.load(graph(filled, ["n", 3], {"big": np.array([10**9, 3])}))
    nan = graph([node("Add", "x c", "y")], ["n", 3], {"c": np.array([np.nan])})
    with pytest.raises(LoadError, match=r"tensor c\[0\] is nan"):
        ke.load(nan)


def test_without_onnx_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    model = graph([node("Relu", "x", "y")], ["n", 3])
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingExtraError, match=r"kan-equiv\[onnx\]"):
        ke.load(model)
