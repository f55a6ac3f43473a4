"""Schemas: statements about symbolic knots, refused unless they hold for all knots."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from fractions import Fraction
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kan_equiv.kernel import check, schema
from kan_equiv.kernel.__main__ import main
from tests.kernel.builder import Builder, container
from tests.thinning import thinned

F = Fraction
CASES = [
    (p, form, center)
    for p in (1, 2, 3)
    for form, centers in (("hinge", [0]), ("local", range(1, p + 1)))
    for center in centers
]


def product(sign, up, down):
    above, below = Counter(up), Counter(down)
    parts = (above - below, below - above)
    return [str(sign), *(sorted(map(list, part.elements())) for part in parts)]


def weight(p, j, sign=1, times=()):
    others = [(max(j, l), min(j, l)) for l in range(p + 2) if l != j]
    return product(sign * (-1) ** j, [(p + 1, 0), *times], others)


def statement(p, form, center=0):
    rows = []
    if form == "local":
        constant = [weight(p, j, -1, [(center, j)] * p) for j in range(center)]
        rows.append({"unit": ["constant"], "weight": constant})
    for j in range(p + 2):
        if form == "hinge":
            rows.append({"unit": ["hinge", j], "weight": [weight(p, j)]})
        elif j != center:
            unit, sign = ("below", 1) if j < center else ("above", (-1) ** (p + 1))
            rows.append({"unit": [unit, j, center], "weight": [weight(p, j, sign)]})
    return {"kind": "schema", "degree": p, "form": form, "rows": rows}


def certificate(claim, judgement=None, **changes):
    header = {
        "format": "kan_equiv.certificate",
        "version": 1,
        "buffers": [],
        "objects": [],
        "claim": claim,
        "judgements": [claim if judgement is None else judgement],
        "metadata": {},
    }
    return container(header | changes, [])


def invalid(reason, claim, judgement=None, **changes):
    verdict = check(certificate(claim, judgement, **changes))
    assert verdict.verdict == "invalid"
    assert reason in verdict.reason, verdict.reason


# --- what holds --------------------------------------------------------------------


@pytest.mark.parametrize(("p", "form", "center"), CASES)
def test_valid(p, form, center):
    verdict = check(certificate(statement(p, form, center)))
    assert (verdict.verdict, verdict.reason) == ("valid", "")
    assert (verdict.left, verdict.right) == ("", "")
    assert verdict.modules[-1] == "schema"


def test_the_sentence_is_a_theorem_with_quantifiers():
    assert check(certificate(statement(1, "hinge"))).claim == (
        "for all real t_0 < t_1 < t_2 and all real x, the B-spline of degree 1 on "
        "these knots has at x the value [1 / (t_1 - t_0)] max(x - t_0, 0) + "
        "[-(t_2 - t_0) / ((t_1 - t_0) (t_2 - t_1))] max(x - t_1, 0) + "
        "[1 / (t_2 - t_1)] max(x - t_2, 0); hence, for all numbers of inputs, outputs "
        "and pieces, all strictly increasing knots and all coefficients, a layer of "
        "B-splines of degree 1 equals Linear, ReLU, Linear on all of R^n"
    )


def test_the_sentence_of_the_local_form():
    claim = check(certificate(statement(2, "local", 1))).claim
    assert "[-(t_1 - t_0) / (t_2 - t_0)] + [" in claim
    assert "max(min(x, t_1) - t_0, 0)^2" in claim
    assert "max(t_3 - max(x, t_1), 0)^2" in claim
    assert "equals Linear, ReLU, Linear, ReLU^2, Linear on all of R^n" in claim


def test_as_a_command(tmp_path, capsys):
    path = tmp_path / "schema.cert"
    path.write_bytes(certificate(statement(3, "hinge")))
    assert main([str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "valid"
    assert lines[1].startswith("claim: for all real t_0 < t_1 < t_2 < t_3 < t_4 and")
    assert not any(line.startswith(("left:", "right:")) for line in lines)


# --- both sides against plain recurrences on numbers ---------------------------------


def cox_de_boor(t, j, q, x):
    if q == 0:
        return F(t[j] <= x < t[j + 1])
    left = (x - t[j]) / (t[j + q] - t[j])
    right = (t[j + q + 1] - x) / (t[j + q + 1] - t[j + 1])
    return left * cox_de_boor(t, j, q - 1, x) + right * cox_de_boor(t, j + 1, q - 1, x)


def evaluated(polynomial, values):
    return sum(
        c * prod(v**e for v, e in zip(values, key, strict=True))
        for key, c in polynomial.items()
    )


def unit_value(unit, p, t, x):
    name, knots = unit
    if name == "constant":
        return F(1)
    at = t[knots[0]]
    if name == "hinge":
        return max(x - at, F(0)) ** p
    c = t[knots[1]]
    return max(min(x, c) - at if name == "below" else at - max(x, c), F(0)) ** p


@pytest.mark.parametrize("p", [1, 2, 3])
def test_both_sides_on_every_half_open_cell(p):
    t = [F(v) for v in (-2, F(-1, 3), 1, F(7, 2), 4)][: p + 2]
    units = [
        ("constant", ()),
        *[("hinge", (j,)) for j in range(p + 2)],
        *[
            (n, (j, c))
            for n in ("below", "above")
            for j in range(p + 2)
            for c in (0, 1)
        ],
    ]
    for cell in range(p + 3):
        low = t[cell - 1] if cell else t[0] - 3
        for x in (low, low + F(1, 7)):  # the left end belongs to the cell
            terms = schema.bspline(0, p, cell, p + 3)
            total = sum(
                evaluated(polynomial, [x, *t]) / prod(t[a] - t[b] for a, b in down)
                for polynomial, down in terms
            )
            assert total == cox_de_boor(t, 0, p, x)
            for unit in units:
                found = evaluated(schema.value(unit, p, cell), [x, *t])
                assert found == unit_value(unit, p, t, x), (unit, cell, x)


# --- what does not hold ------------------------------------------------------------


def leaves(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
        return
    yield path, value
    if isinstance(value, list):
        for n, inner in enumerate(value):
            yield from leaves(inner, (*path, n))


def mutants(value):
    if isinstance(value, int):
        return [value + 1, value - 1, -value - 1, True, str(value)]
    if isinstance(value, str):
        if value.lstrip("-").isdigit():
            return [
                str(-int(value)),
                str(int(value) + 1),
                "0",
                f"{value}/2",
                int(value),
            ]
        return ["hinge", "local", "below", "above", "constant", value + "x", 0]
    return [[], [*value, 0], [*value, *value[:1]], value[:-1], value[::-1]]


def replaced(claim, path, value):
    out = copy.deepcopy(claim)
    at = out
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return out


@pytest.mark.parametrize(("p", "form", "center"), CASES)
def test_every_mutation_is_rejected(p, form, center):
    right = statement(p, form, center)
    fields = [
        (path, [wrong for wrong in mutants(value) if differs(path, value, wrong)])
        for path, value in leaves(right)
        if path != ("kind",)
    ]
    tried = 0
    for path, wrong in thinned(fields):
        mutated = replaced(right, path, wrong)
        for pair in ((mutated, mutated), (mutated, right), (right, mutated)):
            tried += 1
            assert check(certificate(*pair)).verdict == "invalid", (path, wrong)
    assert tried > 200


def differs(path, value, wrong):
    if path[-1] == "weight" and wrong == value[::-1]:
        return False  # the same sum in another order is as true
    return wrong != value or type(wrong) is not type(value)


@given(st.sampled_from(CASES), st.data())
@settings(max_examples=60, deadline=None)
def test_a_changed_weight_is_accepted_only_if_it_is_the_same_fraction(case, data):
    p, form, center = case
    claim = statement(p, form, center)
    row = data.draw(st.sampled_from(claim["rows"]))
    pairs = st.tuples(st.integers(0, p + 1), st.integers(0, p + 1)).filter(
        lambda pair: pair[0] > pair[1]
    )
    up = data.draw(st.lists(pairs, max_size=3))
    down = data.draw(st.lists(pairs, max_size=3, unique=True))
    extra = product(data.draw(st.sampled_from([1, -1, 2])), up, down)
    before, row["weight"] = row["weight"], [*row["weight"], extra]
    t = sorted(random.Random(1).sample(range(1, 10**6), p + 2))

    def total(products):
        return sum(
            int(c) * F(prod(t[a] - t[b] for a, b in u), prod(t[a] - t[b] for a, b in d))
            for c, u, d in products
        )

    assert total(row["weight"]) != total(before)
    assert check(certificate(claim)).verdict == "invalid"
    # A weight may be a sum: what is taken off again leaves a true statement.
    if len(row["weight"]) < p + 2:
        row["weight"].append([str(-int(extra[0])), *extra[1:]])
        assert check(certificate(claim)).verdict == "valid"


def test_where_it_fails_is_said():
    claim = statement(1, "hinge")
    claim["rows"][1]["weight"][0][0] = "1"
    invalid("the sides differ between t_1 and t_2", claim)
    claim = statement(1, "hinge")
    claim["rows"][2]["weight"][0][0] = "-1"
    invalid("the sides differ outside of the knots", claim)


def test_degrees():
    for degree in (0, 4, -1, True):
        invalid(
            "expected an integer from 1 to 3",
            statement(1, "hinge") | {"degree": degree},
        )
    invalid(
        "the units are not those of the form", statement(1, "hinge") | {"degree": 2}
    )


@pytest.mark.parametrize(
    ("up", "down", "reason"),
    [
        ([], [[0, 1]], "a factor is not positive"),
        ([[1, 1]], [[1, 0]], "a factor is not positive"),
        ([], [[1, 0], [1, 0]], "factors repeat or are unordered"),
        ([], [[2, 0], [1, 0]], "factors repeat or are unordered"),
        ([[2, 1], [2, 0]], [[1, 0]], "factors are not in order"),
        ([[1, 0]], [[1, 0]], "a product is not in lowest terms"),
        ([], [[1, 3]], "expected an integer from 0 to 2"),
        ([], [[1]], "expected a list of 2 to 2 entries"),
        ([[1, 0]] * 5, [], "expected a list of 0 to 4 entries"),
    ],
)
def test_products_have_one_spelling(up, down, reason):
    claim = statement(1, "hinge")
    claim["rows"][0]["weight"][0][1:] = [up, down]
    invalid(reason, claim)


@pytest.mark.parametrize("coefficient", ["0", "1/2"])
def test_coefficients_are_integers_other_than_0(coefficient):
    claim = statement(1, "hinge")
    claim["rows"][0]["weight"].append([coefficient, [], []])
    invalid("a coefficient is no integer other than 0", claim)


def test_the_local_form_needs_an_inner_center_the_same_in_all_rows():
    for center in (0, 2):
        claim = statement(1, "local", 1)
        for row in claim["rows"][1:]:
            row["unit"][2] = center
        invalid("the units are not those of the form", claim)
    claim = statement(2, "local", 1)
    claim["rows"][1]["unit"][2] = 2
    invalid("the units are not those of the form", claim)


def test_a_row_or_a_key_too_many():
    claim = statement(1, "hinge")
    claim["rows"].append(claim["rows"][0])
    invalid("the units are not those of the form", claim)
    invalid("unknown keys", statement(1, "hinge") | {"domain": []})
    claim = statement(1, "hinge")
    claim["rows"][0]["note"] = "x"
    invalid("unknown keys", claim)


def test_what_surrounds_the_statement():
    claim = statement(1, "hinge")
    invalid("the last judgement does not show", claim, judgements=[])
    invalid("the last judgement does not show", claim, statement(1, "local", 1))
    invalid("the format is not", claim, format="kan_equiv.network")
    basis = {"type": "monomial", "degrees": [1]}
    invalid("there are no objects", claim, objects=[basis])


def test_a_schema_shows_no_equality_of_networks_and_none_shows_a_schema():
    b = Builder()
    n = b.network(1)
    claim = {"kind": "equal", "left": n, "right": n, "domain": []}
    equal = {"kind": "composition", "left": n, "right": n, "domain": [], "steps": []}
    header = {"objects": json.loads(json.dumps(b.objects))}
    assert check(certificate(claim, equal, **header)).verdict == "valid"
    invalid("does not show the claim", claim, statement(1, "hinge"), **header)
    invalid("there are no objects", statement(1, "hinge"), equal, **header)
