"""Functions of one variable: pieces, ratios, and multiples of named atoms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from kan_equiv.errors import (
    NotSeparableError,
    UndecidedError,
    UndefinedError,
    ValidationError,
)
from kan_equiv.exact.enclosure import Number
from kan_equiv.exact.hashing import HashedOnce
from kan_equiv.exact.interval_union import EVERYWHERE, NOWHERE, IntervalUnion
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.rational import to_fraction
from kan_equiv.exact.ratios import Ratios
from kan_equiv.ir.atom import Atom, Constant, Rewriting, atom_value

__all__ = ["IDENTITY", "Atom", "Univariate", "linear_combination"]


NO_RATIOS = Ratios()


@dataclass(frozen=True, slots=True)
class Univariate(HashedOnce):
    """pieces(x) + ratios(x) + sum of coefficient * atom(x), atoms distinct and sorted.

    ``==`` compares the written form: equal forms are equal functions, and equal
    functions have equal normal forms, where they are defined.

    ``domain`` is where the function is defined: part of the domain of every atom, even
    of one with coefficient 0, and less where it came from a function that had less.

    >>> log = Univariate(PiecewisePolynomial.of([]), ((Atom("log"), Fraction(1)),))
    >>> str((log - log).domain)
    '(0, inf)'
    """

    pieces: PiecewisePolynomial
    atoms: tuple[tuple[Atom, Fraction], ...] = ()
    ratios: Ratios = NO_RATIOS
    domain: IntervalUnion = EVERYWHERE

    def __post_init__(self) -> None:
        domain = self.domain
        for a, _ in self.atoms:
            if a.is_partial:
                domain = domain & a.domain
        object.__setattr__(self, "domain", domain)
        kept = tuple(
            sorted((a, c) for a, c in self.atoms if c and not a.where.is_empty)
        )
        if len({a for a, _ in kept}) != len(kept):
            raise ValidationError("atoms of a univariate function must be distinct")
        object.__setattr__(self, "atoms", kept)

    def __hash__(self) -> int:
        return self._hash_once(self.pieces, self.atoms, self.ratios, self.domain)

    @property
    def is_piecewise_polynomial(self) -> bool:
        """Whether no atom and no ratio is involved, and it is defined everywhere."""
        return not self.atoms and not self.ratios and self.domain.is_everywhere

    @property
    def is_zero(self) -> bool:
        """Whether the written form is zero, everywhere."""
        return self.is_piecewise_polynomial and self.pieces.is_zero

    @property
    def is_constant(self) -> bool:
        """Whether the written form is one constant, everywhere."""
        return self.is_piecewise_polynomial and self.pieces.is_constant

    @property
    def breakpoints(self) -> tuple[Fraction, ...]:
        """Where the pieces, the ratios or the guards of atoms change."""
        cuts = {t for a, _ in self.atoms for t in a.where.ends}
        if not self.ratios and not cuts:
            return self.pieces.breakpoints
        return tuple(
            sorted({*self.pieces.breakpoints, *self.ratios.breakpoints, *cuts})
        )

    def __call__(self, x: Number | int | float) -> Number:
        """Evaluate: a rational where exact, else an enclosure.

        Raises:
            UndefinedError: x is not in the domain of definition.
            UndecidedError: an enclosure does not tell whether x is.
        """
        if isinstance(x, (int, float)):
            x = to_fraction(x, "x")
        if not self.domain.is_everywhere:
            self._check_defined(x)
        total: Number = self.pieces(x)
        if self.ratios:
            total = total + self.ratios(x)  # type: ignore[operator]
        for atom, c in self.atoms:
            total = total + atom(x) * c  # type: ignore[operator]
        return total

    def _check_defined(self, x: Number) -> None:
        if isinstance(x, Fraction):
            if x not in self.domain:
                raise UndefinedError(f"defined on {self.domain}, got {x=!s}")
            return
        seen = IntervalUnion.between(x.lower, x.upper)
        inside = seen & self.domain
        if inside.is_empty:
            raise UndefinedError(f"defined on {self.domain}, got {x=!s}")
        if inside != seen:
            raise UndecidedError(f"defined on {self.domain}, and more bits are needed")

    def __add__(self, other: Univariate) -> Univariate:
        return linear_combination([(Fraction(1), self), (Fraction(1), other)])

    def __sub__(self, other: Univariate) -> Univariate:
        return linear_combination([(Fraction(1), self), (Fraction(-1), other)])

    def scale(self, factor: Fraction | int) -> Univariate:
        """Return ``factor`` times this function."""
        return Univariate(
            self.pieces.scale(factor),
            tuple((a, c * factor) for a, c in self.atoms),
            self.ratios.scale(factor) if self.ratios else self.ratios,
            self.domain,
        )

    def with_positive_slopes(self) -> Univariate:
        """Return the same function, every atom but exp with a positive slope.

        This is the written form that ``from_sympy`` gives.
        """
        return self._rewritten(Atom.with_positive_slope)

    def normal_form(self) -> Univariate:
        """Return the same function in atoms that are linearly independent.

        Positive slopes but for exp, 2 sigmoid(2z) - 1 for tanh(z), and log and sqrt as
        in ``Atom.split``: two functions are equal on an interval on which they are
        defined iff their normal forms are, pieces restricted to it.
        """
        return self.with_positive_slopes()._rewritten(Atom.as_sigmoid)._split()

    def _split(self) -> Univariate:
        if not any(a.is_partial for a, _ in self.atoms):
            return self
        terms = [(Fraction(1), Univariate(self.pieces, (), self.ratios, self.domain))]
        for atom, c in self.atoms:
            constant, parts = atom.split()
            line = atom.indicator.scale(constant)
            terms.append((c, Univariate(line, tuple((a, d) for d, a in parts))))
        return linear_combination(terms)

    def _rewritten(self, rule: Callable[[Atom], Rewriting | None]) -> Univariate:
        found = [(atom, c, rule(atom)) for atom, c in self.atoms]
        if not any(rewriting for _, _, rewriting in found):
            return self
        terms = [(Fraction(1), Univariate(self.pieces, (), self.ratios, self.domain))]
        for atom, c, rewriting in found:
            d, other, line = rewriting or (Fraction(1), atom, _NOTHING)
            terms.append((c, Univariate(line, ((other, d),))))
        return linear_combination(terms)

    def value_form(self, x: Fraction) -> tuple[Fraction, dict[Constant, Fraction]]:
        """Return the value at x: a rational plus multiples of named real numbers.

        ``{("sigmoid", Fraction(2)): c}`` is c sigmoid(2). Without gelu, and without log
        beside the others, equal values have equal forms; see ``atom_value``.
        """
        rational = self.pieces(x) + self.ratios(x)
        named: dict[Constant, Fraction] = {}
        for atom, c in self.atoms:
            if x not in atom.where:
                continue
            z = atom.slope * x + atom.shift
            if atom.is_partial:
                r, terms = Atom(atom.name, Fraction(0), z).split()
                values = [(d, (a.name, a.shift)) for d, a in terms]
            else:
                r, d, key = atom_value(atom.name, z)
                values = [(d, key)]
            rational += c * r
            for d, key in values:
                named[key] = named.get(key, Fraction(0)) + c * d
        return rational, {key: c for key, c in named.items() if c}

    def to_sympy(self, x: Any) -> Any:
        """Return a SymPy Piecewise plus atoms in the symbol ``x``."""
        from kan_equiv.ir.to_sympy import univariate_to_sympy

        return univariate_to_sympy(self, x)

    def _repr_html_(self) -> str:
        from kan_equiv.ir.to_html import univariate_html

        return univariate_html(self)

    def _repr_latex_(self) -> str | None:
        from kan_equiv.ir.to_sympy import univariate_latex

        terms = [*self.pieces.pieces, *self.atoms, *self.ratios.terms]
        # Longer formulas nobody reads; notebooks then show the plot alone.
        return f"${univariate_latex(self)}$" if len(terms) <= 8 else None

    def compose(self, inner: Univariate) -> Univariate:
        """Return x -> self(inner(x)) where that stays in the class.

        Raises:
            NotSeparableError: an atom of a non-affine inner function, a ratio of one
                with pieces of degree >= 2, or pieces cut by a function with atoms or
                ratios.
            IrrationalBreakpointError: pieces cut by a piece of degree >= 2.
        """
        if inner.atoms:
            inner = inner.normal_form()
        if inner == IDENTITY:
            return self
        if inner.atoms or inner.domain.is_everywhere:
            return self._of(inner)
        total = Univariate(inner.pieces, (), inner.ratios)
        return self._of(total).restricted(inner.domain)

    def restricted(self, domain: IntervalUnion) -> Univariate:
        """Return the same function, defined on a part of the domain only."""
        if domain.is_everywhere:
            return self
        return Univariate(self.pieces, self.atoms, self.ratios, self.domain & domain)

    def guarded(self, where: IntervalUnion) -> Univariate:
        """Return what is this function on a part of the line, and 0 elsewhere.

        It need not be defined where it is 0.

        Raises:
            NotSeparableError: there are ratios of polynomials.
        """
        if self.ratios:
            raise NotSeparableError("ratios of polynomials cannot be guarded here")
        return Univariate(
            self.pieces * PiecewisePolynomial.indicator(where),
            tuple((a.guarded(where), c) for a, c in self.atoms),
            NO_RATIOS,
            self.domain | ~where,
        )

    def _of(self, inner: Univariate) -> Univariate:
        affine = (
            inner.is_piecewise_polynomial
            and not inner.pieces.breakpoints
            and inner.pieces.degree <= 1
        )
        if affine:
            p = inner.pieces.pieces[0]
            slope, shift = p.coefficient(1), p.coefficient(0)
            if slope:
                found = Univariate(
                    self.pieces.compose_affine(slope, shift),
                    tuple((a.compose_affine(slope, shift), c) for a, c in self.atoms),
                    NO_RATIOS,
                    self.domain.preimage(slope, shift),
                )
                return found + self._ratios_of(inner) if self.ratios else found
            if shift not in self.domain:
                return _NEVER
            if all(a.is_partial for a, _ in self.atoms):
                value, named = self.value_form(shift)
                constants = (
                    (Atom(name, Fraction(0), z), c) for (name, z), c in named.items()
                )
                return Univariate(PiecewisePolynomial.of([value]), tuple(constants))
        if self.atoms or not self.domain.is_everywhere:
            name = self.atoms[0][0].name if self.atoms else "what is not total"
            raise NotSeparableError(
                f"atom {name} of a non-affine inner function has no exact univariate "
                "form here"
            )
        if not inner.is_piecewise_polynomial:
            if (found := self._of_root(inner)) is not None:
                return found
            if self.ratios or self.pieces.breakpoints or self.pieces.degree > 1:
                raise NotSeparableError(
                    "pieces of an inner function with atoms or ratios have no exact "
                    "form here"
                )
            p = self.pieces.pieces[0]
            shifted = inner.scale(p.coefficient(1))
            return shifted + Univariate(PiecewisePolynomial.of([p.coefficient(0)]))
        if self.ratios and inner.pieces.degree > 1:
            raise NotSeparableError(
                "a ratio of polynomials of an inner function of degree "
                f"{inner.pieces.degree} has no exact form here"
            )
        found = Univariate(self.pieces.compose(inner.pieces))
        return found + self._ratios_of(inner) if self.ratios else found

    def _of_root(self, inner: Univariate) -> Univariate | None:
        """Return a polynomial of c sqrt(l) whose only odd power is the first one.

        (c sqrt(l))^2k = (c^2 l)^k, where sqrt(l) is defined.
        """
        if len(inner.atoms) != 1 or not inner.pieces.is_zero or inner.ratios:
            return None
        root, c = inner.atoms[0]
        if root.name != "sqrt" or self.ratios or self.pieces.breakpoints:
            return None
        if not root.where.is_everywhere:
            return None
        first, even = Fraction(0), list[Fraction]()
        for r, value in enumerate(self.pieces.pieces[0].coefficients):
            if r % 2 == 0:
                even.append(value)
            elif r == 1:
                first = value
            elif value:
                return None
        square = PiecewisePolynomial.of([c * c * root.shift, c * c * root.slope])
        powers = PiecewisePolynomial.of(even).compose(square)
        return Univariate(powers, ((root, c * first),), NO_RATIOS, inner.domain)

    def _ratios_of(self, inner: Univariate) -> Univariate:
        points, ratios = self.ratios.compose(inner.pieces)
        return Univariate(points, (), ratios)


_NOTHING = PiecewisePolynomial.of([])
_NEVER = Univariate(_NOTHING, (), NO_RATIOS, NOWHERE)
IDENTITY = Univariate(PiecewisePolynomial.of([0, 1]))
"""x -> x."""


def linear_combination(terms: list[tuple[Fraction, Univariate]]) -> Univariate:
    """Return sum c_k f_k in one form, defined where every f_k is, even for c_k = 0."""
    pieces = PiecewisePolynomial.combination([(c, f.pieces) for c, f in terms])
    atoms: dict[Atom, Fraction] = {}
    ratios, domain = NO_RATIOS, EVERYWHERE
    for c, f in terms:
        domain = domain & f.domain
        if f.ratios and c:
            ratios = ratios + f.ratios.scale(c)
        for a, d in f.atoms:
            atoms[a] = atoms.get(a, Fraction(0)) + c * d
    return Univariate(pieces, _items(atoms), ratios, domain)


def _items(atoms: Mapping[Atom, Fraction]) -> tuple[tuple[Atom, Fraction], ...]:
    return tuple(atoms.items())
