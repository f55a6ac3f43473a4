"""Affine stages that mix inputs: integer matrix equations, all outputs at once.

A state with pending maps denotes  y_o = sum over columns c of W[o,c] f_c(x_i(c)) + b_o.
The difference of two states is a sum of such terms, grouped by input i.  Written in the
generators g of `algebra`, the group of input i is  sum_g (sum_c W[o,c] f_c[g]) g(x_i),
and it is enough that every inner sum is 0, except that constants only have to cancel
between all the inputs and the biases, and powers between all the directions (`ridges`).

An inner sum is computed for all o by one product per column: the column, over a common
denominator, becomes the integer  sum_o v_o 2^(s*o).  Sums and multiples of such packed
columns are the packed sums and multiples T_o, exactly, and if |T_o| < 2^(s-1) for all
o, then the packed integer is 0 only if every T_o is: the lowest T_o that is not 0 would
remain modulo 2^(s*(o+1)).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import accumulate
from math import lcm
from typing import TYPE_CHECKING

from .algebra import UNIT, Function, Generator, combine
from .linear import (
    BlockDiagonal,
    Composition,
    LinearMap,
    Selection,
    Vector,
    add,
    join,
    unit,
)
from .reader import InvalidError, need
from .work import spend

if TYPE_CHECKING:
    from .stages import Parallel
    from .windows import Columns, Evaluator, State

Pending = Sequence[LinearMap | Vector]
# Maps, an index and the number of their columns, and the function that is multiplied.
Term = tuple[Sequence[LinearMap], int, int, Function]
ZERO = Function({}, 1)


def split(pending: Pending, size: int) -> tuple[list[LinearMap], Vector]:
    """y = maps(columns) + constant, for this many columns."""
    maps: list[LinearMap] = []
    constant: Vector = [0] * size, 1
    for entry in pending:
        if isinstance(entry, LinearMap):
            maps.append(entry)
            constant = entry.apply(constant)
        else:
            constant = add([constant, entry], len(entry[0]))
    return maps, constant


def through(maps: Sequence[LinearMap], c: int, size: int) -> Vector:
    """The image of the c-th of `size` unit vectors under all the maps."""
    return Composition(maps).column(c) if maps else unit(c, size)


class Group:
    """sum over terms of column * f(x_i) for one input, as vectors over all outputs."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self.terms = [
            (through(maps, c, size), f) for maps, c, size, f in terms if f.terms
        ]
        self.generators = {g for _, f in self.terms for g in f.terms}

    def sum(self, values: Sequence[Fraction]) -> Vector:
        """sum over terms of column * value."""
        scaled = (
            ([q.numerator * v for v in line], q.denominator * den)
            for ((line, den), _), q in zip(self.terms, values, strict=True)
            if q
        )
        return add(scaled, len(self.terms[0][0][0]))

    def coefficient(self, g: Generator) -> Vector:
        return self.sum([f.coefficient(g) for _, f in self.terms])

    def nonzero(self) -> set[Generator]:
        """The generators whose coefficient is not 0 in all outputs: packed integers."""
        sizes = [max(map(abs, line)) for (line, _), _ in self.terms]
        equations: dict[Generator, list[tuple[int, int]]] = {}
        bound = 0
        for g in self.generators:
            own = [
                (t, f.terms[g], den * f.den)
                for t, ((_, den), f) in enumerate(self.terms)
                if g in f.terms
            ]
            common = lcm(*[d for _, _, d in own])
            equations[g] = [(t, c * (common // d)) for t, c, d in own]
            bound = max(bound, sum(abs(scale) * sizes[t] for t, scale in equations[g]))
        width = bound.bit_length() // 8 + 1  # bound < 2^(8*width - 1)
        spend(len(self.terms) * len(self.terms[0][0][0]) * (1 + width // 8))
        offset = 1 << 8 * width - 1
        lines = [line for (line, _), _ in self.terms]
        zero = packed([offset for _ in lines[0]], width)
        columns = [packed([v + offset for v in line], width) - zero for line in lines]
        return {
            g
            for g, parts in equations.items()
            if sum(scale * columns[t] for t, scale in parts)
        }


def packed(values: Iterable[int], width: int) -> int:
    """The integer whose base 2^(8*width) digits are the values."""
    joined = b"".join([v.to_bytes(width, "little") for v in values])
    return int.from_bytes(joined, "little")


def groups(left: State, right: State | None) -> tuple[dict[int, list[Term]], Vector]:
    """The terms of left - right by input, and the difference of the constants.

    Where both sides apply the same maps, the functions are subtracted first: columns
    that do not change are never decoded.
    """
    maps, constant = split(left.pending, len(left.columns))
    sides = [(0, maps, 1, left.columns)]
    if right is not None:
        others, (integers, den) = split(right.pending, len(right.columns))
        constant = add([constant, ([-v for v in integers], den)], len(integers))
        sides.append((int(others != maps), others, -1, right.columns))
    merged: dict[tuple[int, int, int], Term] = {}
    for side, maps, sign, columns in sides:
        for c, (i, f) in enumerate(columns):
            before = merged[side, c, i][3] if (side, c, i) in merged else ZERO
            difference = combine([(1, 1, before), (sign, 1, f)])
            merged[side, c, i] = maps, c, len(columns), difference
    by_input: dict[int, list[Term]] = {}
    for (_, _, i), term in merged.items():
        by_input.setdefault(i, []).append(term)
    return by_input, constant


def check(evaluator: Evaluator, left: State, right: State) -> None:
    """Raise unless the two states denote the same function."""
    by_input, constant = groups(left, right)
    constants: dict[Generator, list[Vector]] = {UNIT: [constant]}
    are_inputs = max(by_input, default=0) < evaluator.inputs
    powers: dict[int, list[tuple[int, Vector]]] = {}
    for i, terms in by_input.items():
        group = Group(terms)
        differing = group.nonzero() if group.terms else set[Generator]()
        for g in differing:
            if g == UNIT or (g[0] == "atom" and g[2] == 0):
                constants.setdefault(g, []).append(group.coefficient(g))
            elif are_inputs or g[0] != "power":
                raise InvalidError(f"the sides differ in input {i}, at {g}")
            else:
                powers.setdefault(g[1], []).append((i, group.coefficient(g)))
    for k, terms in powers.items():
        zero = evaluator.directions.vanishes(k, terms)
        need(zero, f"the sides differ by a polynomial, in degree {k}")
    for parts in constants.values():
        total, _ = add(parts, len(constant[0]))
        for o, value in enumerate(total):
            need(value == 0, f"the sides differ in output {o} by a constant")


def parallel(
    evaluator: Evaluator, stage: Parallel, columns: Columns
) -> tuple[Columns, Pending]:
    """The direct sum of the networks' states."""
    starts = accumulate((n.inputs for n in stage.networks), initial=0)
    states = [
        evaluator.walk(network, columns[start : start + network.inputs])
        for network, start in zip(stage.networks, starts, strict=False)
    ]
    joined = [c for state in states for c in state.columns]
    if not any(state.pending for state in states):
        return joined, []
    blocks: list[LinearMap] = []
    constants: list[Vector] = []
    for state in states:
        size = len(state.columns)
        maps, constant = split(state.pending, size)
        blocks.append(Composition([Selection(size, range(size)), *maps]))
        constants.append(constant)
    return joined, [BlockDiagonal(blocks), join(constants)]
