"""A bundle as one HTML page: no script, nothing from elsewhere, all text escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from kan_equiv.exact.rational import about, to_float
from kan_equiv.ir.network import Network
from kan_equiv.ir.univariate import Univariate
from kan_equiv.kernel import Verdict
from kan_equiv.reports import plots
from kan_equiv.reports.derivation import Proof, read_proof, stage_texts
from kan_equiv.reports.describe import formula, ranges_text
from kan_equiv.reports.distance import two_digits
from kan_equiv.reports.edges import Edge, Grid, Part, layers_from_banks, parts_of
from kan_equiv.reports.rule_formulas import FORMULAS, rule_lemma, rule_words
from kan_equiv.rules.counts import count

__all__ = ["EDGES", "bundle_page"]

EDGES = 5000
"""The most edges of a layer that are drawn, if nothing else is asked for."""
_SHOWN, _BATCH = 12, 240
_HASH = re.compile(r"\b[0-9a-f]{64}\b")


def bundle_page(
    summary: Mapping[str, Any],
    verdict: Verdict,
    certificate: bytes,
    *,
    edges: int = EDGES,
) -> str:
    """Return the page of a bundle.

    Args:
        summary: content of ``summary.json``.
        verdict: what the kernel says of the bundle now.
        certificate: the bytes of ``certificate.cert``.
        edges: the most edges of a layer that are drawn, those of largest effect.

    Raises:
        CertificateError: the certificate is not one of an equality.
    """
    template = _environment().get_template("report.html")
    proof = read_proof(certificate, summary["rules"])
    # The way back makes edges of an MLP, which has none of its own.
    is_back = summary["form"] == "kan"
    drawn = proof.target if is_back else proof.source
    slices = layers_from_banks(drawn) if is_back else drawn.layer_slices()
    names = list(summary["source"]["files"]) or ["a network in memory"]
    page: str = template.render(
        name=", ".join(names),
        summary=summary,
        is_pure=not proof.target.has_atoms,
        verdict=verdict,
        sides=(
            ("source", proof.source.in_features, stage_texts(proof.source.stages)),
            ("target", proof.target.in_features, stage_texts(proof.target.stages)),
        ),
        widths=_widths(drawn, slices),
        statements=_statements(summary),
        trail=summary["trail"],
        counts=_counts(proof),
        scale=plots.error_scale(_errors(summary)),
        drawn="target" if is_back else "source",
        parts=[_part(n, p, edges) for n, p in enumerate(parts_of(drawn, slices))],
        steps=_steps(proof),
    )
    return page.lstrip()


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("kan_equiv.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["hashes"] = _hashes
    environment.filters["bound"] = _bound
    return environment


def _hashes(text: str) -> Markup:
    """Mark digests, so that they can be set smaller and broken."""
    parts = _HASH.split(text)
    marks = [Markup("<code>{}</code>").format(h) for h in _HASH.findall(text)]
    out = escape(parts[0])
    for mark, part in zip(marks, parts[1:], strict=True):
        out += mark + escape(part)
    return out


def _bound(text: str | None) -> str:
    """Return an exact bound in two digits, never less than it is."""
    if text is None:
        return "unknown"
    return two_digits(Fraction(text)) if text != "0" else "0, exactly equal"


def _widths(network: Network, slices: Sequence[tuple[int, int]]) -> list[int]:
    outs = [network.window(0, stop).out_features for _, stop in slices]
    return [network.in_features, *outs]


def _statements(summary: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return the three statements: kind, figure, words."""
    trail, measured = summary["trail"], summary["measured"]
    floats = summary["floats"]
    bound = None if floats is None else floats["bound"]
    figure = "no bound" if bound is None else f"≤ {two_digits(Fraction(bound))}"
    return [
        ("proved", "equal", summary["claim"]),
        ("open" if bound is None else "certified", figure, trail["floats"]),
        ("measured", f"{measured['max_absolute']:.2g}", trail["measured"]),
    ]


