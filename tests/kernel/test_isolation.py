"""The kernel alone: standard library only, from the command line, and in a zipapp."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
import zipapp
from pathlib import Path

import pytest

import kan_equiv.kernel
from tests.kernel.builder import Builder, jump_matrix

KERNEL = Path(kan_equiv.kernel.__file__).parent
ROOT = KERNEL.parent.parent

# Runs `python -m kan_equiv.kernel` in a bare interpreter: no site-packages (-S), no
# user paths (-I); then says which modules that have loaded are neither the kernel's nor
# the standard library's.
RUN = """
import runpy, sys
sys.path.insert(0, sys.argv.pop(1))
extra = sys.argv.pop(1)
if extra:
    __import__(extra)
status = 0
try:
    runpy.run_module("kan_equiv.kernel", run_name="__main__", alter_sys=True)
except SystemExit as stop:
    status = stop.code
allowed = sys.stdlib_module_names | {"__main__", "__mp_main__"}
strange = sorted(
    name for name in sys.modules
    if name.partition(".")[0] not in allowed
    and name not in ("kan_equiv", "kan_equiv.kernel")
    and not name.startswith("kan_equiv.kernel.")
)
print(strange)
sys.exit(status)
"""


def run_alone(*arguments, extra=""):
    command = [sys.executable, "-I", "-S", "-c", RUN, str(ROOT), extra]
    return subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, text=True, check=False
    )


@pytest.fixture
def files(tmp_path):
    """One file for each verdict, touching every module of the kernel."""
    b = Builder()
    relu = b.bank([b.powers([(0, 1)])], [0])
    again = b.linear([[1]])
    net = b.network(1, relu)
    sides = {"left": net, "right": net, "domain": [["0", "1"]]}
    b.judge("distance", bounds=["0"], subdivisions=0, points=[], attained=[], **sides)
    wide = {"domain": [["0", "1"]], "bounds": [["0", "1"]]}
    b.judge("range", in_features=1, stages=[relu], subdivisions=1, **wide)
    other = b.network(1, again)
    values = {"left_value": ["0", "0"], "right_value": ["-1", "-1"]}
    b.judge(
        "witness", point=["-1"], output=0, left=net, right=other, domain=[], **values
    )
    mix = b.linear([[1, 1], [0, 1]])
    b.window(2, [mix], [mix, b.linear([[1, 0], [0, 1]])])
    valid = b.equal(1, [relu], [relu, again])
    b.judgements[-1]["steps"] = []
    invalid = b.bytes()
    h = Builder()
    holey_relu = h.bank([h.powers([(0, 1)])], [0])
    left, right = h.network(1, holey_relu), h.network(1)
    h.window(1, [holey_relu], [], reason="because")
    h.compose(left, right, [[0, 0, "forward"]])
    contents = {"valid": valid, "invalid": invalid, "holey": h.bytes()}
    for name, data in contents.items():
        (tmp_path / f"{name}.cert").write_bytes(data)
    return tmp_path


STATUS = {"valid": 0, "invalid": 1, "holey": 3}


@pytest.mark.parametrize("verdict", STATUS)
def test_the_kernel_loads_the_standard_library_only(files, verdict):
    done = run_alone(files / f"{verdict}.cert")
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == verdict
    assert lines[-1] == "[]"
    assert done.returncode == STATUS[verdict]
    if verdict == "valid":
        assert (
            "claim: left and right are equal as functions over the reals" in done.stdout
        )
        assert "distance" in done.stdout
        assert "witness" in done.stdout


def test_the_check_of_modules_can_fail(files):
    """Another module of ours, loaded in the same process, would be seen."""
    done = run_alone(files / "valid.cert", extra="kan_equiv.errors")
    assert done.stdout.splitlines()[-1] == "['kan_equiv.errors']"


def test_status_4_for_a_file_that_cannot_be_read_and_2_for_wrong_usage(tmp_path):
    done = run_alone(tmp_path / "missing.cert")
    assert done.returncode == 4
    assert "unreadable" in done.stderr
    assert run_alone(tmp_path).returncode == 4
    assert run_alone().returncode == 2
    assert run_alone("a", "b").returncode == 2


def test_json(files):
    done = run_alone(files / "holey.cert", "--json")
    shown = json.loads(done.stdout.splitlines()[0])
    assert next(iter(shown)) == "verdict"
    assert shown["verdict"] == "holey"
    assert len(shown["left"]) == len(shown["file_sha256"]) == 64
    assert "mixing" not in shown["modules"]


def test_in_a_zipapp_under_another_name(files, tmp_path):
    source = tmp_path / "source"
    shutil.copytree(
        KERNEL,
        source / "kan_equiv_kernel",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    main = "import sys\nfrom kan_equiv_kernel.__main__ import main\nsys.exit(main())\n"
    (source / "__main__.py").write_text(main)
    zipapp.create_archive(source, tmp_path / "check.pyz")
    for verdict, status in STATUS.items():
        command = [sys.executable, "-I", "-S", tmp_path / "check.pyz"]
        done = subprocess.run(
            [*command, files / f"{verdict}.cert"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stdout.splitlines()[0], done.returncode) == (verdict, status)


def sources():
    return sorted(KERNEL.glob("*.py"))


@pytest.mark.parametrize("path", sources(), ids=lambda p: p.name)
def test_imports_are_relative_or_standard_and_no_float_is_written(path):
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            assert all(n.partition(".")[0] in sys.stdlib_module_names for n in names)
        elif isinstance(node, ast.ImportFrom):
            assert (
                node.level == 1
                or node.module.partition(".")[0] in sys.stdlib_module_names
            )
        elif isinstance(node, ast.Constant):
            assert not isinstance(node.value, (float, complex))
        elif isinstance(node, ast.Name):
            assert node.id not in {"float", "complex", "eval", "exec", "round"}
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            # true division must be of Fractions: only these modules may use it
            assert path.stem in {
                "algebra",
                "splines",
                "cells",
                "hulls",
                "ratios",
                "partial",
                "guards",
            }
        assert not isinstance(node, ast.Assert)  # python -O would drop it


def code_lines(path):
    """Lines that hold code: no blank lines, comments or docstrings."""
    source = path.read_text()
    tree = ast.parse(source)
    texts = set()
    for node in ast.walk(tree):
        if isinstance(
            node, (ast.Module, ast.ClassDef, ast.FunctionDef)
        ) and ast.get_docstring(node):
            texts |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    lines = source.splitlines()
    return sum(
        1
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.strip().startswith("#") and number not in texts
    )


def test_sizes():
    """What has to be read: the core, and modules of one idea each."""
    count = {path.stem: code_lines(path) for path in sources()}
    core = ["reader", "algebra", "windows", "composition"]
    assert sum(count[name] for name in core) <= 500
    assert max(count.values()) <= 200


def test_the_right_matrix_of_jumps_is_used_in_these_tests():
    assert jump_matrix([0, 1, 2, 3], 1) == [[1, -2, 1, 0], [0, 1, -2, 1]]
