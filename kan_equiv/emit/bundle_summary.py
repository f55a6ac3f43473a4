"""The summary of a bundle: what was proved, certified and measured, kept apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

from kan_equiv.emit.measure import MeasuredError
from kan_equiv.errors import CertificateError
from kan_equiv.exact.rational import to_text
from kan_equiv.ir.domain import Box
from kan_equiv.rules.counts import Counts

__all__ = [
    "FLOATS",
    "FORMAT",
    "VERSION",
    "LayerRounding",
    "NetworkRounding",
    "box_text",
    "claim_text",
    "describe_counts",
    "describe_floats",
    "describe_measured",
    "describe_rounding",
    "read_summary",
    "sha256",
    "summary_text",
    "trail",
]

FLOATS = "floats.cert"
"""The file of the certificate that bounds float errors."""

FORMAT, VERSION = "kan_equiv.bundle", 1
_OWN = "summary_sha256"


class LayerRounding(Protocol):
    """What rounding the weights of one layer changes, as the prover found it.

    Attributes:
        layer: index of the layer.
        domain: the closed box that the bound holds on, None if there is no bound.
        bound: sup over the box and all outputs of |exact - rounded|, or None.
        certificate: the bytes of its certificate, or None.
        reason: why there is no bound, where there is none.
    """

    @property
    def layer(self) -> int: ...
    @property
    def domain(self) -> Box | None: ...
    @property
    def bound(self) -> Fraction | None: ...
    @property
    def certificate(self) -> bytes | None: ...
    @property
    def reason(self) -> str: ...


class NetworkRounding(Protocol):
    """How far the module's floats are from the source, as the prover found it.

    Attributes:
        domain: the closed box.
        bound: of |module(x) - source(x)| at all floats x of the box, or None.
        claim: the kernel's sentence.
        certificate: the bytes of its certificate, or None.
        reason: why there is no bound, where there is none.
    """

    @property
    def domain(self) -> Box: ...
    @property
    def bound(self) -> Fraction | None: ...
    @property
    def claim(self) -> str: ...
    @property
    def certificate(self) -> bytes | None: ...
    @property
    def reason(self) -> str: ...


def sha256(data: bytes) -> str:
    """Return the digest in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def box_text(box: Box) -> str:
    """Return a box in a few words; long ends are rounded inward, so all of it is meant.

    >>> box_text(Box([(-1, 1), (-1, 1)])), box_text(Box([(0, 1), ("-1/2", 3)]))
    ('[-1, 1]^2', '[0, 1] x [-1/2, 3]')
    """
    ends = [i.ends for i in box]
    sides = [f"[{_up(lo, 5)}, {_down(hi, 5)}]" for lo, hi in ends]
    if len(set(box)) == 1:
        return f"{sides[0]}^{len(sides)}"
    if len(sides) <= 3:
        return " x ".join(sides)
    low, high = min(lo for lo, _ in ends), max(hi for _, hi in ends)
    return f"a box of {len(sides)} sides inside [{_down(low, 5)}, {_up(high, 5)}]"


def _up(value: Fraction, digits: int) -> str:
    """Return the value, or if that is long the next larger decimal."""
    return _short(value, digits, ROUND_CEILING)


def _down(value: Fraction, digits: int) -> str:
    return _short(value, digits, ROUND_FLOOR)


def _short(value: Fraction, digits: int, rounding: str) -> str:
    if len(str(value)) <= digits:
        return str(value)
    context = Context(prec=digits, rounding=rounding)
    quotient = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    return f"{quotient:g}"


def claim_text(claim: str) -> str:
    """Return the kernel's sentence in the words of a conversion.

    >>> claim_text("left and right are equal as functions over the reals on R^2")
    'source and target are equal as functions over the reals on R^2'
    """
    return claim.replace("left and right", "source and target")


def describe_counts(counts: Counts) -> dict[str, Any]:
    """Return counts as plain data."""
    return {
        "parameters": counts.parameters,
        "hidden_units": counts.hidden_units,
        "widths": list(counts.widths),
        "bases": counts.bases,
    }


