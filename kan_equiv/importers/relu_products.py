"""Layers whose basis functions are powers of products of two ReLUs.

ReLU(x - s) ReLU(e - x) is (x - s)(e - x) between s and e and 0 elsewhere, also where
training has moved e to the left of s: then it is 0 everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from kan_equiv.errors import LoadError
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.importers.chain import load_chain, prefixes_of
from kan_equiv.importers.layers import kan_layer
from kan_equiv.importers.slices import reshaped
from kan_equiv.importers.tensors import StateDict, take
from kan_equiv.ir.basis import Basis, PiecewiseBasis
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Stage

__all__ = ["is_relu_products", "load_relu_products", "relu_product"]

PARTS = (
    "phase_low",
    "phase_height",
    "equal_size_conv.weight",
    "equal_size_conv.bias",
)


def is_relu_products(state: StateDict) -> bool:
    """Whether the keys are those of ReLU-KAN and of HRKAN."""
    return bool(prefixes_of(state, PARTS))


def relu_product(
    low: Fraction, high: Fraction, factor: Fraction, power: int
) -> PiecewisePolynomial:
    """Return (factor ReLU(x - low) ReLU(high - x))^power.

    >>> bump = relu_product(Fraction(0), Fraction(2), Fraction(1), 2)
    >>> bump(Fraction(1)), bump(Fraction(3))
    (Fraction(1, 1), Fraction(0, 1))
    """
    zero = Polynomial(())
    if high <= low:
        return PiecewisePolynomial((), (zero,), ())
    arch = Polynomial.of([-low * high, low + high, -1]).scale(factor).power(power)
    return PiecewisePolynomial.from_right_pieces((low, high), (zero, arch, zero))


def load_relu_products(
    state: StateDict,
    kind: str,
    grid: tuple[int, int],
    factor: Fraction,
    power: int,
    prefix: str | Sequence[str],
) -> Network:
    """Import a chain of layers with basis (factor ReLU ReLU)^power.

    Args:
        state: the state dict.
        kind: what a layer is called, for messages.
        grid: the original's g and k; an input has g + k functions.
        factor: scale of the product, before it is raised.
        power: to which it is raised.
        prefix: as for the other chains.
    """

    def layer(p: str, l: int, width: int | None) -> tuple[Stage, ...]:
        low = take(state, p + "phase_low", (width, None))
        n, size = low.shape
        if size != sum(grid):
            raise LoadError(
                f"layer {l} has {size} functions an input ({low.name}), but g + k is "
                f"{sum(grid)}, got g={grid[0]}, k={grid[1]}"
            )
        high = take(state, p + "phase_height", (n, size))
        # The original reshapes (batch, n, g + k) to (g + k, n) without transposing, so
        # the weights in their own order belong to (input, function).
        weight = take(state, p + "equal_size_conv.weight", (None, 1, size, n))
        m = weight.shape[0]
        bases: list[Basis] = []
        for i in range(n):
            ends = [(low[i, j], high[i, j]) for j in range(size)]
            bases.append(
                PiecewiseBasis(
                    tuple(relu_product(s, e, factor, power) for s, e in ends)
                )
            )
        bias = take(state, p + "equal_size_conv.bias", (m,))
        factors = ((reshaped(weight, m, n, size), "oik"),)
        return kan_layer(bases, (m, n, size), factors, None, (), bias)

    return load_chain(state, PARTS, (), kind, prefix, layer)
