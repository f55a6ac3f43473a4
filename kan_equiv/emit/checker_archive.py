"""The kernel as one file, so that a bundle can be checked with a bare Python."""

from __future__ import annotations

import io
import zipfile
from importlib import resources

__all__ = ["kernel_zipapp"]

_MAIN = """import sys

from kan_equiv.kernel.__main__ import main

sys.exit(main())
"""
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip file can hold


def kernel_zipapp() -> bytes:
    """Return an archive for ``python check.pyz FILE``; same kernel, same bytes.

    Entries are stored, not deflated: compressed bytes differ between zlib builds.
    """
    members = {"__main__.py": _MAIN.encode(), "kan_equiv/__init__.py": b""}
    for entry in resources.files("kan_equiv.kernel").iterdir():
        if entry.name.endswith(".py"):
            members[f"kan_equiv/kernel/{entry.name}"] = entry.read_bytes()
    buffer = io.BytesIO()
    buffer.write(b"#!/usr/bin/env python3\n")
    with zipfile.ZipFile(buffer, "a") as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = 3  # Unix, on whatever system this runs
            info.external_attr = 0o644 << 16
            archive.writestr(info, members[name])
    return buffer.getvalue()
