"""Pairs of networks that look alike, and an exact point that tells them apart."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from hypothesis import assume
from hypothesis import strategies as st

from kan_equiv.exact import Enclosure, Number, RationalTensor
from kan_equiv.ir import (
    Affine,
    Bank,
    Box,
    Dense,
    Network,
    Parallel,
    TruncatedPowerBasis,
)
from kan_equiv.testing.pairs import NearMiss
from kan_equiv.testing.strategies.arguments import sizes
from kan_equiv.testing.strategies.differences import (
    DIFFERENCES,
    RATIO_DIFFERENCES,
    Maker,
    tiny,
)
from kan_equiv.testing.strategies.equivalent import rewritten, with_function
from kan_equiv.testing.strategies.kinds import KINDS, check_kinds, of_kind
from kan_equiv.testing.strategies.numbers import rationals
from kan_equiv.testing.strategies.words import spliced

__all__ = ["near_miss_pairs"]

UNITS = (
    "dropped unit",
    "swapped sign",
    "changed degree",
    "moved hyperplane",
    "turned hyperplane",
    "small weight",
    "units off in a permutation",
    "unit turned without its polynomial",
)
nonzero = rationals().filter(bool)
Point = tuple[Fraction, ...]
Change = tuple[Network, Network, list[Point], str]


def near_miss_pairs(
    *,
    kinds: Sequence[str] = KINDS,
    min_moves: int = 0,
    max_moves: int = 2,
    allow_atoms: bool = False,
    allow_ratios: bool = False,
) -> st.SearchStrategy[NearMiss]:
    """Networks that differ at a point which comes with them, confirmed exactly.

    The differences: terms down to 1e-30, a moved knot or hyperplane, a swapped sign, a
    dropped unit, another degree, units off in a permutation, a unit turned without its
    polynomial, the closed end of a cell at a jump, an isolated value, something beyond
    the outer knot only or in a tiny cell only, a ratio or its pole slightly off; in a
    residual network they are in the branch. Moves of ``equivalent_pairs`` hide it.

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
    chosen = check_kinds(kinds)
    moves = st.integers(min_moves, max_moves)
    return _near_misses(chosen, moves, allow_atoms, allow_ratios)


@st.composite
def _near_misses(
    draw: st.DrawFn,
    kinds: list[str],
    moves: st.SearchStrategy[int],
    allow_atoms: bool,
    allow_ratios: bool,
) -> NearMiss:
    kind = draw(st.sampled_from(kinds))
    base = draw(of_kind(kind, allow_atoms, allow_ratios))
    makers = (*DIFFERENCES, *RATIO_DIFFERENCES) if allow_ratios else DIFFERENCES
    units = kind == "one_hidden_layer" or (
        kind == "deep" and isinstance(base.stages[0], Affine)
    )
    if units:
        left, right, points, what = _units_changed(draw, base)
    elif kind == "residual":
        left, right, points, what = _branch_changed(draw, base, makers)
    else:
        left, right, points, what = _edge_changed(draw, base, makers)
    found = _separated(left, right, points)
    # Only what later layers may swallow, or a sum of units that happens to cancel.
    assume(found is not None)
    assert found is not None
    point, output = found
    hidden, how = rewritten(draw, right, draw(moves))
    domain = draw(st.none() | _around(point))
    return NearMiss(left, hidden, domain, (what, *how), point, output)


def _branch_changed(draw: st.DrawFn, base: Network, makers: Sequence[Maker]) -> Change:
    """Change an edge of the first branch, which sees the inputs as they are."""
    stage = base.stages[1]
    assert isinstance(stage, Parallel)
    branch, *others = stage.networks
    left, right, points, what = _edge_changed(draw, branch, makers)
    sides = [spliced(base, 1, 1, (Parallel((new, *others)),)) for new in (left, right)]
    return sides[0], sides[1], points, what


def _edge_changed(draw: st.DrawFn, base: Network, makers: Sequence[Maker]) -> Change:
    """Give both sides one more function of one input, not quite the same one."""
    bank = base.stages[0]
    assert isinstance(bank, Bank)
    n = base.in_features
    i = draw(st.integers(0, n - 1))
    knots = [abs(t) for b in bank.bases for f in b.functions() for t in f.breakpoints]
    make = draw(st.sampled_from(makers))
    found = make(draw, max(knots, default=Fraction(0)) + 8)
    weights = draw(st.lists(nonzero, min_size=3, max_size=3))
    left = with_function(base, 0, i, found.left, weights)
    right = with_function(base, 0, i, found.right, weights)
    rest = draw(st.lists(rationals(), min_size=n, max_size=n))
    point = (*rest[:i], found.at, *rest[i + 1 :])
    return left, right, [point], make.__name__.replace("_", " ")


