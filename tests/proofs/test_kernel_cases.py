"""What the kernel's tests write is also read by the verified checker."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.proofs.agreement import needs_checker

needs_checker()

ROOT = Path(__file__).parents[2]
SHORT = (
    *("atoms", "composition", "distance", "domains", "maxima"),
    *("multiplication", "premises", "ranges", "ratios", "regions"),
)
LONG = ("partial", "ridges", "schema", "windows")


@pytest.mark.parametrize(
    "module", [*SHORT, *(pytest.param(m, marks=pytest.mark.slow) for m in LONG)]
)
def test_no_case_of_the_kernel_is_judged_otherwise(module: str) -> None:
    case = f"tests/kernel/test_{module}.py"
    plugins = (
        "-p",
        "tests.proofs.comparing",
        "-p",
        "no:xdist",
        "-p",
        "no:cacheprovider",
    )
    command = [sys.executable, "-m", "pytest", "-q", *plugins, case]
    own = {k: v for k, v in os.environ.items() if k != "PYTEST_ADDOPTS"}
    done = subprocess.run(
        command, cwd=ROOT, env=own, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "invalid invalid" in done.stdout
