from __future__ import annotations

import json
import shlex
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sympy
import torch
from click.testing import CliRunner, Result

import kan_equiv as ke
from kan_equiv.certificate.encode import encode_network
from kan_equiv.cli.main import COMMANDS, main
from tests.networks import CHECKPOINTS, DATA, kan, with_coefficient

PWL = str(CHECKPOINTS["pykan_pwl"])
CUBIC = str(CHECKPOINTS["pykan_cubic"])
EFFICIENT = str(CHECKPOINTS["efficient_kan"])


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def ran(*arguments: object, code: int = 0) -> list[str]:
    """The lines of stdout, after a look at the exit code."""
    result = run(*arguments)
    assert result.exit_code == code, (result.output, result.exception)
    return result.stdout.splitlines()


def data(*arguments: object, code: int = 0) -> dict[str, Any]:
    """What --json prints."""
    (line,) = ran(*arguments, "--json", code=code)
    found: dict[str, Any] = json.loads(line)
    assert next(iter(found)) == "verdict"
    return found


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """a.kan, the same function as b.kan, another as c.kan, nearly the same as d.kan."""
    folder = tmp_path_factory.mktemp("files")
    source = kan([2, 2, 1], degree=1)
    networks = {
        "a": source,
        "b": ke.convert(source, "local").target,
        "c": with_coefficient(source, 1, (0, 0, 1), 0.5),
        "d": with_coefficient(source, 0, (0, 0, 1), 2.0**-22),
    }
    for name, network in networks.items():
        (folder / f"{name}.kan").write_bytes(encode_network(network))
    return folder


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundle") / "out"
    ran("convert", PWL, "-o", out, "--to", "local")
    return out


# --- convert -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        ("--to", "hinge"),
        ("--to", "local"),
        ("--layout", "sequential"),
        ("--to", "local", "--dtype", "float64", "--pure-relu"),
        ("--domain", "[-1/2,1/2] [0,1] [-1,1]"),
    ],
)
def test_convert_proves_and_writes_a_bundle(
    options: tuple[str, ...], tmp_path: Path
) -> None:
    lines = ran("convert", PWL, "-o", tmp_path / "out", *options)
    assert lines[0] == (
        "proved: source and target are equal as functions over the reals on R^3"
    )
    trail = [line.split()[0] for line in lines[1:6]]
    assert trail == ["source", "proved", "certified", "floats", "measured"]
    assert "pykan_pwl_config.yml sha256 " in lines[1]
    assert "pykan_pwl_state sha256 " in lines[1]
    first, certified, floats, *_ = ran("check", tmp_path / "out")
    assert first.startswith("valid: left and right are equal")
    assert [certified, floats] == lines[3:5]
    assert floats.startswith("floats     max |module.py - source| <= ")


def test_convert_back_on_a_box_and_on_all_of_R_n(tmp_path: Path) -> None:
    mlp = ke.mlp([([[1, 2], [-1, 1]], [0, 1]), ([[1, -3]], [2])])
    (tmp_path / "mlp.kan").write_bytes(encode_network(mlp))
    for options, where in [
        ((), "R^2"),
        (("--domain", "[-1,1]"), "the box [-1, 1]^2"),
        (("--domain", "[0,1] [-1,1]"), "the box [0, 1] x [-1, 1]"),
    ]:
        out = tmp_path / f"out{len(where)}"
        arguments = ("convert", tmp_path / "mlp.kan", "-o", out, "--to", "kan")
        line = ran(*arguments, *options)[0]
        assert line.endswith(f"equal as functions over the reals on {where}")
        assert ran("check", out)[0].startswith("valid: left and right are equal")


def test_convert_as_json_is_the_summary(tmp_path: Path) -> None:
    found = data("convert", EFFICIENT, "-o", tmp_path / "out", "--to", "local")
    assert found == json.loads((tmp_path / "out" / "summary.json").read_text())
    assert found["verdict"] == "proved"


