"""The largest difference of two separable layers on a box, bounded and attained.

The difference of output o is sum_i d_oi(x_i) + a constant, a sum of functions of one
input each, so its supremum over a box is the sum of the suprema: nothing is lost by
treating inputs apart. On every cell d_oi lies in the hull of its Bernstein
coefficients (exact for degree <= 1), which are linear in the layer's weights: one exact
integer matrix product per input.

Source: Farouki (2012) for Bernstein hulls; separability is the sup of a sum over a
product set.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

from kan_equiv import kernel
from kan_equiv.certificate.encode import Encoder, encode_box
from kan_equiv.certificate.model import Certificate
from kan_equiv.errors import CertificateError, NotSeparableError, ValidationError
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.exact.rational import common_denominator, to_text
from kan_equiv.ir.domain import Box, Interval
from kan_equiv.ir.network import Network
from kan_equiv.ir.separable import SeparableForm, separate
from kan_equiv.ir.univariate import Atom, Univariate

__all__ = ["Distance", "layer_distance", "layer_range"]

Array: TypeAlias = "np.ndarray[Any, Any]"


@dataclass(frozen=True, slots=True)
class Distance:
    """sup |left_o - right_o| over a closed box, for every output o.

    Attributes:
        upper: certified bounds, exact rationals.
        attained: |left_o - right_o| at ``points[o]``, exact, so a lower bound (None
            where atoms keep the value from being rational).
        points: rational points of the box, one per output.
        domain: the box.
        certificate: the bound as the kernel replayed it.
    """

    upper: tuple[Fraction, ...]
    attained: tuple[Fraction | None, ...]
    points: tuple[tuple[Fraction, ...], ...]
    domain: Box
    certificate: Certificate

    @property
    def bound(self) -> Fraction:
        """The largest bound over all outputs."""
        return max(self.upper)


def layer_distance(
    left: Network, right: Network, domain: Box, subdivisions: int = 0
) -> Distance:
    """Bound the difference of two single layers on a closed box, kernel replayed.

    Args:
        left: a separable layer.
        right: a separable layer of the same shape.
        domain: the closed box.
        subdivisions: cells are cut into 2^subdivisions parts, for degree >= 2.

    Raises:
        ValidationError: the shapes differ.
        NotSeparableError: a side is not a sum of functions of single inputs.
    """
    if (left.in_features, left.out_features) != (right.in_features, right.out_features):
        raise ValidationError(
            f"left is {left.in_features} -> {left.out_features}, right is "
            f"{right.in_features} -> {right.out_features}; shapes must agree"
        )
    box = domain.for_inputs(left.in_features)
    f = separate(left.stages, left.in_features)
    g = separate(right.stages, right.in_features)
    spread = _Spread.of(f, g, box, subdivisions)
    upper = tuple(
        max(abs(low), abs(high))
        for low, high in zip(spread.lower, spread.upper, strict=True)
    )
    certificate = _certify(left, right, box, upper, subdivisions)
    return Distance(upper, *spread.attained(), box, certificate)


def layer_range(layer: Network, domain: Box, subdivisions: int = 0) -> Box:
    """Return a closed box that holds every output of a separable layer on a box."""
    box = domain.for_inputs(layer.in_features)
    form = separate(layer.stages, layer.in_features)
    spread = _Spread.of(form, None, box, subdivisions)
    return Box([*zip(spread.lower, spread.upper, strict=True)])


@dataclass(frozen=True, slots=True)
class _Spread:
    """Per output: bounds of left - right, and points that come near them."""

    lower: list[Fraction]
    upper: list[Fraction]
    high: list[tuple[Fraction, list[Fraction]]]
    low: list[tuple[Fraction, list[Fraction]]]
    is_rational: bool

    @classmethod
    def of(
        cls,
        left: SeparableForm,
        right: SeparableForm | None,
        box: Box,
        subdivisions: int,
    ) -> _Spread:
        m = left.out_features
        other = (Fraction(0),) * m if right is None else right.bias
        start = [a - b for a, b in zip(left.bias, other, strict=True)]
        lower, upper = list(start), list(start)
        high = [(s, list[Fraction]()) for s in start]
        low = [(s, list[Fraction]()) for s in start]
        rational = True
        for i in range(left.in_features):
            table = _EdgeTable.of(left, right, i, box.intervals[i], subdivisions)
            rational = rational and not table.has_atoms
            for o in range(m):
                lower[o] += table.lower[o]
                upper[o] += table.upper[o]
                for side, best in ((high, table.best_high), (low, table.best_low)):
                    value, x = best[o]
                    side[o] = (side[o][0] + value, [*side[o][1], x])
        return cls(lower, upper, high, low, rational)

    def attained(
        self,
    ) -> tuple[tuple[Fraction | None, ...], tuple[tuple[Fraction, ...], ...]]:
        values: list[Fraction | None] = []
        points: list[tuple[Fraction, ...]] = []
        for top, bottom in zip(self.high, self.low, strict=True):
            value, point = top if abs(top[0]) >= abs(bottom[0]) else bottom
            values.append(abs(value) if self.is_rational else None)
            points.append(tuple(point))
        return tuple(values), tuple(points)


@dataclass(frozen=True, slots=True)
class _EdgeTable:
    """For one input: bounds of every output's edge difference on the interval."""

    lower: list[Fraction]
    upper: list[Fraction]
    best_high: list[tuple[Fraction, Fraction]]
    best_low: list[tuple[Fraction, Fraction]]
    has_atoms: bool

    @classmethod
    def of(
        cls,
        left: SeparableForm,
        right: SeparableForm | None,
        i: int,
        interval: Interval,
        subdivisions: int,
    ) -> _EdgeTable:
        sides = [
            (sign, form, which)
            for sign, form in ((1, left), (-1, right))
            if form is not None and (which := form.columns_of(i))
        ]
        functions = [
            form.columns[c][1].normal_form() for _, form, which in sides for c in which
        ]
        if any(f.ratios for f in functions):
            raise NotSeparableError(
                f"input {i} has ratios of polynomials: no bounds of them here"
            )
        marks = _marks(functions, interval, subdivisions)
        degree = max((f.pieces.degree for f in functions), default=0)
        hull = [_hull_row(f, marks, degree) for f in functions]
        values = [[f.pieces(x) for x in marks] for f in functions]
        atoms = sorted({a for f in functions for a, _ in f.atoms})
        coefficients = [
            [dict(f.atoms).get(a, Fraction(0)) for a in atoms] for f in functions
        ]
        m = left.out_features
        every = _mix(sides, m, hull)
        at_marks = _mix(sides, m, values)
        of_atoms = _mix(sides, m, coefficients)
        atom_hulls = [_atom_hull(a, interval) for a in atoms]
        lower: list[Fraction] = []
        upper: list[Fraction] = []
        best_high: list[tuple[Fraction, Fraction]] = []
        best_low: list[tuple[Fraction, Fraction]] = []
        for o in range(m):
            lo = min((*every[o], *at_marks[o]))
            hi = max((*every[o], *at_marks[o]))
            for c, (a, b) in zip(of_atoms[o], atom_hulls, strict=True):
                lo += min(c * a, c * b)
                hi += max(c * a, c * b)
            lower.append(lo)
            upper.append(hi)
            top = max(range(len(marks)), key=at_marks[o].__getitem__)
            bottom = min(range(len(marks)), key=at_marks[o].__getitem__)
            best_high.append((at_marks[o][top], marks[top]))
            best_low.append((at_marks[o][bottom], marks[bottom]))
        used = any(any(row) for row in of_atoms)
        return cls(lower, upper, best_high, best_low, used)


