"""Layers rewritten on a box: only what hidden units can reach there counts.

What every hidden layer reaches on the box decides which units bend at all: a unit that
stays below its knot is left out, one that stays above it is linear. Each bank is then
rewritten on the intervals that its inputs reach: to B-splines on them, or to powers and
the hinges inside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kan_equiv.ir.domain import Box, Interval
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Affine, Bank, Stage, select
from kan_equiv.prover.ranges import outward, reached
from kan_equiv.rules.compose_affine import product
from kan_equiv.rules.derivation import Derivation, Range
from kan_equiv.rules.drop_dead_units import (
    leave_out,
    merge_selection,
)
from kan_equiv.rules.integer_rows import IntegerRows
from kan_equiv.rules.restrict_to_range import NAME as RESTRICT
from kan_equiv.rules.restrict_to_range import row_intervals

__all__ = ["derive_on_box"]

Rewrite = Callable[[Bank, Box], Sequence[Stage] | None]


def derive_on_box(
    derivation: Derivation, domain: Box, rule: str, rewrite: Rewrite
) -> Derivation:
    """Rewrite every bank on what its inputs reach, the last one first.

    The word alternates, a bank first. Banks behind one of which no range is known stay
    as they are.
    """
    for at, box, ranges in reversed(_reached_banks(derivation.target, domain)):
        derivation = _on_box(derivation, at, box, ranges, rule, rewrite)
    return derivation


def _on_box(
    derivation: Derivation,
    s: int,
    box: Box,
    ranges: tuple[Range, ...],
    rule: str,
    rewrite: Rewrite,
) -> Derivation:
    """Rewrite the bank at s by what its inputs reach."""
    bank = derivation.target.stages[s]
    assert isinstance(bank, Bank)
    alive = [
        i for i, side in enumerate(box) if not s or not _vanishes(bank, i, side)
    ] or [0]
    is_smaller = len(alive) < len(box)
    if is_smaller:
        derivation = leave_out(derivation, s, alive, RESTRICT, box, ranges)
        chosen, bank = derivation.target.stages[s : s + 2]
        assert isinstance(bank, Bank)
        inner = Box([box.intervals[i] for i in alive])
        ranges = (*ranges, Range(len(box), (chosen,), box, inner))
        box = inner
    new = rewrite(bank, box)
    if new is not None:
        derivation = derivation.then(rule, s + is_smaller, 1, new, box, ranges)
    return merge_selection(derivation, s - 1) if is_smaller else derivation


def _vanishes(bank: Bank, i: int, side: Interval) -> bool:
    return all(
        f.is_piecewise_polynomial and f.pieces.restrict(side.lo, side.hi).is_zero
        for f in bank.basis(i).functions()
    )


def _reached_banks(
    word: Network, domain: Box
) -> list[tuple[int, Box, tuple[Range, ...]]]:
    """Return (position, box of its inputs, ranges up to it) of each bank.

    The list ends before the first bank of which no range is known.
    """
    out: list[tuple[int, Box, tuple[Range, ...]]] = []
    box, ranges, s = domain, (), 0
    while True:
        out.append((s, box, ranges))
        stop = s + 1
        while stop < len(word.stages) and isinstance(word.stages[stop], Affine):
            stop += 1
        if stop == len(word.stages):
            return out
        layer = word.stages[s:stop]
        bounds = _bounds(layer, box)
        if bounds is None:
            return out
        ranges = (*ranges, Range(len(box), layer, box, bounds))
        s, box = stop, bounds


def _bounds(layer: tuple[Stage, ...], box: Box) -> Box | None:
    """Return what a bank and affine stages after it reach, rounded outward."""
    bank, *rest = layer
    assert isinstance(bank, Bank)
    values = reached(select(range(len(box)), len(box)), bank, box)
    if values is None:
        return None
    affine = product([a for a in rest if isinstance(a, Affine)])
    return Box([outward(z) for z in row_intervals(IntegerRows.of(affine), values)])
