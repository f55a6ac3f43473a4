"""Wav-KAN (zavareh1): wavelets of shifted and scaled inputs, normalized by the batch.

With the running statistics of training, as in evaluation mode::

    z_oi = (x_i - translation[o, i]) / scale[o, i]
    y_o = bn( sum_i wavelet_weights[o, i] psi(z_oi) )

``weight1`` is stored and not used; the copy of these layers in torch-conv-kan, with the
same keys, uses it. The normalization's 1/sqrt(var + eps) is the nearest float64 where
it is irrational.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from kan_equiv.errors import LoadError, UnsupportedModelError
from kan_equiv.exact.tensor import FloatTensor, RationalTensor
from kan_equiv.importers.arguments import choice
from kan_equiv.importers.batch_norm import inverse_deviation
from kan_equiv.importers.chain import load_chain, prefixes_of
from kan_equiv.importers.family import Family, Format
from kan_equiv.importers.norms import TORCH_EPSILON, diagonal
from kan_equiv.importers.slices import part
from kan_equiv.importers.tensors import StateDict, take
from kan_equiv.importers.wavelets import IDENTITY, WAVELETS, Wavelet
from kan_equiv.ir.basis import AtomBasis
from kan_equiv.ir.linear import (
    BlockDiagonal,
    Dense,
    Interleave,
    LinearMap,
    Selection,
    compose,
)
from kan_equiv.ir.network import Network
from kan_equiv.ir.product import Product
from kan_equiv.ir.stage import Affine, Bank, Stage
from kan_equiv.ir.univariate import Atom

__all__ = ["FAMILY", "is_wav_kan", "load_wav_kan", "load_wavelets"]

BN = ("bn.weight", "bn.bias", "bn.running_mean", "bn.running_var")
REQUIRED = ("wavelet_weights", "scale", "translation", *BN)
SILU = AtomBasis((Atom("silu"),))
OPTIONAL = ("weight1", "bn.num_batches_tracked")


def is_wav_kan(state: StateDict) -> bool:
    """Whether the keys are those of Wav-KAN, and of its copy in torch-conv-kan."""
    return bool(prefixes_of(state, REQUIRED))


def load_wav_kan(
    state: StateDict,
    *,
    wavelet_type: str | None = None,
    prefix: str | Sequence[str] = "",
) -> Network:
    """Import a chain of Wav-KAN's KANLinear from a state dict, in evaluation mode.

    Args:
        state: the state dict.
        wavelet_type: name of the wavelet that the layers were made with.
        prefix: what the keys of the chain start with, or a list with the prefix of each
            layer in the order they are applied.

    Raises:
        MissingArgumentError: wavelet_type is not given; no file holds it.
        UnsupportedModelError: the wavelet is shannon.
        LoadError: a scale is 0.
    """
    return load_wavelets(state, wavelet_type, prefix, has_base=False)


def load_wavelets(
    state: StateDict,
    wavelet_type: str | None,
    prefix: str | Sequence[str],
    has_base: bool,
) -> Network:
    """Import a chain of wavelet layers, with or without a SiLU branch."""
    if wavelet_type == "shannon":
        raise UnsupportedModelError(
            "wavelet_type='shannon' is sin(z)/z times a window over the inputs, and "
            f"sin(z)/z is not supported; supported are {', '.join(WAVELETS)}"
        )
    name = choice(wavelet_type, "wavelet_type", "the wavelet", tuple(WAVELETS))

    def layer(p: str, _: int, inputs: int | None) -> tuple[Stage, ...]:
        weight = take(state, p + "wavelet_weights", (None, inputs))
        base = take(state, p + "weight1", weight.shape) if has_base else None
        return _layer(state, p, weight, base, WAVELETS[name])

    required = (*REQUIRED, "weight1") if has_base else REQUIRED
    return load_chain(state, required, OPTIONAL, "Wav-KAN", prefix, layer)


def _layer(
    state: StateDict,
    p: str,
    weight: FloatTensor,
    base: FloatTensor | None,
    wavelet: Wavelet,
) -> tuple[Stage, ...]:
    m, n = weight.shape
    scale = take(state, p + "scale", (m, n))
    shift = list(take(state, p + "translation", (m, n)).fractions())
    scales = list(scale.fractions())
    if Fraction(0) in scales:
        o, i = divmod(scales.index(Fraction(0)), n)
        raise LoadError(
            f"tensor {scale.name}[{o}, {i}] is 0, and inputs are divided by it"
        )
    # Two copies of each z_oi, for the two factors of its wavelet; then x for the base.
    edges = [e for e in range(m * n) for _ in range(2)]
    raw = range(0 if base is None else n)
    one, zero = Fraction(1), Fraction(0)
    slopes = [*(1 / scales[e] for e in edges), *(one for _ in raw)]
    shifts = [*(-shift[e] / scales[e] for e in edges), *(zero for _ in raw)]
    width = len(shifts)
    copies = Selection((*(e % n for e in edges), *raw), n)
    factors = [(2 * e, 2 * e + 1) for e in range(m * n)]
    return (
        Affine(
            compose(copies, diagonal(slopes, scale.name)),
            RationalTensor.from_fractions(shifts, (width,), "shifts"),
        ),
        Bank.of([*list(wavelet.inner) * (m * n), *(IDENTITY for _ in raw)]),
        Bank.of([*list(wavelet.outer) * (m * n), *(SILU for _ in raw)]),
        Product((*factors, *((2 * m * n + i,) for i in raw)), width),
        _normalized(state, p, weight, base),
    )


def _normalized(
    state: StateDict, p: str, weight: FloatTensor, base: FloatTensor | None
) -> Affine:
    """Return the weighed sums of wavelets and base, after batch normalization."""
    m, n = weight.shape
    gain, bias, mean, variance = (
        list(take(state, p + name, (m,)).fractions()) for name in BN
    )
    factors = [
        g * inverse_deviation(v, TORCH_EPSILON)
        for g, v in zip(gain, variance, strict=True)
    ]
    scale = RationalTensor.from_fractions(factors, (m,), "batch normalization")
    blocks: list[LinearMap] = []
    for o, factor in enumerate(factors):
        own = RationalTensor.from_fractions([factor], (1,), scale.name)
        parts = ((part(weight, o, o + 1), "oi"), (own, "o"))
        blocks.append(Dense(1, n, 1, parts))
    total: LinearMap = BlockDiagonal.of(blocks)
    if base is not None:
        total = Interleave(1, (total, Dense(m, n, 1, ((base, "oi"), (scale, "o")))))
    shifts = [b - f * c for b, f, c in zip(bias, factors, mean, strict=True)]
    return Affine(total, RationalTensor.from_fractions(shifts, (m,), p + "bn"))


FAMILY = Family(
    Format(
        "wav-kan",
        "state dict of zavareh1/Wav-KAN (its keys are those of torch-conv-kan "
        "too: give format=)",
        "shifts, scales, products; batch normalization (eval), 1/sqrt(var + eps) "
        "rounded to float64",
        "exp, cos and sin of the wavelets (units of that kind); refused: shannon",
        ("wavelet_type", "prefix"),
        "format and wavelet_type",
        "both forms: units of the wavelet, then ReLU^2 for products; refused: "
        "meyer, which jumps where the float for pi cuts it off",
        "wav_kan",
    ),
    is_wav_kan,
    load_wav_kan,
)
