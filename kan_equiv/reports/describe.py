"""Networks and edges in words: layers, grids, counts, formulas."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from kan_equiv.errors import ValidationError
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.exact.ratios import RatioTerm
from kan_equiv.ir.basis import (
    AtomBasis,
    Basis,
    BSplineBasis,
    ConcatenatedBasis,
    GuardedBasis,
    LocalBasis,
    MonomialBasis,
    PiecewiseBasis,
    TruncatedPowerBasis,
)
from kan_equiv.ir.maximum import Maximum
from kan_equiv.ir.network import Network
from kan_equiv.ir.product import Product
from kan_equiv.ir.rational import RationalBasis
from kan_equiv.ir.separable import separate
from kan_equiv.ir.stage import Affine, Bank
from kan_equiv.ir.univariate import Atom, Univariate
from kan_equiv.rules.counts import count

__all__ = [
    "basis_text",
    "describe_edge",
    "describe_network",
    "formula",
    "ranges_text",
]


def describe_network(network: Network) -> tuple[dict[str, Any], list[str]]:
    """Return layers, grids and which coincide, as data and as lines."""
    layers: list[dict[str, Any]] = []
    noun = "layer" if network.depth == 1 else "layers"
    lines = [
        (
            f"{network.in_features} inputs, {network.out_features} outputs, "
            f"{network.depth} {noun}"
        )
    ]
    for l, (start, stop) in enumerate(network.layer_slices()):
        for stage in network.stages[start:stop]:
            if isinstance(stage, Bank):
                names = [basis_text(b) for b in stage.bases]
                sharing = [
                    [i for i, b in enumerate(stage.basis_of) if b == n]
                    for n in range(len(stage.bases))
                ]
                layers.append({"layer": l, "bases": names, "inputs": sharing})
                lines.append(
                    f"layer {l}: {stage.in_features} inputs, {len(stage.bases)} "
                    f"distinct bases, {stage.out_features} columns"
                )
                for name, inputs in list(zip(names, sharing, strict=True))[:8]:
                    lines.append(f"  {name}, inputs {ranges_text(inputs)}")
                if len(names) > 8:
                    lines.append(f"  ... {len(names) - 8} more")
            elif isinstance(stage, Affine):
                lines.append(
                    f"layer {l}: linear map {stage.in_features} -> {stage.out_features}"
                )
            elif isinstance(stage, (Maximum, Product)):
                what = "products" if isinstance(stage, Product) else "maxima"
                sizes = [len(group) for group in stage.groups if len(group) > 1]
                shown = ", ".join(map(str, sorted(set(sizes))))
                lines.append(
                    f"layer {l}: {len(sizes)} {what} of {shown or 'one'} coordinates, "
                    f"{len(stage.groups) - len(sizes)} passed on"
                )
    counts = count(network)
    lines.append(
        f"{counts.parameters} parameters, {counts.hidden_units} functions in banks, "
        f"{counts.bases} distinct bases"
    )
    result = {
        "parameters": counts.parameters,
        "hidden_units": counts.hidden_units,
        "bases": counts.bases,
        "in_features": network.in_features,
        "out_features": network.out_features,
        "depth": network.depth,
        "has_atoms": network.has_atoms,
        "banks": layers,
    }
    return result, lines


def basis_text(basis: Basis) -> str:
    """Return what functions a basis holds, in a few words."""
    if isinstance(basis, ConcatenatedBasis):
        return " + ".join(basis_text(b) for b in basis.parts)
    if isinstance(basis, BSplineBasis):
        t = basis.knots
        return (
            f"{len(basis)} B-splines of degree {basis.degree} on {len(t)} knots in "
            f"[{float(t[0]):.6g}, {float(t[len(t) - 1]):.6g}]"
        )
    if isinstance(basis, (AtomBasis, GuardedBasis)):
        return ", ".join(_atom_text(a) for a in basis.atoms)
    if isinstance(basis, MonomialBasis):
        return ", ".join("x" if d == 1 else f"x^{d}" for d in basis.degrees)
    if isinstance(basis, TruncatedPowerBasis) and basis.terms in _UNITS:
        return _UNITS[basis.terms]
    name = _NAMES.get(type(basis), "functions")
    return f"{len(basis)} {name}"


def _atom_text(atom: Atom) -> str:
    if not atom.where.is_everywhere:
        bare = Atom(atom.name, atom.slope, atom.shift)
        return f"{_atom_text(bare)} on {atom.where}"
    if atom.slope == 0:
        return f"{atom.name}({atom.shift})"
    if (atom.slope, atom.shift) == (1, 0):
        return f"{atom.name}(x)"
    return f"{atom.name}({atom.slope}*x + {atom.shift})"


_UNITS: dict[tuple[tuple[Fraction, int], ...], str] = {
    ((Fraction(0), d),): "relu(x)" if d == 1 else f"relu(x)^{d}" for d in range(1, 10)
}
_NAMES: dict[type[Basis], str] = {
    TruncatedPowerBasis: "truncated powers",
    LocalBasis: "local powers",
    PiecewiseBasis: "piecewise polynomials",
    RationalBasis: "ratios of polynomials",
}


def ranges_text(values: Sequence[int]) -> str:
    """Return increasing indices with runs drawn together.

    >>> ranges_text([0, 1, 2, 5])
    '0-2, 5'
    """
    runs: list[list[int]] = []
    for v in values:
        if runs and v == runs[-1][1] + 1:
            runs[-1][1] = v
        else:
            runs.append([v, v])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def describe_edge(
    network: Network,
    l: int,
    i: int,
    j: int,
    latex: bool,
) -> tuple[dict[str, Any], list[str]]:
    """Return the exact function of edge (layer, input, output)."""
    layer = network.layer(l).before_products()
    if not (0 <= i < layer.in_features and 0 <= j < layer.out_features):
        raise ValidationError(
            f"layer {l} has inputs 0..{layer.in_features - 1} and outputs "
            f"0..{layer.out_features - 1}, got edge {l}:{i}:{j}"
        )
    edge = separate(layer.stages, layer.in_features).edge(i, j)
    text = formula(edge, latex)
    return {"edge": [l, i, j], "formula": text, "latex": latex}, text.splitlines()


def formula(f: Univariate, latex: bool = False) -> str:
    """Return the pieces of a function of x, exactly, as text or as LaTeX."""
    if latex:
        import sympy

        x = sympy.Symbol("x", real=True)
        return str(sympy.latex(f.to_sympy(x)))
    t, pieces, values = f.pieces.refine(f.ratios.breakpoints)
    ratios = [(term, term.numerator.refine(t)[1]) for term in f.ratios.terms]
    rows: list[str] = []
    for k, (lo, hi) in enumerate(pairwise([None, *t, None])):
        tops = [(numerators[k], term) for term, numerators in ratios]
        parts = [_ratio_text(top, term) for top, term in tops if top]
        whole = [str(pieces[k])] if pieces[k] or not parts else []
        rows.append(f"{_cell(lo, hi)}: {' + '.join([*whole, *parts])}")
    isolated = [
        f"x = {at}: {value + f.ratios(at)}"
        for at, value, right in zip(t, values, pieces[1:], strict=True)
        if right(at) != value
    ]
    atoms = [f"everywhere plus ({c})*{_atom_text(a)}" for a, c in f.atoms]
    return "\n".join([*rows, *isolated, *atoms])


def _ratio_text(top: Polynomial, term: RatioTerm) -> str:
    power = "" if term.power == 1 else f"^{term.power}"
    return f"({top})/({term.denominator}){power}"


def _cell(lo: Any, hi: Any) -> str:
    if lo is None:
        return "all x" if hi is None else f"x < {hi}"
    return f"x >= {lo}" if hi is None else f"{lo} <= x < {hi}"
