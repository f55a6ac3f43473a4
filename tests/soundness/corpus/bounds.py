"""Bounds of a difference that are too small, or that nothing shows."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.soundness.corpus.changes import (
    Changes,
    find,
    shrink_image,
)


def shrink_bound(header: Any) -> None:
    for entry in (header["judgements"][-1]["bounds"], header["claim"]["epsilon"]):
        entry[0] = str(Fraction(entry[0]) - Fraction(1, 1 << 40))


def shrink_error(header: Any) -> None:
    last = header["judgements"][-1]["layers"][-1]["errors"]
    for entry in (last, header["claim"]["epsilon"]):
        entry[0] = str(Fraction(entry[0]) * Fraction(99, 100))


def equality_left_out(header: Any) -> None:
    header["judgements"][-1]["right_equal"] = []


def scale_not_undone(header: Any) -> None:
    """The first diagonal map of the aligned network has another first entry."""
    diagonal = find(header, "block_diagonal")
    diagonal["block_of"][0] = diagonal["block_of"][1]


def raise_attained(header: Any) -> None:
    for entry in (header["judgements"][-1]["attained"], header["claim"]["attained"]):
        entry[0] = str(Fraction(entry[0]) * Fraction(101, 100))


def raise_epsilon(header: Any) -> None:
    for place in (header["judgements"][-1], header["claim"]):
        place["epsilon"] = "1000"


CHANGED: Changes = {
    "bound_too_small": (
        "within_on_a_box",
        "the bound is 2^-40 too small",
        shrink_bound,
    ),
    "error_too_small": (
        "within_layer_by_layer",
        "the error of the last layer is a hundredth too small",
        shrink_error,
    ),
    "image_too_small": (
        "within_layer_by_layer",
        "the box between the layers is half of the image",
        shrink_image,
    ),
    "layer_left_out": (
        "within_layer_by_layer",
        "the words do not make up the networks",
        lambda header: header["judgements"][-1]["layers"].pop(0),
    ),
    "transfer_without_equality": (
        "within_of_units_reordered",
        "nothing says that the aligned network is the right one",
        equality_left_out,
    ),
    "scale_of_a_unit_not_undone": (
        "within_of_units_reordered",
        "a unit is scaled, and not scaled back",
        scale_not_undone,
    ),
    "attained_too_large": (
        "supremum_layer_by_layer",
        "less is attained at the point",
        raise_attained,
    ),
    "attained_in_a_layer_too_large": (
        "within_on_a_box",
        "less is attained at the point",
        raise_attained,
    ),
    "exceeds_less": (
        "exceeds_at_a_point",
        "the difference at the point is smaller",
        raise_epsilon,
    ),
}
