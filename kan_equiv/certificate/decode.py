"""Object tables back to exact networks (for ``.kan`` files and bundles)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from kan_equiv.certificate.container import FORMAT_NETWORK, unpack
from kan_equiv.errors import CertificateError, KanEquivError
from kan_equiv.exact.interval_union import IntervalUnion
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.exact.ratios import Ratios, RatioTerm
from kan_equiv.exact.tensor import FloatTensor, RationalTensor
from kan_equiv.ir.basis import (
    AtomBasis,
    BSplineBasis,
    ConcatenatedBasis,
    GuardedBasis,
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
    Selection,
)
from kan_equiv.ir.maximum import Maximum
from kan_equiv.ir.network import Network
from kan_equiv.ir.product import Product
from kan_equiv.ir.rational import RationalBasis
from kan_equiv.ir.stage import Affine, Bank, Parallel
from kan_equiv.ir.univariate import Atom
from kan_equiv.ir.vector_atom import VectorAtom

__all__ = ["decode_objects", "read_network"]


def read_network(path: str | Path) -> Network:
    """Read a ``.kan`` file.

    Raises:
        CertificateError: the file cannot be read as an exact network.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise CertificateError(f"cannot read {path}: {error.strerror}") from error
    header, buffers = unpack(data)
    if header.get("format") != FORMAT_NETWORK:
        raise CertificateError(
            f"{path} is a {header.get('format')!r} file, expected {FORMAT_NETWORK!r}"
        )
    try:
        objects = decode_objects(header["objects"], buffers)
        network = objects[header["claim"]["network"]]
    except (KeyError, IndexError, TypeError) as error:
        raise CertificateError(f"{path} names no network: {error}") from error
    if not isinstance(network, Network):
        raise CertificateError(f"{path} does not name a network")
    return network


class _Entry:
    """One entry of an object table, with what it may refer to."""

    def __init__(
        self, fields: dict[str, Any], objects: list[Any], buffers: list[bytes]
    ) -> None:
        self._fields, self._objects, self._buffers = fields, objects, buffers

    def __getitem__(self, key: str) -> Any:
        return self._fields[key]

    def link(self, key: str) -> Any:
        return self._objects[self[key]]

    def links(self, key: str) -> tuple[Any, ...]:
        return tuple(self._objects[n] for n in self[key])

    @property
    def factors(self) -> tuple[Any, ...]:
        return tuple((self._objects[t], axes) for t, axes in self["factors"])

    @property
    def buffer(self) -> bytes:
        return self._buffers[self["buffer"]]

    @property
    def knots(self) -> KnotVector:
        return KnotVector.of(self["knots"])


def decode_objects(table: list[dict[str, Any]], buffers: list[bytes]) -> list[Any]:
    """Rebuild every object of a table.

    Raises:
        CertificateError: an entry breaks the format.
    """
    out: list[Any] = []
    for n, fields in enumerate(table):
        try:
            out.append(_MAKERS[fields["type"]](_Entry(fields, out, buffers)))
        except (KanEquivError, KeyError, IndexError, TypeError, ValueError) as error:
            raise CertificateError(f"object {n} cannot be read: {error}") from error
    return out


def _integer_tensor(e: _Entry) -> RationalTensor:
    data, w = e.buffer, e["width"]
    numerators = tuple(
        int.from_bytes(data[s : s + w], "little", signed=True)
        for s in range(0, len(data), w)
    )
    denominators = tuple(int(d) for d in e["denominators"])
    return RationalTensor(tuple(e["shape"]), numerators, denominators, e["name"])


def _piecewise(f: Any) -> PiecewisePolynomial:
    return PiecewisePolynomial(
        tuple(map(Fraction, f["breakpoints"])),
        tuple(Polynomial.of(map(Fraction, p)) for p in f["pieces"]),
        tuple(map(Fraction, f["values"])),
    )


def _guarded(f: Any) -> Atom:
    name, slope, shift = f["atom"]
    ends, cells, points = (f[key] for key in ("ends", "cells", "points"))
    where = IntervalUnion(
        tuple(map(Fraction, ends)), tuple(map(bool, cells)), tuple(map(bool, points))
    )
    return Atom(name, Fraction(slope), Fraction(shift), where)


def _ratios(terms: Any) -> Ratios:
    return Ratios(
        tuple(
            RatioTerm(
                Polynomial.of(map(Fraction, t["denominator"])),
                t["power"],
                PiecewisePolynomial.from_right_pieces(
                    t["breakpoints"],
                    [Polynomial.of(map(Fraction, p)) for p in t["pieces"]],
                ),
            )
            for t in terms
        )
    )


_MAKERS: dict[str, Callable[[_Entry], Any]] = {
    "float_tensor": lambda e: FloatTensor(
        e["dtype"], tuple(e["shape"]), e.buffer, e["name"]
    ),
    "integer_tensor": _integer_tensor,
    "dense": lambda e: Dense(e["out"], e["groups"], e["width"], e.factors),
    "interleave": lambda e: Interleave(e["inputs"], e.links("parts")),
    "selection": lambda e: Selection(tuple(e["indices"]), e["columns"]),
    "block_diagonal": lambda e: BlockDiagonal(e.links("blocks"), tuple(e["block_of"])),
    "composition": lambda e: Composition(e.links("maps")),
    "bspline": lambda e: BSplineBasis(e.knots, e["degree"]),
    "truncated_power": lambda e: TruncatedPowerBasis(
        tuple((Fraction(t), d) for t, d in e["terms"])
    ),
    "local": lambda e: LocalBasis(e.knots, e["degree"], tuple(e["centers"])),
    "monomial": lambda e: MonomialBasis(tuple(e["degrees"])),
    "atom": lambda e: AtomBasis(
        tuple(Atom(n, Fraction(s), Fraction(t)) for n, s, t in e["atoms"])
    ),
    "guarded": lambda e: GuardedBasis(tuple(_guarded(f) for f in e["functions"])),
    "piecewise": lambda e: PiecewiseBasis(tuple(_piecewise(f) for f in e["functions"])),
    "rational": lambda e: RationalBasis(tuple(_ratios(f) for f in e["functions"])),
    "concatenation": lambda e: ConcatenatedBasis(e.links("bases")),
    "affine": lambda e: Affine(e.link("weight"), e.link("bias")),
    "bank": lambda e: Bank(e.links("bases"), tuple(e["basis_of"])),
    "parallel": lambda e: Parallel(e.links("networks")),
    "maximum": lambda e: Maximum(tuple(map(tuple, e["groups"])), e["columns"]),
    "product": lambda e: Product(tuple(map(tuple, e["groups"])), e["columns"]),
    "vector_atom": lambda e: VectorAtom(
        e["function"], e["features"], tuple(map(Fraction, e["parameters"]))
    ),
    "network": lambda e: Network(e["in_features"], e.links("stages")),
}
