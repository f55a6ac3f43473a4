"""Formulas in text files: arithmetic is read, and nothing is run."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
import sympy
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv.cli.main import main
from kan_equiv.errors import LoadError, MissingArgumentError
from kan_equiv.importers.formula_file import FUNCTIONS, parse_formula

F = Fraction
X, Y = sympy.symbols("x y", real=True)


def write(folder: Path, *lines: str) -> Path:
    path = folder / "f.formula"
    path.write_text("\n".join(lines))
    return path


def test_lines_are_outputs(tmp_path: Path) -> None:
    path = write(tmp_path, "# two outputs", "0.1*x + Max(y, 0)**2", "", "x*y - 3")
    network = ke.load(path, inputs=["x", "y"])
    assert network([1, 2]) == (F(41, 10), -1)
    assert ke.load(str(path), inputs="y, x")([2, 1]) == (F(41, 10), -1)


@given(
    st.recursive(
        st.sampled_from([X, Y]) | st.integers(-5, 5).map(sympy.Integer),
        lambda p: st.one_of(
            st.builds(lambda a, b: a + b / 3, p, p),
            st.builds(lambda a, b: a * b, p, p),
            p.map(sympy.tanh),
            p.map(lambda a: sympy.Abs(a) ** 3),
            p.map(lambda a: sympy.sqrt(1 + a**2)),
        ),
        max_leaves=5,
    )
)
def test_what_sympy_prints_is_read_back(e: sympy.Expr) -> None:
    assert sympy.simplify(parse_formula(str(e), ["x", "y"]) - e) == 0


def test_every_function_is_one_of_sympy() -> None:
    for name in FUNCTIONS:
        assert parse_formula(f"{name}(x)", ["x"]).free_symbols <= {X}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("__import__('os').system('touch pwned')", "neither a number"),
        ("(lambda: 1)()", "neither a number"),
        ("x.__class__", "neither a number"),
        ("[x for x in y]", "neither a number"),
        ("exp(x, evaluate=False)", "neither a number"),
        ("gamma(x)", "neither a number"),
        ("z + 1", "one of the inputs x, y"),
        ("x**y", "an exponent is a multiple"),
        ("x**1000", "an exponent is a multiple"),
        ("((9**64)**64)**64 + x", "too large a number"),
        ("1e-99999999*x", "no decimal number"),
        ("x +", "is no formula"),
        ("'x'", "neither a number"),
        ("1j*x", "neither a number"),
        ("True", "neither a number"),
        ("(" * 5000 + "x" + ")" * 5000, "no formula|too deeply"),
        ("x" + "+x" * 100_000, "too deeply"),
        ("x/0", "divides by 0"),
        ("nan*x", "neither a number"),
    ],
)
def test_what_is_no_formula_is_quoted(tmp_path: Path, line: str, words: str) -> None:
    path = write(tmp_path, "x", line)
    with pytest.raises(LoadError, match=f"line 2: .*(?:{words})"):
        ke.load(path, inputs="x,y")
    assert [p.name for p in tmp_path.iterdir()] == ["f.formula"]


def test_files_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "f.formula"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LoadError, match="no text file"):
        ke.load(path, inputs="x")
    with pytest.raises(MissingArgumentError, match="pass inputs="):
        ke.load(path)
    with pytest.raises(LoadError, match="holds no formula"):
        ke.load(write(tmp_path, "# nothing"), inputs="x")


def test_the_command_line(tmp_path: Path) -> None:
    path = write(tmp_path, "tanh(2*x + y) + x**2/2")
    same = tmp_path / "g.formula"
    same.write_text("x*x*0.5 - tanh(-y - 2*x)")
    other = tmp_path / "h.formula"
    other.write_text("x*x*0.5 + tanh(y + 2.0001*x)")
    sets = ["--left-set", "inputs=x,y", "--right-set", "inputs=x,y"]
    for target, code in ((same, 0), (other, 1)):
        found = CliRunner().invoke(main, ["prove", str(path), str(target), *sets])
        assert found.exit_code == code, found.output
