"""Ways to write a network differently that leave its function alone.

Each move takes ``draw`` and a network, and returns another network, or None where it
does not apply. None of them mixes inputs before a bank that did not mix them already:
a layer that is a sum of functions of single inputs stays visibly one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from hypothesis import strategies as st

from kan_equiv.errors import ConversionError
from kan_equiv.ir import Affine, Bank, Basis, BlockDiagonal, Network, Parallel
from kan_equiv.prover.conversion import convert
from kan_equiv.rules.change_of_basis import ChangeOfBasis, identity_change
from kan_equiv.testing.strategies.affine_moves import AFFINE_MOVES
from kan_equiv.testing.strategies.basis_moves import BASIS_MOVES, change_parts
from kan_equiv.testing.strategies.unit_moves import UNIT_MOVES
from kan_equiv.testing.strategies.words import spliced, vector

__all__ = ["MOVES", "Move", "name_of"]

Move: TypeAlias = Callable[[st.DrawFn, Network], Network | None]


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
        back = Affine(weight, vector([v for c in changes for v in c.constants]))
        return spliced(network, s, 1, (Bank.of([c.new for c in changes]), back))
    return None


def layer_converted(draw: st.DrawFn, network: Network) -> Network | None:
    """One layer rewritten as ReLU^p units, as ``kan_equiv.convert`` does."""
    start, stop = draw(st.sampled_from(network.layer_slices()))
    form = draw(st.sampled_from(["hinge", "local"]))
    layout = draw(st.sampled_from(["layers", "sequential"]))
    try:
        target = convert(network.window(start, stop), form, layout).target
    except ConversionError:
        return None
    return spliced(network, start, stop - start, target.stages)


_PLAIN_MOVES: tuple[Move, ...] = (
    layer_converted,
    *(partial(_basis_changed, move) for move in BASIS_MOVES),
    *UNIT_MOVES,
    *AFFINE_MOVES,
)


def branch_rewritten(draw: st.DrawFn, network: Network) -> Network | None:
    """Another move inside of a branch of a Parallel stage."""
    places = [
        (s, k)
        for s, stage in enumerate(network.stages)
        if isinstance(stage, Parallel)
        for k, branch in enumerate(stage.networks)
        if branch.stages
    ]
    if not places:
        return None
    s, k = draw(st.sampled_from(places))
    stage = network.stages[s]
    assert isinstance(stage, Parallel)
    new = draw(st.sampled_from(_PLAIN_MOVES))(draw, stage.networks[k])
    if new is None:
        return None
    branches = (*stage.networks[:k], new, *stage.networks[k + 1 :])
    return spliced(network, s, 1, (Parallel(branches),))


MOVES: tuple[Move, ...] = (*_PLAIN_MOVES, branch_rewritten)


def name_of(move: Move) -> str:
    """Return the words for a move."""
    if isinstance(move, partial):
        return move.args[0].__name__.replace("_", " ")
    return move.__name__.replace("_", " ")