def _marks(
    functions: list[Univariate], interval: Interval, subdivisions: int
) -> list[Fraction]:
    lo, hi = interval.ends
    inside = {t for f in functions for t in f.pieces.breakpoints if lo < t < hi}
    cuts = sorted({lo, hi, *inside})
    parts = 1 << subdivisions
    fine = [
        a + (b - a) * Fraction(s, parts)
        for a, b in pairwise(cuts)
        for s in range(parts)
    ]
    return [*fine, hi]


def _hull_row(f: Univariate, marks: list[Fraction], degree: int) -> list[Fraction]:
    """Return the Bernstein coefficients, elevated to one degree, cell after cell."""
    out: list[Fraction] = []
    for a, b in pairwise(marks):
        piece = _piece_inside(f, a)
        out.extend(_bernstein(piece, a, b, degree))
    return out or [f.pieces(marks[0])]


def _piece_inside(f: Univariate, a: Fraction) -> Polynomial:
    return f.pieces.pieces[bisect_right(f.pieces.breakpoints, a)]


def _bernstein(p: Polynomial, a: Fraction, b: Fraction, degree: int) -> list[Fraction]:
    unit = p.compose(Polynomial.of([a, b - a])).coefficients
    return [
        sum(
            (
                c * Fraction(math.comb(k, r), math.comb(degree, r))
                for r, c in enumerate(unit[: k + 1])
            ),
            Fraction(0),
        )
        for k in range(degree + 1)
    ]


