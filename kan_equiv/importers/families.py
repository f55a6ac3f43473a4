"""The families that are read from state dicts, one module each."""

from __future__ import annotations

from kan_equiv.importers import (
    cheby_kan,
    convkan,
    fast_kan,
    faster_kan,
    flash_kan,
    fourier_kan,
    hrkan,
    jax_kan,
    kanlib,
    kat,
    keras_efficient_kan,
    knots_kan,
    linear_kan,
    power_mlp,
    relu_kan,
    torch_conv_kan,
    torch_conv_wav_kan,
    wav_kan,
)
from kan_equiv.importers.family import Family

__all__ = ["FAMILIES"]

FAMILIES: tuple[Family, ...] = (
    relu_kan.FAMILY,
    hrkan.FAMILY,
    linear_kan.FAMILY,
    flash_kan.FAMILY,
    power_mlp.FAMILY,
    fast_kan.FAMILY,
    faster_kan.FAMILY,
    cheby_kan.FAMILY,
    fourier_kan.FAMILY,
    wav_kan.FAMILY,
    torch_conv_wav_kan.FAMILY,
    torch_conv_kan.FAMILY,
    kat.FAMILY,
    kanlib.FAMILY,
    convkan.FAMILY,
    keras_efficient_kan.FAMILY,
    jax_kan.FAMILY,
    knots_kan.FAMILY,
)
