"""The container, decoded strictly: what is not expected is invalid.

Layout: magic, header length (u64, little endian), header, buffers back to back.  The
header is canonical JSON: it must equal its own re-encoding byte for byte, so there are
no duplicate keys, no spaces and no second spelling of anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from fractions import Fraction
from hashlib import sha256
from importlib import import_module
from math import gcd
from typing import Any, TypeAlias, TypeVar, Union

MAGIC = b"KANEQUIV"
VERSION = 1
MAX_FILE_BYTES = 1 << 32
MAX_OBJECTS = 1 << 20  # and judgements, and entries of one flat composition
MAX_DEPTH = 64  # objects nested in objects
MAX_DIGITS = 1 << 16  # of an integer written in decimal
MAX_WIDTH = 1 << 14  # bytes of an entry of an integer tensor
MAX_FEATURES = 1 << 24
MAX_KNOTS = 4096  # knots or functions of one basis
MAX_DEGREE = 64
RATIONAL = re.compile(r"(-?)(0|[1-9][0-9]*)(?:/([1-9][0-9]*))?")

Json: TypeAlias = Union["bool", "int", "str", "list[Json]", "dict[str, Json]", None]
Box = tuple[tuple[Fraction, Fraction], ...]
Interval = tuple[Fraction | None, Fraction | None]  # closed; None: no end
Domain = tuple[Interval, ...]  # () is all of R^n
T = TypeVar("T")
Builders: TypeAlias = "Callable[[str], Callable[[Fields], object]]"


class InvalidError(Exception):
    """The certificate is refused; the message names the reason."""


def need(condition: bool, message: str) -> None:
    """Refuse the certificate unless the condition holds."""
    if not condition:
        raise InvalidError(message)


def canonical(value: object) -> bytes:
    """The one encoding of a JSON value that is accepted."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def natural(value: Json, low: int = 0, high: int = MAX_FEATURES) -> int:
    """An integer in a range; true and false are not integers here."""
    if type(value) is not int or not low <= value <= high:
        raise InvalidError(f"expected an integer from {low} to {high}")
    return value


def text(value: Json) -> str:
    """A string."""
    if not isinstance(value, str):
        raise InvalidError("expected a string")
    return value


def items(value: Json, low: int = 0, high: int = MAX_FEATURES) -> list[Json]:
    """A list of bounded length."""
    if not isinstance(value, list) or not low <= len(value) <= high:
        raise InvalidError(f"expected a list of {low} to {high} entries")
    return value


def naturals(value: Json, low: int = 0, high: int = MAX_FEATURES) -> tuple[int, ...]:
    """A list of integers in a range."""
    return tuple(natural(v, low, high) for v in items(value))


def integer(digits: str) -> int:
    """int(digits) in pieces: the interpreter's limit on digits is lower than ours."""
    need(len(digits) <= MAX_DIGITS, f"an integer has more than {MAX_DIGITS} digits")
    value = 0
    for k in range(0, len(digits), 4000):
        chunk = digits[k : k + 4000]
        value = value * 10 ** len(chunk) + int(chunk)
    return value


def rational(value: Json) -> Fraction:
    """A rational in lowest terms, n or n/d."""
    match = RATIONAL.fullmatch(text(value))
    if match is None:
        raise InvalidError("expected a rational, n or n/d")
    n, d = integer(match[2]), integer(match[3] or "1")
    need(gcd(n, d) == 1 and (match[3] is None or d > 1), "a rational is not reduced")
    need(n > 0 or not match[1], "minus zero")
    return Fraction(-n if match[1] else n, d)


def rationals(value: Json) -> tuple[Fraction, ...]:
    """A list of rationals."""
    return tuple(rational(v) for v in items(value))


def contains(low: Fraction | None, high: Fraction | None, x: Fraction) -> bool:
    """Whether the closed interval holds x; None is no end."""
    return (low is None or low <= x) and (high is None or x <= high)


def domain(value: Json, inputs: int) -> Domain:
    """[] for R^n, or a closed interval per input, whose ends may be -inf and inf."""
    found = tuple(
        (None if a == "-inf" else rational(a), None if b == "inf" else rational(b))
        for a, b in (items(v, 2, 2) for v in items(value))
    )
    need(len(found) in (0, inputs), f"expected a list of 0 or {inputs} intervals")
    need(all(a is None or contains(None, b, a) for a, b in found), "lo > hi")
    need(set(found) != {(None, None)}, "R^n is written []")
    return found


def bounded(found: Domain) -> Box:
    """The domain, refused unless it is a box with ends."""
    box = tuple((a, b) for a, b in found if a is not None and b is not None)
    need(bool(box) and len(box) == len(found), "a bounded box is needed here")
    return box


