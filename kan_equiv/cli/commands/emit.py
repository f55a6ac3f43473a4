"""kan-equiv emit: a network, or a question about two, in a format others read."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kan_equiv.cli.frame import Result, framed
from kan_equiv.cli.loading import load_options, load_with, parse_box, read_box
from kan_equiv.cli.numbers import NOT_NEGATIVE
from kan_equiv.cli.progress import progress
from kan_equiv.errors import EmissionError, KanEquivError

if TYPE_CHECKING:
    from kan_equiv.emit.writers import Request
    from kan_equiv.ir.domain import Box
    from kan_equiv.ir.network import Network
    from kan_equiv.prover.conversion import Conversion

FORMATS = {
    "torch-export": "torch.export's program, *.pt2, batch free.",
    "aotinductor": "a compiled package, *.pt2; needs a C++ compiler.",
    "coq": "a theorem, *.v, that Coq replays inside its kernel; small certificates.",
    "onnx": "Gemm, Relu, Mul, Add, Min, Max, Sigmoid.",
    "onnx-relu": "Gemm and Relu only; degree 1 without base function.",
    "python": "a directory: module.py and its weights; needs torch.",
    "safetensors": "a directory: weights, certificate, model card.",
    "vnnlib": "a directory: VNN-LIB 2.0, two networks; degree 1.",
    "vnnlib-1": "a directory: VNN-LIB 1.0, one network; degree 1.",
    "smtlib": "SMT-LIB 2: do LEFT and RIGHT differ? For z3, cvc5.",
}


IN_TORCH = ("torch-export", "python", "safetensors")
"""Formats that compute what the torch module does: with a domain, within a bound."""


@click.command(
    "emit",
    epilog="Formats: " + " ".join(f"{k}: {v}" for k, v in FORMATS.items()),
)
@click.argument("left")
@click.argument("right", required=False)
@click.option(
    "--format",
    "language",
    required=True,
    type=click.Choice(list(FORMATS)),
    help="See below.",
)
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="The file, or for some formats the directory.",
)
@click.option(
    "--to",
    "form",
    default="local",
    show_default=True,
    type=click.Choice(["hinge", "local"]),
    help="The form that LEFT is converted to (RIGHT to the other one).",
)
@click.option(
    "--layout",
    default="layers",
    show_default=True,
    type=click.Choice(["layers", "sequential"]),
    help="Keep layers as they are, or multiply out into Linear, activation, ...",
)
@click.option(
    "--dtype",
    type=click.Choice(["float32", "float64", "auto"]),
    help="Floats; by default float32 for local, float64 for hinge; auto: the smallest "
    "that holds all parameters exactly.",
)
@click.option("--precision", help="Of products, for torch formats: bfloat16x3, ...")
@click.option("--force", is_flag=True, help="Allow cubic hinges in float32.")
@click.option(
    "--domain",
    help="Closed box: '[-1,1]' for all inputs, or one per input. What is asked about; "
    f"with {', '.join(IN_TORCH)}: where the error of floats is bounded.",
)
@click.option(
    "--within",
    type=NOT_NEGATIVE,
    metavar="EPSILON",
    help="vnnlib, smtlib: the difference that is tolerated.",
)
@click.option(
    "--radius",
    type=NOT_NEGATIVE,
    help="vnnlib: ask about LEFT at two inputs that are at most this far apart.",
)
@click.option("--bounds", help="vnnlib-1: '[lo,hi]' that every output shall stay in.")
@partial(load_options, side="right")
@partial(load_options, side="left")
@framed
def command(
    left: str,
    right: str | None,
    language: str,
    output: Path,
    form: str,
    layout: str,
    dtype: str | None,
    precision: str | None,
    force: bool,
    domain: str | None,
    within: Fraction | None,
    radius: Fraction | None,
    bounds: str | None,
    left_format: str | None,
    left_settings: tuple[str, ...],
    right_format: str | None,
    right_settings: tuple[str, ...],
) -> Result:
    """Write LEFT, or a question about LEFT and RIGHT, for other tools.

    Each is a checkpoint, a .kan file, or the directory of a bundle (its exact target).
    LEFT is converted, and the conversion proved, before anything is written. With
    --format coq, LEFT may be a .cert file: then that certificate is written, as it is.
    """
    if not output.absolute().parent.is_dir():
        raise click.UsageError(f"-o: no such directory: {output.absolute().parent}")
    if language == "smtlib" and right is None:
        raise click.UsageError("--format smtlib asks about two models: LEFT RIGHT")
    _refuse(language, output, right, domain, within, radius, bounds)
    if language == "coq" and Path(left).suffix == ".cert":
        return _written_in_coq(Path(left), output)
    read_box(domain)
    limits = parse_box(bounds, 1, "--bounds")
    a = load_with(left, left_format, left_settings, "left")
    b = None
    if right is not None:
        b = load_with(right, right_format, right_settings, "right")
    box = parse_box(domain, a.in_features)
    if language == "smtlib":
        return _smtlib(a, b, output, box, within)
    from kan_equiv import api
    from kan_equiv.emit.writers import WRITERS, Request, write

    with progress("converting, proving and writing"):
        conversion = api.convert(a, form, layout=layout)
        request = Request(
            conversion,
            output,
            conversion.prove().certificate,
            dtype,
            precision,
            domain=box,
            within=within,
            radius=radius,
            force=force,
            command=shlex.join(["kan-equiv", *sys.argv[1:]]),
        )
        if language == "vnnlib" and radius is None:
            other = "hinge" if form == "local" else "local"
            request = replace(request, other=api.convert(b or a, other, layout=layout))
        if limits is not None:
            (side,) = limits
            request = replace(request, bounds=(side.lo, side.hi))
        floats = ""
        if box is not None and language in IN_TORCH:
            request, floats = _with_float_error(request, conversion, box)
        files = write(language, request)
    data = {
        "format": language,
        "files": [str(f) for f in files],
        "certificate_sha256": request.certificate.digest,
        "floats": floats,
    }
    lines = [
        f"certificate sha256 {request.certificate.digest}",
        *([f"floats: {floats}"] if floats else []),
        f"not carried: {WRITERS[language].limits}",
    ]
    named = ", ".join(str(f) for f in files)
    return Result("ok", f"{WRITERS[language].what}: {named}", lines, data)


def _refuse(
    language: str,
    output: Path,
    right: str | None,
    domain: str | None,
    within: Fraction | None,
    radius: Fraction | None,
    bounds: str | None,
) -> None:
    """Say before anything is loaded that options do not fit the format."""
    needed = {
        "vnnlib": {"--domain": domain, "--within": within},
        "vnnlib-1": {"--domain": domain, "--bounds": bounds},
    }.get(language, {})
    missing = [name for name, value in needed.items() if value is None]
    if missing:
        raise click.UsageError(f"--format {language} needs {' and '.join(missing)}")
    about_two = ("vnnlib", "smtlib")
    meant_for: dict[str, tuple[object, tuple[str, ...]]] = {
        "RIGHT": (right, about_two),
        "--domain": (domain, (*about_two, "vnnlib-1", *IN_TORCH)),
        "--within": (within, about_two),
        "--radius": (radius, ("vnnlib",)),
        "--bounds": (bounds, ("vnnlib-1",)),
    }
    for name, (value, formats) in meant_for.items():
        if value is not None and language not in formats:
            raise click.UsageError(
                f"{name} is for --format {', '.join(formats)}, not {language}"
            )
    if right is not None and radius is not None:
        raise click.UsageError("--radius asks about LEFT alone; leave out RIGHT")
    from kan_equiv.emit.writers import refuse_place

    try:
        refuse_place(language, output)
    except EmissionError as error:
        raise click.UsageError(f"-o: {error}") from error


def _with_float_error(
    request: Request, conversion: Conversion, box: Box
) -> tuple[Request, str]:
    """Bound the module's float error on the box; say why where there is no bound."""
    from kan_equiv import api, kernel

    try:
        bound = api.rounding_bound(request.module(), conversion, box)
    except KanEquivError as error:
        return request, f"the error was not bounded ({error})"
    claim = kernel.check(bound.certificate.data).claim
    said = claim.replace("right", "the module").replace("left", "the source")
    return replace(request, floats=bound.certificate), said


def _smtlib(
    a: Network,
    b: Network | None,
    output: Path,
    box: Box | None,
    within: Fraction | None,
) -> Result:
    from kan_equiv.certificate.model import write_atomically
    from kan_equiv.emit import smtlib

    assert b is not None
    text = smtlib(a, b, box, within)
    write_atomically(output, text.encode())
    (logic,) = (v for v in text.splitlines() if v.startswith("(set-logic "))
    data = {"format": "smtlib", "file": str(output), "logic": logic[11:-1]}
    headline = f"{output} asks whether the two differ, in {data['logic']}"
    return Result("ok", headline, [f"for example: z3 {output}"], data)


def _written_in_coq(path: Path, output: Path) -> Result:
    from kan_equiv.certificate.model import Certificate, write_atomically
    from kan_equiv.emit.as_coq import coq_certificate

    certificate = Certificate.read(path)
    write_atomically(output, coq_certificate(certificate).encode())
    data = {
        "format": "coq",
        "files": [str(output)],
        "certificate_sha256": certificate.digest,
    }
    lines = [f"certificate sha256 {certificate.digest}"]
    return Result("ok", f"a theorem for Coq, of {path}: {output}", lines, data)