def _counts(proof: Proof) -> list[tuple[str, int, int, float, float]]:
    """Return name, source, target, and both as parts of the larger one, in percent."""
    before, after = count(proof.source), count(proof.target)
    rows: list[tuple[str, int, int, float, float]] = []
    for name, a, b in (
        ("parameters", before.parameters, after.parameters),
        ("functions in banks", before.hidden_units, after.hidden_units),
        ("distinct bases", before.bases, after.bases),
    ):
        top = max(a, b, 1)
        rows.append((name, a, b, round(100 * a / top, 1), round(100 * b / top, 1)))
    return rows


def _errors(summary: Mapping[str, Any]) -> list[tuple[str, str, float]]:
    floats, measured = summary["floats"], summary["measured"]
    rows: list[tuple[str, str, float]] = []
    if floats is not None and floats["bound"] is not None:
        label = f"certified: at most {two_digits(Fraction(floats['bound']))}"
        rows.append(("certified", label, to_float(Fraction(floats["bound"]))))
    value = measured["max_absolute"]
    rows.append(("measured", f"measured {value:.2g}", value))
    for entry in summary["rounding"][:12]:
        if entry["bound"] is not None:
            bound = two_digits(Fraction(entry["bound"]))
            label = f"rounding the weights of layer {entry['layer']}: at most {bound}"
            rows.append(("rounding", label, to_float(Fraction(entry["bound"]))))
    return rows


def _part(n: int, part: Part, limit: int) -> dict[str, Any]:
    drawn = list(part.edges(limit))
    error = max((e.curve.error for e in drawn), default=Fraction(0))
    starts = range(_SHOWN, len(drawn), _BATCH)
    return {
        "layer": part.layer,
        "stages": part.stages,
        "shape": (part.in_features, part.out_features),
        "reason": part.reason,
        "grids": [_grid(n, g, grid) for g, grid in enumerate(part.grids)],
        "error": two_digits(error) if error else "",
        "map": plots.effects_map(part.effects) if part.count > _SHOWN else "",
        "count": part.count,
        "constant": part.in_features * part.out_features - part.count,
        "left_out": part.count - len(drawn),
        "first": [
            _figure(n, e) | {"formula": _formula(part.function(e))}
            for e in drawn[:_SHOWN]
        ],
        "rest": [
            (k + 1, [_figure(n, e) for e in drawn[k : k + _BATCH]]) for k in starts
        ],
    }


def _grid(n: int, g: int, grid: Grid) -> dict[str, Any]:
    return {
        "symbol": plots.grid_symbol(grid, f"g{n}-{g}"),
        "plot": plots.grid_plot(grid),
        "inputs": ranges_text(grid.inputs),
        "count": len(grid.inputs),
        "breakpoints": len(grid.breakpoints),
        "lo": about(grid.family.lo, 4),
        "hi": about(grid.family.hi, 4),
    }


def _figure(n: int, edge: Edge) -> dict[str, Any]:
    return {
        "plot": plots.edge_plot(edge, f"g{n}-{edge.grid}"),
        "input": edge.input,
        "output": edge.output,
        "effect": f"{edge.effect:.3g}",
        "formula": "",
        "span": " to ".join(about(v, 3) for v in edge.curve.span or ()),
    }


def _formula(f: Univariate | None) -> str:
    return "" if f is None else formula(f)


def _steps(proof: Proof) -> list[dict[str, Any]]:
    """Return the steps, each rule explained where it first occurs."""
    first: dict[str, int] = {}
    return [
        {
            "step": step,
            "words": rule_words(step.rule),
            "formula": FORMULAS.get(step.rule, Markup("")),
            "lemma": rule_lemma(step.rule),
            "first": 0 if first.setdefault(step.rule, n) == n else first[step.rule],
        }
        for n, step in enumerate(proof.steps, start=1)
    ]
