"""Two words that are not the same function, or not where it is claimed."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.soundness.corpus.changes import (
    Changes,
    edit,
    find,
    judgement,
    wider_box,
    within,
)


def shift_atom(header: Any) -> None:
    find(header, "atom")["atoms"][0][2] = str(Fraction(1, 2) + Fraction(1, 10**30))


def turn_atom(header: Any) -> None:
    find(header, "atom")["atoms"][0][1:] = ["1", "-1/2"]


def rename_atom(header: Any) -> None:
    find(header, "atom")["atoms"][0][0] = "gelu"


def fewer_cells(header: Any) -> None:
    header["judgements"][0]["cells"] -= 1


def knot_in_reach(header: Any) -> None:
    function = find(header, "piecewise", -1)["functions"][0]
    function["breakpoints"][1] = function["values"][1] = "3/2"
    function["pieces"][2][0] = "-3/2"


def jump_out_of_reach(header: Any) -> None:
    find(header, "piecewise", -1)["functions"][0]["pieces"][2][0] = "-4"


def factor_left_out(header: Any) -> None:
    last = [o for o in header["objects"] if o["type"] == "product"][-1]
    last["groups"][0].pop()


def reach_less(header: Any) -> None:
    bounds = judgement(header, "range")["bounds"]
    bounds[0][1] = "5/2"


def citing(header: Any) -> Any:
    """A step that cites ranges."""
    return next(s for s in header["judgements"][-1]["steps"] if len(s) == 4)


def no_ranges(header: Any) -> None:
    del citing(header)[3]


def empty_ranges(header: Any) -> None:
    citing(header)[3] = []


def ranges_twice(header: Any) -> None:
    citing(header)[3] *= 2


def window_as_range(header: Any) -> None:
    step = citing(header)
    step[3] = [step[1]]


def bound_too_small(header: Any) -> None:
    side = judgement(header, "range")["bounds"][0]
    side[1] = str(Fraction(side[1]) - Fraction(1, 1 << 40))


def range_of_a_smaller_box(header: Any) -> None:
    judgement(header, "range")["domain"][0] = ["0", "1/2"]


def range_of_other_stages(header: Any) -> None:
    judgement(header, "range")["stages"].reverse()


def claim_on_a_larger_box(header: Any) -> None:
    for place in (header["claim"], header["judgements"][-1]):
        place["domain"] = [["0", "1"], ["0", "2"]]


CHANGED: Changes = {
    **{
        f"premises_{change.__name__}": ("hidden_units_that_never_bend", why, change)
        for why, change in (
            ("a window on a box inside the word cites no ranges", no_ranges),
            ("the cited ranges stop before the window", empty_ranges),
            ("the cited ranges go beyond the window", ranges_twice),
            ("a step cites a window as a range", window_as_range),
            ("a bound is 2^-40 too small", bound_too_small),
            ("the range is of a part of the claim's box", range_of_a_smaller_box),
            ("the range is of other stages", range_of_other_stages),
            ("the claim's box is larger than that of the range", claim_on_a_larger_box),
        )
    },
    "product_with_a_factor_less": (
        "products_as_squares",
        "the product of pairs leaves out a factor",
        factor_left_out,
    ),
    "range_that_leaves_out_a_bend": (
        "mlp_as_splines_on_a_box",
        "a hidden unit reaches more than its grid",
        reach_less,
    ),
    "box_too_wide": ("equal_on_a_box_only", "they differ right of 3", wider_box),
    "maximum_of_two_of_three": (
        "maxima_in_pairs",
        "the third input is left out of one side",
        edit("objects", 0, "groups", 0, 2, to=1),
    ),
    "regions_one_cell_short": (
        "regions_of_a_plane",
        "there is one cell more than stated",
        fewer_cells,
    ),
    "regions_knot_in_reach": (
        "regions_of_a_plane",
        "the knot that no input reaches is moved to 3/2",
        knot_in_reach,
    ),
    "regions_of_a_jump": (
        "regions_of_a_plane",
        "the hinge out of reach becomes a jump",
        jump_out_of_reach,
    ),
    "atom_shifted": (
        "atoms_by_their_identities",
        "the argument of the first silu is off by 1e-30",
        shift_atom,
    ),
    "atom_turned": (
        "atoms_by_their_identities",
        "silu(x - 1/2) in place of silu(-x + 1/2)",
        turn_atom,
    ),
    "atom_renamed": (
        "atoms_by_their_identities",
        "gelu in place of silu",
        rename_atom,
    ),
    "ridge_box_too_wide": (
        "ridge_functions_on_a_box",
        "a unit is active on the wider box",
        wider_box,
    ),
    "ridge_unit_of_degree_2": (
        "ridge_functions_on_a_box",
        "the units of the left side are squares",
        within("truncated_power", "terms", [["0", 2]]),
    ),
    "ridge_fourth_powers": (
        "ridge_powers_that_cancel",
        "the cubes cancel, fourth powers do not",
        within("monomial", "degrees", [4]),
    ),
}
