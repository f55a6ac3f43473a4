"""B-splines as functions of `algebra`, by the recurrence of Cox and de Boor."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from .algebra import Function, Generator, Image, combine, single, transform
from .reader import InvalidError


def times_linear(f: Function, slope: Fraction, root: Fraction) -> Function:
    """slope*(x - root)*f.

    By (x - root)(x - t)^k = (x - t)^(k+1) + (t - root)(x - t)^k.
    """

    def image(g: Generator) -> Image:
        if g[0] == "power":
            return [(("power", g[1] + 1), slope), (g, -slope * root)]
        if g[0] == "step":
            up: Generator = ("step", g[1], g[2] + 1)
            return [(up, slope), (g, slope * (g[1] - root))]
        raise InvalidError("only powers and steps are multiplied")

    return transform(f, image)


def bsplines(knots: Sequence[Fraction], degree: int) -> list[Function]:
    """Cox-de Boor on half-open cells [t_j, t_j+1); a term with denominator 0 is 0."""
    one = Fraction(1)
    level = [
        combine([(1, 1, single(("step", s, 0))), (-1, 1, single(("step", t, 0)))])
        for s, t in pairwise(knots)
    ]
    for q in range(1, degree + 1):
        raised: list[Function] = []
        for j in range(len(level) - 1):
            parts: list[tuple[int, int, Function]] = []
            up, down = knots[j + q] - knots[j], knots[j + q + 1] - knots[j + 1]
            if up:
                parts.append((1, 1, times_linear(level[j], one / up, knots[j])))
            if down:
                falling = times_linear(level[j + 1], -one / down, knots[j + q + 1])
                parts.append((1, 1, falling))
            raised.append(combine(parts))
        level = raised
    return level
