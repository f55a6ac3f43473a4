"""How long the parts are that have to be trusted, as ``proofs/README.md`` says it.

``make -C proofs sizes`` counts anew and writes the page.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "proofs" / "README.md"
STATEMENT = (
    *("theories/Relu", "theories/Atoms", "theories/NormalDistribution"),
    *("checker/Rational", "checker/Result", "checker/Logarithm", "checker/Programs"),
    *("checker/Functions", "checker/Calculus", "checker/Bases", "checker/LinearMaps"),
    *("checker/Networks", "checker/Definedness", "checker/Float_model", "checker/Json"),
    *("checker/Files", "checker/Schemas", "checker/Claims", "checker/Verdict"),
)
PARTS = {
    "files that hold the statement, with their proofs": [
        f"proofs/{name}.v" for name in STATEMENT
    ],
    "the verified checker and its proof": ["proofs/checker/*.v"],
    "the driver, OCaml, not verified": ["proofs/driver/*.ml"],
    "the theorems about the rules": ["proofs/theories/*.v"],
    "the Python kernel": ["kan_equiv/kernel/*.py"],
}


def lines(patterns: list[str]) -> int:
    paths = [path for pattern in patterns for path in ROOT.glob(pattern)]
    assert len(paths) >= len(patterns), patterns
    return sum(len(path.read_text().splitlines()) for path in paths)


def counted() -> dict[str, int]:
    return {part: lines(patterns) for part, patterns in PARTS.items()}


def written() -> dict[str, int]:
    rows = re.findall(r"^\| (.+) \| (\d+) \|$", PAGE.read_text(), re.MULTILINE)
    return {part: int(count) for part, count in rows}


if __name__ == "__main__":
    page = PAGE.read_text()
    for part, count in counted().items():
        row = f"| {part} | {round(count, -2)} |"
        sys.stdout.write(f"{count:6d}  {part}\n")
        page, found = re.subn(rf"^\| {part} \| \d+ \|$", row, page, flags=re.MULTILINE)
        assert found == 1, part
    PAGE.write_text(page)
