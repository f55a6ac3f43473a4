"""A bundle: everything a user keeps of a conversion, in one directory.

``network.kan`` exact target, ``certificate.cert`` the proof, ``module.py`` and
``weights.safetensors`` the float module, ``summary.json`` the digests that tie them
together, ``check.pyz`` the kernel as one file for a bare Python.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from kan_equiv import kernel
from kan_equiv.certificate.encode import encode_network
from kan_equiv.certificate.model import Certificate
from kan_equiv.emit.as_source import PythonSource
from kan_equiv.errors import CertificateError
from kan_equiv.ir.network import Network

if TYPE_CHECKING:
    from kan_equiv.kernel import Verdict

__all__ = ["FILES", "Bundled", "check_path", "kernel_zipapp", "write_bundle"]

FILES = (
    "network.kan",
    "certificate.cert",
    "module.py",
    "weights.safetensors",
    "check.pyz",
)


class Bundled(Protocol):
    """What a bundle needs to know of a conversion."""

    @property
    def target(self) -> Network: ...


def write_bundle(
    conversion: Bundled,
    certificate: Certificate,
    source: PythonSource,
    summary: Mapping[str, Any],
    directory: str | Path,
    overwrite: bool = False,
) -> Path:
    """Write a complete bundle, or nothing.

    Raises:
        CertificateError: the directory exists and is not empty.
    """
    target = Path(directory)
    if target.exists() and not target.is_dir():
        raise CertificateError(f"{target} is a file, a directory is needed")
    if target.is_dir() and any(target.iterdir()) and not overwrite:
        raise CertificateError(
            f"{target} is not empty; choose another directory or pass overwrite"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        (work / "network.kan").write_bytes(encode_network(conversion.target))
        (work / "certificate.cert").write_bytes(certificate.data)
        source.save(work, {"certificate_sha256": certificate.digest})
        (work / "check.pyz").write_bytes(kernel_zipapp())
        digests = {name: _sha256(work / name) for name in FILES}
        text = json.dumps({**summary, "files": digests}, indent=2) + "\n"
        (work / "summary.json").write_text(text)
        work.chmod(0o755)
        if target.exists():
            shutil.rmtree(target)
        work.replace(target)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return target


def check_path(path: str | Path, *, weights: str | Path | None = None) -> Verdict:
    """Return the kernel's verdict on a certificate or on a whole bundle.

    For a bundle, all of this must hold: the kernel accepts ``certificate.cert``; every
    file has the sha256 that ``summary.json`` records; ``network.kan`` is the network
    on the right of the certificate; and ``weights``, where given, has the recorded
    sha256 of ``weights.safetensors``.

    Raises:
        CertificateError: a file cannot be read.
    """
    place = Path(path)
    try:
        if not place.is_dir():
            verdict = kernel.check_file(place)
            if weights is not None:
                raise CertificateError(
                    f"weights= needs the bundle directory, got the file {place}"
                )
            return verdict
        return _check_bundle(place, None if weights is None else Path(weights))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CertificateError(f"cannot read {place}: {error}") from error


def _check_bundle(folder: Path, weights: Path | None) -> Verdict:
    from dataclasses import replace

    recorded: dict[str, str] = json.loads((folder / "summary.json").read_text())[
        "files"
    ]
    verdict = kernel.check_file(folder / "certificate.cert")
    if verdict.verdict == "invalid":
        return verdict
    for name in FILES:
        if recorded.get(name) != _sha256(folder / name):
            return replace(
                verdict,
                verdict="invalid",
                reason=f"the proof is {verdict.verdict}, but {name} has another sha256 "
                "than summary.json records",
            )
    network = kernel.check_file(folder / "network.kan")
    if network.verdict != "valid" or network.right != verdict.right:
        return replace(
            verdict,
            verdict="invalid",
            reason="the proof is valid, but network.kan is not the network that it is "
            "about",
        )
    if weights is not None and _sha256(weights) != recorded["weights.safetensors"]:
        return replace(
            verdict,
            verdict="invalid",
            reason=f"the proof is valid, but {weights} holds other weights than those "
            "that were certified",
        )
    return verdict


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def kernel_zipapp() -> bytes:
    """Return the kernel as one executable archive: ``python check.pyz FILE``."""
    buffer = io.BytesIO(b"#!/usr/bin/env python3\n")
    buffer.seek(0, io.SEEK_END)
    main = "from kan_equiv_kernel.__main__ import main\nraise SystemExit(main())\n"
    members = {"__main__.py": main.encode()}
    for entry in resources.files("kan_equiv.kernel").iterdir():
        if entry.name.endswith(".py"):
            members[f"kan_equiv_kernel/{entry.name}"] = entry.read_bytes()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            archive.writestr(info, members[name])
    return buffer.getvalue()
