"""Functions of whole vectors: what is no function of single coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from kan_equiv.errors import ValidationError
from kan_equiv.exact.enclosure import Enclosure, Number

__all__ = ["VECTOR_ATOMS", "VectorAtom"]

VECTOR_ATOMS = ("layer_norm",)
"""Names of vector atoms, each with one parameter."""


@dataclass(frozen=True, slots=True)
class VectorAtom:
    """A named function of vectors; in proofs it is equal to itself and nothing else.

    ``layer_norm`` is (x - m) / sqrt(v + epsilon) with m and v the mean and the variance
    (the mean of squares) of the coordinates; ``parameters`` is (epsilon,), positive.
    Learned scale and shift belong into the next affine stage.

    >>> norm = VectorAtom("layer_norm", 2, (Fraction(1, 4),))
    >>> [round(float(v), 6) for v in norm([Fraction(1), Fraction(4)])]
    [-0.948683, 0.948683]
    """

    name: str
    features: int
    parameters: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        if self.name not in VECTOR_ATOMS:
            raise ValidationError(
                f"vector atom must be one of {list(VECTOR_ATOMS)}, got "
                f"name={self.name!r}"
            )
        if self.features < 1:
            raise ValidationError(
                f"features must be >= 1, got features={self.features}"
            )
        if len(self.parameters) != 1 or self.parameters[0] <= 0:
            raise ValidationError(
                "layer_norm needs one parameter epsilon > 0, got "
                f"parameters={self.parameters}"
            )

    @property
    def in_features(self) -> int:
        """Number of inputs."""
        return self.features

    @property
    def out_features(self) -> int:
        """Number of outputs."""
        return self.features

    def __call__(self, x: Sequence[Number]) -> list[Number]:
        """Enclose the values at the working precision."""
        (epsilon,) = self.parameters
        share = Fraction(1, self.features)
        mean = _sum(x) * share
        centred = [v - mean for v in x]
        spread = _sum([v * v for v in centred]) * share + epsilon
        if isinstance(spread, Fraction):
            root = Enclosure.exact(spread).sqrt()
        else:
            # A variance is not negative, whatever its enclosure says.
            lower, upper = (max(v, epsilon) for v in (spread.lower, spread.upper))
            root = Enclosure(lower, upper).sqrt()
        one = Enclosure.exact(1)
        return [one * v / root for v in centred]


def _sum(values: Sequence[Number]) -> Number:
    total: Number = Fraction(0)
    for v in values:
        total = total + v  # type: ignore[operator]
    return total
