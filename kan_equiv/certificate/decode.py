"""Object tables back to exact networks (for ``.kan`` files and bundles)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from kan_equiv.certificate.container import FORMAT_NETWORK, unpack
from kan_equiv.errors import CertificateError, KanEquivError
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.exact.tensor import FloatTensor, RationalTensor
from kan_equiv.ir.basis import (
    AtomBasis,
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
    Selection,
)
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Affine, Bank, Parallel
from kan_equiv.ir.univariate import Atom

__all__ = ["decode_objects", "read_network"]


def read_network(path: str | Path) -> Network:
    """Read a ``.kan`` file.

    Raises:
        CertificateError: the file cannot be read as an exact network.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise CertificateError(f"cannot read {path}: {error}") from error
    header, buffers = unpack(data)
    if header.get("format") != FORMAT_NETWORK:
        raise CertificateError(
            f"{path} is a {header.get('format')!r} file, expected {FORMAT_NETWORK!r}"
        )
    objects = decode_objects(header["objects"], buffers)
    network = objects[header["claim"]["network"]]
    if not isinstance(network, Network):
        raise CertificateError(f"{path} does not name a network")
    return network


def decode_objects(table: list[dict[str, Any]], buffers: list[bytes]) -> list[Any]:
    """Rebuild every object of a table.

    Raises:
        CertificateError: an entry breaks the format.
    """
    out: list[Any] = []
    for n, entry in enumerate(table):
        try:
            out.append(_MAKERS[entry["type"]](entry, out, buffers))
        except (KanEquivError, KeyError, IndexError, TypeError, ValueError) as error:
            raise CertificateError(f"object {n} cannot be read: {error}") from error
    return out


def _float_tensor(e: Any, o: Any, b: Any) -> FloatTensor:
    return FloatTensor(e["dtype"], tuple(e["shape"]), b[e["buffer"]], e["name"])


def _integer_tensor(e: Any, o: Any, b: Any) -> RationalTensor:
    data, w = b[e["buffer"]], e["width"]
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


_MAKERS: dict[str, Callable[[Any, list[Any], list[bytes]], Any]] = {
    "float_tensor": _float_tensor,
    "integer_tensor": _integer_tensor,
    "dense": lambda e, o, b: Dense(
        e["out"], e["groups"], e["width"], tuple((o[t], a) for t, a in e["factors"])
    ),
    "interleave": lambda e, o, b: Interleave(
        e["inputs"], tuple(o[p] for p in e["parts"])
    ),
    "selection": lambda e, o, b: Selection(tuple(e["indices"]), e["columns"]),
    "block_diagonal": lambda e, o, b: BlockDiagonal(
        tuple(o[p] for p in e["blocks"]), tuple(e["block_of"])
    ),
    "composition": lambda e, o, b: Composition(tuple(o[p] for p in e["maps"])),
    "bspline": lambda e, o, b: BSplineBasis(KnotVector.of(e["knots"]), e["degree"]),
    "truncated_power": lambda e, o, b: TruncatedPowerBasis(
        tuple((Fraction(t), d) for t, d in e["terms"])
    ),
    "local": lambda e, o, b: LocalBasis(
        KnotVector.of(e["knots"]), e["degree"], tuple(e["centers"])
    ),
    "monomial": lambda e, o, b: MonomialBasis(tuple(e["degrees"])),
    "atom": lambda e, o, b: AtomBasis(
        tuple(Atom(n, Fraction(s), Fraction(t)) for n, s, t in e["atoms"])
    ),
    "piecewise": lambda e, o, b: PiecewiseBasis(
        tuple(_piecewise(f) for f in e["functions"])
    ),
    "concatenation": lambda e, o, b: ConcatenatedBasis(tuple(o[p] for p in e["bases"])),
    "affine": lambda e, o, b: Affine(o[e["weight"]], o[e["bias"]]),
    "bank": lambda e, o, b: Bank(tuple(o[p] for p in e["bases"]), tuple(e["basis_of"])),
    "parallel": lambda e, o, b: Parallel(tuple(o[p] for p in e["networks"])),
    "network": lambda e, o, b: Network(
        e["in_features"], tuple(o[s] for s in e["stages"])
    ),
}
