"""The container of certificates and network files: magic, header, buffers.

The layout is on the page "certificate format" of the reference; the kernel has its own
reader, so that prover and checker share the format and no code.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from kan_equiv.errors import CertificateError

__all__ = ["FORMAT_CERTIFICATE", "FORMAT_NETWORK", "VERSION", "pack", "unpack"]

MAGIC = b"KANEQUIV"
VERSION = 1
FORMAT_CERTIFICATE = "kan_equiv.certificate"
FORMAT_NETWORK = "kan_equiv.network"


def pack(header: dict[str, Any], buffers: list[bytes]) -> bytes:
    """Return the bytes of a container; ``header["buffers"]`` is filled in here."""
    table = [
        {"bytes": len(b), "sha256": hashlib.sha256(b).hexdigest()} for b in buffers
    ]
    text = json.dumps(
        header | {"buffers": table, "version": VERSION},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=True,
    ).encode()
    return b"".join([MAGIC, len(text).to_bytes(8, "little"), text, *buffers])


def unpack(data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Return header and buffers.

    Raises:
        CertificateError: this is no such container, or a buffer's digest differs.
    """
    if data[:8] != MAGIC or len(data) < 16:
        raise CertificateError(
            f"not a kan_equiv file: starts with {data[:8]!r}, expected {MAGIC!r}"
        )
    size = int.from_bytes(data[8:16], "little")
    if 16 + size > len(data):
        raise CertificateError(
            f"file is cut short: header of {size} bytes, file of {len(data)} bytes"
        )
    try:
        header: dict[str, Any] = json.loads(data[16 : 16 + size])
        table = [(int(e["bytes"]), str(e["sha256"])) for e in header["buffers"]]
        version = header["version"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CertificateError(f"the header cannot be read: {error}") from error
    if version != VERSION:
        raise CertificateError(f"version must be {VERSION}, got version={version!r}")
    buffers: list[bytes] = []
    at = 16 + size
    for n, (length, digest) in enumerate(table):
        part = data[at : at + length]
        if length < 0 or hashlib.sha256(part).hexdigest() != digest:
            raise CertificateError(f"buffer {n} does not have its recorded sha256")
        buffers.append(part)
        at += length
    if at != len(data):
        raise CertificateError(f"file must end at byte {at}, got {len(data)} bytes")
    return header, buffers
