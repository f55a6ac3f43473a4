"""Ways to write the functions of one basis by other functions: old = M new + constants.

Each move takes ``draw`` and a basis, and returns a change of basis that holds on all of
R, or None where it does not apply.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeAlias

from hypothesis import strategies as st

from kan_equiv.exact import PiecewisePolynomial, Polynomial
from kan_equiv.ir import (
    AtomBasis,
    Basis,
    BSplineBasis,
    ConcatenatedBasis,
    KnotVector,
    MonomialBasis,
    PiecewiseBasis,
    RationalBasis,
    TruncatedPowerBasis,
)
from kan_equiv.rules.change_of_basis import (
    ChangeOfBasis,
    concatenated,
    from_rows,
    identity_change,
)
from kan_equiv.testing.strategies.families import bases
from kan_equiv.testing.strategies.functions import piecewise_polynomials, ratios
from kan_equiv.testing.strategies.numbers import rationals

__all__ = ["BASIS_MOVES", "change_parts"]

BasisMove: TypeAlias = Callable[[st.DrawFn, Basis], ChangeOfBasis | None]
Row: TypeAlias = dict[int, Fraction]
ONE = Fraction(1)


def change_parts(draw: st.DrawFn, move: BasisMove, basis: Basis) -> ChangeOfBasis:
    """Apply a move to every part of a concatenated basis, where it applies."""
    return concatenated(basis, lambda part: move(draw, part) or identity_change(part))


def functions_permuted(draw: st.DrawFn, basis: Basis) -> ChangeOfBasis | None:
    """The same functions in another order."""
    order = draw(st.permutations(range(len(basis))))
    new: Basis
    if isinstance(basis, TruncatedPowerBasis):
        new = TruncatedPowerBasis(tuple(basis.terms[k] for k in order))
    elif isinstance(basis, MonomialBasis):
        new = MonomialBasis(tuple(basis.degrees[k] for k in order))
    elif isinstance(basis, PiecewiseBasis):
        new = PiecewiseBasis(tuple(basis.pieces[k] for k in order))
    elif isinstance(basis, AtomBasis):
        new = AtomBasis(tuple(basis.atoms[k] for k in order))
    elif isinstance(basis, RationalBasis):
        new = RationalBasis(tuple(basis.ratios[k] for k in order))
    else:
        return None
    return _change(new, [{order.index(k): ONE} for k in range(len(basis))])


def functions_split(draw: st.DrawFn, basis: Basis) -> ChangeOfBasis | None:
    """Every function twice, with coefficients that add up."""
    part, n = draw(rationals()), len(basis)
    rows = [{k: part, n + k: 1 - part} for k in range(n)]
    return _change(ConcatenatedBasis((basis, basis)), rows)


def dead_functions_added(draw: st.DrawFn, basis: Basis) -> ChangeOfBasis | None:
    """More functions, with coefficient zero."""
    new = ConcatenatedBasis((basis, draw(bases())))
    return _change(new, [{k: ONE} for k in range(len(basis))])


def knots_inserted(draw: st.DrawFn, basis: Basis) -> ChangeOfBasis | None:
    """B-splines on a finer knot vector.

    Source: Boehm (1980): N_j = a_j N'_j + (1 - a_{j+1}) N'_{j+1} with a_j = 1 where
    t_{j+p} <= u, 0 where u <= t_j, else (u - t_j) / (t_{j+p} - t_j).
    """
    if not isinstance(basis, BSplineBasis):
        return None
    t, p = basis.knots.knots, basis.degree
    if t[0] == t[-1]:
        return None
    part = draw(rationals(min_value="1/12", max_value="11/12"))
    u = t[0] + (t[-1] - t[0]) * part
    if t.count(u) >= max(p, 1):
        return None

    def share(j: int) -> Fraction:
        if t[j + p] <= u:
            return ONE
        return Fraction(0) if u <= t[j] else (u - t[j]) / (t[j + p] - t[j])

    new = BSplineBasis(KnotVector(tuple(sorted([*t, u]))), p)
    rows = [{k: share(k), k + 1: 1 - share(k + 1)} for k in range(len(basis))]
    return _change(new, rows)


def cells_split(draw: st.DrawFn, basis: Basis) -> ChangeOfBasis | None:
    """f as its part left of a point plus its part from there on."""
    pieces = _pieces(basis)
    if pieces is None:
        return None
    t = draw(rationals())
    right = PiecewisePolynomial.truncated_power(t, 0)
    parts = [g for f in pieces for g in (f - f * right, f * right)]
    return _change(
        PiecewiseBasis(tuple(parts)),
        [{2 * k: ONE, 2 * k + 1: ONE} for k in range(len(pieces))],
    )


def functions_added(draw: st.DrawFn, basis: Basis) -> ChangeOfBasis | None:
    """f as (f + g) - g."""
    pieces = _pieces(basis)
    if pieces is None:
        return None
    g = draw(piecewise_polynomials(max_breakpoints=2, max_degree=2))
    n = len(pieces)
    return _change(
        PiecewiseBasis((*(f + g for f in pieces), g)),
        [{k: ONE, n: -ONE} for k in range(n)],
    )


def ratios_added(draw: st.DrawFn, basis: Basis) -> ChangeOfBasis | None:
    """A ratio r as (r + s) - s."""
    if not isinstance(basis, RationalBasis):
        return None
    s, n = draw(ratios()), len(basis)
    new = RationalBasis((*(r + s for r in basis.ratios), s))
    return _change(new, [{k: ONE, n: -ONE} for k in range(n)])


def functions_scaled_and_shifted(draw: st.DrawFn, basis: Basis) -> ChangeOfBasis | None:
    """f as (a f + c)/a - c/a."""
    pieces = _pieces(basis)
    if pieces is None:
        return None
    a, c = draw(rationals().filter(bool)), draw(rationals())
    constant = PiecewisePolynomial.of([c])
    new = PiecewiseBasis(tuple(f.scale(a) + constant for f in pieces))
    rows: list[Row] = [{k: 1 / a} for k in range(len(pieces))]
    return from_rows(new, rows, [-c / a] * len(pieces))


def jumps_written_out(_: st.DrawFn, basis: Basis) -> ChangeOfBasis | None:
    """f as its left tail, a truncated power for every jump, and its isolated values."""
    pieces = _pieces(basis)
    if pieces is None:
        return None
    parts: list[Basis] = [
        MonomialBasis(tuple(range(max(f.degree for f in pieces) + 1)))
    ]
    rows: list[Row] = [dict(enumerate(f.pieces[0].coefficients)) for f in pieces]
    width = len(parts[0])
    for row, f in zip(rows, pieces, strict=True):
        for jump in f.jumps():
            terms = [(jump.at, r) for r, c in enumerate(jump.coefficients) if c]
            if terms:
                parts.append(TruncatedPowerBasis(tuple(terms)))
                row |= {
                    width + k: jump.coefficients[r] for k, (_, r) in enumerate(terms)
                }
                width += len(terms)
            if jump.deviation:
                parts.append(PiecewiseBasis((_point(jump.at),)))
                row[width] = jump.deviation
                width += 1
    return _change(ConcatenatedBasis(tuple(parts)), rows)


def hinges_turned(_: st.DrawFn, basis: Basis) -> ChangeOfBasis | None:
    """(x - t)_+^d as (x - t)^d - (-1)^d (t - x)_+^d, for d >= 1."""
    if not isinstance(basis, TruncatedPowerBasis) or any(d < 1 for _, d in basis.terms):
        return None
    top = max(d for _, d in basis.terms)
    turned: list[PiecewisePolynomial] = []
    rows: list[Row] = []
    for k, (t, d) in enumerate(basis.terms):
        mirrored = PiecewisePolynomial.truncated_power(-t, d)
        turned.append(mirrored.compose_affine(Fraction(-1), Fraction(0)))
        power = Polynomial.of([-t, 1]).power(d)
        sign = Fraction(-((-1) ** d))
        rows.append({k: sign})
        n = len(basis)
        rows[-1] |= {n + r: c for r, c in enumerate(power.coefficients)}
    powers = MonomialBasis(tuple(range(top + 1)))
    return _change(ConcatenatedBasis((PiecewiseBasis(tuple(turned)), powers)), rows)


def atoms_reflected(_: st.DrawFn, basis: Basis) -> ChangeOfBasis | None:
    """name(-z) by its identity, for instance silu(-z) = silu(z) - z."""
    if not isinstance(basis, AtomBasis):
        return None
    found = [a.reflected() for a in basis.atoms]
    if None in found:
        return None
    turned = [f for f in found if f is not None]
    n = len(turned)
    rows: list[Row] = []
    for k, (c, _atom, line) in enumerate(turned):
        p = line.pieces[0]
        rows.append({k: c, n: p.coefficient(0), n + 1: p.coefficient(1)})
    new = AtomBasis(tuple(a for _, a, _ in turned))
    return _change(ConcatenatedBasis((new, MonomialBasis((0, 1)))), rows)


BASIS_MOVES: tuple[BasisMove, ...] = (
    functions_permuted,
    functions_split,
    dead_functions_added,
    knots_inserted,
    cells_split,
    functions_added,
    ratios_added,
    functions_scaled_and_shifted,
    jumps_written_out,
    hinges_turned,
    atoms_reflected,
)


def _change(basis: Basis, rows: Sequence[Row]) -> ChangeOfBasis:
    return from_rows(basis, list(rows), [Fraction(0)] * len(rows))


def _pieces(basis: Basis) -> list[PiecewisePolynomial] | None:
    functions = basis.functions()
    if not all(f.is_piecewise_polynomial for f in functions):
        return None
    return [f.pieces for f in functions]


def _point(t: Fraction) -> PiecewisePolynomial:
    zero = Polynomial(())
    return PiecewisePolynomial((t,), (zero, zero), (ONE,))
