"""Model files that are damaged, of another family, or made to do harm.

Whatever is in a file, an importer gives a network or one clear error; it runs nothing
of the file, asks for no memory that the file does not fill, and leaves nothing behind.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

import kan_equiv as ke
from kan_equiv.certificate.container import pack, unpack
from kan_equiv.certificate.encode import encode_network
from kan_equiv.cli.main import main
from kan_equiv.errors import LoadError, NonFiniteWeightError
from kan_equiv.importers import FORMATS
from kan_equiv.importers.families import FAMILIES as IMPORTERS
from kan_equiv.importers.files import read_state_dict
from kan_equiv.ir import Network
from tests.networks import DATA, FAMILIES, family_path, kan

EFFICIENT = DATA / "efficient_kan.pt"
LINEAR = {
    "0.weight": torch.eye(3),
    "0.bias": torch.ones(3),
    "2.weight": torch.ones(2, 3),
    "2.bias": torch.zeros(2),
}
STATES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    **{n: (dict(read_state_dict(family_path(n))), h) for n, h in FAMILIES.items()},
    "efficient_kan": (dict(read_state_dict(EFFICIENT)), {}),
    "pykan": (
        dict(read_state_dict(DATA / "pykan_cubic_state")),
        {"base_fun": "silu"},
    ),
    "pykan 0.0.5": (
        dict(read_state_dict(DATA / "pykan_0_0_5.pt")),
        {"base_fun": "silu"},
    ),
    "torch": (LINEAR, {"activation": "relu"}),
}
"""Every importer of state dicts, with a model of it and its arguments."""
UNUSED = {"weight1", "inv_denominator", "affine"}
"""Stored floats that the originals' forward does not read, or not in these models."""


def is_used(name: str, key: str) -> bool:
    """Whether a stored float has a part in the model; a copy of Wav-KAN uses all."""
    return name == "torch_conv_wav_kan" or key.split(".")[-1] not in UNUSED


def files(folder: Path) -> dict[str, tuple[Path, dict[str, Any]]]:
    """Copies of one model of each kind of file, by what is damaged."""
    found: dict[str, tuple[Path, dict[str, Any]]] = {}
    for name in ("relu_kan", "fast_kan", "kat", "jaxkan", "keras_efficient_kan"):
        path = Path(shutil.copy(family_path(name), folder))
        found[name] = path, FAMILIES[name]
    found["efficient_kan"] = Path(shutil.copy(EFFICIENT, folder)), {}
    for part in ("config.yml", "state"):
        path = Path(shutil.copy(DATA / f"pykan_cubic_{part}", folder))
        found[f"pykan {part}"] = path, {}
    for kind, suffix in (("torch-export", "pt2"), ("onnx", "onnx")):
        found[kind] = Path(shutil.copy(DATA / f"note.{suffix}", folder)), {}
    plain = folder / "net.safetensors"
    save_file(LINEAR, plain)
    found["safetensors"] = plain, {"activation": "relu"}
    exact = folder / "net.kan"
    exact.write_bytes(encode_network(kan([2, 2, 1])))
    found["kan"] = exact, {}
    return found


