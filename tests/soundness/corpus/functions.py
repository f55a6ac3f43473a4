"""Ratios, logs, roots and pieces that are other functions, or not defined there."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.soundness.corpus.changes import (
    Change,
    Changes,
    all_of_space,
    edit,
    find,
)


def constant_of_log(to: str) -> Change:
    def change(header: Any) -> None:
        atoms = [a for o in header["objects"] for a in o.get("atoms", [])]
        next(a for a in atoms if a == ["log", "0", "3"])[2] = to

    return change


def guard(key: str, to: Any) -> Change:
    def change(header: Any) -> None:
        bases = [o for o in header["objects"] if o["type"] == "guarded"]
        functions = [f for basis in bases for f in basis["functions"]]
        next(f for f in functions if f["atom"] == ["log", "6", "0"])[key] = to

    return change


def moved_root(header: Any) -> None:
    atoms = [a for o in header["objects"] for a in o.get("atoms", [])]
    next(a for a in atoms if a[:2] == ["sqrt", "8"])[2] = str(4 + Fraction(1, 10**30))


def root_for_log(header: Any) -> None:
    atoms = [a for o in header["objects"] for a in o.get("atoms", [])]
    next(a for a in atoms if a == ["log", "1", "-1"])[0] = "sqrt"


def ratio_term(key: str, to: Any) -> Change:
    def change(header: Any) -> None:
        find(header, "rational")["functions"][0][0][key] = to

    return change


CHANGED: Changes = {
    "ratio_with_a_root": (
        "ratios_of_polynomials",
        "x^2 - 1 has roots where the ratio stands",
        ratio_term("denominator", ["-1", "0", "1"]),
    ),
    "ratio_with_a_root_at_the_end": (
        "ratios_on_a_half_line",
        "x - 1 is 0 at the closed end of the cell",
        ratio_term("denominator", ["-1", "1"]),
    ),
    "ratio_not_monic": (
        "ratios_of_polynomials",
        "the denominator is 2 x^2 + 1",
        ratio_term("denominator", ["1", "0", "2"]),
    ),
    "ratio_of_another_denominator": (
        "ratios_of_polynomials",
        "the denominator is x^2 + 4 + 10^-30",
        ratio_term("denominator", [str(4 + Fraction(1, 10**30)), "0", "1"]),
    ),
    "ratio_to_another_power": (
        "ratios_of_polynomials",
        "the power is 2",
        ratio_term("power", 2),
    ),
    "ratio_of_high_degree": (
        "ratios_of_polynomials",
        "the numerator has the degree of the denominator",
        ratio_term("pieces", [["0", "0", "1"]]),
    ),
    "half_line_left_out": (
        "ratios_on_a_half_line",
        "the functions differ left of 1",
        all_of_space,
    ),
    "all_of_space_as_a_box": (
        "ratios_of_polynomials",
        "R^n has one spelling, []",
        edit("claim", "domain", to=[["-inf", "inf"], ["-inf", "inf"]]),
    ),
    "log_of_another_constant": (
        "logs_and_roots",
        "log(5) in place of log(3)",
        constant_of_log("5"),
    ),
    "log_of_a_constant_that_is_not_defined": (
        "logs_and_roots",
        "log(0) is no constant",
        constant_of_log("0"),
    ),
    "root_at_another_point": (
        "logs_and_roots",
        "a branch point is moved by 1e-30",
        moved_root,
    ),
    "one_point_is_left": (
        "defined_nowhere",
        "log(x - 1) becomes sqrt(x - 1): that side is defined at 1",
        root_for_log,
    ),
    "half_line_left_out_of_a_root": (
        "square_of_a_root_on_a_half_line",
        "left of 0 only one side is defined",
        all_of_space,
    ),
    "piece_moved": (
        "atoms_in_pieces",
        "log(6 x) begins at 1 + 1e-30",
        guard("ends", [str(1 + Fraction(1, 10**30))]),
    ),
    "piece_closed": (
        "atoms_in_pieces",
        "log(6 x) stands at 1 too",
        guard("points", [1]),
    ),
    "piece_out_of_its_domain": (
        "atoms_in_pieces",
        "log(6 x) begins at -1",
        guard("ends", ["-1"]),
    ),
    "piece_with_a_flag_of_2": (
        "atoms_in_pieces",
        "an atom stands or does not",
        guard("cells", [0, 2]),
    ),
}
