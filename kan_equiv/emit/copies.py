"""Exact copies with other weights: rounded to a float format, or pruned.

What a cast or a threshold makes of a model is another exact network; how far the two
are apart on a box is what ``kan_equiv.distance`` says.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from kan_equiv.emit.formats import FORMATS
from kan_equiv.emit.rounding import round_to
from kan_equiv.errors import ValidationError
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.exact.tensor import FloatTensor, RationalTensor, Tensor
from kan_equiv.ir.atom import Atom
from kan_equiv.ir.basis import (
    AtomBasis,
    Basis,
    BSplineBasis,
    ConcatenatedBasis,
    LocalBasis,
    MonomialBasis,
    PiecewiseBasis,
    TruncatedPowerBasis,
)
from kan_equiv.ir.knots import KnotVector
from kan_equiv.ir.linear import (
    BlockDiagonal,
    Composition,
    Dense,
    Interleave,
    LinearMap,
    Selection,
)
from kan_equiv.ir.maximum import Maximum
from kan_equiv.ir.network import Network
from kan_equiv.ir.product import Product
from kan_equiv.ir.stage import Affine, Bank, Parallel, Stage
from kan_equiv.ir.vector_atom import VectorAtom

__all__ = ["pruned_copy", "rounded_copy"]

Number = Callable[[Fraction], Fraction]


def rounded_copy(network: Network, dtype: str) -> Network:
    """Return the network with every stored number rounded to a float format.

    To nearest, ties to even: weights, scales, biases, knots, and the slopes and shifts
    of atoms, each on its own, as ``module.to(dtype)`` does. Numbers that are floats of
    the format stay as they are.

    Args:
        network: any network.
        dtype: ``float16``, ``bfloat16``, ``float32`` or ``float64``.

    Raises:
        ValidationError: an unknown format, or a number outside of its range.

    >>> from kan_equiv.ir.build import mlp
    >>> third = mlp([([["1/3"]], [0])])
    >>> rounded_copy(third, "bfloat16").stages[0].weight.row(0)
    {0: Fraction(171, 512)}
    """
    if dtype not in FORMATS:
        raise ValidationError(f"dtype must be one of {sorted(FORMATS)}, got {dtype=}")

    def near(value: Fraction) -> Fraction:
        return round_to(value, dtype)

    def tensor(t: Tensor) -> Tensor:
        if isinstance(t, FloatTensor) and t.dtype == dtype:
            return t
        return _mapped(t, near)

    return _copy(network, tensor, near)


def pruned_copy(network: Network, threshold: Fraction | float) -> Network:
    """Return the network with every weight below a threshold set to zero.

    Args:
        network: any network.
        threshold: entries of the maps (not biases, not knots) with a smaller absolute
            value become 0; where a map is a product of factors, in any factor.
    """
    least = Fraction(threshold)
    if least < 0:
        raise ValidationError(f"threshold must be >= 0, got {threshold=}")

    def tensor(t: Tensor) -> Tensor:
        return _mapped(t, lambda v: v if abs(v) >= least else Fraction(0))

    return _copy(network, tensor, None)


def _mapped(t: Tensor, f: Number) -> RationalTensor:
    return RationalTensor.from_fractions(map(f, t.fractions()), t.shape, t.name)


def _copy(
    network: Network, tensor: Callable[[Tensor], Tensor], near: Number | None
) -> Network:
    """Map the tensors of all maps and, with ``near``, all other numbers as well."""
    maps: dict[LinearMap, LinearMap] = {}

    def linear(m: LinearMap) -> LinearMap:
        if m not in maps:
            maps[m] = _map(m, tensor, linear)
        return maps[m]

    def stage(s: Stage) -> Stage:
        if isinstance(s, Affine):
            return Affine(linear(s.weight), s.bias if near is None else tensor(s.bias))
        if isinstance(s, Bank):
            if near is None:
                return s
            copies = [_basis(b, near) for b in s.bases]
            return Bank.of([copies[b] for b in s.basis_of])
        if isinstance(s, (Maximum, Product, VectorAtom)):
            return s
        return Parallel(tuple(_copy(n, tensor, near) for n in s.networks))

    return Network(network.in_features, tuple(stage(s) for s in network.stages))


def _map(
    m: LinearMap,
    tensor: Callable[[Tensor], Tensor],
    linear: Callable[[LinearMap], LinearMap],
) -> LinearMap:
    if isinstance(m, Dense):
        factors = tuple((tensor(t), axes) for t, axes in m.factors)
        return Dense(m.out, m.inputs, m.width, factors)
    if isinstance(m, Interleave):
        return Interleave(m.inputs, tuple(map(linear, m.parts)))
    if isinstance(m, Composition):
        return Composition(tuple(map(linear, m.maps)))
    if isinstance(m, BlockDiagonal):
        copies = [linear(b) for b in m.blocks]
        index: dict[LinearMap, int] = {}
        which = tuple(index.setdefault(copies[b], len(index)) for b in m.block_of)
        return BlockDiagonal(tuple(index), which)
    assert isinstance(m, Selection)
    return m


def _basis(basis: Basis, near: Number) -> Basis:
    if isinstance(basis, ConcatenatedBasis):
        return ConcatenatedBasis(tuple(_basis(b, near) for b in basis.parts))
    if isinstance(basis, TruncatedPowerBasis):
        return TruncatedPowerBasis(tuple((near(t), d) for t, d in basis.terms))
    if isinstance(basis, (BSplineBasis, LocalBasis)):
        knots = KnotVector(tuple(near(t) for t in basis.knots.knots))
        if isinstance(basis, LocalBasis):
            return LocalBasis(knots, basis.degree, basis.centers)
        return BSplineBasis(knots, basis.degree)
    if isinstance(basis, AtomBasis):
        atoms = [Atom(a.name, near(a.slope), near(a.shift)) for a in basis.atoms]
        return AtomBasis(tuple(atoms))
    if isinstance(basis, PiecewiseBasis):
        return PiecewiseBasis(tuple(_pieces(f, near) for f in basis.pieces))
    if isinstance(basis, MonomialBasis):
        return basis
    raise ValidationError(f"numbers of a {type(basis).__name__} are not rounded")


def _pieces(f: PiecewisePolynomial, near: Number) -> PiecewisePolynomial:
    return PiecewisePolynomial(
        tuple(map(near, f.breakpoints)),
        tuple(Polynomial.of(map(near, p.coefficients)) for p in f.pieces),
        tuple(map(near, f.values)),
    )
