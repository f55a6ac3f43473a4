from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import click.testing
import pytest
from click.testing import CliRunner

from kan_equiv.cli.commands import demo
from kan_equiv.cli.frame import Result
from kan_equiv.cli.main import main
from tests.networks import DATA, golden


def test_the_shipped_data_are_the_tested_ones() -> None:
    import numpy as np

    shipped = resources.files("kan_equiv.cli") / "data"
    name = "digits_efficient_kan.pt"
    assert (shipped / name).read_bytes() == (DATA / name).read_bytes()
    expected = golden("digits_efficient_kan")
    with resources.as_file(shipped / "digits_efficient_kan_io.npz") as path:
        rows = dict(np.load(path))
    assert np.array_equal(rows["pixels"].astype(np.float32) / 8 - 1, expected["x"])
    assert np.array_equal(rows["label"], expected["label"])
    assert np.array_equal(rows["y"], expected["y"])
    assert (shipped / "README.md").is_file()


@dataclass(frozen=True)
class Run:
    printed: click.testing.Result
    said: Result
    folder: Path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One run of the demo for all tests: it takes half a minute."""
    place = tmp_path_factory.mktemp("demo")
    said: list[Result] = []
    original = demo._run

    def recorded(*arguments: Path) -> Result:
        said.append(original(*arguments))
        return said[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "_run", recorded)
        patch.setattr(tempfile, "tempdir", str(place))
        printed = CliRunner().invoke(main, ["demo"])
    assert printed.exit_code == 0, printed.output
    (folder,) = place.iterdir()
    return Run(printed, said[0], folder)


@pytest.mark.xdist_group("demo")
def test_demo_proves_first(run: Run) -> None:
    assert run.printed.stderr == ""
    lines = run.printed.stdout.splitlines()
    assert lines[0].startswith("proved: source and target are equal as functions")
    assert any(f"kan-equiv check {run.folder}" in line for line in lines)
    command = [sys.executable, "-I", "-S", str(run.folder / "check.pyz")]
    bare = subprocess.run(
        [*command, str(run.folder / "certificate.cert")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert bare.stdout.startswith("valid\n")


@pytest.mark.xdist_group("demo")
def test_demo_figures(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(demo, "_run", lambda *_: run.said)
    result = CliRunner().invoke(main, ["demo", "-o", str(tmp_path / "out"), "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert next(iter(found)) == "verdict"
    digits = found["digits"]
    assert digits["rows"] == digits["same_class"] == 360
    assert digits["accuracy_before"] == digits["accuracy_after"] > 0.98
    # Float32 on outputs of size ten.
    assert 0 < digits["max_error"] < 1e-4
    assert found["check"] == "valid"
    source = hashlib.sha256((DATA / "digits_efficient_kan.pt").read_bytes())
    assert found["source"]["files"]["digits_efficient_kan.pt"] == source.hexdigest()
    again = CliRunner().invoke(main, ["demo", "-o", str(run.folder)])
    assert again.exit_code == 2


def test_demo_without_torch_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    result = CliRunner().invoke(main, ["demo", "-o", str(tmp_path / "out")])
    assert result.exit_code == 4
    assert "pip install 'kan-equiv[torch]'" in result.stderr
    assert list(tmp_path.iterdir()) == []
