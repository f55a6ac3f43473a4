"""How a schema is written: plain text for terminals, LaTeX for papers and notebooks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kan_equiv.prover.schema_rows import Pair, Product, Row

__all__ = ["layer_word", "schema_latex", "schema_text"]

LETTERS = {"hinge": "M", "below": "L", "above": "R"}


def layer_word(degree: int, form: str) -> str:
    """Return the MLP that a layer becomes, stage by stage.

    >>> layer_word(3, "local")
    'Linear, ReLU, Linear, ReLU^3, Linear'
    """
    power = "ReLU" if degree == 1 else f"ReLU^{degree}"
    clamps = "ReLU, Linear, " if form == "local" else ""
    return f"Linear, {clamps}{power}, Linear"


# --- text ---------------------------------------------------------------------------


def schema_text(degree: int, form: str, rows: Sequence[Row]) -> str:
    """Return theorem and corollary, with every quantifier."""
    p = degree
    knots = " < ".join(f"t_{j}" for j in range(p + 2))
    moving = [row for row in rows if row.unit != "constant"]
    constant = [row for row in rows if row.unit == "constant"]
    terms = [f"{_letter(row)} {_unit_text(row, p)}" for row in moving]
    center = f"B(t_{moving[0].knots[1]})" if constant else ""
    lines = [
        f"Theorem (B-splines of degree {p}, {form} form).",
        f"For all real knots {knots} and all real x, the B-spline B of",
        f"degree {p} on these knots (Cox-de Boor, half-open cells) is",
        "",
        f"  B(x) = {terms[0]}",
        *(f"       + {term}" for term in terms[1:]),
        *([f"       - {center}"] if constant else []),
        "",
        "with",
        "",
        *(f"  {_letter(row)} = {_weight_text(row.weight)}" for row in moving),
        *(f"  {center} = {_weight_text(_negated(row))}" for row in constant),
        "",
        "Corollary (layers). For all numbers n of inputs, m of outputs and G of",
        "pieces, all strictly increasing knots (a vector for each input), all",
        "coefficients C and all biases b, the KAN layer",
        "",
        "  y_o = b_o + sum_i sum_k C[o, i, k] B_{i, k}(x_i)",
        "",
        f"equals, on all of R^n, the MLP {layer_word(p, form)}, whose hidden",
        "units depend on the knots only and are shared by all outputs.",
    ]
    return "\n".join(lines)


def _letter(row: Row) -> str:
    return f"{LETTERS[row.unit]}_{row.knots[0]}"


def _negated(row: Row) -> tuple[Product, ...]:
    return tuple(
        Product(-w.coefficient, w.numerator, w.denominator) for w in row.weight
    )


def _unit_text(row: Row, p: int) -> str:
    t = f"t_{row.knots[0]}"
    power = "" if p == 1 else f"^{p}"
    if row.unit == "hinge":
        return f"max(x - {t}, 0){power}"
    c = f"t_{row.knots[1]}"
    if row.unit == "below":
        return f"max(min(x, {c}) - {t}, 0){power}"
    return f"max({t} - max(x, {c}), 0){power}"


def _weight_text(weight: Sequence[Product]) -> str:
    return _signed_sum([(w.coefficient, _fraction_text(w)) for w in weight])


def _fraction_text(w: Product) -> str:
    size = abs(w.coefficient)
    factors = [_power(f, n) for f, n in Counter(w.numerator).items()]
    top = " ".join([str(size)] * (size != 1 or not factors) + factors)
    bottom = " ".join(_power(f, 1) for f in w.denominator)
    if not bottom:
        return top
    return f"{top} / ({bottom})" if len(w.denominator) > 1 else f"{top} / {bottom}"


def _power(factor: Pair, n: int) -> str:
    return f"(t_{factor[0]} - t_{factor[1]})" + (f"^{n}" if n > 1 else "")


def _signed_sum(parts: Sequence[tuple[int, str]]) -> str:
    """Join sizes by their signs."""
    text = ""
    for sign, size in parts:
        minus = "-" if sign < 0 else "+"
        text += f" {minus} {size}" if text else size if sign > 0 else f"-{size}"
    return text


# --- LaTeX --------------------------------------------------------------------------


def schema_latex(degree: int, rows: Sequence[Row]) -> str:
    """Return quantifiers and identity as one ``aligned``, without dollar signs."""
    knots = " < ".join(f"t_{j}" for j in range(degree + 2))
    ordered = [r for r in rows if r.unit != "constant"]
    ordered += [r for r in rows if r.unit == "constant"]
    terms = [
        (w.coefficient, rf"{_fraction_latex(w)}{_unit_latex(row, degree)}")
        for row in ordered
        for w in row.weight
    ]
    lines = [
        f"{'-' if sign < 0 else '+'} {size}" if n or sign < 0 else size
        for n, (sign, size) in enumerate(terms)
    ]
    identity = "\\\\\n&\\qquad ".join(lines)
    return (
        "\\begin{aligned}\n"
        rf"&\forall\, {knots}\;\; \forall\, x \in \mathbb{{R}}\colon"
        "\\\\\n"
        f"&B(x) = {identity}\n"
        "\\end{aligned}"
    )


def _fraction_latex(w: Product) -> str:
    size = abs(w.coefficient)
    numbers = [str(size)] * (size != 1 or not w.numerator)
    bottom = _factors_latex([], w.denominator, not w.denominator[1:])
    is_bare = bool(bottom) and not numbers
    top = _factors_latex(numbers, w.numerator, is_bare and not w.numerator[1:])
    return rf"\frac{{{top}}}{{{bottom}}}" if bottom else top


def _factors_latex(numbers: list[str], factors: Sequence[Pair], is_bare: bool) -> str:
    """Numbers and differences; a single difference over or under a bar is bare."""
    if is_bare:
        return "".join(f"t_{a} - t_{b}" for a, b in factors)
    return " ".join([*numbers, *(_power(f, n) for f, n in Counter(factors).items())])


def _unit_latex(row: Row, p: int) -> str:
    if row.unit == "constant":
        return ""
    t = f"t_{row.knots[0]}"
    power = "_+" if p == 1 else f"_+^{p}"
    if row.unit == "hinge":
        return rf"\,(x - {t}){power}"
    c = f"t_{row.knots[1]}"
    if row.unit == "below":
        return rf"\,(\min(x, {c}) - {t}){power}"
    return rf"\,({t} - \max(x, {c})){power}"
