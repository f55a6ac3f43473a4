"""Deep networks in normal form: every hidden layer sorted, scaled, merged, none spare.

Two networks with the same normal form are equal, and the rewrites that lead there are
the proof: those of the left forward, those of the right backward. The converse fails
for more than one hidden layer (equality of deep ReLU networks is coNP-complete).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kan_equiv.errors import CertificateError, ConversionError
from kan_equiv.ir.domain import Box, Interval
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Affine, Bank, Parallel, Stage, select
from kan_equiv.ir.vector_atom import VectorAtom
from kan_equiv.prover.certify import Link, certify_equal, links_of
from kan_equiv.prover.outcome import Outcome, Unknown
from kan_equiv.prover.question import Question
from kan_equiv.prover.ranges import range_of
from kan_equiv.rules.compose_affine import compose_affine
from kan_equiv.rules.convert import derive_compact, derive_target
from kan_equiv.rules.derivation import Range
from kan_equiv.rules.expand_to_affine import is_columnwise
from kan_equiv.rules.fewest_units import layers_of_fewest_units
from kan_equiv.rules.normalize_units import normalize_units

__all__ = [
    "NormalForm",
    "matching_links",
    "normal_form",
    "plain_word",
    "prove_by_normal_form",
]

WHOLE = Interval(None, None)
ROUNDS = ((False, False), (False, True), (True, True))
"""(is_oriented, whether ranges are used), in order of cost."""
ROUNDS_WITHOUT = ((False, False), (True, False))


def prove_by_normal_form(question: Question) -> Outcome | None:
    """Prove two networks equal whose hidden units are the same but for their writing.

    Finds units permuted, scaled by positive numbers, doubled, split, turned around, or
    dead; on a box also units that never bend there; and affine stages multiplied out.
    """
    question.tell("comparing normal forms")
    left, right, box = question.left, question.right, question.domain
    found = matching_links(left, right, box, question.stop)
    if not isinstance(found, tuple):
        return found
    try:
        return certify_equal(left, right, found, box)
    except CertificateError as error:
        return Unknown(f"the normal forms are equal, but {error}")


def matching_links(
    left: Network,
    right: Network,
    domain: Box | None,
    stop: Callable[[], bool],
    with_ranges: bool = True,
) -> tuple[Link, ...] | Unknown | None:
    """Return links from left to right through a common normal form.

    None where a side has no normal form, or the time is up. Ranges are of words from
    the first stage on, so they are of no use in the middle of a network.
    """
    a, b = plain_word(left), plain_word(right)
    if a is None or b is None:
        return None
    everything = Box([WHOLE] * left.in_features)
    for is_oriented, uses_ranges in ROUNDS if with_ranges else ROUNDS_WITHOUT:
        box = (domain or everything) if uses_ranges else None
        a, b = (form.normalized(is_oriented, box, stop) for form in (a, b))
        if stop():
            return None
        if a.word == b.word:
            return (*a.links, *(k.reversed() for k in reversed(b.links)))
    return Unknown(_reason(a, b))


@dataclass(frozen=True, slots=True)
class NormalForm:
    """A word equal to a given network, and the links from that network to it."""

    word: Network
    links: tuple[Link, ...]

    def normalized(
        self, is_oriented: bool, box: Box | None, stop: Callable[[], bool]
    ) -> NormalForm:
        """Normalize each hidden layer, on a box by what the layers before it reach."""
        return _Walk(self, is_oriented, box).run(stop)


def normal_form(network: Network, domain: Box | None = None) -> NormalForm | None:
    """Return the normal form of a network, None where it has no plain units.

    >>> from kan_equiv.ir.build import mlp
    >>> deep = mlp([([[2], [4]], None), ([[1, 1]], None), ([[3]], None)])
    >>> form = normal_form(deep)
    >>> [stage.out_features for stage in form.word.stages], len(form.links)
    ([1, 1, 1, 1, 1], 2)
    """
    form = plain_word(network)
    if form is None:
        return None
    return form.normalized(False, domain, lambda: False)


def plain_word(network: Network) -> NormalForm | None:
    """Rewrite a network as Affine, Bank, Affine ... with one plain function per unit.

    Returns None where that is impossible, or would be too large.
    """
    if any(isinstance(s, (Parallel, VectorAtom)) for s in network.stages):
        return None
    try:
        compact = compose_affine(derive_compact(network, "hinge"))
        derivation = derive_target(layers_of_fewest_units(compact), "sequential")
    except ConversionError:
        return None
    word, links = list(derivation.target.stages), list(links_of(derivation.steps))
    at = 0
    while at <= len(word):
        width = word[at - 1].out_features if at else network.in_features
        is_bank = at < len(word) and isinstance(word[at], Bank)
        if at % 2 == 0 and (is_bank or at == len(word)):
            same = select(range(width), width)
            links.append(Link(at, width, (), (same,)))
            word.insert(at, same)
        at += 1
    banks = [s for s in word if isinstance(s, Bank)]
    if not all(map(is_columnwise, banks)):
        return None
    return NormalForm(Network(network.in_features, tuple(word)), tuple(links))


class _Walk:
    """Layer after layer, and back where a layer lost units."""

    def __init__(self, start: NormalForm, is_oriented: bool, box: Box | None) -> None:
        self.inputs = start.word.in_features
        self.word: list[Stage] = list(start.word.stages)
        self.links = list(start.links)
        self.is_oriented, self.box = is_oriented, box
        self.ranges: list[Range] = []

    def run(self, stop: Callable[[], bool]) -> NormalForm:
        at = 0
        while at + 2 < len(self.word) and not stop():
            at = self._layer(at)
        return NormalForm(Network(self.inputs, tuple(self.word)), tuple(self.links))

    def _layer(self, at: int) -> int:
        """Normalize the layer at a position; return where to go on."""
        old = self.word[at : at + 3]
        before, bank = self._unit_stages(at)
        after = old[2]
        assert isinstance(after, Affine)
        ranges = self._ranges(at)
        box = None
        if ranges is not None:
            box = ranges[-1].bounds if ranges else self.box
        if box is not None and box.is_everything:
            box, ranges = None, None
        new = normalize_units(before, bank, after, box, self.is_oriented)
        if tuple(old) != new:
            width = before.in_features
            link = Link(at, width, tuple(old), new, False, box, ranges or ())
            self.links.append(link)
            self.word[at : at + 3] = new
            del self.ranges[at // 2 :]
            if at and (len(new) == 1 or _has_zero_column(new[0])):
                return at - 2
        return at if len(new) == 1 else at + 2

    def _unit_stages(self, at: int) -> tuple[Affine, Bank]:
        before, bank = self.word[at : at + 2]
        assert isinstance(before, Affine)
        assert isinstance(bank, Bank)
        return before, bank

    def _ranges(self, at: int) -> tuple[Range, ...] | None:
        """Return what the layers before a position reach, one range a layer.

        None where nothing is known.
        """
        if self.box is None:
            return None
        while len(self.ranges) < at // 2:
            s = 2 * len(self.ranges)
            domain = self.ranges[-1].bounds if self.ranges else self.box
            before, bank = self._unit_stages(s)
            shown = range_of(before, bank, domain)
            if shown is None:
                return None
            self.ranges.append(shown)
        return tuple(self.ranges[: at // 2])


def _has_zero_column(stage: Stage) -> bool:
    assert isinstance(stage, Affine)
    _, ints, _ = stage.weight.columns(range(stage.in_features))
    return bool((ints == 0).all(axis=0).any())


def _reason(left: NormalForm, right: NormalForm) -> str:
    a, b = left.word, right.word
    if len(a.stages) != len(b.stages):
        depths = [len(w.stages) // 2 for w in (a, b)]
        return f"in normal form, left has {depths[0]} hidden layers, right {depths[1]}"
    pairs = enumerate(zip(a.stages, b.stages, strict=True))
    layer = next(s // 2 for s, (u, v) in pairs if u != v)
    return f"the normal forms differ from layer {layer} on"
