"""Bounds of float errors that do not hold, or that nothing shows."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.soundness.corpus.changes import (
    Change,
    Changes,
    edit,
    find,
    shrink_image,
)


def programs(header: Any) -> Any:
    return find(header, "straight_line")["programs"]


def another_instruction(old: str, new: str) -> Change:
    def change(header: Any) -> None:
        line = next(i for p in programs(header) for i in p if i[0] == old)
        line[0] = new

    return change


def constant_off(header: Any) -> None:
    line = next(i for p in programs(header) for i in p if i[0] == "constant")
    line[1] = str(Fraction(line[1]) + Fraction(1, 1 << 60))


def division_left_out(header: Any) -> None:
    for program in programs(header):
        program.pop()


def copy_differs(header: Any) -> None:
    """The first function of the second copy is 0."""
    held = programs(header)
    held[len(held) // 2] = [["constant", "0"]]


def in_another_format(name: str) -> Change:
    def change(header: Any) -> None:
        for place in (header["claim"], header["judgements"][-1]):
            place["format"] = name

    return change


def distance_not_cited(header: Any) -> None:
    header["judgements"][-1]["within"] = []


def shrink_float_error(header: Any) -> None:
    error = header["judgements"][-1]["layers"][-1]["errors"]
    epsilon = header["claim"]["epsilon"]
    less = Fraction(error[0]) / (1 << 20)
    for entry in (error, epsilon):
        entry[0] = str(Fraction(entry[0]) - less)


CHANGED: Changes = {
    **{
        f"floats_{name}": (base, why, change)
        for name, base, why, change in (
            (
                "error_too_small",
                "floats_of_cubic_splines",
                "the bound is one part in 2^20 too small",
                shrink_float_error,
            ),
            (
                "constant_off",
                "floats_of_hats",
                "a constant is off by 2^-60, and no float32",
                constant_off,
            ),
            (
                "maximum_for_minimum",
                "floats_of_hats",
                "another function over the reals",
                another_instruction("minimum", "maximum"),
            ),
            (
                "sum_for_difference",
                "floats_of_cubic_splines",
                "another function over the reals",
                another_instruction("subtract", "add"),
            ),
            (
                "without_division",
                "floats_of_a_divided_sum",
                "the sum is not divided by 3!",
                division_left_out,
            ),
            (
                "in_single",
                "floats_in_double",
                "float64 numbers in a float32 program",
                in_another_format("float32"),
            ),
            (
                "copy_differs",
                "floats_in_split_products",
                "the copies of a column differ",
                copy_differs,
            ),
            (
                "as_one_term",
                "floats_in_split_products",
                "unsplit products in tf32 are farther off",
                edit("judgements", -1, "terms", to=1),
            ),
            (
                "another_machine",
                "floats_layer_by_layer",
                "the claim is of atoms within 4 units",
                edit("claim", "ulps", to=4),
            ),
            (
                "image_too_small",
                "floats_layer_by_layer",
                "the box between the layers is half of the image",
                shrink_image,
            ),
            (
                "distance_not_cited",
                "floats_of_hats",
                "nothing bounds the difference over the reals",
                distance_not_cited,
            ),
            (
                "claims_the_reals",
                "floats_of_hats",
                "a bound of float errors shows no claim over the reals",
                edit("claim", "kind", to="within"),
            ),
            (
                "layer_left_out",
                "floats_layer_by_layer",
                "the layers do not make up the program",
                lambda header: header["judgements"][-1]["layers"].pop(0),
            ),
        )
    },
}