def _mix(
    sides: list[tuple[int, SeparableForm, list[int]]],
    m: int,
    rows: list[list[Fraction]],
) -> list[list[Fraction]]:
    """Return sum over columns of +-weight[o, c] * rows[c], for every output."""
    width = len(rows[0]) if rows else 1
    flat, d = common_denominator([v for row in rows for v in row])
    table = np.array(flat, dtype=object).reshape(len(rows), width)
    total = np.zeros((m, width), dtype=object)
    scale, at = 1, 0
    for sign, form, which in sides:
        places, ints, e = form.weight.columns(which)
        product = np.zeros((m, width), dtype=object)
        product[places] = (ints @ table[at : at + len(which)]) * sign
        merged = math.lcm(scale, e)
        total = total * (merged // scale) + product * (merged // e)
        scale, at = merged, at + len(which)
    denominator = scale * d
    return [[Fraction(v, denominator) for v in line] for line in total.tolist()]


def _atom_hull(atom: Atom, interval: Interval) -> tuple[Fraction, Fraction]:
    """Return rational bounds of an atom on an interval, as crude as the kernel's."""
    ends = [atom.slope * x + atom.shift for x in interval.ends]
    a, b = min(ends), max(ends)
    if atom.name == "silu":
        low = a / 2 if a >= 0 else max(a / 2, Fraction(-279, 1000))
        return low, max(b, Fraction(0))
    if atom.name == "sigmoid" or atom.name == "gaussian":
        return Fraction(0), Fraction(1)
    if atom.name in ("sin", "cos"):
        return Fraction(-1), Fraction(1)
    raise NotSeparableError(
        f"no rational bounds for atom {atom.name} on {interval} are implemented"
    )


def _certify(
    left: Network,
    right: Network,
    box: Box,
    upper: tuple[Fraction, ...],
    subdivisions: int,
) -> Certificate:
    encoder = Encoder()
    sides = {
        "left": encoder.network(left),
        "right": encoder.network(right),
        "domain": encode_box(box),
    }
    bounds = [to_text(v) for v in upper]
    judgement = sides | {
        "kind": "distance",
        "bounds": bounds,
        "subdivisions": subdivisions,
    }
    claim = sides | {"kind": "within", "epsilon": bounds}
    certificate = Certificate.build(encoder, claim, [judgement])
    verdict = kernel.check(certificate.data)
    if verdict.verdict != "valid":
        raise CertificateError(f"the kernel says {verdict.verdict}: {verdict.reason}")
    return certificate
