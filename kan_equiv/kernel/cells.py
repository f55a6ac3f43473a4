"""Functions cut into cells: pieces, piecewise linear arguments, boxes.

Loaded only when a window has a nonlinear function of something that is not affine, a
piecewise or local basis, or a box for its domain.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from .algebra import (
    IDENTITY,
    Function,
    Generator,
    Image,
    binomial,
    combine,
    constant,
    evaluate,
    powers,
    ratios,
    single,
    substitute,
    transform,
)
from .atoms import ATOMIC, CUT, guards, partial
from .reader import (
    MAX_DEGREE,
    Fields,
    InvalidError,
    contains,
    items,
    natural,
    naturals,
    need,
    rationals,
)
from .stages import Basis, increasing


def breakpoints_of(f: Function) -> list[Fraction]:
    """Where the function may fail to be one polynomial."""
    return sorted({g[1] for g in f.terms if g[0] in ("step", "point")})


def right_of(f: Function, t: Fraction) -> Function:
    """f where x >= t, and 0 left of t."""

    def image(g: Generator) -> Image:
        if g[0] in ATOMIC:
            raise InvalidError("an atom cannot be cut: atoms need an affine argument")
        if g[0] == "ratio":
            return ratios().right_of(g, t)
        if g[0] != "power" and g[1] >= t:
            return [(g, Fraction(1))]
        if g[0] == "point":
            return []
        k, shift = (g[1], t) if g[0] == "power" else (g[2], t - g[1])
        expanded = enumerate(binomial(k, Fraction(1), shift))
        return [(("step", t, j), c) for j, c in expanded]

    return transform(f, image)


def glue(
    pieces: Sequence[Function],
    breakpoints: Sequence[Fraction],
    values: Sequence[Fraction],
) -> Function:
    """pieces[m] left of breakpoints[m], the last one right of all; values at them.

    At a breakpoint t the steps give pieces[m+1](t), hence the correction by a point.
    """
    parts = [(1, 1, pieces[0])]
    for t, value, (before, after) in zip(
        breakpoints, values, pairwise(pieces), strict=True
    ):
        parts.append((1, 1, right_of(combine([(1, 1, after), (-1, 1, before)]), t)))
        correction = value - evaluate(after, t)
        parts.append((1, 1, single(("point", t), correction)))
    return combine(parts)


def polynomial(coefficients: Sequence[Fraction]) -> Function:
    """The polynomial with these coefficients, ascending."""
    image: Image = [(("power", k), c) for k, c in enumerate(coefficients)]
    return transform(constant(Fraction(1)), lambda _: image)


def compose(outer: Function, inner: Function) -> Function:
    """outer(inner(x)) for an inner that is linear on each of its cells.

    On every open cell the inner is slope*x + offset; the values at its breakpoints are
    outer(inner(t)), from the value of inner there.  Even powers of a root are known.
    """
    if any(g[:2] == ("atom", "sqrt") for g in inner.terms):
        found = partial().power_of_root(outer, inner)
        if found is not None:
            return found
    for g in inner.terms:
        linear = g[0] == "point" or (g[0] in ("power", "step") and g[-1] <= 1)
        if not linear:
            raise InvalidError(
                "a nonlinear function of an argument not piecewise linear"
            )
    slope, offset = (inner.coefficient(("power", k)) for k in (1, 0))
    pieces, cuts = [substitute(outer, slope, offset)], breakpoints_of(inner)
    for t in cuts:
        rise = inner.coefficient(("step", t, 1))
        slope += rise
        offset += inner.coefficient(("step", t, 0)) - rise * t
        pieces.append(substitute(outer, slope, offset))
    return glue(pieces, cuts, [evaluate(outer, evaluate(inner, t)) for t in cuts])


def restrict(f: Function, low: Fraction | None, high: Fraction | None) -> Function:
    """A combination that equals f on [low, high] and depends on f there only.

    Steps at or left of low are powers there, steps right of high vanish, and a step at
    high is its value at that one point.  low = high gives the constant f(low).  An end
    that is None is infinite.
    """
    if low is not None and low == high:
        return substitute(f, Fraction(0), low)

    def image(g: Generator) -> Image:
        if g[0] in ("power", "atom"):
            return [(g, Fraction(1))]
        if g[0] == "ratio":
            return ratios().within(g, low, high)
        if g[0] in CUT:
            return guards().within(g, low, high)
        t = g[1]
        if g[0] == "point":
            return [(g, Fraction(1))] if contains(low, high, t) else []
        if low is not None and t <= low:
            return powers(g[2], Fraction(1), -t)
        if high is None or t < high:
            return [(g, Fraction(1))]
        return [(("point", t), Fraction(1))] if t == high and g[2] == 0 else []

    return transform(f, image)


def local_functions(
    knots: Sequence[Fraction], degree: int, centers: Sequence[int]
) -> list[Function]:
    """s_p(min(x,c) - t_j) for t_j left of each center c, s_p(t_j - max(x,c)) right."""
    hinge = single(("step", Fraction(0), degree))
    functions: list[Function] = []
    for k, center in enumerate(centers):
        ramp = single(("step", knots[center], 1))  # max(x,c) - c, and x - min(x,c)
        for j in range(k, k + degree + 2):
            below = [(1, 1, IDENTITY), (1, 1, constant(-knots[j]))]
            above = [(1, 1, constant(knots[j] - knots[center]))]
            inner = combine([*(below if j < center else above), (-1, 1, ramp)])
            if j != center:
                functions.append(compose(hinge, inner))
    return functions


def local(f: Fields) -> Basis:
    """Decode a local basis: each center strictly inside its B-spline."""
    knots, p = increasing(f["knots"]), natural(f["degree"], 1, MAX_DEGREE)
    centers = naturals(f["centers"])
    need(len(set(knots)) == len(knots), "a local basis has a repeated knot")
    need(len(centers) == len(knots) - p - 1, "not one center per B-spline")
    inside = all(k < c < k + p + 1 for k, c in enumerate(centers))
    need(inside, "a center is not strictly inside its B-spline")
    size = len(centers) * (p + 1)
    return Basis(size, lambda: local_functions(knots, p, centers))


def piecewise(f: Fields) -> Basis:
    """Decode pieces with explicit values at the breakpoints."""
    functions: list[Function] = []
    for entry in items(f["functions"]):
        with Fields(entry, f.file) as g:
            cuts, values = increasing(g["breakpoints"]), rationals(g["values"])
            pieces = [rationals(v) for v in items(g["pieces"])]
        need(len(set(cuts)) == len(cuts), "a repeated breakpoint")
        need(len(values) == len(cuts) == len(pieces) - 1, "piece counts")
        for piece in pieces:
            need(len(piece) <= MAX_DEGREE + 1, f"degree above {MAX_DEGREE}")
            need(not piece or piece[-1] != 0, "a polynomial ends with 0")
        functions.append(glue([*map(polynomial, pieces)], cuts, values))
    return Basis(len(functions), lambda: functions)
