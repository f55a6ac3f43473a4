"""Exact tensors and linear maps, read one column at a time.

A *vector* is (integers, denominator): value o is integers[o]/denominator.  Floats are
decoded from their bits; no float is ever made.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from math import lcm, prod
from typing import TypeVar

from .reader import (
    MAX_OBJECTS,
    MAX_WIDTH,
    Fields,
    items,
    natural,
    naturals,
    need,
    rationals,
    text,
)

Vector = tuple[list[int], int]
T = TypeVar("T")
WORDS = {array(code).itemsize: code for code in "BHILQ"}
FLOATS = {  # dtype: (bytes, exponent bits, fraction bits)
    "float16": (2, 5, 10),
    "bfloat16": (2, 8, 7),
    "float32": (4, 8, 23),
    "float64": (8, 11, 52),
}


class Tensor:
    """Numbers in C order; `line` reads an arithmetic progression of flat positions."""

    shape: tuple[int, ...]

    def line(self, start: int, step: int, count: int) -> Vector:
        """The entries start, start + step, ... over one denominator; step >= 1."""
        raise NotImplementedError


class FloatTensor(Tensor):
    """IEEE numbers; nan and inf are refused."""

    def __init__(self, f: Fields) -> None:
        dtype, self.shape = text(f["dtype"]), naturals(f["shape"], 1)
        text(f["name"])
        need(dtype in FLOATS, "unknown dtype")
        size, self._exponent, self._fraction = FLOATS[dtype]
        count = prod(self.shape)
        data = f.file.buffer(f["buffer"], size * count)

        def everywhere(word: int) -> int:
            return int.from_bytes(word.to_bytes(size, "little") * count, "little")

        # All exponent bits set means nan or inf.  Adding 1 to the exponent field, the
        # sign masked off, then carries into the sign bit of this word and no other.
        unit = 1 << self._fraction
        exponents = everywhere(((1 << self._exponent) - 1) * unit)
        carried = (int.from_bytes(data, "little") & exponents) + everywhere(unit)
        need(not carried & everywhere(1 << (8 * size - 1)), "a float is nan or inf")
        self._words = array(WORDS[size], data)
        if sys.byteorder == "big":
            self._words.byteswap()

    def line(self, start: int, step: int, count: int) -> Vector:
        fraction, mask = self._fraction, (1 << self._exponent) - 1
        sign, implicit, bias = self._exponent + fraction, 1 << fraction, mask >> 1
        pairs: list[tuple[int, int]] = []
        for word in self._words[start : start + step * count : step]:
            exponent, significand = word >> fraction & mask, word & implicit - 1
            if exponent:
                significand |= implicit
            else:
                exponent = 1  # subnormal
            pairs.append((-significand if word >> sign else significand, exponent))
        low = min([e for s, e in pairs if s], default=bias + fraction)
        scale = bias + fraction - low  # an entry is s * 2^(e - bias - fraction)
        up = max(0, -scale) - low
        return [s << e + up if s else 0 for s, e in pairs], 1 << max(0, scale)


class IntegerTensor(Tensor):
    """Signed integers of `width` bytes over denominators along the last axis."""

    def __init__(self, f: Fields) -> None:
        self.shape = naturals(f["shape"], 1)
        self._width = natural(f["width"], 1, MAX_WIDTH)
        text(f["name"])
        dens = rationals(f["denominators"])
        need(all(d.denominator == 1 and d > 0 for d in dens), "a denominator is < 1")
        need(len(dens) in (1, *self.shape[-1:]), "as many denominators as last indices")
        self._denominators = [d.numerator for d in dens]
        self._data = f.file.buffer(f["buffer"], self._width * prod(self.shape))

    def line(self, start: int, step: int, count: int) -> Vector:
        w, data, dens = self._width, self._data, self._denominators
        integers = [
            int.from_bytes(data[p : p + w], "little", signed=True)
            for p in range(start * w, (start + step * count) * w, step * w)
        ]
        if step % len(dens) == 0:
            return integers, dens[start % len(dens)]
        each = [dens[(start + j * step) % len(dens)] for j in range(count)]
        common = lcm(*each)
        return [v * (common // d) for v, d in zip(integers, each, strict=True)], common


def add(vectors: Iterable[tuple[Sequence[int], int]], outputs: int) -> Vector:
    """The sum of vectors, over a common denominator."""
    total, common = [0] * outputs, 1
    for integers, d in vectors:
        if common % d:
            total = [v * (lcm(common, d) // common) for v in total]
            common = lcm(common, d)
        scale = common // d
        total = [t + scale * v for t, v in zip(total, integers, strict=True)]
    return total, common


def join(vectors: Iterable[Vector]) -> Vector:
    """The vectors one after the other, over a common denominator."""
    parts = list(vectors)
    common = lcm(*[d for _, d in parts])
    return [v * (common // d) for integers, d in parts for v in integers], common


def unit(c: int, size: int) -> Vector:
    """The c-th unit vector."""
    return [int(j == c) for j in range(size)], 1


class LinearMap:
    """A matrix, given by `column(c)`, the image of the c-th unit vector, or `apply`."""

    outputs: int
    inputs: int

    def column(self, c: int) -> Vector:
        return self.apply(unit(c, self.inputs))

    def apply(self, vector: Vector) -> Vector:
        columns = ((self.column(c), x) for c, x in enumerate(vector[0]) if x)
        scaled = (([x * v for v in line], d * vector[1]) for (line, d), x in columns)
        return add(scaled, self.outputs)


class Dense(LinearMap):
    """The entrywise product of factors; column (i, k) is c = i*width + k."""

    def __init__(self, f: Fields) -> None:
        self.outputs, groups = natural(f["out"], 1), natural(f["groups"], 1)
        self.width = natural(f["width"], 1)
        self.inputs = groups * self.width
        sizes = {"o": self.outputs, "i": groups, "k": self.width, "c": self.inputs}
        self.factors: list[tuple[Tensor, dict[str, int]]] = []
        for entry in items(f["factors"], 1):
            first, axes = items(entry, 2, 2)[0], text(items(entry)[1])
            need(set(axes) <= set("oik") or set(axes) <= set("oc"), "unknown axes")
            need(len(set(axes)) == len(axes), "an axis stands twice")
            tensor = f.file.link(first, Tensor)
            need(tensor.shape == tuple(sizes[a] for a in axes), "shape and axes differ")
            strides = dict.fromkeys("oikc", 0)
            for place, axis in enumerate(axes):
                strides[axis] = prod(tensor.shape[place + 1 :])
            self.factors.append((tensor, strides))

    def column(self, c: int) -> Vector:
        i, k = divmod(c, self.width)
        product, den = list[int](), 1
        for tensor, stride in self.factors:
            start = stride["i"] * i + stride["k"] * k + stride["c"] * c
            if stride["o"]:
                line, d = tensor.line(start, stride["o"], self.outputs)
            else:
                line, d = tensor.line(start, 1, 1)
                line *= self.outputs
            if product:
                line = [a * b for a, b in zip(product, line, strict=True)]
            product = line
            den *= d
        return product, den


class Interleave(LinearMap):
    """Per input the columns of part 0, then those of part 1, and so on."""

    def __init__(self, f: Fields) -> None:
        self.parts, n = f.links("parts", LinearMap), natural(f["inputs"], 1)
        self.widths = [p.inputs // n for p in self.parts]
        self.outputs, self.inputs = self.parts[0].outputs, n * sum(self.widths)
        for part, width in zip(self.parts, self.widths, strict=True):
            need(part.inputs == n * width >= 1, "a part does not divide by the inputs")
            need(part.outputs == self.outputs, "the parts differ in outputs")

    def column(self, c: int) -> Vector:
        i, rest = divmod(c, sum(self.widths))
        starts = list(accumulate(self.widths, initial=0))
        which = bisect_right(starts, rest) - 1
        return self.parts[which].column(i * self.widths[which] + rest - starts[which])


class Selection(LinearMap):
    """y[j] = x[indices[j]]."""

    def __init__(self, columns: int, indices: Sequence[int]) -> None:
        self.inputs, self.outputs, self.indices = columns, len(indices), indices

    def apply(self, vector: Vector) -> Vector:
        return [vector[0][index] for index in self.indices], vector[1]


class BlockDiagonal(LinearMap):
    """The direct sum of the listed maps (one object may stand there many times)."""

    def __init__(self, blocks: Sequence[LinearMap]) -> None:
        self.blocks = blocks
        self.starts = list(accumulate((b.inputs for b in blocks), initial=0))
        self.inputs, self.outputs = self.starts[-1], sum(b.outputs for b in blocks)

    def slices(self, values: Sequence[T]) -> Iterable[tuple[LinearMap, Sequence[T]]]:
        """Each block with its part of the values."""
        for start, block in zip(self.starts, self.blocks, strict=False):
            yield block, values[start : start + block.inputs]

    def apply(self, vector: Vector) -> Vector:
        return join(
            b.apply((list(part), vector[1])) if any(part) else ([0] * b.outputs, 1)
            for b, part in self.slices(vector[0])
        )


class Composition(LinearMap):
    """The maps in the order of application; compositions in it are flattened."""

    def __init__(self, maps: Sequence[LinearMap]) -> None:
        self.maps = [part for m in maps for part in flatten(m)]
        need(len(self.maps) <= MAX_OBJECTS, f"more than {MAX_OBJECTS} maps")
        need(all(a.outputs == b.inputs for a, b in pairwise(maps)), "maps do not chain")
        self.outputs, self.inputs = maps[-1].outputs, maps[0].inputs

    def column(self, c: int) -> Vector:
        vector = self.maps[0].column(c)
        for part in self.maps[1:]:
            vector = part.apply(vector)
        return vector

    def apply(self, vector: Vector) -> Vector:
        for part in self.maps:
            vector = part.apply(vector)
        return vector


def flatten(m: LinearMap) -> Sequence[LinearMap]:
    """The maps of a composition, or the map alone."""
    return m.maps if isinstance(m, Composition) else [m]


def selection(f: Fields) -> LinearMap:
    """Decode a selection: every index below the number of columns."""
    columns = natural(f["columns"], 1)
    return Selection(columns, naturals(f["indices"], 0, columns - 1))


def block_diagonal(f: Fields) -> LinearMap:
    """Decode a direct sum; block_of lists the blocks in order."""
    blocks = f.links("blocks", LinearMap)
    chosen = naturals(f["block_of"], 0, len(blocks) - 1)
    return BlockDiagonal([blocks[g] for g in chosen])


def composition(f: Fields) -> LinearMap:
    """Decode a composition of at least two maps."""
    return Composition(f.links("maps", LinearMap, 2))
