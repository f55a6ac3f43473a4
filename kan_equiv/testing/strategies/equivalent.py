"""Pairs of networks that are equal by construction."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from hypothesis import strategies as st

from kan_equiv.exact import PiecewisePolynomial, RationalTensor
from kan_equiv.exact.ratios import Ratios
from kan_equiv.ir import (
    Affine,
    Bank,
    Basis,
    Box,
    ConcatenatedBasis,
    Dense,
    Network,
    PiecewiseBasis,
    RationalBasis,
)
from kan_equiv.testing.pairs import Pair
from kan_equiv.testing.strategies.arguments import sizes
from kan_equiv.testing.strategies.domains import boxes
from kan_equiv.testing.strategies.kinds import KINDS, check_kinds, of_kind
from kan_equiv.testing.strategies.network_moves import MOVES, name_of
from kan_equiv.testing.strategies.numbers import rationals

__all__ = ["equivalent_pairs", "rewritten", "with_function"]


def equivalent_pairs(
    *,
    kinds: Sequence[str] = KINDS,
    min_moves: int = 1,
    max_moves: int = 4,
    allow_atoms: bool = False,
    allow_ratios: bool = False,
) -> st.SearchStrategy[Pair]:
    """Two ways to write one network, on R^n or on a box.

    The moves: conversion to hinges or local powers, knots inserted, cells split, units
    permuted, rescaled, split in two, turned round with their polynomial, dead ones
    added, numbers moved between factors, atoms by their reflections, coordinates
    permuted and mixed and put right again, all of this in a branch of a Parallel stage;
    on a box also anything outside of it.

    Args:
        kinds: out of ``univariate``, ``separable``, ``one_hidden_layer``, ``deep``,
            ``residual``.
        min_moves: at least so many moves are tried.
        max_moves: at most so many.
        allow_atoms: transcendental functions too.
        allow_ratios: ratios of polynomials too.

    Raises:
        InvalidArgument: an unknown kind, or a wrong number of moves.
    """
    sizes("moves", min_moves, max_moves, least=0)
    chosen = st.sampled_from(check_kinds(kinds)).flatmap(
        lambda kind: of_kind(kind, allow_atoms, allow_ratios)
    )
    return _pairs(chosen, st.integers(min_moves, max_moves))


@st.composite
def _pairs(
    draw: st.DrawFn, bases: st.SearchStrategy[Network], moves: st.SearchStrategy[int]
) -> Pair:
    base = draw(bases)
    right, how = rewritten(draw, base, draw(moves))
    left, more = rewritten(draw, base, draw(st.sampled_from([0, 0, 1])))
    domain = None
    if draw(st.booleans()):
        n = base.in_features
        infinite = draw(st.sampled_from([False, False, True]))
        domain = draw(boxes(min_inputs=n, max_inputs=n, allow_infinity=infinite))
        if isinstance(right.stages[0], Bank) and draw(st.booleans()):
            right = _changed_outside(draw, right, domain)
            how = (*how, "changed outside of the box")
    return Pair(left, right, domain, (*more, *how))


def rewritten(
    draw: st.DrawFn, network: Network, count: int
) -> tuple[Network, tuple[str, ...]]:
    """Apply moves one after the other; those that do not apply are left out."""
    how: list[str] = []
    for _ in range(count):
        move = draw(st.sampled_from(MOVES))
        if (changed := move(draw, network)) is not None:
            network = changed
            how.append(name_of(move))
    return network, tuple(how)


def _changed_outside(draw: st.DrawFn, network: Network, domain: Box) -> Network:
    """Add any function of one input that vanishes on the closed box."""
    i = draw(st.integers(0, network.in_features - 1))
    interval = domain.intervals[i]
    away = draw(st.sampled_from([Fraction(0), Fraction(1, 1000), Fraction(1)]))
    d = draw(st.integers(0 if away else 1, 2))
    sides: list[PiecewisePolynomial] = []
    if interval.hi is not None:
        sides.append(PiecewisePolynomial.truncated_power(interval.hi + away, d))
    if interval.lo is not None:
        turned = PiecewisePolynomial.truncated_power(away - interval.lo, d)
        sides.append(turned.compose_affine(Fraction(-1), Fraction(0)))
    beyond = draw(st.sampled_from(sides))
    weights = draw(st.lists(rationals(), min_size=64, max_size=64))
    return with_function(network, 0, i, beyond, weights)


def with_function(
    network: Network,
    at: int,
    input: int,
    function: PiecewisePolynomial | Ratios,
    weights: Sequence[Fraction],
) -> Network:
    """Return the network with one more function of an input of the bank ``at``.

    It enters the coordinates after the bank with the first of the weights; a bank that
    no affine stage follows gets one.
    """
    stages = list(network.stages)
    bank = stages[at]
    assert isinstance(bank, Bank)
    bases = [bank.basis(i) for i in range(bank.in_features)]
    column = sum(len(b) for b in bases[: input + 1])
    new: Basis = (
        RationalBasis((function,))
        if isinstance(function, Ratios)
        else PiecewiseBasis((function,))
    )
    bases[input] = ConcatenatedBasis((bases[input], new))
    stages[at] = Bank.of(bases)
    n = bank.out_features
    after = stages[at + 1] if at + 1 < len(stages) else None
    if isinstance(after, Affine):
        rows = [after.weight.row(r) for r in range(after.out_features)]
        bias = after.bias
        rest = stages[at + 2 :]
    else:
        rows = [{r: Fraction(1)} for r in range(n)]
        bias = RationalTensor((n,), (0,) * n, (1,))
        rest = stages[at + 1 :]
    flat: list[Fraction] = []
    for r, row in enumerate(rows):
        line = [row.get(c, Fraction(0)) for c in range(n)]
        flat += [*line[:column], weights[r % len(weights)], *line[column:]]
    matrix = RationalTensor.from_fractions(flat, (len(rows), n + 1))
    affine = Affine(Dense.matrix(matrix), bias)
    return Network(network.in_features, (*stages[: at + 1], affine, *rest))
