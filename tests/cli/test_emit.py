from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import kan_equiv as ke
from kan_equiv.certificate.encode import encode_network
from tests.cli.test_commands import data, ran, run
from tests.networks import DATA, kan, with_coefficient
from tests.smt import ANSWERS

CERTIFICATES = Path(__file__).parents[2] / "proofs" / "certificates" / "good"


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
    assert wrong.exit_code == 2
    assert "within" in wrong.stderr
    assert not out.exists()


# --- networks in other formats -----------------------------------------------------

PWL = DATA / "pykan_pwl"


@pytest.mark.parametrize(
    ("language", "name", "files"),
    [
        ("onnx", "m.onnx", ["m.onnx"]),
        ("onnx-relu", "m.onnx", ["m.onnx"]),
        ("torch-export", "m.pt2", ["m.pt2"]),
        ("python", "out", ["out/module.py", "out/weights.safetensors"]),
        (
            "safetensors",
            "out",
            ["out/weights.safetensors", "out/certificate.cert", "out/MODEL_CARD.md"],
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:.*treespec:FutureWarning")
def test_formats(language: str, name: str, files: list[str], tmp_path: Path) -> None:
    found = data("emit", PWL, "--format", language, "-o", tmp_path / name)
    assert found["verdict"] == "ok"
    assert found["files"] == [str(tmp_path / f) for f in files]
    assert all((tmp_path / f).stat().st_size > 0 for f in files)
    assert len(found["certificate_sha256"]) == 64


def test_a_model_card_says_how_to_check_again(tmp_path: Path) -> None:
    lines = ran("emit", PWL, "--format", "safetensors", "-o", tmp_path / "a")
    assert lines[-1] == "not carried: the code that computes with the weights"
    folder = tmp_path / "a"
    assert ke.check(folder / "certificate.cert").verdict == "valid"
    card = (folder / "MODEL_CARD.md").read_text()
    digest = hashlib.sha256((folder / "certificate.cert").read_bytes()).hexdigest()
    weights = (folder / "weights.safetensors").read_bytes()
    assert digest in card
    assert digest.encode() in weights
    assert hashlib.sha256(weights).hexdigest() in card
    ran("emit", PWL, "--format", "safetensors", "-o", tmp_path / "b")
    assert (tmp_path / "b" / "weights.safetensors").read_bytes() == weights


@pytest.mark.parametrize("language", ["python", "safetensors"])
def test_with_a_domain_floats_are_bounded_too(language: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    lines = ran("emit", PWL, "--format", language, "-o", out, "--domain", "[-1,1]")
    (line,) = [text for text in lines if text.startswith("floats: ")]
    assert "the module differs from the source over the reals by at most " in line
    assert "at every float32 point of the box [-1, 1]^3; IEEE float32" in line
    verdict = ke.check(out / "floats.cert")
    assert verdict.verdict == "valid"
    assert verdict.claim.startswith("computed in floats, right differs from left")
    (tmp_path / "source.kan").write_bytes(encode_network(ke.load(PWL)))
    assert verdict.left == ke.check(tmp_path / "source.kan").left
    if language == "safetensors":
        card = (out / "MODEL_CARD.md").read_text()
        assert "- **Floats**, a statement of its own: computed in floats" in card
        assert "Not proved" not in card
        lines = ran("check", out / "floats.cert")
        assert lines[0].startswith("valid: computed in floats, right differs from")


def test_vnnlib_queries(tmp_path: Path) -> None:
    asked = ("emit", PWL, "--format", "vnnlib", "--domain", "[-1,1]", "-o")
    ran(*asked, tmp_path / "two", "--within", "1/1000")
    names = {p.name for p in (tmp_path / "two").iterdir()}
    assert names == {"f.onnx", "g.onnx", "query.vnnlib"}
    ran(*asked, tmp_path / "one", "--within", "1/10", "--radius", "1e-3")
    assert "equal-to" in (tmp_path / "one" / "query.vnnlib").read_text()
    lacking = run(*asked, tmp_path / "none")
    assert lacking.exit_code == 2
    assert "--within" in lacking.stderr
    one = ("emit", PWL, "--format", "vnnlib-1", "-o", tmp_path / "p")
    ran(*one, "--domain", "[-1,1]", "--bounds", "[-9,9]")
    assert "(>= Y_0 9.0)" in (tmp_path / "p" / "property.vnnlib").read_text()
    assert run(*one).exit_code == 2


def test_a_certificate_is_written_in_coq_as_it_is(tmp_path: Path) -> None:
    path = CERTIFICATES / "schema_hinge_degree_2.cert"
    out = tmp_path / "claim.v"
    first, *_ = ran("emit", path, "--format", "coq", "-o", out)
    assert first == f"ok: a theorem for Coq, of {path}: {out}"
    assert f"sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}" in out.read_text()
    out.unlink()
    cut = tmp_path / "cut.cert"
    cut.write_bytes(b"no certificate")
    for wrong in (cut, tmp_path / "none.cert"):
        assert run("emit", wrong, "--format", "coq", "-o", out).exit_code == 4
        assert not out.exists()


def test_formats_say_what_they_cannot_carry(tmp_path: Path) -> None:
    out = tmp_path / "m.onnx"
    cubic = run("emit", DATA / "pykan_cubic", "--format", "onnx-relu", "-o", out)
    assert cubic.exit_code == 4
    assert "cannot carry unit" in cubic.stderr
    half = run("emit", PWL, "--format", "onnx", "--precision", "float16", "-o", out)
    assert half.exit_code == 4
    assert not out.exists()
    assert run("emit", PWL, "--format", "smtlib", "-o", out).exit_code == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("python", "m.py"), "a directory that holds its files, got"),
        (("safetensors", "w.safetensors"), "the name of a file"),
        (("torch-export", "m.onnx"), "called *.pt2"),
        (("python", "there.txt"), "a file"),
        (("onnx", "folder"), "a directory"),
        (("vnnlib", "q"), "needs --domain and --within"),
        (("vnnlib-1", "q", "--domain", "[0,1]"), "needs --bounds"),
        (("smtlib", "q.smt2"), "two models"),
        (("python", "m", "--radius", "1"), "--radius is for"),
        (("python", "m", "--bounds", "[0,1]"), "--bounds is for"),
        (("onnx", "m.onnx", "--domain", "[0,1]"), "--domain is for"),
        (("onnx", "m.onnx", "--within", "1"), "--within is for"),
        (("onnx", "m.onnx", "second.kan"), "RIGHT is for"),
        (
            ("vnnlib", "q", "b.kan", "--domain", "[0,1]", "--within=1", "--radius=1"),
            "asks about LEFT alone",
        ),
        (("python", "m", "--domain", "[1,0]"), "--domain needs"),
        (("vnnlib-1", "q", "--domain", "[0,1]", "--bounds", "[1"), "--bounds needs"),
        (("python", "m", "--within", "-1"), ">= 0"),
        (("python", "m", "--left-format", "no"), "--left-format must be one of"),
        (("python", "m", "--right-set", "no"), "--right-set needs NAME=VALUE"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_loaded(
    tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    (tmp_path / "there.txt").write_text("here")
    (tmp_path / "folder").mkdir()
    language, name, *more = options
    out = tmp_path / name
    asked = ("emit", tmp_path / "missing.kan", "--format", language, "-o", out, *more)
    result = run(*asked)
    assert result.exit_code == 2, result.output
    assert words in result.stderr
    assert "missing.kan" not in result.stderr
    assert {p.name for p in tmp_path.iterdir()} == {"there.txt", "folder"}