KINDS = (
    "relu_kan",
    "fast_kan",
    "kat",
    "jaxkan",
    "keras_efficient_kan",
    "efficient_kan",
    "pykan config.yml",
    "pykan state",
    "torch-export",
    "onnx",
    "kan",
    "safetensors",
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that must look the same afterwards, and an empty one for temporaries."""
    temporary, work = tmp_path / "temporary", tmp_path / "work"
    temporary.mkdir()
    work.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.chdir(work)
    yield work
    assert not list(temporary.iterdir())


def loaded(source: Any, hyper: dict[str, Any]) -> Network | LoadError:
    """The network, or the one error that is allowed."""
    try:
        return ke.load(source, **hyper)
    except LoadError as error:
        return error


def refused(source: Any, hyper: dict[str, Any], words: str = ".") -> None:
    with pytest.raises(LoadError, match=words):
        ke.load(source, **hyper)


# --- damaged files ------------------------------------------------------------------


def test_the_kinds_are_all_there(place: Path) -> None:
    assert set(files(place)) == set(KINDS)
    for path, hyper in files(place).values():
        assert isinstance(loaded(path, hyper), Network)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("kept", [0, 1, 10, 0.25, 0.5, 0.9, 0.99])
def test_files_that_are_cut_off(kind: str, kept: float, place: Path) -> None:
    path, hyper = files(place)[kind]
    data = path.read_bytes()
    path.write_bytes(data[: int(kept if isinstance(kept, int) else kept * len(data))])
    before = sorted(place.iterdir())
    found = loaded(path, hyper)
    # A config is text: cut at the end of a line it may still say all that is needed.
    assert isinstance(found, LoadError) or kind == "pykan config.yml"
    assert sorted(place.iterdir()) == before


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_files_with_changed_bytes(kind: str, data: st.DataObject, place: Path) -> None:
    path, hyper = files(place)[kind]
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(raw))
    before = sorted(place.iterdir())
    loaded(path, hyper)
    assert sorted(place.iterdir()) == before


@pytest.mark.parametrize(
    "suffix",
    [".pt", ".npz", ".safetensors", ".pt2", ".onnx", ".formula", ".kan", ""],
)
@given(raw=st.binary(max_size=200))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_files_of_noise(suffix: str, raw: bytes, place: Path) -> None:
    path = place / f"noise{suffix}"
    path.write_bytes(raw)
    assert isinstance(loaded(path, {}), LoadError)


@pytest.mark.parametrize("key", ["bytes", "sha256"])
@pytest.mark.parametrize("value", [None, -1, "x", []])
def test_network_files_with_a_broken_table(key: str, value: Any, place: Path) -> None:
    data = encode_network(kan([2, 1]))
    size = int.from_bytes(data[8:16], "little")
    header = json.loads(data[16 : 16 + size])
    header["buffers"][0][key] = value
    if value is None:
        del header["buffers"][0][key]
    text = json.dumps(header).encode()
    path = place / "net.kan"
    start = data[:8] + len(text).to_bytes(8, "little")
    path.write_bytes(start + text + data[16 + size :])
    refused(path, {})


@pytest.mark.parametrize("claim", [{}, {"network": 999}, {"network": "x"}, [], None])
def test_network_files_that_name_no_network(claim: Any, place: Path) -> None:
    header, buffers = unpack(encode_network(kan([2, 1])))
    header.pop("buffers")
    path = place / "net.kan"
    path.write_bytes(pack(header | {"claim": claim}, buffers))
    refused(path, {})


@pytest.mark.parametrize("kind", ["torch-export", "jaxkan"])
@pytest.mark.parametrize(
    ("place_in_entry", "value"), [(10, b"\x63\x00"), (6, b"\x42\x00"), (8, b"\x01\x00")]
)
def test_archives_that_zip_cannot_read(
    kind: str, place_in_entry: int, value: bytes, place: Path
) -> None:
    """An unknown compression, an unknown version, an encrypted member."""
    path, hyper = files(place)[kind]
    raw = path.read_bytes()
    parts = raw.split(b"PK\x01\x02")
    at = place_in_entry - 4
    broken = [p[:at] + value + p[at + 2 :] for p in parts[1:]]
    path.write_bytes(b"PK\x01\x02".join([parts[0], *broken]))
    refused(path, hyper)


# --- other families -----------------------------------------------------------------


@pytest.mark.parametrize("family", [f.format.name for f in IMPORTERS])
def test_states_of_other_families(family: str) -> None:
    """Only families that share their keys may read each other's files."""
    hyper_of = {f.format.name: {} for f in IMPORTERS}
    for name, hyper in FAMILIES.items():
        for f in IMPORTERS:
            if f.is_state(STATES[name][0]):
                hyper_of[f.format.name] |= hyper
    own = {k: v for k, v in hyper_of[family].items() if k not in ("format", "prefix")}
    own = {k: v for k, v in own.items() if k in FORMATS[family].arguments}
    reader = next(f for f in IMPORTERS if f.format.name == family)
    for name, (state, _) in STATES.items():
        if not reader.is_state(state):
            refused(state, {"format": family, **own})
        del name


# --- files that would run code ------------------------------------------------------


class Payload:
    """Makes a folder when it is unpickled."""

    def __init__(self, marker: str) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.marker,)


def test_the_payload_works(place: Path) -> None:
    pickle.loads(pickle.dumps(Payload(str(place / "marker"))))
    assert (place / "marker").is_dir()


@pytest.mark.parametrize("is_zip", [True, False])
@pytest.mark.parametrize("name", ["net.pt", "net.pth", "net.bin", "net"])
def test_pickles_with_code(name: str, is_zip: bool, place: Path) -> None:
    marker = place / "marker"
    state: dict[str, Any] = dict(STATES["efficient_kan"][0])
    state["payload"] = Payload(str(marker))
    torch.save(state, place / name, _use_new_zipfile_serialization=is_zip)
    refused(place / name, {}, "weights_only=True")
    assert not marker.exists()


