"""The Python examples of the README and of every documentation page are run."""

import doctest
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

ROOT = Path(__file__).parents[1]
PAGES = [
    page
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    if "```python" in page.read_text(encoding="utf-8")
]


def run_examples(page: Path) -> int:
    """Run the examples of ``page`` in one namespace and return how many there were."""
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    parsers = [PythonCodeBlockParser(doctest_optionflags=flags), SkipParser()]
    examples = list(Sybil(parsers=parsers).parse(page).examples())
    for example in examples:
        example.evaluate()
    return len(examples)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # examples write bundles and models
    assert run_examples(page) > 0


def test_the_readme_has_examples() -> None:
    assert ROOT / "README.md" in PAGES


def test_a_wrong_example_fails(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\n>>> 1 + 1\n3\n```\n")
    with pytest.raises(Exception, match="Expected:"):
        run_examples(page)
