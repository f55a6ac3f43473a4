from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import kan_equiv as ke
from kan_equiv.cli.main import main


def typed(line: str) -> Result:
    command, *arguments = shlex.split(line)
    assert command == "kan-equiv"
    return CliRunner().invoke(main, arguments)


def test_the_theorem_is_printed_and_its_certificate_replays(tmp_path: Path) -> None:
    cert = tmp_path / "seed.cert"
    found = typed(f"kan-equiv prove-schema --degree 1 -o {cert}")
    assert found.exit_code == 0, found.output
    lines = found.stdout.splitlines()
    assert lines[0] == (
        "proved: for all strictly increasing knots, all coefficients and any number of "
        "inputs, outputs and pieces, a KAN layer of degree 1 equals its shared-hinge "
        "MLP: Linear, ReLU, Linear"
    )
    assert lines[1] == "Theorem (B-splines of degree 1, hinge form)."
    assert lines[-1] == f"certificate {cert}; replay it with: kan-equiv check {cert}"
    assert cert.read_bytes() == ke.prove_schema(1).certificate.data
    checked = typed(f"kan-equiv check {cert}")
    assert checked.exit_code == 0
    assert checked.stdout.startswith(
        "valid: for all real t_0 < t_1 < t_2 and all real x"
    )


@pytest.mark.parametrize("form", ["hinge", "local"])
@pytest.mark.parametrize("degree", [1, 2, 3])
def test_json(degree: int, form: str) -> None:
    found = typed(f"kan-equiv prove-schema --degree {degree} --form {form} --json")
    assert found.exit_code == 0
    (line,) = found.stdout.splitlines()
    data = json.loads(line)
    schema = ke.prove_schema(degree, form=form)
    assert next(iter(data)) == "verdict"
    assert data == {
        "verdict": "proved",
        "degree": degree,
        "form": form,
        "statement": schema.statement,
        "latex": schema.to_latex(),
        "certificate_sha256": schema.certificate.digest,
    }


def test_latex(tmp_path: Path) -> None:
    cert = tmp_path / "seed.cert"
    found = typed(f"kan-equiv prove-schema --degree 2 --latex -o {cert}")
    _, first, *_, last = found.stdout.splitlines()
    assert first == r"\begin{theorem}[B-splines of degree 2, hinge form]"
    assert last == f"% certificate {cert}; replay it with: kan-equiv check {cert}"
    assert r"ReLU$^2$" in found.stdout


@pytest.mark.parametrize(
    "options", ["--degree 0", "--degree 4", "--form maxout", "-o missing/seed.cert"]
)
def test_usage(options: str) -> None:
    assert typed(f"kan-equiv prove-schema {options}").exit_code == 2


def test_it_is_listed() -> None:
    assert "prove-schema" in typed("kan-equiv --help").stdout
