"""Recorded steps to certificates, replayed by the kernel before anything is claimed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
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
from kan_equiv.prover.outcome import Proved, Refuted, Unknown, Witness
from kan_equiv.rules.derivation import Range, Step

__all__ = [
    "Link",
    "Rewritten",
    "Script",
    "certify_equal",
    "certify_on_trust",
    "certify_witness",
    "links_of",
    "refutation",
    "statement",
]


VALUE_WIDTH = Fraction(1, 1 << 64)


@dataclass(frozen=True, slots=True)
class Link:
    """One use of a window equality; backward replaces its right side by its left.

    Attributes:
        position: where the window stands in the word as it is then.
        in_features: inputs of the window.
        left: stages of the window.
        right: stages that denote the same function, on ``domain``.
        is_backward: whether right is replaced by left.
        domain: a box, or None for R^n.
        ranges: for a window on a box that is not at position 0: what the stages before
            it reach, their words joined being exactly those stages.
        cells: where the kernel shall enumerate regions instead of comparing forms, how
            many there are.
        judgement: the kind of judgement that shows the two equal.
    """

    position: int
    in_features: int
    left: tuple[Stage, ...]
    right: tuple[Stage, ...]
    is_backward: bool = False
    domain: Box | None = None
    ranges: tuple[Range, ...] = ()
    cells: int | None = None
    judgement: str = "window_equal"

    def reversed(self) -> Link:
        """Return the link that undoes this one."""
        return replace(self, is_backward=not self.is_backward)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A network, one that is equal to it, and the links from one to the other.

    They are equal on ``domain``, on all of R^n where it is None.
    """

    source: Network
    network: Network
    links: tuple[Link, ...]
    domain: Box | None = None


def links_of(steps: Sequence[Step]) -> tuple[Link, ...]:
    """Return the recorded steps of a derivation as links."""
    return tuple(
        Link(
            s.position,
            s.in_features,
            s.left,
            s.right,
            domain=s.domain,
            ranges=s.ranges,
            judgement=s.judgement,
        )
        for s in steps
    )


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
    script = Script(encoder)
    for a, b, path in [*waypoints, (left, right, links)]:
        script.composition(a, b, path, domain)
    claim = {
        "kind": "equal",
        "left": encoder.network(left),
        "right": encoder.network(right),
        "domain": encode_box(domain),
    }
    certificate = Certificate.build(encoder, claim, script.judgements, metadata)
    _replay(certificate)
    return Proved(certificate, statement(domain))


class Script:
    """The judgements of equalities; what is used twice is judged once.

    Attributes:
        encoder: holds the objects that the judgements name.
        judgements: what is written so far.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.judgements: list[dict[str, Any]] = []
        self._known: dict[str, int] = {}

    def composition(
        self, left: Network, right: Network, links: Sequence[Link], domain: Box | None
    ) -> int:
        """Write that links lead from left to right; return the judgement's index."""
        steps = [self._step(link) for link in links]
        self.judgements.append(
            {
                "kind": "composition",
                "left": self.encoder.network(left),
                "right": self.encoder.network(right),
                "domain": encode_box(domain),
                "steps": steps,
            }
        )
        return len(self.judgements) - 1

    def _step(self, link: Link) -> list[Any]:
        """Return the step of a composition that uses a link."""
        direction = "backward" if link.is_backward else "forward"
        step: list[Any] = [link.position, self._window(link), direction]
        return [*step, [self._range(r) for r in link.ranges]] if link.ranges else step

    def _window(self, link: Link) -> int:
        window = {
            "kind": link.judgement,
            "in_features": link.in_features,
            "left": self.encoder.stages(link.left),
            "right": self.encoder.stages(link.right),
            "domain": encode_box(link.domain),
        }
        if link.cells is not None:
            window |= {"kind": "regions_equal", "cells": link.cells}
        return self._judge(window)

    def _range(self, shown: Range) -> int:
        return self._judge(
            {
                "kind": "range",
                "in_features": shown.in_features,
                "stages": self.encoder.stages(shown.stages),
                "domain": encode_box(shown.domain),
                "bounds": encode_box(shown.bounds),
                "subdivisions": shown.subdivisions,
            }
        )

    def _judge(self, judgement: dict[str, Any]) -> int:
        key = json.dumps(judgement)
        if key not in self._known:
            self._known[key] = len(self.judgements)
            self.judgements.append(judgement)
        return self._known[key]


def certify_witness(
    left: Network, right: Network, witness: Witness, domain: Box | None
) -> Certificate:
    """Write the certificate that left and right differ at an exact point.

    Raises:
        CertificateError: the kernel does not accept it, with its reason.
    """
    encoder = Encoder()
    has_atoms = left.has_atoms or right.has_atoms
    sides = {
        "left": encoder.network(left),
        "right": encoder.network(right),
        "domain": encode_box(domain),
    }
    judgement = sides | {
        "kind": "witness",
        "point": [to_text(v) for v in witness.point],
        "output": witness.output,
        "left_value": _value(witness.left, has_atoms),
        "right_value": _value(witness.right, has_atoms),
    }
    certificate = Certificate.build(encoder, sides | {"kind": "refuted"}, [judgement])
    _replay(certificate)
    return certificate


def certify_on_trust(
    left: Network, right: Network, reason: str, domain: Box | None
) -> Certificate:
    """Write the holey certificate of left = right: one step, admitted for a reason.

    Raises:
        CertificateError: the kernel calls it anything but holey.
    """
    encoder = Encoder()
    box = encode_box(domain)
    sides = {"left": encoder.network(left), "right": encoder.network(right)}
    window = {
        "kind": "window_admitted",
        "in_features": left.in_features,
        "left": encoder.stages(left.stages),
        "right": encoder.stages(right.stages),
        "domain": box,
        "reason": reason,
    }
    sides |= {"domain": box}
    steps = {"kind": "composition", "steps": [[0, 0, "forward"]]} | sides
    claim = {"kind": "equal"} | sides
    certificate = Certificate.build(encoder, claim, [window, steps])
    _replay(certificate, expected="holey")
    return certificate


def refutation(
    left: Network, right: Network, witness: Witness, domain: Box | None
) -> Refuted | Unknown:
    """Return what a point of difference comes to when the kernel looks at it.

    Its enclosures of atoms have limits that those of the search do not have.
    """
    try:
        return Refuted(witness, certify_witness(left, right, witness, domain))
    except CertificateError as error:
        return Unknown(f"the sides differ at a point, but {error}")


def _value(v: Number | None, has_atoms: bool) -> list[str] | str:
    """Write a value as an interval; a point only where the kernel computes one."""
    if v is None:
        return "undefined"
    if isinstance(v, Enclosure):
        return [to_text(v.lower), to_text(v.upper)]
    width = VALUE_WIDTH if has_atoms else 0
    return [to_text(v - width), to_text(v + width)]


def _replay(certificate: Certificate, expected: str = "valid") -> None:
    verdict = kernel.check(certificate.data)
    if verdict.verdict != expected:
        raise CertificateError(f"the kernel says {verdict.verdict}: {verdict.reason}")
