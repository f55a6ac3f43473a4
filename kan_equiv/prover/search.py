"""Exact points at which two networks may differ, and their verification.

Candidates are guesses; only exact evaluation (rational, or disjoint enclosures of
growing precision) makes a witness.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from kan_equiv.errors import UndecidedError, UndefinedError
from kan_equiv.exact.enclosure import Enclosure, Number
from kan_equiv.exact.interval_union import EVERYWHERE, IntervalUnion
from kan_equiv.ir.domain import Box, Interval
from kan_equiv.ir.network import Network
from kan_equiv.ir.separable import SeparableForm
from kan_equiv.ir.univariate import Univariate
from kan_equiv.prover.atom_points import atom_points
from kan_equiv.prover.compare import LayerDifference
from kan_equiv.prover.domains import closure, definition
from kan_equiv.prover.outcome import Witness

__all__ = [
    "MOST_BITS",
    "PRECISIONS",
    "layer_witness",
    "sample_box",
    "search_points",
    "separates",
]

ZERO = Fraction(0)
WHOLE = Interval(None, None)
PRECISIONS = (128, 512, 2048)
MOST_BITS = 4096  # of the kernel; tried where single layers differ most
Stop = Callable[[], bool]


def separates(
    left: Network,
    right: Network,
    point: Sequence[Fraction],
    precisions: Sequence[int] = PRECISIONS,
) -> Witness | None:
    """Return the witness if the networks provably differ at the point.

    They do too if exactly one of them is defined there. Enclosures are as precise as
    the numbers of bits say, one after the other.
    """
    for bits in precisions:
        try:
            a, b = _values(left, point, bits), _values(right, point, bits)
        except UndecidedError:
            continue
        if a is None or b is None:
            if a is b:
                break
            values = (None if v is None else v[0] for v in (a, b))
            return Witness(tuple(point), 0, *values)
        for o, (u, v) in enumerate(zip(a, b, strict=True)):
            if _differ(u, v):
                return Witness(tuple(point), o, u, v)
        if not any(isinstance(v, Enclosure) for v in (*a, *b)):
            break
    return None


def _values(
    network: Network, point: Sequence[Fraction], bits: int
) -> tuple[Number, ...] | None:
    """Return the values at a point, None where the network is not defined."""
    try:
        return network(point, bits)
    except UndefinedError:
        return None


def _differ(u: Number, v: Number) -> bool:
    if isinstance(u, Enclosure):
        return not u.overlaps(v)
    return not v.overlaps(u) if isinstance(v, Enclosure) else u != v


def layer_witness(
    left: Network,
    right: Network,
    forms: tuple[SeparableForm, SeparableForm],
    difference: LayerDifference,
    domain: Box | None,
) -> Witness | None:
    """Construct a point where two single layers differ.

    Complete, but for atoms whose values differ by less than 2^-4096.
    If edge (i, o) differs by a non-constant d, two points that differ in x_i only and
    have different d cannot both be points of equality.
    """
    bits = *PRECISIONS, MOST_BITS
    if forms[0].in_features != left.in_features:  # of hidden coordinates: a guess
        inputs = (WHOLE,) * left.in_features if domain is None else domain.intervals
        return separates(left, right, [_middle(s, EVERYWHERE) for s in inputs], bits)
    if difference.defined:
        return separates(left, right, difference.defined, bits)
    sets = definition(*forms, domain).sets
    sides = [closure(s) or WHOLE for s in sets]
    base = [_middle(side, s) for side, s in zip(sides, sets, strict=True)]
    for i, o in difference.edges:
        d = (forms[0].edge(i, o) - forms[1].edge(i, o)).normal_form()
        d = d.restricted(sets[i])
        points: Iterable[Fraction] = (x for x in probes(d, sides[i]) if x in sets[i])
        if d.atoms:
            others = [f.columns[c][1] for f in forms for c in f.columns_of(i)]
            points = atom_points(d, others, sides[i], points)
        for k, x in enumerate(points):
            point = [*base[:i], x, *base[i + 1 :]]
            tried = bits if k < 4 else PRECISIONS[:2]
            if (found := separates(left, right, point, tried)) is not None:
                return found
    if difference.constants:
        return separates(left, right, base, bits)
    return None


def probes(f: Univariate, side: Interval) -> Iterator[Fraction]:
    """Yield points of the interval on which f is determined piece by piece."""
    t = {x for x in (*f.breakpoints, *f.domain.ends) if x in side}
    marks = sorted(t | {x for x in (side.lo, side.hi) if x is not None}) or [ZERO]
    lo = marks[0] - (side.lo is None)
    hi = marks[-1] + (side.hi is None)
    cuts = sorted({lo, *marks, hi})
    # A difference n/d + p of these degrees has at most as many zeros on a cell.
    count = f.pieces.degree + f.ratios.degree + 2
    for a, b in pairwise(cuts):
        for s in range(1, count + 1):
            yield a + (b - a) * Fraction(s, count + 1)
    yield from cuts
    if side.lo is None:
        yield lo - abs(lo) - 3
    if side.hi is None:
        yield hi + abs(hi) + 3


def sample_box(forms: Iterable[SeparableForm], domain: Box | None, n: int) -> Box:
    """Return a bounded part of the domain around the knots, to sample inputs from."""
    marks: list[set[Fraction]] = [set() for _ in range(n)]
    for form in forms:
        for i, f in form.columns:
            marks[i].update(f.breakpoints[:1] + f.breakpoints[-1:])
            marks[i].update(a.center for a, _ in f.atoms if a.slope and a.name != "exp")
    sides = (WHOLE,) * n if domain is None else domain.intervals
    return Box([_around(t, side) for t, side in zip(marks, sides, strict=True)])


def _around(marks: Iterable[Fraction], side: Interval) -> Interval:
    """Return the part of an interval around the marks, beyond them on open sides."""
    inside = {t for t in marks if t in side}
    known = inside | {x for x in (side.lo, side.hi) if x is not None}
    low = min(known, default=Fraction(-1))
    high = max(known, default=Fraction(1))
    # Pieces of unbounded cells differ beyond the outer knots.
    margin = (high - low) / 8 or Fraction(1)
    return Interval(
        low - margin if side.lo is None else low,
        high + margin if side.hi is None else high,
    )


def search_points(
    left: Network,
    right: Network,
    points: Iterable[Sequence[Fraction]],
    stop: Stop,
    precisions: Sequence[int] = PRECISIONS,
) -> Witness | None:
    """Return the first of some points at which the networks provably differ."""
    for point in points:
        if stop():
            break
        if (found := separates(left, right, point, precisions)) is not None:
            return found
    return None


def _middle(interval: Interval, domain: IntervalUnion) -> Fraction:
    """Return a point of a domain, the midpoint of the interval where there is one."""
    lo, hi = interval.lo, interval.hi
    middle = (lo + hi) / 2 if lo is not None and hi is not None else None
    found = (x for x in (middle, ZERO, lo, hi) if x is not None and x in interval)
    return next((x for x in found if x in domain), next(domain.samples()))
