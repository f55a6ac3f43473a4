"""Checking a certificate file, or a bundle and everything that it ties together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kan_equiv import kernel
from kan_equiv.certificate.container import unpack
from kan_equiv.certificate.decode import decode_objects
from kan_equiv.certificate.encode import encode_network
from kan_equiv.emit.bundle_summary import (
    FLOATS,
    box_text,
    claim_text,
    read_summary,
    sha256,
    trail,
)
from kan_equiv.emit.float_code import code_of
from kan_equiv.emit.planning import emitted_network, plan
from kan_equiv.errors import CertificateError, KanEquivError, ValidationError
from kan_equiv.ir.domain import Box
from kan_equiv.ir.layer_pairs import paired_layers
from kan_equiv.ir.network import Network
from kan_equiv.kernel import Verdict
from kan_equiv.rules.relu_to_edges import without_identity_banks

__all__ = ["FILES", "check_path"]

FILES = (
    "network.kan",
    "certificate.cert",
    "module.py",
    "weights.safetensors",
    "check.pyz",
)
"""Every file of a bundle but ``summary.json`` and certificates about floats."""

_ROUNDING = re.compile(r"rounding_(0|[1-9][0-9]*)\.cert|floats\.cert")


class _TamperedError(Exception):
    """The bundle is not what it says; the message is the verdict's reason."""


def check_path(path: str | Path, *, weights: str | Path | None = None) -> Verdict:
    """Return the kernel's verdict on a certificate, or on a whole bundle.

    A file is handed to the kernel as it is. A bundle is valid if

    1. the kernel accepts ``certificate.cert``, the proof of *source = target* on the
       domain that the verdict's claim names;
    2. ``summary.json`` is as it was written, every file that it lists has the recorded
       sha256, and its claim and both network digests are those of the certificate;
    3. ``network.kan`` is the right side of the certificate, entry by entry;
    4. the kernel accepts each ``rounding_<layer>.cert``, and it bounds that layer of
       the emitted exact network against its weights rounded once to the dtype, by the
       recorded bound on the recorded box;
    5. the kernel recomputes ``floats.cert``, where there is one, and it bounds the
       float program of these weights against the source, as recorded;
    6. where torch is installed, ``weights.safetensors`` and ``module.py`` are byte for
       byte what is emitted from the exact network of the certificate (otherwise they
       are tied by 2 alone).

    With ``weights``, that file must have the recorded sha256 of the weights. The
    sha256 of the source file and the measured error are on record and are not checked
    here; other files in the directory are ignored. ``check.pyz`` is never run.

    Args:
        path: a ``.cert`` or ``.kan`` file, or a directory that ``bundle`` wrote.
        weights: a weights file said to be the bundle's.

    Returns:
        The verdict on the certificate; ``invalid`` with the reason if anything above
        fails.

    Raises:
        CertificateError: the path does not exist or is no bundle.
        ValidationError: ``weights`` is given for a single file.
    """
    place = Path(path)
    try:
        if place.is_dir():
            return _check_bundle(place, None if weights is None else Path(weights))
        if weights is not None:
            raise ValidationError(
                f"weights are compared with those of a bundle, but {place} is no "
                "directory"
            )
        return kernel.check_file(place)
    except OSError as error:
        raise CertificateError(f"cannot read {place}: {error.strerror}") from error


