"""The kinds of networks that pairs are made of, small enough to prove in no time."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from kan_equiv.ir import Network
from kan_equiv.testing.strategies.arguments import choice
from kan_equiv.testing.strategies.families import bases, bspline_bases
from kan_equiv.testing.strategies.layers import (
    kan_layers,
    mlp_layers,
    networks,
    residuals,
)

__all__ = ["KINDS", "check_kinds", "of_kind"]

KINDS = ("univariate", "separable", "one_hidden_layer", "deep", "residual")
"""One edge; one KAN layer; Linear, ReLU^p, Linear; two layers of either kind; a layer
with a path past it."""


def check_kinds(kinds: Sequence[str]) -> list[str]:
    """Return the kinds as a list.

    Raises:
        InvalidArgument: an unknown one, or none.
    """
    if isinstance(kinds, str) or not kinds:
        raise InvalidArgument(f"kinds must be some of {list(KINDS)}, got {kinds=}")
    for kind in kinds:
        choice("kinds", kind, KINDS)
    return list(kinds)


def of_kind(
    kind: str, allow_atoms: bool, allow_ratios: bool = False
) -> st.SearchStrategy[Network]:
    """Return small networks of one kind."""
    # B-splines are what KANs are made of: as many of them as of everything else.
    any_class = bases(allow_atoms=allow_atoms, allow_ratios=allow_ratios)
    families = st.one_of(any_class, bspline_bases())
    if kind == "univariate":
        return kan_layers(max_inputs=1, max_outputs=1, families=families)
    if kind == "separable":
        return kan_layers(max_inputs=2, max_outputs=2, families=families)
    if kind == "one_hidden_layer":
        return mlp_layers(max_inputs=2)
    if kind == "residual":
        return residuals(families=families)
    return networks(min_depth=2, max_width=2, kinds=("kan", "mlp"), families=families)
