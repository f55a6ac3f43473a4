"""Two exact networks as one SMT-LIB 2 file: do they differ somewhere?

Every unit is one ``define-fun``, so the file is as long as the networks are large.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from kan_equiv.errors import ValidationError
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.exact.rational import to_fraction
from kan_equiv.exact.ratios import RatioTerm
from kan_equiv.ir.domain import Box
from kan_equiv.ir.linear import Composition, LinearMap
from kan_equiv.ir.maximum import Maximum
from kan_equiv.ir.network import Network
from kan_equiv.ir.product import Product
from kan_equiv.ir.stage import Affine, Bank, Stage
from kan_equiv.ir.univariate import Univariate
from kan_equiv.ir.vector_atom import VectorAtom

__all__ = ["difference_to_smtlib"]

ZERO = "0.0"


def difference_to_smtlib(
    left: Network, right: Network, domain: Box | None = None, within: object = None
) -> str:
    """Return the question whether two networks differ at a point of the domain.

    ``unsat`` means equal (or within epsilon), ``sat`` that they differ at the values of
    the constants x0, x1, ... The logic is QF_LRA where all functions are piecewise
    linear, else QF_NRA. Atoms are uninterpreted functions: then ``unsat`` means equal
    whatever they stand for, and ``sat`` means nothing.

    Args:
        left: a network.
        right: a network with as many inputs and outputs.
        domain: a box, or None for R^n.
        within: an exact number, or one per output: the difference that is tolerated.

    Raises:
        ValidationError: the shapes differ, ``within`` has another length, or log or
            sqrt is involved.
    """
    shapes = [(n.in_features, n.out_features) for n in (left, right)]
    if shapes[0] != shapes[1]:
        raise ValidationError(
            f"left maps {shapes[0][0]} inputs to {shapes[0][1]} outputs, right maps "
            f"{shapes[1][0]} to {shapes[1][1]}; only networks of one shape compare"
        )
    writer = _Writer()
    inputs = [f"x{i}" for i in range(left.in_features)]
    a = writer.word(left.stages, inputs, "l")
    b = writer.word(right.stages, inputs, "r")
    tolerances = _tolerances(within, len(a))
    ends: list[str] = []
    if domain is not None:
        for x, side in zip(inputs, domain.for_inputs(len(inputs)), strict=True):
            if side.lo is not None:
                ends.append(f"(assert (>= {x} {_number(side.lo)}))")
            if side.hi is not None:
                ends.append(f"(assert (<= {x} {_number(side.hi)}))")
    differ = [_differs(*v) for v in zip(a, b, tolerances, strict=True)]
    condition = differ[0] if len(differ) == 1 else f"(or {' '.join(differ)})"
    return "\n".join(
        [
            *_comment(left, writer.atoms, is_exact=within is None),
            f"(set-logic QF_{'UF' if writer.atoms else ''}{writer.logic})",
            *(f"(declare-fun {name} (Real) Real)" for name in sorted(writer.atoms)),
            *(f"(declare-const {x} Real)" for x in inputs),
            *ends,
            *writer.lines,
            f"(assert {condition})",
            "(check-sat)",
            "",
        ]
    )


def _comment(network: Network, atoms: Iterable[str], is_exact: bool) -> list[str]:
    shape = f"{network.in_features} inputs and {network.out_features} outputs"
    what = "are equal" if is_exact else "stay within the bounds"
    lines = [
        f"; Do two networks with {shape} differ?",
        f"; unsat: they {what} on the domain.",
        "; sat: they are not, and x0, x1, ... are a point that shows it."
        if is_exact
        else "; sat: they do not, and x0, x1, ... are a point that shows it.",
    ]
    if names := ", ".join(sorted(atoms)):
        lines[2] = f"; {names}: any functions here, not only the real ones; so unsat"
        lines.append("; holds all the same, and sat says nothing.")
    return lines


def _tolerances(within: object, outputs: int) -> list[Fraction]:
    if isinstance(within, Sequence) and not isinstance(within, str):
        found = [to_fraction(v, f"within[{o}]") for o, v in enumerate(within)]
    else:
        found = [to_fraction(0 if within is None else within, "within")] * outputs
    if len(found) != outputs or any(v < 0 for v in found):
        raise ValidationError(
            f"within must be >= 0, one number or one per output ({outputs}), got "
            f"within={within!r}"
        )
    return found


def _differs(a: str, b: str, tolerance: Fraction) -> str:
    if not tolerance:
        return f"(not (= {a} {b}))"
    e = _number(tolerance)
    return f"(or (> (- {a} {b}) {e}) (> (- {b} {a}) {e}))"


class _Writer:
    """Collects definitions; terms are names, or numerals where a unit is constant."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.atoms: set[str] = set()
        self.degree = 1

    @property
    def logic(self) -> str:
        """Linear or nonlinear real arithmetic."""
        return "NRA" if self.degree > 1 else "LRA"

    def word(self, stages: Sequence[Stage], inputs: list[str], side: str) -> list[str]:
        """Define the units of a word of stages and return its outputs."""
        terms = inputs
        for stage in stages:
            if isinstance(stage, Affine):
                terms = self._affine(stage, terms, side)
            elif isinstance(stage, Bank):
                terms = [
                    self._define(self._function(f, z), side)
                    for b, z in zip(stage.basis_of, terms, strict=True)
                    for f in stage.bases[b].functions()
                ]
            elif isinstance(stage, Product):
                self.degree = max(self.degree, stage.arity)
                terms = [
                    self._define(_product([terms[i] for i in group]), side)
                    for group in stage.groups
                ]
            elif isinstance(stage, Maximum):
                terms = [
                    self._greatest([terms[i] for i in group], side)
                    for group in stage.groups
                ]
            elif isinstance(stage, VectorAtom):
                raise ValidationError(f"{stage.name} has no translation to SMT-LIB")
            else:
                joined: list[str] = []
                for network in stage.networks:
                    part, terms = (
                        terms[: network.in_features],
                        terms[network.in_features :],
                    )
                    joined += self.word(network.stages, part, side)
                terms = joined
        return terms

    def _greatest(self, terms: Sequence[str], side: str) -> str:
        value, *others = terms
        for term in others:
            value = self._define(f"(ite (>= {value} {term}) {value} {term})", side)
        return value

    def _affine(self, stage: Affine, terms: list[str], side: str) -> list[str]:
        *before, last = _parts(stage.weight)
        for part in before:
            terms = [
                self._define(_sum(part.row(r), terms, Fraction(0)), side)
                for r in range(part.out_features)
            ]
        return [
            self._define(_sum(last.row(r), terms, bias), side)
            for r, bias in enumerate(stage.bias.fractions())
        ]

    def _define(self, term: str, side: str) -> str:
        """Return a name for a term; what is short already stays as it is."""
        if "(" not in term:
            return term
        name = f"{side}{len(self.lines)}"
        self.lines.append(f"(define-fun {name} () Real {term})")
        return name

    def _function(self, f: Univariate, z: str) -> str:
        terms: list[str] = []
        if not f.pieces.is_zero or f.is_zero:
            terms.append(_pieces(f.pieces, z))
        for term in f.ratios.terms:
            terms.append(_ratio(term, z))
            self.degree = 2
        for atom, c in f.atoms:
            if not atom.where.is_everywhere:
                raise ValidationError(
                    f"{atom.name} on a part of the line has no translation to SMT-LIB"
                )
            if atom.is_partial:
                raise ValidationError(
                    f"{atom.name} is not defined everywhere, as functions of SMT-LIB "
                    "are: it has no translation"
                )
            name = f"atom_{atom.name}"  # exp, sin ... mean something to some solvers
            self.atoms.add(name)
            inner = _sum({0: atom.slope}, [z], atom.shift)
            terms.append(_times(c, f"({name} {inner})"))
        self.degree = max(self.degree, f.pieces.degree)
        return _add(terms)


