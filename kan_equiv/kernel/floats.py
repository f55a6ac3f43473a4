"""What a straight-line program computes in floats: values and errors on an interval.

u = 2^-bits is the unit roundoff, L the least normal number.  An operation gives
(exact)(1 + d) + e with |d| <= u and |e| <= L, and before it each operand may be
replaced by 0 if it is smaller than L: IEEE arithmetic rounded to nearest, with
subnormals kept or flushed.  A product and a sum may be fused, which leaves out a
rounding.  max, min, | | and signs are exact.  An atom is within ulps*u*(|f| + floor) of
its value at the computed argument, which is an assumption.

A register (low, high, error) says: for every x in the interval the value over the reals
lies in [low, high], and what is computed is within error of it.  For a product,
|a'b' - ab| <= |a|e_b + |b|e_a + e_a e_b; max, min and | | pass on the larger error, and
max(z, 0) at most how far z + e reaches above 0 where z <= 0.  All are integers over
2^BITS, rounded outward, so that shifting to the right goes with adding 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import lcm
from typing import Any

from .algebra import Generator
from .enclosure import atom
from .hulls import Curves, halves
from .linear import Vector
from .propagation import slope
from .reader import need
from .straightline import Program, StraightLine
from .work import spend, widest, words

NEEDS = ("cells", "enclosure", "hulls", "propagation", "straightline")
FORMATS = {  # bits, exponent of the least positive number, and all are below 2^top
    "float64": (53, -1074, 1024),
    "float32": (24, -149, 128),
    "tf32": (11, -136, 128),
    "float16": (11, -24, 16),
    "bfloat16": (8, -133, 128),
}
BITS = 192
FINE = 64  # bits of enclosures of atoms
FLOORS = {"gelu": Fraction(1), "gaussian": Fraction(1)}  # cancellation is absolute
FLOOR = Fraction(1, 1 << 64)
Register = tuple[int, int, int]
Prepared = list[tuple[str, tuple[int, ...], Any]]
Row = list[tuple[int, int]]  # of every function: its error, and a bound of its value


def up(value: Fraction) -> int:
    """An integer over 2^BITS that is at least the value."""
    return -((-value.numerator << BITS) // value.denominator)


def representable(value: int, scale: int, name: str) -> bool:
    """Whether value/2^scale is a number of the format."""
    bits, least, top = FORMATS[name]
    if not value:
        return True
    size = abs(value)
    zeros = (size & -size).bit_length() - 1
    length = size.bit_length()
    return length - zeros <= bits and zeros - scale >= least and length - scale <= top


class Arithmetic:
    """A format, and errors of its operations; atoms within `ulps` units roundoff."""

    def __init__(self, name: str, ulps: int) -> None:
        self.name, self.ulps = name, ulps
        self.bits, least, top = FORMATS[name]
        self.tiny = up(Fraction(2) ** (least + self.bits - 1))
        self.limit = 1 << BITS + top - 1  # all computed numbers stay below 2^(top-1)

    def prepared(self, program: Program) -> Prepared:
        """The instructions, constants as registers, without a division at the end."""
        out: Prepared = []
        for name, registers, value in program:
            if isinstance(value, Fraction) and name != "divided":
                n, d = value.numerator, value.denominator
                scale = d.bit_length() - 1
                fine = d == 1 << scale and representable(n, scale, self.name)
                need(fine, f"a constant is no {self.name}")
                out.append((name, registers, ((n << BITS) // d, up(value), 0)))
            elif name != "divided":
                out.append((name, registers, value))
        return out

    def run(self, program: Prepared, low: int, high: int) -> Register:
        """The function on an interval."""
        held: list[Register] = [(low, high, 0)]
        spend(16 * len(program) + 16)
        for name, registers, value in program:
            if isinstance(value, tuple):
                held.append(value)
                continue
            of = [held[r] for r in registers]
            low, high, error = self.apply(name, of, str(value))
            need(max(-low, high) + error <= self.limit, "a value may overflow")
            held.append((low, high, error))
        return held[-1]

    def apply(self, name: str, of: Sequence[Register], extra: str) -> Register:
        """One instruction."""
        a, b, e = of[0]
        e += self.tiny
        if name == "atom":
            return self.atom(extra, a, b, e)
        if name == "negative":
            return -b, -a, e
        if name == "relu":
            reach = max(0, min(e, b + e))
            return max(a, 0), max(b, 0), reach and reach + self.tiny
        if name == "absolute":
            low = max(a, -b, 0)
            return low, max(-a, b), e + self.tiny
        c, d, g = of[-1]
        g += self.tiny
        if name == "minimum":
            return min(a, c), min(b, d), max(e, g) + self.tiny
        if name == "maximum":
            return max(a, c), max(b, d), max(e, g) + self.tiny
        if name == "multiply":
            corners = a * c, a * d, b * c, b * d
            carried = max(-a, b) * g + max(-c, d) * e + e * g
            low, high = min(corners) >> BITS, -(-max(corners) >> BITS)
            return self.rounded(low, high, 1 + (carried >> BITS))
        need(name in ("add", "subtract"), f"unsupported: {name} in floats")
        if name == "subtract":
            c, d = -d, -c
        return self.rounded(a + c, b + d, e + g)

    def rounded(self, low: int, high: int, error: int) -> Register:
        """A result with an error, and its rounding."""
        size = max(-low, high) + error
        return low, high, error + (size >> self.bits) + 1 + self.tiny

    def atom(self, name: str, low: int, high: int, error: int) -> Register:
        """An atom at an argument with an error: slopes on all that may be computed."""
        shift = BITS - FINE
        a, b = low >> shift, -(-high >> shift)
        ends = [v << shift for v in atom(name, (a, b), FINE)]
        spend(256)
        if name == "tanh":
            steep = Fraction(1)
        else:
            near = Fraction(low - error, 1 << BITS), Fraction(high + error, 1 << BITS)
            generator: Generator = ("atom", name, Fraction(1), Fraction(0))
            steep = max(map(abs, slope(generator, *near)))
        moved = -(-error * steep.numerator // steep.denominator)
        size = max(-ends[0], ends[1]) + moved + up(FLOORS.get(name, FLOOR))
        own = (self.ulps * size >> self.bits) + 1 + self.tiny
        return ends[0], ends[1], moved + own


def table(
    basis: StraightLine, low: Fraction, high: Fraction, cuts: int, model: Arithmetic
) -> list[Row]:
    """Errors and values of all functions, on cells that cover [low, high].

    The cells between breakpoints are cut into 2^cuts.  The value of a polynomial on one
    of them is at most its largest Bernstein coefficient.
    """
    functions = basis.functions
    generators = {g for f in functions for g in f.terms} or {("power", 0)}
    common = lcm(*[f.den for f in functions])
    spend(len(functions) * len(generators) * words(common))
    known: dict[Generator, Vector] = {}
    for g in generators:
        need(g[0] != "point", "a program with a spike")
        known[g] = [f.terms.get(g, 0) * (common // f.den) for f in functions], common
    curves = Curves(known, low, high)
    programs = [model.prepared(p) for p in basis.programs]
    with_atoms = [any(g[0] == "atom" for g in f.terms) for f in functions]
    firsts = [basis.programs.index(p) for p in basis.programs]
    rows: list[Row] = []
    for k, ends in enumerate(cells(curves.points)):
        columns: list[Row] = []
        for j, program in enumerate(programs):
            if firsts[j] < j:
                columns.append(columns[firsts[j]])
                continue
            sizes = polynomials(curves, k, j, cuts)
            same = len(set(sizes)) == 1 and sizes[0] > 0 and not with_atoms[j]
            parts = [ends] if same else divided(*ends, 1 << cuts)
            found = [model.run(program, *part) for part in parts]
            if with_atoms[j]:
                sizes = [max(-a, b) for a, b, _ in found]
            errors = [e for _, _, e in found] * (len(sizes) // len(found))
            columns.append([*zip(errors, sizes, strict=True)])
        spend(16 * len(columns) << cuts)
        rows += map(list, zip(*columns, strict=True))
    return rows


def cells(points: Sequence[Fraction]) -> list[tuple[int, int]]:
    """What lies between neighbouring points, outward; one point alone is a cell."""
    pairs = [*pairwise(points)] or [(points[0], points[0])]
    return [((a.numerator << BITS) // a.denominator, up(b)) for a, b in pairs]


def divided(low: int, high: int, count: int) -> list[tuple[int, int]]:
    """Equal parts of an interval whose ends were rounded, and so rounded outward."""
    ends = [low + (high - low) * m // count for m in range(count + 1)]
    return [(a - 1, b + 2) for a, b in pairwise(ends)]  # less than 2 below the true end


def polynomials(curves: Curves, k: int, j: int, cuts: int) -> list[int]:
    """The largest value of polynomial j on the parts of cell k, over 2^BITS."""
    count, shift = 1 << cuts, curves.degree * cuts
    if not curves.cells:
        hulls = [[curves.values[0][j] << shift]] * count
    else:
        hulls = [[c << shift for c in curves.cells[k][j]]]
        spend(count * (64 + (curves.degree + 1) ** 2 * widest(hulls[0])))
        for _ in range(cuts):
            hulls = [half for hull in hulls for half in halves(hull)]
    den = curves.den << shift
    return [-(-(max(map(abs, hull)) << BITS) // den) for hull in hulls]
