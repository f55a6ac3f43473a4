"""Exact shrinking of programs: what cannot matter is left out, and nothing else.

Functions with zero coefficients go; on a box also functions that vanish on the interval
in which their input provably stays. The result is the same function, on R^n or on the
box. Dead units are gone before: conversion drops them (``rules.drop_dead_units``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from kan_equiv.emit.program import Group, Layer, Part, Program, Weight
from kan_equiv.emit.rounding import Array, masked
from kan_equiv.emit.twin import slot_function
from kan_equiv.exact.bounds import maximum
from kan_equiv.exact.enclosure import Enclosure
from kan_equiv.exact.rational import to_fraction
from kan_equiv.ir.domain import Box

__all__ = ["Range", "ranges", "shrink"]

Range = tuple[Fraction, Fraction]


def shrink(program: Program, domain: Box | None = None) -> Program:
    """Return an equal program, on R^n or on a closed box, without idle functions.

    Args:
        program: an exact program.
        domain: bounded closed box of the inputs, or None for R^n.
    """
    layers = list(program.layers)
    if domain is not None:
        boxes = ranges(program, domain)
        layers = [
            _without_vanishing(layer, box)
            for layer, box in zip(layers, boxes, strict=True)
        ]
    return replace(program, layers=tuple(_compact(layer) for layer in layers))


def _compact(layer: Layer) -> Layer:
    """Drop slots and parts whose coefficients are all zero."""
    groups: list[Group] = []
    weights: dict[tuple[int, int, int], Weight] = {}
    for g, group in enumerate(layer.groups):
        parts: list[Part] = []
        for p, part in enumerate(group.parts):
            own = {
                h: w.terms[0]
                for (a, b, h), w in layer.weights.items()
                if (a, b) == (g, p)
            }
            if not own:
                continue
            used = np.any([(w != 0).any(axis=2) for w in own.values()], axis=0)
            used &= part.active
            order, slots = _packed(used)
            for h, w in own.items():
                block = np.take_along_axis(w, order[:slots, :, None], axis=0)
                weights[g, len(parts), h] = Weight((block,))
            parts.append(_taken(part, used, order, slots))
        groups.append(Group(group.features, tuple(parts)))
    return replace(layer, groups=tuple(groups), weights=weights)


def _packed(used: Array) -> tuple[Array, int]:
    """Return for each input its used slots first, and how many rows that takes.

    Slots keep their order where no row is saved, so that shared constants stay shared.
    """
    slots = int(used.sum(axis=0).max())
    if used.any(axis=1).sum() == slots:
        rows = np.argsort(~used.any(axis=1), kind="stable")
        return np.broadcast_to(rows[:, None], used.shape), slots
    return np.argsort(~used, axis=0, kind="stable"), slots


def _taken(part: Part, used: Array, order: Array, slots: int) -> Part:
    rows = order[:slots]
    same = bool((rows == rows[:, :1]).all())
    constants: dict[str, Array] = {}
    for key, values in part.constants.items():
        if values.shape[-2] == 1 and part.slots != 1:  # the same for all slots
            constants[key] = values
        elif same:
            constants[key] = values[..., rows[:, 0], :]
        else:
            n = used.shape[1]
            full = np.broadcast_to(values, (*values.shape[:-1], n))
            index = np.broadcast_to(rows, (*values.shape[:-2], *rows.shape))
            constants[key] = np.take_along_axis(full, index, axis=-2)
    active = np.take_along_axis(used, rows, axis=0)
    return replace(part, slots=slots, constants=constants, active=active)


# --- ranges ------------------------------------------------------------------------


def ranges(program: Program, domain: Box) -> list[dict[int, Range]]:
    """Return for every layer a closed interval that each of its inputs stays in.

    Every step is rounded outward: exact bounds of the functions, then sums in float64
    that are widened by more than their rounding.

    Raises:
        DomainError: the box is unbounded.
    """
    box = domain.for_inputs(program.in_features)
    current = {i: interval.ends for i, interval in enumerate(box)}
    out: list[dict[int, Range]] = []
    for layer in program.layers:
        out.append(current)
        current = _after(layer, current)
    return out


def _after(layer: Layer, inputs: dict[int, Range]) -> dict[int, Range]:
    low = [np.array([float(v) for v in b[0]]) for b in layer.biases]
    high = [v.copy() for v in low]
    size = [np.abs(v) for v in low]
    memo: dict[object, Range] = {}
    for (g, p, h), weight in layer.weights.items():
        group = layer.groups[g]
        part = group.parts[p]
        lo, hi = _part_range(part, [inputs[f] for f in group.features], memo)
        w = weight.terms[0].astype(np.float64) / part.divisor
        up, down = np.maximum(w, 0), np.minimum(w, 0)
        low[h] += np.einsum("ki,kio->o", lo, up) + np.einsum("ki,kio->o", hi, down)
        high[h] += np.einsum("ki,kio->o", hi, up) + np.einsum("ki,kio->o", lo, down)
        size[h] += np.einsum("ki,kio->o", np.maximum(abs(lo), abs(hi)), abs(w))
    found: dict[int, Range] = {}
    for features, a, b, s in zip(layer.outputs, low, high, size, strict=True):
        # gamma_n of any order of summation, twice over, and a term for underflow.
        slack = s * (4 * layer.columns + 64) * 2.0**-53 + 2.0**-1000
        for f, x, y in zip(features, a - slack, b + slack, strict=True):
            found[f] = (to_fraction(float(x)), to_fraction(float(y)))
    return found


def _part_range(
    part: Part, inputs: Sequence[Range], memo: dict[object, Range]
) -> tuple[Array, Array]:
    """Return lower and upper bounds of the functions, (slots, inputs), as float64.

    For cardinal parts they bound p! times the spline, as the weights expect.
    """
    shape = part.active.shape
    lo, hi = np.zeros(shape), np.zeros(shape)
    for j, i in zip(*np.nonzero(part.active), strict=True):
        a, b = _function_range(part, int(j), int(i), inputs[i], memo)
        lo[j, i] = np.nextafter(float(a * part.divisor), -np.inf)
        hi[j, i] = np.nextafter(float(b * part.divisor), np.inf)
    return lo, hi


def _function_range(
    part: Part, j: int, i: int, interval: Range, memo: dict[object, Range]
) -> Range:
    basis = slot_function(part, j, i)
    key = (basis, interval)
    if key not in memo:
        f = basis.functions()[0]
        if f.atoms:
            value = f(Enclosure(*interval))
            assert isinstance(value, Enclosure)
            memo[key] = (value.lower, value.upper)
        else:
            top = maximum(f.pieces, *interval).upper
            bottom = -maximum(-f.pieces, *interval).upper
            memo[key] = (bottom, top)
    return memo[key]


def _without_vanishing(layer: Layer, inputs: dict[int, Range]) -> Layer:
    """Set coefficients of functions to zero that vanish on the range of their input."""
    memo: dict[object, Range] = {}
    weights = dict(layer.weights)
    for g, group in enumerate(layer.groups):
        for p, part in enumerate(group.parts):
            if part.kind in ("atom", "monomial"):
                continue
            idle = np.zeros(part.active.shape, dtype=bool)
            for j, i in zip(*np.nonzero(part.active), strict=True):
                interval = inputs[group.features[i]]
                found = _function_range(part, int(j), int(i), interval, memo)
                idle[j, i] = found == (0, 0)
            for key, w in list(weights.items()):
                if key[:2] == (g, p):
                    block = masked(w.terms[0], ~idle[:, :, None])
                    weights[key] = Weight((block,))
                    if not (block != 0).any():
                        del weights[key]
    return replace(layer, weights=weights)
