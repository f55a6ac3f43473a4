"""Bases: families of functions on the same knots."""

from __future__ import annotations

from hypothesis import strategies as st

from kan_equiv.exact.interval_union import IntervalUnion
from kan_equiv.ir import (
    Atom,
    AtomBasis,
    Basis,
    BSplineBasis,
    ConcatenatedBasis,
    GuardedBasis,
    LocalBasis,
    MonomialBasis,
    PiecewiseBasis,
    RationalBasis,
    TruncatedPowerBasis,
)
from kan_equiv.testing.strategies.arguments import sizes
from kan_equiv.testing.strategies.functions import (
    atoms,
    knot_vectors,
    piecewise_polynomials,
    ratios,
)
from kan_equiv.testing.strategies.numbers import rationals

__all__ = [
    "atom_bases",
    "bases",
    "bspline_bases",
    "concatenated_bases",
    "guarded_bases",
    "local_bases",
    "monomial_bases",
    "piecewise_bases",
    "rational_bases",
    "truncated_power_bases",
]


def bspline_bases(
    *, min_degree: int = 0, max_degree: int = 3, unique: bool = False
) -> st.SearchStrategy[BSplineBasis]:
    """B-splines on up to degree + 6 knots; ``unique`` leaves out repeated knots."""
    sizes("degree", min_degree, max_degree)
    return st.integers(min_degree, max_degree).flatmap(
        lambda p: st.builds(
            BSplineBasis,
            knot_vectors(min_size=p + 2, max_size=p + 6, unique=unique),
            st.just(p),
        )
    )


def local_bases(
    *, min_degree: int = 1, max_degree: int = 3
) -> st.SearchStrategy[LocalBasis]:
    """Clamped powers on distinct knots, centers anywhere inside their splines."""
    sizes("degree", min_degree, max_degree, least=1)
    return _local_bases(st.integers(min_degree, max_degree))


@st.composite
def _local_bases(draw: st.DrawFn, degrees: st.SearchStrategy[int]) -> LocalBasis:
    p = draw(degrees)
    knots = draw(knot_vectors(min_size=p + 2, max_size=p + 5, unique=True))
    size = len(knots) - p - 1
    centers = tuple(draw(st.integers(k + 1, k + p)) for k in range(size))
    return LocalBasis(knots, p, centers)


def truncated_power_bases(
    *, min_size: int = 1, max_size: int = 4, min_degree: int = 0, max_degree: int = 3
) -> st.SearchStrategy[TruncatedPowerBasis]:
    """Functions max(x - t, 0)^d of any knots and degrees, also the same twice."""
    sizes("size", min_size, max_size, least=1)
    sizes("degree", min_degree, max_degree)
    term = st.tuples(rationals(), st.integers(min_degree, max_degree))
    terms = st.lists(term, min_size=min_size, max_size=max_size)
    return terms.map(lambda t: TruncatedPowerBasis(tuple(t)))


def monomial_bases(*, max_degree: int = 3) -> st.SearchStrategy[MonomialBasis]:
    """Powers of x."""
    sizes("degree", 0, max_degree)
    degrees = st.lists(st.integers(0, max_degree), min_size=1, max_size=3)
    return degrees.map(lambda d: MonomialBasis(tuple(d)))


def piecewise_bases(
    *, max_breakpoints: int = 3, max_degree: int = 3, allow_jumps: bool = True
) -> st.SearchStrategy[PiecewiseBasis]:
    """One to three piecewise polynomials."""
    pieces = piecewise_polynomials(
        max_breakpoints=max_breakpoints, max_degree=max_degree, allow_jumps=allow_jumps
    )
    return st.lists(pieces, min_size=1, max_size=3).map(
        lambda p: PiecewiseBasis(tuple(p))
    )


def atom_bases() -> st.SearchStrategy[AtomBasis]:
    """One or two named transcendentals."""
    return st.lists(atoms(), min_size=1, max_size=2).map(lambda a: AtomBasis(tuple(a)))


@st.composite
def guarded_bases(draw: st.DrawFn) -> GuardedBasis:
    """One or two named transcendentals, each on one half-line and 0 on the other."""
    guarded: list[Atom] = []
    for atom in draw(st.lists(atoms(), min_size=1, max_size=2)):
        side = draw(st.sampled_from([IntervalUnion.above, IntervalUnion.below]))
        guarded.append(atom.guarded(side(draw(rationals()), draw(st.booleans()))))
    return GuardedBasis(tuple(guarded))


def rational_bases() -> st.SearchStrategy[RationalBasis]:
    """One or two proper ratios of polynomials without real poles."""
    return st.lists(ratios(), min_size=1, max_size=2).map(
        lambda r: RationalBasis(tuple(r))
    )


def concatenated_bases(
    *, allow_atoms: bool = False, allow_ratios: bool = False
) -> st.SearchStrategy[ConcatenatedBasis]:
    """One or two bases of other classes, one after the other."""
    parts = _single(allow_atoms, allow_ratios)
    return st.lists(parts, min_size=1, max_size=2).map(
        lambda p: ConcatenatedBasis(tuple(p))
    )


def bases(
    *, allow_atoms: bool = False, allow_ratios: bool = False
) -> st.SearchStrategy[Basis]:
    """Bases of every class, repeated knots and jumps included.

    Args:
        allow_atoms: transcendentals too, whose values are enclosures.
        allow_ratios: ratios of polynomials too.
    """
    concatenated = concatenated_bases(
        allow_atoms=allow_atoms, allow_ratios=allow_ratios
    )
    return st.one_of(_single(allow_atoms, allow_ratios), concatenated)


def _single(allow_atoms: bool, allow_ratios: bool) -> st.SearchStrategy[Basis]:
    chosen: list[st.SearchStrategy[Basis]] = [
        monomial_bases(),
        truncated_power_bases(),
        bspline_bases(),
        local_bases(),
        piecewise_bases(),
    ]
    if allow_atoms:
        chosen.append(atom_bases())
    if allow_ratios:
        chosen.append(rational_bases())
    return st.one_of(chosen)
