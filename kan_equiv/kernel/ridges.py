"""Ridge functions: a bank after affine stages that mix inputs.

A *direction* is an integer vector v other than 0, with gcd 1 and its first entry that
is not 0 positive.  Every rational vector other than 0 is a multiple of exactly one.
Index i stands for the number z_i = v.x: the inputs come first, as the unit vectors, and
other directions follow in the order in which they occur, in either word of a window.
A coordinate c*(v.x) + b, whatever it mixes, is then the column (i, c*z_i + b), and all
that is done with columns stays as it is: substitution, and on a box, where z_i runs
through an interval, restriction to it.

Two sums of columns are compared generator by generator, per index.  Only powers are
related between directions, and these in each degree k apart: both sides agree if every
form  sum over i of c_i z_i^k,  k >= 1, is zero.  Write forms of degree k as
p = sum over |a| = k of (k over a) p_a x^a, with multinomial coefficients.  Then
[p, q] = sum of (k over a) p_a q_a is an inner product, positive definite, and
[(v.x)^k, (w.x)^k] = sum of (k over a) v^a w^a = (v.w)^k.  So the form is zero iff its
square norm  sum over i, j of c_i c_j (v_i.v_j)^k  is.  (Reznick, Sums of even powers of
real linear forms, 1992, section 1; the product is Bombieri's, or the apolar one.)
For k = 1 it is zero iff the vector  sum of c_i v_i  is.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm
from operator import mul
from typing import TYPE_CHECKING

from .algebra import IDENTITY, Function, combine
from .linear import Vector, add
from .mixing import Pending, split, through
from .reader import Interval, need
from .windows import AFFINE, NOWHERE, ONE, Column, Columns, column
from .work import spend, words

if TYPE_CHECKING:
    from .windows import Evaluator

NEEDS = ("mixing",)
MAX_WORDS = 1 << 24  # of 64 bits: in a matrix before a bank, in all directions
MAX_WORK = 1 << 28  # products of words for one square norm


def compact(values: Sequence[int]) -> Sequence[int]:
    """The same integers, in eight bytes each where they fit."""
    try:
        return array("q", values)
    except OverflowError:
        return tuple(values)


def greatest(values: Sequence[int]) -> int:
    """The greatest absolute value."""
    return max(map(abs, values))


def size(values: Sequence[int]) -> int:
    """The size of a vector: every entry counts as the greatest."""
    return len(values) * (1 + greatest(values).bit_length() // 64)


class Directions:
    """The directions of a window; `vectors` holds the ones that are no inputs."""

    def __init__(self, inputs: int, intervals: list[Interval]) -> None:
        self.inputs, self.vectors = inputs, dict[int, Sequence[int]]()
        self._index: dict[bytes | Sequence[int], int] = {}
        self._words = 0
        self._intervals = intervals  # of z_i, for all i; empty on R^n
        self._den = lcm(*[x.denominator for ends in intervals for x in ends if x])
        spend(8 * len(intervals) * words(self._den))
        self._box = [
            [None if x is None else int(x * self._den) for x in ends]
            for ends in intervals
        ]

    def place(self, vector: Sequence[int]) -> tuple[int, int]:
        """(i, c) with vector.x = c * z_i, for a vector other than 0."""
        first = next(j for j, v in enumerate(vector) if v)
        factor = gcd(*vector) if vector[first] > 0 else -gcd(*vector)
        if vector[first] == factor and not any(vector[first + 1 :]):
            return first, factor
        found = compact([v // factor for v in vector])
        key = found.tobytes() if isinstance(found, array) else found
        if key not in self._index:
            self._index[key] = self.inputs + len(self.vectors)
            self.vectors[self._index[key]] = found
            self._words += size(found)
            need(self._words <= MAX_WORDS, "too large: the directions of a window")
            if self._box:
                self._intervals.append(self._range(found))
        return self._index[key], factor

    def sum(self, values: dict[int, int]) -> Sequence[int]:
        """The vector v with v.x = sum of values[i] * z_i."""
        spend(4 * self.inputs)
        total = [values.get(j, 0) for j in range(self.inputs)]
        for i, c in values.items():
            if c and i >= self.inputs:
                pairs = zip(total, self.vectors[i], strict=True)
                total = [t + c * v for t, v in pairs]
        return total

    def _range(self, vector: Sequence[int]) -> Interval:
        """The values of vector.x on the domain."""
        pairs = [(v, ends) for v, ends in zip(vector, self._box, strict=True) if v]
        low, high = (
            self._end([(v, ends[(v < 0) != upper]) for v, ends in pairs])
            for upper in (False, True)
        )
        return low, high

    def _end(self, pairs: Sequence[tuple[int, int | None]]) -> Fraction | None:
        terms = [v * x for v, x in pairs if x is not None]
        return Fraction(sum(terms), self._den) if len(terms) == len(pairs) else None

    def product(self, i: int, j: int) -> int:
        """v_i.v_j."""
        i, j = min(i, j), max(i, j)
        if j < self.inputs:
            return int(i == j)
        line = self.vectors[j]
        return line[i] if i < self.inputs else sum(map(mul, self.vectors[i], line))

    def vanishes(self, k: int, terms: Sequence[tuple[int, Vector]]) -> bool:
        """Whether the sum of coefficient * z_i^k is the zero form in every output."""
        common = lcm(*[den for _, (_, den) in terms])
        lines = [(i, [c * (common // den) for c in line]) for i, (line, den) in terms]
        return self._is_zero_vector(lines) if k == 1 else self._has_norm_0(k, lines)

    def _is_zero_vector(self, lines: Sequence[tuple[int, list[int]]]) -> bool:
        """All outputs at once, packed as in `mixing`."""
        bound = sum(greatest(c) * greatest(self.vectors.get(i, [1])) for i, c in lines)
        width, total = bound.bit_length() + 1, [0] * self.inputs
        for i, line in lines:
            packed = sum(c << width * o for o, c in enumerate(line) if c)
            if i < self.inputs:
                total[i] += packed
            else:
                pairs = zip(total, self.vectors[i], strict=True)
                total = [t + packed * v for t, v in pairs]
        return not any(total)

    def _has_norm_0(self, k: int, lines: Sequence[tuple[int, list[int]]]) -> bool:
        """The square norms of all outputs are at least 0, so their sum tells."""
        mixed = [self.vectors[i] for i, _ in lines if i >= self.inputs]
        bits = max([greatest(v) for v in mixed], default=1).bit_length() * k
        bits += max(greatest(line) for _, line in lines).bit_length()
        count = len(mixed) ** 2 * self.inputs + len(lines) ** 2 * len(lines[0][1])
        work = count * (1 + bits // 32)
        need(work <= MAX_WORK, f"too large: {len(lines)} directions in degree {k}")
        spend(work // 8)
        norm = 0
        for a, (i, line) in enumerate(lines):
            for j, other in lines[:a]:
                norm += 2 * sum(map(mul, line, other)) * self.product(i, j) ** k
            norm += sum(map(mul, line, line)) * self.product(i, i) ** k
        return norm == 0


def columns(evaluator: Evaluator, before: Columns, pending: Pending) -> Columns:
    """The rows of pending maps as columns.

    A row is an affine function of the inputs, and so of one direction; or else all that
    it touches has to be of one index.
    """
    known = evaluator.directions
    directions = known or Directions(evaluator.inputs, evaluator.intervals)
    evaluator.directions = directions
    maps, shift = split(pending, len(before))
    outputs, used = len(shift[0]), 0
    affine: dict[int, tuple[Sequence[int], int]] = {}
    others: list[tuple[Sequence[int], int, int, Function]] = []
    for c, (i, f) in enumerate(before):
        if not f.terms:
            continue
        line, den = through(maps, c, len(before))
        used += size(line)
        need(used <= MAX_WORDS, "too large: a matrix before a bank")
        if not f.terms.keys() <= AFFINE:
            others.append((compact(line), den, i, f))
            continue
        slope, offset = (f.coefficient(g) for g in AFFINE)
        if offset:
            shift = add([shift, scaled(line, den, offset)], outputs)
        if slope:
            image = scaled(line, den, slope)
            total, d = add([affine[i], image], outputs) if i in affine else image
            affine[i] = compact(total), d
    spend(outputs * (len(affine) + len(others)))
    work = outputs * sum(directions.inputs for i in affine if i >= directions.inputs)
    need(work <= MAX_WORDS, "too large: a matrix before a bank")
    common = lcm(*[den for _, den in affine.values()])
    scales = [common // den for _, den in affine.values()]
    lines = [line for line, _ in affine.values()]
    are_inputs = list(affine) == list(range(directions.inputs))
    found: list[Column] = []
    for o, entries in enumerate(zip(*lines, strict=True) if lines else [()] * outputs):
        parts = [(line[o], den, f) for line, den, _, f in others if line[o]]
        owners = {i for line, _, i, _ in others if line[o]} - {NOWHERE}
        vector: Sequence[int] = list(map(mul, entries, scales))
        if not are_inputs:
            vector = directions.sum(dict(zip(affine, vector, strict=True)))
        if any(vector):
            i, factor = directions.place(vector)
            owners.add(i)
            parts.append((factor, common, IDENTITY))
        need(len(owners) <= 1, "not separable: a bank after a mix that is not affine")
        parts.append((shift[0][o], shift[1], ONE))
        found.append(column(max(owners, default=NOWHERE), combine(parts)))
    return found


def scaled(line: list[int], den: int, q: Fraction) -> Vector:
    """q times a vector."""
    n = q.numerator
    return line if n == 1 else [n * v for v in line], den * q.denominator
