from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kan_equiv import kernel
from tests.testing.installed import environment

REFUTED = """
import kan_equiv as ke
from kan_equiv.testing import assert_proved_equal

def test_wrong():
    f, g = ke.mlp([([[1]], [0]), ([[1]], [0])]), ke.mlp([([[1]], [0]), ([[2]], [0])])
    assert_proved_equal(f, g)

def test_right():
    f = ke.mlp([([[1]], [0]), ([[1]], [0])])
    assert_proved_equal(f, f)

def test_other():
    assert 1 == 2
"""
DRAWN = """
import kan_equiv as ke
from hypothesis import given, settings, strategies as st
from kan_equiv.testing import assert_proved_equal

@settings(max_examples=10, database=None)
@given(st.integers(2, 100))
def test_a_scaled_unit_is_equal(slope):
    f, g = (ke.mlp([([[1]], [0]), ([[s]], [0])]) for s in (1, slope))
    assert_proved_equal(f, g)
"""
PLAIN = """
import sys

def test_nothing_is_loaded():
    ours = {m for m in sys.modules if m.startswith("kan_equiv")}
    assert ours <= {
        "kan_equiv", "kan_equiv.testing", "kan_equiv.testing.pytest_plugin",
        "kan_equiv.testing.registration",
    }, ours
    assert not {"flint", "sympy", "numpy", "torch"} & set(sys.modules)
"""


def run(folder: Path, source: str, *arguments: str) -> tuple[int, str]:
    tests = folder / "tests"
    tests.mkdir(parents=True)
    (tests / "test_case.py").write_text(source)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=tests,
        env=environment(folder / "site"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_a_plain_run_loads_nothing_of_ours(tmp_path: Path) -> None:
    code, text = run(tmp_path, PLAIN)
    assert code == 0, text
    code, text = run(tmp_path / "again", PLAIN.replace("sys\n", "sys, hypothesis\n"))
    assert code == 0, text


@pytest.mark.parametrize("source", [REFUTED, DRAWN], ids=["plain", "drawn"])
def test_certificates_of_refuted_cases_are_saved(tmp_path: Path, source: str) -> None:
    place = "--kan-equiv-certificates=kept/here"
    code, text = run(tmp_path, source, place)
    assert code == 1, text
    kept = tmp_path / "tests" / "kept" / "here"
    (path,) = list(kept.iterdir())
    assert kernel.check_file(path).verdict == "valid"
    assert "differ" in kernel.check_file(path).claim
    assert f"kan-equiv check {path}" in text


def test_nothing_is_created_without_a_refutation(tmp_path: Path) -> None:
    place = "--kan-equiv-certificates=kept"
    code, text = run(tmp_path, "def test_other():\n    assert 1 == 2\n", place)
    assert code == 1, text
    assert not (tmp_path / "tests" / "kept").exists()


def test_nothing_is_saved_unasked(tmp_path: Path) -> None:
    code, _ = run(tmp_path, REFUTED)
    assert code == 1
    assert not list(tmp_path.rglob("*.cert"))


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    code, text = run(tmp_path, REFUTED, "--kan-equiv-certificates=test_case.py")
    assert code == 1
    assert "could not be saved" in text
