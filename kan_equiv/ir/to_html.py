"""Values as a few lines of HTML for notebooks: escaped, no script, short."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kan_equiv.ir.network import Network
    from kan_equiv.ir.univariate import Univariate

__all__ = ["network_html", "network_latex", "panel", "univariate_html"]

_COLOURS = {"proved": "#2f9e6e", "refuted": "#d04a3f"}
_OTHER = "#8a8f98"
_LONG, _STAGES = 400, 12


def panel(title: str, rows: Iterable[tuple[str, object]]) -> str:
    """Return a titled list of names and values, whatever is in them, as text.

    >>> panel("proved", [("claim", "a < b")]).count("&lt;")
    1
    """
    colour = _COLOURS.get(title, _OTHER)
    cells = "".join(
        f'<tr><th style="text-align:left;font-weight:normal;opacity:.7">{escape(name)}'
        f'</th><td style="text-align:left">{escape(_short(str(value)))}</td></tr>'
        for name, value in rows
    )
    return (
        f'<div style="border-left:4px solid {colour};padding:2px 12px">'
        f'<strong style="color:{colour}">{escape(title)}</strong>'
        f"<table>{cells}</table></div>"
    )


def univariate_html(f: Univariate) -> str:
    """Return a plot of a function, with what it is made of."""
    from kan_equiv.ir.to_svg import univariate_svg

    n, degree = len(f.pieces.pieces), f.pieces.degree
    parts = [f"{n} piece{'s' if n > 1 else ''} of degree at most {degree}"]
    if f.ratios:
        parts.append(f"{len(f.ratios.terms)} ratios of polynomials (sampled)")
    if f.atoms:
        names = ", ".join(dict.fromkeys(a.name for a, _ in f.atoms))
        parts.append(f"{len(f.atoms)} atoms: {names} (sampled)")
    caption = escape(_short("; ".join(parts)))
    return f"<figure>{univariate_svg(f)}<figcaption>{caption}</figcaption></figure>"


def network_html(network: Network) -> str:
    """Return the stages of a network with their widths."""
    width = network.in_features
    rows: list[tuple[str, object]] = []
    for s, stage in enumerate(network.stages):
        if s == _STAGES:
            rows.append(("...", f"{len(network.stages)} stages"))
            break
        text = f"{type(stage).__name__}, {width} → {stage.out_features}"
        bases = getattr(stage, "bases", None)
        more = "" if bases is None else f", {len(bases)} distinct bases"
        rows.append((f"stage {s}", text + more))
        width = stage.out_features
    layers = "layer" if network.depth == 1 else "layers"
    title = (
        f"network of {network.depth} {layers}, {network.in_features} inputs, "
        f"{network.out_features} outputs"
    )
    return panel(title, rows)


def network_latex(network: Network) -> str:
    r"""Return what each layer maps where, without dollar signs.

    >>> from kan_equiv.ir import Network
    >>> network_latex(Network(2, ()))
    '\\mathbb{R}^{2} \\to \\mathbb{R}^{2}'
    """
    outs = [network.window(0, stop).out_features for _, stop in network.layer_slices()]
    widths = [network.in_features, *outs]
    if len(widths) > _STAGES:
        widths = [network.in_features, network.out_features]
    return r" \to ".join(rf"\mathbb{{R}}^{{{n}}}" for n in widths)


def _short(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[:_LONG]} ..."