def _units_changed(draw: st.DrawFn, base: Network) -> Change:
    """Give both sides two more ReLU^p units, not quite the same ones."""
    what = draw(st.sampled_from(UNITS))
    n = base.in_features
    row = draw(st.lists(rationals(), min_size=n, max_size=n))
    j = draw(st.integers(0, n - 1))
    row[j] = draw(nonzero)
    other = draw(st.lists(rationals(), min_size=n, max_size=n))
    b, c = draw(rationals()), draw(rationals())
    p, q = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    v, w = draw(nonzero), draw(rationals())
    by = draw(tiny())
    first, second = (row, b, p, v), (other, c, q, w)
    changed = {
        "dropped unit": [(row, b, p, Fraction(0)), second],
        "swapped sign": [(row, b, p, -v), second],
        "changed degree": [(row, b, p + 1, v), second],
        "moved hyperplane": [(row, b + by, p, v), second],
        "turned hyperplane": [
            ([x + by * (k == j) for k, x in enumerate(row)], b, p, v),
            second,
        ],
        "small weight": [(row, b, p, v + by), second],
        "units off in a permutation": [(row, b, p, w), (other, c, q, v)],
        "unit turned without its polynomial": [
            ([-x for x in row], -b, p, -((-1) ** p) * v),
            second,
        ],
    }[what]
    left, right = _with_units(base, [first, second]), _with_units(base, changed)
    points: list[Point] = []
    for value in (1, 2, 3):  # of the first unit's argument
        for _ in range(2):
            x = draw(st.lists(rationals(), min_size=n, max_size=n))
            others = sum((row[k] * x[k] for k in range(n) if k != j), Fraction(0))
            x[j] = (value - b - others) / row[j]
            points.append(tuple(x))
    return left, right, points, what


Unit = tuple[list[Fraction], Fraction, int, Fraction]


def _with_units(base: Network, units: list[Unit]) -> Network:
    """Return Linear, ReLU^p, Linear with more units: row, bias, p, outgoing weight."""
    feed, bank, out = base.stages[:3]
    assert isinstance(feed, Affine)
    assert isinstance(bank, Bank)
    assert isinstance(out, Affine)
    n = base.in_features
    rows = [feed.weight.row(r) for r in range(feed.out_features)]
    flat = [row.get(c, Fraction(0)) for row in rows for c in range(n)]
    flat += [x for row, _, _, _ in units for x in row]
    bias = [*feed.bias.fractions(), *(b for _, b, _, _ in units)]
    bases = [bank.basis(i) for i in range(bank.in_features)]
    bases += [TruncatedPowerBasis(((Fraction(0), p),)) for _, _, p, _ in units]
    weights: list[Fraction] = []
    for r in range(out.out_features):
        line = out.weight.row(r)
        weights += [line.get(c, Fraction(0)) for c in range(out.in_features)]
        weights += [v for _, _, _, v in units]
    stages = (
        Affine(_dense(flat, n), RationalTensor.from_fractions(bias, (len(bias),))),
        Bank.of(bases),
        Affine(_dense(weights, len(bases)), out.bias),
    )
    return Network(n, (*stages, *base.stages[3:]))


def _dense(flat: list[Fraction], n: int) -> Dense:
    return Dense.matrix(RationalTensor.from_fractions(flat, (len(flat) // n, n)))


def _separated(
    left: Network, right: Network, points: list[Point]
) -> tuple[Point, int] | None:
    """Return the first point, and an output, where exact evaluation differs."""
    for point in points:
        a, b = left(point, 512), right(point, 512)
        for o, (u, v) in enumerate(zip(a, b, strict=True)):
            if _differ(u, v):
                return point, o
    return None


def _differ(u: Number, v: Number) -> bool:
    if isinstance(u, Enclosure):
        return not u.overlaps(v)
    return not v.overlaps(u) if isinstance(v, Enclosure) else u != v


@st.composite
def _around(draw: st.DrawFn, point: Point) -> Box:
    """Draw a box that holds the point, perhaps on its boundary; some ends infinite."""
    step = rationals(min_value=0, max_value=4, max_denominator=4)
    pairs: list[tuple[Fraction | None, Fraction | None]] = []
    for x in point:
        lo, hi = x - draw(step), x + draw(step)
        ends = [(lo, hi), (lo, hi), (lo, None), (None, hi)]
        pairs.append(draw(st.sampled_from(ends)))
    return Box(pairs)
