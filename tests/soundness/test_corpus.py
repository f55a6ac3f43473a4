"""The corpus in proofs/certificates: good ones are valid, bad ones are not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kan_equiv import kernel
from tests.soundness.write_corpus import CORPUS, corpus

GOOD = sorted((CORPUS / "good").glob("*.cert"))
BAD = sorted((CORPUS / "bad").glob("*.cert"))
WHY = json.loads((CORPUS / "bad" / "manifest.json").read_text())


@pytest.mark.parametrize("path", GOOD, ids=lambda p: p.stem)
def test_good(path: Path) -> None:
    assert kernel.check_file(path).verdict == "valid"


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.stem)
def test_bad(path: Path) -> None:
    verdict = kernel.check_file(path)
    assert verdict.verdict == "invalid"
    assert verdict.reason


def test_every_bad_certificate_says_why() -> None:
    assert {p.stem for p in BAD} == set(WHY)
    assert len(GOOD) >= 10
    assert len(BAD) >= 30


def test_it_is_what_is_written() -> None:
    """If not: ``python -m tests.soundness.write_corpus``, and look at what differs."""
    written = corpus()
    assert {str(p.relative_to(CORPUS)) for p in CORPUS.glob("*/*")} == set(written)
    assert [n for n, v in written.items() if (CORPUS / n).read_bytes() != v] == []


@pytest.mark.parametrize("path", [GOOD[0], BAD[0], BAD[-1]], ids=lambda p: p.stem)
def test_as_a_command(path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "kan_equiv.kernel", str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=CORPUS.parents[1],
    )
    good = path in GOOD
    assert run.stdout.splitlines()[0] == ("valid" if good else "invalid")
    assert run.returncode == (0 if good else 1)
