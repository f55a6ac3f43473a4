"""Linear maps, read one column at a time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from math import lcm, prod
from typing import TypeVar

from .reader import MAX_OBJECTS, Fields, items, natural, naturals, need, text
from .tensors import Tensor, Vector
from .work import spend, widest, words

T = TypeVar("T")


def add(vectors: Iterable[tuple[Sequence[int], int]], outputs: int) -> Vector:
    """The sum of vectors, over a common denominator."""
    total, common = [0] * outputs, 1
    for integers, d in vectors:
        if common % d:
            total = [v * (lcm(common, d) // common) for v in total]
            common = lcm(common, d)
        scale = common // d
        spend(outputs * words(common))
        total = [t + scale * v for t, v in zip(total, integers, strict=True)]
    return total, common


def join(vectors: Iterable[Vector]) -> Vector:
    """The vectors one after the other, over a common denominator."""
    parts = list(vectors)
    common = lcm(*[d for _, d in parts])
    spend(sum(len(integers) for integers, _ in parts) * words(common))
    return [v * (common // d) for integers, d in parts for v in integers], common


def unit(c: int, size: int) -> Vector:
    """The c-th unit vector."""
    spend(size // 4)
    return [int(j == c) for j in range(size)], 1


class LinearMap:
    """A matrix, given by `column(c)`, the image of the c-th unit vector, or `apply`."""

    outputs: int
    inputs: int

    def column(self, c: int) -> Vector:
        return self.apply(unit(c, self.inputs))

    def apply(self, vector: Vector) -> Vector:
        spend(len(vector[0]) + self.outputs * widest(vector[0]))
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
            spend(self.outputs * words(den))
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
        spend(len(self.widths))
        i, rest = divmod(c, sum(self.widths))
        starts = list(accumulate(self.widths, initial=0))
        which = bisect_right(starts, rest) - 1
        return self.parts[which].column(i * self.widths[which] + rest - starts[which])


class Selection(LinearMap):
    """y[j] = x[indices[j]]."""

    def __init__(self, columns: int, indices: Sequence[int]) -> None:
        self.inputs, self.outputs, self.indices = columns, len(indices), indices

    def apply(self, vector: Vector) -> Vector:
        spend(self.outputs // 4)
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
        spend(len(self.maps))
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
