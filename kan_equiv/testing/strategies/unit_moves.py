"""Moves of hidden units: the coordinates before a bank written differently."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate

from hypothesis import strategies as st

from kan_equiv.ir import (
    Affine,
    Bank,
    Basis,
    BlockDiagonal,
    MonomialBasis,
    Network,
    Stage,
    TruncatedPowerBasis,
)
from kan_equiv.ir.stage import select
from kan_equiv.rules.change_of_basis import identity_change
from kan_equiv.testing.strategies.numbers import rationals
from kan_equiv.testing.strategies.reparametrization import reparametrized
from kan_equiv.testing.strategies.words import matrix, vector

__all__ = ["UNIT_MOVES"]

nonzero = rationals().filter(bool)


@dataclass(frozen=True, slots=True)
class _Units:
    """A bank, and the affine stages that feed it (the identity where there is none)."""

    before: tuple[Stage, ...]
    weight: list[dict[int, Fraction]]
    bias: list[Fraction]
    width: int
    bases: list[Basis]
    after: tuple[Stage, ...]

    def network(self, inputs: int, restore: Affine) -> Network:
        """The whole, with ``restore`` turning the new columns into the old ones."""
        feed = Affine(matrix(self.weight, self.width), vector(self.bias))
        bank = Bank.of(self.bases)
        return Network(inputs, (*self.before, feed, bank, restore, *self.after))


def _units(draw: st.DrawFn, network: Network) -> _Units | None:
    """Pick a bank, with what feeds it as rows of numbers."""
    stages = network.stages
    banks = [s for s, stage in enumerate(stages) if isinstance(stage, Bank)]
    if not banks:
        return None
    s = draw(st.sampled_from(banks))
    bank = stages[s]
    assert isinstance(bank, Bank)
    n = bank.in_features
    feed = stages[s - 1] if s else None
    bases = [bank.basis(i) for i in range(n)]
    after = stages[s + 1 :]
    if isinstance(feed, Affine):
        rows = [feed.weight.row(r) for r in range(n)]
        bias = list(feed.bias.fractions())
        return _Units(stages[: s - 1], rows, bias, feed.in_features, bases, after)
    rows = [{r: Fraction(1)} for r in range(n)]
    return _Units(stages[:s], rows, [Fraction(0)] * n, n, bases, after)


def _starts(bases: list[Basis]) -> list[int]:
    return list(accumulate((len(b) for b in bases), initial=0))


def units_permuted(draw: st.DrawFn, network: Network) -> Network | None:
    """The coordinates before a bank in another order."""
    units = _units(draw, network)
    if units is None:
        return None
    n = len(units.bases)
    order = draw(st.permutations(range(n)))
    new = replace(
        units,
        weight=[units.weight[i] for i in order],
        bias=[units.bias[i] for i in order],
        bases=[units.bases[i] for i in order],
    )
    starts = _starts(new.bases)
    indices = [
        starts[order.index(i)] + k for i in range(n) for k in range(len(units.bases[i]))
    ]
    return new.network(network.in_features, select(indices, starts[-1]))


def unit_rescaled(draw: st.DrawFn, network: Network) -> Network | None:
    """One coordinate before a bank scaled and shifted, its basis to match."""
    units = _units(draw, network)
    if units is None:
        return None
    i = draw(st.integers(0, len(units.bases) - 1))
    slope, shift = draw(nonzero), draw(rationals())
    change = reparametrized(units.bases[i], slope, shift)
    if change is None:
        return None
    weight, bias, bases = list(units.weight), list(units.bias), list(units.bases)
    weight[i] = {c: v * slope for c, v in weight[i].items()}
    bias[i] = bias[i] * slope + shift
    bases[i] = change.new
    new = replace(units, weight=weight, bias=bias, bases=bases)
    maps = [identity_change(b).matrix for b in bases]
    maps[i] = change.matrix
    blocks = list(dict.fromkeys(maps))
    back = BlockDiagonal(tuple(blocks), tuple(blocks.index(m) for m in maps))
    return new.network(network.in_features, Affine.linear(back))


def unit_split(draw: st.DrawFn, network: Network) -> Network | None:
    """One coordinate before a bank twice, with coefficients that add up."""
    units = _units(draw, network)
    if units is None:
        return None
    i = draw(st.integers(0, len(units.bases) - 1))
    part = draw(rationals())
    new = replace(
        units,
        weight=[*units.weight, units.weight[i]],
        bias=[*units.bias, units.bias[i]],
        bases=[*units.bases, units.bases[i]],
    )
    starts = _starts(units.bases)
    rows = [{c: Fraction(1)} for c in range(starts[-1])]
    for k in range(len(units.bases[i])):
        rows[starts[i] + k] = {starts[i] + k: part, starts[-1] + k: 1 - part}
    width = starts[-1] + len(units.bases[i])
    return new.network(network.in_features, Affine.linear(matrix(rows, width)))


def dead_unit_added(draw: st.DrawFn, network: Network) -> Network | None:
    """One more ReLU^p, with outgoing weight zero."""
    units = _units(draw, network)
    if units is None:
        return None
    repu = TruncatedPowerBasis(((Fraction(0), draw(st.integers(1, 3))),))
    row = dict(draw(st.sampled_from(units.weight)))
    new = replace(
        units,
        weight=[*units.weight, row],
        bias=[*units.bias, draw(rationals())],
        bases=[*units.bases, repu],
    )
    columns = _starts(units.bases)[-1]
    kept = select(range(columns), columns + 1)
    return new.network(network.in_features, kept)


def unit_flipped(draw: st.DrawFn, network: Network) -> Network | None:
    """(z - t)_+^p as (z - t)^p - (-1)^p (t - z)_+^p, by one unit more."""
    units = _units(draw, network)
    if units is None:
        return None
    hinges = [
        i
        for i, b in enumerate(units.bases)
        if isinstance(b, TruncatedPowerBasis) and len(b) == 1 and b.terms[0][1]
    ]
    if not hinges:
        return None
    i = draw(st.sampled_from(hinges))
    basis = units.bases[i]
    assert isinstance(basis, TruncatedPowerBasis)
    t, p = basis.terms[0]
    weight, bias, bases = list(units.weight), list(units.bias), list(units.bases)
    weight[i] = {c: -v for c, v in units.weight[i].items()}
    bias[i] = -units.bias[i]
    bases[i] = TruncatedPowerBasis(((-t, p),))
    new = replace(
        units,
        weight=[*weight, units.weight[i]],
        bias=[*bias, units.bias[i] - t],
        bases=[*bases, MonomialBasis((p,))],
    )
    starts = _starts(units.bases)
    rows = [{c: Fraction(1)} for c in range(starts[-1])]
    rows[starts[i]] = {starts[i]: Fraction(-((-1) ** p)), starts[-1]: Fraction(1)}
    restore = Affine.linear(matrix(rows, starts[-1] + 1))
    return new.network(network.in_features, restore)


UNIT_MOVES = (
    units_permuted,
    unit_rescaled,
    unit_split,
    dead_unit_added,
    unit_flipped,
)
