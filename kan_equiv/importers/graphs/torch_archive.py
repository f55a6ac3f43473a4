"""``.pt2`` files of torch.export.save, read as what they are: JSON and raw numbers.

``torch.export.load`` unpickles (example inputs, tensor subclasses), and gives sizes as
text to sympify, which evaluates it: a hostile file runs code. Here the graph is read
from ``models/model.json`` and weights from their bytes; torch need not be installed.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kan_equiv.errors import LoadError, UnsupportedModelError
from kan_equiv.importers.graphs.constants import Array, check_size

__all__ = ["SCALAR_TYPES", "Archive", "read_archive"]

SCALAR_TYPES = {
    1: "uint8",
    2: "int8",
    3: "int16",
    4: "int32",
    5: "int64",
    6: "float16",
    7: "float32",
    8: "float64",
    12: "bool",
    13: "bfloat16",
}
"""The numbers of torch's serialization schema (version 8)."""

SCHEMA = 8
DAMAGED = (
    OSError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,  # an encrypted file, or a version of zip that Python does not know
    json.JSONDecodeError,
)
JSON_LIMIT = 1 << 28


@dataclass(frozen=True, slots=True)
class Archive:
    """What a file holds.

    Attributes:
        program: ``models/model.json``.
        weights: parameters, buffers and lifted constants by their full names.
    """

    program: dict[str, Any]
    weights: dict[str, Array]


def read_archive(source: Path | bytes) -> Archive:
    """Read a program; nothing in the file is executed.

    Raises:
        LoadError: this is no such archive, or it contradicts itself.
        UnsupportedModelError: it holds something else, or pickled tensors.
    """
    name = source.name if isinstance(source, Path) else "the program"
    opened = source if isinstance(source, Path) else io.BytesIO(source)
    try:
        with zipfile.ZipFile(opened) as archive:
            return _read(archive, name)
    except DAMAGED as error:
        raise LoadError(
            f"{name} cannot be read as a program of torch.export.save: {error}"
        ) from error
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise LoadError(
            f"{name} is no well-formed program of torch.export.save "
            f"({type(error).__name__}: {error})"
        ) from error


def _read(archive: zipfile.ZipFile, name: str) -> Archive:
    members = {n.partition("/")[2]: n for n in archive.namelist()}
    models = [m for m in members if m.startswith("models/") and m.endswith(".json")]
    if len(models) != 1:
        what = "a package of AOTInductor" if _is_compiled(members) else "no program"
        raise UnsupportedModelError(
            f"{name} holds {what} where models/model.json is needed. Export the model "
            "with torch.export.export and write it with torch.export.save of torch 2.8 "
            "or later"
        )
    program = _json(archive, members[models[0]])
    major = program["schema_version"]["major"]
    if major != SCHEMA:
        raise UnsupportedModelError(
            f"{name} has schema version {major}; supported is {SCHEMA}"
        )
    order = b"little"
    if "byteorder" in members:
        order = archive.read(members["byteorder"])[:8].strip()
    if order != b"little":
        raise UnsupportedModelError(f"{name} has byte order {order!r}, not little")
    model = models[0].removeprefix("models/").removesuffix(".json")
    weights: dict[str, Array] = {}
    for kind in ("weights", "constants"):
        config = f"data/{kind}/{model}_{kind}_config.json"
        if config in members:
            found = _json(archive, members[config])["config"]
            for key, meta in found.items():
                path = members.get(f"data/{kind}/{meta['path_name']}")
                weights[key] = _tensor(archive, path, key, meta)
    return Archive(program, weights)


def _is_compiled(members: dict[str, str]) -> bool:
    return any(m.startswith("data/aotinductor/") for m in members)


def _json(archive: zipfile.ZipFile, member: str) -> dict[str, Any]:
    if archive.getinfo(member).file_size > JSON_LIMIT:
        raise LoadError(f"{member} claims more than {JSON_LIMIT} bytes")
    return json.loads(archive.read(member))


def _tensor(
    archive: zipfile.ZipFile, member: str | None, key: str, meta: dict[str, Any]
) -> Array:
    if meta["use_pickle"] or meta["tensor_meta"] is None:
        raise UnsupportedModelError(
            f"tensor {key} is pickled in the file (a tensor subclass, or no tensor); "
            "export the model with plain tensors"
        )
    if member is None:
        raise LoadError(f"tensor {key} has no data in the file")
    info = meta["tensor_meta"]
    dtype = SCALAR_TYPES.get(info["dtype"])
    if dtype is None:
        raise UnsupportedModelError(f"tensor {key} is of scalar type {info['dtype']}")
    shape = [int(n["as_int"]) for n in info["sizes"]]
    strides = [int(n["as_int"]) for n in info["strides"]]
    offset = int(info["storage_offset"]["as_int"])
    if min([offset, *shape, *strides]) < 0 or len(shape) != len(strides):
        raise LoadError(f"tensor {key} has {shape=}, {strides=}, {offset=}")
    check_size(shape)
    stored = np.dtype("uint16" if dtype == "bfloat16" else dtype).newbyteorder("<")
    last = offset + sum((n - 1) * s for n, s in zip(shape, strides, strict=True)) + 1
    count = last if math.prod(shape) else 0
    size = archive.getinfo(member).file_size
    if size < count * stored.itemsize or size > 64 * (count + 1) * stored.itemsize:
        raise LoadError(
            f"tensor {key} of {shape=} needs {count * stored.itemsize} bytes, the file "
            f"holds {size}"
        )
    flat = np.frombuffer(archive.read(member), dtype=stored, count=count)
    if dtype == "bfloat16":
        flat = (flat.astype(np.uint32) << np.uint32(16)).view(np.float32)
    steps = [s * flat.itemsize for s in strides]
    if not count:
        return np.zeros(shape, dtype=flat.dtype)
    view = np.lib.stride_tricks.as_strided(flat[offset:], shape, steps)
    return view.astype(flat.dtype.newbyteorder("="), order="C")
