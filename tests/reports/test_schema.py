from __future__ import annotations

import re

import pytest

import kan_equiv as ke
from kan_equiv.reports.schema import (
    schema_data,
    schema_headline,
    theorem_latex,
    theorem_lines,
)

CASES = [(p, form) for p in (1, 2, 3) for form in ("hinge", "local")]

TEXT = """\
Theorem (B-splines of degree 2, local form).
For all real knots t_0 < t_1 < t_2 < t_3 and all real x, the B-spline B of
degree 2 on these knots (Cox-de Boor, half-open cells) is

  B(x) = L_0 max(min(x, t_1) - t_0, 0)^2
       + R_2 max(t_2 - max(x, t_1), 0)^2
       + R_3 max(t_3 - max(x, t_1), 0)^2
       - B(t_1)

with

  L_0 = 1 / ((t_1 - t_0) (t_2 - t_0))
  R_2 = -(t_3 - t_0) / ((t_2 - t_0) (t_2 - t_1) (t_3 - t_2))
  R_3 = 1 / ((t_3 - t_1) (t_3 - t_2))
  B(t_1) = (t_1 - t_0) / (t_2 - t_0)

Corollary (layers). For all numbers n of inputs, m of outputs and G of
pieces, all strictly increasing knots (a vector for each input), all
coefficients C and all biases b, the KAN layer

  y_o = b_o + sum_i sum_k C[o, i, k] B_{i, k}(x_i)

equals, on all of R^n, the MLP Linear, ReLU, Linear, ReLU^2, Linear, whose hidden
units depend on the knots only and are shared by all outputs."""

LATEX = r"""\begin{aligned}
&\forall\, t_0 < t_1 < t_2\;\; \forall\, x \in \mathbb{R}\colon\\
&B(x) = \frac{1}{t_1 - t_0}\,(x - t_0)_+\\
&\qquad - \frac{t_2 - t_0}{(t_1 - t_0) (t_2 - t_1)}\,(x - t_1)_+\\
&\qquad + \frac{1}{t_2 - t_1}\,(x - t_2)_+
\end{aligned}"""


def test_text() -> None:
    schema = ke.prove_schema(2, form="local")
    assert schema.to_text() == TEXT
    *lines, empty, last = theorem_lines(schema)
    assert "\n".join(lines) == TEXT
    assert empty == ""
    assert last.endswith(f"certificate sha256 {schema.certificate.digest}")


def test_latex() -> None:
    schema = ke.prove_schema(1)
    assert schema.to_latex() == LATEX
    assert schema._repr_latex_() == f"$${LATEX}$$"


def test_latex_of_the_constant_of_the_cubic_local_form() -> None:
    latex = ke.prove_schema(3, form="local").to_latex()
    assert latex.endswith(
        r"""(t_4 - \max(x, t_2))_+^3\\
&\qquad - \frac{(t_2 - t_0)^2}{(t_1 - t_0) (t_3 - t_0)}\\
&\qquad + \frac{(t_2 - t_1)^2 (t_4 - t_0)}{(t_1 - t_0) (t_3 - t_1) (t_4 - t_1)}
\end{aligned}"""
    )


@pytest.mark.parametrize(("p", "form"), CASES)
def test_the_latex_theorem_is_well_formed(p: int, form: str) -> None:
    schema = ke.prove_schema(p, form=form)
    latex = theorem_latex(schema)
    assert schema.to_latex() in latex
    assert schema.certificate.digest in latex
    open_now: list[str] = []
    for kind, name in re.findall(r"\\(begin|end)\{(\w+)\}", latex):
        if kind == "begin":
            open_now.append(name)
        else:
            assert open_now.pop() == name
    assert open_now == []
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\[") == latex.count(r"\]")
    assert latex.count("$") % 2 == 0
    outside = re.sub(r"\$[^$]*\$|\\\[.*?\\\]", "", latex, flags=re.DOTALL)
    assert "^" not in outside
    assert re.findall(r"(?<!\\)_", outside) == []
    assert f"On each of the ${p + 3}$ half-open cells" in latex


def test_headline_and_data() -> None:
    schema = ke.prove_schema(3)
    assert schema_headline(schema).endswith(
        "a KAN layer of degree 3 equals its shared-hinge MLP: Linear, ReLU^3, Linear"
    )
    data = schema_data(schema)
    assert next(iter(data)) == "verdict"
    assert data["statement"] == schema.statement
    assert data["certificate_sha256"] == schema.certificate.digest
