"""The tree as if it were installed, entry points and all."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import kan_equiv

ROOT = Path(kan_equiv.__file__).parents[1]


def environment(folder: Path) -> dict[str, str]:
    """Environment variables of processes that find our entry points in ``folder``."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    info = folder / "kan_equiv-0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: kan-equiv\nVersion: 0")
    lines: list[str] = []
    for group, entries in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{k} = {v}" for k, v in entries.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
