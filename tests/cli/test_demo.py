from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest
from click.testing import CliRunner

from kan_equiv.cli.main import main
from tests.cli.test_frame import typed
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


def test_demo_proves_first(tmp_path: Path) -> None:
    found = typed("demo", TMPDIR=str(tmp_path))
    assert found.returncode == 0, found.stderr
    assert found.stderr == ""
    lines = found.stdout.splitlines()
    assert lines[0].startswith("proved: source and target are equal as functions")
    (folder,) = tmp_path.iterdir()
    assert any(f"kan-equiv check {folder}" in line for line in lines)
    assert typed("check", str(folder)).stdout.startswith("valid: ")
    command = [sys.executable, "-I", "-S", str(folder / "check.pyz")]
    bare = subprocess.run(
        [*command, str(folder / "certificate.cert")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert bare.stdout.startswith("valid\n")


def test_demo_figures(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = CliRunner().invoke(main, ["demo", "-o", str(out), "--json"])
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
    again = CliRunner().invoke(main, ["demo", "-o", str(out)])
    assert again.exit_code == 2


def test_demo_without_torch_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    result = CliRunner().invoke(main, ["demo", "-o", str(tmp_path / "out")])
    assert result.exit_code == 4
    assert "pip install 'kan-equiv[torch]'" in result.stderr
    assert list(tmp_path.iterdir()) == []