def test_a_plain_pickle_with_code(place: Path) -> None:
    marker, path = place / "marker", place / "net.pt"
    path.write_bytes(pickle.dumps(Payload(str(marker))))
    refused(path, {})
    assert not marker.exists()


def test_arrays_of_objects_with_code(place: Path) -> None:
    marker, path = place / "marker", place / "net.npz"
    harmful = np.array([Payload(str(marker))], dtype=object)
    np.savez(path, allow_pickle=True, c_basis=harmful)
    refused(path, {}, "Python objects")
    assert not marker.exists()


def test_a_pykan_state_with_code(place: Path) -> None:
    marker = place / "marker"
    shutil.copy(DATA / "pykan_cubic_config.yml", place / "net_config.yml")
    torch.save({"act_fun.0.grid": Payload(str(marker))}, place / "net_state")
    refused(place / "net", {}, "weights_only=True")
    assert not marker.exists()


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.mkdir ['MARKER']",
        "!!python/object/new:os.mkdir ['MARKER']",
        "!!python/object/apply:os.system ['mkdir MARKER']",
        "!!python/name:os.mkdir",
        "!!python/module:os",
        "!!python/object:__main__.Payload {marker: MARKER}",
    ],
)
@pytest.mark.parametrize("key", ["base_fun_name", "width", "symbolic.funs_name.0"])
def test_tags_of_objects_in_a_config(key: str, tag: str, place: Path) -> None:
    marker = place / "marker"
    config = (DATA / "pykan_cubic_config.yml").read_text().splitlines()
    lines = [line for line in config if not line.startswith(f"{key}:")]
    value = tag.replace("MARKER", str(marker))
    (place / "net_config.yml").write_text("\n".join([*lines, f"{key}: {value}", ""]))
    shutil.copy(DATA / "pykan_cubic_state", place / "net_state")
    loaded(place / "net", {})
    assert not marker.exists()


