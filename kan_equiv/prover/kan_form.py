"""Any network as a KAN, or with hinges; on a box with the knots that matter there."""

from __future__ import annotations

from kan_equiv.errors import ConversionError
from kan_equiv.ir.domain import Box
from kan_equiv.ir.maximum import Maximum
from kan_equiv.ir.network import Network
from kan_equiv.ir.product import Product
from kan_equiv.ir.stage import Affine, Bank
from kan_equiv.prover.on_box import derive_on_box
from kan_equiv.rules import edges_to_bspline, restrict_to_range
from kan_equiv.rules.convert import rewrite_banks, without_groups
from kan_equiv.rules.derivation import Derivation
from kan_equiv.rules.drop_dead_units import drop_dead_units
from kan_equiv.rules.edges_on_range import edges_on_range
from kan_equiv.rules.relu_to_edges import relu_to_edges

__all__ = ["derive_hinges_on_box", "derive_kan"]


def derive_kan(source: Network, domain: Box | None = None) -> Derivation:
    """Derive a KAN that equals the network on R^n, or on a closed box.

    Raises:
        ConversionError: a stage is parallel, or a vector atom.
    """
    derivation = _alternating(source)
    if domain is None:
        return derivation
    rewrite = edges_to_bspline.edges_to_bspline
    return derive_on_box(derivation, domain, edges_to_bspline.NAME, rewrite)


def derive_hinges_on_box(source: Network, domain: Box) -> Derivation:
    """Derive the hinge form with the knots that are reached on a closed box.

    Raises:
        ConversionError: a stage is parallel, a vector atom, or has no such form.
    """
    name = restrict_to_range.NAME
    derivation = derive_on_box(_alternating(source), domain, name, edges_on_range)
    return rewrite_banks(derivation, "hinge")


def _alternating(source: Network) -> Derivation:
    for s, stage in enumerate(source.stages):
        if not isinstance(stage, (Affine, Bank, Maximum, Product)):
            raise ConversionError(
                f"stage {s} is {type(stage).__name__}, which no edge of a KAN is; "
                "convert the parts around it one by one"
            )
    derivation = without_groups(drop_dead_units(Derivation.start(source)))
    return relu_to_edges(derivation)
