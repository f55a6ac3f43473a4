"""Functions of one variable: pieces, ratios, and multiples of named atoms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from kan_equiv.errors import NotSeparableError, ValidationError
from kan_equiv.exact.enclosure import ATOM_NAMES, Enclosure, Number, atom_enclosure
from kan_equiv.exact.hashing import HashedOnce
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.rational import to_fraction
from kan_equiv.exact.ratios import Ratios

__all__ = ["IDENTITY", "Atom", "Univariate", "linear_combination"]


@dataclass(frozen=True, slots=True, order=True)
class Atom:
    """A named transcendental of an affine argument: name(slope * x + shift).

    Names: silu z/(1+e^-z), sigmoid, tanh, exp, gelu (with erf), gaussian e^(-z^2),
    sin, cos.

    >>> float(Atom("silu")(Fraction(0)))
    0.0
    """

    name: str
    slope: Fraction = Fraction(1)
    shift: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        if self.name not in ATOM_NAMES:
            raise ValidationError(
                f"atom must be one of {list(ATOM_NAMES)}, got name={self.name!r}"
            )
        if self.slope == 0:
            raise ValidationError(f"atom {self.name} needs slope != 0, got slope=0")

    def __call__(self, x: Number) -> Enclosure:
        """Enclose the value at ``x`` at the working precision."""
        return atom_enclosure(self.name, x * self.slope + self.shift)

    def reflected(self) -> tuple[Fraction, Atom, PiecewisePolynomial] | None:
        """Return (c, atom, line) with self = c * atom + line and the slope negated.

        None for exp, which has no such identity.

        >>> c, atom, line = Atom("silu", Fraction(-1)).reflected()
        >>> c, atom == Atom("silu"), str(line.pieces[0])  # silu(-x) = silu(x) - x
        (Fraction(1, 1), True, '-x')
        """
        if self.name not in _REFLECTIONS:
            return None
        c, constant, linear = _REFLECTIONS[self.name]
        slope, shift = -self.slope, -self.shift
        line = PiecewisePolynomial.of([constant + linear * shift, linear * slope])
        return Fraction(c), Atom(self.name, slope, shift), line

    def compose_affine(self, slope: Fraction, shift: Fraction) -> Atom:
        """Return x -> self(slope * x + shift) for a non-zero slope."""
        return Atom(self.name, self.slope * slope, self.slope * shift + self.shift)


# name(-z) = c name(z) + constant + linear z
_REFLECTIONS = {
    "silu": (1, 0, -1),
    "gelu": (1, 0, -1),
    "sigmoid": (-1, 1, 0),
    "tanh": (-1, 0, 0),
    "sin": (-1, 0, 0),
    "cos": (1, 0, 0),
    "gaussian": (1, 0, 0),
}


NO_RATIOS = Ratios()


@dataclass(frozen=True, slots=True)
class Univariate(HashedOnce):
    """pieces(x) + ratios(x) + sum of coefficient * atom(x), atoms distinct and sorted.

    ``==`` compares the written form: equal forms are equal functions; the converse
    holds whenever no atoms are involved.
    """

    pieces: PiecewisePolynomial
    atoms: tuple[tuple[Atom, Fraction], ...] = ()
    ratios: Ratios = NO_RATIOS

    def __post_init__(self) -> None:
        kept = tuple(sorted((a, c) for a, c in self.atoms if c))
        if len({a for a, _ in kept}) != len(kept):
            raise ValidationError("atoms of a univariate function must be distinct")
        object.__setattr__(self, "atoms", kept)

    def __hash__(self) -> int:
        return self._hash_once(self.pieces, self.atoms, self.ratios)

    @property
    def is_piecewise_polynomial(self) -> bool:
        """Whether no atom and no ratio of polynomials is involved."""
        return not self.atoms and not self.ratios

    @property
    def is_zero(self) -> bool:
        """Whether the written form is zero."""
        return self.is_piecewise_polynomial and self.pieces.is_zero

    @property
    def is_constant(self) -> bool:
        """Whether the written form is one constant."""
        return self.is_piecewise_polynomial and self.pieces.is_constant

    @property
    def breakpoints(self) -> tuple[Fraction, ...]:
        """Where the pieces or the ratios change."""
        if not self.ratios:
            return self.pieces.breakpoints
        return tuple(sorted({*self.pieces.breakpoints, *self.ratios.breakpoints}))

    def __call__(self, x: Number | int | float) -> Number:
        """Evaluate: a rational where exact, else an enclosure."""
        if isinstance(x, (int, float)):
            x = to_fraction(x, "x")
        total: Number = self.pieces(x)
        if self.ratios:
            total = total + self.ratios(x)  # type: ignore[operator]
        for atom, c in self.atoms:
            total = total + atom(x) * c  # type: ignore[operator]
        return total

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
        )

    def with_positive_slopes(self) -> Univariate:
        """Return the same function, every atom but exp with a positive slope.

        This is the written form that ``from_sympy`` gives.
        """
        terms: list[tuple[Fraction, Univariate]] = [
            (Fraction(1), Univariate(self.pieces, (), self.ratios))
        ]
        for atom, c in self.atoms:
            turned = atom.reflected() if atom.slope < 0 else None
            if turned is None:
                terms.append((c, _single(atom)))
            else:
                d, other, line = turned
                terms += [(c * d, _single(other)), (c, Univariate(line))]
        return linear_combination(terms)

    def to_sympy(self, x: Any) -> Any:
        """Return a SymPy Piecewise plus atoms in the symbol ``x``."""
        from kan_equiv.ir.to_sympy import univariate_to_sympy

        return univariate_to_sympy(self, x)

    def _repr_latex_(self) -> str:
        from kan_equiv.ir.to_sympy import univariate_latex

        return f"${univariate_latex(self)}$"

    def compose(self, inner: Univariate) -> Univariate:
        """Return x -> self(inner(x)) where that stays in the class.

        Raises:
            NotSeparableError: an atom of a non-affine inner function, a ratio of one
                with pieces of degree >= 2, or pieces cut by a function with atoms or
                ratios.
            IrrationalBreakpointError: pieces cut by a piece of degree >= 2.
        """
        if inner == IDENTITY:
            return self
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
                )
                return found + self._ratios_of(inner) if self.ratios else found
        if self.atoms:
            raise NotSeparableError(
                f"atom {self.atoms[0][0].name} of a non-affine inner function has no "
                "exact univariate form here"
            )
        if not inner.is_piecewise_polynomial:
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

    def _ratios_of(self, inner: Univariate) -> Univariate:
        points, ratios = self.ratios.compose(inner.pieces)
        return Univariate(points, (), ratios)


IDENTITY = Univariate(PiecewisePolynomial.of([0, 1]))
"""x -> x."""


def linear_combination(terms: list[tuple[Fraction, Univariate]]) -> Univariate:
    """Return sum c_k f_k in one form."""
    pieces = PiecewisePolynomial.of([])
    atoms: dict[Atom, Fraction] = {}
    ratios = NO_RATIOS
    for c, f in terms:
        if c == 1:
            pieces = pieces + f.pieces
        elif c:
            pieces = pieces + f.pieces.scale(c)
        if f.ratios and c:
            ratios = ratios + f.ratios.scale(c)
        for a, d in f.atoms:
            atoms[a] = atoms.get(a, Fraction(0)) + c * d
    return Univariate(pieces, _items(atoms), ratios)


def _single(atom: Atom) -> Univariate:
    return Univariate(PiecewisePolynomial.of([]), ((atom, Fraction(1)),))


def _items(atoms: Mapping[Atom, Fraction]) -> tuple[tuple[Atom, Fraction], ...]:
    return tuple(atoms.items())
