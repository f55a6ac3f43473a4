"""A bundle that was changed in any way is refused, also when its digests are redone."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import kan_equiv as ke
from kan_equiv.emit import bundle_check
from kan_equiv.emit.bundle_summary import summary_text, trail
from tests.networks import kan, with_coefficient

NAMES = (
    "network.kan",
    "certificate.cert",
    "module.py",
    "weights.safetensors",
    "check.pyz",
    "summary.json",
    "rounding_0.cert",
    "rounding_1.cert",
    "floats.cert",
)
SOURCE = kan([2, 2, 1], degree=1)
OTHER = with_coefficient(SOURCE, 1, (0, 0, 1), 0.5)


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("bundles")
    for name, network in (("one", SOURCE), ("two", OTHER)):
        ke.bundle(ke.convert(network, "local"), folder / name)
    return folder / "one", folder / "two"


@pytest.fixture
def bundled(originals: tuple[Path, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(originals[0], tmp_path / "bundle"))


def reason(folder: Path, **options: Any) -> str:
    verdict = ke.check(folder, **options)
    assert verdict.verdict == "invalid"
    return verdict.reason


def reseal(folder: Path, change: Callable[[Any], None] = lambda _: None) -> None:
    """Change the summary and redo every digest, as a forger would."""
    summary = json.loads((folder / "summary.json").read_text())
    change(summary)
    for name in summary["files"]:
        data = (folder / name).read_bytes()
        summary["files"][name] = hashlib.sha256(data).hexdigest()
    summary["trail"] = trail(summary)
    (folder / "summary.json").write_text(summary_text(summary))


def test_resealing_an_honest_bundle_keeps_it_valid(bundled: Path) -> None:
    before = (bundled / "summary.json").read_bytes()
    reseal(bundled)
    assert (bundled / "summary.json").read_bytes() == before
    assert ke.check(bundled).verdict == "valid"


@pytest.mark.parametrize("name", NAMES)
def test_one_flipped_bit_in_any_file(bundled: Path, name: str) -> None:
    path = bundled / name
    honest = path.read_bytes()
    size = len(honest)
    for place in (0, 9, size // 3, size // 2, 2 * size // 3, size - 1):
        for bit in (0, 5):  # bit 5 also turns small letters into capitals
            data = bytearray(honest)
            data[place] ^= 1 << bit
            path.write_bytes(data)
            assert reason(bundled)
    path.write_bytes(honest)
    assert ke.check(bundled).verdict == "valid"


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"summary.json"}))
def test_a_missing_or_cut_file(bundled: Path, name: str) -> None:
    data = (bundled / name).read_bytes()
    (bundled / name).write_bytes(data[:-1])
    assert reason(bundled)
    (bundled / name).unlink()
    assert f"{name} is missing" in reason(bundled)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"summary.json"}))
def test_a_file_of_another_bundle(
    bundled: Path, originals: tuple[Path, Path], name: str
) -> None:
    mine, theirs = ((folder / name).read_bytes() for folder in (bundled, originals[1]))
    if mine == theirs:  # module.py, check.pyz and the first layer are the same
        assert name in ("module.py", "check.pyz", "rounding_0.cert")
        return
    (bundled / name).write_bytes(theirs)
    assert reason(bundled)
    reseal(bundled)
    assert reason(bundled)


def test_other_weights_with_all_digests_redone(
    bundled: Path, originals: tuple[Path, Path]
) -> None:
    shutil.copy(originals[1] / "weights.safetensors", bundled)
    reseal(bundled)
    assert reason(bundled).startswith(
        "the proof is valid, but weights.safetensors is not what this version emits"
    )


def test_other_code_with_all_digests_redone(bundled: Path) -> None:
    code = (bundled / "module.py").read_text()
    (bundled / "module.py").write_text(code.replace("return x0.", "return 1 + x0."))
    reseal(bundled)
    assert "module.py is not what this version emits" in reason(bundled)


def test_given_weights_are_compared(
    bundled: Path, originals: tuple[Path, Path], tmp_path: Path
) -> None:
    same = Path(shutil.copy(bundled / "weights.safetensors", tmp_path / "same"))
    assert ke.check(bundled, weights=same).verdict == "valid"
    said = reason(bundled, weights=originals[1] / "weights.safetensors")
    assert said.startswith("the proof is valid, but these weights are other ones")


def test_a_smaller_bound(bundled: Path) -> None:
    def change(summary: Any) -> None:
        summary["rounding"][0]["bound"] = "1/1000000000000"

    reseal(bundled, change)
    assert "rounding_0.cert shows another claim" in reason(bundled)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("bound", "1/1000000000000"),
        ("domain", "[-100, 100]^2"),
        ("claim", "computed in floats, right is left; on every machine"),
        ("certificate", "rounding_0.cert"),
    ],
)
def test_another_statement_about_floats(bundled: Path, key: str, value: str) -> None:
    def change(summary: Any) -> None:
        summary["floats"][key] = value
        if key == "certificate":
            del summary["files"]["floats.cert"]

    reseal(bundled, change)
    assert "floats.cert shows another claim" in reason(bundled)


@pytest.mark.parametrize("form", ["hinge", "local"])
def test_the_float_error_of_another_program(
    bundled: Path, tmp_path: Path, form: str
) -> None:
    """A true bound of other float weights of the same source."""
    other = ke.bundle(ke.convert(SOURCE, form), tmp_path / "b", dtype="float64")
    shutil.copy(tmp_path / "b" / "floats.cert", bundled)

    def change(summary: Any) -> None:
        summary["floats"] = other["floats"]
        summary["dtype"] = "float64" if form == "hinge" else "float32"

    reseal(bundled, change)
    assert reason(bundled)


def test_a_true_bound_of_another_source(
    bundled: Path, originals: tuple[Path, Path]
) -> None:
    shutil.copy(originals[1] / "floats.cert", bundled)
    theirs = json.loads((originals[1] / "summary.json").read_text())["floats"]

    def change(summary: Any) -> None:
        summary["floats"] = theirs

    reseal(bundled, change)
    assert "does not speak of the source and the program" in reason(bundled)


def test_bounds_of_another_layer(bundled: Path) -> None:
    def change(summary: Any) -> None:
        first, second = summary["rounding"]
        for key in ("bound", "bound_about", "domain", "certificate"):
            first[key] = second[key]
        del summary["files"]["rounding_0.cert"]

    reseal(bundled, change)
    assert "rounding_1.cert shows another claim" in reason(bundled)


def test_a_layer_left_out(bundled: Path) -> None:
    def change(summary: Any) -> None:
        summary["rounding"].pop()
        del summary["files"]["rounding_1.cert"]

    reseal(bundled, change)
    assert "not every layer once" in reason(bundled)


def test_a_larger_box(bundled: Path) -> None:
    def change(summary: Any) -> None:
        summary["rounding"][0]["domain"] = "[-100, 100]^2"

    reseal(bundled, change)
    assert "rounding_0.cert shows another claim" in reason(bundled)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("verdict", "refuted"),
        ("claim", "source and target are equal as functions over the reals on R^7"),
        ("source", {"digest": "0" * 64, "files": {}, "counts": {}}),
        ("target", {"digest": "0" * 64, "counts": {}}),
        ("dtype", "float64"),
        ("dtype", "bfloat16"),
        ("precision", "float32x2"),
        ("precision", "tf32"),
        ("layout", "sequential"),
        ("version", 2),
        ("format", "something"),
        ("rounding", None),
        ("files", {}),
    ],
)
def test_a_summary_that_says_something_else(
    bundled: Path, key: str, value: object
) -> None:
    summary = json.loads((bundled / "summary.json").read_text())
    summary[key] = value
    (bundled / "summary.json").write_text(summary_text(summary))
    assert reason(bundled)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"format": 1', "\ufeff{}"])
def test_a_summary_that_is_none(bundled: Path, text: str) -> None:
    (bundled / "summary.json").write_text(text)
    assert reason(bundled)


@pytest.mark.parametrize("name", ["../bundle/module.py", "/etc/passwd", ".."])
def test_files_outside_are_not_read(bundled: Path, name: str) -> None:
    summary = json.loads((bundled / "summary.json").read_text())
    summary["rounding"][0]["certificate"] = name
    summary["files"][name] = "0" * 64
    (bundled / "summary.json").write_text(summary_text(summary))
    assert "is no file of a bundle" in reason(bundled)


def test_without_torch_digests_still_tie_the_weights(
    bundled: Path, originals: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle_check, "find_spec", lambda _: None)
    assert ke.check(bundled).verdict == "valid"
    shutil.copy(originals[1] / "weights.safetensors", bundled)
    assert "not the recorded one" in reason(bundled)
