"""distance and range: rigorous bounds of separable networks on a box.

Both networks are sums over inputs (or directions) of univariate functions, hence so is
the difference, and its extreme values on a box are at most the sums of the extreme
values per input.  Per input, a polynomial on a cell lies between its least and its
greatest Bernstein coefficient there; the values at the ends and at the breakpoints are
taken as they are.
Atoms that do not cancel enter by their coefficient times a known range of the atom.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import comb, lcm

from .algebra import Function, Generator, binomial, value_of
from .cells import breakpoints_of
from .composition import Established, Range, sides
from .mixing import Group, groups
from .reader import (
    Fields,
    InvalidError,
    bounded,
    intervals,
    natural,
    need,
    rationals,
)
from .stages import Network
from .windows import Evaluator, State

NEEDS = ("cells", "mixing")
MAX_SUBDIVISIONS = 12
SILU_LEAST = Fraction(-279, 1000)  # the minimum of silu is -0.27846...
RANGES = {
    "sigmoid": (Fraction(0), Fraction(1)),
    "gaussian": (Fraction(0), Fraction(1)),
    "sin": (Fraction(-1), Fraction(1)),
    "cos": (Fraction(-1), Fraction(1)),
}
Bounds = tuple[list[Fraction], list[Fraction]]


def judge(f: Fields, _: object) -> Established:
    """sup over the box of |left_o - right_o| <= bounds[o]."""
    left, right, shown = sides(f, "within")
    bounded(shown.domain)
    bounds = rationals(f["bounds"])
    cuts = natural(f["subdivisions"], 0, MAX_SUBDIVISIONS)
    need(len(bounds) == left.outputs, "not one bound per output")
    evaluator = Evaluator(f.file, shown.domain)
    states = evaluator.run(left), evaluator.run(right)
    least, greatest = extremes(evaluator, *states, cuts)
    for o, bound in enumerate(bounds):
        inside = -bound <= least[o] and greatest[o] <= bound
        need(inside, f"output {o}: the bound is not reached")
    return shown._replace(bounds=bounds)


def judge_range(f: Fields, _: object) -> Range:
    """The word of stages maps the box into the bounds."""
    word = Network(f, "stages", natural(f["in_features"], 1))
    domain = intervals(f["domain"], word.inputs)
    bounds = intervals(f["bounds"], word.outputs)
    cuts = natural(f["subdivisions"], 0, MAX_SUBDIVISIONS)
    evaluator = Evaluator(f.file, domain)
    least, greatest = extremes(evaluator, evaluator.run(word), None, cuts)
    for o, (low, high) in enumerate(bounds):
        need(low <= least[o] and greatest[o] <= high, f"output {o} leaves its bounds")
    return Range(word, domain, bounds)


def extremes(
    evaluator: Evaluator, left: State, right: State | None, cuts: int
) -> Bounds:
    """Lower and upper bounds of left - right, or of left, per output."""
    by_input, (integers, den) = groups(left, right)
    least = [Fraction(v, den) for v in integers]
    greatest = list(least)
    zero = Fraction(0), Fraction(0)
    for i, terms in by_input.items():
        group = Group(terms)
        if group.terms:
            kinds = {g[0] for g in group.generators}
            need("ratio" not in kinds, "unsupported: bounds of ratios of polynomials")
            ((low, high),) = bounded((evaluator.interval(i) or zero,))
            parts = [rational_part(group, low, high, cuts)]
            atoms = filter(is_atom, group.generators)
            parts += [atom_part(group, g, low, high) for g in atoms]
            for lows, highs in parts:
                least = [a + b for a, b in zip(least, lows, strict=True)]
                greatest = [a + b for a, b in zip(greatest, highs, strict=True)]
    return least, greatest


def is_atom(g: Generator) -> bool:
    """Whether the generator is an atom."""
    return g[0] == "atom"


def atom_part(group: Group, g: Generator, low: Fraction, high: Fraction) -> Bounds:
    """Bounds of one atom with its coefficients."""
    integers, den = group.coefficient(g)
    weights = [Fraction(v, den) for v in integers]
    if not any(weights):
        return weights, weights
    _, name, a, b = g
    ends = a * low + b, a * high + b
    bottom, top = atom_range(name, min(ends), max(ends))
    products = [(w * bottom, w * top) for w in weights]
    return [min(p) for p in products], [max(p) for p in products]


def atom_range(name: str, low: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
    """An interval that holds the atom on [low, high].

    silu(z) - z/2 = z (sigmoid(z) - 1/2) >= 0, and silu(z) <= max(z, 0).
    """
    if name == "silu":
        least = low / 2 if low >= 0 else max(low / 2, SILU_LEAST)
        return least, max(high, Fraction(0))
    if name == "exp" and high <= 0:
        return Fraction(0), Fraction(1)
    if name not in RANGES:
        raise InvalidError(f"unsupported: no range is known here for {name}")
    return RANGES[name]


def rational_part(group: Group, low: Fraction, high: Fraction, cuts: int) -> Bounds:
    """Bounds of the sum without its atoms on [low, high]."""
    functions = [
        Function({g: c for g, c in f.terms.items() if not is_atom(g)}, f.den)
        for _, f in group.terms
    ]
    inner = {t for f in functions for t in breakpoints_of(f) if low < t < high}
    points = sorted({low, high} | inner)
    degree = max([0, *(g[-1] for f in functions for g in f.terms if g[0] != "point")])
    samples = [[value(f, t) for f in functions] for t in points]
    for a, b in pairwise(points):
        step = (b - a) / 2**cuts
        for part in range(2**cuts):
            start = a + part * step
            hulls = [bernstein(f, start, step, degree) for f in functions]
            samples += [list(column) for column in zip(*hulls, strict=True)]
    return envelope(group, samples)


def value(f: Function, t: Fraction) -> Fraction:
    """The value of a function without atoms at t."""
    parts = [c * value_of(g, t) for g, c in f.terms.items()]
    return sum(parts, Fraction(0)) / f.den


def bernstein(f: Function, a: Fraction, step: Fraction, degree: int) -> list[Fraction]:
    """The coefficients on (a, a + step), inside one cell, in Bernstein's basis."""
    taylor = [Fraction(0)] * (degree + 1)
    for g, c in f.terms.items():
        if g[0] == "power" or (g[0] == "step" and g[1] <= a):
            shift = a if g[0] == "power" else a - g[1]
            for j, q in enumerate(binomial(g[-1], step, shift)):
                taylor[j] += c * q
    used = [(j, q / (f.den * comb(degree, j))) for j, q in enumerate(taylor) if q]
    zero = Fraction(0)
    return [sum((comb(r, j) * q for j, q in used), zero) for r in range(degree + 1)]


def envelope(group: Group, samples: Sequence[Sequence[Fraction]]) -> Bounds:
    """Per output the least and the greatest of sum over terms of column * sample."""
    dens = [d * q.denominator for s in samples for (_, d), q in _sides(group, s) if q]
    common = lcm(*dens)
    outputs = len(group.terms[0][0][0])
    least: list[int] | None = None
    greatest: list[int] = []
    for sample in samples:
        total = [0] * outputs
        for (line, d), q in _sides(group, sample):
            if q:
                scale = q.numerator * (common // (d * q.denominator))
                total = [t + scale * v for t, v in zip(total, line, strict=True)]
        if least is None:
            least, greatest = total, total
        else:
            least, greatest = [*map(min, least, total)], [*map(max, greatest, total)]
    bottom = [Fraction(v, common) for v in least or []]
    return bottom, [Fraction(v, common) for v in greatest]


def _sides(
    group: Group, sample: Sequence[Fraction]
) -> list[tuple[tuple[list[int], int], Fraction]]:
    return [(v, q) for (v, _), q in zip(group.terms, sample, strict=True)]
