from __future__ import annotations

import json
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.emit import bundle_directory
from kan_equiv.emit.bundle_directory import write_bundle
from kan_equiv.emit.bundle_summary import box_text
from kan_equiv.errors import CertificateError, MissingExtraError, ValidationError
from kan_equiv.exact import FloatTensor, RationalTensor
from kan_equiv.ir import Affine, Bank, BSplineBasis, Dense, KnotVector, Network
from kan_equiv.prover.rounding import rounding_by_layer
from tests.emit.grids import equispaced
from tests.networks import CHECKPOINTS, kan

FILES = {
    "network.kan",
    "certificate.cert",
    "module.py",
    "weights.safetensors",
    "check.pyz",
    "summary.json",
    "rounding_0.cert",
    "rounding_1.cert",
    "floats.cert",
}


@pytest.fixture(scope="module")
def conversion() -> ke.Conversion:
    return ke.convert(kan([2, 2, 1], silu=True), "local")


@pytest.fixture(scope="module")
def bundled(
    conversion: ke.Conversion, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    (folder / "model.pt").write_bytes(b"stands for a checkpoint")
    ke.bundle(conversion, folder / "out", source_files=[folder / "model.pt"])
    return folder / "out"


@pytest.fixture
def copy(bundled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundled, tmp_path / "copy"))


