"""KAT (Adamdad): the rational MLP block of a Kolmogorov-Arnold transformer.

fc2(act2(fc1(act1(x)))), each activation a ratio of polynomials whose numerator is
shared and whose denominator belongs to a group of neighbouring features::

    act(x) = sum_i a_i x^i / (1 + sum_j |b_gj| |x|^j)

That is what the CUDA and Triton kernels compute (``device="cuda"``). The fallback of
the same library for ``device="cpu"`` has x^j in place of |x|^j: it is another function
for x < 0, and may have poles there.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from kan_equiv.errors import LoadError
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.exact.ratios import Ratios, piecewise_quotients
from kan_equiv.exact.tensor import FloatTensor, Tensor
from kan_equiv.importers.arguments import choice
from kan_equiv.importers.chain import load_chain, prefixes_of
from kan_equiv.importers.family import Family, Format
from kan_equiv.importers.tensors import StateDict, take
from kan_equiv.ir.basis import Basis, ConcatenatedBasis, PiecewiseBasis
from kan_equiv.ir.linear import Dense
from kan_equiv.ir.network import Network
from kan_equiv.ir.rational import RationalBasis
from kan_equiv.ir.stage import Affine, Bank, Stage, zero_bias

__all__ = ["FAMILY", "load_kat", "rational_activation"]

HALVES = (("act1.", "fc1."), ("act2.", "fc2."))
REQUIRED = tuple(
    key
    for act, linear in HALVES
    for key in (
        act + "weight_numerator",
        act + "weight_denominator",
        linear + "weight",
    )
)
OPTIONAL = ("fc1.bias", "fc2.bias")
DEVICES = ("cuda", "cpu")


def is_kat(state: StateDict) -> bool:
    """Whether the keys hold rational MLP blocks."""
    return bool(prefixes_of(state, REQUIRED))


def load_kat(
    state: StateDict,
    *,
    device: str | None = None,
    prefix: str | Sequence[str] = "",
) -> Network:
    """Import the MLP block of a KAT from a state dict.

    Args:
        state: the state dict; of a whole transformer, with ``prefix`` of one block.
        device: ``cuda`` or ``cpu``, as given to KAT_Group: they are two functions.
        prefix: what the keys of the block start with, for instance ``blocks.0.mlp.``,
            or a list of blocks in the order they are applied.

    Raises:
        MissingArgumentError: device is not given.
        DomainError: a denominator of the CPU's fallback has a root.
    """
    kernel = choice(device, "device", "the kernel that computes activations", DEVICES)

    def layer(p: str, _: int, inputs: int | None) -> tuple[Stage, ...]:
        stages: list[Stage] = []
        for act, linear in HALVES:
            weight = take(state, p + linear + "weight", (None, inputs))
            m, n = weight.shape
            bank = _activations(state, p + act, n, kernel)
            bias: Tensor = zero_bias(m)
            if p + linear + "bias" in state:
                bias = take(state, p + linear + "bias", (m,))
            # Both columns of an input, its pieces and its ratios, have one weight.
            width = len(bank.bases[0])
            stages += [bank, Affine(Dense(m, n, width, ((weight, "oi"),)), bias)]
            inputs = m
        return tuple(stages)

    return load_chain(state, REQUIRED, OPTIONAL, "rational MLP", prefix, layer)


def _activations(state: StateDict, p: str, n: int, kernel: str) -> Bank:
    numerator = take(state, p + "weight_numerator", (1, None))
    denominators = take(state, p + "weight_denominator", (None, None))
    groups = denominators.shape[0]
    if n % groups:
        raise LoadError(
            f"{n} features do not split into {groups} groups ({denominators.name})"
        )
    bases = [
        _basis(*rational_activation(numerator, denominators, g, kernel))
        for g in range(groups)
    ]
    return Bank.of([bases[i // (n // groups)] for i in range(n)])


def rational_activation(
    numerator: FloatTensor, denominators: FloatTensor, group: int, kernel: str
) -> tuple[PiecewisePolynomial, Ratios]:
    """Return the activation of one group, pieces and ratios.

    Raises:
        DomainError: its denominator has a root (with ``kernel="cpu"`` only).
    """
    top = Polynomial.of(numerator.fractions())
    bottom = [abs(denominators[group, j]) for j in range(denominators.shape[1])]
    right = Polynomial.of([1, *bottom])
    if kernel == "cpu":
        return piecewise_quotients([], [(top, right)], [])
    left = right.compose(Polynomial.of([0, -1]))
    zero = Fraction(0)
    return piecewise_quotients([zero], [(top, left), (top, right)], [top(zero)])


def _basis(pieces: PiecewisePolynomial, ratios: Ratios) -> Basis:
    return ConcatenatedBasis((RationalBasis((ratios,)), PiecewiseBasis((pieces,))))


FAMILY = Family(
    Format(
        "kat",
        "state dict of an MLP block of Adamdad/kat (rational_kat_cu, FlashKAT)",
        "everything: piecewise ratios of polynomials, by partial fractions",
        "nothing",
        ("device", "prefix"),
        "device: the library's kernels for cuda and cpu are two functions; prefix of "
        "one block of a transformer",
        "refused: ratios of polynomials are no pieces of ReLU^p units",
        "kat",
    ),
    is_kat,
    load_kat,
)
