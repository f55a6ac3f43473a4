"""The tables of inference, run as a user would; see ``inference.py``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.inference import SECTIONS

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(
        "benchmark" not in os.environ.get("KAN_EQUIV_RUN", ""),
        reason="takes minutes: KAN_EQUIV_RUN=benchmark pytest tests/benchmarks -s",
    ),
]


@pytest.mark.parametrize("section", SECTIONS)
def test_section(section: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.inference", section],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    print(run.stdout)
    assert run.returncode == 0, run.stderr
    assert "BEYOND" not in run.stdout
