"""Piecewise polynomials over Q of one variable, with explicit values at breakpoints.

Between breakpoints t_1 < ... < t_m the function is a polynomial on each open cell
(the outer two unbounded), and at each t_j it has a value of its own, so half-open
conventions, jumps and isolated values are all exact. Construction merges cells that
need no breakpoint, so ``==`` is equality of functions on R.

References: de Boor, "A Practical Guide to Splines" (2001), ch. VII.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import overload

from kan_equiv.errors import IrrationalBreakpointError, ValidationError
from kan_equiv.exact.enclosure import Enclosure, Number
from kan_equiv.exact.hashing import HashedOnce
from kan_equiv.exact.interval_union import IntervalUnion
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.exact.rational import to_fraction

__all__ = ["Jump", "PiecewisePolynomial"]

ZERO = Polynomial(())


@dataclass(frozen=True, slots=True)
class Jump:
    """What changes at one breakpoint, as sum_r coefficients[r] (x - at)_+^r.

    ``deviation`` is the value at the breakpoint minus the limit from the right.
    """

    at: Fraction
    coefficients: tuple[Fraction, ...]
    deviation: Fraction


@dataclass(frozen=True, slots=True)
class PiecewisePolynomial(HashedOnce):
    """A piecewise polynomial in its unique form without removable breakpoints.

    Attributes:
        breakpoints: strictly increasing exact rationals.
        pieces: polynomials on the open cells, one more than breakpoints.
        values: the value at each breakpoint.

    >>> relu = PiecewisePolynomial.truncated_power(Fraction(0), 1)
    >>> absolute = relu.scale(2) + PiecewisePolynomial.of([0, -1])
    >>> absolute(Fraction(-3, 2)), absolute.is_continuous
    (Fraction(3, 2), True)
    """

    breakpoints: tuple[Fraction, ...]
    pieces: tuple[Polynomial, ...]
    values: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        t, p, v = self.breakpoints, self.pieces, self.values
        if len(p) != len(t) + 1 or len(v) != len(t):
            raise ValidationError(
                f"{len(t)} breakpoints need {len(t) + 1} pieces and {len(t)} values, "
                f"got {len(p)} and {len(v)}"
            )
        for j in range(1, len(t)):
            if t[j] <= t[j - 1]:
                raise ValidationError(
                    f"breakpoints must increase strictly, got t[{j}]={t[j]} after "
                    f"t[{j - 1}]={t[j - 1]}"
                )
        keep = [j for j in range(len(t)) if p[j] != p[j + 1] or p[j](t[j]) != v[j]]
        if len(keep) != len(t):
            object.__setattr__(self, "breakpoints", tuple(t[j] for j in keep))
            object.__setattr__(self, "pieces", (p[0], *(p[j + 1] for j in keep)))
            object.__setattr__(self, "values", tuple(v[j] for j in keep))

    def __hash__(self) -> int:
        return self._hash_once(self.breakpoints, self.pieces, self.values)

    # --- constructors ---------------------------------------------------------

    @classmethod
    def of(cls, coefficients: Iterable[object]) -> PiecewisePolynomial:
        """Return one polynomial on all of R, coefficients in ascending powers."""
        return cls((), (Polynomial.of(coefficients),), ())

    @classmethod
    def truncated_power(cls, at: Fraction, degree: int) -> PiecewisePolynomial:
        """Return max(x - at, 0)^degree; for degree 0 the indicator of x >= at."""
        right = Polynomial.of([-at, 1]).power(degree)
        return cls((at,), (ZERO, right), (Fraction(int(degree == 0)),))

    @classmethod
    def indicator(cls, where: IntervalUnion) -> PiecewisePolynomial:
        """Return 1 on a union of intervals and 0 elsewhere."""
        one = Polynomial.of([1])
        return cls(
            where.ends,
            tuple(one if held else ZERO for held in where.cells),
            tuple(Fraction(held) for held in where.points),
        )

    @classmethod
    def from_right_pieces(
        cls, breakpoints: Iterable[object], pieces: Iterable[Polynomial]
    ) -> PiecewisePolynomial:
        """Build from half-open cells [t_j, t_{j+1}): the right piece holds at t_j."""
        t = tuple(to_fraction(b, "breakpoint") for b in breakpoints)
        p = tuple(pieces)
        return cls(t, p, tuple(q(b) for q, b in zip(p[1:], t, strict=True)))

    @classmethod
    def combination(
        cls, terms: Iterable[tuple[Fraction, PiecewisePolynomial]]
    ) -> PiecewisePolynomial:
        """Return sum c f over the terms, in time linear in their breakpoints.

        >>> relu = PiecewisePolynomial.truncated_power(Fraction(0), 1)
        >>> PiecewisePolynomial.combination([(Fraction(2), relu)]) == relu + relu
        True
        """
        tail = ZERO
        steps: dict[Fraction, Polynomial] = {}
        deviations: dict[Fraction, Fraction] = {}
        for c, f in terms:
            tail = tail + f.pieces[0].scale(c)
            for t, v, (p, q) in zip(
                f.breakpoints, f.values, pairwise(f.pieces), strict=True
            ):
                steps[t] = steps.get(t, ZERO) + (q - p).scale(c)
                if deviation := v - q(t):
                    deviations[t] = deviations.get(t, Fraction(0)) + c * deviation
        cuts = sorted(steps)
        pieces = [tail]
        for t in cuts:
            pieces.append(pieces[-1] + steps[t])
        values = [
            p(t) + deviations.get(t, 0) for t, p in zip(cuts, pieces[1:], strict=True)
        ]
        return cls(tuple(cuts), tuple(pieces), tuple(values))

    # --- facts ----------------------------------------------------------------

    @property
    def degree(self) -> int:
        """Highest degree of any piece."""
        return max(p.degree for p in self.pieces)

    @property
    def is_zero(self) -> bool:
        """Whether this is the zero function."""
        return not self.breakpoints and not self.pieces[0]

    @property
    def is_constant(self) -> bool:
        """Whether this is one constant on all of R."""
        return not self.breakpoints and self.pieces[0].degree == 0

    @property
    def is_continuous(self) -> bool:
        """Whether both limits and the value agree at every breakpoint."""
        return all(
            self.pieces[j](t) == self.values[j] == self.pieces[j + 1](t)
            for j, t in enumerate(self.breakpoints)
        )

    def jumps(self) -> tuple[Jump, ...]:
        """Return the canonical form right of the left tail ``pieces[0]``.

        The function equals pieces[0](x) + sum of the jumps' truncated powers, plus
        the deviations at the breakpoints. Truncated powers at distinct knots are
        linearly independent modulo polynomials, so this form is unique.
        """
        return tuple(
            Jump(
                t,
                (self.pieces[j + 1] - self.pieces[j]).taylor(t),
                self.values[j] - self.pieces[j + 1](t),
            )
            for j, t in enumerate(self.breakpoints)
        )

    @overload
    def __call__(self, x: Fraction) -> Fraction: ...
    @overload
    def __call__(self, x: Enclosure) -> Enclosure: ...
    def __call__(self, x: Number) -> Number:
        """Evaluate at an exact rational, or enclose the image of an enclosure."""
        t = self.breakpoints
        if isinstance(x, Fraction):
            j = bisect_left(t, x)
            if j < len(t) and t[j] == x:
                return self.values[j]
            return self.pieces[j](x)
        if not t:
            return self.pieces[0](x)
        lower, upper = x.lower, x.upper
        first = bisect_left(t, lower)
        result = self.pieces[first](x)
        for j in range(first, len(t)):
            if t[j] > upper:
                break
            result = result.hull(self.values[j]).hull(self.pieces[j + 1](x))
        return result

    # --- algebra --------------------------------------------------------------

    def __add__(self, other: PiecewisePolynomial) -> PiecewisePolynomial:
        return self._zip(other, Polynomial.__add__, Fraction.__add__)

    def __sub__(self, other: PiecewisePolynomial) -> PiecewisePolynomial:
        return self._zip(other, Polynomial.__sub__, Fraction.__sub__)

    def __mul__(self, other: PiecewisePolynomial) -> PiecewisePolynomial:
        return self._zip(other, Polynomial.__mul__, Fraction.__mul__)

    def __neg__(self) -> PiecewisePolynomial:
        return self.scale(-1)

    def scale(self, factor: Fraction | int) -> PiecewisePolynomial:
        """Return ``factor`` times this function."""
        return PiecewisePolynomial(
            self.breakpoints,
            tuple(p.scale(factor) for p in self.pieces),
            tuple(v * factor for v in self.values),
        )

    def compose_affine(self, slope: Fraction, shift: Fraction) -> PiecewisePolynomial:
        """Return x -> self(slope * x + shift); a negative slope reflects."""
        if slope == 0:
            return PiecewisePolynomial.of([self(shift)])
        inner = Polynomial.of([shift, slope])
        t = tuple((b - shift) / slope for b in self.breakpoints)
        p = tuple(q.compose(inner) for q in self.pieces)
        if slope < 0:
            return PiecewisePolynomial(t[::-1], p[::-1], self.values[::-1])
        return PiecewisePolynomial(t, p, self.values)

    def compose(self, inner: PiecewisePolynomial) -> PiecewisePolynomial:
        """Return x -> self(inner(x)) for an inner function of pieces of degree <= 1.

        Raises:
            IrrationalBreakpointError: a piece of ``inner`` has degree >= 2, so that
                preimages of breakpoints need not be rational.
        """
        if inner.degree > 1 and self.breakpoints:
            raise IrrationalBreakpointError(
                f"cannot cut a piece of degree {inner.degree} at the rational "
                f"preimages of {len(self.breakpoints)} breakpoints; only pieces of "
                "degree <= 1 have rational preimages in general"
            )
        cuts = set(inner.breakpoints)
        for (lo, hi), q in zip(inner.cells(), inner.pieces, strict=True):
            slope = q.coefficient(1)
            if slope:
                for b in self.breakpoints:
                    x = (b - q.coefficient(0)) / slope
                    if (lo is None or lo < x) and (hi is None or x < hi):
                        cuts.add(x)
        t = sorted(cuts)
        pieces: list[Polynomial] = []
        for lo, hi in _cells(t):
            x = _inside(lo, hi)
            q = inner.pieces[bisect_left(inner.breakpoints, x)]
            y = q(x)
            j = bisect_left(self.breakpoints, y)
            if j < len(self.breakpoints) and self.breakpoints[j] == y:
                # Only a constant piece can sit on a breakpoint inside its cell.
                pieces.append(Polynomial.constant(self.values[j]))
            else:
                pieces.append(self.pieces[j].compose(q))
        return PiecewisePolynomial(
            tuple(t), tuple(pieces), tuple(self(inner(x)) for x in t)
        )

    def derivative(self) -> PiecewisePolynomial:
        """Return the derivative on the open cells, right limits at breakpoints."""
        return PiecewisePolynomial.from_right_pieces(
            self.breakpoints, (p.derivative() for p in self.pieces)
        )

    def refine(
        self, points: Iterable[Fraction]
    ) -> tuple[list[Fraction], list[Polynomial], list[Fraction]]:
        """Return breakpoints, pieces and values cut at extra points as well."""
        t = sorted({*self.breakpoints, *points})
        pieces = [self.pieces[0]]
        values: list[Fraction] = []
        j = 0
        for b in t:
            if j < len(self.breakpoints) and self.breakpoints[j] == b:
                values.append(self.values[j])
                j += 1
            else:
                values.append(self.pieces[j](b))
            pieces.append(self.pieces[j])
        return t, pieces, values

    def restrict(self, lo: Fraction | None, hi: Fraction | None) -> PiecewisePolynomial:
        """Return the function that agrees on [lo, hi] and is constant outside.

        Left of lo it keeps the value at lo, right of hi the value at hi; so two
        functions agree on the closed interval iff their restrictions are ``==``.
        An end that is None is infinite.
        """
        if lo is not None and hi is not None and lo > hi:
            raise ValidationError(f"interval needs lo <= hi, got {lo=}, {hi=}")
        if lo is not None and lo == hi:
            return PiecewisePolynomial.of([self(lo)])
        t, p, v = self.refine(x for x in (lo, hi) if x is not None)
        if hi is not None:
            b = t.index(hi) + 1
            t, v, p = t[:b], v[:b], [*p[:b], Polynomial.constant(self(hi))]
        if lo is not None:
            a = t.index(lo)
            t, v, p = t[a:], v[a:], [Polynomial.constant(self(lo)), *p[a + 1 :]]
        return PiecewisePolynomial(tuple(t), tuple(p), tuple(v))

    def continued(
        self, lo: Fraction | None, hi: Fraction | None
    ) -> PiecewisePolynomial:
        """Return the function that agrees on [lo, hi], its outer pieces going on.

        For lo < hi two functions agree on the closed interval iff these are ``==``;
        what differs at an end alone is an isolated value there.

        >>> relu = PiecewisePolynomial.truncated_power(Fraction(0), 1)
        >>> relu.continued(Fraction(0), Fraction(1)) == PiecewisePolynomial.of([0, 1])
        True
        """
        t, p, v = self.refine(x for x in (lo, hi) if x is not None)
        if hi is not None:
            b = t.index(hi) + 1
            t, v, p = t[:b], v[:b], [*p[:b], p[b - 1]]
        if lo is not None:
            a = t.index(lo)
            t, v, p = t[a:], v[a:], [p[a + 1], *p[a + 1 :]]
        return PiecewisePolynomial(tuple(t), tuple(p), tuple(v))

    def cells(self) -> Iterator[tuple[Fraction | None, Fraction | None]]:
        """Yield the open cells as (lo, hi), None for an unbounded side."""
        return _cells(self.breakpoints)

    def _zip(
        self,
        other: PiecewisePolynomial,
        on_pieces: Callable[[Polynomial, Polynomial], Polynomial],
        on_values: Callable[[Fraction, Fraction], Fraction],
    ) -> PiecewisePolynomial:
        t, p, v = self.refine(other.breakpoints)
        _, q, w = other.refine(self.breakpoints)
        return PiecewisePolynomial(
            tuple(t),
            tuple(on_pieces(a, b) for a, b in zip(p, q, strict=True)),
            tuple(on_values(a, b) for a, b in zip(v, w, strict=True)),
        )


def _cells(
    t: Iterable[Fraction],
) -> Iterator[tuple[Fraction | None, Fraction | None]]:
    lo: Fraction | None = None
    for hi in t:
        yield lo, hi
        lo = hi
    yield lo, None


def _inside(lo: Fraction | None, hi: Fraction | None) -> Fraction:
    if lo is None:
        return Fraction(0) if hi is None else hi - 1
    return lo + 1 if hi is None else (lo + hi) / 2
