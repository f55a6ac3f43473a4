"""What computing a layer of float code adds: values of programs, sums of products.

*Sums.*  A term of a sum of K products and a bias takes part in at most K additions that
round, so what is computed is the sum of w B' (1 + t), |t| <= g = k u/(1 - k u), with k
factors (1 + d): one for the product, one for each addition, one for a division at the
end (Higham, Accuracy and Stability of Numerical Algorithms, Lemma 3.1).  Adding 0 is
exact, so weights that are 0 do not count; `depth` bounds the additions where it is not
0.  With |B'| <= M + E, the sum is off by at most the sum over inputs of the largest
sum of |w|(E + g(M + E)) on a cell, g times the bias, and underflows.

*Split values.*  With `values` a shorter format of unit roundoff v, B' is replaced by
terms a_0 = rd(B'), a_1 = rd(B' - a_0), ..., and copy t of a column has the weight w_t;
products a_s w_t with s + t < `terms` are summed.  Here |a_s| <= (1 + v) v^s |B'| + h,
and the terms add up to B' but for v^terms |B'| + h, h a few times the least number of
the format (numbers below its normal ones are kept).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from .floats import BITS, FORMATS, Arithmetic, Row, representable, table, up
from .mixing import packed
from .reader import Box, Fields, File, InvalidError, need
from .stages import TYPES, Affine, Bank, Network
from .straightline import StraightLine
from .work import allow, spend, words

NEEDS = ("cells", "enclosure", "floats", "hulls", "mixing", "straightline")


class Model(NamedTuple):
    """How a program is computed."""

    format: str
    values: str
    terms: int
    ulps: int
    depth: int

    @property
    def kind(self) -> str:
        """What is shown, in one word for each model."""
        return " ".join(["rounding", *map(str, self)])

    def __str__(self) -> str:
        parts = [f"IEEE {self.format} to nearest, subnormals kept or flushed"]
        if self.values:
            split = f"{self.terms} terms of " if self.terms > 1 else ""
            parts.append(f"values multiplied as {split}{self.values}")
        order = f"at most {self.depth} additions deep" if self.depth else "in any order"
        parts.append(f"sums {order}, fused or not")
        return ", ".join([*parts, f"atoms within {self.ulps} units roundoff"])


def arithmetic(word: Network, box: Box, model: Model, cuts: int) -> list[Fraction]:
    """What computing a layer in floats adds at most, per output, at points of a box."""
    bank, affine = layer(word)
    floats = Arithmetic(model.format, model.ulps)
    bias, den = affine.bias.line(0, 1, affine.outputs)
    check(bias, den, model.format)
    blocks = blocks_of(bank, affine, model)
    divisor = max(n for block in blocks for n in block.basis.divisors)
    terms = [
        sum(counted) + (v != 0)
        for v, *counted in zip(bias, *[b.counts for b in blocks], strict=True)
    ]
    additions = max(0, max(terms) - 1)
    factors = 1 + min(model.depth or additions, additions) + (divisor > 1)
    need(2 * factors <= 1 << floats.bits, "a sum has too many terms for the format")
    gamma = Fraction(factors, (1 << floats.bits) - factors)
    total = [gamma * Fraction(abs(v), den) for v in bias]
    tables: dict[tuple[StraightLine, Box], list[list[int]]] = {}
    flushed, count = 0, 1
    for block, ends in zip(blocks, box, strict=True):
        key = block.basis, (ends,)
        if key not in tables:
            rows = table(block.basis, *ends, cuts, floats)
            tables[key] = [weighed(row, block, model, gamma, floats) for row in rows]
        largest = block.largest(tables[key])
        total = [t + v for t, v in zip(total, largest, strict=True)]
        # A weight below the normal numbers may count as 0, an operation flush.
        flushed += sum(map(max, zip(*tables[key], strict=True)))
        count += len(block.lines) * model.terms
    # gamma times the summed magnitudes is part of the total, and of what is flushed.
    reach = 4 * divisor * max(total)
    need(reach <= gamma * (floats.limit >> BITS), "a sum may overflow")
    values = Fraction(flushed * gamma.denominator, gamma.numerator << BITS)
    lost = (8 * count + values) * Fraction(floats.tiny, 1 << BITS)
    return [t + lost for t in total]


def added(
    data: bytes, stages: Sequence[int], box: Box, model: Model, cuts: int
) -> list[Fraction]:
    """What `arithmetic` finds for a layer of the objects of a file: for provers."""
    allow(len(data))
    file = File(data, lambda kind: TYPES[kind])
    with Fields({"stages": [*stages]}, file) as f:
        word = Network(f, "stages", len(box))
    return arithmetic(word, box, model, cuts)


def layer(word: Network) -> tuple[Bank, Affine]:
    """The two stages of a layer."""
    need(len(word.stages) == 2, "a layer is a bank and an affine stage")
    bank, affine = word.stages
    if not isinstance(bank, Bank) or not isinstance(affine, Affine):
        raise InvalidError("a layer is a bank and an affine stage")
    return bank, affine


def check(line: Sequence[int], den: int, name: str) -> None:
    """Refuse numbers that the format does not have."""
    scale = den.bit_length() - 1
    fine = den == 1 << scale and all(representable(v, scale, name) for v in line)
    need(fine, f"a weight or bias is no {name}")


class Block(NamedTuple):
    """The columns of one input: `basis` is its functions, absolute weights over den.

    counts: for every output the products that are not always 0.
    """

    basis: StraightLine
    lines: list[list[int]]
    den: int
    counts: list[int]

    def largest(self, rows: Sequence[Sequence[int]]) -> list[Fraction]:
        """For every output the largest row, weighed by the absolute weights.

        The outputs of a column are the digits of one long integer.
        """
        high = max(map(max, zip(*rows, strict=True)), default=0)
        top = max(map(max, self.lines)) * high * len(self.lines)
        width, outputs = top.bit_length() // 8 + 1, len(self.lines[0])
        columns = [packed(line, width) for line in self.lines]
        best = [0] * outputs
        for row in rows:
            spend(outputs * len(row) * (1 + width // 8))
            whole = sum(g * c for g, c in zip(row, columns, strict=True))
            data = whole.to_bytes(width * outputs, "little")
            digits = [
                int.from_bytes(data[k : k + width], "little")
                for k in range(0, len(data), width)
            ]
            best = [*map(max, best, digits)]
        return [Fraction(v, self.den << BITS) for v in best]


def blocks_of(bank: Bank, affine: Affine, model: Model) -> list[Block]:
    """The columns of an affine stage by input, with weights that are floats."""
    out: list[Block] = []
    start = 0
    for basis in bank.bases:
        if not isinstance(basis, StraightLine):
            raise InvalidError("a basis is no list of straight-line programs")
        once, rest = divmod(basis.size, model.terms)
        same = basis.programs == basis.programs[:once] * model.terms
        need(not rest and same, "the copies of an input's functions differ")
        columns = [affine.weight.column(start + j) for j in range(basis.size)]
        start += basis.size
        for line, den in columns:
            check(line, den, model.values or model.format)
        common = max(den for _, den in columns)
        spend(affine.outputs * basis.size * words(common))
        lines = [[abs(v) * (common // den) for v in line] for line, den in columns]
        used = [model.terms - j // once for j in range(basis.size)]
        counts = [
            sum(n for n, v in zip(used, entries, strict=True) if v)
            for entries in zip(*lines, strict=True)
        ]
        out.append(Block(basis, lines, common, counts))
    return out


def weighed(
    row: Row, block: Block, model: Model, gamma: Fraction, floats: Arithmetic
) -> list[int]:
    """By how much, times its absolute weight, each column puts the sum off."""
    n, d, tiny = gamma.numerator, gamma.denominator, floats.tiny
    once = len(row) // model.terms
    out: list[int] = []
    for j, ((error, value), divisor) in enumerate(
        zip(row, block.basis.divisors, strict=True)
    ):
        error = -(-error // divisor)
        size = error + value
        if not model.values:
            out.append(error - (-n * size // d) + tiny)
            continue
        bits, least, top = FORMATS[model.values]
        need(size * divisor <= 1 << BITS + top - 1, f"beyond {model.values}")
        unit, half = 1 << bits, up(Fraction(2) ** least) + tiny
        # What is left after s terms: at most v^s size + 2 half; v = 1/unit.
        left = [-(-size // unit**s) + 2 * half for s in range(model.terms + 1)]
        terms = [-(-r * (unit + 1) // unit) + half for r in left[:-1]]
        kept = model.terms - j // once
        summed, dropped = sum(terms[:kept]), sum(terms[kept:])
        out.append(error + left[-1] + dropped - (-n * summed // d) + tiny)
    return out