def _check_bundle(folder: Path, weights: Path | None) -> Verdict:
    if not (folder / "summary.json").is_file():
        raise CertificateError(f"{folder} holds no summary.json, so it is no bundle")
    given = None if weights is None else sha256(weights.read_bytes())
    certificate = folder / "certificate.cert"
    if not certificate.is_file():
        return Verdict("invalid", reason="certificate.cert is missing")
    verdict = kernel.check_file(certificate)
    if verdict.verdict == "invalid":
        return verdict
    try:
        summary = read_summary(folder / "summary.json")
        _check_files(folder, summary)
        _check_claim(folder, summary, verdict)
        _check_floats(folder, summary, verdict)
        if given is not None and given != summary["files"]["weights.safetensors"]:
            raise _TamperedError(
                f"these weights are other ones: {weights} has sha256 {given}, the "
                f"bundle's have {summary['files']['weights.safetensors']}"
            )
    except _TamperedError as error:
        reason = str(error)
    except (KanEquivError, KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"{type(error).__name__}: {error}"
    else:
        return verdict
    known = "valid" if verdict.verdict == "valid" else "complete but for its holes"
    return replace(
        verdict, verdict="invalid", reason=f"the proof is {known}, but {reason}"
    )


def _need(condition: bool, reason: str) -> None:
    if not condition:
        raise _TamperedError(reason)


def _check_files(folder: Path, summary: Mapping[str, Any]) -> None:
    files: Mapping[str, str] = summary["files"]
    entries = [
        *summary["rounding"],
        *([summary["floats"]] if summary["floats"] else []),
    ]
    extra = [e["certificate"] for e in entries if e["certificate"]]
    for name in extra:
        _need(_ROUNDING.fullmatch(name) is not None, f"{name!a} is no file of a bundle")
    _need(
        set(files) == {*FILES, *extra},
        f"summary.json does not list just {sorted({*FILES, *extra})}",
    )
    for name, digest in files.items():
        _need((folder / name).is_file(), f"{name} is missing")
        found = sha256((folder / name).read_bytes())
        _need(
            found == digest,
            f"{name} has sha256 {found}, which is not the recorded one, {digest}",
        )


def _check_claim(folder: Path, summary: Mapping[str, Any], verdict: Verdict) -> None:
    header = unpack((folder / "certificate.cert").read_bytes())[0]
    _need(
        header["claim"]["kind"] == "equal", "certificate.cert does not claim equality"
    )
    said = (
        summary["verdict"],
        summary["claim"],
        summary["source"]["digest"],
        summary["target"]["digest"],
    )
    found = ("proved", claim_text(verdict.claim), verdict.left, verdict.right)
    _need(said == found, "summary.json speaks of another claim than certificate.cert")
    _need(summary["trail"] == trail(summary), "summary.json's trail is not its content")
    network = kernel.check_file(folder / "network.kan")
    _need(
        network.verdict == "valid" and network.right == verdict.right,
        "network.kan is not the network on the right side of certificate.cert",
    )


def _check_floats(folder: Path, summary: Mapping[str, Any], verdict: Verdict) -> None:
    """Derive the floats again from the exact network that the certificate holds."""
    exact = without_identity_banks(_emitted(folder, summary["layout"]))
    mode: tuple[str, str] = summary["dtype"], summary["precision"]
    rounded, _ = emitted_network(exact, *mode, force=True)
    pairs = paired_layers(exact, rounded)
    layers = [entry["layer"] for entry in summary["rounding"]]
    _need(
        layers in ([], list(range(len(pairs)))),
        f"summary.json bounds the rounding of layers {layers}, not every layer once",
    )
    for entry in summary["rounding"]:
        if entry["certificate"]:
            _check_rounding(folder, entry, pairs[entry["layer"]])
    if summary["floats"] and summary["floats"]["certificate"]:
        _check_float_error(folder, summary, exact, verdict)
    if find_spec("torch") is None:
        return
    from kan_equiv.emit.as_source import python_source
    from kan_equiv.emit.safetensors_file import safetensors_bytes

    again = python_source(exact, mode[0], precision=mode[1], force=True)
    data = safetensors_bytes(again.tensors, {"certificate_sha256": verdict.file_sha256})
    for name, expected in (
        ("weights.safetensors", data),
        ("module.py", again.code.encode()),
    ):
        _need(
            (folder / name).read_bytes() == expected,
            f"{name} is not what this version emits from the proved network (the "
            f"bundle was written by version {summary['kan_equiv']})",
        )


def _emitted(folder: Path, layout: str) -> Network:
    """Return the network of the certificate from which floats were emitted."""
    header, buffers = unpack((folder / "certificate.cert").read_bytes())
    objects = decode_objects(header["objects"], buffers)
    reached = [j["right"] for j in header["judgements"] if j["kind"] == "composition"]
    # The compact network is the waypoint, the target the last that is reached.
    network = objects[reached[-1 if layout == "sequential" else 0]]
    if not isinstance(network, Network):
        raise _TamperedError("certificate.cert names no network to emit")
    return network


def _check_rounding(
    folder: Path, entry: Mapping[str, Any], pair: tuple[Network, Network]
) -> None:
    name, layer = entry["certificate"], entry["layer"]
    data = (folder / name).read_bytes()
    verdict = kernel.check(data)
    _need(verdict.verdict == "valid", f"{name} is {verdict.verdict}: {verdict.reason}")
    claim = unpack(data)[0]["claim"]
    _need(
        claim["kind"] in ("within", "supremum")
        and box_text(Box(claim["domain"])) == entry["domain"]
        and max(map(Fraction, claim["epsilon"])) == Fraction(entry["bound"])
        and name == f"rounding_{layer}.cert",
        f"{name} shows another claim than summary.json says",
    )
    sides = [_digest(network) for network in pair]
    _need(
        [verdict.left, verdict.right] == sides,
        f"{name} does not speak of layer {layer} and its rounded weights",
    )


def _check_float_error(
    folder: Path, summary: Mapping[str, Any], exact: Network, verdict: Verdict
) -> None:
    entry, dtype = summary["floats"], summary["dtype"]
    program = plan(exact, dtype, summary["precision"], force=True).program
    code = code_of(program)
    data = (folder / FLOATS).read_bytes()
    found = kernel.check(data)
    _need(found.verdict == "valid", f"{FLOATS} is {found.verdict}: {found.reason}")
    claim = unpack(data)[0]["claim"]
    _need(
        claim["kind"] == "rounding"
        and [claim[k] for k in ("format", "values", "terms")]
        == [code.dtype, code.values, code.terms]
        and entry["certificate"] == FLOATS
        and entry["claim"] == found.claim
        and entry["domain"] == box_text(Box(claim["domain"]))
        and Fraction(entry["bound"]) == max(map(Fraction, claim["epsilon"])),
        f"{FLOATS} shows another claim than summary.json says",
    )
    _need(
        (found.left, found.right) == (verdict.left, code.digest),
        f"{FLOATS} does not speak of the source and the program of these weights",
    )


def _digest(network: Network) -> str:
    return kernel.check(encode_network(network)).left
