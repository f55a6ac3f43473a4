"""Hidden units in their normal form: scaled, merged, sorted, none to spare.

A layer before, bank, after is the sum over units u of after[:, u] f_u(w_u . x + b_u),
and a constant. It stays the same function when

- a ReLU^p unit is scaled: max(s z, 0)^p = s^p max(z, 0)^p for s > 0, so that its row is
  primitive (integers, bias included, without a common factor), and s^p moves on;
- units with one row are merged, their columns of ``after`` added;
- units with a zero column are dropped, units with a zero row move to the bias, and
  identity units are multiplied out: they become plain copies of inputs;
- units are put in order of their rows;
- powers (z + b)^p are written in powers of z = w . x;
- (``is_oriented``) max(-z, 0)^p = (-1)^p (z^p - max(z, 0)^p), silu(-z) = silu(z) - z
  and so on: the first weight of each row becomes positive. This costs powers of z. Here
  tanh(z) is 2 sigmoid(2z) - 1 as well.

On a box, units that never bend there are powers or nothing (``restrict_to_range``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from kan_equiv.exact.rational import common_denominator
from kan_equiv.ir.basis import AtomBasis, Basis, MonomialBasis, TruncatedPowerBasis
from kan_equiv.ir.domain import Box, Interval
from kan_equiv.ir.stage import Affine, Bank, Stage
from kan_equiv.ir.univariate import Atom
from kan_equiv.rules.integer_rows import Array, IntegerRows
from kan_equiv.rules.restrict_to_range import bend, row_intervals

__all__ = ["NAME", "normalize_units"]

NAME = "normalize_units"
LEMMA = "NormalizeUnits.normalize_units"  # in proofs/theories
Row = tuple[int, ...]
Part = tuple[int, Fraction]  # a column of ``after`` and a factor
IDENTITY = MonomialBasis((1,))


def normalize_units(
    before: Affine,
    bank: Bank,
    after: Affine,
    box: Box | None = None,
    is_oriented: bool = False,
) -> tuple[Stage, ...]:
    """Return an equal window: before, bank, after; or one affine stage without units.

    ``bank`` is column-wise: every basis has one function. Equality holds for all
    inputs, or on the closed box.

    >>> from kan_equiv.ir.build import mlp
    >>> twice = mlp([([[2], [4], [3]], [0, 0, 1]), ([[1, 1, 0]], [5])])
    >>> before, bank, after = normalize_units(*twice.stages)
    >>> before.weight.row(0), after.weight.row(0), len(bank.basis_of)
    ({0: Fraction(1, 1)}, {0: Fraction(6, 1)}, 1)
    """
    rows, columns = IntegerRows.of(before), IntegerRows.of(after)
    sums = _Sums(is_oriented)
    live = (columns.table[:, :-1] != 0).any(axis=0)
    # Where a unit is defined counts, even if nothing reads it.
    partial = [_is_partial(basis) for basis in bank.bases]
    live |= np.array([partial[b] for b in bank.basis_of])
    intervals = None if box is None else row_intervals(rows, box)
    lines: list[list[int]] = rows.table.tolist()
    for u in np.flatnonzero(live).tolist():
        interval = None if intervals is None else intervals[u]
        sums.add(u, bank.basis(u), lines[u], rows.denominator, interval)
    return sums.write(columns, before.in_features)


@dataclass(order=True, frozen=True, slots=True)
class _Unit:
    """f(row . (x, 1) / denominator); the order is that of the normal form."""

    name: str
    degree: int
    denominator: int
    row: Row
    basis: Basis = field(compare=False)


class _Sums:
    """What a layer is made of: units, an affine part, constants."""

    def __init__(self, is_oriented: bool) -> None:
        self.is_oriented = is_oriented
        self.units: dict[_Unit, list[Part]] = {}
        self.affine: list[tuple[int, Fraction, Row]] = []
        self.constants: list[Part] = []

    def add(
        self, u: int, basis: Basis, row: list[int], d: int, interval: Interval | None
    ) -> None:
        """Add column u times basis(row . (x, 1) / d)."""
        f = basis.functions()[0]
        if f.is_zero:
            return
        if not any(row[:-1]) and not _is_partial(basis):
            value = f(Fraction(row[-1], d))
            if isinstance(value, Fraction):
                self.constants.append((u, value))
                return
        if isinstance(basis, TruncatedPowerBasis):
            ((t, p),) = basis.terms
            row, d = _shifted(row, d, -t)
            if interval is not None and t:
                interval = Interval(
                    *(None if v is None else v - t for v in (interval.lo, interval.hi))
                )
            self._hinge(u, p, row, d, interval)
        elif isinstance(basis, MonomialBasis):
            self._power(u, basis.degrees[0], row, d, Fraction(1))
        elif isinstance(basis, AtomBasis):
            atom = basis.atoms[0]
            s = atom.slope
            row, d = [v * s.numerator for v in row], d * s.denominator
            row, d = _shifted(row, d, atom.shift)
            self._atom(u, Atom(atom.name), row, d)
        else:
            self._plain(u, basis, repr(basis), row, d, Fraction(1))

    def _hinge(
        self, u: int, p: int, row: list[int], d: int, interval: Interval | None
    ) -> None:
        shape = bend(interval, p)
        if shape.is_zero:
            return
        if shape.is_power:
            self._power(u, p, row, d, Fraction(1))
            return
        g = math.gcd(*row)
        factor = Fraction(g, d) ** p
        turned = self.is_oriented and p >= 1 and _leads_negative(row)
        if turned:
            g, sign = -g, (-1) ** p
            self._power(u, p, [v // g for v in row], 1, sign * factor)
            factor *= -sign
        unit = _Unit(
            "hinge", p, 1, tuple(v // g for v in row), TruncatedPowerBasis(((ZERO, p),))
        )
        self.units.setdefault(unit, []).append((u, factor))

    def _power(self, u: int, p: int, row: list[int], d: int, factor: Fraction) -> None:
        if p == 0:
            self.constants.append((u, factor))
        elif p == 1:
            self.affine.append((u, factor / d, tuple(row)))
        elif row[-1]:  # (z + b)^p in powers of z
            b = Fraction(row[-1], d)
            for k in range(p + 1):
                rest = factor * math.comb(p, k) * b ** (p - k)
                self._power(u, k, [*row[:-1], 0], d, rest)
        else:
            g = math.gcd(*row) * (-1 if _leads_negative(row) else 1)
            prime = tuple(v // g for v in row)
            unit = _Unit("power", p, 1, prime, MonomialBasis((p,)))
            self.units.setdefault(unit, []).append((u, factor * Fraction(g, d) ** p))

    def _atom(self, u: int, atom: Atom, row: list[int], d: int) -> None:
        factor = Fraction(1)
        if self.is_oriented and (found := atom.as_sigmoid()) is not None:
            factor, doubled, pieces = found
            self.constants.append((u, pieces.pieces[0].coefficient(0)))
            row, atom = [2 * v for v in row], Atom(doubled.name)
        turned = self.is_oriented and _leads_negative(row)
        if turned and (found := atom.reflected()) is not None:
            # name(z) = c name(-z) + line(z)
            c, _, pieces = found
            line = pieces.pieces[0]
            self.constants.append((u, factor * line.coefficient(0)))
            self._power(u, 1, row, d, factor * line.coefficient(1))
            row, factor = [-v for v in row], factor * c
        self._plain(u, AtomBasis((atom,)), atom.name, row, d, factor)

    def _plain(
        self, u: int, basis: Basis, name: str, row: list[int], d: int, factor: Fraction
    ) -> None:
        g = math.gcd(d, *row)
        unit = _Unit(name, 0, d // g, tuple(v // g for v in row), basis)
        self.units.setdefault(unit, []).append((u, factor))

    def write(self, after: IntegerRows, inputs: int) -> tuple[Stage, ...]:
        """Return the stages, ``after`` being the columns that were added up."""
        columns, bias = after.table[:, :-1], after.table[:, -1]
        parts = [*self.units.values(), self.constants]
        factors = [c for p in parts for _, c in p] + [c for _, c, _ in self.affine]
        ints, scale = common_denominator(factors)
        numerators = iter(ints)
        merged: list[tuple[_Unit, Array]] = []
        for unit, p in self.units.items():
            scaled = [columns[:, u] * next(numerators) for u, _ in p]
            merged.append((unit, np.sum(scaled, axis=0)))
        bias = bias * scale
        for u, _ in self.constants:
            bias = bias + columns[:, u] * next(numerators)
        dense = np.zeros((len(columns), inputs + 1), dtype=object)
        if self.affine:
            picked = columns[:, [u for u, _, _ in self.affine]]
            weights = np.array(list(numerators), dtype=object)
            dense = (picked * weights) @ np.array(
                [row for _, _, row in self.affine], dtype=object
            )
        bias = bias + dense[:, -1]
        copied: list[int] = np.flatnonzero((dense[:, :-1] != 0).any(axis=0)).tolist()
        kept = sorted(
            (
                (unit, c)
                for unit, c in merged
                if (c != 0).any() or _is_partial(unit.basis)
            ),
            key=lambda e: e[0],
        )
        d = after.denominator * scale
        if not kept:
            table = np.concatenate([dense[:, :-1], bias[:, None]], axis=1)
            return (IntegerRows(table, d).to_affine(),)
        last = [dense[:, j] for j in copied] + [c for _, c in kept] + [bias]
        bases = [IDENTITY] * len(copied) + [unit.basis for unit, _ in kept]
        return (
            _rows(copied, [unit for unit, _ in kept], inputs).to_affine(),
            Bank.of(bases),
            IntegerRows(np.stack(last, axis=1), d).to_affine(),
        )


ZERO = Fraction(0)


def _is_partial(basis: Basis) -> bool:
    return any(not f.domain.is_everywhere for f in basis.functions())


def _rows(copied: list[int], units: list[_Unit], inputs: int) -> IntegerRows:
    """Return copies of inputs, then the rows of the units, over one denominator."""
    d = math.lcm(*(unit.denominator for unit in units))
    table: Array = np.zeros((len(copied) + len(units), inputs + 1), dtype=object)
    for r, j in enumerate(copied):
        table[r, j] = d
    for r, unit in enumerate(units, start=len(copied)):
        table[r] = unit.row
        if unit.denominator != d:
            table[r] *= d // unit.denominator
    return IntegerRows(table, d)


def _shifted(row: list[int], d: int, by: Fraction) -> tuple[list[int], int]:
    """Return row . (x, 1) / d + by."""
    if not by:
        return row, d
    common = math.lcm(d, by.denominator)
    row = [v * (common // d) for v in row]
    row[-1] += by.numerator * (common // by.denominator)
    return row, common


def _leads_negative(row: list[int]) -> bool:
    """Whether the first weight that is not 0 is negative."""
    return next((v for v in row[:-1] if v), 0) < 0
