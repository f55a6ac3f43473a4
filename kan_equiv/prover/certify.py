"""Recorded steps to certificates, replayed by the kernel before anything is claimed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kan_equiv import kernel
from kan_equiv.certificate.encode import Encoder, encode_box
from kan_equiv.certificate.model import Certificate
from kan_equiv.errors import CertificateError
from kan_equiv.exact.enclosure import Enclosure, Number
from kan_equiv.exact.rational import to_text
from kan_equiv.ir.domain import Box
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Stage
from kan_equiv.prover.outcome import Proved, Witness
from kan_equiv.rules.derivation import Step

__all__ = ["Link", "certify_equal", "certify_witness", "links_of", "statement"]


@dataclass(frozen=True, slots=True)
class Link:
    """One use of a window equality; backward replaces its right side by its left."""

    position: int
    in_features: int
    left: tuple[Stage, ...]
    right: tuple[Stage, ...]
    is_backward: bool = False
    domain: Box | None = None


def links_of(steps: Sequence[Step]) -> tuple[Link, ...]:
    """Return the recorded steps of a derivation as links."""
    return tuple(Link(s.position, s.in_features, s.left, s.right) for s in steps)


def statement(domain: Box | None, what: str = "equal") -> str:
    """Return the words of a claim over the reals."""
    if domain is None:
        return f"{what} as functions over the reals on R^n"
    sides = " x ".join(map(str, domain))
    where = f"the box {sides}" if len(domain) <= 6 else f"a box of {len(domain)} inputs"
    return f"{what} as functions over the reals on {where}"


def certify_equal(
    left: Network,
    right: Network,
    links: Sequence[Link],
    domain: Box | None = None,
    waypoints: Sequence[tuple[Network, Network, Sequence[Link]]] = (),
    metadata: dict[str, str] | None = None,
) -> Proved:
    """Write the certificate of left = right and have the kernel replay it.

    ``waypoints`` are further equalities (left, right, links) that the certificate
    shall establish on the way.

    Raises:
        CertificateError: the kernel does not accept it, with its reason.
    """
    encoder = Encoder()
    judgements: list[dict[str, Any]] = []
    known: dict[Any, int] = {}
    claims = [*waypoints, (left, right, links)]
    for a, b, path in claims:
        steps: list[list[Any]] = []
        for link in path:
            lhs, rhs = encoder.stages(link.left), encoder.stages(link.right)
            box = encode_box(link.domain)
            key = (tuple(lhs), tuple(rhs), link.in_features, str(box))
            if key not in known:
                known[key] = len(judgements)
                judgements.append(
                    {
                        "kind": "window_equal",
                        "in_features": link.in_features,
                        "left": lhs,
                        "right": rhs,
                        "domain": box,
                    }
                )
            direction = "backward" if link.is_backward else "forward"
            steps.append([link.position, known[key], direction])
        judgements.append(
            {
                "kind": "composition",
                "left": encoder.network(a),
                "right": encoder.network(b),
                "domain": encode_box(domain),
                "steps": steps,
            }
        )
    claim = {
        "kind": "equal",
        "left": encoder.network(left),
        "right": encoder.network(right),
        "domain": encode_box(domain),
    }
    certificate = Certificate.build(encoder, claim, judgements, metadata)
    _replay(certificate)
    return Proved(certificate, statement(domain))


def certify_witness(
    left: Network, right: Network, witness: Witness, domain: Box | None
) -> Certificate:
    """Write the certificate that left and right differ at an exact point.

    Raises:
        CertificateError: the kernel does not accept it, with its reason.
    """
    encoder = Encoder()
    sides = {
        "left": encoder.network(left),
        "right": encoder.network(right),
        "domain": encode_box(domain),
    }
    judgement = sides | {
        "kind": "witness",
        "point": [to_text(v) for v in witness.point],
        "output": witness.output,
        "left_value": _value(witness.left),
        "right_value": _value(witness.right),
    }
    certificate = Certificate.build(encoder, sides | {"kind": "refuted"}, [judgement])
    _replay(certificate)
    return certificate


def _value(v: Number) -> list[str]:
    if isinstance(v, Enclosure):
        return [to_text(v.lower), to_text(v.upper)]
    return [to_text(v), to_text(v)]


def _replay(certificate: Certificate) -> None:
    verdict = kernel.check(certificate.data)
    if verdict.verdict != "valid":
        raise CertificateError(f"the kernel says {verdict.verdict}: {verdict.reason}")
