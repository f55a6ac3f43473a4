"""transfer: what bounds the difference of two networks bounds that of equal ones.

Equality is transitive, so on either side a chain of compositions may lead from the
network that is spoken of to the one whose bound is cited.  Each link of the chain holds
on a domain that contains the one of the claim.
"""

from __future__ import annotations

from collections.abc import Sequence

from .composition import Established, lies_in, sides
from .reader import Fields, InvalidError, Json, natural, naturals, need


def judge(f: Fields, earlier: Sequence[object]) -> Established:
    """within: left and right are equal to networks with these bounds."""
    _, _, shown = sides(f, "within")
    near = _established(f["within"], earlier, "within")
    need(lies_in(shown.domain, near.domain), "the bound is of another box")
    for key, index, end in (
        ("left_equal", shown.left, near.left),
        ("right_equal", shown.right, near.right),
    ):
        for cited in naturals(f[key], 0, len(earlier) - 1):
            step = _established(cited, earlier, "equal")
            need(lies_in(shown.domain, step.domain), f"{key}: equal on another domain")
            need(step.left == index, f"{key}: the equality is of another network")
            index = step.right
        need(index == end, f"{key} does not lead to the network of the bound")
    return shown._replace(bounds=near.bounds)


def _established(cited: Json, earlier: Sequence[object], kind: str) -> Established:
    shown = earlier[natural(cited, 0, len(earlier) - 1)]
    if not isinstance(shown, Established) or shown.kind != kind:
        raise InvalidError(f"it cites something other than a judgement {kind!a}")
    return shown
