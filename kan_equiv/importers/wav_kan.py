"""Wav-KAN (zavareh1): wavelets of shifted and scaled inputs, normalized by the batch.

With the running statistics of training, as in evaluation mode::

    z_oi = (x_i - translation[o, i]) / scale[o, i]
    y_o = bn( sum_i wavelet_weights[o, i] psi(z_oi) )

``weight1`` is stored and not used. The normalization's 1/sqrt(var + eps) is the nearest
float64 where it is irrational.
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
from kan_equiv.importers.wavelets import WAVELETS, Wavelet
from kan_equiv.ir.linear import BlockDiagonal, Dense, LinearMap, Selection, compose
from kan_equiv.ir.network import Network
from kan_equiv.ir.product import Product
from kan_equiv.ir.stage import Affine, Bank, Stage

__all__ = ["FAMILY", "load_wav_kan"]

BN = ("bn.weight", "bn.bias", "bn.running_mean", "bn.running_var")
REQUIRED = ("wavelet_weights", "scale", "translation", *BN)
OPTIONAL = ("weight1", "bn.num_batches_tracked")


def is_wav_kan(state: StateDict) -> bool:
    """Whether the keys hold KANLinear layers of Wav-KAN."""
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
    if wavelet_type == "shannon":
        raise UnsupportedModelError(
            "wavelet_type='shannon' is sin(z)/z times a window over the inputs, and "
            f"sin(z)/z is not supported; supported are {', '.join(WAVELETS)}"
        )
    name = choice(wavelet_type, "wavelet_type", "the wavelet", tuple(WAVELETS))

    def layer(p: str, _: int, inputs: int | None) -> tuple[Stage, ...]:
        return _layer(state, p, inputs, WAVELETS[name])

    return load_chain(state, REQUIRED, OPTIONAL, "Wav-KAN", prefix, layer)


def _layer(
    state: StateDict, p: str, inputs: int | None, wavelet: Wavelet
) -> tuple[Stage, ...]:
    weight = take(state, p + "wavelet_weights", (None, inputs))
    m, n = weight.shape
    scale = take(state, p + "scale", (m, n))
    shift = list(take(state, p + "translation", (m, n)).fractions())
    scales = list(scale.fractions())
    if Fraction(0) in scales:
        o, i = divmod(scales.index(Fraction(0)), n)
        raise LoadError(
            f"tensor {scale.name}[{o}, {i}] is 0, and inputs are divided by it"
        )
    # Two copies of each z_oi, for the two factors of its wavelet.
    edges = [e for e in range(m * n) for _ in range(2)]
    copies = Selection(tuple(e % n for e in edges), n)
    arguments = Affine(
        compose(copies, diagonal([1 / scales[e] for e in edges], scale.name)),
        RationalTensor.from_fractions(
            [-shift[e] / scales[e] for e in edges], (len(edges),), "shifts"
        ),
    )
    return (
        arguments,
        Bank.of(list(wavelet.inner) * (m * n)),
        Bank.of(list(wavelet.outer) * (m * n)),
        Product(tuple((2 * e, 2 * e + 1) for e in range(m * n)), 2 * m * n),
        _normalized(state, p, [part(weight, o, o + 1) for o in range(m)]),
    )


def _normalized(state: StateDict, p: str, rows: Sequence[FloatTensor]) -> Affine:
    """Return the sums of products, weighed by rows, after batch normalization."""
    m = len(rows)
    gain, bias, mean, variance = (
        list(take(state, p + name, (m,)).fractions()) for name in BN
    )
    factors = [
        g * inverse_deviation(v, TORCH_EPSILON)
        for g, v in zip(gain, variance, strict=True)
    ]
    blocks: list[LinearMap] = []
    for row, factor in zip(rows, factors, strict=True):
        scale = RationalTensor.from_fractions([factor], (1,), "batch normalization")
        blocks.append(Dense(1, row.shape[1], 1, ((row, "oi"), (scale, "o"))))
    distinct = tuple(dict.fromkeys(blocks))
    weight = BlockDiagonal(distinct, tuple(distinct.index(b) for b in blocks))
    shifts = [b - f * c for b, f, c in zip(bias, factors, mean, strict=True)]
    return Affine(weight, RationalTensor.from_fractions(shifts, (m,), p + "bn"))


FAMILY = Family(
    Format(
        "wav-kan",
        "state dict of zavareh1/Wav-KAN",
        "shifts, scales, products; batch normalization (eval), 1/sqrt(var + eps) "
        "rounded to float64",
        "exp, cos and sin of the wavelets (units of that kind); refused: shannon",
        ("wavelet_type", "prefix"),
        "wavelet_type",
        "both forms: units of the wavelet, then ReLU^2 for products; refused: "
        "meyer, which jumps where the float for pi cuts it off",
        "wav_kan",
    ),
    is_wav_kan,
    load_wav_kan,
)
