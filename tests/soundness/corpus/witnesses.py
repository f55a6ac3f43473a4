"""Points where the two sides do not differ, or not as is claimed."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.soundness.corpus.changes import (
    Changes,
    edit,
    find,
)


def swap_values(header: Any) -> None:
    place = header["judgements"][0]
    values = place["left_value"], place["right_value"]
    place["right_value"], place["left_value"] = values


CHANGED: Changes = {
    "witness_value_wrong": (
        "refuted_at_a_point",
        "another value than the kernel finds",
        edit("judgements", 0, "left_value", to=["1", "1"]),
    ),
    "witness_point_of_equality": (
        "refuted_at_a_point",
        "the sides agree at this point",
        edit("judgements", 0, "point", to=["0", "0"]),
    ),
    "witness_claims_equality": (
        "refuted_at_a_point",
        "a witness proves no equality",
        edit("claim", "kind", to="equal"),
    ),
    "witness_of_other_length": (
        "refuted_at_a_point",
        "the point has one coordinate",
        edit("judgements", 0, "point", to=["4"]),
    ),
    "defined_after_all": (
        "refuted_where_one_side_is_defined",
        "at 1 both sides are defined",
        edit("judgements", 0, "point", to=["1"]),
    ),
    "the_other_side_is_defined": (
        "refuted_where_one_side_is_defined",
        "it is the left side that is not defined",
        swap_values,
    ),
    "both_sides_undefined": (
        "refuted_where_one_side_is_defined",
        "the right side is defined",
        edit("judgements", 0, "right_value", to="undefined"),
    ),
    "undefined_is_no_number": (
        "refuted_where_one_side_is_defined",
        "the left side has no value",
        edit("judgements", 0, "left_value", to=["0", "1"]),
    ),
    "inside_of_both_domains": (
        "refuted_at_the_end_of_a_domain",
        "a little right of the end both sides are defined",
        edit("judgements", 0, "point", to=[str(Fraction(1, 3) + Fraction(1, 10**30))]),
    ),
    "end_of_a_piece_open": (
        "refuted_at_the_closed_end_of_a_piece",
        "log(x) does not stand at 0",
        lambda header: find(header, "guarded", -1)["functions"][0].update(points=[0]),
    ),
    "enclosures_elsewhere": (
        "refuted_with_enclosures",
        "the stated interval misses the value",
        edit("judgements", 0, "left_value", to=["1000", "1001"]),
    ),
}
