from __future__ import annotations

from pathlib import Path

import click
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kan_equiv.certificate.encode import encode_network
from kan_equiv.cli.loading import load_with, parse_box, source_files
from kan_equiv.errors import DomainError, LoadError
from kan_equiv.ir import Box
from tests.networks import CHECKPOINTS, DATA, kan


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[-1,1]", Box([(-1, 1)] * 2)),
        (" [ -1 , 1 ] ", Box([(-1, 1)] * 2)),
        ("[-1,1] [0,1/2]", Box([(-1, 1), (0, "1/2")])),
        ("[-1,1]x[0.1,2e-1]", Box([(-1, 1), ("1/10", "1/5")])),
        ("[-1,1], [2,2]", Box([(-1, 1), (2, 2)])),
        ("[0,inf]", Box([(0, None), (0, None)])),
        ("[0, inf) x [0, inf)", Box([(0, None), (0, None)])),
        ("(-inf, 1/2] x (-inf, inf)", Box([(None, "1/2"), (None, None)])),
        ("[-inf,1/2] [-inf,inf]", Box([(None, "1/2"), (None, None)])),
    ],
)
def test_boxes(text: str, expected: Box) -> None:
    assert list(parse_box(text, 2) or []) == list(expected)


def test_no_box_is_all_of_space() -> None:
    assert parse_box(None, 3) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1,1",
        "[-1,1",
        "-1,1]",
        "[-1]",
        "[-1,0,1]",
        "[1,-1]",
        "[a,b]",
        "[1/0,1]",
        "[0,-inf]",
        "[inf,1]",
        "[0,+inf]",
        "[0,1)",
        "(0,inf]",
        "[0,oo)",
        "[nan,1]",
        "[-1,1] [0,1] [0,1]",
        "[-1,1] and [0,1]",
        "[[-1,1]]",
    ],
)
def test_malformed_boxes_are_refused(text: str) -> None:
    with pytest.raises(DomainError, match="--domain needs"):
        parse_box(text, 2)


@given(st.text("[]-1,/x e.", max_size=12))
def test_any_text_is_a_box_or_refused(text: str) -> None:
    try:
        box = parse_box(text, 1)
    except DomainError:
        return
    assert box is not None
    assert len(box) == 1


def test_a_bundle_directory_stands_for_its_exact_network(tmp_path: Path) -> None:
    network = kan([2, 1])
    (tmp_path / "network.kan").write_bytes(encode_network(network))
    assert load_with(str(tmp_path), None, ()) == network
    assert source_files(str(tmp_path)) == [tmp_path / "network.kan"]


def test_a_pykan_prefix_stands_for_its_files() -> None:
    found = source_files(str(CHECKPOINTS["pykan_pwl"]))
    assert found == [DATA / "pykan_pwl_config.yml", DATA / "pykan_pwl_state"]


def test_settings_are_literals_or_text() -> None:
    path = str(CHECKPOINTS["pykan_pwl"])
    network = load_with(path, "pykan", ("input_id=[0, 1, 2]", "in_features=5"))
    assert network.in_features == 5
    with pytest.raises(click.UsageError, match="NAME=VALUE"):
        load_with(path, None, ("input id=3",))
    with pytest.raises(LoadError, match="base_activation"):
        load_with(str(DATA / "efficient_kan.pt"), None, ("base_activation=cubic",))


def test_an_error_names_the_file_and_the_option(tmp_path: Path) -> None:
    path = str(tmp_path / "net.pt")
    state = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
    torch.save({**state.state_dict(), "2.weight": torch.ones(1, 3)}, path)
    with pytest.raises(LoadError, match=r"net\.pt: .*by --right-set NAME=VALUE$"):
        load_with(path, None, (), "right")
    with pytest.raises(LoadError, match=r"by --set NAME=VALUE$"):
        load_with(path, None, ())
    torch.save({"0.weight": torch.tensor([[float("nan")]])}, path)
    with pytest.raises(LoadError, match=r"net\.pt: .*is nan") as caught:
        load_with(path, None, (), "left")
    assert "NAME=VALUE" not in str(caught.value)


def test_an_error_that_names_the_file_does_so_once() -> None:
    with pytest.raises(LoadError) as caught:
        load_with("absent.pt", None, (), "left")
    assert str(caught.value).startswith("no such file: absent.pt")
