"""The largest difference of two networks on a box: bounded, attained, and certified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from kan_equiv import kernel
from kan_equiv.certificate.encode import Encoder, encode_box
from kan_equiv.certificate.model import Certificate
from kan_equiv.errors import CertificateError, DomainError, ValidationError
from kan_equiv.exact.rational import to_text
from kan_equiv.ir.domain import Box
from kan_equiv.ir.network import Network
from kan_equiv.ir.separable import separate
from kan_equiv.prover.spread import Spread, round_down, round_up, spread

__all__ = ["RELATIVE", "Distance", "layer_distance", "layer_range"]

RELATIVE = Fraction(1, 2000)
"""How far a bound may lie above the value attained, relative to it, by default."""

CUTS = (6, 10, 16, 24, 40, 62)
"""Halvings of a cell that are tried, one after the other."""

MARGIN = 2
"""Further halvings for the kernel, whose cells may be larger than those here."""


@dataclass(frozen=True, slots=True)
class Distance:
    """sup |left_o - right_o| over a closed box, for every output o.

    attained[o] <= the supremum <= upper[o], and the kernel has replayed both.

    Attributes:
        upper: certified bounds, exact rationals.
        attained: |left_o - right_o| at ``points[o]``, exact (with atoms, a rational
            that it is not less than).
        points: rational points of the box, one per output.
        domain: the box.
        certificate: both bounds as the kernel replayed them.
    """

    upper: tuple[Fraction, ...]
    attained: tuple[Fraction, ...]
    points: tuple[tuple[Fraction, ...], ...]
    domain: Box
    certificate: Certificate

    @property
    def bound(self) -> Fraction:
        """The largest bound over all outputs."""
        return max(self.upper)

    @property
    def output(self) -> int:
        """The output where the largest difference was seen."""
        return max(range(len(self.attained)), key=self.attained.__getitem__)

    @property
    def point(self) -> tuple[Fraction, ...]:
        """Where it was seen."""
        return self.points[self.output]

    @property
    def is_exact(self) -> bool:
        """Whether every supremum is known exactly, and attained."""
        return self.upper == self.attained

    def __str__(self) -> str:
        o = self.output
        where = ", ".join(_short(x) for x in self.point[:6])
        dots = ", ..." if len(self.point) > 6 else ""
        if self.attained[o] == self.bound:
            return f"exactly {_short(self.bound)}, in output {o} at ({where}{dots})"
        return (
            f"at most {_short(self.bound)}, and at least {_short(self.attained[o])} in "
            f"output {o} at ({where}{dots})"
        )


def _short(value: Fraction) -> str:
    text = str(value)
    return text if len(text) <= 12 else f"{float(value):.6g}"


def layer_distance(
    left: Network, right: Network, domain: Box, relative: Fraction = RELATIVE
) -> Distance:
    """Enclose the difference of two single layers on a closed box, kernel replayed.

    Exact for pieces of degree <= 1: then ``upper`` is the supremum, one-sided limits at
    jumps included.

    Args:
        left: a separable layer.
        right: a separable layer of the same shape.
        domain: the closed box, bounded.
        relative: upper <= (1 + relative) * attained is aimed at, per output.

    Raises:
        ValidationError: the shapes differ, or relative is not positive.
        DomainError: the box is unbounded or has another number of inputs.
        NotSeparableError: a side is not a sum of functions of single inputs.
    """
    box = checked_box(left, right, domain)
    if relative <= 0:
        raise ValidationError(f"relative must be > 0, got {relative=}")
    f, g = (separate(n.stages, n.in_features) for n in (left, right))
    found, cuts = None, 0
    for cuts in CUTS:
        found = spread(f, g, box, cuts)
        seen = zip(found.upper, found.attained, strict=True)
        if all(u <= (1 + relative) * v for u, (v, _) in seen):
            break
    assert found is not None
    upper, attained = tidy(found)
    points = [point for _, point in found.attained]
    certificate = certify_distance(left, right, box, cuts, upper, attained, points)
    return Distance(upper, attained, tuple(points), box, certificate)


def checked_box(left: Network, right: Network, domain: Box) -> Box:
    """Return the box with one interval per input of two networks of one shape."""
    if (left.in_features, left.out_features) != (right.in_features, right.out_features):
        raise ValidationError(
            f"left is {left.in_features} -> {left.out_features}, right is "
            f"{right.in_features} -> {right.out_features}; shapes must agree"
        )
    box = domain.for_inputs(left.in_features)
    if not box.is_bounded:
        raise DomainError(
            f"a largest difference needs a bounded box, got {domain!r}: on an "
            "unbounded one it is infinite in general"
        )
    return box


def tidy(found: Spread) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
    """Return upper bounds and attained values; what is no exact value gets short."""
    upper: list[Fraction] = []
    attained: list[Fraction] = []
    for high, (value, _) in zip(found.upper, found.attained, strict=True):
        low = max(value, Fraction(0))
        if found.has_atoms:
            low = round_down(low * (1 - Fraction(1, 1 << 40)))
        upper.append(high if found.is_linear or high == low else round_up(high))
        attained.append(low)
    return tuple(upper), tuple(attained)


def certify_distance(
    left: Network,
    right: Network,
    box: Box,
    cuts: int,
    upper: Sequence[Fraction],
    attained: Sequence[Fraction],
    points: Sequence[Sequence[Fraction]],
) -> Certificate:
    """Write the certificate of attained <= sup |left - right| <= upper, and replay it.

    Raises:
        CertificateError: the kernel does not accept it, with its reason.
    """
    encoder = Encoder()
    sides = {
        "left": encoder.network(left),
        "right": encoder.network(right),
        "domain": encode_box(box),
    }
    bounds, values = ([to_text(v) for v in line] for line in (upper, attained))
    judgement = sides | {
        "kind": "distance",
        "bounds": bounds,
        "subdivisions": cuts + MARGIN,
        "points": [[to_text(x) for x in point] for point in points],
        "attained": values,
    }
    claim = sides | {"kind": "supremum", "epsilon": bounds, "attained": values}
    return replayed(Certificate.build(encoder, claim, [judgement]))


def replayed(certificate: Certificate) -> Certificate:
    """Return the certificate if the kernel accepts it.

    Raises:
        CertificateError: it does not, with its reason.
    """
    verdict = kernel.check(certificate.data)
    if verdict.verdict != "valid":
        raise CertificateError(f"the kernel says {verdict.verdict}: {verdict.reason}")
    return certificate


def layer_range(layer: Network, domain: Box, cuts: int = 6) -> Box:
    """Return a closed box that holds every output of a separable layer on a box."""
    box = domain.for_inputs(layer.in_features)
    found = spread(separate(layer.stages, layer.in_features), None, box, cuts)
    return Box([*zip(found.least, found.greatest, strict=True)])
