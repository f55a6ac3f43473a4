from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import kan_equiv as ke
from kan_equiv.certificate.encode import encode_network
from kan_equiv.cli.main import main
from tests.networks import CHECKPOINTS, kan, with_coefficient

ROOT = Path(ke.__file__).parents[1]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["write-test", *map(str, arguments)])


def pytest_on(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(path)],
        cwd=path.parent,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    source = kan([2, 1], degree=1)
    networks = {
        "a": source,
        "b": ke.convert(source).target,
        "c": with_coefficient(source, 0, (0, 0, 1), 2.0**-10),
        "one": kan([1, 1], degree=1),
    }
    for name, network in networks.items():
        (tmp_path / f"{name}.kan").write_bytes(encode_network(network))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_file_is_what_one_would_write(files: Path) -> None:
    done = run("a.kan", "b.kan")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "ok: wrote test_a_equals_b.py",
        "run it with: pytest test_a_equals_b.py",
    ]
    assert (files / "test_a_equals_b.py").read_text() == (
        '"""a.kan and b.kan are the same function over the reals.\n\n'
        'Written by kan-equiv write-test; it is yours to change.\n"""\n\n'
        "from pathlib import Path\n\n"
        "import kan_equiv as ke\n"
        "from kan_equiv.testing import assert_proved_equal\n\n"
        "HERE = Path(__file__).parent\n\n\n"
        "def test_a_equals_b() -> None:\n"
        '    left = ke.load(HERE / "a.kan")\n'
        '    right = ke.load(HERE / "b.kan")\n'
        "    assert_proved_equal(left, right)\n"
    )


def test_the_written_test_runs_and_can_fail(files: Path) -> None:
    (files / "sub").mkdir()
    path = files / "sub" / "test_it.py"
    assert run("a.kan", "b.kan", "-o", path, "--domain", "[-1,1/2]").exit_code == 0
    assert 'HERE / "../a.kan"' in path.read_text()
    assert 'domain=ke.Box(-1, "1/2")' in path.read_text()
    done = pytest_on(path)
    assert done.returncode == 0, done.stdout
    (files / "b.kan").write_bytes((files / "c.kan").read_bytes())
    done = pytest_on(path)
    assert done.returncode == 1
    assert "A test that keeps this case" in done.stdout


def test_within(files: Path) -> None:
    box = "[-1,1] [-2,2]"
    done = run("a.kan", "c.kan", "--within", "1/1024", "--domain", box, "--json")
    path = Path(json.loads(done.stdout)["path"])
    assert path.name == "test_a_is_close_to_c.py"
    text = path.read_text()
    assert "ke.distance(left, right, ke.Box([(-1, 1), (-2, 2)]))" in text
    assert 'Fraction("1/1024")' in text
    assert pytest_on(files / path).returncode == 0
    run("a.kan", "c.kan", "--within", "1e-6", "--domain", box, "--overwrite")
    assert pytest_on(files / path).returncode == 1


def test_hyper_parameters_are_written_down(files: Path) -> None:
    options = ("--left-format", "efficient-kan", "--left-set", "base_activation=silu")
    done = run(CHECKPOINTS["efficient_kan"], CHECKPOINTS["efficient_kan"], *options)
    assert done.exit_code == 0, done.output
    path = files / "test_efficient_kan_equals_efficient_kan.py"
    assert ", format=\"efficient-kan\", base_activation='silu')" in path.read_text()
    done = pytest_on(path)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("a.kan", "one.kan"), "2 inputs"),
        (("a.kan", "b.kan", "--within", "1e-6"), "needs --domain"),
        (("a.kan", "b.kan", "--within", "-1", "--domain", "[0,1]"), ">= 0"),
        (("a.kan", "b.kan", "--within", "little", "--domain", "[0,1]"), "little"),
        (("a.kan", "b.kan", "-o", "missing/test_x.py"), "no such directory"),
        (("a.kan", "b.kan", "--domain", "[1,0]"), "--domain"),
    ],
)
def test_wrong_use(files: Path, arguments: tuple[str, ...], words: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2, done.output
    assert words in done.stderr
    assert not list(files.rglob("test_*.py"))


def test_nothing_is_overwritten_unasked(files: Path) -> None:
    path = files / "test_a_equals_b.py"
    path.write_text("mine\n")
    done = run("a.kan", "b.kan")
    assert done.exit_code == 2
    assert "--overwrite" in done.stderr
    assert path.read_text() == "mine\n"
    assert run("a.kan", "b.kan", "--overwrite").exit_code == 0
    assert "assert_proved_equal" in path.read_text()


def test_models_that_cannot_be_loaded_leave_no_file(files: Path) -> None:
    assert run("a.kan", "gone.pt").exit_code == 4
    assert not list(files.glob("test_*.py"))
