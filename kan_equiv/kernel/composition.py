"""composition: one word of stages is turned into another by accepted windows.

Replacing a window by one that denotes the same function, in the same place, keeps the
function of the whole word: composition is a congruence.  A window that holds on a box
only may stand at the beginning alone, where its arguments are the points of the box.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from .reader import Domain, Fields, InvalidError, domain, items, natural, need
from .stages import Network, Stage
from .windows import Window


class Established(NamedTuple):
    """What is claimed or shown of two networks, which are named by object index."""

    kind: str
    left: int
    right: int
    domain: Domain
    bounds: Sequence[Fraction] = ()


def sides(f: Fields, kind: str) -> tuple[Network, Network, Established]:
    """The two networks and the domain that a claim or a judgement speaks of."""
    a, b = natural(f["left"]), natural(f["right"])
    left, right = f.file.link(a, Network), f.file.link(b, Network)
    same = left.inputs == right.inputs and left.outputs == right.outputs
    need(same, "the networks differ in inputs or outputs")
    where = domain(f["domain"], left.inputs)
    return left, right, Established(kind, a, b, where)


def judge(f: Fields, earlier: Sequence[object]) -> Established:
    """composition: the steps lead from the left word to the right word."""
    left, right, shown = sides(f, "equal")
    word = list(left.indices)
    for step in items(f["steps"]):
        place, cited, direction = items(step, 3, 3)
        at = natural(place, 0, len(word))
        window = earlier[natural(cited, 0, len(earlier) - 1)]
        if not isinstance(window, Window):
            raise InvalidError("a step cites something other than a window")
        need(direction in ("forward", "backward"), "unknown direction")
        old, new = window.left, window.right
        if direction == "backward":
            old, new = new, old
        whole = window.domain == shown.domain and at == 0
        need(whole or not window.domain, "a window on a box, in another place or box")
        end = at + len(old.indices)
        need(word[at:end] == old.indices, f"the window does not stand at {at}")
        before = f.file.link(word[at - 1], Stage).outputs if at else left.inputs
        need(before == old.inputs, f"the window has other inputs than stand at {at}")
        word[at:end] = new.indices
    need(word == right.indices, "the steps do not end in the right network")
    return shown
