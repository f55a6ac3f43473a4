"""Schemas that are written in another way than the one way, or say what is not so."""

from __future__ import annotations

from typing import Any

from tests.soundness.corpus.small.writer import Writer, alone, first


def hats(b: Writer, *weights: Any, form: str = "hinge", units: Any = None) -> None:
    """Hats as hinges: weights other than the right ones may be given for some."""
    right = [
        [["1", [], [[1, 0]]]],
        [["-1", [[2, 0]], [[1, 0], [2, 1]]]],
        [["1", [], [[2, 1]]]],
    ]
    chosen = [given or own for given, own in zip(weights, right, strict=False)]
    listed = units or [["hinge", j] for j in range(3)]
    rows = [
        {"unit": unit, "weight": weight}
        for unit, weight in zip(listed, [*chosen, *right[len(chosen) :]], strict=True)
    ]
    statement = {"degree": 1, "form": form, "rows": rows}
    b.claim = {"kind": "schema"} | statement
    b.judge("schema", **statement)


@alone("a schema has no objects", "schema", "not f.file.raw")
def schema_with_an_object(b):
    b.network(1)
    hats(b)


@alone("the middle hinge has another weight", "schema", "is_zero(terms)")
def schema_of_another_weight(b):
    hats(b, None, [["-1", [], [[1, 0]]]])


@first("a hinge without its knot", "schema", "len(knots) == INDICES.get(text(name))")
def schema_of_a_hinge_without_a_knot(b):
    hats(b, units=[["hinge"], ["hinge", 1], ["hinge", 2]])


@alone("the units have one order", "schema", "units in shapes(form, p)")
def schema_of_another_order(b):
    last_two = [["1", [], [[2, 1]]]], [["-1", [[2, 0]], [[1, 0], [2, 1]]]]
    hats(b, None, *last_two, units=[["hinge", j] for j in (0, 2, 1)])


@alone("no form of this name", "schema", "form == 'local'")
def schema_of_another_form(b):
    below = [["1", [], [[1, 0]]]]
    above = [["1", [], [[2, 1]]]]
    units = [["constant"], ["below", 0, 1], ["above", 2, 1]]
    hats(b, [["-1", [], []]], below, above, form="global", units=units)


@alone("the weights are halves", "schema", "proper")
def schema_of_halves(b):
    hats(b, [["1/2", [], [[1, 0]]]])


@alone("t_0 - t_1 is negative", "schema", "all((a > b for a, b")
def schema_of_a_negative_factor(b):
    hats(b, [["-1", [], [[0, 1]]]])


@alone("factors are not in order", "schema", "list(numerator) == sorted(numerator)")
def schema_of_unordered_factors(b):
    one, zero = (
        ["1", [], [[1, 0]]],
        [["1", [[2, 1], [1, 0]], []], ["-1", [[1, 0], [2, 1]], []]],
    )
    hats(b, [one, *zero])


@alone("denominators are not in order", "schema", "list(denominator) == sorted(set(")
def schema_of_unordered_denominators(b):
    hats(b, None, [["-1", [[2, 0]], [[2, 1], [1, 0]]]])


@alone("t_2 - t_0 stands above and below", "schema", "not set(numerator) & set(denom")
def schema_with_a_factor_above_and_below(b):
    hats(b, [["1", [[2, 0]], [[1, 0], [2, 0]]]])
