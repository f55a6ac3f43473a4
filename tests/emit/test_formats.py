"""Every format, on every piecewise-polynomial checkpoint it can carry."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

import kan_equiv as ke
from kan_equiv.emit import as_export
from kan_equiv.emit.planning import Plan
from kan_equiv.errors import EmissionError, MissingExtraError, ValidationError
from kan_equiv.exact import PiecewisePolynomial
from tests.emit.grids import equispaced, layers
from tests.networks import CHECKPOINTS, golden, kan

OPERATORS = {"Gemm", "Relu", "Mul", "Add", "Min", "Max", "Sigmoid"}
pytestmark = pytest.mark.filterwarnings("ignore:.*treespec:FutureWarning")


def run(model: object, x: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.SerializeToString())  # type: ignore[attr-defined]
    return session.run(None, {"x": x})[0]


def onnx_of(plan: Plan) -> object:
    return ke.emit.onnx_model(plan, {"certificate_sha256": "0" * 64})


@pytest.mark.parametrize("name", CHECKPOINTS)
@pytest.mark.parametrize("form", ["hinge", "local"])
def test_onnx_follows_the_module(name: str, form: str) -> None:
    conversion = ke.convert(ke.load(CHECKPOINTS[name]), form)
    plan = ke.emit.plan(conversion)
    model = onnx_of(plan)
    assert {n.op_type for n in model.graph.node} <= OPERATORS  # type: ignore[attr-defined]
    x = golden(name)["x"].astype(plan.program.dtype)
    expected = ke.emit.torch_module(conversion, backend="aten")(torch.tensor(x))
    expected = expected.detach().numpy()
    y = run(model, x)
    # Sums in another order: a few units in the last place of the largest term.
    unit = np.finfo(x.dtype).eps * (1 if form == "local" else 1 << 12)
    assert np.abs(y - expected).max() <= 16 * unit * np.abs(expected).max()
    assert run(model, x[:1]).shape == y[:1].shape
    assert run(model, x[:0]).shape == (0, y.shape[1])


@pytest.mark.parametrize("layout", ["layers", "sequential"])
@pytest.mark.parametrize("degree", [1, 2, 3])
def test_onnx_of_equispaced_and_of_sequential_networks(
    layout: str, degree: int
) -> None:
    knots = equispaced(4, degree, Fraction(-1), Fraction(1))
    source = layers([2, 3, 2], knots, degree)
    conversion = ke.convert(source, "local", layout=layout)
    for dtype in ("float32", "float64"):
        model = onnx_of(ke.emit.plan(conversion, dtype))
        x = np.random.default_rng(0).uniform(-2, 2, (9, 2)).astype(dtype)
        exact = [source.to_float(v) for v in x.tolist()]
        unit = np.finfo(dtype).eps
        assert np.abs(run(model, x) - exact).max() <= 64 * unit * np.abs(exact).max()


def test_onnx_of_nan_and_of_a_constant() -> None:
    conversion = ke.convert(kan([2, 2], silu=True), "local")
    x = np.array([[np.nan, 0], [0, 0], [1e30, -1e30]], dtype=np.float32)
    y = run(onnx_of(ke.emit.plan(conversion)), x)
    assert np.isnan(y[0]).all()
    assert np.isfinite(y[1:]).all()
    source = kan([1, 1, 2], masked=[(1, 0, 0), (1, 0, 1)])
    y = run(onnx_of(ke.emit.plan(ke.convert(source, "local"))), x[1:, :1])
    assert np.allclose(y, [source.to_float([0])] * 2)


def test_onnx_says_what_it_cannot_carry() -> None:
    conversion = ke.convert(kan([1, 1]), "local")
    with pytest.raises(EmissionError, match="bfloat16"):
        onnx_of(ke.emit.plan(conversion, precision="bfloat16"))
    import sympy

    x = sympy.Symbol("x")
    waves = ke.convert(ke.kan([[ke.from_sympy(sympy.sin(x), x)]]))
    with pytest.raises(EmissionError, match="cannot carry sin"):
        onnx_of(ke.emit.plan(waves))
    for name in ("sigmoid", "tanh"):
        f = ke.from_sympy(
            1 / (1 + sympy.exp(-2 * x)) if name == "sigmoid" else sympy.tanh(x + 1), x
        )
        network = ke.kan([[f]])
        points = np.linspace(-3, 3, 7)[:, None]
        y = run(onnx_of(ke.emit.plan(ke.convert(network))), points)
        exact = [network.to_float(v) for v in points.tolist()]
        assert np.allclose(y, exact, rtol=1e-12, atol=1e-14)


def test_metadata_travels() -> None:
    import onnx

    model = onnx_of(ke.emit.plan(ke.convert(kan([1, 1]), "local")))
    again = onnx.load_from_string(model.SerializeToString())  # type: ignore[attr-defined]
    props = {p.key: p.value for p in again.metadata_props}
    assert props == {"certificate_sha256": "0" * 64}
    assert [o.version for o in again.opset_import] == [17]


# --- Gemm and Relu only ------------------------------------------------------------


@pytest.mark.parametrize("form", ["hinge", "local"])
def test_relu_networks_of_degree_1(form: str) -> None:
    source = ke.load(CHECKPOINTS["pykan_pwl"])
    conversion = ke.convert(source, form)
    model = ke.emit.relu_onnx_model(conversion, "float64")
    operators = [n.op_type for n in model.graph.node]
    assert set(operators) == {"Gemm", "Relu"}
    x = golden("pykan_pwl")["x"].astype(np.float64)
    exact = [source.to_float(v) for v in x.tolist()]
    assert np.abs(run(model, x) - exact).max() <= 1e-12 * np.abs(exact).max()
    twin = ke.emit.relu_network(conversion, "float64")
    values = [twin.to_float(v) for v in x.tolist()]
    assert np.abs(run(model, x) - values).max() <= 1e-12 * np.abs(exact).max()


def test_identity_columns_become_two_units() -> None:
    ramp = PiecewisePolynomial.of([1, 2])
    hinge = PiecewisePolynomial.truncated_power(Fraction(1), 1)
    source = ke.kan([[[ramp, hinge], [hinge, 3]], [[ramp + hinge, ramp]]])
    conversion = ke.convert(source)
    model = ke.emit.relu_onnx_model(conversion, "float64")
    assert {n.op_type for n in model.graph.node} == {"Gemm", "Relu"}
    x = np.random.default_rng(1).normal(size=(12, 2)) * 2
    exact = [source.to_float(v) for v in x.tolist()]
    assert np.allclose(run(model, x), exact, rtol=1e-12, atol=1e-12)
    # All weights are integers here, so the plain network is the source itself.
    assert ke.emit.relu_network(conversion)([3, -5]) == source([3, -5])


def test_other_units_are_refused_by_name() -> None:
    for network in (kan([1, 1], degree=2), kan([1, 1], degree=1, silu=True)):
        with pytest.raises(EmissionError, match="cannot carry unit"):
            ke.emit.relu_onnx_model(ke.convert(network))


# --- torch's own -------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["aten", "gather", "chunked"])
def test_exported_programs_round_trip(backend: str, tmp_path: Path) -> None:
    conversion = ke.convert(ke.load(CHECKPOINTS["pykan_cubic"]), "local")
    module = ke.emit.torch_module(conversion, backend=backend)
    program = ke.emit.exported_program(module)
    torch.export.save(program, tmp_path / "m.pt2")
    again = torch.export.load(tmp_path / "m.pt2").module()
    x = torch.tensor(golden("pykan_cubic")["x"], dtype=torch.float32)
    for part in (x, x[:1], x[:0]):
        assert torch.allclose(again(part), module(part), rtol=1e-5, atol=1e-6)
    used = {
        str(n.target)
        for n in program.run_decompositions().graph.nodes
        if n.op == "call_function"
    }
    assert not {u for u in used if "index" in u or "cat" in u or "gather" in u}


def test_ahead_of_time_packages(tmp_path: Path) -> None:
    module = ke.emit.torch_module(ke.convert(kan([2, 2], silu=True), "local"))
    package = ke.emit.aoti_package(module, tmp_path / "m.pt2")
    run = torch._inductor.aoti_load_package(str(package))
    for batch in (1, 7):
        x = torch.randn(batch, 2)
        assert torch.allclose(run(x), module(x), rtol=1e-5, atol=1e-6)


def test_packages_need_a_compiler(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    module = ke.emit.torch_module(ke.convert(kan([1, 1]), "local"))
    with pytest.raises(EmissionError, match=r"\*\.pt2"):
        ke.emit.aoti_package(module, tmp_path / "m.so")
    monkeypatch.setattr(as_export.shutil, "which", lambda _: None)
    with pytest.raises(EmissionError, match="C\\+\\+ compiler"):
        ke.emit.aoti_package(module, tmp_path / "m.pt2")
    assert list(tmp_path.iterdir()) == []


def test_without_onnx_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    plan = ke.emit.plan(ke.convert(kan([1, 1]), "local"))
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingExtraError, match=r"kan-equiv\[onnx\]"):
        ke.emit.onnx_model(plan)


# --- VNN-LIB -----------------------------------------------------------------------


def test_a_query_about_two_networks_ties_their_inputs() -> None:
    text = ke.emit.vnnlib_equivalence(2, 1, ke.Box([(-1, 1), (0, "1/3")]), "1/1000")
    assert text.splitlines()[0] == "(vnnlib-version <2.0>)"
    assert "(equal-to" not in text
    assert "(assert (== X[0,1] U[0,1]))" in text
    assert "(assert (<= X[0,1] 0.33333333333333334))" in text  # outward
    assert text.splitlines()[-1] == (
        "(assert (or (> (- Y[0,0] V[0,0]) 0.001) (> (- V[0,0] Y[0,0]) 0.001)))"
    )
    assert text.count("(") == text.count(")")


def test_a_query_about_one_network_at_two_points_says_equal_to() -> None:
    box = ke.Box(-1, 1)
    text = ke.emit.vnnlib_sensitivity(1, 2, box, radius="1/8", within="1/3")
    assert "(declare-network g\n  (equal-to f)\n" in text
    assert "(assert (<= (- X[0,0] U[0,0]) 0.125))" in text
    assert "0.33333333333333333)" in text  # inward
    assert text.count("(") == text.count(")")
    with pytest.raises(ValidationError, match="radius must be >= 0"):
        ke.emit.vnnlib_sensitivity(1, 2, box, radius=-1, within=1)


def test_a_property_of_one_network() -> None:
    box = ke.Box(-1, 1).for_inputs(1)
    text = ke.emit.vnnlib_property(box, [("-1/3", 2), (None, None)])
    assert "(declare-const Y_1 Real)" in text
    last = text.splitlines()[-1]
    assert last == (
        "(assert (or (and (<= Y_0 -0.33333333333333333)) (and (>= Y_0 2.0))))"
    )
    with pytest.raises(ValidationError, match="a bound of at least one"):
        ke.emit.vnnlib_property(box, [(None, None)])
