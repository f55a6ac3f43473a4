"""The page of a bundle: what it says, that it is well formed, and that it is safe."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import kan_equiv as ke
from kan_equiv import api
from kan_equiv.cli.main import main
from kan_equiv.emit.bundle_summary import summary_text
from kan_equiv.errors import CertificateError, MissingExtraError, ValidationError
from kan_equiv.ir.curves import drawn_interval
from kan_equiv.kernel import Verdict
from kan_equiv.reports import page as page_module
from kan_equiv.reports.edges import parts_of
from kan_equiv.reports.plots import HEIGHT, MARGIN, WIDTH
from tests.networks import kan
from tests.reports.conftest import HOSTILE

VOID = {"meta", "br"}
NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")


class Strict(HTMLParser):
    """Fails unless every element is closed in order; keeps all of them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, attrs)
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="module")
def source(report: Path) -> str:
    return report.read_text()


@pytest.fixture(scope="module")
def page(source: str) -> Strict:
    return Strict(source)


def test_the_strict_parser_can_fail() -> None:
    for text in ("<p><b></p></b>", "<p>", "<p a='1' a='2'></p>"):
        with pytest.raises((AssertionError, IndexError)):
            Strict(text)


def test_the_page_needs_nothing_and_runs_nothing(source: str, page: Strict) -> None:
    assert source.startswith("<!DOCTYPE html>")
    tags = Counter(tag for tag, _ in page.elements)
    assert not tags.keys() & {"script", "link", "img", "iframe", "object", "base"}
    for _, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on")]
        assert not attributes.keys() & {"src", "xlink:href", "action"}
        assert (attributes.get("href") or "#").startswith("#")
    assert "url(" not in source
    assert "@import" not in source
    policy = {a.get("http-equiv"): a.get("content") for _, a in page.elements}
    assert policy["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'"
    )


def test_identifiers_are_unique_and_uses_find_theirs(page: Strict) -> None:
    names = [a["id"] for _, a in page.elements if "id" in a]
    assert len(names) == len(set(names))
    uses = {a["href"] for tag, a in page.elements if tag == "use"}
    assert len(uses) == 9  # one grid an input, 3 and 6 of them
    assert {str(u).removeprefix("#") for u in uses} <= set(names)
    labels = {a["aria-labelledby"] for _, a in page.elements if "aria-labelledby" in a}
    assert labels <= set(names)


def test_pictures_have_names(page: Strict) -> None:
    pictures = [a for tag, a in page.elements if tag == "svg"]
    assert all(a.get("aria-label") or a.get("aria-hidden") == "true" for a in pictures)
    assert all("viewbox" in a or a.get("class") == "defs" for a in pictures)


def test_hostile_names_are_text(source: str, page: Strict) -> None:
    assert HOSTILE not in source
    assert "<img" not in source
    assert HOSTILE.split("&")[0] in page.text


def test_it_says_what_the_summary_says(bundle: Path, page: Strict) -> None:
    summary: dict[str, Any] = json.loads((bundle / "summary.json").read_text())
    for text in summary["trail"].values():
        assert " ".join(text.split()) in page.text
    for side in ("source", "target"):
        counts = summary[side]["counts"]
        assert f" {counts['parameters']:,} " in page.text
        assert f" {counts['hidden_units']:,} " in page.text
    assert "said valid : left and right are equal" in page.text
    for name in summary["rules"]:
        assert name in page.text
    assert summary["files"]["certificate.cert"] in page.text


def test_bounds_are_never_shown_smaller_than_they_are(
    bundle: Path, page: Strict
) -> None:
    summary: dict[str, Any] = json.loads((bundle / "summary.json").read_text())
    (shown,) = re.findall(r"certified ≤ (\S+) ", page.text)
    bound = Fraction(summary["floats"]["bound"])
    assert bound <= Fraction(shown) < bound * Fraction(12, 10)
    (shown,) = re.findall(r"certified: at most (\S+)", page.text)
    assert bound <= Fraction(shown)
    for entry in summary["rounding"]:
        words = f"rounding the weights of layer {entry['layer']}: at most (\\S+)"
        (shown,) = re.findall(words, page.text)
        exact = Fraction(entry["bound"])
        assert exact <= Fraction(shown) < exact * Fraction(12, 10)
        assert f"layer {entry['layer']} {shown} {entry['domain']}" in page.text


