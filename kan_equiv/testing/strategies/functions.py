"""Functions of one variable: polynomials, pieces, splines, ratios, atoms.

Everything shrinks to what is easy to read: low degree, few breakpoints, integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from kan_equiv.exact import PiecewisePolynomial, Polynomial
from kan_equiv.exact.enclosure import ATOM_NAMES, PARTIAL_ATOM_NAMES
from kan_equiv.exact.ratios import Ratios, piecewise_quotients
from kan_equiv.ir import Atom, BSplineBasis, KnotVector, Univariate
from kan_equiv.ir.univariate import linear_combination
from kan_equiv.testing.strategies.arguments import choice, sizes
from kan_equiv.testing.strategies.numbers import rationals

__all__ = [
    "atoms",
    "knot_vectors",
    "piecewise_polynomials",
    "polynomials",
    "ratios",
    "splines",
    "univariates",
]


def polynomials(
    *, min_degree: int = 0, max_degree: int = 4
) -> st.SearchStrategy[Polynomial]:
    """Polynomials over Q; with ``min_degree=0`` the zero polynomial too."""
    sizes("degree", min_degree, max_degree)
    lead = rationals().filter(bool)
    if min_degree == 0:
        return st.lists(rationals(), max_size=max_degree + 1).map(Polynomial.of)
    lower = st.lists(rationals(), min_size=min_degree, max_size=max_degree)
    return st.tuples(lower, lead).map(lambda p: Polynomial.of([*p[0], p[1]]))


def piecewise_polynomials(
    *,
    min_breakpoints: int = 0,
    max_breakpoints: int = 4,
    max_degree: int = 3,
    allow_jumps: bool = True,
) -> st.SearchStrategy[PiecewisePolynomial]:
    """Piecewise polynomials with any values at breakpoints: left, right or isolated.

    ``min_breakpoints`` counts those that are asked for; a removable one is removed.

    Args:
        min_breakpoints: at least so many cells are cut.
        max_breakpoints: at most so many.
        max_degree: of every piece.
        allow_jumps: False gives continuous functions.

    Raises:
        InvalidArgument: a size is negative or a minimum above its maximum.
    """
    sizes("breakpoints", min_breakpoints, max_breakpoints)
    sizes("degree", 0, max_degree)
    places = st.sets(rationals(), min_size=min_breakpoints, max_size=max_breakpoints)
    build = _pieces if allow_jumps else _continuous_pieces
    return build(places.map(sorted), max_degree)


@st.composite
def _pieces(
    draw: st.DrawFn, places: st.SearchStrategy[list[Fraction]], max_degree: int
) -> PiecewisePolynomial:
    t = draw(places)
    pieces = [draw(polynomials(max_degree=max_degree)) for _ in range(len(t) + 1)]
    values: list[Fraction] = []
    for j, b in enumerate(t):
        kind = draw(st.sampled_from(["left", "right", "isolated"]))
        if kind == "isolated":
            values.append(draw(rationals()))
        else:
            values.append(pieces[j + (kind == "right")](b))
    return PiecewisePolynomial(tuple(t), tuple(pieces), tuple(values))


@st.composite
def _continuous_pieces(
    draw: st.DrawFn, places: st.SearchStrategy[list[Fraction]], max_degree: int
) -> PiecewisePolynomial:
    f = PiecewisePolynomial.of(draw(polynomials(max_degree=max_degree)).coefficients)
    for t in draw(places):
        degrees = st.integers(1, max_degree) if max_degree else st.nothing()
        for d in draw(st.sets(degrees, max_size=2)) if max_degree else ():
            hinge = PiecewisePolynomial.truncated_power(t, d)
            f = f + hinge.scale(draw(rationals()))
    return f


def knot_vectors(
    *, min_size: int = 2, max_size: int = 9, unique: bool = False
) -> st.SearchStrategy[KnotVector]:
    """Non-decreasing rational knots; ``unique`` leaves out repeated ones."""
    sizes("size", min_size, max_size)
    return _knot_vectors(st.integers(min_size, max_size), unique)


@st.composite
def _knot_vectors(
    draw: st.DrawFn, size: st.SearchStrategy[int], unique: bool
) -> KnotVector:
    step = rationals(min_value=0, max_value=2, max_denominator=4)
    t = draw(rationals())
    knots: list[Fraction] = []
    for _ in range(draw(size)):
        width = draw(step)
        t += max(width, Fraction(1, 8)) if unique else width
        knots.append(t)
    return KnotVector(tuple(knots))


def splines(
    *, min_degree: int = 0, max_degree: int = 3, max_knots: int = 9
) -> st.SearchStrategy[PiecewisePolynomial]:
    """Combinations of B-splines: zero outside their knots, repeated knots included."""
    sizes("degree", min_degree, max_degree)
    if max_knots < min_degree + 2:
        raise InvalidArgument(
            f"degree {min_degree} needs max_knots >= {min_degree + 2}, got "
            f"max_knots={max_knots}"
        )
    return _splines(min_degree, min(max_degree, max_knots - 2), max_knots)


@st.composite
def _splines(
    draw: st.DrawFn, min_degree: int, max_degree: int, max_knots: int
) -> PiecewisePolynomial:
    degree = draw(st.integers(min_degree, max_degree))
    knots = draw(knot_vectors(min_size=degree + 2, max_size=max_knots))
    terms = [(draw(rationals()), f) for f in BSplineBasis(knots, degree).functions()]
    return linear_combination(terms).pieces


def atoms(*, names: Sequence[str] = ATOM_NAMES) -> st.SearchStrategy[Atom]:
    """Named functions of an affine argument, by default those defined everywhere.

    Args:
        names: which; ``log`` and ``sqrt`` have to be asked for.

    Raises:
        InvalidArgument: an unknown name, or none.
    """
    if not names:
        raise InvalidArgument("names must not be empty")
    for name in names:
        choice("names", name, (*ATOM_NAMES, *PARTIAL_ATOM_NAMES))
    slopes = rationals(min_value=-3, max_value=3).filter(bool)
    return st.builds(Atom, st.sampled_from(list(names)), slopes, rationals(max_value=3))


@st.composite
def ratios(draw: st.DrawFn, *, max_breakpoints: int = 2) -> Ratios:
    """Proper ratios of polynomials, in pieces, without poles on the real line."""
    t = sorted(draw(st.sets(rationals(), max_size=max_breakpoints)))
    cells: list[tuple[Polynomial, Polynomial]] = []
    for _ in range(len(t) + 1):
        center = draw(rationals(min_value=-3, max_value=3, max_denominator=3))
        height = draw(rationals(min_value=1, max_value=4, max_denominator=3))
        bottom = Polynomial.of([center**2 + height, -2 * center, 1])
        cells.append((draw(polynomials(max_degree=3)), bottom))
    values = [Fraction(0)] * len(t)
    return piecewise_quotients(t, cells, values)[1]


def univariates(
    *,
    min_atoms: int = 0,
    max_atoms: int = 2,
    max_breakpoints: int = 4,
    max_degree: int = 3,
    allow_ratios: bool = False,
) -> st.SearchStrategy[Univariate]:
    """Pieces plus multiples of distinct atoms, and ratios where allowed."""
    sizes("atoms", min_atoms, max_atoms)
    pieces = piecewise_polynomials(
        max_breakpoints=max_breakpoints, max_degree=max_degree
    )
    chosen = st.lists(atoms(), min_size=min_atoms, max_size=max_atoms, unique=True)
    parts = ratios() if allow_ratios else st.just(Ratios())
    return _univariates(pieces, chosen, parts)


@st.composite
def _univariates(
    draw: st.DrawFn,
    pieces: st.SearchStrategy[PiecewisePolynomial],
    chosen: st.SearchStrategy[list[Atom]],
    parts: st.SearchStrategy[Ratios],
) -> Univariate:
    f = draw(pieces)
    terms = tuple((a, draw(rationals())) for a in draw(chosen))
    return Univariate(f, terms, draw(parts))
