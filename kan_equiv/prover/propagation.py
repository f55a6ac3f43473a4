"""Deep networks: a certified bound of the difference, layer by layer.

Both networks are cut into words of equal widths. If the values before word k lie in a
box B and differ by at most E, those after it differ by at most D + S E: D bounds the
difference of the two words on B, S the slopes of the right one on B widened by E. The
bound is safe and, with depth, more and more above the truth. Where hidden units of the
right network are permuted or scaled, it is rewritten first (``match_units``), and where
one has fewer of them, zeros are appended (``pad_units``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from kan_equiv.certificate.encode import Encoder, encode_box
from kan_equiv.errors import NotSeparableError
from kan_equiv.exact.rational import to_text
from kan_equiv.ir.domain import Box
from kan_equiv.ir.network import Network
from kan_equiv.ir.separable import SeparableForm, separate
from kan_equiv.prover.certify import Rewritten, Script
from kan_equiv.prover.extremes import EdgeDifferences
from kan_equiv.prover.match_units import match_units
from kan_equiv.prover.spread import MARGIN, Spread, round_down, round_up, spread
from kan_equiv.prover.words import Words, paired_words, rewritten_words

__all__ = [
    "CUTS",
    "Propagation",
    "StepError",
    "bounds_of",
    "grown",
    "outward",
    "propagate",
    "propagate_in_order",
]

CUTS = 8
"""Halvings of cells."""


@dataclass(frozen=True, slots=True)
class StepError:
    """What one pair of words adds to the difference.

    Attributes:
        left: a word of the left network.
        right: the word of the right network against it.
        domain: a closed box that holds what the left network passes on to it.
        deviation: bounds of |left_o - right_o| on that box.
        errors: bounds of the difference of the networks' values after the words.
    """

    left: Network
    right: Network
    domain: Box
    deviation: tuple[Fraction, ...]
    errors: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Propagation:
    """The words from the first to the last, and what comes out at the end.

    Attributes:
        steps: what each pair of words adds.
        left: how the left network was rewritten, one step after the other; the words
            are those of the last one.
        right: likewise.
    """

    steps: tuple[StepError, ...]
    left: tuple[Rewritten, ...] = ()
    right: tuple[Rewritten, ...] = ()

    @property
    def upper(self) -> tuple[Fraction, ...]:
        """Bounds of the difference of both networks, per output."""
        return self.steps[-1].errors

    def judgements(
        self, encoder: Encoder, sides: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Write it down; the last judgement is the bound of both networks.

        ``sides`` holds both networks and the box, as they are encoded.
        """
        script, inner = Script(encoder), dict(sides)
        equal: dict[str, list[int]] = {}
        for side, steps in (("left", self.left), ("right", self.right)):
            equal[f"{side}_equal"] = [
                script.composition(step.source, step.network, step.links, step.domain)
                for step in steps
            ]
            if steps:
                inner[side] = encoder.network(steps[-1].network)
        out = script.judgements
        out += self._layers(encoder, inner, len(out))
        if any(equal.values()):
            more = {"within": len(out) - 1} | equal
            out.append(sides | {"kind": "transfer"} | more)
        return out

    def _layers(
        self, encoder: Encoder, sides: dict[str, Any], start: int
    ) -> list[dict[str, Any]]:
        """Write the layers down, the first judgement being number ``start``."""
        out: list[dict[str, Any]] = []
        steps: list[dict[str, Any]] = []
        for layer, after in zip(self.steps, [*self.steps[1:], None], strict=True):
            box = encode_box(layer.domain)
            out.append(
                {
                    "kind": "distance",
                    "left": encoder.network(layer.left),
                    "right": encoder.network(layer.right),
                    "domain": box,
                    "bounds": _texts(layer.deviation),
                    "subdivisions": CUTS + MARGIN,
                    "points": [],
                    "attained": [],
                }
            )
            step: dict[str, Any] = {
                "distance": start + len(out) - 1,
                "range": [],
                "errors": _texts(layer.errors),
            }
            if after is not None:
                step["range"] = [start + len(out)]
                out.append(
                    {
                        "kind": "range",
                        "in_features": layer.left.in_features,
                        "stages": encoder.stages(layer.left.stages),
                        "domain": box,
                        "bounds": encode_box(after.domain),
                        "subdivisions": CUTS + MARGIN,
                    }
                )
            steps.append(step)
        return [*out, sides | {"kind": "propagation", "layers": steps}]