def test_the_way_back_shows_the_edges_of_the_target(tmp_path: Path) -> None:
    layers = [([[1, -2], [3, 1]], [1, 0]), ([[1, 2]], [0])]
    conversion = ke.convert(ke.mlp(layers), "kan", domain=ke.Box(-1, 1))
    ke.bundle(conversion, tmp_path / "out")
    text = Strict(ke.report(tmp_path / "out", tmp_path / "r.html").read_text()).text
    assert "Edges of the target" in text
    assert "Layer 0: 2 inputs → 2 outputs, 4 edges" in text
    assert "Layer 1: 2 inputs → 1 outputs, 2 edges" in text
    assert "not drawn" not in text
    assert "on the box [-1, 1]^2" in text


def test_no_number_is_missing(source: str) -> None:
    data = " ".join(re.findall(r' d="([^"]*)"', source))
    assert re.fullmatch(r"[-MLQChvHVz\d. ]*", data)
    assert not re.search(r"\b(nan|inf|None|Undefined)\b", source)


def test_every_edge_is_there_in_the_order_of_its_effect(page: Strict) -> None:
    figures = re.findall(r"(\d+) → (\d+) · effect (\S+)", page.text)
    assert len(figures) == 3 * 6 + 6 * 2
    effects = [float(effect) for *_, effect in figures]
    assert effects[:18] == sorted(effects[:18], reverse=True)
    assert effects[18:] == sorted(effects[18:], reverse=True)
    assert "edges 13 to 18 of 18 by effect" in page.text


