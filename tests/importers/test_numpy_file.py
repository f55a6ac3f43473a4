"""Archives of arrays: what they hold is read, what they claim is checked."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kan_equiv.errors import LoadError
from kan_equiv.importers.files import read_state_dict
from kan_equiv.importers.numpy_file import read_npz

floats = arrays.arrays(
    st.sampled_from(["<f2", "<f4", "<f8", ">f4"]),
    arrays.array_shapes(min_dims=0, max_dims=3, max_side=4),
    elements=st.integers(-9, 9),
)


@given(st.lists(floats, max_size=3), st.booleans(), st.booleans())
def test_what_numpy_writes_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    values: list[Any],
    is_packed: bool,
    is_fortran: bool,
) -> None:
    path = tmp_path_factory.mktemp("npz") / "some.npz"
    order = "F" if is_fortran else "C"
    named = {f"a/b.{k}": np.asarray(v, order=order) for k, v in enumerate(values)}
    save: Any = np.savez_compressed if is_packed else np.savez
    save(path, **named)
    found = read_state_dict(path)
    assert set(found) == set(named)
    for name, want in named.items():
        assert found[name].dtype == want.dtype
        assert np.array_equal(found[name], want)


def header(shape: str, dtype: str = "<f4") -> bytes:
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}"
    padded = text.encode() + b" " * (117 - len(text)) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(padded).to_bytes(2, "little") + padded


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (header("(1000000000,)") + bytes(8), "4000000000 bytes, but holds 8"),
        (header("(3,)") + bytes(16), "12 bytes, but holds 16"),
        (header("(2,)", "|O") + bytes(16), "Python objects"),
        (b"\x93NUMPY\x09\x00" + bytes(32), "npy version"),
        (b"no array at all", "no readable npz"),
        (header("__import__('os').getcwd()"), "no readable npz"),
    ],
)
def test_claims_are_checked_before_anything_is_read(
    content: bytes, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("w.npy", content)
    with pytest.raises(LoadError, match=words):
        read_npz(path)


def test_what_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    """A megabyte that unpacks to more than two gigabytes."""
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        block = bytes(1 << 20)
        with archive.open("w.npy", "w", force_zip64=True) as stream:
            for _ in range(16):
                stream.write(block)
    raw = bytearray(path.read_bytes())
    end = raw.rfind(b"PK\x01\x02")
    raw[end + 24 : end + 28] = (0xFFFFFFF0).to_bytes(4, "little")
    path.write_bytes(bytes(raw))
    with pytest.raises(LoadError, match="claims arrays of over"):
        read_npz(path)
