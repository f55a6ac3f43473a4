"""Schematic theorems to people: text, a LaTeX theorem with its proof, plain data."""

from __future__ import annotations

from typing import Any, Protocol

from kan_equiv.certificate.model import Certificate

__all__ = ["schema_data", "schema_headline", "theorem_latex", "theorem_lines"]


class Theorem(Protocol):
    """A proved statement about all layers of a degree."""

    @property
    def degree(self) -> int: ...
    @property
    def form(self) -> str: ...
    @property
    def certificate(self) -> Certificate: ...
    @property
    def statement(self) -> str: ...
    def to_text(self) -> str: ...
    def to_latex(self) -> str: ...


def schema_headline(theorem: Theorem) -> str:
    """Return one sentence: what is proved of layers."""
    return (
        "for all strictly increasing knots, all coefficients and any number of inputs, "
        f"outputs and pieces, a KAN layer of degree {theorem.degree} equals its "
        f"{_mlp(theorem)}"
    )


def theorem_lines(theorem: Theorem) -> list[str]:
    """Return the theorem as lines of text, and the certificate that proves it."""
    return [
        *theorem.to_text().splitlines(),
        "",
        f"Checked by kan_equiv.kernel; certificate sha256 {theorem.certificate.digest}",
    ]


def theorem_latex(theorem: Theorem) -> str:
    """Return theorem, corollary and proof as LaTeX.

    The document needs the packages amsmath, amssymb, amsthm, and environments called
    ``theorem`` and ``corollary``.
    """
    p = theorem.degree
    return rf"""
\begin{{theorem}}[B-splines of degree {p}, {theorem.form} form]
Let $B$ be the B-spline of degree ${p}$ on the knots $t_0, \dots, t_{p + 1}$, by
Cox--de~Boor on half-open cells, and $(z)_+ = \max(z, 0)$. Then
\[
{theorem.to_latex()}
\]
\end{{theorem}}
\begin{{corollary}}[Layers]
For all $n, m, G \ge 1$, all strictly increasing knots of the inputs, all
coefficients $C$ and biases $b$, the KAN layer with $G$ pieces
\[
y_o = b_o + \sum_{{i=1}}^n \sum_k C_{{oik}}\, B_{{ik}}(x_i), \qquad o = 1, \dots, m,
\]
equals, on all of $\mathbb{{R}}^n$, its {_mlp(theorem, f"$^{p}$")}.
\end{{corollary}}
\begin{{proof}}
On each of the ${p + 3}$ half-open cells into which the knots cut $\mathbb{{R}}$, both
sides are rational functions of $x$ and the knots, whose denominators are products of
differences $t_a - t_b > 0$, $a > b$. Over a common denominator, their difference has
the numerator $0 \in \mathbb{{Z}}[x, t_0, \dots, t_{p + 1}]$, which
\texttt{{kan\_equiv.kernel}} computes from the certificate with sha256
\texttt{{{theorem.certificate.digest}}}.
A layer is linear in its B-splines, and each of these sees ${p + 2}$ consecutive knots
of one input; this is the corollary.
\end{{proof}}""".removeprefix("\n")


def schema_data(theorem: Theorem) -> dict[str, Any]:
    """Return the theorem as plain data: ``verdict`` first."""
    return {
        "verdict": "proved",
        "degree": theorem.degree,
        "form": theorem.form,
        "statement": theorem.statement,
        "latex": theorem.to_latex(),
        "certificate_sha256": theorem.certificate.digest,
    }


def _mlp(theorem: Theorem, exponent: str = "") -> str:
    p = theorem.degree
    power = "ReLU" if p == 1 else "ReLU" + (exponent or f"^{p}")
    if theorem.form == "hinge":
        return f"shared-hinge MLP: Linear, {power}, Linear"
    return f"local form: Linear, ReLU, Linear, {power}, Linear"
