"""Multiplication nodes are layers of squared units: 4 x y = (x + y)^2 - (x - y)^2.

With z^2 = max(z, 0)^2 + max(-z, 0)^2 a node of two factors is a hidden layer of four
units of degree 2. More factors are multiplied in pairs, and pairs of pairs: k of them
take ceil(log2 k) such layers.

Source: design section 4, rewrite 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from kan_equiv.exact.tensor import RationalTensor
from kan_equiv.ir.basis import MonomialBasis
from kan_equiv.ir.linear import BlockDiagonal, Composition, Dense, LinearMap, Selection
from kan_equiv.ir.product import Product
from kan_equiv.ir.stage import Affine, Bank, Stage, select
from kan_equiv.rules.derivation import Derivation
from kan_equiv.rules.expand_to_affine import IDENTITY_COLUMN

__all__ = ["product_to_squares", "squares"]

NAME = "product_to_squares"
LEMMA = "ProductToSquares.product_to_squares"
SQUARE = MonomialBasis((2,))


def product_to_squares(derivation: Derivation) -> Derivation:
    """Rewrite every multiplication node, those of more than two factors in pairs."""
    s = 0
    while s < len(derivation.target.stages):
        stage = derivation.target.stages[s]
        if not isinstance(stage, Product):
            s += 1
            continue
        if stage.arity > 2:
            derivation = derivation.then(
                NAME, s, 1, stage.in_pairs(), judgement="products_equal"
            )
        else:
            derivation = derivation.then(NAME, s, 1, squares(stage))
    return derivation


def squares(stage: Product) -> tuple[Stage, ...]:
    """Rewrite products of one or two factors as affine stages around squares."""
    picked = [i for group in stage.groups for i in group]
    if stage.arity == 1:
        return (select(picked, stage.inputs),)
    kinds = [len(group) == 2 for group in stage.groups]
    first = Composition(
        (Selection(tuple(picked), stage.inputs), _blocks(kinds, ((1, 1), (1, -1))))
    )
    bases = [[SQUARE, SQUARE] if is_pair else [IDENTITY_COLUMN] for is_pair in kinds]
    last = _blocks(kinds, ((Fraction(1, 4), Fraction(-1, 4)),))
    return (
        Affine.linear(first),
        Bank.of([basis for part in bases for basis in part]),
        Affine.linear(last),
    )


def _blocks(
    kinds: Sequence[bool], pair: tuple[tuple[Fraction | int, ...], ...]
) -> BlockDiagonal:
    """Return the direct sum of this block for pairs and of 1 for single factors."""
    one = Dense.matrix(RationalTensor((1, 1), (1,), (1,)))
    flat = [Fraction(v) for row in pair for v in row]
    shape = (len(pair), len(pair[0]))
    block = Dense.matrix(RationalTensor.from_fractions(flat, shape, "squares"))
    blocks: dict[LinearMap, int] = {}
    block_of = [blocks.setdefault(block if k else one, len(blocks)) for k in kinds]
    return BlockDiagonal(tuple(blocks), tuple(block_of))
