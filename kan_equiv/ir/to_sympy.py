"""Exact functions, layers and networks as SymPy expressions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from kan_equiv.errors import SizeLimitError, ValidationError
from kan_equiv.exact.interval_union import IntervalUnion
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.exact.ratios import RatioTerm
from kan_equiv.ir.maximum import Maximum
from kan_equiv.ir.network import Network
from kan_equiv.ir.product import Product
from kan_equiv.ir.separable import SeparableForm, separate
from kan_equiv.ir.univariate import Univariate

__all__ = ["network_to_sympy", "univariate_latex", "univariate_to_sympy"]

DEFAULT_LIMIT = 2000


def univariate_to_sympy(f: Univariate, x: Any) -> Any:
    """Return a Piecewise plus atoms that agrees with f everywhere, breakpoints too.

    Args:
        f: an exact function.
        x: a symbol, or any expression to stand for the input.
    """
    import sympy

    t, pieces = f.pieces.breakpoints, f.pieces.pieces
    cases: list[Any] = []
    for j, at in enumerate(t):
        point, value = _rational(at), f.pieces.values[j]
        left = _polynomial(pieces[j], x)
        if pieces[j](at) == value:
            cases.append((left, x <= point))
        else:
            cases.append((left, x < point))
            if pieces[j + 1](at) != value:
                cases.append((_rational(value), sympy.Eq(x, point)))
    last = _polynomial(pieces[-1], x)
    whole = sympy.Piecewise(*cases, (last, True)) if cases else last
    for atom, c in f.atoms:
        z = _rational(atom.slope) * x + _rational(atom.shift)
        part = _rational(c) * _atom(atom.name, z)
        if not atom.where.is_everywhere:
            part = _guarded(part, atom.where, x, sympy.Integer(0))
        whole = whole + part
    whole = sum((_ratio(term, x) for term in f.ratios.terms), whole)
    held = Univariate(f.pieces, f.atoms, f.ratios).domain
    return whole if held == f.domain else _guarded(whole, f.domain, x, sympy.nan)


def _guarded(whole: Any, domain: IntervalUnion, x: Any, other: Any) -> Any:
    """Return what is one expression on a domain, and another one elsewhere."""
    import sympy

    parts: list[Any] = []
    for lo, hi in domain.intervals():
        left = sympy.true if lo is None else _rational(lo) < x
        right = sympy.true if hi is None else x < _rational(hi)
        parts.append(sympy.And(left, right))
    parts += [sympy.Eq(x, _rational(t)) for t in domain.ends if t in domain]
    return sympy.Piecewise((whole, sympy.Or(*parts)), (other, True))


def _ratio(term: RatioTerm, x: Any) -> Any:
    import sympy

    bottom = _polynomial(term.denominator, x) ** term.power
    tops = [_polynomial(p, x) / bottom for p in term.numerator.pieces]
    cases = [
        (top, x < _rational(t)) for top, t in zip(tops, term.breakpoints, strict=False)
    ]
    return sympy.Piecewise(*cases, (tops[-1], True)) if cases else tops[0]


def univariate_latex(f: Univariate, symbol: str = "x") -> str:
    r"""Return the LaTeX of f, without dollar signs.

    >>> from kan_equiv.exact import PiecewisePolynomial
    >>> univariate_latex(Univariate(PiecewisePolynomial.of([0, "1/2"])))
    '\\frac{x}{2}'
    """
    import sympy

    return str(sympy.latex(univariate_to_sympy(f, sympy.Symbol(symbol, real=True))))


def network_to_sympy(
    network: Network, xs: Sequence[Any], limit: int = DEFAULT_LIMIT
) -> list[Any]:
    """Return one expression per output, layer substituted into layer.

    Args:
        network: a network whose layers are sums of functions of single inputs.
        xs: one symbol (or expression) per input.
        limit: the most polynomial pieces and atoms to write out, copies counted.

    Raises:
        SizeLimitError: the result would hold more than ``limit`` of them.
        NotSeparableError: a layer mixes inputs before its bank.
        ValidationError: another number of symbols than inputs.
    """
    if len(xs) != network.in_features:
        raise ValidationError(
            f"the network has {network.in_features} inputs, got {len(xs)} symbols"
        )
    current = list(xs)
    sizes = [1] * len(current)
    for l, layer in _parts(network):
        group = layer.stages[0] if layer.stages else None
        if isinstance(group, (Maximum, Product)):
            current = [_of_group(group, [current[i] for i in g]) for g in group.groups]
            sizes = [sum(sizes[i] for i in g) for g in group.groups]
            continue
        form = separate(layer.stages, layer.in_features)
        rows: list[list[Univariate]] = []
        next_sizes: list[int] = []
        for o in range(form.out_features):
            row = [form.edge(i, o) for i in range(form.in_features)]
            rows.append(row)
            next_sizes.append(
                1 + sum(_terms(f) * n for f, n in zip(row, sizes, strict=True))
            )
            if sum(next_sizes) > limit:
                raise SizeLimitError(
                    f"layer {l} would be written with at least {sum(next_sizes)} "
                    f"pieces after {o + 1} of {form.out_features} outputs, {limit=}; "
                    "ask for one layer or one edge, or pass a larger limit="
                )
        current = [_output(form, o, row, current) for o, row in enumerate(rows)]
        sizes = next_sizes
    return current


def _parts(network: Network) -> Iterator[tuple[int, Network]]:
    """Yield (layer, part of it): products and maxima apart."""
    for l, (start, stop) in enumerate(network.layer_slices()):
        at = start
        for s in range(start, stop):
            if isinstance(network.stages[s], (Maximum, Product)):
                if at < s:
                    yield l, network.window(at, s)
                yield l, network.window(s, s + 1)
                at = s + 1
        if at < stop or start == stop:
            yield l, network.window(at, stop)


def _of_group(stage: Maximum | Product, terms: Sequence[Any]) -> Any:
    import sympy

    return (sympy.Mul if isinstance(stage, Product) else sympy.Max)(*terms)


def _terms(f: Univariate) -> int:
    """Count how often the input is written: once a term and once a condition."""
    if f.is_zero:
        return 0
    ratios = sum(2 + 3 * len(term.breakpoints) for term in f.ratios.terms)
    return len(f.pieces.pieces) + len(f.pieces.breakpoints) + len(f.atoms) + ratios


def _output(
    form: SeparableForm, output: int, row: Sequence[Univariate], inputs: Sequence[Any]
) -> Any:
    return sum(
        (
            univariate_to_sympy(f, v)
            for f, v in zip(row, inputs, strict=True)
            if not f.is_zero
        ),
        _rational(form.bias[output]),
    )


def _rational(v: Fraction) -> Any:
    import sympy

    return sympy.Rational(v.numerator, v.denominator)


def _polynomial(p: Polynomial, x: Any) -> Any:
    return sum(
        (_rational(c) * x**r for r, c in enumerate(p.coefficients)),
        _rational(Fraction(0)),
    )


def _atom(name: str, z: Any) -> Any:
    import sympy

    one = sympy.Integer(1)
    forms = {
        "silu": lambda: z / (one + sympy.exp(-z)),
        "sigmoid": lambda: one / (one + sympy.exp(-z)),
        "tanh": lambda: sympy.tanh(z),
        "exp": lambda: sympy.exp(z),
        "gelu": lambda: z * (one + sympy.erf(z / sympy.sqrt(2))) / 2,
        "gaussian": lambda: sympy.exp(-(z**2)),
        "sin": lambda: sympy.sin(z),
        "cos": lambda: sympy.cos(z),
        "log": lambda: sympy.log(z),
        "sqrt": lambda: sympy.sqrt(z),
    }
    return forms[name]()
