"""How far the outputs of two separable layers are apart on a box, and where."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from kan_equiv.errors import NotSeparableError
from kan_equiv.exact.rational import common_denominator
from kan_equiv.ir.domain import Box
from kan_equiv.ir.separable import SeparableForm
from kan_equiv.prover.extremes import EdgeDifferences, Peaks

__all__ = ["MARGIN", "Spread", "round_down", "round_up", "spread"]

Array: TypeAlias = "np.ndarray[Any, Any]"

GRAIN = 40
"""Bits of bounds that are no exact values."""


MARGIN = 2
"""Further halvings for the kernel, whose cells may be larger than those here."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Per output o: bounds of left_o - right_o on a box, and points that come near.

    Attributes:
        least: lower bounds, exact rationals.
        greatest: upper bounds.
        low: the difference at ``low_points[o]`` (with atoms, an upper bound of it).
        high: the difference at ``high_points[o]`` (with atoms, a lower bound).
        low_points: rational points of the box.
        high_points: rational points of the box.
        has_atoms: whether atoms are left in the difference, so that ``low`` and
            ``high`` are bounds.
        is_linear: whether it has pieces of degree <= 1 only, so that ``least`` and
            ``greatest`` are exact.
    """

    least: tuple[Fraction, ...]
    greatest: tuple[Fraction, ...]
    low: tuple[Fraction, ...]
    high: tuple[Fraction, ...]
    low_points: tuple[tuple[Fraction, ...], ...]
    high_points: tuple[tuple[Fraction, ...], ...]
    has_atoms: bool
    is_linear: bool

    @property
    def upper(self) -> tuple[Fraction, ...]:
        """Bounds of |left_o - right_o|."""
        ends = zip(self.least, self.greatest, strict=True)
        return tuple(max(-a, b) for a, b in ends)

    @property
    def attained(self) -> tuple[tuple[Fraction, tuple[Fraction, ...]], ...]:
        """|left_o - right_o| at a point (or what it is at least), and the point."""
        below = zip((-v for v in self.low), self.low_points, strict=True)
        above = zip(self.high, self.high_points, strict=True)
        return tuple(map(max, below, above))


def spread(
    left: SeparableForm, right: SeparableForm | None, box: Box, cuts: int
) -> Spread:
    """Enclose the extreme differences of two layers of one shape on a closed box.

    Args:
        left: a separable layer.
        right: another one, or None for the range of left alone.
        box: one bounded interval per input.
        cuts: how often a cell is halved; the bounds close in fourfold each time.

    Raises:
        NotSeparableError: log or sqrt is involved, which are not defined everywhere.
    """
    if left.is_partial or (right is not None and right.is_partial):
        raise NotSeparableError(
            "log and sqrt are compared where they are defined, but no distance of "
            "theirs is bounded here"
        )
    bias = [Fraction(0)] * left.out_features if right is None else right.bias
    start = [a - b for a, b in zip(left.bias, bias, strict=True)]
    sums = {sign: _Sums(start, sign) for sign in (1, -1)}
    has_atoms, degree = False, 1
    for i, interval in enumerate(box):
        edges = EdgeDifferences(left, right, i, interval)
        has_atoms, degree = has_atoms or edges.has_atoms, max(degree, edges.degree)
        for sign, total in sums.items():
            total.add(edges.peaks(sign, cuts))
    below, above = sums[-1], sums[1]
    return Spread(
        tuple(-v for v in below.fractions(0)),
        above.fractions(0),
        tuple(-v for v in below.fractions(1)),
        above.fractions(1),
        below.points(),
        above.points(),
        has_atoms,
        degree == 1 and not has_atoms,
    )


class _Sums:
    """Per output the sum of peaks' bounds (row 0) and of what they reach (row 1)."""

    def __init__(self, start: Sequence[Fraction], sign: int) -> None:
        ints, self._den = common_denominator(start)
        self._rows = np.array([ints, ints], dtype=object) * sign
        self._points: list[Array] = []

    def add(self, peaks: Peaks) -> None:
        merged = math.lcm(self._den, peaks.den)
        new = np.stack([peaks.upper, peaks.reached])
        self._rows = self._rows * (merged // self._den) + new * (merged // peaks.den)
        self._den = merged
        self._points.append(peaks.points)

    def fractions(self, row: int) -> tuple[Fraction, ...]:
        return tuple(Fraction(v, self._den) for v in self._rows[row])

    def points(self) -> tuple[tuple[Fraction, ...], ...]:
        return tuple(zip(*self._points, strict=True))


def round_up(value: Fraction, bits: int = GRAIN) -> Fraction:
    """Return a rational of few digits that is at least the value.

    >>> round_up(Fraction(1, 3), 4), round_up(Fraction(3, 4), 4)
    (Fraction(11, 32), Fraction(3, 4))
    """
    step = _step(value, bits)
    return -(-value // step) * step


def round_down(value: Fraction, bits: int = GRAIN) -> Fraction:
    """Return a rational of few digits that is at most the value."""
    step = _step(value, bits)
    return value // step * step


def _step(value: Fraction, bits: int) -> Fraction:
    """A power of two, 2^-bits times the value or less."""
    size = abs(value.numerator).bit_length() - value.denominator.bit_length()
    return Fraction(2) ** (size - bits)
