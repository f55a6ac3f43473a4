"""Ways to write a network differently that leave its function alone.

Each move takes ``draw`` and a network, and returns another network, or None where it
does not apply. None of them mixes inputs before a bank that did not mix them already:
a layer that is a sum of functions of single inputs stays visibly one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import accumulate
from typing import TypeAlias

from hypothesis import strategies as st

from kan_equiv.errors import ConversionError
from kan_equiv.exact import RationalTensor
from kan_equiv.ir import (
    Affine,
    Bank,
    Basis,
    BlockDiagonal,
    Composition,
    Dense,
    MonomialBasis,
    Network,
    Selection,
    Stage,
    TruncatedPowerBasis,
)
from kan_equiv.ir.linear import compose
from kan_equiv.ir.stage import select
from kan_equiv.prover.conversion import convert
from kan_equiv.rules.change_of_basis import ChangeOfBasis, identity_change
from kan_equiv.rules.compose_affine import product
from kan_equiv.testing.strategies.basis_moves import BASIS_MOVES, change_parts
from kan_equiv.testing.strategies.numbers import rationals
from kan_equiv.testing.strategies.reparametrization import reparametrized

__all__ = ["MOVES", "Move", "name_of"]

Move: TypeAlias = Callable[[st.DrawFn, Network], Network | None]
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
        feed = Affine(_matrix(self.weight, self.width), _vector(self.bias))
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


# --- one basis of a bank ------------------------------------------------------


def _basis_changed(
    move: Callable[[st.DrawFn, Basis], ChangeOfBasis | None],
    draw: st.DrawFn,
    network: Network,
) -> Network | None:
    places = [
        (s, i)
        for s, stage in enumerate(network.stages)
        if isinstance(stage, Bank)
        for i in range(stage.in_features)
    ]
    if not places:
        return None
    start = draw(st.integers(0, len(places) - 1))
    for s, chosen in places[start:] + places[:start]:
        bank = network.stages[s]
        assert isinstance(bank, Bank)
        bases = [bank.basis(i) for i in range(bank.in_features)]
        change = change_parts(draw, move, bases[chosen])
        if change.new == bases[chosen]:
            continue
        changes = [identity_change(b) for b in bases]
        changes[chosen] = change
        blocks = list(dict.fromkeys(c.matrix for c in changes))
        weight = BlockDiagonal(
            tuple(blocks), tuple(blocks.index(c.matrix) for c in changes)
        )
        back = Affine(weight, _vector([v for c in changes for v in c.constants]))
        return _spliced(network, s, 1, (Bank.of([c.new for c in changes]), back))
    return None


# --- the units of a bank ------------------------------------------------------


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
    return new.network(network.in_features, Affine.linear(_matrix(rows, width)))


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
    restore = Affine.linear(_matrix(rows, starts[-1] + 1))
    return new.network(network.in_features, restore)


# --- affine stages ------------------------------------------------------------


def identity_inserted(draw: st.DrawFn, network: Network) -> Network | None:
    """Coordinates permuted, scaled and shifted somewhere, and back again."""
    s = draw(st.integers(0, len(network.stages)))
    n = network.stages[s - 1].out_features if s else network.in_features
    order = draw(st.permutations(range(n)))
    scales = draw(st.lists(nonzero, min_size=n, max_size=n))
    shifts = draw(st.lists(rationals(), min_size=n, max_size=n))
    there = [{i: a} for i, a in zip(order, scales, strict=True)]
    back = [{order.index(i): 1 / scales[order.index(i)]} for i in range(n)]
    undo = [-shifts[order.index(i)] / scales[order.index(i)] for i in range(n)]
    pair = (
        Affine(_matrix(there, n), _vector(shifts)),
        Affine(_matrix(back, n), _vector(undo)),
    )
    return _spliced(network, s, 0, pair)


def outputs_mixed(draw: st.DrawFn, network: Network) -> Network | None:
    """After a bank: one coordinate added to another, and taken away again."""
    places = [
        s
        for s, stage in enumerate(network.stages, start=1)
        if stage.out_features > 1
        and (s == len(network.stages) or isinstance(network.stages[s], Affine))
    ]
    if not places:
        return None
    s = draw(st.sampled_from(places))
    n = network.stages[s - 1].out_features
    a, b = draw(st.permutations(range(n)))[:2]
    c = draw(nonzero)
    pair: list[Affine] = []
    for sign in (1, -1):
        rows = [{r: Fraction(1)} for r in range(n)]
        rows[a] = {a: Fraction(1), b: sign * c}
        pair.append(Affine.linear(_matrix(rows, n)))
    return _spliced(network, s, 0, tuple(pair))


def maps_multiplied_out(draw: st.DrawFn, network: Network) -> Network | None:
    """Neighbouring affine stages as one dense stage."""
    runs: list[tuple[int, int]] = []
    for s, stage in enumerate(network.stages):
        if isinstance(stage, Affine):
            last = runs[-1] if runs else (-1, -1)
            runs[-1:] = [(last[0], s + 1)] if last[1] == s else [*runs[-1:], (s, s + 1)]
    if not runs:
        return None
    start, stop = draw(st.sampled_from(runs))
    affine = [a for a in network.stages[start:stop] if isinstance(a, Affine)]
    return _spliced(network, start, stop - start, (product(affine),))


def coefficients_moved(draw: st.DrawFn, network: Network) -> Network | None:
    """Numbers moved from a matrix to a factor of its rows, or of its columns."""
    places = [
        s
        for s, stage in enumerate(network.stages)
        if isinstance(stage, Affine) and isinstance(stage.weight, Dense)
    ]
    if not places:
        return None
    s = draw(st.sampled_from(places))
    stage = network.stages[s]
    assert isinstance(stage, Affine)
    rows = [stage.weight.row(r) for r in range(stage.out_features)]
    by_row = draw(st.booleans())
    size = stage.out_features if by_row else stage.in_features
    scale = draw(st.lists(nonzero, min_size=size, max_size=size))
    smaller = [
        {c: v / scale[r if by_row else c] for c, v in row.items()}
        for r, row in enumerate(rows)
    ]
    matrix = _matrix(smaller, stage.in_features).factors[0]
    factor = (_vector(scale), "o" if by_row else "c")
    weight = Dense(stage.out_features, stage.in_features, 1, (matrix, factor))
    return _spliced(network, s, 1, (Affine(weight, stage.bias),))


def bias_moved(draw: st.DrawFn, network: Network) -> Network | None:
    """W x + b as two stages: W x, then + b."""
    places = [s for s, stage in enumerate(network.stages) if isinstance(stage, Affine)]
    if not places:
        return None
    s = draw(st.sampled_from(places))
    stage = network.stages[s]
    assert isinstance(stage, Affine)
    n = stage.out_features
    shift = Affine(Selection(tuple(range(n)), n), stage.bias)
    return _spliced(network, s, 1, (Affine.linear(stage.weight), shift))


def map_factored(draw: st.DrawFn, network: Network) -> Network | None:
    """A linear map as a composition with a permutation and its inverse."""
    places = [s for s, stage in enumerate(network.stages) if isinstance(stage, Affine)]
    if not places:
        return None
    s = draw(st.sampled_from(places))
    stage = network.stages[s]
    assert isinstance(stage, Affine)
    n = stage.out_features
    order = draw(st.permutations(range(n)))
    there = Selection(tuple(order), n)
    back = Selection(tuple(order.index(i) for i in range(n)), n)
    weight = compose(stage.weight, Composition((there, back)))
    return _spliced(network, s, 1, (Affine(weight, stage.bias),))


def layer_converted(draw: st.DrawFn, network: Network) -> Network | None:
    """One layer rewritten as ReLU^p units, as ``kan_equiv.convert`` does."""
    start, stop = draw(st.sampled_from(network.layer_slices()))
    form = draw(st.sampled_from(["hinge", "local"]))
    layout = draw(st.sampled_from(["layers", "sequential"]))
    try:
        target = convert(network.window(start, stop), form, layout).target
    except ConversionError:
        return None
    return _spliced(network, start, stop - start, target.stages)


def name_of(move: Move) -> str:
    """Return the words for a move."""
    if isinstance(move, partial):
        return move.args[0].__name__.replace("_", " ")
    return move.__name__.replace("_", " ")


MOVES: tuple[Move, ...] = (
    layer_converted,
    *(partial(_basis_changed, move) for move in BASIS_MOVES),
    units_permuted,
    unit_rescaled,
    unit_split,
    dead_unit_added,
    unit_flipped,
    identity_inserted,
    outputs_mixed,
    maps_multiplied_out,
    coefficients_moved,
    bias_moved,
    map_factored,
)


def _spliced(network: Network, at: int, length: int, new: tuple[Stage, ...]) -> Network:
    stages = network.stages
    return Network(network.in_features, (*stages[:at], *new, *stages[at + length :]))


def _matrix(rows: list[dict[int, Fraction]], n: int) -> Dense:
    flat = [row.get(c, Fraction(0)) for row in rows for c in range(n)]
    return Dense.matrix(RationalTensor.from_fractions(flat, (len(rows), n)))


def _vector(values: list[Fraction]) -> RationalTensor:
    return RationalTensor.from_fractions(values, (len(values),))
