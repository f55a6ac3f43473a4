"""Neighbouring affine stages are one: W2 (W1 x + b1) + b2, multiplied out exactly.

With it a whole stack regroups into a plain MLP: the linear map of one layer meets the
copies and shifts of the next.
"""

from __future__ import annotations

from kan_equiv.errors import ConversionError
from kan_equiv.exact.tensor import RationalTensor
from kan_equiv.ir.linear import Dense, compose
from kan_equiv.ir.stage import Affine
from kan_equiv.rules.derivation import Derivation

__all__ = ["compose_affine"]

NAME = "compose_affine"
LEMMA = "ComposeAffine.compose_affine"  # in proofs/theories
MAX_ENTRIES = 1 << 26
"""Largest dense matrix (entries) that is multiplied out."""


def compose_affine(derivation: Derivation) -> Derivation:
    """Multiply out every run of affine stages into one exact dense stage.

    Raises:
        ConversionError: a product would have more than 2^26 entries.
    """
    s = 0
    while s < len(derivation.target.stages):
        stages = derivation.target.stages
        run = s
        while run < len(stages) and isinstance(stages[run], Affine):
            run += 1
        affine = [a for a in stages[s:run] if isinstance(a, Affine)]
        if affine and (len(affine) > 1 or not isinstance(affine[0].weight, Dense)):
            derivation = derivation.then(NAME, s, len(affine), (product(affine),))
        s += 1
    return derivation


def product(affine: list[Affine]) -> Affine:
    """Return one affine stage with a dense exact matrix, equal to the composition."""
    weight = compose(*(a.weight for a in affine))
    entries = weight.out_features * weight.in_features
    if entries > MAX_ENTRIES:
        raise ConversionError(
            f"one dense matrix of {weight.out_features} x {weight.in_features} entries "
            f"is more than {MAX_ENTRIES}; keep the factored layout (layout='layers')"
        )
    bias = list(affine[0].bias.fractions())
    for a in affine[1:]:
        moved = a.weight.apply_exact(bias)
        bias = [m + b for m, b in zip(moved, a.bias.fractions(), strict=True)]
    return Affine(
        Dense.matrix(weight.to_rational()),
        RationalTensor.from_fractions(bias, (len(bias),), "bias"),
    )
