"""One bundle, of a source file with a hostile name, for all tests of its report."""

from __future__ import annotations

from pathlib import Path

import pytest

import kan_equiv as ke
from tests.networks import kan

HOSTILE = "<img src=x onerror=alert(1)> & \"'.pt"


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reported")
    (folder / HOSTILE).write_bytes(b"stands for a checkpoint")
    network = kan([3, 6, 2], degree=3, silu=True)
    conversion = ke.convert(network, "local")
    ke.bundle(conversion, folder / "out", source_files=[folder / HOSTILE])
    return folder / "out"


@pytest.fixture(scope="session")
def report(bundle: Path) -> Path:
    return ke.report(bundle, bundle.parent / "report.html")
