"""A bundle: everything a user keeps of a conversion, in one directory.

``network.kan`` the exact target, ``certificate.cert`` the proof, ``module.py`` and
``weights.safetensors`` the float module, ``rounding_<layer>.cert`` what rounding the
weights changes, ``floats.cert`` how far the module's floats may be from the source,
``summary.json`` the digests that tie them together, ``check.pyz`` the
kernel as one file for a bare Python.
"""

from __future__ import annotations

import json
import runpy
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from kan_equiv import kernel
from kan_equiv.certificate.encode import encode_network
from kan_equiv.certificate.model import Certificate
from kan_equiv.emit import bundle_summary as texts
from kan_equiv.emit.as_source import PythonSource, python_source
from kan_equiv.emit.bundle_check import FILES, check_path
from kan_equiv.emit.bundle_summary import LayerRounding, NetworkRounding, sha256
from kan_equiv.emit.checker_archive import kernel_zipapp
from kan_equiv.emit.measure import measured_error
from kan_equiv.errors import CertificateError
from kan_equiv.ir.domain import Box
from kan_equiv.ir.network import Network
from kan_equiv.rules.counts import Counts
from kan_equiv.rules.derivation import Step

__all__ = ["Bundled", "check_path", "refuse_to_overwrite", "write_bundle"]


class HoldsCertificate(Protocol):
    """A proved claim."""

    @property
    def certificate(self) -> Certificate: ...


class Bundled(Protocol):
    """What a bundle needs to know of a conversion."""

    @property
    def source(self) -> Network: ...
    @property
    def target(self) -> Network: ...
    @property
    def compact(self) -> Network: ...
    @property
    def form(self) -> str: ...
    @property
    def layout(self) -> str: ...
    @property
    def steps(self) -> Sequence[Step]: ...
    @property
    def parameters(self) -> tuple[Counts, Counts]: ...
    @property
    def is_pure_relu(self) -> bool: ...
    def prove(self, metadata: dict[str, str] | None = None) -> HoldsCertificate: ...


def write_bundle(
    conversion: Bundled,
    directory: str | Path,
    *,
    dtype: Any = None,
    source_files: Sequence[str | Path] = (),
    domain: Box | None = None,
    rounding: Callable[[str, str], Sequence[LayerRounding]] | None = None,
    floats: Callable[[str, str], NetworkRounding] | None = None,
    samples: int = 32,
    overwrite: bool = False,
    force: bool = False,
) -> dict[str, Any]:
    """Prove a conversion and write a complete bundle, or nothing.

    Args:
        conversion: a conversion; its compact network is emitted (the target where the
            layout is sequential).
        directory: where to; it must not exist, or be empty.
        dtype: ``float32`` or ``float64`` (also as torch dtypes); by default float32
            for the local form and float64 for the hinge form.
        source_files: the files that the source was loaded from, for their sha256.
        domain: the closed box that errors are measured on, [-1, 1]^n by default.
        rounding: gives the certified bound of each layer for a dtype and precision.
        floats: gives the certified bound of the module's float error, likewise.
        samples: random points at which the written module is run.
        overwrite: replace an earlier bundle.
        force: allow the hinge form of degree >= 2 in float32.

    Returns:
        The content of ``summary.json``.

    Raises:
        CertificateError: the directory is not empty and may not be replaced, or the
            kernel does not accept the proof.
        ValidationError: what ``plan`` refuses.
        MissingExtraError: torch is not installed.
    """
    target = Path(directory)
    refuse_to_overwrite(target, overwrite)
    box = (domain or Box(-1, 1)).for_inputs(conversion.source.in_features)
    digests = {Path(p).name: sha256(Path(p).read_bytes()) for p in source_files}
    with _replacing(target) as work:
        source = python_source(conversion, dtype, force=force)
        mode = source.dtype, source.precision
        bounds = rounding(*mode) if rounding is not None else ()
        errors = floats(*mode) if floats is not None else None
        summary = _write(
            work, conversion, source, digests, box, bounds, errors, samples
        )
        text = texts.summary_text(summary)
        (work / "summary.json").write_bytes(text.encode())
    return json.loads(text)


