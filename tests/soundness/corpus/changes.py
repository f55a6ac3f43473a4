"""Changes of a header that make a good certificate a bad one.

A change is a function that is given the header, and changes it in place.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

Change = Callable[[Any], Any]
# The good certificate that is changed, the reason why it is bad then, and the change.
Changes = dict[str, tuple[str, str, Change]]


def edit(*path: Any, to: Any) -> Change:
    def change(header: Any) -> None:
        at = header
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = to

    return change


def find(header: Any, kind: str, nth: int = 0) -> Any:
    return [o for o in header["objects"] if o["type"] == kind][nth]


def within(kind: str, key: str, to: Any) -> Change:
    def change(header: Any) -> None:
        find(header, kind)[key] = to

    return change


def judgement(header: Any, kind: str, nth: int = 0) -> Any:
    return [j for j in header["judgements"] if j["kind"] == kind][nth]


def wider_box(header: Any) -> None:
    for place in (header["claim"], *header["judgements"]):
        place["domain"] = [["-1", "16/5"], ["-1", "16/5"]]


def all_of_space(header: Any) -> None:
    for place in (header["claim"], *header["judgements"]):
        place["domain"] = []


def shrink_image(header: Any) -> None:
    for judgement in header["judgements"]:
        if judgement["kind"] == "range":
            for ends in judgement["bounds"]:
                ends[0] = str((Fraction(ends[0]) + Fraction(ends[1])) / 2)
