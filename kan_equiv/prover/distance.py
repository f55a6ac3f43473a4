"""The largest difference of two networks on a box: bounded, attained, and certified.

Two separable layers are compared input by input, and nothing is lost. Deep networks
are bounded layer by layer, and looked at in many points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from kan_equiv import kernel
from kan_equiv.certificate.encode import Encoder, encode_box
from kan_equiv.certificate.model import Certificate
from kan_equiv.errors import (
    CertificateError,
    DomainError,
    NoBoundError,
    NotSeparableError,
    ValidationError,
)
from kan_equiv.exact.rational import about, to_text
from kan_equiv.ir.domain import Box, as_box
from kan_equiv.ir.network import Network
from kan_equiv.ir.separable import separate
from kan_equiv.prover.observe import BITS, Observed, observe
from kan_equiv.prover.propagation import (
    Propagation,
    StepError,
    paired_words,
    propagate,
    propagate_in_order,
)
from kan_equiv.prover.question import NO_DEADLINE, Deadline
from kan_equiv.prover.spread import MARGIN, Spread, round_down, round_up, spread

__all__ = [
    "CUTS",
    "RELATIVE",
    "Distance",
    "distance_between",
    "layer_distance",
    "layer_range",
    "propagated_bound",
]

RELATIVE = Fraction(1, 2000)
"""How far a bound may lie above the value attained, relative to it, by default."""

CUTS = (6, 10, 16, 24, 40, 62)
"""Halvings of a cell that are tried, one after the other."""


@dataclass(frozen=True, slots=True, repr=False)
class Distance:
    """sup |left_o - right_o| over a closed box, for every output o.

    attained[o] <= the supremum <= upper[o]; the kernel has replayed both.

    Attributes:
        upper: certified bounds, exact rationals.
        attained: |left_o - right_o| at ``points[o]``, exact (with atoms, a rational
            that it is not less than).
        points: rational points of the box, one per output.
        domain: the box.
        certificate: both bounds as the kernel replayed them.
        propagation: how the bound was propagated step by step: then it is safe, and
            may be far above the supremum. None where both sides are single layers,
            compared input by input.
    """

    upper: tuple[Fraction, ...]
    attained: tuple[Fraction, ...]
    points: tuple[tuple[Fraction, ...], ...]
    domain: Box
    certificate: Certificate
    propagation: Propagation | None = None

    @property
    def steps(self) -> tuple[StepError, ...]:
        """What every pair of words adds to a propagated bound."""
        return () if self.propagation is None else self.propagation.steps

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

    def __repr__(self) -> str:
        """Shorten: exact values are in the attributes."""
        return f"<Distance: {self}>"

    def __str__(self) -> str:
        o = self.output
        at = _place(o, self.point)
        if self.attained[o] == self.bound:
            return f"exactly {_short(self.bound)}, {at}"
        how = f", in {len(self.steps)} steps" if self.steps else ""
        return (
            f"at most {_short(self.bound)}{how}, and at least "
            f"{_short(self.attained[o])} {at}"
        )


def _place(output: int, point: Sequence[Fraction]) -> str:
    where = ", ".join(_short(x) for x in point[:6])
    return f"in output {output} at ({where}{', ...' if len(point) > 6 else ''})"


def _short(value: Fraction) -> str:
    text = to_text(value)
    return text if len(text) <= 12 else about(value)


def distance_between(
    left: Network,
    right: Network,
    domain: Box,
    relative: Fraction = RELATIVE,
    deadline: Deadline = NO_DEADLINE,
) -> Distance:
    """Enclose the largest difference of two networks on a closed box, per output.

    Two separable layers: as close as asked (``layer_distance``). Otherwise a bound
    propagated layer by layer, beside the largest difference that was seen.

    Raises:
        ValidationError: the shapes differ, or relative is not positive.
        DomainError: the box is unbounded or has another number of inputs.
        NoBoundError: the layers of both sides do not pair up, or one has a jump where
            errors of the layers before it arrive, or the kernel cannot enclose a value.
            The message says which, and how large a difference was seen. Also where log
            or sqrt is involved, which are not defined everywhere.
    """
    if left.is_partial or right.is_partial:
        checked_box(left, right, domain)
        raise NoBoundError(
            "no bound of the largest difference is known: log and sqrt are compared "
            "where they are defined, but no distance of theirs is bounded here"
        )
    try:
        try:
            return layer_distance(left, right, domain, relative)
        except NotSeparableError:
            box = checked_box(left, right, domain)
        return _deep_distance(left, right, box, deadline)
    except (CertificateError, NotSeparableError) as error:
        box = checked_box(left, right, domain)
        seen = observe(left, right, box, deadline)
        o = max(range(left.out_features), key=seen.values.__getitem__)
        least, place = _short(seen.values[o]), _place(o, seen.points[o])
        known = f"; it is at least {least}, {place}"
        raise NoBoundError(
            f"no bound of the largest difference is known: {error}"
            f"{known if seen.values[o] else ''}"
        ) from error


def _deep_distance(
    left: Network, right: Network, box: Box, deadline: Deadline
) -> Distance:
    found = propagate(left, right, box)
    if any(found.upper):
        seen = observe(left, right, box, deadline)
    else:
        nowhere = tuple(i.ends[0] for i in box)
        zeros, points = [Fraction(0)] * left.out_features, [nowhere] * left.out_features
        seen = Observed(left, right, zeros, points)
    encoder, sides = encoded(left, right, box)
    judgements = found.judgements(encoder, sides)
    certificate = _certify(encoder, sides, judgements, found.upper, seen)
    return Distance(
        found.upper,
        tuple(seen.values),
        tuple(seen.points),
        box,
        certificate,
        found,
    )


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
        CertificateError: the kernel cannot enclose a value.
    """
    if relative <= 0:
        raise ValidationError(f"relative must be > 0, got relative={relative}")
    box = checked_box(left, right, domain)
    f, g = (separate(n.stages, n.in_features) for n in (left, right))
    found, cuts = None, 0
    for cuts in CUTS:
        found = spread(f, g, box, cuts)
        seen = zip(found.upper, found.attained, strict=True)
        if all(u <= (1 + relative) * v for u, (v, _) in seen):
            break
    assert found is not None
    upper, attained = tidy(found)
    points = tuple(point for _, point in found.attained)
    encoder, sides = encoded(left, right, box)
    judgement = distance_judgement(sides, cuts, upper) | {
        "points": [_texts(point) for point in points],
        "attained": _texts(attained),
    }
    claim = sides | {
        "kind": "supremum",
        "epsilon": _texts(upper),
        "attained": _texts(attained),
    }
    certificate = replayed(Certificate.build(encoder, claim, [judgement]))
    return Distance(upper, attained, points, box, certificate)


