"""The rows of a schema: units of a B-spline with weights in differences of knots.

A schema is about symbols t_0 < ... < t_{p+1}. A weight is a sum of products
c prod (t_a - t_b) / prod (t_a - t_b), a > b; a unit is one of

- ``constant``: 1
- ``hinge`` j: max(x - t_j, 0)^p
- ``below`` j, c: max(min(x, t_c) - t_j, 0)^p
- ``above`` j, c: max(t_j - max(x, t_c), 0)^p

The rules ``bspline_to_truncated_power`` and ``bspline_to_local`` hold the same formulas
for numbers: M_j = (-1)^j (t_{p+1} - t_0) / prod_{l != j} abs(t_j - t_l).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any

__all__ = ["Product", "Row", "symbolic_rows"]

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Product:
    """An integer times differences t_a - t_b over differences, in lowest terms."""

    coefficient: int
    numerator: tuple[Pair, ...]
    denominator: tuple[Pair, ...]

    @classmethod
    def of(cls, coefficient: int, up: Iterable[Pair], down: Iterable[Pair]) -> Product:
        """Cancel common factors and sort the others.

        >>> Product.of(-1, [(2, 0), (1, 0)], [(2, 0)])
        Product(coefficient=-1, numerator=((1, 0),), denominator=())
        """
        above, below = Counter(up), Counter(down)
        return cls(
            coefficient,
            tuple(sorted((above - below).elements())),
            tuple(sorted((below - above).elements())),
        )

    def at(self, knots: Sequence[Fraction]) -> Fraction:
        """Return the exact value at strictly increasing knots."""
        top = prod((knots[a] - knots[b] for a, b in self.numerator), start=Fraction(1))
        bottom = prod(
            (knots[a] - knots[b] for a, b in self.denominator), start=Fraction(1)
        )
        return self.coefficient * top / bottom


@dataclass(frozen=True, slots=True)
class Row:
    """A unit and its weight.

    Attributes:
        unit: ``constant``, ``hinge``, ``below`` or ``above``.
        knots: the indices that the unit names: j, or j and the center c, or none.
        weight: products whose sum is the weight.
    """

    unit: str
    knots: tuple[int, ...]
    weight: tuple[Product, ...]

    def at(self, knots: Sequence[Fraction]) -> Fraction:
        """Return the exact weight at strictly increasing knots t_0, ..., t_{p+1}."""
        return sum((w.at(knots) for w in self.weight), start=Fraction(0))

    def encode(self) -> dict[str, Any]:
        """Return the row as it stands in a certificate."""
        weight = [
            [
                str(w.coefficient),
                *([list(f) for f in fs] for fs in (w.numerator, w.denominator)),
            ]
            for w in self.weight
        ]
        return {"unit": [self.unit, *self.knots], "weight": weight}

    @classmethod
    def decode(cls, raw: Mapping[str, Any]) -> Row:
        """Read back what ``encode`` wrote."""
        name, *knots = raw["unit"]
        weight = tuple(
            Product(
                int(c), tuple((a, b) for a, b in up), tuple((a, b) for a, b in down)
            )
            for c, up, down in raw["weight"]
        )
        return cls(name, tuple(knots), weight)


def symbolic_rows(degree: int, form: str) -> tuple[Row, ...]:
    """Return the rows of a form: ``hinge``, or ``local`` about the middle knot.

    >>> [row.weight[0].coefficient for row in symbolic_rows(2, "hinge")]
    [1, -1, 1, -1]
    """
    p = degree
    if form == "hinge":
        return tuple(Row("hinge", (j,), (_weight(p, j),)) for j in range(p + 2))
    c = (p + 1) // 2
    # -B(t_c): left of the center the spline is the sum of its hinges there.
    constant = tuple(_weight(p, j, -1, ((c, j),) * p) for j in range(c))
    mirror = 1 if p % 2 else -1
    return (
        Row("constant", (), constant),
        *(Row("below", (j, c), (_weight(p, j),)) for j in range(c)),
        *(Row("above", (j, c), (_weight(p, j, mirror),)) for j in range(c + 1, p + 2)),
    )


def _weight(p: int, j: int, factor: int = 1, times: Iterable[Pair] = ()) -> Product:
    """factor * M_j * times; the sign counts the negative factors of M_j."""
    others = [(max(j, l), min(j, l)) for l in range(p + 2) if l != j]
    return Product.of(factor * (-1) ** j, [(p + 1, 0), *times], others)
