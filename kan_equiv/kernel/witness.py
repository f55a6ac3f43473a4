"""witness: a rational point where two networks have different values.

Without atoms both networks are evaluated exactly.  With atoms (or where the stated
values are intervals) they are enclosed: an enclosure is a pair of integers over 2^bits,
every operation rounds outward, and more bits are taken until the values are disjoint.
The first bank still has exact arguments, so that values at its breakpoints count.

Where exactly one side is defined they differ as well, see `undefined`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import accumulate
from math import lcm

from .algebra import Function, Generator, evaluate, ratios
from .atoms import PARTIAL, UndefinedError, partial
from .composition import Established, sides
from .enclosure import Interval, WideError, atom, scale_down, shifted
from .linear import BlockDiagonal, Composition, LinearMap, Selection
from .maxima import Maximum
from .multiplication import Product
from .reader import (
    Fields,
    InvalidError,
    contains,
    intervals,
    natural,
    need,
    rationals,
)
from .stages import Affine, Bank, Network, Parallel, Stage
from .vectors import VectorAtom
from .work import spend, spend_product, widest, words

NEEDS = (
    "cells",
    "enclosure",
    "maxima",
    "mixing",
    "multiplication",
    "ridges",
    "vectors",
)
SIDES = ("left", "right")
UNDEFINED = "undefined"  # in the place of a value
PRECISIONS = (64, 128, 256, 512, 1024, 2048, 4096)


def judge(f: Fields, _: object) -> Established:
    """refuted: the networks differ at the point."""
    left, right, shown = sides(f, "refuted")
    point = rationals(f["point"])
    need(len(point) == left.inputs, "the point has another length")
    for x, interval in zip(point, shown.domain, strict=False):
        need(contains(*interval, x), "the point lies outside of the domain")
    o = natural(f["output"], 0, left.outputs - 1)
    values = [f["left_value"], f["right_value"]]
    if UNDEFINED in values:
        f.file.on_demand("undefined").judge((left, right), point, o, values)
        return shown
    stated = intervals(values, 2)
    if all(low == high for low, high in stated):
        for network, (value, _), side in zip((left, right), stated, SIDES, strict=True):
            need(exact(network, point)[o] == value, f"the {side} value is another one")
        need(stated[0] != stated[1], "the values are equal")
        return shown
    for bits in PRECISIONS:
        try:
            found = [enclose(network, point, bits)[o] for network in (left, right)]
        except WideError:
            continue
        for value, seen, side in zip(stated, found, SIDES, strict=True):
            meets(value, seen, bits, side)
        if found[0][1] < found[1][0] or found[1][1] < found[0][0]:
            return shown
    raise InvalidError(f"the values are not separated with {PRECISIONS[-1]} bits")


def meets(
    stated: tuple[Fraction, Fraction], found: Interval, bits: int, side: str
) -> None:
    """Raise unless what is stated and what is found can be the same number."""
    (low, high), (bottom, top) = stated, found
    same = low * 2**bits <= top and bottom <= high * 2**bits
    need(same, f"the {side} value lies outside of what is stated")


def exact(network: Network, point: Sequence[Fraction]) -> list[Fraction]:
    """The value of a network without atoms at a rational point."""
    values = list(point)
    for stage in network.stages:
        if isinstance(stage, Affine):
            values = affine(stage, values)
        elif isinstance(stage, Bank):
            pairs = zip(values, stage.bases, strict=True)
            values = [evaluate(f, x) for x, b in pairs for f in b.functions_at(x, 0)]
        elif isinstance(stage, (Maximum, Product)):
            values = stage.exact(values)
        else:
            joined: list[Fraction] = []
            for part, start in networks(stage):
                joined += exact(part, values[start : start + part.inputs])
            values = joined
    return values


def affine(stage: Affine, values: Sequence[Fraction]) -> list[Fraction]:
    """W x + b, exactly."""
    common = lcm(*[x.denominator for x in values])
    spend(len(values) * words(common))
    scaled = [x.numerator * (common // x.denominator) for x in values]
    integers, den = stage.weight.apply((scaled, common))
    for _ in integers:
        spend_product(words(den))
    return [Fraction(v, den) + bias(stage, o) for o, v in enumerate(integers)]


def networks(stage: Stage) -> Iterable[tuple[Network, int]]:
    """The networks of a parallel stage, the one kind that is left, and their places."""
    if isinstance(stage, Parallel):
        starts = accumulate((n.inputs for n in stage.networks), initial=0)
        return zip(stage.networks, starts, strict=False)
    raise InvalidError("unknown stage")


def bias(stage: Affine, o: int) -> Fraction:
    """Entry o of the bias, exactly."""
    (value,), den = stage.bias.line(o, 1, 1)
    return Fraction(value, den)


def outward(x: Fraction, bits: int) -> Interval:
    """The rational x as an interval."""
    return scale_down((x.numerator << bits, x.numerator << bits), x.denominator)


def interval(x: Fraction | Interval, bits: int) -> Interval:
    """An interval that holds x."""
    return outward(x, bits) if isinstance(x, Fraction) else x


def enclose(
    network: Network, values: Sequence[Fraction | Interval], bits: int
) -> Sequence[Interval]:
    """Intervals that hold the outputs for all inputs in the given intervals."""
    for stage in network.stages:
        if isinstance(stage, Affine):
            known = [x for x in values if isinstance(x, Fraction)]
            if len(known) == len(values):
                values = affine(stage, known)
                continue
            images = image(stage.weight, [interval(x, bits) for x in values])
            values = [
                shifted(v, outward(bias(stage, o), bits)) for o, v in enumerate(images)
            ]
        elif isinstance(stage, Bank):
            values = [
                image_of(f, x, bits)
                for x, basis in zip(values, stage.bases, strict=True)
                for f in basis.functions_at(x, bits)
            ]
        elif isinstance(stage, (Maximum, Product, VectorAtom)):
            values = stage.enclose([interval(x, bits) for x in values], bits)
        else:
            joined: list[Interval] = []
            for part, start in networks(stage):
                inner = values[start : start + part.inputs]
                joined += enclose(part, inner, bits)
            values = joined
    return [interval(x, bits) for x in values]


def image(m: LinearMap, values: Sequence[Interval]) -> Sequence[Interval]:
    """Intervals that hold the values of a linear map."""
    if isinstance(m, Selection):
        return [values[index] for index in m.indices]
    if isinstance(m, Composition):
        for part in m.maps:
            values = image(part, values)
        return values
    if isinstance(m, BlockDiagonal):
        return [y for b, part in m.slices(values) for y in image(b, part)]
    lows, highs = [0] * m.outputs, [0] * m.outputs
    for c, (low, high) in enumerate(values):
        if low or high:
            spend(m.outputs * widest((low, high)))
            line, den = m.column(c)
            for o, v in enumerate(line):
                if v:
                    a, b = (v * low, v * high) if v > 0 else (v * high, v * low)
                    lows[o] += a // den
                    highs[o] -= -b // den
    return list(zip(lows, highs, strict=True))


def image_of(f: Function, x: Fraction | Interval, bits: int) -> Interval:
    """An interval that holds f on the interval x, or at the rational x."""
    terms, known = f.terms, (0, 0)
    if isinstance(x, Fraction):
        rest = Function({g: c for g, c in terms.items() if g[0] != "atom"}, f.den)
        known = outward(evaluate(rest, x), bits)
        terms = {g: c for g, c in terms.items() if g[0] == "atom"}
    low = high = 0
    if not isinstance(x, Fraction) and any(g[0] == "ratio" for g in terms):
        low, high = ratios().enclose(f, x, bits)
    for g, c in terms.items():
        if g[0] != "ratio":
            a, b = generator(g, x, bits)
            low, high = low + min(c * a, c * b), high + max(c * a, c * b)
    return shifted(known, scale_down((low, high), f.den))


def generator(g: Generator, x: Fraction | Interval, bits: int) -> Interval:
    """An interval that holds a generator on the interval x, or at the rational x."""
    if g[0] == "atom":
        _, name, a, b = g
        if isinstance(x, Fraction):
            z = a * x + b
            if name in PARTIAL and not partial().is_defined(name, z):
                raise UndefinedError(f"{name} is not defined there")
            return atom(name, outward(z, bits), bits)
        ends = sorted(x[end] * a.numerator for end in (0, 1))
        argument = scale_down((ends[0], ends[1]), a.denominator)
        return atom(name, shifted(argument, outward(b, bits)), bits)
    x = interval(x, bits)
    if g[0] == "power":
        return power(x, g[1], bits)
    one, t = 1 << bits, g[1] * 2**bits
    if g[0] == "point":
        if x[0] == x[1] == t:
            return one, one
        return (0, one) if x[0] <= t <= x[1] else (0, 0)
    if x[1] < t:
        return 0, 0
    low, high = outward(g[1], bits)
    z = max(0, x[0] - high), x[1] - low
    bottom, top = power(z, g[2], bits)
    return (bottom if x[0] >= t else 0), top


def power(x: Interval, k: int, bits: int) -> Interval:
    """An interval that holds the k-th power."""
    spend_product(16 + k * widest(x))
    if k == 0:
        return 1 << bits, 1 << bits
    ends = sorted((x[0] ** k, x[1] ** k))
    if k % 2 == 0 and x[0] < 0 < x[1]:
        ends[0] = 0
    return scale_down((ends[0], ends[1]), 1 << bits * (k - 1))
