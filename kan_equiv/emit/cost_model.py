"""Which backend computes a program: an explicit rule of few numbers, all measured.

========= ====================================================================
backend   what it does, and when the rule takes it
========= ====================================================================
aten      pointwise basis and GEMM; where nothing below applies, and always
          under ``torch.export``
gather    looks up the p + 1 splines that are not zero; on the CPU where they
          are at most ``GATHER_SHARE`` of all splines, weighted by work
chunked   aten on at most ``rows`` inputs at a time; where the columns of a
          batch would take more than ``CACHE`` bytes on the CPU, or more than
          ``MEMORY`` elsewhere
triton    makes the basis on chip as operand of the product; on CUDA where no
          layer has more than ``TRITON_OUTPUTS`` outputs (wider ones would
          make the basis again and again)
========= ====================================================================

The numbers stand in ``docs/explanation/performance.md`` with the measurements that they
come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from kan_equiv.emit.formats import FORMATS
from kan_equiv.emit.program import Layer, Part, Program
from kan_equiv.errors import ValidationError

__all__ = ["BACKENDS", "Choice", "choose_backend"]

BACKENDS = ("aten", "gather", "chunked", "triton")
TRITON_OUTPUTS = 1024
GATHER_SHARE = 0.25
CACHE = 16 << 20
MEMORY = 1 << 30
BLOCK = 4 << 20
"""Bytes of columns that ``chunked`` makes at once: about a second-level cache."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A backend and why.

    Attributes:
        backend: its name.
        rows: inputs at once for ``chunked``, else 0.
        reason: in a few words.
    """

    backend: str
    rows: int
    reason: str


def choose_backend(
    program: Program, device: str = "cpu", batch: int = 1024, backend: str = "auto"
) -> Choice:
    """Return the backend of a rounded program.

    Args:
        program: what will run.
        device: type of the device, ``cpu`` or ``cuda``.
        batch: inputs per call that are expected.
        backend: a name to override the rule.

    Raises:
        ValidationError: no such backend.
    """
    if backend not in ("auto", *BACKENDS):
        raise ValidationError(
            f"backend must be auto or one of {list(BACKENDS)}, got backend={backend!r}"
        )
    rows = _rows(program)
    fits = _fits_triton(program)
    if backend == "triton" and not fits:
        raise ValidationError(
            "backend='triton' needs the triton package, dtype='float32' and one "
            f"product, got dtype={program.dtype!r}, precision={_name(program)!r}"
        )
    if backend != "auto":
        return Choice(backend, rows if backend == "chunked" else 0, "as asked")
    widest = max(sum(len(o) for o in layer.outputs) for layer in program.layers)
    if device == "cuda" and fits and widest <= TRITON_OUTPUTS:
        return Choice("triton", 0, f"at most {widest} outputs a layer")
    share = _share(program)
    plain = program.precision is None or not program.precision.values
    if device == "cpu" and share <= GATHER_SHARE and plain:
        reason = f"{share:.2f} of the splines are not zero at an input"
        return Choice("gather", 0, reason)
    bytes_needed = batch * _row_bytes(program)
    if bytes_needed > (CACHE if device == "cpu" else MEMORY):
        reason = f"the columns of {batch} inputs take {bytes_needed / 2**20:.0f} MiB"
        return Choice("chunked", rows, reason)
    return Choice("aten", 0, f"{share:.2f} of the splines are not zero at an input")


def _fits_triton(program: Program) -> bool:
    one = program.precision is None or program.precision.terms == 1
    return program.dtype == "float32" and one and find_spec("triton") is not None


def _name(program: Program) -> str:
    return "" if program.precision is None else program.precision.name


def _row_bytes(program: Program) -> int:
    size = 8 if FORMATS[program.dtype][0] > 24 else 4
    return size * max(1, *(layer.columns for layer in program.layers))


def _rows(program: Program) -> int:
    return max(64, BLOCK // _row_bytes(program) // 64 * 64)


def _share(program: Program) -> float:
    """Return the share of multiplications by splines that local support leaves."""
    local = dense = 0
    for layer in program.layers:
        for part, work in _splines(layer):
            dense += work * part.slots
            local += work * min(part.degree + 1, part.slots)
    return local / dense if dense else 1.0


def _splines(layer: Layer) -> list[tuple[Part, int]]:
    outputs = sum(len(o) for o in layer.outputs)
    return [
        (part, len(group.features) * outputs)
        for group in layer.groups
        for part in group.parts
        if part.kind in ("hat", "spline", "cardinal", "bspline")
    ]
