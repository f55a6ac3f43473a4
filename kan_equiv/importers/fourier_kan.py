"""FourierKAN (GistNoesis): cosines and sines of k x_i for k = 1 ... gridsize.

With an optional bias::

    y_o = bias_o + sum_i sum_k fouriercoeffs[0, o, i, k-1] cos(k x_i)
                             + fouriercoeffs[1, o, i, k-1] sin(k x_i)
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from kan_equiv.exact.tensor import Tensor
from kan_equiv.importers.chain import load_chain, prefixes_of
from kan_equiv.importers.family import Family, Format
from kan_equiv.importers.slices import part, reshaped
from kan_equiv.importers.tensors import StateDict, take
from kan_equiv.ir.basis import AtomBasis
from kan_equiv.ir.linear import Dense, Interleave
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Affine, Bank, Stage, zero_bias
from kan_equiv.ir.univariate import Atom

__all__ = ["FAMILY", "load_fourier_kan"]

REQUIRED = ("fouriercoeffs",)


def is_fourier_kan(state: StateDict) -> bool:
    """Whether the keys hold NaiveFourierKANLayer layers."""
    return bool(prefixes_of(state, REQUIRED))


def load_fourier_kan(state: StateDict, *, prefix: str | Sequence[str] = "") -> Network:
    """Import a chain of NaiveFourierKANLayer from a state dict.

    Args:
        state: the state dict.
        prefix: what the keys of the chain start with, or a list with the prefix of each
            layer in the order they are applied.

    Raises:
        UnsupportedModelError: layers of unknown order, or other weights beside them.
    """

    def layer(p: str, _: int, inputs: int | None) -> tuple[Stage, ...]:
        coefficients = take(state, p + "fouriercoeffs", (2, None, inputs, None))
        m, n, size = coefficients.shape[1:]
        waves = [
            Atom(name, Fraction(k + 1)) for name in ("cos", "sin") for k in range(size)
        ]
        halves = tuple(
            Dense(
                m,
                n,
                size,
                ((reshaped(part(coefficients, h, h + 1), m, n, size), "oik"),),
            )
            for h in range(2)
        )
        bias: Tensor = zero_bias(m)
        if p + "bias" in state:
            bias = reshaped(take(state, p + "bias", (1, m)), m)
        bank = Bank((AtomBasis(tuple(waves)),), (0,) * n)
        return bank, Affine(Interleave(n, halves), bias)

    name = "NaiveFourierKANLayer"
    return load_chain(state, REQUIRED, ("bias",), name, prefix, layer)


FAMILY = Family(
    Format(
        "fourier-kan",
        "state dict of GistNoesis/FourierKAN",
        "coefficients and bias",
        "cosines and sines (units of that kind)",
        ("prefix",),
        "prefix where layers have names of their own",
        "both forms: one layer of cosine and sine units a layer",
        "fourier_kan",
    ),
    is_fourier_kan,
    load_fourier_kan,
)
