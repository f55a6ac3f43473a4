"""SymPy expressions of one variable to exact functions, or a refusal by name."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt
from typing import Any

from kan_equiv.errors import DomainError, UnsupportedExpressionError
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.ir.signs import select_by_sign
from kan_equiv.ir.univariate import IDENTITY, Atom, Univariate, linear_combination

__all__ = ["univariate_from_sympy"]

ZERO = PiecewisePolynomial.of([])
ONE = PiecewisePolynomial.of([1])


def univariate_from_sympy(expression: Any, x: Any) -> Univariate:
    """Return the exact function of a SymPy expression in the symbol ``x``.

    Accepted: rationals, polynomials over Q, Piecewise, Max, Min, Abs, sign, Heaviside
    (with its own value at 0), and exp, tanh, sin, cos, sigmoid, silu, gaussian and gelu
    of affine arguments.

    Raises:
        UnsupportedExpressionError: with the part that has no exact counterpart.
        IrrationalBreakpointError: pieces would meet at an irrational point.
        DomainError: a Piecewise does not cover all of R.
    """
    import sympy

    e = sympy.sympify(expression)
    others = e.free_symbols - {x}
    if others:
        raise UnsupportedExpressionError(
            f"only {x} may be free, got also {sorted(map(str, others))}"
        )
    return _Reader(x).read(e)


class _Reader:
    def __init__(self, x: Any) -> None:
        self.x = x

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
        if (atom := self._atom(e)) is not None:
            return atom
        if isinstance(e, sympy.Mul):
            return self._product(e)
        if isinstance(e, sympy.Pow) and e.exp.is_Integer and e.exp >= 0:
            base, out = self.pieces(e.base), ONE
            for _ in range(int(e.exp)):
                out = out * base
            return Univariate(out)
        return Univariate(self._piecewise(e))

    def pieces(self, e: Any) -> PiecewisePolynomial:
        f = self.read(e)
        if f.atoms:
            raise UnsupportedExpressionError(
                f"{e} holds {f.atoms[0][0].name} where only piecewise polynomials can "
                "stand (inside Max, Piecewise, a power or a product)"
            )
        return f.pieces

    def _product(self, e: Any) -> Univariate:
        factors = [self.read(a) for a in e.args]
        out = Univariate(ONE)
        for f in factors:
            if f.atoms and out.atoms:
                raise UnsupportedExpressionError(f"{e} multiplies transcendentals")
            if f.atoms:
                out, f = f, out
            if not out.atoms:
                out = Univariate(out.pieces * f.pieces)
            elif f.is_constant:
                out = out.scale(f.pieces.pieces[0].coefficient(0))
            else:
                raise UnsupportedExpressionError(
                    f"{e} multiplies {out.atoms[0][0].name} by a function of {self.x}"
                )
        return out

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
        if isinstance(e, sympy.Piecewise):
            return self._cases(e)
        raise UnsupportedExpressionError(
            f"{e} ({type(e).__name__}) has no exact counterpart here"
        )

    def _cases(self, e: Any) -> PiecewisePolynomial:
        total, left = ZERO, ONE
        for value, condition in e.args:
            here = left * self._truth(condition)
            total = total + self.pieces(value) * here
            left = left - here
        if left != ZERO:
            raise DomainError(f"{e} is not defined on all of R")
        return total

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

    # --- atoms ----------------------------------------------------------------

    def _atom(self, e: Any) -> Univariate | None:
        import sympy

        if isinstance(e, sympy.exp):
            argument = self.pieces(e.args[0])
            if argument.is_constant:
                raise UnsupportedExpressionError(f"{e} is an irrational constant")
            return self._named("exp", argument) or self._gaussian(e, argument)
        names = {sympy.tanh: "tanh", sympy.sin: "sin", sympy.cos: "cos"}
        for kind, name in names.items():
            if isinstance(e, kind):
                found = self._named(name, self.pieces(e.args[0]))
                if found is None:
                    raise UnsupportedExpressionError(
                        f"{e} has an argument that is not affine"
                    )
                return found
        if isinstance(e, sympy.Pow) and e.exp == -1:
            return self._sigmoid(e.base)
        if isinstance(e, sympy.Mul):
            return self._silu(e)
        return None

    def _named(self, name: str, argument: PiecewisePolynomial) -> Univariate | None:
        if argument.breakpoints or argument.degree != 1:
            return None
        p = argument.pieces[0]
        atom = Atom(name, p.coefficient(1), p.coefficient(0))
        return Univariate(ZERO, ((atom, Fraction(1)),))

    def _gaussian(self, e: Any, argument: PiecewisePolynomial) -> Univariate:
        """exp(-(a x + b)^2): the argument must be minus a rational square."""
        p = argument.pieces[0]
        a = _root(-p.coefficient(2))
        if not argument.breakpoints and p.degree == 2 and a:
            b = -p.coefficient(1) / (2 * a)
            if -p.coefficient(0) == b * b:
                return Univariate(ZERO, ((Atom("gaussian", a, b), Fraction(1)),))
        raise UnsupportedExpressionError(
            f"{e} is neither exp of an affine function nor of minus a rational square"
        )

    def _sigmoid(self, base: Any) -> Univariate:
        """1/(1 + exp(-z)) for affine z."""
        f = self.read(base)
        plain = len(f.atoms) == 1 and f.pieces == ONE
        if plain and f.atoms[0][0].name == "exp" and f.atoms[0][1] == 1:
            z = f.atoms[0][0]
            atom = Atom("sigmoid", -z.slope, -z.shift)
            return Univariate(ZERO, ((atom, Fraction(1)),))
        raise UnsupportedExpressionError(f"1/({base}) is not a polynomial in {self.x}")

    def _silu(self, e: Any) -> Univariate | None:
        """c * z * sigmoid(z): the rational factor is a multiple of the argument."""
        sigmoids = [a for a in e.args if getattr(a, "exp", None) == -1]
        if len(sigmoids) != 1:
            return None
        s = self.read(sigmoids[0]).atoms[0][0]
        rest = ONE
        for a in e.args:
            if a != sigmoids[0]:
                rest = rest * self.pieces(a)
        p = rest.pieces[0]
        c = p.coefficient(1) / s.slope
        if rest.breakpoints or p.degree != 1 or c * s.shift != p.coefficient(0):
            return None
        return Univariate(ZERO, ((Atom("silu", s.slope, s.shift), c),))


def _root(value: Fraction) -> Fraction | None:
    if value <= 0:
        return None
    n, d = isqrt(value.numerator), isqrt(value.denominator)
    exact = n * n == value.numerator and d * d == value.denominator
    return Fraction(n, d) if exact else None
