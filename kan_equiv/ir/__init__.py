"""What a network *is*, exactly: frozen values whose evaluation is their meaning."""

from __future__ import annotations

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
from kan_equiv.ir.domain import Box, Interval
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
from kan_equiv.ir.rational import RationalBasis
from kan_equiv.ir.stage import Affine, Bank, Parallel, Stage
from kan_equiv.ir.univariate import Atom, Univariate
from kan_equiv.ir.vector_atom import VectorAtom

__all__ = [
    "Affine",
    "Atom",
    "AtomBasis",
    "BSplineBasis",
    "Bank",
    "Basis",
    "BlockDiagonal",
    "Box",
    "Composition",
    "ConcatenatedBasis",
    "Dense",
    "GuardedBasis",
    "Interleave",
    "Interval",
    "KnotVector",
    "LinearMap",
    "LocalBasis",
    "Maximum",
    "MonomialBasis",
    "Network",
    "Parallel",
    "PiecewiseBasis",
    "Product",
    "RationalBasis",
    "Selection",
    "Stage",
    "TruncatedPowerBasis",
    "Univariate",
    "VectorAtom",
]