def checked_box(left: Network, right: Network, domain: Box) -> Box:
    """Return the box with one interval per input of two networks of one shape."""
    if (left.in_features, left.out_features) != (right.in_features, right.out_features):
        raise ValidationError(
            f"left is {left.in_features} -> {left.out_features}, right is "
            f"{right.in_features} -> {right.out_features}; shapes must agree"
        )
    box = as_box(domain).for_inputs(left.in_features)
    if not box.is_bounded:
        raise DomainError(
            f"a largest difference needs a bounded box, got {domain!r}: on an "
            "unbounded one it is infinite in general"
        )
    return box


def layer_range(layer: Network, domain: Box, cuts: int = 6) -> Box:
    """Return a closed box that holds every output of a layer on a box.

    A layer whose units mix inputs is taken word by word.

    Raises:
        NotSeparableError: it cannot be cut into separable words.
    """
    box = domain.for_inputs(layer.in_features)
    for word, _ in paired_words(layer, layer):
        found = spread(separate(word.stages, word.in_features), None, box, cuts)
        box = Box([*zip(found.least, found.greatest, strict=True)])
    return box


def propagated_bound(
    left: Network, right: Network, box: Box
) -> tuple[tuple[Fraction, ...], Certificate]:
    """Return bounds of |left_o - right_o| on a box, and their certificate.

    For networks whose hidden units correspond as they stand; no points are looked at.

    Raises:
        NotSeparableError: no bound is known.
        CertificateError: the kernel cannot enclose a value.
    """
    found = propagate_in_order(left, right, box)
    encoder, sides = encoded(left, right, box)
    claim = sides | {"kind": "within", "epsilon": _texts(found.upper)}
    judgements = found.judgements(encoder, sides)
    certificate = replayed(Certificate.build(encoder, claim, judgements))
    return found.upper, certificate


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


# --- certificates --------------------------------------------------------------------


def encoded(left: Network, right: Network, box: Box) -> tuple[Encoder, dict[str, Any]]:
    """Return an encoder, and what claims and judgements of both networks share."""
    encoder = Encoder()
    return encoder, {
        "left": encoder.network(left),
        "right": encoder.network(right),
        "domain": encode_box(box),
    }


def distance_judgement(
    sides: dict[str, Any], cuts: int, upper: Sequence[Fraction]
) -> dict[str, Any]:
    """Return the judgement that two separable networks are within bounds."""
    return sides | {
        "kind": "distance",
        "bounds": _texts(upper),
        "subdivisions": cuts + MARGIN,
        "points": [],
        "attained": [],
    }


def replayed(certificate: Certificate) -> Certificate:
    """Return the certificate if the kernel accepts it.

    Raises:
        CertificateError: it does not, with its reason.
    """
    verdict = kernel.check(certificate.data)
    if verdict.verdict != "valid":
        raise CertificateError(f"the kernel says {verdict.verdict}: {verdict.reason}")
    return certificate


def _certify(
    encoder: Encoder,
    sides: dict[str, Any],
    judgements: list[dict[str, Any]],
    upper: Sequence[Fraction],
    seen: Observed,
) -> Certificate:
    is_exact = not (seen.left.has_atoms or seen.right.has_atoms)
    attained = sides | {
        "kind": "attained",
        "within": len(judgements) - 1,
        "bits": 0 if is_exact else 2 * BITS,
        "points": [_texts(point) for point in seen.points],
        "attained": _texts(seen.values),
    }
    claim = sides | {
        "kind": "supremum",
        "epsilon": _texts(upper),
        "attained": _texts(seen.values),
    }
    return replayed(Certificate.build(encoder, claim, [*judgements, attained]))


def _texts(values: Sequence[Fraction]) -> list[str]:
    return [to_text(v) for v in values]
