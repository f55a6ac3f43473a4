"""Formulas of rules: well-formed MathML, of rules that there are."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from xml.etree import ElementTree as ET

import pytest

from kan_equiv import rules
from kan_equiv.reports.mathml import frac, math, row, sub, sup, total
from kan_equiv.reports.rule_formulas import FORMULAS, rule_lemma, rule_words

NAMES = [m.name for m in pkgutil.iter_modules(rules.__path__)]
MODULES = [import_module(f"kan_equiv.rules.{name}") for name in NAMES]
RULES = {m.NAME: m for m in MODULES if hasattr(m, "NAME")}
CHILDREN = {"msub": 2, "msup": 2, "mfrac": 2, "munder": 2}
LEAVES = {"mi", "mn", "mo", "mspace"}


@pytest.mark.parametrize("name", sorted(FORMULAS))
def test_formulas_are_well_formed_and_of_rules(name: str) -> None:
    assert name in RULES
    root = ET.fromstring(FORMULAS[name])
    assert root.tag == "math"
    for element in root.iter():
        assert len(element) == CHILDREN.get(element.tag, len(element))
        assert element.tag in {*CHILDREN, *LEAVES, "math", "mrow"}
        assert (element.tag in LEAVES) == (len(element) == 0)
    signs = [e.text for e in root.iter("mo")]
    for opening, closing in ("()", "[]"):
        assert signs.count(opening) == signs.count(closing)


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_rule_has_words(name: str) -> None:
    assert rule_words(name).endswith((".", ":"))
    assert rule_lemma(name) == getattr(RULES[name], "LEMMA", "")


@pytest.mark.parametrize("name", ["", "no_such", "../errors", "os.path", "__init__"])
def test_names_from_files_import_nothing(name: str) -> None:
    assert rule_words(name) == rule_lemma(name) == ""


def test_text_is_escaped_and_split() -> None:
    assert str(row("a<b & 2x")) == (
        "<mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi><mo>&amp;</mo><mn>2</mn><mi>x</mi>"
        "</mrow>"
    )
    nested = math(sub("t", "j"), sup("x", "2"), frac("1", sub("h", "i")), total("k"))
    assert [e.tag for e in ET.fromstring(nested)[0]] == [
        "msub",
        "msup",
        "mfrac",
        "munder",
    ]
