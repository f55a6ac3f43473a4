"""propagation: the difference of deep networks, layer by layer.

Both networks are cut into words L_1 ... L_n and R_1 ... R_n of equal widths.  Let u be
what the left one passes on to word k and v what the right one does, u in the box B, and
|u_i - v_i| <= E_i.  Then

    L_k(u)_o - R_k(v)_o = (L_k - R_k)(u)_o + (R_k(u)_o - R_k(v)_o)

is at most D_o + sum over i of S_oi E_i, where D_o bounds |L_k - R_k|_o on B (a distance
shown before), and S_oi bounds the slope of R_k in input i on B widened by E: from u to
v one coordinate is changed at a time, inside that box, and a continuous function with
slopes of at most S, but for finitely many points, changes by at most S times the way
(mean value theorem).  At first B is the domain and E = 0; the image of B under L_k lies
in the box of a range shown before, the next B.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .algebra import Generator
from .composition import Established, Range, lies_in, sides
from .hulls import exp_at_most
from .linear import Vector
from .mixing import Group, groups
from .multiples import Multiples
from .reader import (
    Box,
    Fields,
    InvalidError,
    bounded,
    items,
    natural,
    need,
    rationals,
)
from .stages import Network
from .windows import NOWHERE, Evaluator

NEEDS = ("cells", "enclosure", "hulls", "mixing", "multiples")
CUTS = 2  # halvings of cells where slopes are bounded
SLOPES = {  # least and greatest derivative
    "silu": (Fraction(-1, 10), Fraction(11, 10)),  # -0.0998 ... 1.0998
    "sigmoid": (Fraction(0), Fraction(1, 4)),
    "gelu": (Fraction(-13, 100), Fraction(113, 100)),  # -0.1289 ... 1.1289
    "gaussian": (Fraction(-43, 50), Fraction(43, 50)),  # sqrt(2/e) = 0.8577...
    "sin": (Fraction(-1), Fraction(1)),
    "cos": (Fraction(-1), Fraction(1)),
}


def judge(f: Fields, earlier: Sequence[object]) -> Established:
    """within: the errors after the last word are bounds."""
    left, right, shown = sides(f, "within")
    box, errors = bounded(shown.domain), (Fraction(0),) * left.inputs
    words: tuple[list[int], list[int]] = [], []
    layers = items(f["layers"], 1)
    for k, raw in enumerate(layers):
        with Fields(raw, f.file) as g:
            near = earlier[natural(g["distance"], 0, len(earlier) - 1)]
            image = items(
                g["range"], int(k < len(layers) - 1), int(k < len(layers) - 1)
            )
            stated = rationals(g["errors"])
        if not isinstance(near, Established) or near.kind != "within":
            raise InvalidError(f"layer {k} cites no distance")
        first, second = (f.file.link(n, Network) for n in (near.left, near.right))
        need(first.inputs == len(errors), f"layer {k} has other inputs")
        need(lies_in(box, near.domain), f"layer {k}: the distance is of another box")
        grown = propagate(f, second, box, errors, near.bounds)
        need(len(stated) == len(grown), f"layer {k}: not one error per output")
        for o, (value, error) in enumerate(zip(grown, stated, strict=True)):
            need(value <= error, f"layer {k}, output {o}: the error may be larger")
        for cited in image:
            reach = earlier[natural(cited, 0, len(earlier) - 1)]
            if not isinstance(reach, Range) or reach.word.indices != first.indices:
                raise InvalidError(f"layer {k} cites no range of it")
            need(lies_in(box, reach.domain), f"layer {k}: the range is of another box")
            box = bounded(reach.bounds)
        errors = stated
        words[0].extend(first.indices)
        words[1].extend(second.indices)
    same = words == (left.indices, right.indices)
    need(same, "the layers do not make up the networks")
    return shown._replace(bounds=errors)


def propagate(
    f: Fields,
    word: Network,
    box: Box,
    errors: Sequence[Fraction],
    near: Sequence[Fraction],
) -> list[Fraction]:
    """near[o] + sum over inputs i of slope_oi * errors[i], for all outputs o."""
    total = list(near)
    if not any(errors):
        return total
    pairs = zip(box, errors, strict=True)
    wide = tuple((low - e, high + e) for (low, high), e in pairs)
    evaluator = Evaluator(f.file, wide)
    for i, terms in groups(evaluator.run(word), None)[0].items():
        group = Group(terms)
        if i == NOWHERE or not group.terms:
            continue
        need(i < len(errors), "a layer mixes its inputs before a bank")
        if not errors[i]:
            continue
        known = {g: group.coefficient(g) for g in group.generators}
        steep = slopes(known, *wide[i])
        pairs = zip(total, steep, strict=True)
        total = [t + s * errors[i] if s else t for t, s in pairs]
    return total


def slopes(
    known: dict[Generator, Vector], low: Fraction, high: Fraction
) -> list[Fraction]:
    """Bounds of |d_o'| on [low, high], for the sum of generators with coefficients."""
    smooth: dict[Generator, Vector] = {}
    outputs = len(next(iter(known.values()))[0])
    least, greatest = [[Fraction(0)] * outputs for _ in range(2)]
    for g, (line, den) in known.items():
        if not any(line):
            continue
        if g[0] == "atom":
            a, b = slope(g, low, high)
            weights = [Fraction(v, den) for v in line]
            least = [t + min(w * a, w * b) for t, w in zip(least, weights, strict=True)]
            greatest = [
                t + max(w * a, w * b) for t, w in zip(greatest, weights, strict=True)
            ]
            continue
        jump = g[0] == "point" or (g[0] == "step" and g[-1] == 0)
        need(not jump, "no slope bounds a layer with a jump")
        need(g[0] in ("power", "step"), f"unsupported: slopes of a {g[0]}")
        if g[-1] > 0:
            smooth[*g[:-1], g[-1] - 1] = [g[-1] * v for v in line], den
    if smooth:
        curves = Multiples(smooth, low, high)
        greatest = [v + curves.greatest(o, 1, CUTS) for o, v in enumerate(greatest)]
        least = [v - curves.greatest(o, -1, CUTS) for o, v in enumerate(least)]
    return [max(-a, b) for a, b in zip(least, greatest, strict=True)]


def slope(g: Generator, low: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
    """The least and the greatest derivative of an atom on [low, high], or beyond."""
    _, name, a, b = g
    if name in SLOPES:
        ends = [a * end for end in SLOPES[name]]
    elif name == "exp":
        ends = [Fraction(0), a * exp_at_most(max(a * low, a * high) + b)]
    else:
        raise InvalidError(f"unsupported: no derivative of {name} is known here")
    return min(ends), max(ends)