def intervals(value: Json, count: int) -> Box:
    """As many closed intervals, with ends."""
    return bounded(domain(value, count))


class Fields:
    """A JSON object read key by key; leaving the `with` block refuses unread keys."""

    def __init__(self, value: Json, file: File) -> None:
        if not isinstance(value, dict):
            raise InvalidError("expected a JSON object")
        self._left, self.file = dict(value), file

    def __enter__(self) -> Fields:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            need(not self._left, f"unknown keys {ascii(self._left)[:60]}")

    def __getitem__(self, key: str) -> Json:
        need(key in self._left, f"missing key {key!r}")
        return self._left.pop(key)

    def link(self, key: str, kind: type[T]) -> T:
        return self.file.link(self[key], kind)

    def links(self, key: str, kind: type[T], low: int = 1) -> tuple[T, ...]:
        return tuple(self.file.link(v, kind) for v in items(self[key], low))


class File:
    """The objects in order, and the claim and the judgements as they stand.

    build(type) makes an object of that type from its fields.
    """

    def __init__(self, data: bytes, build: Builders) -> None:
        need(len(data) <= MAX_FILE_BYTES, f"more than {MAX_FILE_BYTES} bytes")
        need(data[:8] == MAGIC and len(data) >= 16, "no kan_equiv container")
        end = 16 + int.from_bytes(data[8:16], "little")
        need(end <= len(data), "the header is cut off")
        source = data[16:end].decode("ascii")
        header = json.loads(source, parse_float=_no_float, parse_constant=_no_float)
        need(canonical(header) == data[16:end], "the header is not canonical JSON")
        self.objects: list[object] = []
        self._depths: list[int] = []
        self._depth, self._used, self.modules = 0, set[int](), set[str]()
        with Fields(header, self) as f:
            self.format, self.claim = text(f["format"]), f["claim"]
            need(natural(f["version"]) == VERSION, "unknown version")
            self.buffers = self._split(items(f["buffers"]), data, end)
            self.raw = items(f["objects"], 0, MAX_OBJECTS)
            for index, raw in enumerate(self.raw):
                try:
                    self._add(raw, build)
                except InvalidError as error:
                    raise InvalidError(f"object {index}: {error}") from error
            need(len(self._used) == len(self.buffers), "a buffer is not used")
            self.judgements = items(f["judgements"], 0, MAX_OBJECTS)
            metadata = f["metadata"]
            need(isinstance(metadata, dict), "the metadata are not a JSON object")
            list(map(text, metadata.values() if isinstance(metadata, dict) else ()))

    def _split(
        self, listed: list[Json], data: bytes, start: int
    ) -> list[tuple[bytes, str]]:
        buffers: list[tuple[bytes, str]] = []
        for index, raw in enumerate(listed):
            with Fields(raw, self) as f:
                end = start + natural(f["bytes"], 1, MAX_FILE_BYTES)
                content, digest, start = data[start:end], text(f["sha256"]), end
            need(end <= len(data), f"buffer {index} is cut off")
            need(sha256(content).hexdigest() == digest, f"buffer {index}: wrong sha256")
            buffers.append((content, digest))
        need(start == len(data), "bytes after the last buffer")
        return buffers

    def _add(self, raw: Json, build: Builders) -> None:
        self._depth = 0
        with Fields(raw, self) as f:
            built = build(text(f["type"]))(f)
        need(self._depth <= MAX_DEPTH, f"nested deeper than {MAX_DEPTH}")
        sizes = [getattr(built, name, 1) for name in ("inputs", "outputs")]
        need(min(sizes) >= 1 and max(sizes) <= MAX_FEATURES, f"sizes {sizes}")
        self._depths.append(self._depth)
        self.objects.append(built)

    def link(self, value: Json, kind: type[T]) -> T:
        """The earlier object at this index, which must be of this kind."""
        index = natural(value)
        need(index < len(self.objects), f"{index} is not an earlier object")
        found = self.objects[index]
        if not isinstance(found, kind):
            raise InvalidError(f"object {index} is no {kind.__name__}")
        self._depth = max(self._depth, self._depths[index] + 1)
        return found

    def on_demand(self, name: str) -> Any:
        """A further module of the kernel; the verdict will name it."""
        module = import_module("." + name, __package__)
        self.modules.update({name, *getattr(module, "NEEDS", ())})
        return module

    def buffer(self, value: Json, size: int) -> bytes:
        index = natural(value)
        need(index < len(self.buffers), f"no buffer {index}")
        need(len(self.buffers[index][0]) == size, f"buffer {index} has another size")
        self._used.add(index)
        return self.buffers[index][0]


def _no_float(_: str) -> None:
    raise InvalidError("the header holds a float")
