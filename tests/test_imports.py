"""What imports load, and that modules never shadow the verbs of the API."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import kan_equiv

ROOT = Path(kan_equiv.__file__).parents[1]
VERBS = (
    "bundle",
    "check",
    "convert",
    "distance",
    "from_sympy",
    "kan",
    "load",
    "mlp",
    "prove",
    "report",
)

# What the interpreter's start-up loads (site, .pth files) is there before `statement`.
PROBE = """
import json, sys
sys.path.insert(0, sys.argv[1])
before = set(sys.modules)
exec(sys.argv[2])
loaded = set(sys.modules) - before
print(json.dumps([m for m in loaded if m.split(".")[0] not in sys.stdlib_module_names]))
"""

IMPORT_ALL_OF = """
import importlib, pkgutil
import kan_equiv
def fail(name):
    raise ImportError(name)
package = importlib.import_module({package!r})
for module in pkgutil.walk_packages(package.__path__, {package!r} + ".", onerror=fail):
    importlib.import_module(module.name)
"""
IMPORT_EVERYTHING = IMPORT_ALL_OF.format(package="kan_equiv")
IMPORT_KERNEL = IMPORT_ALL_OF.format(package="kan_equiv.kernel")


def run_isolated(*arguments: str) -> str:
    """Return the output of ``python -I -c ...``: no PYTHONPATH, no current folder."""
    return subprocess.run(
        [sys.executable, "-I", "-c", *arguments],
        check=True,
        stdout=subprocess.PIPE,  # stderr goes to pytest's report
        text=True,
    ).stdout


def loaded_modules(statement: str, root: Path = ROOT) -> set[str]:
    """Return the modules outside the standard library that ``statement`` loads."""
    return set(json.loads(run_isolated(PROBE, str(root), statement)))


def third_party_modules(statement: str, root: Path = ROOT) -> list[str]:
    packages = {module.partition(".")[0] for module in loaded_modules(statement, root)}
    return sorted(packages - {"kan_equiv"})


def verbs_not_callable(statement: str, root: Path = ROOT) -> list[str]:
    probe = (
        f"import json, sys\nsys.path.insert(0, sys.argv[1])\n{statement}\n"
        f"verbs = {VERBS!r}\n"
        "print(json.dumps([v for v in verbs if not callable(getattr(kan_equiv, v))]))"
    )
    return json.loads(run_isolated(probe, str(root)))


@pytest.mark.parametrize(
    "statement",
    [
        "import kan_equiv",
        "import kan_equiv; dir(kan_equiv); kan_equiv.__version__",
        "from kan_equiv import errors",
    ],
)
def test_import_loads_the_standard_library_only(statement: str) -> None:
    assert third_party_modules(statement) == []


def test_import_works_without_site_packages() -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); import kan_equiv"
    command = [sys.executable, "-I", "-S", "-c", code, str(ROOT)]
    assert subprocess.run(command, check=False).returncode == 0


def test_the_import_test_can_fail(tmp_path: Path) -> None:
    package = tmp_path / "kan_equiv"
    package.mkdir()
    (package / "__init__.py").write_text("import click\n")
    assert "click" in third_party_modules("import kan_equiv", root=tmp_path)


def test_the_kernel_loads_nothing_but_itself() -> None:
    ours = {"kan_equiv", "kan_equiv.kernel"}
    loaded = loaded_modules(IMPORT_KERNEL)
    assert ours <= loaded
    assert {m for m in loaded - ours if not m.startswith("kan_equiv.kernel.")} == set()


def test_the_kernel_test_can_fail(tmp_path: Path) -> None:
    kernel = tmp_path / "kan_equiv" / "kernel"
    kernel.mkdir(parents=True)
    (kernel.parent / "__init__.py").write_text("")
    (kernel.parent / "exact.py").write_text("")
    (kernel / "__init__.py").write_text("")
    (kernel / "reader.py").write_text("import kan_equiv.exact\n")
    assert "kan_equiv.exact" in loaded_modules(IMPORT_KERNEL, root=tmp_path)


def test_no_module_shadows_a_verb() -> None:
    assert verbs_not_callable(IMPORT_EVERYTHING) == []


def test_the_shadow_test_can_fail(tmp_path: Path) -> None:
    package = tmp_path / "kan_equiv"
    package.mkdir()
    verbs = "".join(f"def {verb}(): ...\n" for verb in VERBS)
    (package / "__init__.py").write_text(verbs)
    (package / "prove.py").write_text("")
    assert verbs_not_callable(IMPORT_EVERYTHING, root=tmp_path) == ["prove"]


def test_every_public_name_resolves() -> None:
    for name in kan_equiv.__all__:
        assert getattr(kan_equiv, name) is not None
    assert set(kan_equiv.__all__) <= set(dir(kan_equiv))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'frobnicate'"):
        kan_equiv.frobnicate  # noqa: B018 - the access itself is the test
