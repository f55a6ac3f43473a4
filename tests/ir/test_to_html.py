"""What notebooks show: well formed, escaped, short, and true of the value."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given

import kan_equiv as ke
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.ir import Atom, Network, Univariate
from kan_equiv.ir.to_html import panel
from kan_equiv.prover.outcome import Unknown
from kan_equiv.testing import strategies
from tests.networks import kan, with_coefficient

HOSTILE = "<script>alert(1)</script>\"' & more"


def parsed(html: str) -> ET.Element:
    assert "<script" not in html
    assert len(html) < 20_000
    return ET.fromstring(html)


def text(html: str) -> str:
    return " ".join(" ".join(parsed(html).itertext()).split())


@given(strategies.piecewise_polynomials())
def test_functions_are_plotted(f: PiecewisePolynomial) -> None:
    function = Univariate(f)
    html = function._repr_html_()
    figure = parsed(html)
    assert f"{len(f.pieces)} piece" in text(html)
    curves = figure.findall(".//{*}path[@stroke-width='1.5']")
    assert len(curves) == 1
    assert curves[0].attrib["d"].startswith("M")
    assert figure[0].attrib["role"] == "img"
    assert figure[0].attrib["aria-label"]


def test_a_plot_says_what_is_sampled() -> None:
    f = Univariate(PiecewisePolynomial.of([0, 1]), ((Atom("silu"), Fraction(2)),))
    assert "1 atoms: silu (sampled)" in text(f._repr_html_())
    assert f._repr_latex_() is not None


def test_long_formulas_are_left_to_the_plot() -> None:
    edge = kan([1, 1], intervals=12, degree=3).edge(0, 0)
    assert edge._repr_latex_() is None
    assert "pieces of degree at most 3" in text(edge._repr_html_())


def test_networks_show_their_stages() -> None:
    network = kan([3, 4, 2])
    assert "network of 2 layers, 3 inputs, 2 outputs" in text(network._repr_html_())
    assert "Bank, 3 → 15, 3 distinct bases" in text(network._repr_html_())
    assert network._repr_latex_() == (
        r"$\mathbb{R}^{3} \to \mathbb{R}^{4} \to \mathbb{R}^{2}$"
    )
    assert text(Network(2, ())._repr_html_()).startswith("network of")
    deep = kan([1] * 20)
    assert "38 stages" in text(deep._repr_html_())
    assert deep._repr_latex_() == r"$\mathbb{R}^{1} \to \mathbb{R}^{1}$"


def test_outcomes_show_their_word_first() -> None:
    network = kan([2, 1])
    conversion = ke.convert(network)
    assert text(conversion._repr_html_()).startswith("conversion to hinge")
    assert "proved" not in text(conversion._repr_html_())
    proved = conversion.prove()
    assert text(proved._repr_html_()).startswith("proved equal as functions")
    assert proved.certificate.digest in text(proved._repr_html_())
    refuted = ke.prove(network, with_coefficient(network, 0, (0, 0, 1), 1.0))
    assert text(refuted._repr_html_()).startswith("refuted output 0 at x = (")
    unknown = Unknown(HOSTILE * 200)
    assert text(unknown._repr_html_()).startswith(f"unknown {HOSTILE}")
    assert len(unknown._repr_html_()) < 2000


@pytest.mark.parametrize("title", ["proved", HOSTILE])
def test_panels_escape_everything(title: str) -> None:
    html = panel(title, [(HOSTILE, HOSTILE), ("path", Path(HOSTILE))])
    assert text(html).count(HOSTILE) == 3 + (title == HOSTILE)
