"""window_equal: two words of stages denote the same function of R^n, or of a box.

Both words are evaluated symbolically, coordinate by coordinate.  A *column* (i, f) is a
coordinate known to be f(x_i); i = NOWHERE if f is constant.  While every row of the
affine stages touches one input only, rows become columns again; from the first affine
stage that mixes inputs on, maps and biases are kept *pending*, in the order of
application.  At a bank `ridges` turns them into columns again, of x_i = v.x for further
indices i and integer vectors v, or refuses.  The end is compared function by function
when nothing is pending, and otherwise by `mixing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from .algebra import IDENTITY, Function, combine, constant, substitute
from .linear import BlockDiagonal, Composition, LinearMap, Selection, Vector, flatten
from .reader import Domain, Fields, File, Interval, domain, natural, need, text
from .stages import Affine, Bank, Basis, Network
from .work import spend

NOWHERE = -1
AFFINE = {("power", 1): None, ("power", 0): None}.keys()
ONE = constant(Fraction(1))
Column = tuple[int, Function]
Columns = Sequence[Column]


class State(NamedTuple):
    """What evaluation knows at the end of a word."""

    columns: Columns
    pending: list[LinearMap | Vector]


class Window(NamedTuple):
    """An accepted window: what a composition may cite."""

    left: Network
    right: Network
    domain: Domain
    admitted: str = ""


def judge(f: Fields, _: object) -> Window:
    """window_equal: both words denote the same function."""
    window = read(f)
    check(f.file, window)
    return window


def admit(f: Fields, _: object) -> Window:
    """window_admitted: well formed and taken on trust; the verdict becomes holey."""
    return read(f)._replace(admitted=text(f["reason"]) or "no reason given")


def read(f: Fields) -> Window:
    """The fields of a window, with words that chain."""
    inputs = natural(f["in_features"], 1)
    left, right = Network(f, "left", inputs), Network(f, "right", inputs)
    window = Window(left, right, domain(f["domain"], inputs))
    need(left.outputs == right.outputs, "the sides differ in outputs")
    return window


def check(file: File, window: Window) -> None:
    """Raise InvalidError unless both sides are the same function."""
    evaluator = Evaluator(file, window.domain)
    sides = [evaluator.trace(word) for word in (window.left, window.right)]
    if any(defined for _, defined in sides):
        sides = file.on_demand("partial").common(evaluator, sides)
    left, right = (state for state, _ in sides)
    if left != right and (left.pending or right.pending):
        file.on_demand("mixing").check(evaluator, left, right)
        return
    for o, (a, b) in enumerate(zip(left.columns, right.columns, strict=True)):
        need(a == b, f"the sides differ in output {o}")


def column(i: int, f: Function) -> Column:
    """The column f(x_i), recognized as constant if it is."""
    return (NOWHERE if f.is_constant else i, f)


class Evaluator:
    """Symbolic evaluation on a domain, with memory: a shared grid costs once."""

    def __init__(self, file: File, domain: Domain) -> None:
        self.file, self.inputs, self.intervals = file, 0, list(domain)
        self.directions: Any = None  # of `ridges`; they extend the intervals
        self.defined: dict[int, Any] = {}  # extents of `partial`, by index
        self._expanded: dict[tuple[Basis, Function, object], list[Function]] = {}
        self._blocks: dict[tuple[LinearMap, tuple[Function, ...]], list[Function]] = {}

    def run(self, network: Network) -> State:
        state, defined = self.trace(network)
        need(not defined, "unsupported: log or sqrt, which are not defined everywhere")
        return state

    def trace(self, network: Network) -> tuple[State, dict[int, Any]]:
        """The state at the end, and the extents where the word is defined."""
        self.inputs, self.defined = network.inputs, {}
        spend(64 * self.inputs)
        start = [column(i, self.trim(IDENTITY, i)) for i in range(self.inputs)]
        return self.walk(network, start), self.defined

    def walk(self, network: Network, columns: Columns) -> State:
        pending: list[LinearMap | Vector] = []
        for stage in network.stages:
            spend(64 * stage.outputs)
            if pending and not isinstance(stage, Affine):
                ridges = self.file.on_demand("ridges")
                columns, pending = ridges.columns(self, columns, pending), []
            if isinstance(stage, Affine):
                for part in flatten(stage.weight):
                    rows = None if pending else self.rows(part, columns)
                    if rows is None:
                        pending.append(part)
                    else:
                        columns = rows
                if pending:
                    pending.append(stage.bias.line(0, 1, stage.outputs))
                else:
                    columns = [self.add(c, stage, o) for o, c in enumerate(columns)]
            elif isinstance(stage, Bank):
                for c, basis in zip(columns, stage.bases, strict=True):
                    if basis.extent is not None:
                        self.file.on_demand("partial").require(self, c, basis)
                columns = [
                    column(i, g)
                    for (i, f), basis in zip(columns, stage.bases, strict=True)
                    for g in self.expand(basis, f, i)
                ]
            else:
                columns, pending = stage.expand(self, columns)
        return State(columns, pending)

    def interval(self, i: int) -> Interval | None:
        """The values of x_i, or None for all of R and for a constant."""
        return self.intervals[i] if self.intervals and i != NOWHERE else None

    def trim(self, f: Function, i: int) -> Function:
        ends = self.interval(i)
        return f if ends is None else self.file.on_demand("cells").restrict(f, *ends)

    def expand(self, basis: Basis, f: Function, i: int) -> list[Function]:
        """The functions of a basis, each after f: substitution if f is affine."""
        key = (basis, f, self.interval(i))
        if key not in self._expanded:
            values = [self.compose(outer, f) for outer in basis.functions]
            self._expanded[key] = [self.trim(g, i) for g in values]
        return self._expanded[key]

    def compose(self, outer: Function, inner: Function) -> Function:
        if inner == IDENTITY:
            return outer
        if inner.terms.keys() <= AFFINE:
            return substitute(outer, *(inner.coefficient(g) for g in AFFINE))
        if outer.terms.keys() <= AFFINE:
            slope, offset = (outer.coefficient(g) for g in AFFINE)
            parts = [(slope, inner), (offset, ONE)]
            return combine([(q.numerator, q.denominator, f) for q, f in parts])
        return self.file.on_demand("cells").compose(outer, inner)

    def add(self, c: Column, stage: Affine, o: int) -> Column:
        """The column plus entry o of the bias, over that entry's own denominator."""
        (bias,), den = stage.bias.line(o, 1, 1)
        return column(c[0], combine([(1, 1, c[1]), (bias, den, ONE)])) if bias else c

    def rows(self, m: LinearMap, columns: Columns) -> Columns | None:
        """The rows of the map as columns, or None if a row touches two inputs."""
        spend(8 * m.outputs)
        if isinstance(m, Selection):
            return [columns[index] for index in m.indices]
        if isinstance(m, BlockDiagonal):
            parts = [self.rows(block, part) for block, part in m.slices(columns)]
            return None if None in parts else [c for part in parts for c in part or []]
        if isinstance(m, Composition):
            rows: Columns | None = columns
            for part in m.maps:
                rows = self.rows(part, rows) if rows is not None else None
            return rows
        touched = {i for i, _ in columns if i != NOWHERE}
        key = (m, tuple(f for _, f in columns))
        if len(touched) == 1 and key in self._blocks:
            return [column(min(touched), f) for f in self._blocks[key]]
        found = self.sums(m, columns)
        if found is not None and len(touched) == 1:
            self._blocks[key] = [f for _, f in found]
        return found

    def sums(self, m: LinearMap, columns: Columns) -> Columns | None:
        owners = [NOWHERE] * m.outputs
        sums: list[list[tuple[int, int, Function]]] = [[] for _ in owners]
        for c, (i, f) in enumerate(columns):
            line, den = m.column(c)
            for o, v in enumerate(line):
                if v and f.terms:
                    if i != NOWHERE and owners[o] not in (i, NOWHERE):
                        return None
                    owners[o] = max(owners[o], i)
                    sums[o].append((v, den, f))
        return [column(o, combine(s)) for o, s in zip(owners, sums, strict=True)]
