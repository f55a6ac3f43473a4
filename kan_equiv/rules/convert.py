"""The two forms of the equivalent MLP, derived step by step for whole networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kan_equiv.errors import ConversionError
from kan_equiv.ir.maximum import Maximum
from kan_equiv.ir.network import Network, has_bank
from kan_equiv.ir.product import Product
from kan_equiv.ir.stage import Bank, Parallel, Stage
from kan_equiv.rules import (
    bspline_to_local,
    bspline_to_truncated_power,
    expand_to_affine,
    local_to_affine,
    piecewise_to_maxout,
    piecewise_to_truncated_power,
    relu_to_edges,
    share_banks,
)
from kan_equiv.rules.compose_affine import compose_affine
from kan_equiv.rules.derivation import Derivation, rewrite_each
from kan_equiv.rules.drop_dead_units import drop_dead_units
from kan_equiv.rules.maximum_to_relu import maximum_to_relu
from kan_equiv.rules.maxout_pair import layers_to_maxout_pairs
from kan_equiv.rules.product_to_squares import product_to_squares

__all__ = [
    "FORMS",
    "LAYOUTS",
    "derive_compact",
    "derive_maxout_pairs",
    "derive_target",
    "laid_out",
    "without_groups",
]

Rewrite = Callable[[Stage], Sequence[Stage] | None]

_SHARE: tuple[str, Rewrite] = (share_banks.NAME, share_banks.share_banks)
_TO_POWERS: tuple[tuple[str, Rewrite], ...] = (
    (
        bspline_to_truncated_power.NAME,
        bspline_to_truncated_power.bspline_to_truncated_power,
    ),
    (
        piecewise_to_truncated_power.NAME,
        piecewise_to_truncated_power.piecewise_to_truncated_power,
    ),
)
_TO_LOCAL: tuple[str, Rewrite] = (
    bspline_to_local.NAME,
    bspline_to_local.bspline_to_local,
)
_EXPAND: tuple[tuple[str, Rewrite], ...] = (
    (local_to_affine.NAME, local_to_affine.local_to_affine),
    (expand_to_affine.NAME, expand_to_affine.expand_to_affine),
    (relu_to_edges.NAME, relu_to_edges.drop_identity_bank),
)
FORMS: dict[str, tuple[tuple[str, Rewrite], ...]] = {
    "hinge": (_SHARE, *_TO_POWERS),
    "local": (_SHARE, _TO_LOCAL, *_TO_POWERS),
    "maxout": (
        _SHARE,
        (piecewise_to_maxout.NAME, piecewise_to_maxout.piecewise_to_maxout),
    ),
}
"""Forms by name: ``hinge`` is the theorem's form, ``local`` the one floats can run."""
OTHER_FORMS = ("kan", "maxout_pair")
"""Forms that are not made stage by stage."""
LAYOUTS = ("layers", "sequential")
"""``layers`` keeps grid maps and coefficients apart, ``sequential`` multiplies out."""


def derive_compact(source: Network, form: str) -> Derivation:
    """Derive the form with copies and shifts still inside the banks.

    Raises:
        ConversionError: unknown form, or a function that no such form can hold.
    """
    if form not in FORMS:
        raise ConversionError(
            f"to must be one of {sorted([*FORMS, *OTHER_FORMS])}, got to={form!r}"
        )
    for s, stage in enumerate(source.stages):
        if isinstance(stage, Parallel) and has_bank(stage):
            raise ConversionError(
                f"stage {s} is Parallel with banks inside, which conversions do not "
                "rewrite; convert its branches one by one"
            )
    if not any(isinstance(stage, (Bank, Maximum, Product)) for stage in source.stages):
        raise ConversionError("the network has no bank, so there is nothing to convert")
    derivation = without_groups(drop_dead_units(Derivation.start(source)))
    for rule, rewrite in FORMS[form]:
        derivation = rewrite_each(derivation, rule, rewrite)
    return derivation


def without_groups(derivation: Derivation) -> Derivation:
    """Rewrite multiplication nodes and maxout units to layers of plain units."""
    return maximum_to_relu(product_to_squares(derivation))


def derive_maxout_pairs(source: Network) -> Derivation:
    """Derive the form in which each output of a layer is a difference of two maxima.

    Raises:
        ConversionError: a layer is not continuous and piecewise linear, or too large.
    """
    return layers_to_maxout_pairs(without_groups(Derivation.start(source)))


def derive_target(compact: Derivation, layout: str) -> Derivation:
    """Move copies and shifts into the affine stages; multiply out if asked.

    Raises:
        ConversionError: unknown layout, or a product that is too large.
    """
    derivation = compact
    for rule, rewrite in _EXPAND:
        derivation = rewrite_each(derivation, rule, rewrite)
    return laid_out(derivation, layout)


def laid_out(derivation: Derivation, layout: str) -> Derivation:
    """Multiply out runs of affine stages if the layout asks for it.

    Raises:
        ConversionError: unknown layout, or a product that is too large.
    """
    if layout not in LAYOUTS:
        raise ConversionError(
            f"layout must be one of {list(LAYOUTS)}, got layout={layout!r}"
        )
    return compose_affine(derivation) if layout == "sequential" else derivation
