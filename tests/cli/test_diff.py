"""kan-equiv diff, as a user types it."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from kan_equiv.cli.main import main
from tests.networks import CHECKPOINTS


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    state = torch.load(CHECKPOINTS["efficient_kan"], weights_only=True)
    name = next(k for k in state if k.endswith("spline_weight"))
    state[name][0, 1, 2] += 0.5
    torch.save(state, tmp_path / "changed.pt")
    return tmp_path / "changed.pt"


def run(*arguments: object) -> tuple[int, str]:
    found = CliRunner().invoke(main, ["diff", *map(str, arguments)])
    return found.exit_code, found.output


def test_the_changed_edge_is_named(changed: Path) -> None:
    code, text = run(CHECKPOINTS["efficient_kan"], changed, "--domain", "[-1,1]")
    assert code == 1
    lines = text.splitlines()
    assert lines[0].startswith("refuted: ")
    assert "layer 0: 1 of " in text
    assert "layer 0, edge 1 -> 0: by " in text


def test_json_holds_exact_numbers(changed: Path) -> None:
    model = CHECKPOINTS["efficient_kan"]
    code, text = run(model, changed, "--domain", "[-1,1]", "--json")
    assert code == 1
    data = json.loads(text)
    assert next(iter(data)) == "verdict"
    (edge,) = data["edges"]
    assert (edge["layer"], edge["input"], edge["output"]) == (0, 1, 0)
    upper, attained = (Fraction(edge[k]) for k in ("upper", "attained"))
    assert 0 < attained <= upper < 0.5


def test_the_same_file() -> None:
    model = CHECKPOINTS["efficient_kan"]
    code, text = run(model, model, "--domain", "[-1,1]")
    assert code == 0
    assert text.startswith("proved: ")


def test_usage() -> None:
    model = CHECKPOINTS["efficient_kan"]
    assert run(model, model)[0] == 2
    assert run(model, model, "--domain", "[0,inf]")[0] == 2
    assert run(model, model, "--domain", "[-1,1]", "--edges", "-1")[0] == 2
