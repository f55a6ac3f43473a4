"""What changed between two models: the function, and which edges, by how much, where.

Both are cut into layers whose units correspond (as ``distance`` does, permuted and
pruned units included), and every edge is compared with its counterpart on what the
first model passes on to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from kan_equiv.certificate.model import Certificate
from kan_equiv.errors import NoBoundError, ValidationError
from kan_equiv.ir.build import kan
from kan_equiv.ir.domain import Box, Interval
from kan_equiv.ir.network import Network
from kan_equiv.ir.separable import SeparableForm, separate
from kan_equiv.prover.distance import Distance, distance_between, layer_distance
from kan_equiv.prover.equality import prove_equal
from kan_equiv.prover.extremes import EdgeDifferences
from kan_equiv.prover.outcome import Outcome
from kan_equiv.prover.propagation import StepError
from kan_equiv.prover.question import Deadline

__all__ = ["EDGES", "Diff", "EdgeChange", "LayerChanges", "diff_between"]

EDGES = 100
"""How many edges are certified, those that changed most."""

ROUGH = 3
"""Halvings of a cell for finding out which edges these are."""


@dataclass(frozen=True, slots=True)
class EdgeChange:
    """sup |before - after| of one edge on what the model before passes on to it.

    attained <= the supremum <= upper; the kernel has replayed both.

    Attributes:
        layer: its index.
        input: a coordinate that enters the layer of the model before.
        output: one that leaves it.
        domain: the closed interval, all that the input can be.
        upper: a certified bound, an exact rational.
        attained: the difference at ``point`` (with atoms, at least that).
        point: where, an exact rational.
        certificate: of this edge, and of others from the same input.
    """

    layer: int
    input: int
    output: int
    domain: Interval
    upper: Fraction
    attained: Fraction
    point: Fraction
    certificate: Certificate = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class LayerChanges:
    """One layer: edges that changed, and constants.

    Attributes:
        layer: its index.
        edges: the changed edges that were certified, the largest change first.
        changed: how many edges changed.
        total: how many edges there are.
        constants: (output, before, after), where what is added to an output changed.
    """

    layer: int
    edges: tuple[EdgeChange, ...]
    changed: int
    total: int
    constants: tuple[tuple[int, Fraction, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Diff:
    """Two models compared on a closed box.

    Attributes:
        outcome: whether they are equal there: proved, refuted at a point, or unknown.
        distance: how far they are apart at most; None where they are equal, or where
            no bound is known.
        layers: what changed inside, layer by layer; empty where the layers of the two
            do not correspond.
        domain: the box.
        reason: why ``layers`` is empty, or "".
    """

    outcome: Outcome
    distance: Distance | None
    layers: tuple[LayerChanges, ...]
    domain: Box
    reason: str = ""

    @property
    def edges(self) -> tuple[EdgeChange, ...]:
        """All certified changes, the largest first."""
        found = [e for layer in self.layers for e in layer.edges]
        return tuple(sorted(found, key=lambda e: -e.upper))

    @property
    def changed(self) -> int:
        """How many edges changed."""
        return sum(layer.changed for layer in self.layers)

    def __str__(self) -> str:
        total = sum(layer.total for layer in self.layers)
        inside = f"; {self.changed} of {total} edges changed" if self.layers else ""
        if self.outcome.is_proved:
            return f"the same function on the box{inside}"
        what = "another function" if self.outcome.is_refuted else "maybe the same"
        known = f"; they differ by {self.distance}" if self.distance else ""
        return f"{what}{inside}{known}"


def diff_between(
    before: Network,
    after: Network,
    domain: Box,
    edges: int = EDGES,
    timeout: float | None = None,
) -> Diff:
    """Compare two models as functions and edge by edge on a closed box.

    Raises:
        ValidationError: the shapes differ, or ``edges`` is negative.
        DomainError: the box is unbounded or has another number of inputs.
    """
    if edges < 0:
        raise ValidationError(f"edges must be >= 0, got {edges=}")
    found, reason, limit = None, "", Deadline.after(timeout)
    try:
        found = distance_between(before, after, domain, deadline=limit)
    except NoBoundError as error:
        reason = str(error)
    outcome = prove_equal(before, after, domain, timeout)
    if found is None:
        return Diff(outcome, None, (), domain, reason)
    words = found.steps or _alone(before, after, found.domain)
    layers = _compare(words, edges)
    return Diff(outcome, None if outcome.is_proved else found, layers, found.domain)


def _alone(before: Network, after: Network, box: Box) -> tuple[StepError, ...]:
    return (StepError(before, after, box, (), ()),)


@dataclass(frozen=True, slots=True)
class _Layer:
    """Both sides of a layer, and roughly how much each changed edge changed."""

    before: SeparableForm
    after: SeparableForm
    domain: Box
    changed: dict[tuple[int, int], Fraction]

    def constants(self) -> tuple[tuple[int, Fraction, Fraction], ...]:
        """Return output, before and after where a bias changed."""
        pairs = enumerate(zip(self.before.bias, self.after.bias, strict=True))
        return tuple((o, a, b) for o, (a, b) in pairs if a != b)


def _compare(words: Sequence[StepError], limit: int) -> tuple[LayerChanges, ...]:
    layers = [_layer(word) for word in words]
    sizes = [
        (-size, l, i, o)
        for l, layer in enumerate(layers)
        for (i, o), size in layer.changed.items()
    ]
    chosen: dict[tuple[int, int], list[int]] = {}
    for _, l, i, o in sorted(sizes)[:limit]:
        chosen.setdefault((l, i), []).append(o)
    found: list[list[EdgeChange]] = [[] for _ in layers]
    for (l, i), outputs in chosen.items():
        found[l] += _certified(layers[l], l, i, sorted(outputs))
    return tuple(
        LayerChanges(
            l,
            tuple(sorted(edges, key=lambda e: (-e.upper, e.input, e.output))),
            len(layer.changed),
            layer.before.in_features * layer.before.out_features,
            layer.constants(),
        )
        for l, (layer, edges) in enumerate(zip(layers, found, strict=True))
    )


def _layer(word: StepError) -> _Layer:
    f, g = (separate(n.stages, n.in_features) for n in (word.left, word.right))
    changed: dict[tuple[int, int], Fraction] = {}
    for i, interval in enumerate(word.domain):
        between = EdgeDifferences(f, g, i, interval)
        for o in range(f.out_features):
            if not between.is_zero(o):
                peaks = (between.peak(o, sign, ROUGH).upper for sign in (1, -1))
                changed[i, o] = max(peaks)
    return _Layer(f, g, word.domain, changed)


def _certified(
    layer: _Layer, l: int, i: int, outputs: Sequence[int]
) -> list[EdgeChange]:
    """Have the kernel replay how far the edges from one input to some outputs moved."""
    interval = list(layer.domain)[i]
    before, after = (
        kan([[form.edge(i, o)] for o in outputs])
        for form in (layer.before, layer.after)
    )
    found = layer_distance(before, after, Box([interval.ends]))
    return [
        EdgeChange(l, i, o, interval, upper, attained, point[0], found.certificate)
        for o, upper, attained, point in zip(
            outputs, found.upper, found.attained, found.points, strict=True
        )
    ]