def _write(
    work: Path,
    conversion: Bundled,
    source: PythonSource,
    source_digests: Mapping[str, str],
    box: Box,
    bounds: Sequence[LayerRounding],
    errors: NetworkRounding | None,
    samples: int,
) -> dict[str, Any]:
    """Write all files but the summary, and return it."""
    metadata = {"kan_equiv": _version()}
    metadata |= {f"source {name}": d for name, d in source_digests.items()}
    certificate = conversion.prove(metadata).certificate
    verdict = kernel.check(certificate.data)
    name = source.dtype
    (work / "network.kan").write_bytes(encode_network(conversion.target))
    certificate.save(work / "certificate.cert")
    source.save(work, {"certificate_sha256": certificate.digest})
    (work / "check.pyz").write_bytes(kernel_zipapp())
    rounded: list[dict[str, Any]] = []
    names: list[str] = list(FILES)
    for bound in bounds:
        file = None
        if bound.certificate is not None:
            file = f"rounding_{bound.layer}.cert"
            names.append(file)
            (work / file).write_bytes(bound.certificate)
        rounded.append(texts.describe_rounding(bound, file))
    if errors is not None and errors.certificate is not None:
        names.append(texts.FLOATS)
        (work / texts.FLOATS).write_bytes(errors.certificate)
    module = _Written(work / "module.py")
    before, after = conversion.parameters
    summary: dict[str, Any] = {
        "verdict": "proved",
        "claim": texts.claim_text(verdict.claim),
        "format": texts.FORMAT,
        "version": texts.VERSION,
        "kan_equiv": _version(),
        "form": conversion.form,
        "layout": conversion.layout,
        "dtype": name,
        "precision": source.precision,
        "is_pure_relu": conversion.is_pure_relu,
        "rules": [step.rule for step in conversion.steps],
        "source": {
            "digest": verdict.left,
            "files": dict(source_digests),
            "counts": texts.describe_counts(before),
        },
        "target": {"digest": verdict.right, "counts": texts.describe_counts(after)},
        "rounding": rounded,
        "floats": None if errors is None else texts.describe_floats(errors),
        "measured": texts.describe_measured(
            measured_error(module, conversion.source, box, samples), box
        ),
        "files": {n: sha256((work / n).read_bytes()) for n in names},
    }
    return summary | {"trail": texts.trail(summary)}


class _Written:
    """The module as a user will load it: from the files just written."""

    def __init__(self, path: Path) -> None:
        self._module: Any = runpy.run_path(str(path))["load"]()

    def parameters(self) -> Iterator[Any]:
        return iter(self._module.buffers())

    def __call__(self, x: Any) -> Any:
        return self._module(x)


def refuse_to_overwrite(target: Path, overwrite: bool) -> None:
    """Raise unless a bundle can be written at ``target`` without losing anything.

    Raises:
        CertificateError: something is there already and ``overwrite`` is not set, or
            it is no bundle.
    """
    if not target.exists() and not target.is_symlink():
        return
    if not target.is_dir() or target.is_symlink():
        raise CertificateError(f"{target} is there already and is no directory")
    entries = sorted(p.name for p in target.iterdir())
    if not entries:
        return
    if not overwrite:
        raise CertificateError(
            f"{target} is not empty ({len(entries)} entries, first {entries[0]}); "
            "choose another directory, or overwrite an earlier bundle "
            "(overwrite=True, --overwrite)"
        )
    foreign = [e for e in entries if not _is_ours(e)]
    if foreign:
        raise CertificateError(
            f"{target} holds {foreign[0]}, which is no part of a bundle, so it is not "
            "replaced; remove it or choose another directory"
        )


def _is_ours(name: str) -> bool:
    return name in (*FILES, texts.FLOATS, "summary.json", "__pycache__") or (
        name.startswith("rounding_") and name.endswith(".cert")
    )


@contextmanager
def _replacing(target: Path) -> Generator[Path]:
    """Give a directory to write in; move it to ``target`` if all goes well."""
    target = target.absolute()
    missing = [p for p in target.parents if not p.exists()]
    target.parent.mkdir(parents=True, exist_ok=True)
    holder = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    work, old = holder / "new", holder / "old"
    work.mkdir()
    try:
        yield work
        if target.exists():
            target.rename(old)
        work.rename(target)
    except BaseException:
        if old.exists() and not target.exists():
            old.rename(target)
        shutil.rmtree(holder, ignore_errors=True)
        for parent in missing:
            with suppress(OSError):  # somebody else may have put something there
                parent.rmdir()
        raise
    shutil.rmtree(holder, ignore_errors=True)


def _version() -> str:
    from kan_equiv import __version__

    return __version__
