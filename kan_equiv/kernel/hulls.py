"""Extreme values of functions of one input, for all outputs at once.

d_o(x) = sum over generators g of c_g[o] g(x) on [low, high].  Between neighbouring
breakpoints powers and steps make a polynomial, which lies between its least and its
greatest Bernstein coefficient; halving the cell (de Casteljau) gives the coefficients
of both halves.  An atom f(ax + b) with |f''| <= K lies within K (a(v - u))^2/8 of its
chord on [u, v], the error of linear interpolation, and a chord only adds to the
coefficients.  Values at breakpoints are taken as they are, limits there are the first
and the last coefficient of a cell.

Every cell counts with all its coefficients, or is halved, or holds nothing above a
value that counts.  So what is found is a bound, however few cells are halved.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import comb, lcm

from .algebra import Generator
from .enclosure import Interval, atom, scale_down
from .linear import Vector
from .reader import InvalidError, need
from .work import spend, spend_product, widest, words

NEEDS = ("enclosure",)
BITS = 128  # of enclosures
MAX_LIVE = 1 << 10  # cells of one function that are halved at a time
CURVATURES = {  # bounds of the second derivative, in absolute value
    "silu": Fraction(1, 2),  # s'(2 + z(1 - 2s)) with s the sigmoid, largest at 0
    "sigmoid": Fraction(1, 10),  # 1/(6 sqrt 3)
    "gelu": Fraction(4, 5),  # (2 - z^2) e^(-z^2/2)/sqrt(2 pi), largest at 0
    "gaussian": Fraction(2),  # (4z^2 - 2) e^(-z^2), largest at 0
    "sin": Fraction(1),
    "cos": Fraction(1),
}
Cell = tuple[int, Fraction, Fraction, Sequence[int]]  # a bound, ends, coefficients


class Curves:
    """The functions d_o, o = 0, 1, ..., of one input on [low, high].

    With `scale` a common denominator of the breakpoints, polynomials are written in
    X = scale*x, where breakpoints are integers.  All coefficients are over `den`.
    """

    def __init__(
        self, known: dict[Generator, Vector], low: Fraction, high: Fraction
    ) -> None:
        cuts = {g[1] for g in known if g[0] in ("step", "point")} | {low, high}
        self.points = sorted(t for t in cuts if low <= t <= high)
        self.scale = lcm(*[t.denominator for t in cuts])
        ranks = [g[-1] for g in known if g[0] in ("power", "step")]
        p = self.degree = max([1, *ranks])
        self.words = p * words(self.scale)
        spend_product(self.words)
        common = lcm(*[d for _, d in known.values()])
        self.unit = self.scale**p * lcm(*[comb(p, j) for j in range(p + 1)])
        self.den = common * self.unit
        self.atoms: dict[Generator, list[int]] = {}
        self.spikes: dict[Fraction, list[int]] = {}
        due: dict[int, list[tuple[Generator, list[int]]]] = {}
        for g, (line, d) in known.items():
            line = [v * (common // d) for v in line]
            if g[0] not in ("power", "step", "point", "atom"):
                need(not any(line), f"unsupported: bounds of a {g[0]}")
            elif g[0] == "atom":
                self.atoms[g] = line
            elif g[0] == "point":
                self.spikes[g[1]] = line
            else:
                start = bisect_left(self.points, g[1]) if g[0] == "step" else 0
                due.setdefault(start, []).append((g, line))
        total = [[0] * len(next(iter(known.values()))[0])] * (p + 1)
        self.pieces: list[list[list[int]]] = []  # right of each point, by power of X
        for j in range(len(self.points)):
            for g, line in due.get(j, ()):
                total = self._add(total, g, line)
            self.pieces.append(total)
        self.values = [self._value(j) for j in range(len(self.points))]
        self.cells = [self._bernstein(j) for j in range(len(self.points) - 1)]
        self._enclosures: dict[tuple[Generator, Fraction], Interval] = {}

    def _add(
        self, total: list[list[int]], g: Generator, line: list[int]
    ) -> list[list[int]]:
        """The power or step (X - T)^k/scale^k is added."""
        k, root = g[-1], int(g[1] * self.scale) if g[0] == "step" else 0
        total = list(total)
        spend((k + 1) * len(line) * self.words)
        for r in range(k + 1):
            factor = comb(k, r) * (-root) ** (k - r) * self.scale ** (self.degree - k)
            if factor:
                total[r] = [a + factor * v for a, v in zip(total[r], line, strict=True)]
        return total

    def _value(self, j: int) -> list[int]:
        """d_o at a breakpoint: the piece that starts there, and a spike."""
        x, up = int(self.points[j] * self.scale), self.unit // self.scale**self.degree
        sums = [up * horner(column, x) for column in zip(*self.pieces[j], strict=True)]
        if self.points[j] in self.spikes:
            spike = self.spikes[self.points[j]]
            sums = [a + self.unit * v for a, v in zip(sums, spike, strict=True)]
        return sums

    def _bernstein(self, j: int) -> list[list[int]]:
        """For every output the coefficients on the cell right of a breakpoint.

        b_k = sum over i of comb(k, i)/comb(p, i) times coefficient i in powers of
        (x - u)/(v - u).
        """
        p, (u, v) = self.degree, (int(t * self.scale) for t in self.points[j : j + 2])
        whole = self.unit // self.scale**p
        spend((p + 1) ** 2 * (p + len(self.pieces[j][0])) * self.words)
        rows = [
            [
                sum(
                    comb(k, i) * (whole // comb(p, i)) * comb(r, i) * u ** (r - i)
                    * (v - u) ** i
                    for i in range(min(k, r) + 1)
                )
                for r in range(p + 1)
            ]
            for k in range(p + 1)
        ]  # fmt: skip
        return [
            [sum(a * b for a, b in zip(row, column, strict=True)) for row in rows]
            for column in zip(*self.pieces[j], strict=True)
        ]

    def _enclose(self, atoms: Sequence[tuple[Generator, int]], x: Fraction) -> Interval:
        """The sum of the weighted atoms at x, over 2^BITS."""
        low = high = 0
        for g, w in atoms:
            if (g, x) not in self._enclosures:
                z = g[2] * x + g[3]
                n = z.numerator << BITS
                argument = scale_down((n, n), z.denominator)
                self._enclosures[g, x] = atom(g[1], argument, BITS)
            a, b = self._enclosures[g, x]
            low, high = low + min(w * a, w * b), high + max(w * a, w * b)
        return low, high

    def at(self, o: int, x: Fraction) -> tuple[Fraction, Fraction]:
        """Bounds of d_o(x), equal where no atom is involved."""
        j = bisect_right(self.points, x) - 1
        exact = horner([line[o] for line in self.pieces[j]], x * self.scale)
        exact *= self.unit // self.scale**self.degree
        if x in self.spikes:
            exact += self.spikes[x][o] * self.unit
        atoms = [(g, line[o] * self.unit) for g, line in self.atoms.items() if line[o]]
        low, high = (Fraction(v, 1 << BITS) for v in self._enclose(atoms, x))
        return (exact + low) / self.den, (exact + high) / self.den

    def greatest(self, o: int, sign: int, cuts: int) -> Fraction:
        """An upper bound of sign*d_o; cells are halved up to `cuts` times."""
        factor = sign * self.unit
        atoms = [(g, line[o] * factor) for g, line in self.atoms.items() if line[o]]
        shift = self.degree * cuts  # so that halving stays with integers
        fine = BITS if atoms else 0

        def ends(x: Fraction) -> Interval:
            low, high = self._enclose(atoms, x) if atoms else (0, 0)
            return low << shift, high << shift

        def cell(u: Fraction, v: Fraction, coefficients: Sequence[int]) -> Cell:
            spend(64 + (self.degree + 1) ** 2 * widest(coefficients))
            if not atoms:
                return max(coefficients), u, v, coefficients
            a, b, p = ends(u)[1], ends(v)[1], self.degree
            top = max(
                c - (-((p - k) * a + k * b) // p) for k, c in enumerate(coefficients)
            )
            bend = sum(abs(w) * curvature(g, u, v) for g, w in atoms) * (v - u) ** 2 / 8
            return (
                top - (-bend.numerator << shift + fine) // bend.denominator,
                u,
                v,
                coefficients,
            )

        up = shift + fine
        at = [
            (t, sign * v[o] << up, ends(t))
            for t, v in zip(self.points, self.values, strict=True)
        ]
        best = max(v + low for _, v, (low, _) in at)
        ceiling = max(v + high for _, v, (_, high) in at)
        live: list[Cell] = []
        for (u, v), lines in zip(pairwise(self.points), self.cells, strict=True):
            coefficients = [sign * c << up for c in lines[o]]
            live.append(cell(u, v, coefficients))
            best = max(
                best, coefficients[0] + ends(u)[0], coefficients[-1] + ends(v)[0]
            )
        for _ in range(cuts):
            live = [c for c in live if c[0] > best]
            if not live or len(live) > MAX_LIVE:
                break
            halved: list[Cell] = []
            for _, u, v, coefficients in live:
                middle, (left, right) = (u + v) / 2, halves(coefficients)
                best = max(best, right[0] + ends(middle)[0])
                halved += [cell(u, middle, left), cell(middle, v, right)]
            live = halved
        return Fraction(max([best, ceiling, *(c[0] for c in live)]), self.den << up)


def curvature(g: Generator, u: Fraction, v: Fraction) -> Fraction:
    """A bound of the second derivative of an atom on [u, v]."""
    _, name, a, b = g
    if name in CURVATURES:
        return a * a * CURVATURES[name]
    if name == "exp":
        return a * a * exp_at_most(max(a * u, a * v) + b)
    raise InvalidError(f"unsupported: no second derivative of {name} is known here")


def exp_at_most(z: Fraction) -> Fraction:
    """An upper bound of exp(z), which increases: argument and value are rounded up."""
    argument = -((-z.numerator << BITS) // z.denominator)
    return Fraction(atom("exp", (argument, argument), BITS)[1], 1 << BITS)


def halves(coefficients: Sequence[int]) -> tuple[list[int], list[int]]:
    """De Casteljau at the middle; the sums are even by the choice of the shift."""
    left: list[int] = []
    right: list[int] = []
    while coefficients:
        left.append(coefficients[0])
        right.append(coefficients[-1])
        coefficients = [(a + b) // 2 for a, b in pairwise(coefficients)]
    return left, right[::-1]


def horner(coefficients: Sequence[int], x: Fraction | int) -> Fraction | int:
    """The value of a polynomial, coefficients ascending."""
    total: Fraction | int = 0
    for c in reversed(coefficients):
        total = total * x + c
    return total
