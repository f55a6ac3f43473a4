"""Exact tensors, read along lines.

A *vector* is (integers, denominator): value o is integers[o]/denominator.  Floats are
decoded from their bits; no float is ever made.
"""

from __future__ import annotations

import sys
from array import array
from math import lcm, prod

from .reader import MAX_WIDTH, Fields, natural, naturals, need, rationals, text
from .work import spend, words

Vector = tuple[list[int], int]
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
        spend(4 * count)  # tensors may share a buffer

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
        spend(count * words(1 << max(0, scale)))
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
        spend(count * (1 + w // 8))
        integers = [
            int.from_bytes(data[p : p + w], "little", signed=True)
            for p in range(start * w, (start + step * count) * w, step * w)
        ]
        if step % len(dens) == 0:
            return integers, dens[start % len(dens)]
        each = [dens[(start + j * step) % len(dens)] for j in range(count)]
        common = lcm(*each)
        spend(count * words(common))
        return [v * (common // d) for v, d in zip(integers, each, strict=True)], common
