"""Piecewise linear functions are differences of two maxima of affine pieces.

Let f have slopes that change by J_t at its breakpoints t. The breakpoints with J_t > 0
make a convex function, the others a concave one, so f = max_k l_k - max_k m_k: l starts
as the leftmost piece of f and turns up by J_t(x - t) at each t with J_t > 0, m starts
as 0 and turns up by |J_t|(x - t) at the others. A bank becomes a maxout layer: an
affine stage for all lines, maxima, and their differences; what is mixed after it stays.

Source: Goodfellow et al., "Maxout networks" (2013), section 4; Wang, "General
constructive representations for continuous piecewise-linear functions" (2004).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from kan_equiv.errors import ConversionError
from kan_equiv.exact.tensor import RationalTensor
from kan_equiv.ir.linear import BlockDiagonal, Dense
from kan_equiv.ir.maximum import Maximum
from kan_equiv.ir.stage import Affine, Bank, Stage
from kan_equiv.ir.univariate import Univariate
from kan_equiv.rules.expand_to_affine import IDENTITY_COLUMN

__all__ = ["Line", "convex_parts", "piecewise_to_maxout"]

NAME = "piecewise_to_maxout"
LEMMA = "PiecewiseToMaxout.piecewise_to_maxout"
Line = tuple[Fraction, Fraction]
"""Slope and offset of x -> slope * x + offset."""


def convex_parts(f: Univariate) -> tuple[list[Line], list[Line]]:
    """Return the lines of two maxima, of which f is the difference.

    The second list is empty where f is convex.

    Raises:
        ConversionError: f is not continuous and piecewise linear.

    >>> from kan_equiv.exact.pieces import PiecewisePolynomial
    >>> absolute = Univariate(
    ...     PiecewisePolynomial.truncated_power(Fraction(0), 1).scale(2)
    ... )
    >>> [[(int(a), int(b)) for a, b in part] for part in convex_parts(absolute)]
    [[(0, 0), (2, 0)], []]
    """
    pieces = f.pieces
    if not f.is_piecewise_polynomial or pieces.degree > 1 or not pieces.is_continuous:
        raise ConversionError(
            "maxout units are continuous and piecewise linear, and a function here is "
            "not; convert(network) to ReLU^p units instead"
        )
    first = pieces.pieces[0]
    above: list[Line] = [(first.coefficient(1), first.coefficient(0))]
    below: list[Line] = [(Fraction(0), Fraction(0))]
    for jump in pieces.jumps():
        rise = jump.coefficients[1]
        lines = above if rise > 0 else below
        slope, offset = lines[-1]
        lines.append((slope + abs(rise), offset - abs(rise) * jump.at))
    return above, below if len(below) > 1 else []


def piecewise_to_maxout(stage: Stage) -> tuple[Stage, ...] | None:
    """Rewrite a bank as affine lines, maxima of these, and differences.

    Raises:
        ConversionError: a function is not continuous and piecewise linear.
    """
    if not isinstance(stage, Bank) or stage.bases == (IDENTITY_COLUMN,):
        return None
    parts = [[convex_parts(f) for f in basis.functions()] for basis in stage.bases]
    lines = [[line for pair in p for part in pair for line in part] for p in parts]
    sizes = [[len(part) for pair in p for part in pair if part] for p in parts]
    groups: list[tuple[int, ...]] = []
    start = 0
    for size in (s for b in stage.basis_of for s in sizes[b]):
        groups.append(tuple(range(start, start + size)))
        start += size
    slopes = [_table([[a] for a, _ in part]) for part in lines]
    offsets = [c for b in stage.basis_of for _, c in lines[b]]
    return (
        Affine(
            _sum(slopes, stage.basis_of),
            RationalTensor.from_fractions(offsets, (len(offsets),), "offsets"),
        ),
        Maximum(tuple(groups), start),
        Affine.linear(_sum([_differences(p) for p in parts], stage.basis_of)),
    )


def _differences(parts: Sequence[tuple[list[Line], list[Line]]]) -> Dense:
    width = sum(1 + bool(below) for _, below in parts)
    rows: list[list[Fraction]] = []
    at = 0
    for _, below in parts:
        row = [Fraction(0)] * width
        row[at] = Fraction(1)
        if below:
            row[at + 1] = Fraction(-1)
        at += 1 + bool(below)
        rows.append(row)
    return _table(rows)


def _table(rows: list[list[Fraction]]) -> Dense:
    flat = [v for row in rows for v in row]
    return Dense.matrix(RationalTensor.from_fractions(flat, (len(rows), len(rows[0]))))


def _sum(blocks: Sequence[Dense], block_of: Sequence[int]) -> BlockDiagonal:
    """Return the direct sum, equal blocks being one object."""
    index: dict[Dense, int] = {}
    chosen = tuple(index.setdefault(blocks[b], len(index)) for b in block_of)
    return BlockDiagonal(tuple(index), chosen)
