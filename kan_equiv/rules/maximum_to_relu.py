"""Maxout units as ReLU units: max(u, v) = v + max(u - v, 0).

Where all that a unit compares are lines of one input, it is a piecewise linear edge of
that input. Elsewhere it is taken in pairs, and pairs of pairs: k of them take
ceil(log2 k) layers of ReLU, and v passes through identity units.

Source: Goodfellow et al., "Maxout networks" (2013).
"""

from __future__ import annotations

from fractions import Fraction

from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.tensor import RationalTensor
from kan_equiv.ir.basis import Basis, PiecewiseBasis, TruncatedPowerBasis
from kan_equiv.ir.linear import BlockDiagonal, Composition, Dense, LinearMap, Selection
from kan_equiv.ir.maximum import Maximum
from kan_equiv.ir.stage import Affine, Bank, Stage, select
from kan_equiv.rules.derivation import Derivation
from kan_equiv.rules.expand_to_affine import IDENTITY_COLUMN

__all__ = ["maximum_to_relu"]

NAME = "maximum_to_relu"
LEMMA = "MaximumToRelu.maximum_to_relu"
RELU = TruncatedPowerBasis(((Fraction(0), 1),))
HINGE = PiecewisePolynomial.truncated_power(Fraction(0), 1)


def maximum_to_relu(derivation: Derivation) -> Derivation:
    """Rewrite maxima of lines of one input as its edges, others in pairs."""
    s = 0
    while s < len(derivation.target.stages):
        stage = derivation.target.stages[s]
        if not isinstance(stage, Maximum):
            s += 1
            continue
        before = derivation.target.stages[s - 1] if s else None
        edges = _edges(before, stage) if isinstance(before, Affine) else None
        if edges is not None:
            derivation = derivation.then(NAME, s - 1, 2, edges)
        elif stage.arity > 2:
            derivation = derivation.then(
                NAME, s, 1, stage.in_pairs(), judgement="maxima_equal"
            )
        else:
            derivation = derivation.then(NAME, s, 1, _pairs(stage))
    return derivation


def _edges(before: Affine, stage: Maximum) -> tuple[Stage, ...] | None:
    """Return a bank of the maxima and their selection, None where one mixes inputs."""
    rows = [before.weight.row(r) for r in range(before.out_features)]
    bias = list(before.bias.fractions())
    per_input: list[list[tuple[int, PiecewisePolynomial]]] = [
        [] for _ in range(before.in_features)
    ]
    for g, group in enumerate(stage.groups):
        inputs = {i for r in group for i in rows[r]}
        if len(inputs) > 1:
            return None
        i = next(iter(inputs), 0)
        lines = [PiecewisePolynomial.of([bias[r], rows[r].get(i, 0)]) for r in group]
        f = lines[0]
        for line in lines[1:]:
            f = line + HINGE.compose(f - line)
        per_input[i].append((g, f))
    bases: list[Basis] = [
        PiecewiseBasis(tuple(f for _, f in part)) if part else IDENTITY_COLUMN
        for part in per_input
    ]
    order: list[int | None] = []
    for part in per_input:
        order += [g for g, _ in part] or [None]
    places = [order.index(g) for g in range(len(stage.groups))]
    return Bank.of(bases), select(places, len(order))


def _pairs(stage: Maximum) -> tuple[Stage, ...]:
    """Rewrite maxima of one or two coordinates."""
    if stage.arity == 1:
        return (select([i for (i,) in stage.groups], stage.inputs),)
    picked = [i for group in stage.groups for i in group]
    one, pair, total = (
        Dense.matrix(RationalTensor((len(t), len(t[0])), tuple(sum(t, ())), (1,)))
        for t in (((1,),), ((0, 1), (1, -1)), ((1, 1),))
    )
    kinds = [len(group) == 2 for group in stage.groups]
    bases: list[Basis] = []
    for is_pair in kinds:
        bases += [IDENTITY_COLUMN, RELU] if is_pair else [IDENTITY_COLUMN]
    first = Composition(
        (Selection(tuple(picked), stage.inputs), _blocks(kinds, pair, one))
    )
    return (
        Affine.linear(first),
        Bank.of(bases),
        Affine.linear(_blocks(kinds, total, one)),
    )


def _blocks(kinds: list[bool], pair: Dense, one: Dense) -> BlockDiagonal:
    blocks: dict[LinearMap, int] = {}
    block_of = [blocks.setdefault(pair if k else one, len(blocks)) for k in kinds]
    return BlockDiagonal(tuple(blocks), tuple(block_of))