def test_convert_in_an_unfit_format_is_refused_unless_forced(tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ("-o", out, "--to", "hinge", "--dtype", "float32")
    result = run("convert", CUBIC, *options)
    assert result.exit_code == 4
    assert "one-sided powers of degree 3" in result.stderr
    assert list(tmp_path.iterdir()) == []
    assert run("convert", CUBIC, *options, "--force").exit_code == 0


def test_pure_relu_is_refused_where_silu_remains(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run("convert", CUBIC, "-o", out, "--pure-relu")
    assert result.exit_code == 4
    assert "silu" in result.stderr
    assert result.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_convert_does_not_overwrite_unless_told(tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran("convert", PWL, "-o", out)
    before = (out / "summary.json").read_bytes()
    result = run("convert", PWL, "-o", out, "--to", "local")
    assert result.exit_code == 2
    assert "not empty" in result.stderr
    assert "--overwrite" in result.stderr
    assert (out / "summary.json").read_bytes() == before
    ran("convert", PWL, "-o", out, "--to", "local", "--overwrite")
    assert json.loads((out / "summary.json").read_text())["form"] == "local"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((PWL, "--to", "relu"), 2),
        ((PWL, "--layout", "round"), 2),
        ((PWL, "--dtype", "float16"), 2),
        ((PWL, "--domain", "-1,1"), 2),
        ((PWL, "--domain", "[-1,1"), 2),
        ((PWL, "--domain", "[1,-1]"), 2),
        ((PWL, "--domain", "[-1,1] [0,1]"), 2),
        ((PWL, "--domain", "[0,nan]"), 2),
        ((PWL, "--domain", "[-1,1] or so"), 2),
        ((PWL, "--format", "keras"), 2),
        ((PWL, "--set", "input_id"), 2),
        ((PWL, "--set", "frobnicate=1"), 4),
        ((str(DATA / "nothing.pt"),), 4),
        ((str(DATA / "pykan_0_0_5.pt"),), 4),  # base_fun is not given
        ((str(DATA / "pykan_pwl_io.npz"),), 4),
    ],
)
def test_a_failed_convert_leaves_nothing(
    arguments: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    result = run("convert", *arguments, "-o", tmp_path / "deep" / "out")
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert result.stderr
    assert list(tmp_path.iterdir()) == []


def test_convert_needs_an_output() -> None:
    assert run("convert", PWL).exit_code == 2


# --- check -------------------------------------------------------------------------


def test_check_a_certificate_file(bundled: Path) -> None:
    lines = ran("check", bundled / "certificate.cert")
    assert lines[0] == (
        "valid: left and right are equal as functions over the reals on R^3"
    )
    found = data("check", bundled / "certificate.cert")
    assert found["verdict"] == "valid"
    assert found["right"] == data("check", bundled / "network.kan")["right"]


def test_check_other_weights(bundled: Path, tmp_path: Path) -> None:
    ran("check", bundled, "--weights", bundled / "weights.safetensors")
    (tmp_path / "other").write_bytes(b"other")
    lines = ran("check", bundled, "--weights", tmp_path / "other", code=1)
    assert lines[0].startswith(
        "invalid: the proof is valid, but these weights are other ones"
    )
    assert data("check", bundled, "--weights", tmp_path / "other", code=1)["reason"]


def test_check_a_changed_bundle(bundled: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(bundled, tmp_path / "copy"))
    weights = bytearray((copy / "weights.safetensors").read_bytes())
    weights[-1] ^= 1
    (copy / "weights.safetensors").write_bytes(weights)
    assert ran("check", copy, code=1)[0].startswith("invalid: the proof is valid, but")


def test_check_a_holey_certificate(tmp_path: Path) -> None:
    (tmp_path / "holey.cert").write_bytes(holey())
    lines = ran("check", tmp_path / "holey.cert", code=3)
    assert lines[0].startswith("holey: ")
    assert lines[1].startswith("admitted: ")


def test_check_what_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.cert"):
        found = data("check", path, code=4)
        assert (found["verdict"], found["error"]) == ("error", "CertificateError")
    (tmp_path / "text.cert").write_text("no certificate")
    assert ran("check", tmp_path / "text.cert", code=1)[0].startswith("invalid: ")


# --- prove -------------------------------------------------------------------------


def test_prove_equal_networks(files: Path, tmp_path: Path) -> None:
    cert = tmp_path / "p.cert"
    lines = ran("prove", files / "a.kan", files / "b.kan", "-o", cert)
    assert lines[0] == "proved: equal as functions over the reals on R^n"
    assert ran("check", cert)[0].startswith("valid: ")
    found = data("prove", files / "a.kan", files / "b.kan", "--domain", "[-1,1]")
    assert found["verdict"] == "proved"


def test_prove_refutes_with_a_point(files: Path, tmp_path: Path) -> None:
    cert = tmp_path / "r.cert"
    lines = ran("prove", files / "a.kan", files / "c.kan", "-o", cert, code=1)
    assert lines[0].startswith("refuted: output 0 at x = (")
    assert "differ as functions" in ran("check", cert)[0]
    found = data("prove", files / "a.kan", files / "c.kan", code=1)
    assert found["verdict"] == "refuted"
    assert len(found["point"]) == 2
    assert not found["looks_like_rounding"]


def test_where_one_side_is_not_defined(tmp_path: Path) -> None:
    x = sympy.Symbol("x", real=True)
    edges = {"log": sympy.log(2 * x), "sum": sympy.log(x) + sympy.log(2), "line": x}
    for name, edge in edges.items():
        network = encode_network(ke.kan([[edge]]))
        (tmp_path / f"{name}.kan").write_bytes(network)
    log, total, line = (tmp_path / f"{name}.kan" for name in edges)
    assert ran("prove", log, total)[0].startswith("proved")
    assert "log(2*x + 0)" in "".join(ran("show", log))
    first, *_ = ran("prove", log, line, code=1)
    assert first.endswith("the right side is defined and the left side is not")
    found = data("prove", log, line, "-o", tmp_path / "out.cert", code=1)
    assert found["left"] == "undefined"
    assert found["difference"] is None
    assert ran("check", tmp_path / "out.cert")[0].startswith("valid")


def test_a_refutation_that_looks_like_rounding_says_so(files: Path) -> None:
    lines = ran("prove", files / "a.kan", files / "d.kan", code=1)
    assert lines[1].startswith("this looks like rounding: at output 0 ")
    assert " they differ by at most " in lines[2]
    advice = shlex.split(lines[3])
    assert advice[:2] == ["try:", "--domain"]
    again = ("prove", files / "a.kan", files / "d.kan", *advice[1:])
    assert ran(*again)[0].startswith("proved: within ")


def test_prove_within(files: Path, tmp_path: Path) -> None:
    cert = tmp_path / "w.cert"
    pair = (files / "a.kan", files / "c.kan", "--domain", "[-4,4]")
    assert ran("prove", *pair, "--within", "1e3", "-o", cert)[0].startswith("proved: ")
    assert "differ by at most" in ran("check", cert)[0]
    lines = ran("prove", *pair, "--within", "1e-9", "-o", cert, code=1)
    assert lines[0].startswith("refuted: output 0 at x = (")
    assert "more than 1e-09" in lines[0]
    assert not any("rounding" in line for line in lines)
    assert "differ by more than" in ran("check", cert)[0]
    assert data("prove", *pair, "--within", "1/700", code=1)["epsilon"] == "1/700"
    assert run("prove", *pair[:2], "--within", "1").exit_code == 2
    assert run("prove", *pair, "--within", "-1").exit_code == 2
    assert run("prove", *pair, "--within", "much").exit_code == 2


@pytest.mark.parametrize(
    "options",
    [
        ("prove", "--within", "-1", "--domain", "[0,1]"),
        ("prove", "--within", "much", "--domain", "[0,1]"),
        ("prove", "--within", "nan", "--domain", "[0,1]"),
        ("prove", "--within", "1"),
        ("prove", "--within", "1", "--domain", "[0,1]", "--smt", "z3"),
        ("prove", "--domain", "[1,0]"),
        ("prove", "--timeout", "-1"),
        ("prove", "--left-format", "no"),
        ("prove", "--right-set", "no"),
        ("distance", "--domain", "[0,1"),
        ("diff", "--domain", "[0,1"),
        ("distance", "--domain", "[0,1]", "--relative", "0"),
        ("write-test", "--within", "-1", "--domain", "[0,1]"),
        ("write-test", "--within", "x", "--domain", "[0,1]"),
        ("write-test", "--domain", "0"),
    ],
)
def test_wrong_options_are_usage_and_come_first(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    """One rule for all commands: exit code 2, before a model is loaded."""
    verb, *more = options
    result = run(verb, tmp_path / "missing.kan", tmp_path / "missing.kan", *more)
    assert result.exit_code == 2, result.output
    assert "missing.kan" not in result.stderr


def test_prove_within_between_bound_and_observation(files: Path) -> None:
    pair = (files / "a.kan", files / "c.kan", "--domain", "[-4,4]")
    known = data("distance", *pair)
    high, low = (Fraction(known[k][0]) for k in ("upper", "attained"))
    assert low < high
    found = data("prove", *pair, "--within", (low + high) / 2, code=3)
    assert found["distance"]["upper"] == known["upper"]
    cert = files / "none.cert"
    lines = ran("prove", *pair, "--within", (low + high) / 2, "-o", cert, code=3)
    assert any(line.startswith("step 1: ") for line in lines)
    assert lines[-1] == f"there is no certificate: {cert} is not written"
    assert not cert.exists()


def test_distance(files: Path, tmp_path: Path) -> None:
    cert = tmp_path / "d.cert"
    pair = (files / "a.kan", files / "d.kan", "--domain", "[-4,4] [0,4]")
    lines = ran("distance", *pair, "-o", cert)
    assert lines[0].startswith("ok: the two differ by ")
    assert lines[1].startswith("output 0: at most ")
    assert ran("check", cert)[0].startswith("valid: left and right differ by at most ")
    found = data("distance", *pair)
    assert found["domain"] == "[-4,4] [0,4]"
    assert Fraction(found["bound"]) == Fraction(found["upper"][0])
    assert run("distance", *pair[:2]).exit_code == 2
    assert run("distance", *pair[:2], "--domain", "[0,inf]").exit_code == 2
    assert run("distance", *pair, "--relative", "0").exit_code == 2
    assert run("distance", *pair, "-o", tmp_path / "no" / "d.cert").exit_code == 2


def test_distance_without_a_bound(tmp_path: Path) -> None:
    x = sympy.Symbol("x", real=True)
    for n in (1, 2):
        network = ke.kan([[n * sympy.exp(x)]])
        (tmp_path / f"{n}.kan").write_bytes(encode_network(network))
    pair = (tmp_path / "1.kan", tmp_path / "2.kan", "--domain", "[0,5000]")
    cert = tmp_path / "d.cert"
    lines = ran("distance", *pair, "-o", cert, code=3)
    assert lines[0].startswith("unknown: no bound of the largest difference is known")
    assert "exp beyond 4096" in lines[0]
    assert lines[1] == f"there is no certificate: {cert} is not written"
    assert not cert.exists()
    assert data("distance", *pair, code=3)["verdict"] == "unknown"


def test_prove_a_bundle_against_its_checkpoint(bundled: Path) -> None:
    assert ran("prove", PWL, bundled)[0].startswith("proved: ")


def test_prove_unknown(monkeypatch: pytest.MonkeyPatch, files: Path) -> None:
    from kan_equiv.prover import equality

    unknown = ke.Unknown("layer 1: out of reach")
    monkeypatch.setattr(equality, "TACTICS", (lambda _: unknown,))
    a = files / "a.kan"
    assert ran("prove", a, a, code=3)[0] == "unknown: layer 1: out of reach"
    assert data("prove", a, a, code=3)["reason"] == "layer 1: out of reach"


def test_prove_of_unlike_shapes_and_places(files: Path, tmp_path: Path) -> None:
    assert run("prove", PWL, files / "a.kan").exit_code == 4
    missing = tmp_path / "missing" / "p.cert"
    result = run("prove", files / "a.kan", files / "b.kan", "-o", missing)
    assert result.exit_code == 2
    result = run("prove", files / "a.kan", files / "b.kan", "--timeout", "-1")
    assert result.exit_code == 2


def test_each_side_has_its_own_arguments(tmp_path: Path) -> None:
    layers = [torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1)]
    stack = torch.nn.Sequential(*layers)
    torch.save(stack.state_dict(), tmp_path / "mlp.pt")
    exact = ke.load(stack)
    (tmp_path / "mlp.kan").write_bytes(encode_network(exact))
    mlp, same = tmp_path / "mlp.pt", tmp_path / "mlp.kan"
    assert run("prove", same, mlp).exit_code == 4
    ran("prove", same, mlp, "--right-set", "activation=relu")
    ran("prove", mlp, same, "--left-set", "activation=relu", "--left-format", "torch")
    relu2 = ("--left-set", "activation=relu", "--left-set", "degree=2")
    assert run("prove", mlp, same, *relu2).exit_code == 1


# --- show, doctor, formats ---------------------------------------------------------


def test_show() -> None:
    lines = ran("show", PWL)
    assert lines[0].startswith("ok: 3 inputs, ")
    assert any("B-splines of degree 1" in line for line in lines)
    found = data("show", EFFICIENT)
    assert found["in_features"] == 3
    assert found["parameters"] > 0


def test_show_an_edge() -> None:
    lines = ran("show", PWL, "--edge", "0:1:2")
    assert lines[1].startswith("x < ")
    assert ran("show", PWL, "--edge", "0:1:2", "--latex")[1].startswith(r"\begin{cases")
    assert data("show", PWL, "--edge", "0:1:2")["edge"] == [0, 1, 2]
    for wrong in (("--edge", "0:1"), ("--edge", "a:b:c"), ("--latex",)):
        assert run("show", PWL, *wrong).exit_code == 2
    assert run("show", PWL, "--edge", "0:1:99").exit_code == 4


def test_doctor_says_what_to_type_next() -> None:
    found = data("doctor", CUBIC)
    assert found["family"] == "pykan"
    assert found["is_hinge_safe_in_float32"] is False
    assert found["suggestions"][0] == f"kan-equiv convert {CUBIC} -o out --to local"
    assert found["dead_edges"] == 0
    lines = ran("doctor", PWL)
    assert lines[0].startswith("ok: pykan, float32, 2 layers, 3 inputs")
    assert any("fit for the hinge form" in line for line in lines)
    assert any(line.startswith("next: kan-equiv convert") for line in lines)


def test_what_the_doctor_says_to_type_works(tmp_path: Path) -> None:
    command = shlex.split(data("doctor", CUBIC)["suggestions"][0])
    command[command.index("out")] = str(tmp_path / "out")
    assert ran(*command[1:])[0].startswith("proved: ")


def test_the_doctor_advises_no_form_that_a_family_lacks(tmp_path: Path) -> None:
    """ReLU-KAN's pieces of degree 4 stay one-sided: local is refused in float32."""
    model = DATA / "relu_kan.pt"
    result = run("doctor", model)
    assert result.exit_code == 4
    assert result.stderr.rstrip().endswith("Here it is given by --format NAME")
    settings = ("--format", "relu-kan", "--set", "g=5", "--set", "k=3")
    lines = ran("doctor", model, *settings)
    assert lines[0] == "ok: relu-kan, float32, 2 layers, 3 inputs, 2 outputs"
    assert not any("local" in line for line in lines)
    (command,) = data("doctor", model, *settings)["suggestions"]
    words = shlex.split(command)
    words[words.index("out")] = str(tmp_path / "out")
    assert ran(*words[1:])[0].startswith("proved: ")
    words[-1] = "local"
    refused = run(*words[1:], "--overwrite")
    assert refused.exit_code == 4
    assert "dtype='float64'" in refused.stderr
    assert "to='local'" not in refused.stderr


@pytest.mark.parametrize(
    ("model", "settings", "reason"),
    [
        ("kat.pt", ("--set", "device=cuda"), "refused: ratios of polynomials"),
        ("faster_kan.pt", (), "layer normalization is not emitted"),
    ],
)
def test_the_doctor_says_why_nothing_is_converted(
    model: str, settings: tuple[str, ...], reason: str
) -> None:
    lines = ran("doctor", DATA / model, *settings)
    (line,) = [line for line in lines if line.startswith("convert: ")]
    assert reason in line
    assert lines[-1].startswith("next: kan-equiv show ")
    assert not any(line.startswith("convert: ") for line in ran("doctor", PWL))


def test_the_doctor_names_no_floats_where_weights_are_rationals() -> None:
    convkan = DATA / "convkan.pt"
    lines = ran("doctor", convkan, "--set", "base_activation=silu")
    assert lines[0] == "ok: convkan, 1 layers, 12 inputs, 6 outputs"


def test_doctor_counts_dead_edges(tmp_path: Path) -> None:
    state = torch.load(EFFICIENT, weights_only=True)
    state["layers.0.base_weight"][1, 2] = 0
    state["layers.0.spline_weight"][1, 2] = 0
    torch.save(state, tmp_path / "dead.pt")
    assert data("doctor", tmp_path / "dead.pt")["dead_edges"] == 1
    lines = ran("doctor", tmp_path / "dead.pt")
    assert any("1 of 12 edges dead" in line for line in lines)


def test_doctor_of_a_model_that_cannot_be_loaded(tmp_path: Path) -> None:
    config = (DATA / "pykan_symbolic_config.yml").read_text(encoding="utf-8")
    (tmp_path / "net_config.yml").write_text(config.replace("sin", "tan"))
    shutil.copy(DATA / "pykan_symbolic_state", tmp_path / "net_state")
    lines = ran("doctor", tmp_path / "net", code=4)
    assert lines[0].startswith("error: pykan, cannot be loaded: ")
    assert "symbolic" in lines[0]
    stack = torch.nn.Sequential(torch.nn.Linear(1, 2), torch.nn.Linear(2, 1))
    torch.save(stack.state_dict(), tmp_path / "mlp.pt")
    found = data("doctor", tmp_path / "mlp.pt", code=4)
    assert found["missing"] == ["activation"]
    assert found["suggestions"][0].endswith("--set activation=...")


def test_set_reaches_the_importer() -> None:
    found = data("show", EFFICIENT, "--set", "base_activation=identity")
    assert found["has_atoms"] is False
    assert data("show", EFFICIENT)["has_atoms"] is True


def test_formats() -> None:
    lines = ran("formats")
    assert lines[0].startswith("ok: ")
    assert {"pykan", "efficient-kan", "torch", "kan"} <= set(lines)
    assert "input_id" in data("formats")["formats"]["pykan"]["arguments"]


def test_the_table_of_formats_is_the_one_of_the_reference() -> None:
    page = (DATA.parents[1] / "docs/reference/formats.md").read_text(encoding="utf-8")
    table = [line for line in page.splitlines() if line.startswith("|")]
    assert table == ran("formats", "--markdown")[1:], "run kan-equiv formats --markdown"


# --- all of them -------------------------------------------------------------------


def test_help_names_every_command() -> None:
    lines = ran("--help")
    for name in COMMANDS:
        assert any(line.split()[:1] == [name] for line in lines)
        assert "Usage:" in ran(name, "--help")[0]
    assert ran("--version")[0] == f"kan-equiv {ke.__version__}"


def test_usage_errors() -> None:
    for arguments in (("frobnicate",), ("show",), ("show", PWL, "--frobnicate")):
        result = run(*arguments)
        assert result.exit_code == 2
        assert result.stdout == ""


def holey() -> bytes:
    from kan_equiv.certificate.encode import Encoder
    from kan_equiv.certificate.model import Certificate

    source = kan([1, 1], degree=1)
    target = ke.convert(source).target
    encoder = Encoder()
    sides = {"left": encoder.network(source), "right": encoder.network(target)}
    window = {
        "kind": "window_admitted",
        "in_features": 1,
        "left": encoder.stages(source.stages),
        "right": encoder.stages(target.stages),
        "domain": [],
        "reason": "because",
    }
    steps = {"kind": "composition", "domain": [], "steps": [[0, 0, "forward"]]}
    claim = {"kind": "equal", "domain": []} | sides
    return Certificate.build(encoder, claim, [window, steps | sides]).data