def _texts(values: Sequence[Fraction]) -> list[str]:
    return [to_text(v) for v in values]


def propagate(left: Network, right: Network, box: Box) -> Propagation:
    """Bound the difference of two networks on a closed box, layer by layer.

    Hidden coordinates correspond as they stand, or as ``match_units`` finds them: what
    gives the smaller bound. Where there are more of them on one side, the other side
    gets zeros.

    Raises:
        NotSeparableError: the layers do not pair up, or one is no sum of functions of
            single inputs, or has a jump where errors arrive; the message names it.
    """
    words, *rewritten = rewritten_words(left, right)
    plain = Propagation(_step_errors(words, box), *rewritten)
    if not any(plain.upper) or (matched := match_units(words, box)) is None:
        return plain
    steps = _step_errors(matched.words, box)
    other = Propagation(steps, rewritten[0], (*rewritten[1], matched.right))
    return min(plain, other, key=lambda p: max(p.upper))


def propagate_in_order(
    left: Network, right: Network, box: Box, rewritten: Rewritten | None = None
) -> Propagation:
    """Bound the difference with hidden coordinates that correspond as they stand.

    Where ``rewritten`` is given, its words stand for those of the left network.

    Raises:
        NotSeparableError: as for ``propagate``.
    """
    if rewritten is None:
        return Propagation(_step_errors(paired_words(left, right), box))
    words = paired_words(rewritten.network, right)
    return Propagation(_step_errors(words, box), (rewritten,))


def _step_errors(words: Words, box: Box) -> tuple[StepError, ...]:
    errors = (Fraction(0),) * words[0][0].in_features
    layers: list[StepError] = []
    for k, (first, second) in enumerate(words):
        f, g = (separate(n.stages, n.in_features) for n in (first, second))
        near = bounds_of(spread(f, g, box, CUTS))
        try:
            errors_after = grown(g, box, near, errors)
        except NotSeparableError as error:
            raise NotSeparableError(f"step {k}: {error}") from error
        errors = tuple(round_up(v) if v else v for v in errors_after)
        layers.append(StepError(first, second, box, near, errors))
        if k + 1 < len(words):
            box = outward(spread(f, None, box, CUTS))
    return tuple(layers)


def bounds_of(found: Spread) -> tuple[Fraction, ...]:
    """Return bounds of |left_o - right_o|; what is no exact value gets short."""
    return tuple(v if found.is_linear else round_up(v) for v in found.upper)


def outward(found: Spread) -> Box:
    """Return the values' box, with short ends."""
    ends = zip(found.least, found.greatest, strict=True)
    return Box([(round_down(a), round_up(b)) for a, b in ends])


def grown(
    word: SeparableForm,
    box: Box,
    near: Sequence[Fraction],
    errors: Sequence[Fraction],
) -> list[Fraction]:
    """Return near[o] + sum over inputs of slopes times errors, per output.

    Raises:
        NotSeparableError: errors arrive at a jump.
    """
    total = list(near)
    for i, (interval, error) in enumerate(zip(box, errors, strict=True)):
        if error:
            lo, hi = interval.ends
            (wide,) = Box([(lo - error, hi + error)])
            edges = EdgeDifferences(word, None, i, wide)
            for o in range(word.out_features):
                slope = edges.slope(o)
                if slope is None:
                    raise NotSeparableError(
                        f"the function of input {i} in output {o} has a jump, so a "
                        "small error before it may become a large one"
                    )
                total[o] += slope * error
    return total
