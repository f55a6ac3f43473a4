from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kan_equiv import exact, ir
from kan_equiv.testing.registration import STRATEGIES, register
from tests.testing.installed import environment

register()  # here the package may be used from a tree that is not installed
TYPES = [
    getattr(module, name)
    for module in (exact, ir)
    for name in module.__all__
    if isinstance(getattr(module, name), type)
]


def test_every_public_type_is_registered() -> None:
    named = {(m, name) for m, names in STRATEGIES.items() for name in names}
    public = {
        (module.__name__, name)
        for module in (exact, ir)
        for name in module.__all__
        if isinstance(getattr(module, name), type)
    }
    assert named == public


@pytest.mark.parametrize("wanted", TYPES, ids=lambda t: t.__name__)
@given(data=st.data())
@settings(max_examples=8)
def test_from_type_builds_valid_objects(wanted: type, data: st.DataObject) -> None:
    assert isinstance(data.draw(st.from_type(wanted)), wanted)


def run(code: str, folder: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(folder),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


LOADED = """
import json, sys
print(json.dumps([m for m in sys.modules if m.split(".")[0] in ("kan_equiv", "flint")]))
"""


def test_importing_hypothesis_loads_only_the_hook(tmp_path: Path) -> None:
    assert sorted(run("import hypothesis" + LOADED, tmp_path)) == [
        "kan_equiv",
        "kan_equiv.testing",
        "kan_equiv.testing.registration",
    ]


@pytest.mark.parametrize(
    "order",
    [
        "import hypothesis, kan_equiv.ir",
        "import kan_equiv.ir, hypothesis",
        "import kan_equiv.exact, hypothesis, kan_equiv.ir.network",
        "import hypothesis, kan_equiv.testing.strategies",
        "import hypothesis, importlib.util; importlib.util.find_spec('kan_equiv.ir')",
    ],
)
def test_types_are_registered_whatever_is_imported_first(
    order: str, tmp_path: Path
) -> None:
    code = f"""
import json, warnings
warnings.simplefilter("error")
{order}
from hypothesis import strategies as st
from kan_equiv import exact, ir
from hypothesis import given, settings
seen = []
@settings(max_examples=3, database=None)
@given(st.from_type(ir.Network), st.from_type(ir.Stage), st.from_type(exact.Polynomial))
def check(network, stage, polynomial):
    seen[:] = [type(network).__name__, type(polynomial).__name__]
check()
print(json.dumps(seen))
"""
    assert run(code, tmp_path) == ["Network", "Polynomial"]


def test_without_hypothesis_only_strategies_are_missing(tmp_path: Path) -> None:
    code = """
import json, sys
sys.modules["hypothesis"] = None
from kan_equiv import testing
from kan_equiv.errors import MissingExtraError
from kan_equiv.testing import assert_equivalent, assert_proved_equal
try:
    testing.strategies
except MissingExtraError as error:
    print(json.dumps([str(error)]))
"""
    assert "kan-equiv[testing]" in run(code, tmp_path)[0]