def _parts(m: LinearMap) -> tuple[LinearMap, ...]:
    if not isinstance(m, Composition):
        return (m,)
    return tuple(part for inner in m.maps for part in _parts(inner))


def _pieces(f: PiecewisePolynomial, z: str) -> str:
    """Return nested cases with closed or open ends and isolated values as they are."""
    text = _polynomial(f.pieces[-1], z)
    for j in reversed(range(len(f.breakpoints))):
        t, value = f.breakpoints[j], f.values[j]
        at, before = _number(t), _polynomial(f.pieces[j], z)
        if f.pieces[j](t) == value:
            text = f"(ite (<= {z} {at}) {before} {text})"
            continue
        if f.pieces[j + 1](t) != value:
            text = f"(ite (= {z} {at}) {_number(value)} {text})"
        text = f"(ite (< {z} {at}) {before} {text})"
    return text


def _ratio(term: RatioTerm, z: str) -> str:
    bottom = _polynomial(term.denominator, z)
    product = bottom if term.power == 1 else f"(* {' '.join([bottom] * term.power)})"
    cases = [
        f"(/ {_polynomial(p, z)} {product})" if p else ZERO
        for p in term.numerator.pieces
    ]
    text = cases[-1]
    for t, case in zip(
        reversed(term.numerator.breakpoints), reversed(cases[:-1]), strict=True
    ):
        text = f"(ite (< {z} {_number(t)}) {case} {text})"
    return text


def _polynomial(p: Polynomial, z: str) -> str:
    terms: list[str] = []
    for r, c in enumerate(p.coefficients):
        if c and r == 0:
            terms.append(_number(c))
        elif c:
            terms.append(_times(c, z if r == 1 else f"(* {' '.join([z] * r)})"))
    return _add(terms)


def _sum(row: dict[int, Fraction], terms: Sequence[str], bias: Fraction) -> str:
    listed = [_times(w, terms[c]) for c, w in row.items() if terms[c] != ZERO]
    return _add([*listed, _number(bias)] if bias else listed)


def _add(terms: Sequence[str]) -> str:
    if len(terms) > 1:
        return f"(+ {' '.join(terms)})"
    return terms[0] if terms else ZERO


def _product(terms: Sequence[str]) -> str:
    if ZERO in terms:
        return ZERO
    return f"(* {' '.join(terms)})" if len(terms) > 1 else terms[0]


def _times(c: Fraction, term: str) -> str:
    if c == 1:
        return term
    return f"(- {term})" if c == -1 else f"(* {_number(c)} {term})"


def _number(v: Fraction) -> str:
    """Return an exact literal.

    >>> _number(Fraction(-3, 2)), _number(Fraction(5))
    ('(- (/ 3.0 2.0))', '5.0')
    """
    n = f"{abs(v.numerator)}.0"
    size = n if v.denominator == 1 else f"(/ {n} {v.denominator}.0)"
    return f"(- {size})" if v < 0 else size
