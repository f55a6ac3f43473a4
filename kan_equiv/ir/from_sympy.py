"""SymPy expressions of one variable to exact functions, or a refusal by name."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from kan_equiv.errors import (
    DomainError,
    NotSeparableError,
    SizeLimitError,
    UnsupportedExpressionError,
)
from kan_equiv.exact.interval_union import NOWHERE, IntervalUnion
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.ir.atom_patterns import (
    ErfLine,
    erf_line,
    named_atom,
    reciprocal,
    root,
    times_erf_line,
    times_line,
    times_root,
)
from kan_equiv.ir.domain import Interval
from kan_equiv.ir.quotients import has_denominator, read_quotients
from kan_equiv.ir.signs import select_by_sign
from kan_equiv.ir.univariate import IDENTITY, Univariate, linear_combination

__all__ = ["check_symbol", "univariate_from_sympy"]

ZERO = PiecewisePolynomial.of([])
ONE = PiecewisePolynomial.of([1])
DEGREE_LIMIT = 1000
WHOLE = Interval(None, None)
NEVER = Univariate(ZERO).restricted(NOWHERE)


def univariate_from_sympy(
    expression: Any, x: Any, domain: Interval = WHOLE
) -> Univariate:
    """Return the exact function of a SymPy expression in the symbol ``x``.

    Denominators may have roots outside of the ``domain``; there the function is
    continued somehow, and nothing is meant by it.

    Accepted: rationals, polynomials over Q, Piecewise, Max, Min, Abs, sign, Heaviside
    (with its own value at 0), ratios of these whose denominators have no real root
    where they stand, and rational multiples of exp, tanh, sin, cos, sigmoid
    1/(1+exp(-z)), silu z/(1+exp(-z)), gaussian exp(-z^2) and gelu z(1+erf(z/sqrt(2)))/2
    of affine arguments z; affine functions times sigmoid or tanh; log and sqrt of
    affine arguments and of rationals. What stands in a Piecewise has to be defined only
    where it stands. Log and sqrt are defined where the argument is positive,
    or not negative, and so is what they are part of: also with a factor 0, and where
    they cancel (but SymPy writes log(x) - log(x) as 0 before we see it).

    Raises:
        UnsupportedExpressionError: with the part that has no exact counterpart, or
            ``x`` is no symbol that ranges over all real numbers.
        IrrationalBreakpointError: pieces would meet at an irrational point.
        DomainError: a Piecewise does not cover all of R, or a denominator has a root
            on the closed cell where it stands; the message encloses it.
        SizeLimitError: a power of degree above 1000.
    """
    import sympy

    if isinstance(expression, str):
        # sympify would run it as Python code.
        raise UnsupportedExpressionError(
            f"a SymPy expression is needed, got the text {expression!r}"
        )
    check_symbol(x)
    e = sympy.sympify(expression)
    others = e.free_symbols - {x}
    if others:
        same = " (other assumptions make another symbol)" * any(
            str(s) == str(x) for s in others
        )
        raise UnsupportedExpressionError(
            f"only {x} may be free, got also {sorted(map(str, others))}{same}"
        )
    return _Reader(x, domain).read(e).with_positive_slopes()


def check_symbol(x: Any) -> None:
    """Refuse what is no symbol, or one that does not range over all real numbers.

    Raises:
        UnsupportedExpressionError: it says why.
    """
    import sympy

    if not isinstance(x, sympy.Symbol):
        raise UnsupportedExpressionError(f"x must be a Symbol, got x={x!r}")
    # SymPy has already used narrower assumptions: Max(x, 0) is x for a positive x.
    real = sympy.Symbol("x", real=True).assumptions0
    narrow = {k: v for k, v in x.assumptions0.items() if real.get(k) is not v}
    if narrow:
        raise UnsupportedExpressionError(
            f"{x} must range over all real numbers, but its assumptions say otherwise "
            f"({', '.join(k for k, v in narrow.items() if v)}); use "
            f"Symbol({str(x)!r}, real=True)"
        )


class _Reader:
    def __init__(self, x: Any, domain: Interval) -> None:
        self.x, self.domain = x, domain

    def read(self, e: Any) -> Univariate:
        import sympy

        if e == self.x:
            return IDENTITY
        if isinstance(e, sympy.Rational):
            return Univariate(PiecewisePolynomial.of([Fraction(int(e.p), int(e.q))]))
        if isinstance(e, sympy.Float):
            raise UnsupportedExpressionError(
                f"{e} is a rounded decimal; write it as a Rational"
            )
        if isinstance(e, sympy.Add):
            return linear_combination([(Fraction(1), self.read(a)) for a in e.args])
        if has_denominator(e, self.x):
            found = read_quotients(e, self.x, self.pieces, self._indicators)
            return found.restrict(self.domain.lo, self.domain.hi).to_univariate()
        if isinstance(e, sympy.Mul):
            return self._product(e)
        if isinstance(e, (sympy.exp, sympy.tanh, sympy.sin, sympy.cos, sympy.log)):
            return named_atom(e, self.pieces(e.args[0]))
        if isinstance(e, sympy.Pow) and e.exp == sympy.Rational(1, 2):
            return root(e, self.pieces(e.base))
        if isinstance(e, sympy.Piecewise):
            return self._cases(e)
        if isinstance(e, sympy.Pow) and e.exp == -1:
            return reciprocal(e, self.read(e.base))
        if isinstance(e, sympy.Pow) and e.exp.is_Integer and e.exp >= 0:
            inner, exponent = self.read(e.base), int(e.exp)
            if not inner.domain.is_everywhere:
                return self._power(e, inner, exponent)
            base = self._plain(inner, e.base)
            if base.degree * exponent > DEGREE_LIMIT:
                raise SizeLimitError(
                    f"{e} has degree {base.degree * exponent}, the limit is "
                    f"{DEGREE_LIMIT}"
                )
            out = ONE
            for _ in range(exponent):
                out = out * base
            return Univariate(out)
        return Univariate(self._piecewise(e))

    def _power(self, e: Any, inner: Univariate, exponent: int) -> Univariate:
        """An even power of a root, which is defined where the root is."""
        power = Univariate(PiecewisePolynomial.of([0] * exponent + [1]))
        try:
            return power.compose(inner)
        except NotSeparableError as error:
            raise UnsupportedExpressionError(f"{e} has no exact form here") from error

    def pieces(self, e: Any) -> PiecewisePolynomial:
        return self._plain(self.read(e), e)

    def _plain(self, f: Univariate, e: Any) -> PiecewisePolynomial:
        if not f.is_piecewise_polynomial:
            name = "a ratio of polynomials" if f.ratios else "a partial function"
            name = f.atoms[0][0].name if f.atoms else name
            raise UnsupportedExpressionError(
                f"{e} holds {name} where only piecewise polynomials can "
                "stand (inside Max, Piecewise, a power or a product)"
            )
        return f.pieces

    def _product(self, e: Any) -> Univariate:
        """A product of pieces and at most one sum of transcendentals, or of roots."""
        import sympy

        rest, others = ONE, list[Univariate | ErfLine]()
        for a in e.args:
            line = erf_line(a, self.x, self.pieces) if a.has(sympy.erf) else None
            f = line or self.read(a)
            if isinstance(f, Univariate) and f.is_piecewise_polynomial:
                rest = rest * f.pieces
            else:
                others.append(f)
        if not others:
            return Univariate(rest)
        is_number = rest.is_constant or rest.is_zero
        c = rest.pieces[0].coefficient(0)
        first = others[0]
        if len(others) > 1:
            found = times_root(others)
            if found is None or not is_number:
                raise UnsupportedExpressionError(f"{e} multiplies transcendentals")
            return found.scale(c)
        if not isinstance(first, Univariate):
            found = times_erf_line(rest, first)
        elif is_number:
            found = first.scale(c)
        else:
            found = times_line(rest, first)
        if found is None:
            raise UnsupportedExpressionError(
                f"{e} multiplies a transcendental by a function of {self.x}; only "
                "sigmoid and tanh may be multiplied by an affine function, and 1 + "
                "erf(z/sqrt(2)) by multiples of z"
            )
        return found

    # --- pieces ---------------------------------------------------------------

    def _piecewise(self, e: Any) -> PiecewisePolynomial:
        import sympy

        if isinstance(e, (sympy.Max, sympy.Min)):
            parts = [self.pieces(a) for a in e.args]
            out = parts[0]
            for f in parts[1:]:
                low, high = (f, out) if isinstance(e, sympy.Max) else (out, f)
                out = select_by_sign(out - f, low, out, high)
            return out
        if isinstance(e, sympy.Abs):
            f = self.pieces(e.args[0])
            return select_by_sign(f, -f, f, f)
        if isinstance(e, sympy.sign):
            return select_by_sign(self.pieces(e.args[0]), -ONE, ZERO, ONE)
        if isinstance(e, sympy.Heaviside):
            at_zero = self.pieces(e.args[1])
            return select_by_sign(self.pieces(e.args[0]), ZERO, at_zero, ONE)
        raise UnsupportedExpressionError(
            f"{e} ({type(e).__name__}) has no exact counterpart here"
        )

    def _cases(self, e: Any) -> Univariate:
        """A value counts, and has to be defined, where it stands; nan is nowhere."""
        import sympy

        parts: list[tuple[Fraction, Univariate]] = []
        for value, here in self._indicators(e):
            where = IntervalUnion(
                here.breakpoints,
                tuple(p == ONE.pieces[0] for p in here.pieces),
                tuple(v == 1 for v in here.values),
            )
            f = NEVER if value is sympy.nan else self.read(value)
            if f.ratios:
                self._plain(f, value)
            parts.append((Fraction(1), f.guarded(where)))
        return linear_combination(parts)

    def _indicators(self, e: Any) -> list[tuple[Any, PiecewisePolynomial]]:
        """Return the values of a Piecewise, and where each of them stands."""
        cases: list[tuple[Any, PiecewisePolynomial]] = []
        left = ONE
        for value, condition in e.args:
            here = left * self._truth(condition)
            if not here.is_zero:
                cases.append((value, here))
                left = left - here
        if not left.is_zero:
            raise DomainError(f"{e} is not defined on all of R")
        return cases

    def _truth(self, c: Any) -> PiecewisePolynomial:
        """Return the indicator of a condition."""
        import sympy

        if c in (sympy.true, sympy.false):
            return ONE if c == sympy.true else ZERO
        if isinstance(c, (sympy.And, sympy.Or)):
            out = self._truth(c.args[0])
            for a in c.args[1:]:
                f = self._truth(a)
                out = out * f if isinstance(c, sympy.And) else out + f - out * f
            return out
        if isinstance(c, sympy.Not):
            return ONE - self._truth(c.args[0])
        table = {
            sympy.StrictLessThan: (ONE, ZERO, ZERO),
            sympy.LessThan: (ONE, ONE, ZERO),
            sympy.StrictGreaterThan: (ZERO, ZERO, ONE),
            sympy.GreaterThan: (ZERO, ONE, ONE),
            sympy.Equality: (ZERO, ONE, ZERO),
            sympy.Unequality: (ONE, ZERO, ONE),
        }
        for kind, signs in table.items():
            if isinstance(c, kind):
                return select_by_sign(self.pieces(c.lhs) - self.pieces(c.rhs), *signs)
        raise UnsupportedExpressionError(f"condition {c} is no comparison in {self.x}")
