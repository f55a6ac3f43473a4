"""The verified checker and the kernel on one file, and on what differs a little."""

from __future__ import annotations

import copy
import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kan_equiv import kernel
from kan_equiv.certificate.container import pack, unpack
from kan_equiv.certificate.verified import find_checker, verified_check
from kan_equiv.errors import MissingExtraError


def needs_checker() -> None:
    """Skips the module that calls it where the verified checker is not built."""
    try:
        find_checker()
    except MissingExtraError as error:
        pytest.skip(str(error), allow_module_level=True)


def opened(data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The header as `pack` takes it, and the buffers."""
    header, buffers = unpack(data)
    header.pop("buffers")
    return header, buffers


def compared(data: bytes, folder: Path) -> str:
    """The verified checker's word, after a comparison with the kernel's."""
    path = folder / "compared.cert"
    path.write_bytes(data)
    found, expected = verified_check(path), kernel.check(data)
    if found.verdict != "unsupported":
        assert found.verdict == expected.verdict, (found, expected)
    if found.verdict in ("valid", "holey"):
        assert (found.left, found.right) == (expected.left, expected.right)
        assert found.holes == expected.holes
    return found.verdict


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, (dict, list)):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            yield from leaves(inner, (*path, key))
    yield path, value


def mutants(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1]
    if isinstance(value, str):
        digit = value[-1:].isdigit()
        return (
            [value[:-1] + ("1" if value[-1] != "1" else "3")]
            if digit
            else [value + "x"]
        )
    if isinstance(value, list):
        return [[*value, 0], value[:-1], value[::-1]] if value else [[0]]
    return [dict(list(value.items())[1:]), {**value, "zzz": 0}]


def sample(everything: list[Any]) -> list[Any]:
    """All of them when fuzzing, and otherwise the same 100 every time."""
    if os.environ.get("HYPOTHESIS_PROFILE") == "fuzz" or len(everything) <= 100:
        return everything
    return random.Random(0).sample(everything, 100)


def replaced(header: Any, path: tuple[Any, ...], value: Any) -> Any:
    out = copy.deepcopy(header)
    at = out
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return out


def words_of_mutations(
    data: bytes, folder: Path, below: tuple[Any, ...] = ()
) -> Counter[str]:
    """Every field of the header is changed, or those below a path of keys."""
    header, buffers = opened(data)
    edits = [
        (path, wrong)
        for path, value in leaves(header)
        if path and path[0] not in ("version", "metadata")
        if path[: len(below)] == below
        for wrong in mutants(value)
        if wrong != value
    ]
    return Counter(
        compared(pack(replaced(header, path, wrong), buffers), folder)
        for path, wrong in sample(edits)
    )


def words_of_flips(data: bytes, folder: Path) -> Counter[str]:
    """One bit of every byte of the buffers is flipped."""
    header, buffers = opened(data)
    flips = [(i, at) for i, buffer in enumerate(buffers) for at in range(len(buffer))]
    words: Counter[str] = Counter()
    for index, at in sample(flips):
        buffer = buffers[index]
        changed = bytes([*buffer[:at], buffer[at] ^ 1, *buffer[at + 1 :]])
        listed = [*buffers[:index], changed, *buffers[index + 1 :]]
        words[compared(pack(header, listed), folder)] += 1
    return words


def words_of_ulps(data: bytes, folder: Path) -> Counter[str]:
    """Every float of the file in turn becomes the next one above it."""
    header, buffers = opened(data)
    words: Counter[str] = Counter()
    for tensor in header["objects"]:
        if tensor["type"] != "float_tensor":
            continue
        index = tensor["buffer"]
        values = np.frombuffer(buffers[index], dtype=np.dtype(tensor["dtype"]))
        for at, value in enumerate(values):
            moved = values.copy()
            moved[at] = np.nextafter(value, value.dtype.type(np.inf))
            listed = [*buffers[:index], moved.tobytes(), *buffers[index + 1 :]]
            words[compared(pack(header, listed), folder)] += 1
    return words
