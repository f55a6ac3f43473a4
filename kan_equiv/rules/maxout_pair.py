"""A whole layer as differences of two maxima, one pair of maxout units an output.

A sum of maxima is the maximum of all sums: sum_i max_k l_ik(x_i) = max over k_1 ... k_n
of sum_i l_ik_i(x_i). So an output of a piecewise linear layer is a maximum of affine
pieces a_k.x + b_k minus another one, as many as the edges' pieces multiply to.

Source: Goodfellow et al., "Maxout networks" (2013), theorem 4.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from math import prod

from kan_equiv.errors import ConversionError, NotSeparableError
from kan_equiv.exact.tensor import RationalTensor
from kan_equiv.ir.linear import Dense
from kan_equiv.ir.maximum import Maximum
from kan_equiv.ir.separable import separate
from kan_equiv.ir.stage import Affine, Stage
from kan_equiv.rules.derivation import Derivation
from kan_equiv.rules.piecewise_to_maxout import NAME as EDGES
from kan_equiv.rules.piecewise_to_maxout import Line, convex_parts

__all__ = ["MAX_PIECES", "layers_to_maxout_pairs"]

NAME = "maxout_pair"
LEMMA = "MaxoutPair.maxout_pair"
MAX_PIECES = 4096
"""Largest number of affine pieces of one maximum."""

Parts = list[tuple[int, list[Line], int]]
"""(input, lines, sign) of the maxima that are added up in an output."""


def layers_to_maxout_pairs(derivation: Derivation) -> Derivation:
    """Rewrite each layer first edge by edge, then as one pair of maxima an output.

    Raises:
        ConversionError: an edge is not continuous and piecewise linear, a layer is no
            sum of edges, or a maximum would have more than 4096 affine pieces.
    """
    for start, stop in reversed(derivation.target.layer_slices()):
        layer = derivation.target.window(start, stop)
        try:
            form = separate(layer.stages, layer.in_features)
        except NotSeparableError as error:
            raise ConversionError(f"stages {start} to {stop - 1}: {error}") from error
        outputs: list[Parts] = []
        for o in range(form.out_features):
            parts: Parts = []
            for i in range(form.in_features):
                lines = zip(convex_parts(form.edge(i, o)), (1, -1), strict=True)
                parts += [(i, part, sign) for part, sign in lines if part]
            outputs.append(parts)
        n, bias = form.in_features, list(form.bias)
        edges = _edges(outputs, n, bias)
        derivation = derivation.then(EDGES, start, stop - start, edges)
        pairs = _pairs(outputs, n, bias)
        derivation = derivation.then(NAME, start, 3, pairs, judgement="maxima_equal")
    return derivation


def _edges(outputs: Sequence[Parts], n: int, bias: list[Fraction]) -> tuple[Stage, ...]:
    rows: list[list[Fraction]] = []
    groups: list[list[list[Fraction]]] = []
    signs: list[tuple[int, int]] = []
    for o, parts in enumerate(outputs):
        for i, lines, sign in parts:
            groups.append([_row(n, [i], [line]) for line in lines])
            signs.append((o, sign))
    rows = [row for group in groups for row in group]
    return _layer(rows, [len(g) for g in groups], signs, bias)


def _pairs(outputs: Sequence[Parts], n: int, bias: list[Fraction]) -> tuple[Stage, ...]:
    rows: list[list[Fraction]] = []
    sizes: list[int] = []
    signs: list[tuple[int, int]] = []
    for o, parts in enumerate(outputs):
        for sign in (1, -1):
            chosen = [(i, lines) for i, lines, s in parts if s == sign]
            count = prod(len(lines) for _, lines in chosen)
            if count > MAX_PIECES:
                raise ConversionError(
                    f"output {o} would be a maximum of {count} affine pieces, at most "
                    f"{MAX_PIECES} are written; use to='maxout', edge by edge"
                )
            if chosen:
                inputs = [i for i, _ in chosen]
                rows += [
                    _row(n, inputs, combination)
                    for combination in product(*(lines for _, lines in chosen))
                ]
                sizes.append(count)
                signs.append((o, sign))
    return _layer(rows, sizes, signs, bias)


def _row(n: int, inputs: Sequence[int], lines: Sequence[Line]) -> list[Fraction]:
    """Return the coefficients of a sum of lines of single inputs, the constant last."""
    row = [Fraction(0)] * (n + 1)
    for i, (slope, offset) in zip(inputs, lines, strict=True):
        row[i] += slope
        row[n] += offset
    return row


def _layer(
    rows: list[list[Fraction]],
    sizes: Sequence[int],
    signs: Sequence[tuple[int, int]],
    bias: list[Fraction],
) -> tuple[Stage, ...]:
    n, m = len(rows[0]) - 1, len(bias)
    flat = [v for row in rows for v in row[:n]]
    first = Affine(
        Dense.matrix(RationalTensor.from_fractions(flat, (len(rows), n), "lines")),
        RationalTensor.from_fractions([row[n] for row in rows], (len(rows),)),
    )
    starts = [sum(sizes[:g]) for g in range(len(sizes))]
    groups = [tuple(range(s, s + k)) for s, k in zip(starts, sizes, strict=True)]
    table = [sign * (o == row) for row in range(m) for o, sign in signs]
    last = Affine(
        Dense.matrix(RationalTensor((m, len(signs)), tuple(table), (1,), "signs")),
        RationalTensor.from_fractions(bias, (m,)),
    )
    return first, Maximum(tuple(groups), len(rows)), last
