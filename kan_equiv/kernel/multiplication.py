"""Products of coordinates, and words of such products.

In a window a product of two numbers enters as squares, by

    4 u v = (u + v)^2 - (u - v)^2.

Two coordinates u = a z_i + b and v = c z_j + d, affine in the directions i and j (see
`ridges`), have the product  ac z_i z_j + ad z_i + bc z_j + bd.  Here z_i + z_j and
z_i - z_j are multiples p z_k and q z_l of two more directions, so that
4 z_i z_j = p^2 z_k^2 - q^2 z_l^2; for i = j it is z_i^2.  More than two factors are
refused there.

products_equal compares words of products: every output is a product of inputs, and two
of these are the same function if each input stands in both as often.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING

from .algebra import Function, combine, single
from .linear import LinearMap, Vector
from .reader import Fields, InvalidError, items, natural, naturals, need
from .ridges import Directions
from .stages import Network, Stage
from .windows import AFFINE, NOWHERE, Column, Columns, Window, column, read
from .work import spend, spend_product, words

if TYPE_CHECKING:
    from .enclosure import Interval
    from .mixing import Pending
    from .windows import Evaluator

NEEDS = ("mixing", "ridges")
ONE, QUARTER = Fraction(1), Fraction(1, 4)
MAX_FACTORS = 1 << 12
Part = tuple[int, Function]  # a function of the index


class Groups(Stage):
    """Output g is made of the inputs listed in groups[g]."""

    def __init__(self, f: Fields) -> None:
        self.inputs = natural(f["columns"], 1)
        listed = [items(group, 1, MAX_FACTORS) for group in items(f["groups"], 1)]
        self.groups = [naturals(group, 0, self.inputs - 1) for group in listed]
        self.outputs = len(self.groups)


class Product(Groups):
    """Output g is the product of the inputs listed in groups[g]."""

    def exact(self, values: Sequence[Fraction]) -> list[Fraction]:
        """The value at rational coordinates."""
        found: list[Fraction] = []
        for group in self.groups:
            value = ONE
            for i in group:
                size = words(value.numerator * value.denominator)
                spend_product(size + words(values[i].numerator * values[i].denominator))
                value *= values[i]
            found.append(value)
        return found

    def enclose(self, values: Sequence[Interval], bits: int) -> list[Interval]:
        """Intervals that hold the values, all over 2^bits."""
        found: list[Interval] = []
        for first, *others in self.groups:
            value = values[first]
            for i in others:
                ends = [a * b for a in value for b in values[i]]
                spend_product(words(max(map(abs, ends))))
                value = min(ends) >> bits, -(-max(ends) >> bits)
            found.append(value)
        return found

    def expand(self, evaluator: Evaluator, columns: Columns) -> tuple[Columns, Pending]:
        """The products of columns, as sums of columns."""
        found: list[Column] = []
        places: list[int] = []
        for g, group in enumerate(self.groups):
            need(len(group) <= 2, "a product of more than two factors: split it first")
            factors = [columns[i] for i in group]
            parts = factors if len(factors) == 1 else product(evaluator, *factors)
            found += [column(i, evaluator.trim(f, i)) for i, f in parts]
            places += [g] * len(parts)
        return found, [Sums(self.outputs, places)]


class Sums(LinearMap):
    """Column c is the unit vector number places[c]."""

    def __init__(self, outputs: int, places: Sequence[int]) -> None:
        self.inputs, self.outputs, self.places = len(places), outputs, places

    def column(self, c: int) -> Vector:
        spend(self.outputs // 4)
        return [int(o == self.places[c]) for o in range(self.outputs)], 1


def product(evaluator: Evaluator, u: Column, v: Column) -> list[Part]:
    """The product of two columns that are affine, or one of them constant."""
    for (_, f), (j, g) in ((u, v), (v, u)):
        if f.is_constant and f.terms.keys() <= AFFINE:
            c = f.coefficient(("power", 0))
            return [(j, combine([(c.numerator, c.denominator, g)]))]
    (i, f), (j, g) = u, v
    affine = f.terms.keys() <= AFFINE and g.terms.keys() <= AFFINE
    need(affine and NOWHERE not in (i, j), "a product of functions that are not affine")
    (a, b), (c, d) = ([h.coefficient(p) for p in AFFINE] for h in (f, g))
    return [
        (i, single(("power", 1), a * d)),
        (j, single(("power", 1), b * c)),
        (NOWHERE, single(("power", 0), b * d)),
        *((k, single(("power", 2), a * c * q)) for k, q in squares(evaluator, i, j)),
    ]


def squares(evaluator: Evaluator, i: int, j: int) -> list[tuple[int, Fraction]]:
    """z_i z_j as the sum of q z_k^2 over the pairs (k, q)."""
    if i == j:
        return [(i, ONE)]
    found: list[tuple[int, Fraction]] = []
    for sign in (ONE, -ONE):
        k, factor = plane(evaluator, {i: ONE, j: sign})
        found.append((k, QUARTER * sign * factor * factor))
    return found


def plane(evaluator: Evaluator, values: dict[int, Fraction]) -> tuple[int, Fraction]:
    """(k, q) with q z_k = the sum of values[i] z_i, which is not 0."""
    known = evaluator.directions
    evaluator.directions = known or Directions(evaluator.inputs, evaluator.intervals)
    common = lcm(*[v.denominator for v in values.values()])
    whole = {i: int(v * common) for i, v in values.items()}
    k, factor = evaluator.directions.place(evaluator.directions.sum(whole))
    return k, Fraction(factor, common)


def judge(f: Fields, _: object) -> Window:
    """products_equal: both words multiply the same inputs."""
    window = read(f)
    left, right = (monomials(word) for word in (window.left, window.right))
    for o, (a, b) in enumerate(zip(left, right, strict=True)):
        need(a == b, f"the sides multiply other inputs in output {o}")
    return window


def monomials(word: Network) -> list[list[int]]:
    """For each output the inputs that it is the product of, sorted."""
    spend(64 * word.inputs)
    found = [[i] for i in range(word.inputs)]
    for stage in word.stages:
        if not isinstance(stage, Product):
            raise InvalidError("a stage that is no product")
        sizes = [sum(len(found[i]) for i in group) for group in stage.groups]
        need(max(sizes) <= MAX_FACTORS, f"more than {MAX_FACTORS} factors")
        spend(8 * sum(sizes))
        found = [sorted([k for i in g for k in found[i]]) for g in stage.groups]
    return found