def describe_rounding(rounding: LayerRounding, name: str | None) -> dict[str, Any]:
    """Return a layer's bound as plain data; ``name`` is the file of its certificate."""
    bound, domain = rounding.bound, rounding.domain
    return {
        "layer": rounding.layer,
        "bound": None if bound is None else to_text(bound),
        "bound_about": None if bound is None else float(bound),
        "domain": None if domain is None else box_text(domain),
        "certificate": name,
        "reason": rounding.reason,
    }


def describe_floats(found: NetworkRounding) -> dict[str, Any]:
    """Return the bound of the float error as plain data."""
    bound = found.bound
    return {
        "bound": None if bound is None else to_text(bound),
        "bound_about": None if bound is None else float(bound),
        "domain": box_text(found.domain),
        "claim": found.claim,
        "certificate": None if found.certificate is None else FLOATS,
        "reason": found.reason,
    }


def describe_measured(error: MeasuredError, domain: Box) -> dict[str, Any]:
    """Return what was measured on samples as plain data."""
    return {
        "max_absolute": error.max_absolute,
        "scale": error.scale,
        "samples": error.samples,
        "domain": box_text(domain),
        "device": "cpu",
    }


def trail(summary: Mapping[str, Any]) -> dict[str, str]:
    """Return the statements that lead from the source file to a float run.

    Keys, in order: ``source``, ``proved``, ``certified``, ``floats``, ``measured``.
    """
    source, target = summary["source"], summary["target"]
    files: Mapping[str, str] = summary["files"]
    named = ", ".join(f"{n} sha256 {d}" for n, d in source["files"].items())
    bounds = [_bound_text(entry) for entry in summary["rounding"]]
    measured = summary["measured"]
    return {
        "source": f"{named or 'an object in memory'} -> exact network "
        f"{source['digest']}",
        "proved": f"{summary['claim']} -> exact network {target['digest']}",
        "certified": f"rounding the weights to {summary['dtype']} changes "
        f"{'; '.join(bounds) or 'an amount that was not bounded'} -> "
        f"weights.safetensors sha256 {files['weights.safetensors']}",
        "floats": _floats_text(summary["floats"], summary["dtype"]),
        "measured": f"max |module.py - exact| = {measured['max_absolute']:.3g} at "
        f"{measured['samples']} random points of {measured['domain']}, "
        f"{summary['dtype']} on {measured['device']} (|exact| up to "
        f"{measured['scale']:.3g})",
    }


def _floats_text(entry: Mapping[str, Any] | None, dtype: str) -> str:
    if entry is None or entry["bound"] is None:
        reason = "" if entry is None else f" ({entry['reason']})"
        return f"the error of computing in {dtype} was not bounded{reason}"
    _, _, model = entry["claim"].partition("; ")
    return (
        f"max |module.py - source| <= {_up(Fraction(entry['bound']), 3)} at every "
        f"{dtype} point of {entry['domain']}, if {model}"
    )


def _bound_text(entry: Mapping[str, Any]) -> str:
    if entry["bound"] is None:
        return f"layer {entry['layer']} by an unknown amount ({entry['reason']})"
    if Fraction(entry["bound"]) == 0:
        return f"layer {entry['layer']} not at all: its parameters are exactly equal"
    return (
        f"layer {entry['layer']} by at most {_up(Fraction(entry['bound']), 3)} on "
        f"{entry['domain']}"
    )


def summary_text(summary: Mapping[str, Any]) -> str:
    """Return the text of ``summary.json``, its own digest last."""
    body = {k: v for k, v in summary.items() if k != _OWN}
    digest = sha256(json.dumps(body, indent=2).encode())
    return json.dumps({**body, _OWN: digest}, indent=2) + "\n"


def read_summary(path: Path) -> dict[str, Any]:
    """Read ``summary.json`` and check that it is as it was written.

    Raises:
        CertificateError: no JSON of this format and version, or changed since.
    """
    data = path.read_bytes()
    try:
        summary: Any = json.loads(data)
        if summary_text(summary).encode() != data:
            raise CertificateError("summary.json was changed after it was written")
        found = (summary["format"], summary["version"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CertificateError(f"summary.json cannot be read: {error}") from error
    if found != (FORMAT, VERSION):
        raise CertificateError(
            f"summary.json must be {FORMAT} version {VERSION}, got {found}"
        )
    return summary
