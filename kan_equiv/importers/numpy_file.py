"""Archives of numpy arrays (npz): what JAX and Keras users can write.

Read without pickle, and only after each array's header was compared with the bytes that
are there: a header may claim any shape.
"""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np

from kan_equiv.errors import LoadError
from kan_equiv.importers.tensors import StateDict

__all__ = ["read_npz"]

MOST_BYTES = 1 << 31
"""Largest sum of the arrays' sizes that is read."""


def read_npz(path: Path) -> StateDict:
    """Read the arrays of an npz file by name.

    Raises:
        LoadError: it is damaged, holds objects, or claims more than there is.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if sum(m.file_size for m in members) > MOST_BYTES:
                raise LoadError(
                    f"{path} claims arrays of over {MOST_BYTES} bytes in all; save the "
                    "layers of one network alone"
                )
            found: dict[str, Any] = {}
            for member in members:
                name = member.filename.removesuffix(".npy")
                with archive.open(member) as stream:
                    found[name] = _array(stream, member.file_size, f"{path}: {name}")
            return found
    except LoadError:
        raise
    except Exception as error:
        # zlib, struct, tokenize: a damaged archive fails in many ways.
        raise LoadError(f"{path} is no readable npz file: {error}") from error


def _array(stream: IO[bytes], size: int, where: str) -> Any:
    version = np.lib.format.read_magic(stream)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if read is None:
        raise LoadError(f"{where} is of npy version {version}; 1.0 and 2.0 are read")
    shape, is_fortran, dtype = read(stream)
    if dtype.hasobject:
        raise LoadError(f"{where} holds Python objects, which would run code when read")
    count = math.prod(shape)
    held = size - stream.tell()
    if count * dtype.itemsize != held:
        raise LoadError(
            f"{where} claims shape={shape} of {dtype}, which are "
            f"{count * dtype.itemsize} bytes, but holds {held}"
        )
    array = np.frombuffer(stream.read(held), dtype=dtype)
    return array.reshape(shape, order="F" if is_fortran else "C")
