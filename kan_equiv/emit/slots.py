"""The functions of a group of inputs as parts: slots of like functions, padded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from kan_equiv.emit.program import KINDS, Part
from kan_equiv.emit.rounding import Array, fractions_array
from kan_equiv.errors import ValidationError
from kan_equiv.ir.basis import (
    AtomBasis,
    Basis,
    BSplineBasis,
    ConcatenatedBasis,
    LocalBasis,
    MonomialBasis,
    TruncatedPowerBasis,
)
from kan_equiv.ir.knots import KnotVector
from kan_equiv.rules.bspline_to_truncated_power import grid_map

__all__ = ["MAX_CARDINAL_KNOTS", "Slotted", "kinds_of", "slotted"]

MAX_CARDINAL_KNOTS = 40
"""Equispaced grids with more knots take the general form: the float error of
(x - origin) rate grows with the number of cells."""

Kind = tuple[str, int, str]


@dataclass(frozen=True, slots=True, eq=False)
class Slotted:
    """A part, and which column of each input's basis every slot holds (-1: none)."""

    part: Part
    columns: Array


@dataclass(frozen=True, slots=True)
class _Slot:
    """One function: its column in the input's basis, and its constants."""

    column: int
    constants: tuple[object, ...]


def kinds_of(basis: Basis) -> frozenset[Kind]:
    """Return the kinds of functions in a basis; inputs that agree form a group."""
    return frozenset(kind for kind, _ in _functions(basis, cardinal=False))


def slotted(bases: Sequence[Basis]) -> tuple[Slotted, ...]:
    """Return the parts of a group of inputs, one basis for each input.

    Raises:
        ValidationError: functions that must be converted first.
    """
    cardinal = all(_is_equispaced(s) for b in bases for s in _splines(b))
    memo: dict[Basis, list[tuple[Kind, _Slot]]] = {}
    tables: list[dict[Kind, list[_Slot]]] = []
    for basis in bases:
        if basis not in memo:
            memo[basis] = _functions(basis, cardinal)
        table: dict[Kind, list[_Slot]] = {}
        for kind, slot in memo[basis]:
            table.setdefault(kind, []).append(slot)
        tables.append(table)
    kinds = list(dict.fromkeys(k for t in tables for k in t))
    return tuple(_part(kind, [t.get(kind, []) for t in tables]) for kind in kinds)


def _part(kind: Kind, per_input: list[list[_Slot]]) -> Slotted:
    name, degree, atom = kind
    slots = max(len(s) for s in per_input)
    n = len(per_input)
    columns = np.full((slots, n), -1, dtype=np.int64)
    filler = next(s[-1] for s in per_input if s)
    filled: list[list[_Slot]] = []
    for i, own in enumerate(per_input):
        columns[: len(own), i] = [s.column for s in own]
        padding = own[-1] if own else filler
        filled.append([*own, *[padding] * (slots - len(own))])
    shared = all(
        [s.constants for s in own] == [s.constants for s in filled[0]]
        for own in filled[1:]
    )
    chosen = filled[:1] if shared else filled
    constants = {key: _stack(chosen, slots, c) for c, key in enumerate(KINDS[name])}
    if name == "cardinal":  # origin and rate are the same for all slots
        for key in ("origin", "rate"):
            constants[key] = constants[key][:1]
    part = Part(name, degree, slots, constants, columns >= 0, atom)
    return Slotted(part, columns)


def _stack(chosen: list[list[_Slot]], slots: int, c: int) -> Array:
    """Return constant c as (slots, inputs), or (q, slots, inputs) for tuples."""
    first = chosen[0][0].constants[c]
    if not isinstance(first, tuple):
        flat = [own[j].constants[c] for j in range(slots) for own in chosen]
        return fractions_array(flat, (slots, len(chosen)))  # type: ignore[arg-type]
    flat = [
        own[j].constants[c][q]  # type: ignore[index]
        for q in range(len(first))
        for j in range(slots)
        for own in chosen
    ]
    return fractions_array(flat, (len(first), slots, len(chosen)))  # type: ignore[arg-type]


def _splines(basis: Basis) -> list[BSplineBasis]:
    if isinstance(basis, ConcatenatedBasis):
        return [s for p in basis.parts for s in _splines(p)]
    return [basis] if isinstance(basis, BSplineBasis) else []


def _is_equispaced(spline: BSplineBasis) -> bool:
    t = spline.knots.knots
    return len(t) <= MAX_CARDINAL_KNOTS and len({b - a for a, b in pairwise(t)}) == 1


def _functions(basis: Basis, cardinal: bool) -> list[tuple[Kind, _Slot]]:
    parts = basis.parts if isinstance(basis, ConcatenatedBasis) else (basis,)
    out: list[tuple[Kind, _Slot]] = []
    for part in parts:
        if isinstance(part, ConcatenatedBasis):
            found = _functions(part, cardinal)
        else:
            found = _plain(part, cardinal)
        start = len(out)
        out += [(kind, _Slot(start + s.column, s.constants)) for kind, s in found]
    return out


def _plain(basis: Basis, cardinal: bool) -> list[tuple[Kind, _Slot]]:
    if isinstance(basis, TruncatedPowerBasis):
        return [
            (("power", d, ""), _Slot(c, (t,))) for c, (t, d) in enumerate(basis.terms)
        ]
    if isinstance(basis, MonomialBasis):
        return [
            (("monomial", d, ""), _Slot(c, ())) for c, d in enumerate(basis.degrees)
        ]
    if isinstance(basis, AtomBasis):
        return [
            (("atom", 0, a.name), _Slot(c, (a.slope, a.shift)))
            for c, a in enumerate(basis.atoms)
        ]
    if isinstance(basis, LocalBasis):
        t = basis.knots
        return [
            (
                ("clamped", basis.degree, ""),
                _Slot(c, (t[j], t[basis.centers[k]], Fraction(-side))),
            )
            for c, (k, j, side) in enumerate(basis.terms())
        ]
    if isinstance(basis, BSplineBasis):
        kind = "cardinal" if cardinal else "hat" if basis.degree == 1 else "spline"
        of: Callable[[KnotVector, int, int], tuple[object, ...]] = _SPLINES[kind]
        return [
            ((kind, basis.degree, ""), _Slot(k, of(basis.knots, basis.degree, k)))
            for k in range(len(basis))
        ]
    raise ValidationError(
        f"a {type(basis).__name__} is not emitted as it is; convert the network first: "
        "convert(network, to='local')"
    )


def _hat(t: KnotVector, _: int, k: int) -> tuple[object, ...]:
    return t[k], 1 / (t[k + 1] - t[k]), t[k + 2], 1 / (t[k + 2] - t[k + 1])


def _cardinal(t: KnotVector, p: int, k: int) -> tuple[object, ...]:
    return t[0], 1 / (t[1] - t[0]), k + Fraction(p + 1, 2)


def _spline(t: KnotVector, p: int, k: int) -> tuple[object, ...]:
    own = KnotVector(t.knots[k : k + p + 2])
    row = grid_map(own, p)[0]
    h = (p + 1) // 2
    mirror = 1 if p % 2 else -1
    scales = [row[q] * (1 if q < h else mirror) for q in range(p + 2) if q != h]
    middle = sum((row[q] * (own[h] - own[q]) ** p for q in range(h)), Fraction(0))
    return own.knots, tuple(scales), middle


_SPLINES: dict[str, Callable[[KnotVector, int, int], tuple[object, ...]]] = {
    "hat": _hat,
    "cardinal": _cardinal,
    "spline": _spline,
}
