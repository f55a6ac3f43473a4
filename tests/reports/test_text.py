from __future__ import annotations

from fractions import Fraction

import pytest

import kan_equiv as ke
from kan_equiv.kernel import Verdict
from kan_equiv.reports.text import (
    bundle_lines,
    looks_like_rounding,
    outcome_data,
    outcome_headline,
    outcome_lines,
    table,
    trail_lines,
    verdict_headline,
    verdict_lines,
)
from tests.networks import kan, with_coefficient

LEFT = kan([2, 2, 1], degree=1)


def changed(change: float) -> ke.Refuted:
    outcome = ke.prove(LEFT, with_coefficient(LEFT, 0, (0, 0, 1), change))
    assert isinstance(outcome, ke.Refuted)
    return outcome


def test_a_refutation_as_data_can_be_evaluated_again() -> None:
    outcome = changed(0.5)
    data = outcome_data(outcome)
    assert next(iter(data.items())) == ("verdict", "refuted")
    point = [Fraction(v) for v in data["point"]]
    assert str(LEFT(point)[data["output"]]) == data["left"]
    assert data["left"] != data["right"]
    assert not data["looks_like_rounding"]
    assert outcome_lines(outcome) == []


def test_values_of_atoms_are_enclosures() -> None:
    left = kan([1, 1], silu=True)
    outcome = ke.prove(left, with_coefficient(left, 0, (0, 0, 1), 0.5))
    lower, upper = (Fraction(v) for v in outcome_data(outcome)["left"])
    assert lower < upper


def test_a_small_difference_is_called_rounding_with_size_and_place() -> None:
    outcome = changed(2.0**-22)
    assert looks_like_rounding(outcome.witness)
    (line,) = outcome_lines(outcome)
    assert line.startswith("this looks like rounding: at output 0 the two differ by ")
    assert f"{abs(outcome.witness.difference):.3g}" in line
    assert "differ all the same" in line
    assert outcome_headline(outcome).startswith("output 0 at x = (")


def test_proved_and_unknown() -> None:
    proved = ke.prove(LEFT, LEFT)
    assert outcome_data(proved)["verdict"] == "proved"
    assert "R^n" in outcome_data(proved)["statement"]
    assert outcome_lines(proved) == []
    unknown = ke.Unknown("no luck")
    assert outcome_data(unknown) == {"verdict": "unknown", "reason": "no luck"}
    assert outcome_headline(unknown) == "no luck"


def test_verdicts() -> None:
    digest = "ab" * 32
    valid = Verdict("valid", claim="left and right are equal", left=digest)
    assert verdict_headline(valid) == "left and right are equal"
    assert f"left   {digest}" in verdict_lines(valid)
    bad = Verdict("invalid", claim="c", reason="no", judgement=3)
    assert verdict_headline(bad) == "judgement 3: no"
    assert "the certificate claims: c" in verdict_lines(bad)
    holey = Verdict("holey", claim="c", holes=("judgement 0: 'because'",))
    assert verdict_headline(holey) == "c, if 1 admitted steps hold"
    assert verdict_lines(holey)[0] == "admitted: judgement 0: 'because'"


def test_the_trail_is_one_line_for_each_kind_of_statement() -> None:
    kinds = {"measured": 5, "floats": 4, "certified": 3, "proved": 2, "source": 1}
    lines = trail_lines(kinds)
    assert [line.split() for line in lines] == [
        ["source", "1"],
        ["proved", "2"],
        ["certified", "3"],
        ["floats", "4"],
        ["measured", "5"],
    ]


@pytest.mark.parametrize(("pure", "words"), [(True, "only"), (False, "SiLU")])
def test_a_bundle_shows_counts_side_by_side(pure: bool, words: str) -> None:
    counts = {"parameters": 12, "hidden_units": 3, "bases": 1}
    lines = bundle_lines(
        {
            "trail": dict.fromkeys(
                ("source", "proved", "certified", "floats", "measured"), "x"
            ),
            "source": {"counts": counts},
            "target": {"counts": counts | {"parameters": 3456}},
            "is_pure_relu": pure,
            "form": "local",
            "layout": "layers",
            "dtype": "float32",
        }
    )
    assert "parameters        12    3456" in lines
    assert any(line.startswith("units: ") and words in line for line in lines)


def test_table_columns_line_up() -> None:
    lines = table(["a", "bb"], [["long", "1"], ["x", "1234"]])
    assert lines == ["a       bb", "long     1", "x     1234"]
