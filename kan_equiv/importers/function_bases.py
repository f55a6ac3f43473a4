"""Bases for any functions of one variable: which of them holds which part."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.ir.basis import (
    AtomBasis,
    Basis,
    ConcatenatedBasis,
    GuardedBasis,
    MonomialBasis,
    PiecewiseBasis,
    TruncatedPowerBasis,
)
from kan_equiv.ir.rational import RationalBasis
from kan_equiv.ir.univariate import IDENTITY, Univariate

__all__ = ["CARRIED", "Component", "basis_of", "components"]

Component: TypeAlias = tuple[str, object]
"""(kind, value): one function of a basis of that kind."""

CARRIED: Component = ("monomial", 1)
"""x -> x."""


@lru_cache(maxsize=4096)
def components(f: Univariate) -> tuple[tuple[Component, Fraction], ...]:
    """Return functions of known bases, and factors, whose sum is ``f``.

    >>> from kan_equiv.importers.pointwise import RELU
    >>> components(RELU)
    ((('power', (Fraction(0, 1), 1)), Fraction(1, 1)),)
    """
    one = Fraction(1)
    parts: list[tuple[Component, Fraction]] = [
        (("atom" if a.where.is_everywhere else "guarded", a), c) for a, c in f.atoms
    ]
    if f.ratios:
        parts.append((("ratio", f.ratios), one))
    p = f.pieces
    if parts and p.is_zero:
        return tuple(parts)
    if f.pieces == IDENTITY.pieces:
        return (((CARRIED), one), *parts)
    if len(p.breakpoints) == 1:
        (t,), degree = p.breakpoints, p.degree
        if p == PiecewisePolynomial.truncated_power(t, degree):
            return ((("power", (t, degree)), one), *parts)
    if not p.breakpoints and p.pieces[0] == Polynomial.of([0] * p.degree + [1]):
        return ((("monomial", p.degree), one), *parts)
    return ((("pieces", p), one), *parts)


_KINDS = {
    "power": TruncatedPowerBasis,
    "monomial": MonomialBasis,
    "pieces": PiecewiseBasis,
    "atom": AtomBasis,
    "guarded": GuardedBasis,
    "ratio": RationalBasis,
}


@lru_cache(maxsize=4096)
def basis_of(found: tuple[Component, ...]) -> tuple[Basis, tuple[Component, ...]]:
    """Return a basis of these functions, and them in its order, which goes by kind."""
    parts: list[Basis] = []
    order: list[Component] = []
    for kind, make in _KINDS.items():
        own = [c for c in found if c[0] == kind]
        if own:
            parts.append(make(tuple(value for _, value in own)))  # type: ignore[arg-type]
            order += own
    basis = parts[0] if len(parts) == 1 else ConcatenatedBasis(tuple(parts))
    return basis, tuple(order)
