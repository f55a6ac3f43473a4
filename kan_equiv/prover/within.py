"""prove(left, right, within=eps): at most so far apart on a box, or a point farther."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from kan_equiv.certificate.model import Certificate
from kan_equiv.errors import (
    CertificateError,
    NoBoundError,
    NotSeparableError,
    ValidationError,
)
from kan_equiv.exact.enclosure import Enclosure
from kan_equiv.exact.rational import to_float, to_fraction, to_text
from kan_equiv.ir.domain import Box
from kan_equiv.ir.network import Network
from kan_equiv.ir.separable import separate
from kan_equiv.prover.certify import statement
from kan_equiv.prover.distance import (
    CUTS,
    Distance,
    checked_box,
    distance_between,
    distance_judgement,
    encoded,
    layer_distance,
    replayed,
    tidy,
)
from kan_equiv.prover.equality import prove_equal
from kan_equiv.prover.outcome import Outcome, Proved, Refuted, Unknown, Witness
from kan_equiv.prover.question import Deadline
from kan_equiv.prover.spread import spread

__all__ = ["prove_within", "tolerances"]

PRECISIONS = (192, 512, 2048)
Epsilon = tuple[Fraction, ...]


def tolerances(within: object, outputs: int) -> Epsilon:
    """Return one exact epsilon per output, from a number or a sequence of them.

    Raises:
        ValidationError: another number of them than outputs, or one is negative.
        NonFiniteWeightError: one is NaN or infinite.

    >>> tolerances("1/1000", 2)
    (Fraction(1, 1000), Fraction(1, 1000))
    """
    if isinstance(within, Sequence) and not isinstance(within, str):
        given: tuple[object, ...] = tuple(within)  # pyright: ignore[reportUnknownArgumentType]
    else:
        given = (within,) * outputs
    if len(given) != outputs:
        raise ValidationError(
            f"within must be one number, or one for each of the {outputs} outputs; "
            f"got {len(given)}"
        )
    found = tuple(to_fraction(v, "within") for v in given)
    for o, v in enumerate(found):
        if v < 0:
            raise ValidationError(f"within must be >= 0, got {v} for output {o}")
    return found


def prove_within(
    left: Network,
    right: Network,
    domain: Box | None,
    within: object,
    timeout: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> Outcome:
    """Decide whether |left_o - right_o| <= within[o] on a closed box, for all outputs.

    Two separable layers are decided, unless epsilon is the supremum to the last bit.
    Deep networks are proved by a bound that is propagated layer by layer, and refuted
    by points that were seen; between the two the answer is Unknown, with both figures.

    Args:
        left: a network.
        right: a network of the same shape.
        domain: the closed box.
        within: one number, or one per output; floats are taken bit for bit.
        timeout: seconds after which the search gives up.
        progress: called with a few words whenever another attempt starts.

    Raises:
        ValidationError: no box, other shapes, or a wrong epsilon.
    """
    if domain is None:
        raise ValidationError(
            "within needs domain=, a bounded box: on all of R^n a largest difference "
            "is infinite in general"
        )
    box = checked_box(left, right, domain)
    epsilon = tolerances(within, left.out_features)
    deadline = Deadline.after(timeout)
    tell = progress or (lambda _: None)
    found, reason = None, ""
    tell("bounding the difference")
    try:
        try:
            return _layers(left, right, box, epsilon, deadline)
        except NotSeparableError:
            tell("bounding the difference layer by layer")
            found = distance_between(left, right, box, deadline=deadline)
    except NoBoundError as error:
        reason = str(error)
    except CertificateError as error:
        reason = f"no bound of the largest difference is known: {error}"
    if found is not None:
        if _is_met(found.upper, epsilon):
            return _proved(left, right, box, epsilon, found)
        if (o := _exceeded(found.attained, epsilon)) is not None:
            refuted = _refuted(left, right, box, epsilon, o, found.points[o])
            if refuted is not None:
                return refuted
        reason = f"the largest difference is {found}"
    tell("proving equality")
    equal = prove_equal(left, right, box, deadline.seconds_left)
    if isinstance(equal, Proved):
        return equal
    if isinstance(equal, Refuted):
        if equal.witness.left is None or equal.witness.right is None:
            return equal  # within epsilon says too that both sides are defined
        o = equal.witness.output
        again = _refuted(left, right, box, epsilon, o, equal.witness.point)
        if again is not None:
            return again
    return Unknown(reason, distance=found)


def _layers(
    left: Network, right: Network, box: Box, epsilon: Epsilon, deadline: Deadline
) -> Outcome:
    f, g = (separate(n.stages, n.in_features) for n in (left, right))
    for cuts in CUTS:
        found = spread(f, g, box, cuts)
        upper, attained = tidy(found)
        if _is_met(upper, epsilon):
            encoder, sides = encoded(left, right, box)
            claim = sides | {"kind": "within", "epsilon": [*map(to_text, epsilon)]}
            judgement = distance_judgement(sides, cuts, upper)
            certificate = replayed(Certificate.build(encoder, claim, [judgement]))
            return Proved(certificate, _statement(epsilon, box))
        if (o := _exceeded(attained, epsilon)) is not None:
            point = found.attained[o][1]
            refuted = _refuted(left, right, box, epsilon, o, point)
            if refuted is not None:
                return refuted
        if found.is_linear or deadline.is_over:
            break
    known = layer_distance(left, right, box)
    reason = f"epsilon is too near to the largest difference: {known}"
    return Unknown(reason, distance=known)


def _is_met(upper: Sequence[Fraction], epsilon: Epsilon) -> bool:
    return all(u <= e for u, e in zip(upper, epsilon, strict=True))


def _exceeded(attained: Sequence[Fraction], epsilon: Epsilon) -> int | None:
    """Return the output whose attained difference exceeds its epsilon by most."""
    excess = [a - e for a, e in zip(attained, epsilon, strict=True)]
    o = max(range(len(excess)), key=excess.__getitem__)
    return o if excess[o] > 0 else None


def _statement(epsilon: Epsilon, box: Box) -> str:
    largest = max(epsilon)
    text = to_text(largest)
    text = text if len(text) <= 12 else f"{to_float(largest):.6g}"
    return statement(box, f"within {text}")


def _proved(
    left: Network, right: Network, box: Box, epsilon: Epsilon, found: Distance
) -> Proved:
    """Keep of the certificate of a distance what shows the bound."""
    encoder, sides = encoded(left, right, box)
    claim = sides | {"kind": "within", "epsilon": [*map(to_text, epsilon)]}
    assert found.propagation is not None
    judgements = found.propagation.judgements(encoder, sides)
    certificate = replayed(Certificate.build(encoder, claim, judgements))
    return Proved(certificate, _statement(epsilon, box))


def _refuted(
    left: Network,
    right: Network,
    box: Box,
    epsilon: Epsilon,
    o: int,
    point: Sequence[Fraction],
) -> Refuted | None:
    """Have the kernel evaluate the point; None if the difference is not larger."""
    for bits in PRECISIONS:
        u, v = left(point, bits)[o], right(point, bits)[o]
        is_exact = not (isinstance(u, Enclosure) or isinstance(v, Enclosure))
        if is_exact and abs(u - v) <= epsilon[o]:  # type: ignore[operator, arg-type]
            return None
        encoder, sides = encoded(left, right, box)
        claim = sides | {
            "kind": "exceeds",
            "output": o,
            "epsilon": to_text(epsilon[o]),
        }
        judgement = claim | {
            "point": [to_text(x) for x in point],
            "bits": 0 if is_exact else 2 * bits,
        }
        try:
            certificate = replayed(Certificate.build(encoder, claim, [judgement]))
        except CertificateError:
            if is_exact:
                raise
            continue
        return Refuted(Witness(tuple(point), o, u, v), certificate, epsilon[o])
    return None
