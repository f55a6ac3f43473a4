"""Certificates as values: bytes, with what they claim."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kan_equiv.certificate.container import FORMAT_CERTIFICATE, pack, unpack
from kan_equiv.certificate.encode import Encoder

__all__ = ["Certificate", "write_atomically"]


@dataclass(frozen=True, slots=True)
class Certificate:
    """The written proof of one claim, as the bytes that the kernel reads."""

    data: bytes = field(repr=False)

    @classmethod
    def build(
        cls,
        encoder: Encoder,
        claim: dict[str, Any],
        judgements: list[dict[str, Any]],
        metadata: dict[str, str] | None = None,
    ) -> Certificate:
        """Write a certificate from encoded objects, a claim and its judgements."""
        header = {
            "format": FORMAT_CERTIFICATE,
            "objects": encoder.objects,
            "claim": claim,
            "judgements": judgements,
            "metadata": metadata or {},
        }
        return cls(pack(header, encoder.buffers))

    @property
    def digest(self) -> str:
        """The sha256 of the bytes."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def header(self) -> dict[str, Any]:
        """The parsed header (untrusted: only the kernel's verdict counts)."""
        return unpack(self.data)[0]

    def save(self, path: str | Path) -> Path:
        """Write the file; an existing one is replaced only by a complete one.

        Raises:
            OSError: the file cannot be written.
        """
        return write_atomically(path, self.data)

    @classmethod
    def read(cls, path: str | Path) -> Certificate:
        """Read a file without judging it."""
        return cls(Path(path).read_bytes())


def write_atomically(path: str | Path, data: bytes) -> Path:
    """Write bytes to a temporary file beside ``path``, then move it in place."""
    target = Path(path)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return target