def control_points(data: str) -> list[tuple[float, float]]:
    numbers = [float(n) for n in NUMBER.findall(data)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def test_control_points_are_the_exact_ones(tmp_path: Path) -> None:
    """Every cubic piece is one C, and its four points are right to half a unit."""
    network = kan([2, 2], degree=3, masked=[(0, 1, 1)])
    ke.bundle(ke.convert(network, "local"), tmp_path / "out")
    text = ke.report(tmp_path / "out", tmp_path / "r.html").read_text()
    assert "1 edge is constant and not drawn" in text
    figures = re.findall(
        r'<svg role="img" aria-label="Edge from input (\d) to output (\d):.*?</svg>',
        text,
    )
    pictures = re.findall(r'aria-label="Edge from.*?class="c" d="([^"]*)"', text)
    assert len(figures) == len(pictures) == 3
    for (i, o), data in zip(figures, pictures, strict=True):
        f = network.edge(int(i), int(o))
        bank = network.stages[0].bases[int(i)].functions()  # type: ignore[union-attr]
        lo, hi = drawn_interval(bank)
        t = [lo, *f.pieces.breakpoints, hi]
        assert data.count("M") == 1
        assert data.count("C") == len(t) - 1 == len(f.pieces.pieces)
        points = control_points(data)
        assert len(points) == 1 + 3 * (len(t) - 1)
        across = Fraction(WIDTH - 2 * MARGIN) / (hi - lo)
        # Pixels are affine in values, so two exact ends of a piece give the map back.
        ys = [y for _, y in points]
        values = [f(v) for v in t]
        low, high = min(values), max(values)
        bottom, top = (ys[3 * values.index(v)] for v in (low, high))
        assert min(ys) >= MARGIN - 0.01
        assert max(ys) <= HEIGHT - MARGIN + 0.01
        for k, piece in enumerate(f.pieces.pieces):
            a, b = t[k : k + 2]
            row = piece.bernstein(a, b)
            assert len(row) in (1, 4)  # outside the grid it is 0
            row = row if len(row) == 4 else row * 4
            for n, y in enumerate(row):
                x = a + (b - a) * n / 3
                px, py = points[3 * k + n]
                assert abs(px - float(MARGIN + (x - lo) * across)) <= 0.00501
                part = float((y - low) / (high - low))
                assert abs(py - (bottom + part * (top - bottom))) <= 0.02


def test_higher_degrees_are_said_to_be_near(tmp_path: Path) -> None:
    network = kan([1, 1], degree=4)
    ke.bundle(ke.convert(network, "local"), tmp_path / "out", dtype="float64")
    page = Strict(ke.report(tmp_path / "out", tmp_path / "r.html").read_text())
    (shown,) = re.findall(r"drawn by cubics that are within (\S+) of them", page.text)
    (part,) = parts_of(network)
    (edge,) = part.edges(1)
    assert 0 < edge.curve.error <= Fraction(shown) < 2 * edge.curve.error
    labels = [a.get("aria-label") or "" for _, a in page.elements]
    assert [t for t in labels if t.endswith(f"hinges, within {shown}")]


def test_a_tampered_bundle_gets_no_page(bundle: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(bundle, tmp_path / "copy"))
    weights = bytearray((copy / "weights.safetensors").read_bytes())
    weights[-1] ^= 1
    (copy / "weights.safetensors").write_bytes(weights)
    target = tmp_path / "report.html"
    target.write_text("earlier")
    with pytest.raises(CertificateError, match=r"invalid.*weights\.safetensors"):
        ke.report(copy, target)
    assert target.read_text() == "earlier"
    assert {p.name for p in tmp_path.iterdir()} == {"copy", "report.html"}


def test_counts_are_those_of_the_proof(
    bundle: Path, tmp_path: Path, page: Strict
) -> None:
    """A summary that was forged together with its digest does not reach the table."""
    copy = Path(shutil.copytree(bundle, tmp_path / "copy"))
    summary: dict[str, Any] = json.loads((copy / "summary.json").read_text())
    true = summary["target"]["counts"]["parameters"]
    summary["target"]["counts"]["parameters"] = "<b>7</b>"
    summary["is_pure_relu"] = True
    (copy / "summary.json").write_text(summary_text(summary))
    text = Strict(ke.report(copy, tmp_path / "r.html").read_text()).text
    assert f" {true:,} " in text
    assert "<b>7" not in text
    assert "and the source's base functions" in text
    assert text == page.text


def test_a_failed_run_leaves_what_was_there(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "report.html"
    target.write_text("earlier")

    def fail(*_: object, **__: object) -> str:
        raise RuntimeError("half way")

    monkeypatch.setattr(page_module, "bundle_page", fail)
    with pytest.raises(RuntimeError, match="half way"):
        ke.report(bundle, target)
    assert target.read_text() == "earlier"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_bad_arguments_are_refused_at_once(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="output must be a file"):
        ke.report(bundle, tmp_path)
    with pytest.raises(ValidationError, match="output must be a file"):
        ke.report(bundle, tmp_path / "no" / "report.html")
    with pytest.raises(CertificateError, match="no bundle"):
        ke.report(bundle / "certificate.cert", tmp_path / "report.html")
    with pytest.raises(ValidationError, match="edges=-1"):
        ke.report(bundle, tmp_path / "report.html", edges=-1)
    assert list(tmp_path.iterdir()) == []


def test_what_is_missing_or_unproved_is_said(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holey = Verdict("holey", "left and right are equal", reason="a step is admitted")
    monkeypatch.setattr(api, "check", lambda _: holey)
    with pytest.raises(CertificateError, match="is holey, so there is nothing"):
        ke.report(bundle, tmp_path / "report.html")
    monkeypatch.setattr(api, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"kan-equiv\[report\]"):
        ke.report(bundle, tmp_path / "report.html")
    assert list(tmp_path.iterdir()) == []


def test_fewer_edges_are_said_to_be_fewer(bundle: Path, tmp_path: Path) -> None:
    text = ke.report(bundle, tmp_path / "r.html", edges=2).read_text()
    assert text.count("<figure>") == 4
    assert "16 of smaller effect are not drawn" in Strict(text).text


def test_the_command(bundle: Path, tmp_path: Path, capsys: Any) -> None:
    target = tmp_path / "report.html"

    def run(*words: str) -> tuple[object, str, str]:
        with pytest.raises(SystemExit) as caught:
            main(["report", *words], prog_name="kan-equiv")
        return caught.value.code, *capsys.readouterr()

    code, out, _ = run(str(bundle), "-o", str(target), "--edges", "1")
    assert code == 0
    assert out.startswith("valid: left and right are equal")
    assert f"written to {target}" in out
    Strict(target.read_text())
    copy = Path(shutil.copytree(bundle, tmp_path / "copy"))
    (copy / "module.py").write_text("")
    before = target.read_bytes()
    code, out, _ = run(str(copy), "-o", str(target))
    assert code == 1
    assert out.startswith("invalid: the proof is valid, but module.py has sha256")
    assert target.read_bytes() == before
    code, _, err = run(str(bundle), "-o", str(tmp_path))
    assert code == 2
    assert "-o: output must be a file" in err
    code, _, err = run(str(tmp_path), "-o", str(target))
    assert code == 4
    assert "no bundle" in err
