"""Every format that a network can be written in, by name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from kan_equiv import kernel
from kan_equiv.certificate.model import Certificate, write_atomically
from kan_equiv.emit.as_coq import coq_certificate
from kan_equiv.emit.as_export import aoti_package, exported_program
from kan_equiv.emit.as_onnx import onnx_model
from kan_equiv.emit.as_source import python_source
from kan_equiv.emit.as_torch import torch_module
from kan_equiv.emit.as_vnnlib import (
    vnnlib_equivalence,
    vnnlib_property,
    vnnlib_sensitivity,
)
from kan_equiv.emit.bundle_summary import FLOATS
from kan_equiv.emit.model_card import describe_plan, model_card
from kan_equiv.emit.planning import Plan, SupportsEmission, plan
from kan_equiv.emit.relu_layers import relu_onnx_model
from kan_equiv.emit.safetensors_file import safetensors_bytes
from kan_equiv.errors import EmissionError
from kan_equiv.ir.domain import Box

__all__ = ["WRITERS", "Request", "Writer", "refuse_place", "write"]


@dataclass(frozen=True, slots=True)
class Request:
    """What to write, and how.

    Attributes:
        conversion: what is emitted.
        output: file or directory.
        certificate: the proof that the conversion's target equals its source.
        dtype: of knots, bases and results; None for the form's own.
        precision: of products; None for the dtype's.
        other: a second conversion of the same shape, for questions about two networks.
        domain: box of the inputs, for questions.
        within: tolerance, for questions.
        radius: how far apart inputs may be, for questions about one network.
        bounds: lower and upper bound of every output, for questions.
        force: allow the hinge form of degree >= 2 below float64.
        floats: the bound of the module's float error, written where there is room.
        command: what the user typed, for the model card.
    """

    conversion: SupportsEmission
    output: Path
    certificate: Certificate
    dtype: Any = None
    precision: Any = None
    other: SupportsEmission | None = None
    domain: Box | None = None
    within: Fraction | None = None
    radius: Fraction | None = None
    bounds: tuple[Fraction | None, Fraction | None] | None = None
    force: bool = False
    floats: Certificate | None = None
    command: str = field(default="kan-equiv emit", compare=False)

    @property
    def plan(self) -> Plan:
        """The numbers to write."""
        return plan(self.conversion, self.dtype, self.precision, force=self.force)

    def metadata(self, found: Plan) -> dict[str, str]:
        """Return what the file says of itself."""
        c = self.conversion
        described = describe_plan(found, c.form, c.layout)
        return {"certificate_sha256": self.certificate.digest, **described}

    def module(self) -> Any:
        """Return the torch module, in the pointwise form that formats keep."""
        return torch_module(
            self.conversion,
            self.dtype,
            precision=self.precision,
            backend="aten",
            force=self.force,
        )


@dataclass(frozen=True, slots=True)
class Writer:
    """One format.

    Attributes:
        write: writes a request and returns the files.
        what: in a few words.
        limits: what is lost on the way, in words that follow "not carried:".
        suffix: of its files; None for a directory.
    """

    write: Callable[[Request], Sequence[Path]]
    what: str
    limits: str
    suffix: str | None = None


def refuse_place(name: str, path: Path) -> None:
    """Refuse a path that is no place for a format's files.

    Raises:
        EmissionError: a directory that is called like a file, or is one; a file of
            another suffix, or one that is a directory.
    """
    suffix = WRITERS[name].suffix if name in WRITERS else ""
    if suffix is None and (path.suffix in FILE_SUFFIXES or path.is_file()):
        raise EmissionError(
            f"{name} is written as a directory that holds its files, got {path}, "
            f"{'a file' if path.is_file() else 'the name of a file'}"
        )
    if suffix and path.suffix != suffix:
        raise EmissionError(
            f"this format's files are called *{suffix}, got {path.name}"
        )
    if suffix is not None and path.is_dir():
        raise EmissionError(f"{name} is written as a file, got {path}, a directory")


def write(name: str, request: Request) -> Sequence[Path]:
    """Write a request in a format and return the files.

    Raises:
        EmissionError: no such format, or it cannot carry what is asked.
        OSError: a file cannot be written.
    """
    if name not in WRITERS:
        raise EmissionError(f"format must be one of {sorted(WRITERS)}, got {name!r}")
    refuse_place(name, request.output)
    return WRITERS[name].write(request)


def _torch_export(request: Request) -> Sequence[Path]:
    import torch

    target = request.output
    torch.export.save(exported_program(request.module()), target)
    return [target]


def _aotinductor(request: Request) -> Sequence[Path]:
    return [aoti_package(request.module(), request.output)]


def _coq(request: Request) -> Sequence[Path]:
    text = coq_certificate(request.certificate)
    return [write_atomically(request.output, text.encode())]


def _onnx(request: Request) -> Sequence[Path]:
    found = request.plan
    model = onnx_model(found, request.metadata(found))
    return [write_atomically(request.output, model.SerializeToString())]


def _onnx_relu(request: Request) -> Sequence[Path]:
    return [_relu_file(request, request.conversion, request.output)]


def _relu_file(request: Request, conversion: SupportsEmission, path: Path) -> Path:
    metadata = {"form": conversion.form, "producer": "kan_equiv"}
    if conversion is request.conversion:
        metadata["certificate_sha256"] = request.certificate.digest
    model = relu_onnx_model(conversion, request.dtype or "float32", metadata)
    return write_atomically(path, model.SerializeToString())


def _python(request: Request) -> Sequence[Path]:
    found = request.plan
    source = python_source(
        request.conversion,
        request.dtype,
        precision=request.precision,
        force=request.force,
    )
    folder = _folder(request.output)
    module = source.save(folder, request.metadata(found))
    return [module, folder / "weights.safetensors", *_float_bound(request, folder)]


def _float_bound(request: Request, folder: Path) -> list[Path]:
    return [] if request.floats is None else [request.floats.save(folder / FLOATS)]


def _safetensors(request: Request) -> Sequence[Path]:
    metadata = request.metadata(request.plan)
    data = safetensors_bytes(request.module().state_dict(), metadata)
    folder = _folder(request.output)
    digest = hashlib.sha256(data).hexdigest()
    floats = kernel.check(request.floats.data).claim if request.floats else ""
    card = model_card(metadata, digest, request.command, floats)
    return [
        write_atomically(folder / "weights.safetensors", data),
        request.certificate.save(folder / "certificate.cert"),
        write_atomically(folder / "MODEL_CARD.md", card.encode()),
        *_float_bound(request, folder),
    ]


def _vnnlib(request: Request) -> Sequence[Path]:
    """Two networks and the question; or one network at two inputs, with a radius."""
    domain, within = _asked(request)
    target = request.conversion.target
    shape = (target.in_features, target.out_features)
    folder = _folder(request.output)
    files = [_relu_file(request, request.conversion, folder / "f.onnx")]
    if request.radius is not None:
        text = vnnlib_sensitivity(*shape, domain, request.radius, within)
    else:
        if request.other is None:
            raise EmissionError(
                "a query about two networks needs a second one, and one about a single "
                "network a radius"
            )
        files.append(_relu_file(request, request.other, folder / "g.onnx"))
        text = vnnlib_equivalence(*shape, domain, within)
    return [*files, write_atomically(folder / "query.vnnlib", text.encode())]


def _vnnlib_1(request: Request) -> Sequence[Path]:
    target = request.conversion.target
    if request.domain is None or request.bounds is None:
        raise EmissionError(
            "a VNN-LIB 1.0 property needs a domain for the inputs and bounds for the "
            "outputs"
        )
    domain = request.domain.for_inputs(target.in_features)
    text = vnnlib_property(domain, [request.bounds] * target.out_features)
    folder = _folder(request.output)
    return [
        _relu_file(request, request.conversion, folder / "f.onnx"),
        write_atomically(folder / "property.vnnlib", text.encode()),
    ]


def _asked(request: Request) -> tuple[Box, Fraction]:
    if request.domain is None or request.within is None:
        raise EmissionError("a VNN-LIB query needs a domain and a tolerance (within)")
    return request.domain, request.within


def _folder(path: Path) -> Path:
    path.mkdir(exist_ok=True)
    return path


FILE_SUFFIXES = {
    *(".cert", ".json", ".kan", ".md", ".onnx", ".pt", ".pt2", ".pth", ".py"),
    *(".safetensors", ".smt2", ".v", ".vnnlib"),
}
_IN_METADATA = "the certificate (the file's metadata hold its sha256)"
_IN_F = "the certificate (the metadata of f.onnx hold its sha256)"
WRITERS = {
    "aotinductor": Writer(
        _aotinductor,
        "a package compiled by AOTInductor (*.pt2)",
        "the certificate; code for other machines than this one",
        ".pt2",
    ),
    "coq": Writer(
        _coq,
        "a Coq file (*.v) whose theorem is the certificate's claim",
        "certificates of over 256 kB, and the kinds that proofs/coverage.md lacks",
        ".v",
    ),
    "onnx": Writer(
        _onnx,
        "ONNX of Gemm, Relu, Mul, Add, Min, Max, Sigmoid",
        f"{_IN_METADATA}; a precision of products that differs from the dtype; the "
        "exact 1/p! of splines of degree p >= 3, which is rounded",
        "",
    ),
    "onnx-relu": Writer(_onnx_relu, "ONNX of Gemm and Relu", _IN_METADATA, ""),
    "python": Writer(
        _python,
        "a directory: module.py, weights.safetensors",
        "the certificate (the metadata of weights.safetensors hold its sha256)",
    ),
    "safetensors": Writer(
        _safetensors,
        "a directory: weights, certificate and model card",
        "the code that computes with the weights",
    ),
    "torch-export": Writer(
        _torch_export,
        "torch.export's program (*.pt2), batch free",
        "the certificate; inputs with other than two axes (batch, features)",
        ".pt2",
    ),
    "vnnlib": Writer(_vnnlib, "a directory: VNN-LIB 2.0 query, f.onnx, g.onnx", _IN_F),
    "vnnlib-1": Writer(_vnnlib_1, "a directory: VNN-LIB 1.0 property, f.onnx", _IN_F),
}
"""Writers by the names that ``kan-equiv emit --format`` takes."""
