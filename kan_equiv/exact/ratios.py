"""Piecewise rational functions of one variable in partial fractions over Q.

A function whose cells are ratios of polynomials is a piecewise polynomial plus
sum n(x)/q(x)^k over distinct (q, k): q monic and irreducible over Q, n piecewise
polynomial with pieces of lower degree than q, and q without a root on the closure of
every cell where n is not 0. Cells of n are half-open, [t_j, t_{j+1}); other values at
breakpoints are isolated values of the piecewise polynomial. Partial fractions are
independent on every cell, so this form is unique and ``==`` is equality of functions.

Reference: Bronstein, "Symbolic Integration I" (2005), section 1.5.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import overload

from kan_equiv.errors import DomainError, ValidationError
from kan_equiv.exact.denominators import (
    is_irreducible,
    partial_fractions,
    root_interval,
)
from kan_equiv.exact.enclosure import Enclosure, Number
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.polynomial import Polynomial

__all__ = ["Quotient", "RatioTerm", "Ratios", "piecewise_quotients"]

ZERO = PiecewisePolynomial.of([])
ONE = Polynomial.of([1])
Quotient = tuple[Polynomial, Polynomial]


@dataclass(frozen=True, slots=True)
class RatioTerm:
    """numerator(x) / denominator(x)^power, and 0 where the numerator's piece is 0.

    Attributes:
        denominator: monic and irreducible over Q, of degree >= 1.
        power: at least 1.
        numerator: pieces of lower degree than the denominator, the right piece
            holding at each breakpoint; not zero.

    Raises:
        ValidationError: one of these does not hold.
        DomainError: the denominator has a root on a closed cell where the numerator
            is not 0; the message encloses it.
    """

    denominator: Polynomial
    power: int
    numerator: PiecewisePolynomial

    def __post_init__(self) -> None:
        q, n = self.denominator, self.numerator
        if q.degree < 1 or q.coefficients[-1] != 1 or not is_irreducible(q):
            raise ValidationError(
                "a denominator must be monic and irreducible over Q, of degree >= 1, "
                f"got denominator={q}"
            )
        if self.power < 1 or n.is_zero or n.degree >= q.degree:
            raise ValidationError(
                f"over ({q})^k stand k >= 1 and numerators of lower degree that are "
                f"not all 0, got power={self.power}, degree={n.degree}"
            )
        right = zip(n.breakpoints, n.pieces[1:], n.values, strict=True)
        if any(p(t) != v for t, p, v in right):
            raise ValidationError(
                "a numerator's right piece must hold at each breakpoint; isolated "
                "values belong to the piecewise polynomial"
            )
        for (lo, hi), piece in zip(n.cells(), n.pieces, strict=True):
            if piece:
                check_denominator(q, lo, hi)

    @property
    def breakpoints(self) -> tuple[Fraction, ...]:
        """Where the numerator changes."""
        return self.numerator.breakpoints

    @overload
    def __call__(self, x: Fraction) -> Fraction: ...
    @overload
    def __call__(self, x: Enclosure) -> Enclosure: ...
    def __call__(self, x: Number) -> Number:
        """Evaluate at an exact rational, or enclose the image of an enclosure."""
        if isinstance(x, Fraction):
            n = self.numerator(x)
            return n / self.denominator(x) ** self.power if n else n
        t, pieces = self.breakpoints, self.numerator.pieces
        if not t:
            return self._enclose(pieces[0], x)
        first, last = bisect_left(t, x.lower), bisect_right(t, x.upper)
        result = self._enclose(pieces[first], x)
        for piece in pieces[first + 1 : last + 1]:
            result = result.hull(self._enclose(piece, x))
        return result

    def _enclose(self, piece: Polynomial, x: Enclosure) -> Enclosure:
        value = piece(x)
        if piece:
            for _ in range(self.power):
                value = value / self.denominator(x)
        return value


def check_denominator(q: Polynomial, lo: Fraction | None, hi: Fraction | None) -> None:
    """Raise DomainError where q has a root on [lo, hi]; an end of None is infinite."""
    found = root_interval(q, lo, hi)
    if found is not None:
        a, b = found
        where = f"at x = {a}" if a == b else f"in [{a}, {b}]"
        left = "(-inf" if lo is None else f"[{lo}"
        right = "inf)" if hi is None else f"{hi}]"
        raise DomainError(
            f"1/({q}) is not defined on the closed cell {left}, {right}: the "
            f"denominator has a root {where}"
        )


@dataclass(frozen=True, slots=True)
class Ratios:
    """A sum of partial fractions over distinct (denominator, power), sorted.

    >>> bump = RatioTerm(Polynomial.of([1, 0, 1]), 1, PiecewisePolynomial.of([1]))
    >>> f = Ratios((bump,)) + Ratios((bump,))  # 2/(1 + x^2)
    >>> f(Fraction(3)), Ratios(())(Fraction(3))
    (Fraction(1, 5), Fraction(0, 1))
    """

    terms: tuple[RatioTerm, ...] = ()

    def __post_init__(self) -> None:
        terms = tuple(sorted(self.terms, key=_order))
        if any(_order(a) == _order(b) for a, b in pairwise(terms)):
            raise ValidationError("partial fractions must have distinct denominators")
        object.__setattr__(self, "terms", terms)

    def __bool__(self) -> bool:
        return bool(self.terms)

    @property
    def breakpoints(self) -> tuple[Fraction, ...]:
        """Where some numerator changes."""
        return tuple(sorted({t for term in self.terms for t in term.breakpoints}))

    @property
    def degree(self) -> int:
        """The degree of the common denominator of all terms."""
        powers: dict[Polynomial, int] = {}
        for term in self.terms:
            q = term.denominator
            powers[q] = max(powers.get(q, 0), term.power)
        return sum(q.degree * k for q, k in powers.items())

    @overload
    def __call__(self, x: Fraction) -> Fraction: ...
    @overload
    def __call__(self, x: Enclosure) -> Enclosure: ...
    def __call__(self, x: Number) -> Number:
        """Evaluate at an exact rational, or enclose the image of an enclosure."""
        total: Number = Fraction(0)
        for term in self.terms:
            total = total + term(x)  # type: ignore[operator]
        return total if isinstance(x, Fraction) else Enclosure.exact(0) + total

    def __add__(self, other: Ratios) -> Ratios:
        sums = {_key(term): term.numerator for term in self.terms}
        for term in other.terms:
            sums[_key(term)] = sums.get(_key(term), ZERO) + term.numerator
        return _from_numerators(sums)

    def scale(self, factor: Fraction | int) -> Ratios:
        """Return ``factor`` times this function."""
        return _from_numerators(
            {_key(term): term.numerator.scale(factor) for term in self.terms}
        )

    def compose(self, inner: PiecewisePolynomial) -> tuple[PiecewisePolynomial, Ratios]:
        """Return x -> self(inner(x)) for an inner function of pieces of degree <= 1.

        The first part holds constant cells and isolated values.
        """
        pieces, ratios = ZERO, Ratios()
        for term in self.terms:
            n = term.numerator.compose(inner)
            t, tops, _ = n.refine(inner.breakpoints)
            _, arguments, _ = inner.refine(t)
            # Outside the numerator's cells a denominator may have roots.
            quotients = [
                (p, term.denominator.compose(q).power(term.power)) if p else (p, ONE)
                for p, q in zip(tops, arguments, strict=True)
            ]
            values = [term(inner(x)) for x in t]
            more, terms = piecewise_quotients(t, quotients, values)
            pieces, ratios = pieces + more, ratios + terms
        return pieces, ratios

    def restrict(
        self, lo: Fraction | None, hi: Fraction | None
    ) -> tuple[PiecewisePolynomial, list[tuple[RatioKey, PiecewisePolynomial]]]:
        """Return what stands on [lo, hi]: isolated values, and numerators by (q, k).

        The numerators have breakpoints strictly inside only; a jump at hi becomes an
        isolated value. A point lo == hi gives a constant.
        """
        if lo is not None and lo == hi:
            return PiecewisePolynomial.of([self(lo)]), []
        points, out = ZERO, list[tuple[RatioKey, PiecewisePolynomial]]()
        for term in self.terms:
            n, t = term.numerator, term.breakpoints
            first = 0 if lo is None else bisect_right(t, lo)
            last = len(t) if hi is None else bisect_left(t, hi)
            pieces = n.pieces[first : last + 1]
            out.append((_key(term), _right(t[first:last], pieces)))
            if hi is not None and last < len(t) and t[last] == hi:
                limit = pieces[-1](hi)
                limit = limit / term.denominator(hi) ** term.power if limit else limit
                points = points + _point(hi, term(hi) - limit)
        return points, [(key, n) for key, n in out if not n.is_zero]


RatioKey = tuple[Polynomial, int]


def piecewise_quotients(
    breakpoints: Sequence[Fraction],
    quotients: Sequence[Quotient],
    values: Sequence[Fraction],
) -> tuple[PiecewisePolynomial, Ratios]:
    """Return the function that is numerator/denominator on each open cell.

    Args:
        breakpoints: strictly increasing.
        quotients: (numerator, denominator) on the cells, one more than breakpoints.
        values: the value at each breakpoint.

    Raises:
        DomainError: a denominator has a root on its closed cell, even one that the
            numerator shares.
        ValidationError: the lengths do not fit.

    >>> one, q = Polynomial.of([1]), Polynomial.of([1, 0, 1])
    >>> pieces, ratios = piecewise_quotients([], [(q + one, q)], [])  # 1 + 1/(1 + x^2)
    >>> str(pieces.pieces[0]), len(ratios.terms)
    ('1', 1)
    """
    ends = [None, *breakpoints, None]
    if len(quotients) != len(breakpoints) + 1:
        raise ValidationError(
            f"{len(breakpoints)} breakpoints need {len(breakpoints) + 1} quotients, "
            f"got {len(quotients)}"
        )
    whole: list[Polynomial] = []
    table: dict[RatioKey, dict[int, Polynomial]] = {}
    for j, ((n, d), (lo, hi)) in enumerate(zip(quotients, pairwise(ends), strict=True)):
        if not d:
            raise DomainError(f"({n})/0 stands on the cell between {lo} and {hi}")
        check_denominator(d, lo, hi)
        p, terms = partial_fractions(n, d)
        whole.append(p)
        for q, k, r in terms:
            table.setdefault((q, k), {})[j] = r
    t = tuple(breakpoints)
    nothing = Polynomial.of([])
    cells = range(len(whole))
    ratios = _from_numerators(
        {
            key: _right(t, [found.get(j, nothing) for j in cells])
            for key, found in table.items()
        }
    )
    rest = tuple(v - ratios(x) for x, v in zip(t, values, strict=True))
    return PiecewisePolynomial(t, tuple(whole), rest), ratios


def _key(term: RatioTerm) -> RatioKey:
    return term.denominator, term.power


def _order(term: RatioTerm) -> tuple[tuple[Fraction, ...], int]:
    return term.denominator.coefficients, term.power


def _right(t: Iterable[Fraction], pieces: Iterable[Polynomial]) -> PiecewisePolynomial:
    return PiecewisePolynomial.from_right_pieces(t, pieces)


def _point(t: Fraction, value: Fraction) -> PiecewisePolynomial:
    nothing = Polynomial.of([])
    return PiecewisePolynomial((t,), (nothing, nothing), (value,))


def _from_numerators(table: dict[RatioKey, PiecewisePolynomial]) -> Ratios:
    return Ratios(
        tuple(RatioTerm(q, k, n) for (q, k), n in table.items() if not n.is_zero)
    )
