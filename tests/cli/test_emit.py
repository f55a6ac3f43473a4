from __future__ import annotations

from pathlib import Path

import pytest

import kan_equiv as ke
from kan_equiv.certificate.encode import encode_network
from tests.cli.test_commands import data, ran, run
from tests.networks import kan, with_coefficient
from tests.smt import ANSWERS


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """a.kan, the same function as b.kan, nearly the same as c.kan."""
    folder = tmp_path_factory.mktemp("files")
    source = kan([1, 1], degree=1)
    networks = {
        "a": source,
        "b": ke.convert(source, "local").target,
        "c": with_coefficient(source, 0, (0, 0, 1), 2.0**-20),
    }
    for name, network in networks.items():
        (folder / f"{name}.kan").write_bytes(encode_network(network))
    return folder


@pytest.mark.parametrize("tool", ANSWERS)
def test_what_solvers_say_of_the_file(files: Path, tmp_path: Path, tool: str) -> None:
    out = tmp_path / "q.smt2"
    asked = ("emit", files / "a.kan", "--format", "smtlib", "-o", out)
    for right, more, expected in (
        ("b", (), "unsat"),
        ("c", (), "sat"),
        ("c", ("--within", "1/1000"), "unsat"),
        ("c", ("--domain", "[100,101]"), "unsat"),
    ):
        first, *rest = ran(*asked[:2], files / f"{right}.kan", *asked[2:], *more)
        assert first == f"ok: {out} asks whether the two differ, in QF_LRA"
        assert rest == [f"for example: z3 {out}"]
        assert ANSWERS[tool](out.read_text()) == expected


def test_as_json(files: Path, tmp_path: Path) -> None:
    a, b, out = files / "a.kan", files / "b.kan", tmp_path / "q.smt2"
    found = data("emit", a, b, "--format", "smtlib", "-o", out)
    assert found == {
        "verdict": "ok",
        "format": "smtlib",
        "file": str(out),
        "logic": "QF_LRA",
    }


def test_usage(files: Path, tmp_path: Path) -> None:
    a, b, out = files / "a.kan", files / "b.kan", tmp_path / "q.smt2"
    assert run("emit", a, b, "-o", out).exit_code == 2
    assert run("emit", a, b, "--format", "smt", "-o", out).exit_code == 2
    lost = tmp_path / "missing" / "q.smt2"
    assert run("emit", a, b, "--format", "smtlib", "-o", lost).exit_code == 2
    wrong = run("emit", a, b, "--format", "smtlib", "-o", out, "--within", "-1")
    assert wrong.exit_code == 4
    assert "within" in wrong.stderr
    assert not out.exists()
