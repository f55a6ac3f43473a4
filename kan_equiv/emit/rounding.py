"""The exact network that a float module holds: every weight rounded once, to nearest.

What is emitted is exactly this network, so what is certified about it is certified
about the file that is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from kan_equiv.errors import ValidationError
from kan_equiv.exact.tensor import FloatTensor, RationalTensor, Tensor
from kan_equiv.ir.basis import (
    AtomBasis,
    Basis,
    BSplineBasis,
    ConcatenatedBasis,
    LocalBasis,
    MonomialBasis,
    TruncatedPowerBasis,
)
from kan_equiv.ir.knots import KnotVector
from kan_equiv.ir.linear import BlockDiagonal, Dense, LinearMap, Selection, compose
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Affine, Bank, Stage
from kan_equiv.ir.univariate import Atom

__all__ = ["FORMATS", "round_network", "round_to"]

FORMATS = {"float32": (24, -149), "float64": (53, -1074)}
"""Significand bits and exponent of the least positive number of each format."""


def round_to(value: Fraction, dtype: str) -> Fraction:
    """Return the nearest float of the format, ties to even, as an exact rational.

    Raises:
        ValidationError: the value is too large for the format.

    >>> round_to(Fraction(1, 3), "float32") == Fraction(11184811, 33554432)
    True
    """
    bits, least = FORMATS[dtype]
    n, d = abs(value.numerator), value.denominator
    if not n:
        return Fraction(0)
    exponent = max(n.bit_length() - d.bit_length() - bits, least)
    while True:
        # value = q * 2^exponent with q of at most `bits` bits.
        top, bottom = (n, d << exponent) if exponent >= 0 else (n << -exponent, d)
        q, rest = divmod(top, bottom)
        q += 2 * rest > bottom or (2 * rest == bottom and q & 1)
        if q.bit_length() <= bits or q == 1 << bits:
            break
        exponent += 1
    result = Fraction(q) * Fraction(2) ** exponent
    if dtype == "float32" and result > Fraction(float(np.finfo(np.float32).max)):
        raise ValidationError(f"value={float(value)!r} is beyond the range of float32")
    return -result if value < 0 else result


def _tensor(values: Sequence[Fraction], shape: tuple[int, ...], dtype: str) -> Tensor:
    floats = [float(round_to(v, dtype)) for v in values]
    array = np.array(floats, dtype=np.float64).reshape(shape).astype(np.dtype(dtype))
    return FloatTensor.from_array(array)


def _rounded_tensor(tensor: Tensor, dtype: str) -> Tensor:
    if isinstance(tensor, FloatTensor) and tensor.dtype == dtype:
        return tensor
    return _tensor(list(tensor.fractions()), tensor.shape, dtype)


def round_network(network: Network, dtype: str) -> Network:
    """Return the network whose every weight and knot is the nearest float of dtype.

    Products of factors are formed exactly and rounded once. The grid map of a bank of
    one-sided powers is multiplied into the coefficients first, as it is emitted.

    Raises:
        ValidationError: unknown dtype, or a weight outside its range.
    """
    if dtype not in FORMATS:
        raise ValidationError(f"dtype must be one of {sorted(FORMATS)}, got {dtype=}")
    stages: list[Stage] = []
    for stage in merge_affine(network.stages):
        if isinstance(stage, Affine):
            bias = _rounded_tensor(stage.bias, dtype)
            stages.append(Affine(_map(stage.weight, dtype), bias))
        elif isinstance(stage, Bank):
            bases = tuple(_basis(b, dtype) for b in stage.bases)
            stages.append(Bank(bases, stage.basis_of))
        else:
            raise ValidationError("Parallel stages are not emitted")
    return Network(network.in_features, tuple(stages))


def merge_affine(stages: Sequence[Stage]) -> list[Stage]:
    """Multiply neighbouring affine stages, but keep the maps of local bases apart."""
    out: list[Stage] = []
    keep = False
    for stage in stages:
        before = out[-1] if out else None
        if isinstance(stage, Bank):
            keep = any(_has_local(b) for b in stage.bases)
        elif isinstance(stage, Affine) and isinstance(before, Affine):
            if not keep:
                out[-1] = _product(before, stage)
                continue
            keep = False
        out.append(stage)
    return out


def _product(first: Affine, second: Affine) -> Affine:
    moved = second.weight.apply_exact(list(first.bias.fractions()))
    bias = [a + b for a, b in zip(moved, second.bias.fractions(), strict=True)]
    tensor = RationalTensor.from_fractions(bias, (len(bias),))
    return Affine(compose(first.weight, second.weight), tensor)


def _has_local(basis: Basis) -> bool:
    if isinstance(basis, ConcatenatedBasis):
        return any(_has_local(b) for b in basis.parts)
    return isinstance(basis, LocalBasis)


def _map(m: LinearMap, dtype: str) -> LinearMap:
    if isinstance(m, Selection):
        return m
    if isinstance(m, BlockDiagonal):
        index: dict[LinearMap, int] = {}
        rounded = [Dense.matrix(_dense(b, dtype)) for b in m.blocks]
        which = tuple(index.setdefault(rounded[b], len(index)) for b in m.block_of)
        return BlockDiagonal(tuple(index), which)
    return Dense.matrix(_dense(m, dtype))


def _dense(m: LinearMap, dtype: str) -> Tensor:
    tensor = m.to_rational()
    return _tensor(list(tensor.fractions()), tensor.shape, dtype)


def _basis(basis: Basis, dtype: str) -> Basis:
    def near(v: Fraction) -> Fraction:
        return round_to(v, dtype)

    if isinstance(basis, ConcatenatedBasis):
        return ConcatenatedBasis(tuple(_basis(b, dtype) for b in basis.parts))
    if isinstance(basis, TruncatedPowerBasis):
        return TruncatedPowerBasis(tuple((near(t), d) for t, d in basis.terms))
    if isinstance(basis, (LocalBasis, BSplineBasis)):
        knots = KnotVector(tuple(near(t) for t in basis.knots.knots))
        if isinstance(basis, LocalBasis):
            return LocalBasis(knots, basis.degree, basis.centers)
        return BSplineBasis(knots, basis.degree)
    if isinstance(basis, AtomBasis):
        return AtomBasis(
            tuple(Atom(a.name, near(a.slope), near(a.shift)) for a in basis.atoms)
        )
    if isinstance(basis, MonomialBasis):
        return basis
    raise ValidationError(
        f"a {type(basis).__name__} is not emitted as it is; convert the network first: "
        "convert(network, to='local')"
    )
