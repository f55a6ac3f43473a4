"""Second opinions and the last resort, as a user types them."""

from __future__ import annotations

from pathlib import Path

import pytest

import kan_equiv as ke
from kan_equiv.certificate.encode import encode_network
from kan_equiv.prover import equality, tools
from tests.cli.test_commands import data, ran, run
from tests.networks import kan, with_coefficient
from tests.prover.test_smt import LEFT, nothing, right


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    source = kan([2, 1], degree=2, seed=1)
    networks = {
        "kan": source,
        "mlp": ke.convert(source).target,
        "other": with_coefficient(source, 0, (0, 0, 1), 0.5),
        "deep": LEFT,
        "same": right(),
        "off": right("4.000000001"),
    }
    for name, network in networks.items():
        (folder / f"{name}.kan").write_bytes(encode_network(network))
    return folder


@pytest.mark.parametrize("tool", ["z3", "cvc5", "sympy"])
def test_a_second_opinion(files: Path, tool: str) -> None:
    a, b, c = (files / f"{name}.kan" for name in ("kan", "mlp", "other"))
    first, *rest = ran("prove", a, b, "--cross-check", tool, "--sample", "2")
    assert first.startswith("proved: ")
    (line,) = rest
    assert line.startswith(f"second opinion of {tool} ")
    assert line.endswith(": 2 agree, 0 undecided, 0 disagree")
    lines = ran("prove", a, c, "--cross-check", tool, code=1)
    assert lines[-1].endswith("on the witness, 10 s: 1 agree, 0 undecided, 0 disagree")
    found = data("prove", a, b, "--cross-check", tool, "--sample", "1")
    assert found["verdict"] == "proved"
    assert found["second_opinion"]["tool"] == tool
    assert found["second_opinion"]["asked"] == 1
    assert "second_opinion" not in data("prove", a, b)


@pytest.mark.parametrize("solver", ["z3", "cvc5"])
def test_the_last_resort(
    files: Path, tmp_path: Path, solver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(equality, "TACTICS", (nothing,))
    a, b, c = (files / f"{name}.kan" for name in ("deep", "same", "off"))
    assert ran("prove", a, b, code=3) == ["unknown: no luck"]
    cert = tmp_path / "holey.cert"
    first, *rest = ran("prove", a, b, "--smt", solver, "-o", cert, code=3)
    assert first.startswith(f"holey: equal if {solver} ")
    assert "which nobody has checked" in first
    assert rest[-1].startswith(f"certificate {cert} sha256 ")
    checked = ran("check", cert, code=3)
    assert checked[0].startswith("holey: left and right are equal")
    assert checked[0].endswith("if 1 admitted steps hold")
    assert any(f"{solver} " in line and "unsat" in line for line in checked[1:])
    assert data("prove", a, b, "--smt", solver, code=3)["verdict"] == "holey"
    assert ran("prove", a, c, "--smt", solver, code=1)[0].startswith("refuted: ")


def test_usage(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = files / "kan.kan", files / "mlp.kan"
    for wrong in (
        ("--smt", "sympy"),
        ("--cross-check", "yices"),
        ("--sample", "0"),
    ):
        assert run("prove", a, b, *wrong).exit_code == 2
    monkeypatch.setattr(tools, "find_spec", lambda _: None)
    for asked in (("--smt", "z3"), ("--cross-check", "cvc5")):
        result = run("prove", a, b, *asked)
        assert result.exit_code == 4
        assert "pip install 'kan-equiv[smt]'" in result.stderr
        assert result.stdout == ""
