"""composition: one word of stages is turned into another by accepted windows.

Replacing a window by one that denotes the same function, in the same place, keeps the
function of the whole word: composition is a congruence.  A window that holds on a box
only may be used where all its arguments lie in that box.  Its arguments are the image
of the claim's domain under the stages before it.  The step cites ranges (judgements on
their own) whose words, joined, are exactly those stages as they stand at that moment:
the first maps the claim's domain into its bounds, the next one these into its own, and
so on, by induction, until the last bounds lie in the box of the window.  At the
beginning of the word no range is cited, and the claim's domain must lie in the box.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from .reader import (
    Domain,
    Fields,
    InvalidError,
    domain,
    items,
    natural,
    naturals,
    need,
)
from .stages import Network, Stage
from .windows import Window
from .work import spend, spend_product, words


class Established(NamedTuple):
    """What is claimed or shown of two networks, which are named by object index."""

    kind: str
    left: int
    right: int
    domain: Domain
    bounds: Sequence[Fraction] = ()


class Range(NamedTuple):
    """A word of stages maps its domain into the bounds: what a step may cite."""

    word: Network
    domain: Domain
    bounds: Domain


def sides(f: Fields, kind: str) -> tuple[Network, Network, Established]:
    """The two networks and the domain that a claim or a judgement speaks of."""
    a, b = natural(f["left"]), natural(f["right"])
    left, right = f.file.link(a, Network), f.file.link(b, Network)
    same = left.inputs == right.inputs and left.outputs == right.outputs
    need(same, "the networks differ in inputs or outputs")
    return left, right, Established(kind, a, b, domain(f["domain"], left.inputs))


def judge(f: Fields, earlier: Sequence[object]) -> Established:
    """composition: the steps lead from the left word to the right word."""
    left, right, shown = sides(f, "equal")
    word = list(left.indices)
    for step in items(f["steps"]):
        place, cited, direction, *ranges = items(step, 3, 4)
        at = natural(place, 0, len(word))
        window = earlier[natural(cited, 0, len(earlier) - 1)]
        if not isinstance(window, Window):
            raise InvalidError("a step cites something other than a window")
        need(direction in ("forward", "backward"), "unknown direction")
        old, new = window.left, window.right
        if direction == "backward":
            old, new = new, old
        end = at + len(old.indices)
        spend(len(word) + len(new.indices))
        need(word[at:end] == old.indices, f"the window does not stand at {at}")
        before = f.file.link(word[at - 1], Stage).outputs if at else left.inputs
        need(before == old.inputs, f"the window has other inputs than stand at {at}")
        if window.domain:
            cites = naturals(ranges[0], 0, len(earlier) - 1) if ranges else ()
            image = reach(word[:at], shown.domain, [earlier[c] for c in cites])
            need(lies_in(image, window.domain), "the arguments may leave the box")
        else:
            need(not ranges, "ranges are cited for a window without a box")
        word[at:end] = new.indices
    need(word == right.indices, "the steps do not end in the right network")
    return shown


def reach(prefix: Sequence[int], image: Domain, cited: Sequence[object]) -> Domain:
    """What holds the image of a domain under a prefix, by the cited ranges."""
    start = 0
    for shown in cited:
        if not isinstance(shown, Range):
            raise InvalidError("a step cites something other than a range")
        spend(len(prefix) + len(shown.domain))
        need(lies_in(image, shown.domain), "a range is of another box")
        end = start + len(shown.word.indices)
        same = list(prefix[start:end]) == shown.word.indices
        need(same, f"the stages of a range do not stand at {start}")
        start, image = end, shown.bounds
    need(start == len(prefix), "a window on a box, and no range up to its place")
    return image


def lies_in(inner: Domain, outer: Domain) -> bool:
    """Whether one domain is part of another."""
    if not inner or not outer:
        return not outer
    spend(8 * len(inner))
    for x in (x for ends in (*inner, *outer) for x in ends if x is not None):
        spend_product(words(x.numerator) + words(x.denominator) - 2)
    return all(
        (low is None or (a is not None and low <= a))
        and (high is None or (b is not None and b <= high))
        for (a, b), (low, high) in zip(inner, outer, strict=True)
    )
