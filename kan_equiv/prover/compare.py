"""Comparing two separable layers exactly: complete on R^n and on boxes.

Two sums of functions of single inputs are equal iff, for every input and output, the
two edge functions differ by a constant and these constants cancel with the biases.
Edge functions are compared through linear functionals that determine them: the left
tail's coefficients, every jump coefficient, every isolated deviation, the same of
every partial fraction's numerator, every atom's coefficient; so the work per input is
one exact matrix product.

Theorem: truncated powers at distinct knots are independent modulo polynomials, partial
fractions with distinct irreducible denominators or powers are independent, and the
atoms of normal forms are independent over Q modulo piecewise rational functions
(docs/reference/completeness.md). On an interval that is one point every function is a
real number, and these are added over all inputs.

Where log and sqrt are involved, each side is defined where every input lies in an
interval of its own. These are compared first, and then the functions on them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from kan_equiv.exact.interval_union import EVERYWHERE, IntervalUnion
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.ir.domain import Box, Interval
from kan_equiv.ir.separable import SeparableForm
from kan_equiv.ir.univariate import Atom, Univariate
from kan_equiv.prover.domains import definition

__all__ = [
    "LayerDifference",
    "compare_layers",
    "functionals",
    "functionals_on",
    "needed_inputs",
    "output_functionals",
]

Array: TypeAlias = "np.ndarray[Any, Any]"
Key: TypeAlias = tuple[object, ...]
End: TypeAlias = Fraction | None
CONSTANT: Key = ("tail", 0)
ZERO = PiecewisePolynomial.of([])


@dataclass(frozen=True, slots=True)
class LayerDifference:
    """Where two separable layers of one shape differ, as far as was looked.

    Attributes:
        edges: (input, output) pairs whose edge functions differ by no constant.
        constants: outputs that differ by a non-zero constant, where no edge differs.
        defined: a point at which exactly one side is defined; then nothing else was
            looked at.
    """

    edges: tuple[tuple[int, int], ...]
    constants: tuple[int, ...]
    defined: tuple[Fraction, ...] = ()

    @property
    def is_equal(self) -> bool:
        """Whether the two layers are the same function on the domain."""
        return not self.edges and not self.constants and not self.defined


@lru_cache(maxsize=1 << 16)
def functionals(
    f: Univariate, interval: Interval | None, domain: IntervalUnion = EVERYWHERE
) -> tuple[tuple[Key, Fraction], ...]:
    """Return the (key, value) pairs other than 0 that determine f on the interval.

    Where f is compared on an interval with open ends, ``domain``, it is the interior
    and the ends that belong to it that count; ``interval`` is its closure then.
    """
    f = f.normal_form()
    if interval is not None and interval.lo is not None and interval.lo == interval.hi:
        value, named = f.value_form(interval.lo)
        return (CONSTANT, value), *((("number", *key), c) for key, c in named.items())
    lo, hi = (None, None) if interval is None else (interval.lo, interval.hi)
    points, ratios = f.ratios.restrict(lo, hi)
    pieces = f.pieces + points if f.ratios else f.pieces
    out = dict(_of_pieces(pieces.continued(lo, hi)))
    for ratio, numerator in ratios:
        out |= {(*key, ratio): c for key, c in _of_pieces(numerator)}
    for a, c in f.atoms:
        for key, value in _of_atom(a, lo, hi):
            out[key] = out.get(key, Fraction(0)) + c * value
    ends = [x for x in (lo, hi) if x is not None and x not in domain]
    kept = (
        (k, c) for k, c in out.items() if c and not (k[0] == "value" and k[1] in ends)
    )
    return tuple(kept)


def _of_atom(atom: Atom, lo: End, hi: End) -> Iterator[tuple[Key, Fraction]]:
    """Yield the same for an atom: its indicator is a piecewise constant function."""
    key: Key = ("atom", Atom(atom.name, atom.slope, atom.shift))
    if not atom.slope:
        key = "number", atom.name, atom.shift
    if atom.where.is_everywhere:
        yield key, Fraction(1)
        return
    bare = Atom(atom.name, atom.slope, atom.shift)
    step = atom.indicator.continued(lo, hi)
    if step.pieces[0]:
        yield key, Fraction(1)
    for jump in step.jumps():
        for c in jump.coefficients:
            yield ("cut", jump.at, *key), c
        if jump.deviation and jump.at in atom.natural_domain:
            line = Univariate(ZERO, ((bare, jump.deviation),))
            value, named = line.value_form(jump.at)
            yield ("value", jump.at), value
            yield from ((("value", jump.at, *n), c) for n, c in named.items())


@lru_cache(maxsize=1 << 16)
def functionals_on(
    f: Univariate, domain: IntervalUnion
) -> tuple[tuple[Key, Fraction], ...]:
    """Return the same on a union of intervals, constant only where f is on all of it.

    On all intervals but the first, constants are those minus the ones of the first.
    """
    if domain.is_everywhere:
        return functionals(f, None)
    total: dict[Key, Fraction] = {}
    first: dict[Key, Fraction] = {}
    for k, ends in enumerate(domain.intervals()):
        own = dict(functionals(f, Interval(*ends), domain))
        if k == 0:
            total, first = own, {key: c for key, c in own.items() if _is_constant(key)}
            continue
        for key in {**own, **first}:
            c = own.get(key, Fraction(0)) - first.get(key, Fraction(0))
            if c:
                total["part", k, *key] = c
    return tuple(total.items())


def _of_pieces(g: PiecewisePolynomial) -> Iterator[tuple[Key, Fraction]]:
    yield from ((("tail", r), c) for r, c in enumerate(g.pieces[0].coefficients) if c)
    for jump in g.jumps():
        coefficients = enumerate(jump.coefficients)
        yield from ((("jump", jump.at, r), c) for r, c in coefficients if c)
        if jump.deviation:
            yield ("value", jump.at), jump.deviation


def compare_layers(
    left: SeparableForm, right: SeparableForm, box: Box | None, limit: int = 64
) -> LayerDifference:
    """Compare two separable layers of the same shape on R^n or on a closed box.

    At most ``limit`` differing edges are listed.
    """
    where = definition(left, right, box)
    if where.point or not where.sets:
        return LayerDifference((), (), where.point)
    biases = [a - b for a, b in zip(left.bias, right.bias, strict=True)]
    totals = {CONSTANT: dict(enumerate(biases))}
    edges: list[tuple[int, int]] = []
    for i in range(left.in_features):
        keys, rows, ints, denominator = _difference(left, right, i, where.sets[i])
        rest = [c for c, key in enumerate(keys) if not _is_constant(key)]
        for c, key in enumerate(keys):
            if _is_constant(key):
                total, line = totals.setdefault(key, {}), ints[:, c].tolist()
                for o, v in zip(rows.tolist(), line, strict=True):
                    total[o] = total.get(o, Fraction(0)) + Fraction(v, denominator)
        if rest:
            differing = (ints[:, rest] != 0).any(axis=1)
            edges += [(i, int(o)) for o in rows[differing]]
        if len(edges) >= limit:
            return LayerDifference(tuple(edges[:limit]), ())
    constants = {o for total in totals.values() for o, v in total.items() if v}
    return LayerDifference(tuple(edges), () if edges else tuple(sorted(constants)))


def _is_constant(key: tuple[object, ...]) -> bool:
    return key == CONSTANT or key[0] == "number"


def _difference(
    left: SeparableForm, right: SeparableForm, i: int, domain: IntervalUnion
) -> tuple[list[tuple[object, ...]], Array, Array, int]:
    """Return functional keys, output rows, and integers over one denominator."""
    parts = list(_sides(left, right, i, domain))
    index: dict[tuple[object, ...], int] = {}
    for _, values, _ in parts:
        for column in values:
            for key, _ in column:
                index.setdefault(key, len(index))
    width = len(index)
    empty = np.arange(0)
    rows = np.unique(np.concatenate([empty, *(part[2].rows for part in parts)]))
    total = np.zeros((len(rows), width), dtype=object)
    scale = 1
    common = math.lcm(
        *(c.denominator for _, values, _ in parts for v in values for _, c in v), 1
    )
    for sign, values, (touched, ints, d) in parts:
        table = np.zeros((len(values), width), dtype=object)
        for r, column in enumerate(values):
            for key, c in column:
                table[r, index[key]] = sign * c.numerator * (common // c.denominator)
        product = np.zeros((len(rows), width), dtype=object)
        product[np.searchsorted(rows, touched)] = ints @ table
        merged = math.lcm(scale, d)
        total = total * (merged // scale) + product * (merged // d)
        scale = merged
    return list(index), rows, total, scale * common


def _sides(
    left: SeparableForm, right: SeparableForm, i: int, domain: IntervalUnion
) -> Iterator[tuple[int, list[Any], Any]]:
    for sign, form in ((1, left), (-1, right)):
        which = form.columns_of(i)
        if which:
            values = [functionals_on(form.columns[c][1], domain) for c in which]
            yield sign, values, form.weight.columns(which)


def needed_inputs(form: SeparableForm) -> list[bool]:
    """Return for each input whether any output really depends on it.

    An output depends on an input also in that it may not be defined.
    """
    empty = SeparableForm(form.in_features, (), form.weight, form.bias)
    out: list[bool] = []
    for i in range(form.in_features):
        keys, _, ints, _ = _difference(form, empty, i, EVERYWHERE)
        rest = [c for c, key in enumerate(keys) if key != CONSTANT]
        matters = bool(rest) and bool((ints[:, rest] != 0).any())
        out.append(matters or not form.domain(i).is_everywhere)
    return out


def output_functionals(
    form: SeparableForm,
) -> list[tuple[dict[tuple[object, ...], Fraction], Fraction]]:
    """Return, per output, its non-constant functionals by input, and its constant."""
    empty = SeparableForm(form.in_features, (), form.weight, form.bias)
    found: list[dict[tuple[object, ...], Fraction]] = [
        {} for _ in range(form.out_features)
    ]
    constants = list(form.bias)
    for i in range(form.in_features):
        keys, rows, ints, denominator = _difference(form, empty, i, EVERYWHERE)
        for c, key in enumerate(keys):
            line: list[int] = ints[:, c].tolist()
            for o, v in zip(rows.tolist(), line, strict=True):
                if v and key == CONSTANT:
                    constants[o] += Fraction(v, denominator)
                elif v:
                    found[o][(i, *key)] = Fraction(v, denominator)
    return list(zip(found, constants, strict=True))
