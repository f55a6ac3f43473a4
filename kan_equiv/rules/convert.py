"""The two forms of the equivalent MLP, derived step by step for whole networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kan_equiv.errors import ConversionError
from kan_equiv.ir.maximum import Maximum
from kan_equiv.ir.network import Network, has_bank
from kan_equiv.ir.product import Product
from kan_equiv.ir.stage import Affine, Bank, Parallel, Stage
from kan_equiv.rules import (
    bspline_to_local,
    bspline_to_truncated_power,
    expand_to_affine,
    local_to_affine,
    normalize_units,
    piecewise_to_maxout,
    piecewise_to_truncated_power,
    relu_to_edges,
    share_banks,
    share_grids,
)
from kan_equiv.rules.compose_affine import compose_affine
from kan_equiv.rules.derivation import Derivation, rewrite_each
from kan_equiv.rules.drop_dead_units import drop_dead_units
from kan_equiv.rules.expand_to_affine import is_columnwise
from kan_equiv.rules.fewest_units import layers_of_fewest_units
from kan_equiv.rules.maximum_to_relu import maximum_to_relu
from kan_equiv.rules.maxout_pair import layers_to_maxout_pairs
from kan_equiv.rules.product_to_squares import product_to_squares

__all__ = [
    "FORMS",
    "LAYOUTS",
    "derive_compact",
    "derive_maxout_pairs",
    "derive_minimal",
    "derive_target",
    "laid_out",
    "rewrite_banks",
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
LAYOUTS = ("layers", "sequential", "minimal")
"""``layers`` keeps grid maps and coefficients apart, ``sequential`` multiplies out,
``minimal`` leaves out units to spare as well."""


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
    return rewrite_banks(derivation, form)


def rewrite_banks(derivation: Derivation, form: str) -> Derivation:
    """Rewrite bank after bank to a form of ``FORMS``."""
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


def derive_minimal(compact: Derivation) -> Derivation:
    """Multiply out the affine stages of a compact form, and leave out units to spare.

    Grids that are affine images of each other are shared afterwards.

    Raises:
        ConversionError: a product that is too large.
    """
    derivation = compose_affine(compact)
    derivation = compose_affine(layers_of_fewest_units(derivation))
    derivation = rewrite_each(
        derivation, relu_to_edges.NAME, relu_to_edges.drop_identity_bank
    )
    derivation = _merge_units(compose_affine(derivation))
    derivation = rewrite_each(derivation, share_grids.NAME, share_grids.share_grids)
    return compose_affine(derivation)


def _merge_units(derivation: Derivation) -> Derivation:
    """Merge hidden units that are positive multiples of each other, the last first."""
    for s in reversed(range(1, len(derivation.target.stages) - 1)):
        before, bank, after = derivation.target.stages[s - 1 : s + 2]
        if (
            isinstance(before, Affine)
            and isinstance(bank, Bank)
            and is_columnwise(bank)
            and isinstance(after, Affine)
        ):
            new = normalize_units.normalize_units(before, bank, after)
            if len(new) == 1 or new[1].out_features < bank.out_features:
                derivation = derivation.then(normalize_units.NAME, s - 1, 3, new)
    return derivation


def laid_out(derivation: Derivation, layout: str) -> Derivation:
    """Multiply out runs of affine stages if the layout asks for it.

    Raises:
        ConversionError: unknown layout, or a product that is too large.
    """
    if layout not in LAYOUTS:
        raise ConversionError(
            f"layout must be one of {list(LAYOUTS)}, got layout={layout!r}"
        )
    return derivation if layout == "layers" else compose_affine(derivation)
