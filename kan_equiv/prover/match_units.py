"""Which hidden coordinates of two networks belong together, and at what scale.

Two copies of a network whose hidden units were permuted and rescaled are near as
functions, and far apart layer by layer. Here each hidden coordinate of the right one is
matched to the coordinate of the left one that takes almost proportional values at some
points ("activation matching": Ainsworth, Hayase and Srinivasa, "Git Re-Basin", 2023).
Then a scaled permutation P and its inverse are put between the layers of the right one.

The match is a guess; that P and its inverse undo each other is what gets proved.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from kan_equiv.exact.enclosure import working_precision
from kan_equiv.exact.rational import to_float
from kan_equiv.exact.tensor import RationalTensor
from kan_equiv.ir.domain import Box
from kan_equiv.ir.linear import BlockDiagonal, Dense
from kan_equiv.ir.network import Network, evaluate
from kan_equiv.ir.stage import Affine, Stage, select
from kan_equiv.prover.certify import Link, Rewritten
from kan_equiv.prover.words import Words

__all__ = ["MatchedUnits", "match_units"]

SAMPLES = 16
BITS = 64
NUDGE = 1e-6
"""How much farther a match may be than the one in the same place, at the same scale."""
NEAR, TINY = 4, 1e-12
"""How much worse than the best scale a short one may be: times, or of the values."""

Array: TypeAlias = "np.ndarray[Any, Any]"


@dataclass(frozen=True, slots=True)
class MatchedUnits:
    """The right network with its hidden coordinates in the order of the left one.

    Attributes:
        right: the right network rewritten.
        words: the pairs of words, those of the right side rewritten.
    """

    right: Rewritten
    words: tuple[tuple[Network, Network], ...]


def match_units(words: Words, box: Box) -> MatchedUnits | None:
    """Rewrite the right one of two networks so that hidden coordinates correspond.

    Args:
        words: both networks, cut into words of equal widths.
        box: a bounded box of the inputs.

    Returns:
        None where all coordinates correspond as they stand, or values overflow.
    """
    seen = _activations(words, box)
    if seen is None:
        return None
    pairs = [_match(a, b) for a, b in seen]
    if all(p.is_identity for p in pairs):
        return None
    inputs = words[0][1].in_features
    source = Network(inputs, tuple(s for _, n in words for s in n.stages))
    out: list[tuple[Network, Network]] = []
    links: list[Link] = []
    whole: list[Stage] = []
    opening: tuple[Stage, ...] = ()
    for (left, right), pair in zip(words, [*pairs, None], strict=True):
        width = right.in_features
        stages = (*opening, *right.stages)
        whole += right.stages
        if pair is None or pair.is_identity:
            opening = ()
        else:
            closing, opening = pair.stages()
            links.append(Link(len(whole), right.out_features, (), (*closing, *opening)))
            stages = (*stages, *closing)
            whole += [*closing, *opening]
        out.append((left, Network(width, stages)))
    network = Network(inputs, tuple(whole))
    return MatchedUnits(Rewritten(source, network, tuple(links)), tuple(out))


@dataclass(frozen=True, slots=True)
class _Match:
    """Coordinate o of the left is near scales[o] > 0 times order[o] of the right."""

    order: tuple[int, ...]
    scales: tuple[Fraction, ...]

    @property
    def is_identity(self) -> bool:
        is_sorted = self.order == tuple(range(len(self.order)))
        return is_sorted and all(s == 1 for s in self.scales)

    def stages(self) -> tuple[tuple[Stage, ...], tuple[Stage, ...]]:
        """Return the scaled permutation, and its inverse."""
        n = len(self.order)
        inverse = [0] * n
        for o, q in enumerate(self.order):
            inverse[q] = o
        there, back = select(self.order, n), select(inverse, n)
        if all(s == 1 for s in self.scales):
            return (there,), (back,)
        up = _diagonal(self.scales)
        down = _diagonal([1 / s for s in self.scales])
        return (there, up), (down, back)


def _diagonal(scales: Sequence[Fraction]) -> Affine:
    blocks = tuple(
        Dense.matrix(RationalTensor.from_fractions([s], (1, 1), "")) for s in scales
    )
    return Affine.linear(BlockDiagonal(blocks, tuple(range(len(scales)))))


def _activations(words: Words, box: Box) -> list[tuple[Array, Array]] | None:
    """Return, per cut, the values of both sides: a row a coordinate, a column a point.

    Rounded to floats between words, for they only guide the guess.
    """
    rng = random.Random(0)
    columns: list[list[tuple[list[float], list[float]]]] = []
    with working_precision(BITS):
        for _ in range(SAMPLES):
            point = [
                lo + (hi - lo) * Fraction(rng.getrandbits(16), 1 << 16)
                for lo, hi in (i.ends for i in box)
            ]
            both = list(point), list(point)
            cuts: list[tuple[list[float], list[float]]] = []
            for pair in words[:-1]:
                found = tuple(
                    [to_float(v) for v in evaluate(n.stages, x)]
                    for n, x in zip(pair, both, strict=True)
                )
                if not all(math.isfinite(v) for values in found for v in values):
                    return None
                cuts.append((found[0], found[1]))
                both = [*map(Fraction, found[0])], [*map(Fraction, found[1])]
            columns.append(cuts)
    return [
        (
            np.array([c[k][0] for c in columns]).T,
            np.array([c[k][1] for c in columns]).T,
        )
        for k in range(len(words) - 1)
    ]


def _match(left: Array, right: Array) -> _Match:
    """Pair off the rows that point in almost the same direction, the nearest first."""
    sizes = [np.linalg.norm(a, axis=1) for a in (left, right)]
    units = [
        a / np.where(s > 0, s, 1)[:, None]
        for a, s in zip((left, right), sizes, strict=True)
    ]
    cost = np.sqrt(np.maximum(0, 2 - 2 * units[0] @ units[1].T))
    logs = [np.log2(np.where(s > 0, s, 1)) for s in sizes]
    cost += NUDGE * np.abs(logs[0][:, None] - logs[1][None, :])
    cost -= NUDGE * np.eye(len(cost))
    order = _assign(cost)
    scales = tuple(
        _scale(left[o], right[q]) if sizes[1][q] > 0 else Fraction(1)
        for o, q in enumerate(order)
    )
    return _Match(order, scales)


def _assign(cost: Array) -> tuple[int, ...]:
    """Return a column for each row: in each round, the best row of every column."""
    order = [-1] * len(cost)
    rows, columns = (np.arange(len(cost)) for _ in "rc")
    while len(rows):
        part = cost[np.ix_(rows, columns)]
        wanted = part.argmin(axis=1)
        best = part.min(axis=1)
        won: dict[int, int] = {}
        for r in np.argsort(best, kind="stable").tolist():
            won.setdefault(int(wanted[r]), r)
        for c, r in won.items():
            order[int(rows[r])] = int(columns[c])
        rows = np.delete(rows, list(won.values()))
        columns = np.delete(columns, list(won))
    return tuple(order)


def _scale(a: Array, b: Array) -> Fraction:
    """Return s > 0 with a near s b: a short number where it does about as well."""
    best = float(a @ b) / float(b @ b)
    if best <= 0:
        return Fraction(1)
    off, size = (float(np.linalg.norm(v)) for v in (a - best * b, a))
    exact = Fraction(best)
    for s, least in ((Fraction(1), NUDGE), (exact.limit_denominator(64), TINY)):
        enough = max(NEAR * off, least * size)
        if s > 0 and float(np.linalg.norm(a - float(s) * b)) <= enough:
            return s
    return exact
