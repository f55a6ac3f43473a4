from __future__ import annotations

from pathlib import Path

import pytest

import kan_equiv as ke
from kan_equiv.errors import LoadError, UnsupportedModelError
from kan_equiv.importers.pykan_config import read_config
from tests.networks import DATA


def copied(tmp_path: Path, base: str) -> Path:
    """pykan_cubic with another base function in its config."""
    text = (DATA / "pykan_cubic_config.yml").read_text()
    assert "base_fun_name: silu\n" in text
    (tmp_path / "net_config.yml").write_text(
        text.replace("base_fun_name: silu\n", f"base_fun_name: {base}\n")
    )
    (tmp_path / "net_state").write_bytes((DATA / "pykan_cubic_state").read_bytes())
    return tmp_path / "net"


def test_shipped_configs_are_read() -> None:
    config = read_config(DATA / "pykan_pwl_config.yml")
    assert config.base == "zero"
    assert config.widths is not None
    assert not config.inputs_were_pruned
    assert read_config(DATA / "pykan_mult_config.yml").widths == (
        (3, 0),
        (2, 2),
        (1, 0),
    )


def test_a_tag_of_torch_is_read_as_text(tmp_path: Path) -> None:
    tag = "!!python/object:torch.nn.modules.activation.SiLU\n  training: true"
    assert ke.load(copied(tmp_path, tag)) == ke.load(DATA / "pykan_cubic")


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object:mine.SiLU {}",
        "!!python/name:mine.base ''",
        "!custom {}",
    ],
)
def test_other_tags_are_refused_by_name(tmp_path: Path, tag: str) -> None:
    name = tag.split()[0].rpartition(":")[2].removeprefix("!")
    with pytest.raises(UnsupportedModelError, match=f"base_fun.*{name}"):
        ke.load(copied(tmp_path, tag))


def test_no_tag_runs_code(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    tag = f"!!python/object/apply:pathlib.Path.touch ['{mark}']"
    with pytest.raises(UnsupportedModelError):
        ke.load(copied(tmp_path, tag))
    assert not mark.exists()


def test_an_own_base_function_may_be_said(tmp_path: Path) -> None:
    prefix = copied(tmp_path, "!!python/name:mine.base ''")
    assert ke.load(prefix, base_fun="silu") == ke.load(DATA / "pykan_cubic")
    with pytest.raises(LoadError, match="contradicts"):
        ke.load(DATA / "pykan_cubic", base_fun="identity")


@pytest.mark.parametrize("text", ["a: [", "- 1\n", "\x00"])
def test_damaged_configs(tmp_path: Path, text: str) -> None:
    file = tmp_path / "c.yml"
    file.write_text(text)
    with pytest.raises(LoadError, match=r"c\.yml"):
        read_config(file)
