"""Theorems about splines of all knots that are none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.soundness.corpus.changes import (
    Change,
    Changes,
    edit,
)


def in_both_statements(change: Callable[[Any], object]) -> Change:
    """A change of what a schema says, in its claim and in its judgement."""

    def changed(header: Any) -> None:
        for statement in (header["claim"], *header["judgements"]):
            change(statement)

    return changed


CHANGED: Changes = {
    "schema_of_another_sign": (
        "schema_hinge_degree_2",
        "the weight of the first unit is negated",
        in_both_statements(lambda s: s["rows"][0]["weight"][0].__setitem__(0, "-1")),
    ),
    "schema_without_a_factor": (
        "schema_local_degree_3",
        "a denominator lacks a factor",
        in_both_statements(lambda s: s["rows"][1]["weight"][0][2].pop()),
    ),
    "schema_of_units_in_another_order": (
        "schema_local_degree_3",
        "units have one order",
        in_both_statements(lambda s: s["rows"].reverse()),
    ),
    "schema_not_in_lowest_terms": (
        "schema_hinge_degree_2",
        "a factor stands above and below",
        in_both_statements(lambda s: s["rows"][0]["weight"][0][1].insert(0, [1, 0])),
    ),
    "schema_of_another_degree": (
        "schema_hinge_degree_2",
        "the units are those of degree 2",
        in_both_statements(lambda s: s.update(degree=1)),
    ),
    "schema_claims_more": (
        "schema_hinge_degree_2",
        "the judgement shows another statement",
        edit("claim", "rows", 0, "weight", 0, 0, to="2"),
    ),
}
