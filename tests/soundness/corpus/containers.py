"""One layer and its hinges: malformed files, and windows that are wrong."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.kernel.hostile import exp_after_a_shift, wide_identity
from tests.soundness.corpus.changes import (
    Change,
    Changes,
    edit,
    find,
    within,
)


def drop_last_step(header: Any) -> None:
    header["judgements"][-1]["steps"].pop()


def swap_sides(header: Any) -> None:
    claim = header["claim"]
    claim["left"], claim["right"] = claim["right"], claim["left"]


def move_knot(header: Any) -> None:
    knots = find(header, "bspline")["knots"]
    knots[2] = str(Fraction(knots[2]) + Fraction(1, 1 << 60))


def move_hinge(header: Any) -> None:
    term = find(header, "truncated_power")["terms"][3]
    term[0] = str(Fraction(term[0]) + Fraction(1, 1 << 60))


def lower_degree(header: Any) -> None:
    find(header, "truncated_power")["terms"][2][1] = 1


def drop_hinge(header: Any) -> None:
    find(header, "truncated_power")["terms"].pop()


def scale_denominator(header: Any) -> None:
    tensor = next(
        o
        for o in header["objects"]
        if o["type"] == "integer_tensor" and len(o["shape"]) == 2
    )
    tensor["denominators"][0] = str(int(tensor["denominators"][0]) + 1)


def forward_reference(header: Any) -> None:
    header["objects"][-1]["stages"][0] = len(header["objects"]) + 1


def cite_later(header: Any) -> None:
    header["judgements"][-1]["steps"][0][1] = len(header["judgements"])


HINGE: dict[str, tuple[str, Change]] = {
    "unknown_format": ("the format has another name", edit("format", to="cert")),
    "unknown_claim": ("a kind of claim that is none", edit("claim", "kind", to="eq")),
    "unknown_judgement": (
        "a kind of judgement that is none",
        edit("judgements", 0, "kind", to="trust_me"),
    ),
    "unknown_object": ("an object of no known type", within("bank", "type", "tank")),
    "extra_key": ("a key that the format lacks", within("bank", "note", "hi")),
    "claim_on_a_box": (
        "the proof is for R^n",
        edit("claim", "domain", to=[["0", "1"]]),
    ),
    "last_step_missing": ("the steps end elsewhere", drop_last_step),
    "sides_swapped": ("the composition shows the other order", swap_sides),
    "knot_moved": ("a spline's knot is off by 2^-60", move_knot),
    "hinge_moved": ("a hinge is off by 2^-60", move_hinge),
    "hinge_of_lower_degree": ("a hinge has degree 1 in place of 2", lower_degree),
    "hinge_missing": ("fewer hinges than knots", drop_hinge),
    "grid_map_denominator": ("one column of the grid map is off", scale_denominator),
    "forward_reference": ("an object refers to a later one", forward_reference),
    "cites_a_later_judgement": ("a step cites what is not shown yet", cite_later),
    "step_at_minus_one": (
        "a step stands before the word",
        edit("judgements", -1, "steps", 0, 0, to=-1),
    ),
    "step_elsewhere": (
        "the window does not stand there",
        edit("judgements", -1, "steps", 0, 0, to=1),
    ),
    "step_backward": (
        "the right side does not stand there",
        edit("judgements", -1, "steps", 0, 2, to="backward"),
    ),
    "wrong_in_features": (
        "the window has another number of inputs",
        edit("judgements", 0, "in_features", to=3),
    ),
    "boolean_for_integer": (
        "true is no integer",
        edit("judgements", 0, "in_features", to=True),
    ),
    "no_judgements": ("a claim without a proof", edit("judgements", to=[])),
    "unreduced_rational": (
        "2/4 is not in lowest terms",
        within("bspline", "knots", ["0", "2/4", "1", "2", "3", "4", "5", "6"]),
    ),
    "decreasing_knots": (
        "knots decrease",
        within("bspline", "knots", ["0", "2", "1", "3", "4", "5", "6", "7"]),
    ),
    "degree_changed": (
        "the splines have another degree",
        within("bspline", "degree", 1),
    ),
    "negative_index": ("basis -1", within("bank", "basis_of", [0, -1])),
    "unused_basis": (
        "a bank has a basis that no input uses",
        within("bank", "basis_of", [0, 0]),
    ),
}
CHANGED: Changes = {k: ("layer_hinge_degree_2", *v) for k, v in HINGE.items()}


def raw(plain: bytes) -> dict[str, tuple[str, bytes]]:
    """Why, and the bytes: what no change of a header gives, and what a file may ask."""
    return {
        "cut_short": ("the last byte is missing", plain[:-1]),
        "trailing_byte": ("a byte too many", plain + b"\0"),
        "flipped_bit": (
            "a buffer has another sha256",
            plain[:-1] + bytes([plain[-1] ^ 1]),
        ),
        "not_ours": ("no magic bytes", b"PK\3\4" + plain[4:]),
        "empty": ("no bytes at all", b""),
        "spaces_in_header": ("the header is not canonical", spaced(plain)),
        "unknown_version": ("version 2 is not known", of_version(plain, 2)),
        "slope_of_exp_rounded_down": (
            "the bound is below the difference by one part in 2^129",
            exp_after_a_shift(below=1)[0],
        ),
        "small_and_wide": ("2^24 inputs in 400 bytes", wide_identity()),
    }


def spaced(data: bytes) -> bytes:
    size = int.from_bytes(data[8:16], "little")
    text = data[16 : 16 + size].replace(b'"claim":', b'"claim": ', 1)
    return data[:8] + len(text).to_bytes(8, "little") + text + data[16 + size :]


def of_version(data: bytes, number: int) -> bytes:
    return data.replace(b'"version":1', b'"version":%d' % number)