def test_a_config_of_aliases_stays_small(place: Path) -> None:
    """Nine names for nine lists of nine: written out, more than memory holds."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    for key in ("base_fun_name", "symbolic.funs_name.0", "width"):
        text = "\n".join([*lines, f"{key}: *a11", ""])
        (place / "net_config.yml").write_text(text)
        shutil.copy(DATA / "pykan_cubic_state", place / "net_state")
        assert isinstance(loaded(place / "net", {}), LoadError)


# --- shapes and numbers -------------------------------------------------------------


def cases() -> list[tuple[str, str]]:
    return [
        (name, key)
        for name, (state, _) in STATES.items()
        for key, value in state.items()
        if _is_float(value)
    ]


def _is_float(value: Any) -> bool:
    return torch.as_tensor(np.array(value.tolist())).is_floating_point()


def _array(value: Any) -> Any:
    return np.array(value.tolist(), dtype=np.float32)


@pytest.mark.parametrize(("name", "key"), cases())
def test_shapes_that_disagree(name: str, key: str) -> None:
    state, hyper = STATES[name]
    whole = _array(state[key])
    if is_used(name, key):
        refused(state | {key: whole[None]}, hyper)
        refused(state | {key: np.zeros((0, *whole.shape[1:]), np.float32)}, hyper)
        refused(state | {key: whole.astype(np.complex64)}, hyper)
        refused(state | {key: whole.astype(np.int32)}, hyper)
    others = [np.delete(whole, 0, axis) for axis in range(whole.ndim)]
    for other in (*others, np.repeat(whole, 2, -1) if whole.ndim else whole, whole.T):
        # Where one tensor alone tells a size, this is another model, and a whole one.
        found = loaded(state | {key: other}, hyper)
        if isinstance(found, Network):
            found.to_float([0.5] * found.in_features)
    for wrong in (None, "text", [1.0], {"a": 1}, 3):
        found = loaded(state | {key: wrong}, hyper)
        assert isinstance(found, LoadError) or not is_used(name, key)


@pytest.mark.parametrize(("name", "key"), cases())
def test_numbers_that_are_none(name: str, key: str) -> None:
    state, hyper = STATES[name]
    whole = _array(state[key])
    for value in (np.nan, np.inf, -np.inf):
        whole.reshape(-1)[-1] = value
        broken = state | {key: whole}
        if not is_used(name, key):
            assert ke.load(broken, **hyper) == ke.load(state, **hyper)
            continue
        with pytest.raises(NonFiniteWeightError, match="NaN and infinity"):
            ke.load(broken, **hyper)


def test_missing_tensors() -> None:
    for name, (state, hyper) in STATES.items():
        for key in state:
            fewer = {k: v for k, v in state.items() if k != key}
            found = loaded(fewer, {"format": family_of(name), **hyper})
            assert isinstance(found, (LoadError, Network))


def family_of(name: str) -> str:
    state, hyper = STATES[name]
    if "format" in hyper or name in ("torch", "pykan", "pykan 0.0.5"):
        return hyper.get("format", name.partition(" ")[0])
    fitting = [f.format.name for f in IMPORTERS if f.is_state(state)]
    return fitting[0] if fitting else "efficient-kan"


@pytest.mark.parametrize(
    "state",
    [
        {},
        {1: torch.ones(1)},
        {"a": {"b": torch.ones(1)}},
        {"weight": torch.ones(2, 2), None: 3},
        {"grid": None, "spline_weight": None, "base_weight": None},
        {"w": torch.ones(3, 1, 1), "t": torch.ones(0)},
        {"weight": torch.ones(2, 2, device="meta")},
        {"weight": torch.ones(2, 2).to_sparse()},
    ],
)
def test_mappings_that_are_no_state_dict(state: Any) -> None:
    refused(state, {})


# --- claims of a billion numbers ----------------------------------------------------


@pytest.mark.parametrize("name", STATES)
def test_a_billion_numbers_in_a_few_bytes(name: str, place: Path) -> None:
    """torch stores a view of one number; its shape claims four gigabytes."""
    state, hyper = STATES[name]
    for key in [k for n, k in cases() if n == name and is_used(n, k)]:
        axes = max(torch.as_tensor(np.array(state[key].tolist())).ndim, 1)
        huge = torch.zeros(1).expand(*([1] * (axes - 1)), 10**9)
        path = place / "huge.pt"
        tensors = {k: torch.as_tensor(np.array(v.tolist())) for k, v in state.items()}
        torch.save(tensors | {key: huge}, path)
        assert path.stat().st_size < 1 << 20
        tracemalloc.start()
        refused(path, hyper)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 1 << 26


def test_a_network_file_that_claims_a_billion(place: Path) -> None:
    header, buffers = unpack(encode_network(kan([2, 2, 1])))
    header.pop("buffers")
    tensors = [o for o in header["objects"] if o["type"] == "float_tensor"]
    path = place / "huge.kan"
    for tensor in tensors:
        own = tensor["shape"]
        tensor["shape"] = [10**9, *own[1:]]
        path.write_bytes(pack(header, buffers))
        refused(path, {})
        tensor["shape"] = own
    for entry in header["objects"]:
        if entry["type"] == "dense":
            entry["out"] = entry["groups"] = entry["width"] = 10**9
    path.write_bytes(pack(header, buffers))
    refused(path, {})


def test_safetensors_that_claim_a_billion(place: Path) -> None:
    text = (
        b'{"weight":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4000000000]}}'
    )
    path = place / "huge.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(64))
    refused(path, {}, "no readable safetensors")


def test_a_zip_of_a_billion_zeros(place: Path) -> None:
    path = place / "net.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("w.npy", b"\x93NUMPY\x01\x00\x46\x00" + b" " * 70)
    refused(path, {}, "no readable npz")


# --- on the command line ------------------------------------------------------------


@pytest.mark.parametrize("command", ["show", "doctor", "convert"])
@pytest.mark.parametrize(
    "kind", ["relu_kan", "jaxkan", "pykan state", "torch-export", "onnx", "kan"]
)
def test_a_failed_command_leaves_nothing(command: str, kind: str, place: Path) -> None:
    path, hyper = files(place)[kind]
    path.write_bytes(path.read_bytes()[:300])
    before = sorted(place.iterdir())
    settings = [f"{k}={v}" for k, v in hyper.items() if k != "format"]
    options = [word for text in settings for word in ("--set", text)]
    options += ["--format", hyper["format"]] if "format" in hyper else []
    target = ["-o", str(place / "out")] if command == "convert" else []
    result = CliRunner().invoke(main, [command, str(path), *options, *target])
    assert result.exit_code == 4, result.output
    assert sorted(place.iterdir()) == before
