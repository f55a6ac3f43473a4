"""The largest difference of two networks that was seen at exactly evaluated points.

Lower bounds only: corners, knots, random points, then one coordinate after the other
moved to where the difference grows.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from kan_equiv.errors import NotSeparableError
from kan_equiv.exact.enclosure import Enclosure, Number
from kan_equiv.ir.domain import Box
from kan_equiv.ir.network import Network
from kan_equiv.ir.separable import separate
from kan_equiv.prover.question import NO_DEADLINE, Deadline
from kan_equiv.prover.spread import round_down

__all__ = ["Observed", "gap", "observe"]

SAMPLES = 64
MOVES = 128
BITS = 192
Point = tuple[Fraction, ...]


def gap(u: Number, v: Number) -> Fraction:
    """Return a rational lower bound of |u - v|, exact for rationals.

    >>> gap(Fraction(1, 3), Fraction(1))
    Fraction(2, 3)
    """
    if isinstance(u, Fraction) and isinstance(v, Fraction):
        return abs(u - v)
    ball = u - v
    assert isinstance(ball, Enclosure)
    if not ball.is_finite:
        return Fraction(0)
    low = max(ball.lower, -ball.upper, Fraction(0))
    # The kernel's intervals are a little wider than these.
    return round_down(low * (1 - Fraction(1, 1 << 40))) if low else low


@dataclass(slots=True)
class Observed:
    """Per output the largest |left_o - right_o| seen, and where.

    ``values`` are exact, or rationals below the value where atoms are involved.
    """

    left: Network
    right: Network
    values: list[Fraction] = field(default_factory=list[Fraction])
    points: list[Point] = field(default_factory=list[Point])

    def look(self, point: Sequence[Fraction]) -> bool:
        """Evaluate at one more point; return whether some output got farther apart."""
        x = tuple(point)
        pairs = zip(self.left(x, BITS), self.right(x, BITS), strict=True)
        gaps = [gap(u, v) for u, v in pairs]
        if not self.points:
            self.values, self.points = gaps, [x] * len(gaps)
            return True
        better = [o for o, v in enumerate(gaps) if v > self.values[o]]
        for o in better:
            self.values[o], self.points[o] = gaps[o], x
        return bool(better)


def observe(
    left: Network,
    right: Network,
    box: Box,
    deadline: Deadline = NO_DEADLINE,
) -> Observed:
    """Look at points of a bounded box, then climb.

    The same question always looks at the same points, as far as the time goes.
    """
    rng = random.Random(0)
    seen = Observed(left, right)
    marks = _marks(left, right, box)
    ends = [i.ends for i in box]
    start = [
        tuple((lo + hi) / 2 for lo, hi in ends),
        tuple(lo for lo, _ in ends),
        tuple(hi for _, hi in ends),
    ]
    while len(start) < SAMPLES:
        part = len(start) % 3
        start.append(
            tuple(
                rng.choice(m) if part == 0 or (part == 1 and rng.random() < 0.5)
                else lo + (hi - lo) * Fraction(rng.getrandbits(16), 1 << 16)
                for m, (lo, hi) in zip(marks, ends, strict=True)
            )
        )  # fmt: skip
    for x in start:
        if seen.points and deadline.is_over:
            return seen
        seen.look(x)
    for move in range(MOVES):
        if deadline.is_over:
            break
        _climb(seen, move, marks, ends, rng)
    return seen


def _climb(
    seen: Observed,
    move: int,
    marks: Sequence[Sequence[Fraction]],
    ends: Sequence[tuple[Fraction, Fraction]],
    rng: random.Random,
) -> None:
    """Move one coordinate of the best point of an output, here and there in turn."""
    outputs = len(seen.values)
    o = move % outputs if move % 2 else max(range(outputs), key=seen.values.__getitem__)
    point = list(seen.points[o])
    i = rng.randrange(len(point))
    lo, hi = ends[i]
    if move % 3 == 0:
        point[i] = rng.choice(marks[i])
    else:
        width = (hi - lo) / (1 << rng.randrange(1, 8))
        step = width * Fraction(rng.randrange(-1024, 1025), 1024)
        point[i] = min(max(point[i] + step, lo), hi)
    if point[i] != seen.points[o][i]:
        seen.look(point)


def _marks(left: Network, right: Network, box: Box) -> list[list[Fraction]]:
    """Return, per input, both ends and the breakpoints of the first layers."""
    marks = [{*i.ends} for i in box]
    for network in (left, right):
        start, stop = network.layer_slices()[0]
        window = network.window(start, stop)
        try:
            form = separate(window.stages, window.in_features)
        except NotSeparableError:
            continue
        for i, f in form.columns:
            lo, hi = box.intervals[i].ends
            marks[i] |= {t for t in f.breakpoints if lo <= t <= hi}
    return [sorted(m) for m in marks]
