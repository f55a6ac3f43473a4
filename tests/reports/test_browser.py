"""The page in headless Chromium: nothing missing, nothing fetched, nothing too wide."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reports import browser


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Page]:
    with browser.page(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 700, 360])
def test_a_report_opens(
    tab: browser.Page, report: Path, width: int, scheme: str
) -> None:
    tab.open(report.as_uri(), width, scheme)
    unfold = "for (const d of document.querySelectorAll('details')) d.open = true"
    tab.evaluate(unfold)
    assert tab.evaluate("document.title").endswith("kan_equiv report")
    assert tab.complaints == []
    assert tab.requests == [report.as_uri()]
    overflow = "document.documentElement.scrollWidth - document.documentElement"
    assert tab.evaluate(f"{overflow}.clientWidth") <= 0
    drawn = "[...document.querySelectorAll('.edges svg')]"
    assert tab.evaluate(f"{drawn}.length") == 30
    assert tab.evaluate(f"{drawn}.every(s => s.getBoundingClientRect().height > 40)")
    curves = "[...document.querySelectorAll('.edges path.s')]"
    assert tab.evaluate(f"{curves}.every(p => p.getTotalLength() > 100)")
    ticks = "[...document.querySelectorAll('.edges use')]"
    assert tab.evaluate(f"{ticks}.every(u => u.getBoundingClientRect().width > 60)")
    formulas = "[...document.querySelectorAll('math')]"
    assert tab.evaluate(f"{formulas}.length") == 2
    assert tab.evaluate(f"{formulas}.every(m => m.getBoundingClientRect().width > 80)")
    paper = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(252, 251, 248)", "dark": "rgb(20, 22, 26)"}[scheme]


def test_the_browser_test_can_fail(tab: browser.Page, tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    page.write_text(
        "<div style='width:3000px'>wide</div><img src='missing.png'>"
        "<script>console.error('no')</script>"
    )
    tab.open(page.as_uri(), 700, "light")
    assert len(tab.complaints) >= 2
    assert tab.requests == [page.as_uri(), (tmp_path / "missing.png").as_uri()]
    assert tab.evaluate("document.documentElement.scrollWidth") == 3008