def content(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def test_a_bundle_holds_the_promised_files_and_nothing_else(bundled: Path) -> None:
    assert {p.name for p in bundled.iterdir()} == FILES
    assert [p.name for p in bundled.parent.iterdir() if p.name.startswith(".")] == []


def test_a_bundle_is_valid(bundled: Path) -> None:
    verdict = ke.check(bundled)
    assert (verdict.verdict, verdict.reason) == ("valid", "")
    assert ke.check(bundled, weights=bundled / "weights.safetensors").verdict == "valid"
    assert ke.check(bundled / "rounding_1.cert").verdict == "valid"


def test_network_file_is_the_target(bundled: Path, conversion: ke.Conversion) -> None:
    assert ke.load(bundled / "network.kan") == conversion.target


def test_summary_says_what_was_done(bundled: Path, conversion: ke.Conversion) -> None:
    summary: dict[str, Any] = json.loads((bundled / "summary.json").read_text())
    before, after = conversion.parameters
    assert next(iter(summary)) == "verdict"
    assert summary["verdict"] == "proved"
    assert summary["claim"].endswith("over the reals on R^2")
    assert summary["form"] == "local"
    assert summary["layout"] == "layers"
    assert summary["dtype"] == "float32"
    assert summary["is_pure_relu"] is False
    assert summary["source"]["counts"]["parameters"] == before.parameters
    assert summary["target"]["counts"]["hidden_units"] == after.hidden_units
    assert list(summary["source"]["files"]) == ["model.pt"]
    assert list(summary["trail"]) == [
        "source",
        "proved",
        "certified",
        "floats",
        "measured",
    ]
    assert summary["measured"]["samples"] == 32
    # Float32 on values of this size: far above its unit, far below a wrong weight.
    assert 0 < summary["measured"]["max_absolute"] < 1e-4 * summary["measured"]["scale"]


def test_certified_bounds_hold_for_the_weights_in_the_file(
    bundled: Path, conversion: ke.Conversion
) -> None:
    summary: dict[str, Any] = json.loads((bundled / "summary.json").read_text())
    rounded, _ = ke.emit.emitted_network(conversion.compact, "float32")
    module = ke.emit.torch_module(conversion, backend="aten")
    for p in module.parameters():
        torch.nn.init.zeros_(p)
    module.load_state_dict(load_file(bundled / "weights.safetensors"))
    assert ke.emit.exact_network(module) == rounded
    bound = Fraction(summary["rounding"][0]["bound"])
    assert 0 < bound < Fraction(1, 1000)
    for x in ([0, 0], [Fraction(1, 3), Fraction(-2, 3)], [-1, 1]):
        exact, near = conversion.compact.layer(0)(x), rounded.layer(0)(x)
        for a, b in zip(exact, near, strict=True):
            assert abs(float(a - b)) <= float(bound)


def test_two_floats_a_coefficient_are_written_and_certified(tmp_path: Path) -> None:
    """Coefficients of 48 bits: dtype="auto" takes two float32 for each."""
    rng = np.random.default_rng(3)
    factors = [rng.standard_normal(s).astype(np.float32) for s in ((2, 2, 5), (2, 2))]
    tensors = [FloatTensor.from_array(f) for f in factors]
    weight = Dense(2, 2, 5, ((tensors[0], "oik"), (tensors[1], "oi")))
    basis = BSplineBasis(equispaced(4, 1, Fraction(-1), Fraction(1)), 1)
    network = Network(2, (Bank.of([basis] * 2), Affine.linear(weight)))
    conversion = ke.convert(network, "local")
    summary = ke.bundle(conversion, tmp_path / "out", dtype="auto")
    assert (summary["dtype"], summary["precision"]) == ("float32", "float32x2")
    assert "layer 0 not at all" in summary["trail"]["certified"]
    assert ke.check(tmp_path / "out").verdict == "valid"
    module = ke.emit.torch_module(conversion, "auto")
    bound = ke.rounding_bound(module, conversion, ke.Box(-1, 1))
    assert Fraction(summary["floats"]["bound"]) == bound.bound


def test_rounding_bounds_hold_at_sampled_points() -> None:
    exact = ke.convert(kan([3, 2], degree=3, seed=4), "local").compact
    rounded = ke.emit.emitted_network(exact, "float32")[0]
    (found,) = rounding_by_layer(exact, rounded, ke.Box(-1, 1))
    assert found.bound is not None
    assert found.certificate is not None
    rng = np.random.default_rng(0)
    worst = Fraction(0)
    for x in rng.uniform(-1, 1, (50, 3)).tolist():
        pairs = zip(exact(x), rounded(x), strict=True)
        worst = max(worst, *(abs(a - b) for a, b in pairs))  # type: ignore[type-var]
    assert 0 < worst <= found.bound


def test_layers_that_mix_inputs_have_bounds() -> None:
    weights = [[0.1, -0.7], [0.3, 0.2], [1 / 3, 0.5]]
    last = [[1 / 7, 1 / 11, 0.9]]
    layers = [(weights, [0.1, 0.2, 0.3]), ([*last, *last], [0, 1]), ([[0.3, 1]], [0])]
    exact = ke.mlp(layers)
    for dtype, is_exact in (("float64", True), ("float32", False)):
        rounded = ke.emit.emitted_network(exact, dtype)[0]
        found = rounding_by_layer(exact, rounded, ke.Box(-1, 1))
        assert len(found) == 2
        for l, layer in enumerate(found):
            assert layer.bound is not None
            assert layer.domain is not None
            assert (layer.bound == 0) is is_exact
            for part in (Fraction(0), Fraction(1, 3), Fraction(1)):
                x = [lo + (hi - lo) * part for lo, hi in (i.ends for i in layer.domain)]
                pairs = zip(exact.layer(l)(x), rounded.layer(l)(x), strict=True)
                assert max(abs(a - b) for a, b in pairs) <= layer.bound
            assert layer.certificate is not None
            assert kernel.check(layer.certificate).verdict == "valid"


def test_layers_beyond_the_limit_say_so() -> None:
    exact = ke.convert(kan([3, 2, 2]), "local").compact
    rounded = ke.emit.emitted_network(exact, "float32")[0]
    first, second = rounding_by_layer(exact, rounded, ke.Box(-1, 1), max_edges=5)
    assert first.bound is None
    assert "6 edges" in first.reason
    assert second.bound is None
    assert "layer 0" in second.reason


@pytest.mark.parametrize("form", ["hinge", "local"])
@pytest.mark.parametrize("layout", ["layers", "sequential"])
@pytest.mark.parametrize("dtype", ["float32", torch.float64])
def test_every_form_layout_and_dtype(
    form: str, layout: str, dtype: object, tmp_path: Path
) -> None:
    conversion = ke.convert(kan([2, 1], degree=1), form, layout=layout)
    summary = ke.bundle(conversion, tmp_path / "out", dtype=dtype)
    assert summary["dtype"] == str(dtype).removeprefix("torch.")
    assert ke.check(tmp_path / "out").verdict == "valid"


def test_cubic_hinges_in_float32_are_refused_unless_forced(tmp_path: Path) -> None:
    conversion = ke.convert(kan([2, 1], degree=3))
    with pytest.raises(ValidationError, match="cancel"):
        ke.bundle(conversion, tmp_path / "out", dtype="float32")
    assert list(tmp_path.iterdir()) == []
    ke.bundle(conversion, tmp_path / "out", dtype="float32", force=True)
    assert ke.check(tmp_path / "out").verdict == "valid"


def test_a_bundle_of_exactly_equal_parameters_says_and_proves_it(
    tmp_path: Path,
) -> None:
    dyadic = KnotVector.of([Fraction(k, 4) for k in range(-6, 7)])
    coefficients = RationalTensor.from_fractions(range(-9, 9), (2, 9))
    network = Network(
        1,
        (
            Bank((BSplineBasis(dyadic, 3),), (0,)),
            Affine.linear(Dense.matrix(coefficients)),
        ),
    )
    summary = ke.bundle(ke.convert(network, "local"), tmp_path / "out", dtype="auto")
    assert summary["dtype"] == "float32"
    assert summary["rounding"][0]["bound"] == "0"
    assert "exactly equal" in summary["trail"]["certified"]
    assert ke.check(tmp_path / "out").verdict == "valid"


def test_same_conversion_same_bytes(
    conversion: ke.Conversion, bundled: Path, tmp_path: Path
) -> None:
    (tmp_path / "model.pt").write_bytes(b"stands for a checkpoint")
    ke.bundle(conversion, tmp_path / "out", source_files=[tmp_path / "model.pt"])
    assert content(tmp_path / "out") == content(bundled)


def test_the_emitted_module_runs_alone(
    bundled: Path, conversion: ke.Conversion, tmp_path: Path
) -> None:
    module = shutil.copy(bundled / "module.py", tmp_path)
    shutil.copy(bundled / "weights.safetensors", tmp_path)
    found = subprocess.run(
        [sys.executable, "-I", str(module)],
        input="0.5 -0.25\n",
        capture_output=True,
        text=True,
        check=True,
    )
    expected = conversion.source.to_float([0.5, -0.25])
    assert float(found.stdout) == pytest.approx(expected[0], abs=1e-5)  # float32


def run_checker(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", str(folder / "check.pyz")]
    return subprocess.run(
        [*command, str(folder / name)], capture_output=True, text=True, check=False
    )


def test_check_pyz_needs_nothing_but_python(copy: Path) -> None:
    for name in ("certificate.cert", "rounding_0.cert", "network.kan"):
        found = run_checker(copy, name)
        assert (found.returncode, found.stdout.splitlines()[0]) == (0, "valid")


def test_check_pyz_refuses_a_changed_certificate(copy: Path) -> None:
    data = bytearray((copy / "certificate.cert").read_bytes())
    data[-1] ^= 1
    (copy / "certificate.cert").write_bytes(data)
    found = run_checker(copy, "certificate.cert")
    assert (found.returncode, found.stdout.splitlines()[0]) == (1, "invalid")


# --- what is written, or not -------------------------------------------------------


@pytest.fixture(params=[RuntimeError, KeyboardInterrupt, SystemExit])
def failing(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> type[BaseException]:
    def fail(*_: object) -> None:
        raise request.param

    monkeypatch.setattr(bundle_directory, "measured_error", fail)
    return request.param


def test_a_failed_run_leaves_nothing(
    conversion: ke.Conversion, failing: type[BaseException], tmp_path: Path
) -> None:
    with pytest.raises(failing):
        ke.bundle(conversion, tmp_path / "new" / "deep" / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_run_keeps_the_earlier_bundle(
    conversion: ke.Conversion, failing: type[BaseException], copy: Path
) -> None:
    before = content(copy)
    with pytest.raises(failing):
        ke.bundle(conversion, copy, overwrite=True)
    assert content(copy) == before
    assert [p.name for p in copy.parent.iterdir()] == ["copy"]


def test_missing_parents_are_made(conversion: ke.Conversion, tmp_path: Path) -> None:
    ke.bundle(conversion, tmp_path / "a" / "b")
    assert ke.check(tmp_path / "a" / "b").verdict == "valid"


def test_an_empty_directory_is_used(conversion: ke.Conversion, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    ke.bundle(conversion, tmp_path / "out")
    assert ke.check(tmp_path / "out").verdict == "valid"


def test_a_bundle_is_replaced_only_when_asked(copy: Path) -> None:
    other = ke.convert(kan([2, 1]), "hinge")
    before = content(copy)
    with pytest.raises(CertificateError, match="not empty"):
        ke.bundle(other, copy)
    assert content(copy) == before
    ke.bundle(other, copy, overwrite=True)
    assert ke.check(copy).verdict == "valid"
    assert ke.load(copy / "network.kan") == other.target
    assert not (copy / "rounding_1.cert").exists()


def test_overwrite_replaces_nothing_but_bundles(
    conversion: ke.Conversion, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("years of work")
    with pytest.raises(CertificateError, match=r"thesis\.tex"):
        ke.bundle(conversion, tmp_path / "out", overwrite=True)
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "out")
    for name in ("file", "link"):
        with pytest.raises(CertificateError, match="no directory"):
            ke.bundle(conversion, tmp_path / name, overwrite=True)
    assert (tmp_path / "out" / "thesis.tex").read_text() == "years of work"


def test_without_torch_nothing_is_written_and_the_extra_is_named(
    conversion: ke.Conversion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"kan-equiv\[torch\]"):
        ke.bundle(conversion, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_without_bounds_says_so(
    conversion: ke.Conversion, tmp_path: Path
) -> None:
    summary = write_bundle(conversion, tmp_path / "out")
    assert "not bounded" in summary["trail"]["certified"]
    assert ke.check(tmp_path / "out").verdict == "valid"


def test_checking_what_is_no_bundle(bundled: Path, tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match=r"cannot read [^\[]*$"):
        ke.check(tmp_path / "missing.cert")
    with pytest.raises(CertificateError, match="no bundle"):
        ke.check(tmp_path)
    with pytest.raises(ValidationError, match="no directory"):
        ke.check(bundled / "certificate.cert", weights=bundled / "weights.safetensors")
    with pytest.raises(CertificateError, match="cannot read"):
        ke.check(bundled, weights=tmp_path / "missing.safetensors")


def test_long_ends_of_boxes_are_printed_inward() -> None:
    box = ke.Box([("1000001/3000000", "2000001/3000000")])
    assert box_text(box) == "[0.33334, 0.66666]^1"
    assert box_text(ke.Box([("-2000001/3000000", 7)])) == "[-0.66666, 7]^1"


@pytest.mark.parametrize("name", ["pykan_pwl", "efficient_kan"])
def test_trained_checkpoints(name: str, tmp_path: Path) -> None:
    conversion = ke.convert(ke.load(CHECKPOINTS[name]), "local")
    summary = ke.bundle(conversion, tmp_path / "out")
    assert ke.check(tmp_path / "out").verdict == "valid"
    assert all(entry["bound_about"] < 1e-5 for entry in summary["rounding"])
