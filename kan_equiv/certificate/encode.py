"""Exact networks to the object table of a container; equal objects are stored once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from kan_equiv.certificate.container import FORMAT_NETWORK, pack
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.rational import to_text
from kan_equiv.exact.ratios import RatioTerm
from kan_equiv.exact.tensor import FloatTensor, RationalTensor, Tensor
from kan_equiv.ir.atom import Atom
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
from kan_equiv.ir.domain import Box
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
from kan_equiv.ir.rational import RationalBasis
from kan_equiv.ir.stage import Affine, Bank, Stage
from kan_equiv.ir.straight_line import Instruction, StraightLineBasis
from kan_equiv.ir.vector_atom import VectorAtom

__all__ = ["Encoder", "encode_box", "encode_network", "network_digest"]


def _texts(values: Iterable[Fraction]) -> list[str]:
    return [to_text(v) for v in values]


def encode_box(box: Box | None) -> list[list[str]]:
    """Return the domain entry of a claim: [] for R^n, "-inf" and "inf" for no end."""
    return [
        [
            "-inf" if side.lo is None else to_text(side.lo),
            "inf" if side.hi is None else to_text(side.hi),
        ]
        for side in (() if box is None or box.is_everything else box)
    ]


class Encoder:
    """Collects objects and buffers; references are indices into the table."""

    def __init__(self) -> None:
        self.objects: list[dict[str, Any]] = []
        self.buffers: list[bytes] = []
        self._index: dict[object, int] = {}
        self._buffer_index: dict[bytes, int] = {}

    def network(self, network: Network) -> int:
        """Return the reference of a network."""
        return self._add(
            network,
            lambda: {
                "type": "network",
                "in_features": network.in_features,
                "stages": [self.stage(s) for s in network.stages],
            },
        )

    def stage(self, stage: Stage) -> int:
        """Return the reference of a stage."""
        if isinstance(stage, Affine):
            return self._add(
                stage,
                lambda: {
                    "type": "affine",
                    "weight": self._map(stage.weight),
                    "bias": self._tensor(stage.bias),
                },
            )
        if isinstance(stage, Bank):
            return self._add(
                stage,
                lambda: {
                    "type": "bank",
                    "bases": [self._basis(b) for b in stage.bases],
                    "basis_of": list(stage.basis_of),
                },
            )
        if isinstance(stage, (Maximum, Product)):
            return self._add(
                stage,
                lambda: {
                    "type": type(stage).__name__.lower(),
                    "groups": [list(group) for group in stage.groups],
                    "columns": stage.inputs,
                },
            )
        if isinstance(stage, VectorAtom):
            return self._add(
                stage,
                lambda: {
                    "type": "vector_atom",
                    "function": stage.name,
                    "features": stage.features,
                    "parameters": _texts(stage.parameters),
                },
            )
        return self._add(
            stage,
            lambda: {
                "type": "parallel",
                "networks": [self.network(n) for n in stage.networks],
            },
        )

    def stages(self, stages: Sequence[Stage]) -> list[int]:
        """Return the references of a word of stages."""
        return [self.stage(s) for s in stages]

    # --- parts ----------------------------------------------------------------

    def _add(self, key: object, make: Any) -> int:
        typed = (type(key), key)
        if typed not in self._index:
            made = make()
            self._index[typed] = len(self.objects)
            self.objects.append(made)
        return self._index[typed]

    def _buffer(self, data: bytes) -> int:
        if data not in self._buffer_index:
            self._buffer_index[data] = len(self.buffers)
            self.buffers.append(data)
        return self._buffer_index[data]

    def _tensor(self, tensor: Tensor) -> int:
        if isinstance(tensor, FloatTensor):
            return self._add(
                tensor,
                lambda: {
                    "type": "float_tensor",
                    "dtype": tensor.dtype,
                    "shape": list(tensor.shape),
                    "buffer": self._buffer(tensor.data),
                    "name": tensor.name,
                },
            )
        return self._add(tensor, lambda: self._integers(tensor))

    def _integers(self, tensor: RationalTensor) -> dict[str, Any]:
        bits = max((n.bit_length() for n in tensor.numerators), default=0)
        width = bits // 8 + 1
        data = b"".join(
            n.to_bytes(width, "little", signed=True) for n in tensor.numerators
        )
        return {
            "type": "integer_tensor",
            "shape": list(tensor.shape),
            "width": width,
            "buffer": self._buffer(data),
            "denominators": [str(d) for d in tensor.denominators],
            "name": tensor.name,
        }

    def _map(self, m: LinearMap) -> int:
        return self._add(m, lambda: self._map_object(m))

    def _map_object(self, m: LinearMap) -> dict[str, Any]:
        if isinstance(m, Dense):
            return {
                "type": "dense",
                "out": m.out,
                "groups": m.inputs,
                "width": m.width,
                "factors": [[self._tensor(t), axes] for t, axes in m.factors],
            }
        if isinstance(m, Interleave):
            parts = [self._map(p) for p in m.parts]
            return {"type": "interleave", "inputs": m.inputs, "parts": parts}
        if isinstance(m, Selection):
            return {
                "type": "selection",
                "indices": list(m.indices),
                "columns": m.inputs,
            }
        if isinstance(m, BlockDiagonal):
            return {
                "type": "block_diagonal",
                "blocks": [self._map(b) for b in m.blocks],
                "block_of": list(m.block_of),
            }
        assert isinstance(m, Composition)
        return {"type": "composition", "maps": [self._map(p) for p in m.maps]}

    def _basis(self, basis: Basis) -> int:
        return self._add(basis, lambda: self._basis_object(basis))

    def _basis_object(self, basis: Basis) -> dict[str, Any]:
        if isinstance(basis, BSplineBasis):
            knots = _texts(basis.knots.knots)
            return {"type": "bspline", "knots": knots, "degree": basis.degree}
        if isinstance(basis, TruncatedPowerBasis):
            terms = [[to_text(t), d] for t, d in basis.terms]
            return {"type": "truncated_power", "terms": terms}
        if isinstance(basis, LocalBasis):
            return {
                "type": "local",
                "knots": _texts(basis.knots.knots),
                "degree": basis.degree,
                "centers": list(basis.centers),
            }
        if isinstance(basis, MonomialBasis):
            return {"type": "monomial", "degrees": list(basis.degrees)}
        if isinstance(basis, AtomBasis):
            atoms = [[a.name, to_text(a.slope), to_text(a.shift)] for a in basis.atoms]
            return {"type": "atom", "atoms": atoms}
        if isinstance(basis, GuardedBasis):
            return {"type": "guarded", "functions": [_guarded(a) for a in basis.atoms]}
        if isinstance(basis, PiecewiseBasis):
            return {
                "type": "piecewise",
                "functions": [_pieces(f) for f in basis.pieces],
            }
        if isinstance(basis, StraightLineBasis):
            programs = [[_instruction(i) for i in p] for p in basis.programs]
            return {"type": "straight_line", "programs": programs}
        if isinstance(basis, RationalBasis):
            functions = [[_ratio(t) for t in r.terms] for r in basis.ratios]
            return {"type": "rational", "functions": functions}
        assert isinstance(basis, ConcatenatedBasis)
        return {"type": "concatenation", "bases": [self._basis(b) for b in basis.parts]}


def _instruction(instruction: Instruction) -> list[Any]:
    return [to_text(a) if isinstance(a, Fraction) else a for a in instruction]


def _guarded(a: Atom) -> dict[str, Any]:
    return {
        "atom": [a.name, to_text(a.slope), to_text(a.shift)],
        "ends": _texts(a.where.ends),
        "cells": [int(held) for held in a.where.cells],
        "points": [int(held) for held in a.where.points],
    }


def _pieces(f: PiecewisePolynomial) -> dict[str, Any]:
    return {
        "breakpoints": _texts(f.breakpoints),
        "pieces": [_texts(p.coefficients) for p in f.pieces],
        "values": _texts(f.values),
    }


def _ratio(term: RatioTerm) -> dict[str, Any]:
    return {
        "denominator": _texts(term.denominator.coefficients),
        "power": term.power,
        "breakpoints": _texts(term.breakpoints),
        "pieces": [_texts(p.coefficients) for p in term.numerator.pieces],
    }


def encode_network(network: Network, metadata: dict[str, str] | None = None) -> bytes:
    """Return the bytes of a ``.kan`` file: one exact network."""
    encoder = Encoder()
    reference = encoder.network(network)
    return pack(
        {
            "format": FORMAT_NETWORK,
            "objects": encoder.objects,
            "claim": {"kind": "network", "network": reference},
            "judgements": [],
            "metadata": metadata or {},
        },
        encoder.buffers,
    )


def network_digest(network: Network) -> str:
    """Return the sha256 of the network's encoding without metadata."""
    return hashlib.sha256(encode_network(network)).hexdigest()
