"""Every rule names its lemma; the lists of rules, lemmas and assumptions agree."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

import kan_equiv.rules

ROOT = Path(__file__).parents[2]
PROOFS = ROOT / "proofs"
MODULES = [
    import_module(f"kan_equiv.rules.{m.name}")
    for m in iter_modules(kan_equiv.rules.__path__)
]
RULES = [m for m in MODULES if hasattr(m, "NAME")]
LISTED = [w for w in (PROOFS / "_CoqProject").read_text().split() if w.endswith(".v")]
HEADLINES = (PROOFS / "headlines.txt").read_text().split()
CLASSIC = "Classical_Prop.classic"
AXIOMS = {  # those of Coq's Reals
    "ClassicalDedekindReals.sig_forall_dec",
    "ClassicalDedekindReals.sig_not_dec",
    "FunctionalExtensionality.functional_extensionality_dep",
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.NAME)
def test_a_rule_names_a_headline_theorem_of_its_own_name(rule: object) -> None:
    name, lemma = vars(rule)["NAME"], vars(rule)["LEMMA"]
    assert lemma in HEADLINES
    file, theorem = lemma.split(".")
    assert theorem == name
    assert file.lower() == name.replace("_", "")
    page = (ROOT / "docs/reference/rules.md").read_text()
    section = page.split(f"## `{name}`")[1].split("\n## ")[0]
    assert f"Lemma: `{lemma}`." in section


def test_there_are_rules() -> None:
    assert len(RULES) >= 10


@pytest.mark.parametrize("headline", HEADLINES)
def test_a_headline_is_stated_in_a_theory_that_is_built(headline: str) -> None:
    file, theorem = headline.split(".")
    (place,) = [p for p in LISTED if p.endswith(f"/{file}.v")]
    source = (PROOFS / place).read_text()
    assert re.search(rf"^(Theorem|Corollary) {theorem}\b", source, re.MULTILINE)


PAGE = (ROOT / "docs/reference/theorems.md").read_text()
SECTIONS = {
    part.split("`", 1)[0]: part.split("\n", 1)[1].split("\n## ")[0]
    for part in PAGE.split("\n### `")[1:]
}


def test_every_headline_has_a_section_in_words_and_there_are_no_others() -> None:
    headings = re.findall(r"^### `(.*)`$", PAGE, re.MULTILINE)
    assert len(headings) == len(set(headings))
    missing, dead = set(HEADLINES) - set(headings), set(headings) - set(HEADLINES)
    assert not missing, f"no section in docs/reference/theorems.md: {missing}"
    assert not dead


@pytest.mark.parametrize("headline", SECTIONS)
def test_a_section_has_words_mathematics_and_its_rule(headline: str) -> None:
    section = SECTIONS[headline]
    assert "$" in section
    assert len(re.sub(r"\$.*?\$", "", section, flags=re.DOTALL).split()) >= 2
    linked = re.findall(r"Rule: \[`(\w+)`\]\(rules\.md#(\w+)\)", section)
    assert linked == [
        (vars(r)["NAME"], vars(r)["NAME"])
        for r in RULES
        if vars(r)["LEMMA"] == headline
    ]


def test_every_part_of_the_page_names_its_source() -> None:
    parts = PAGE.split("\n## ")[1:]
    assert len(parts) >= 5
    for part in parts:
        assert "\nSource: " in part.split("\n### ")[0], part.splitlines()[0]


def test_nothing_is_assumed_but_the_reals_of_coq() -> None:
    lines = (PROOFS / "assumptions.txt").read_text().splitlines()
    assert [line[3:] for line in lines if line.startswith("== ")] == HEADLINES
    headline = ""
    for line in lines:
        if line.startswith("== "):
            headline = line[3:]
        elif not line.startswith("Closed under"):
            # Flocq reasons with the excluded middle; nothing else here does.
            by_flocq = headline.startswith("FloatFormats.") and line == CLASSIC
            assert by_flocq or line in AXIOMS, f"{headline} rests on {line}"


def test_every_theory_is_built() -> None:
    found = [*(PROOFS / "theories").glob("*.v"), *(PROOFS / "checker").glob("*.v")]
    names = {str(p.relative_to(PROOFS)) for p in found}
    assert names - set(LISTED) == {"checker/Extract.v"}  # the makefile's own step
