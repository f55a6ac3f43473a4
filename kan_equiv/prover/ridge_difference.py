"""The difference of two sums of ridge functions, term by term.

Theorem: if a sum of functions f_v(v.x), v pairwise not parallel, is 0 on an open convex
set, then every f_v is a polynomial (Pinkus, "Ridge Functions", 2015, chapter 3). With
the independence of the terms of one variable modulo polynomials (`compare`): all merged
terms vanish but the polynomial ones, and these leave one polynomial in x. That one is
evaluated at random points: wrong with a probability below 2^-40, and harmless, since
the kernel decides it exactly before anything is claimed.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from kan_equiv.exact.interval_union import EVERYWHERE, IntervalUnion
from kan_equiv.exact.primitive import Direction, dot
from kan_equiv.exact.rational import common_denominator
from kan_equiv.ir.domain import Box, Interval
from kan_equiv.ir.ridges import RidgeForm, direction_range
from kan_equiv.prover.compare import functionals, functionals_on

__all__ = ["RidgeDifference", "ridge_difference"]

Key: TypeAlias = tuple[object, ...]
Term: TypeAlias = tuple[int, Key]
Line: TypeAlias = dict[int, Fraction]
"""Coefficients other than 0, by output."""

COLUMNS_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class RidgeDifference:
    """Sum over terms (i, key) of line * key(v_i.x), plus polynomial and constants.

    Attributes:
        directions: the primitive vectors v_i.
        intervals: the values of v_i.x on the domain, None for all of R.
        kinks: the terms that are no polynomials, their lines other than 0.
        powers: the lines of (v_i.x)^r by (i, r), r >= 1.
        constants: the line of 1.
        numbers: lines of real numbers that are irrational, by name.
        is_defined_alike: whether both sides are defined for the same values of every
            v_i.x; where both are defined nowhere, no term is left.
    """

    directions: tuple[Direction, ...]
    intervals: tuple[Interval | None, ...]
    kinks: dict[Term, Line]
    powers: dict[tuple[int, int], Line]
    constants: Line
    numbers: dict[Key, Line]
    is_defined_alike: bool = True

    def is_zero(self, in_features: int) -> bool:
        """Whether both sides are equal, but for an error of negligible probability."""
        if self.kinks or self.numbers or not self.is_defined_alike:
            return False
        if not self.powers:
            return not self.constants
        rng = random.Random(0)
        return not any(
            any(self.polynomial([rng.getrandbits(48) for _ in range(in_features)], 1))
            for _ in range(2)
        )

    def outputs(self) -> list[int]:
        """Return the outputs in which some term is left."""
        lines = [*self.kinks.values(), *self.powers.values(), *self.numbers.values()]
        return sorted({o for line in [*lines, self.constants] for o in line})

    def polynomial(self, x: Sequence[int], d: int) -> list[Fraction]:
        """Return the values of the polynomial part at x/d, where it has terms."""
        total = dict(self.constants)
        for (i, r), line in self.powers.items():
            z = Fraction(dot(self.directions[i], x), d) ** r
            for o, c in line.items():
                total[o] = total.get(o, Fraction(0)) + c * z
        return list(total.values())

    def differs_at(self, point: Sequence[Fraction]) -> bool | None:
        """Whether the sides differ at a point; None if no rational tells."""
        if self.numbers or any(not _is_rational(key) for _, key in self.kinks):
            return None
        x, d = common_denominator(point)
        z = {i: Fraction(dot(self.directions[i], x), d) for i in self._used()}
        total = dict(self.constants)
        terms = [(line, z[i] ** r) for (i, r), line in self.powers.items()]
        terms += [(line, _value(key, z[i])) for (i, key), line in self.kinks.items()]
        for line, value in terms:
            if value:
                for o, c in line.items():
                    total[o] = total.get(o, Fraction(0)) + c * value
        return any(total.values())

    def _used(self) -> set[int]:
        return {i for i, _ in self.kinks} | {i for i, _ in self.powers}


def ridge_difference(
    left: RidgeForm, right: RidgeForm, box: Box | None
) -> RidgeDifference:
    """Return left - right with like terms merged, on R^n or on a box."""
    index: dict[Direction, int] = {}
    intervals: list[Interval | None] = []
    parts: dict[Term, list[tuple[Fraction, list[tuple[int, int]]]]] = {}
    for form in (left, right):
        for v in form.directions:
            if v not in index:
                index[v] = len(index)
                intervals.append(None if box is None else direction_range(v, box))
    sets = [_extents(form, index, intervals) for form in (left, right)]
    if all(any(s.is_empty for s in own.values()) for own in sets):
        return RidgeDifference(tuple(index), tuple(intervals), {}, {}, {}, {})
    for sign, form in ((1, left), (-1, right)):
        places = [index[v] for v in form.directions]
        for c, column, d in _columns(form):
            j, f = form.separable.columns[c]
            i = places[j]
            domain = sets[0].get(i, EVERYWHERE) if sets[0] == sets[1] else EVERYWHERE
            found = functionals_on(f, domain)
            if domain.is_everywhere:
                found = functionals(f, intervals[i])
            for key, value in found:
                at = -1 if _is_free(key) else i
                parts.setdefault((at, key), []).append((sign * value / d, column))
    for sign, form in ((1, left), (-1, right)):
        ones = [(o, 1) for o in range(len(form.separable.bias))]
        for (o, one), b in zip(ones, form.separable.bias, strict=True):
            if b:
                parts.setdefault((-1, ("tail", 0)), []).append((sign * b, [(o, one)]))
    lines = {term: line for term, p in parts.items() if (line := _merged(p))}
    constant = (-1, ("tail", 0))
    return RidgeDifference(
        tuple(index),
        tuple(intervals),
        {t: line for t, line in lines.items() if t[0] >= 0 and not _is_power(t[1])},
        {
            (i, r): line
            for (i, key), line in lines.items()
            if i >= 0 and _is_power(key) and isinstance(r := key[1], int)
        },
        lines.get(constant, {}),
        {k: line for (i, k), line in lines.items() if i < 0 and (i, k) != constant},
        sets[0] == sets[1],
    )


def _extents(
    form: RidgeForm, index: dict[Direction, int], intervals: Sequence[Interval | None]
) -> dict[int, IntervalUnion]:
    """Return where a side is defined, for each v_i.x that this depends on."""
    out: dict[int, IntervalUnion] = {}
    for j, v in enumerate(form.directions):
        domain, interval = form.separable.domain(j), intervals[index[v]]
        if not domain.is_everywhere:
            values = Interval(None, None) if interval is None else interval
            whole = IntervalUnion.between(values.lo, values.hi)
            if (here := domain & whole) != whole:
                out[index[v]] = here
    return out


def _is_free(key: Key) -> bool:
    """Whether the key stands for a number, whatever the direction."""
    return key == ("tail", 0) or key[0] == "number"


def _is_power(key: Key) -> bool:
    return key[0] == "tail" and len(key) == 2  # a third entry is a denominator


def _is_rational(key: Key) -> bool:
    """Whether the key is a jump or a value of plain pieces."""
    return (key[0], len(key)) in (("jump", 3), ("value", 2))


def _columns(form: RidgeForm) -> Iterator[tuple[int, list[tuple[int, int]], int]]:
    """Yield (column, [(output, integer)], denominator)."""
    count = len(form.separable.columns)
    for start in range(0, count, COLUMNS_AT_ONCE):
        which = range(start, min(start + COLUMNS_AT_ONCE, count))
        rows, ints, d = form.separable.weight.columns(which)
        outputs: list[int] = rows.tolist()
        for c, line in zip(which, ints.T.tolist(), strict=True):
            yield c, [(o, v) for o, v in zip(outputs, line, strict=True) if v], d


def _merged(parts: list[tuple[Fraction, list[tuple[int, int]]]]) -> Line:
    common = math.lcm(*(q.denominator for q, _ in parts))
    total: dict[int, int] = {}
    for q, column in parts:
        scale = q.numerator * (common // q.denominator)
        for o, v in column:
            total[o] = total.get(o, 0) + scale * v
    return {o: Fraction(v, common) for o, v in total.items() if v}


def _value(key: Key, z: Fraction) -> Fraction:
    """Return the value of a jump or of an isolated value."""
    _, at, *r = key
    assert isinstance(at, Fraction)
    if not r:
        return Fraction(z == at)
    return (z - at) ** r[0] if z >= at else Fraction(0)  # type: ignore[operator]
