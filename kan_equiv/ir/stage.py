"""Stages: the letters of the word that a network is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from kan_equiv.errors import ValidationError
from kan_equiv.exact.enclosure import Number
from kan_equiv.exact.tensor import RationalTensor, Tensor
from kan_equiv.ir.basis import Basis
from kan_equiv.ir.linear import LinearMap, Selection
from kan_equiv.ir.maximum import Maximum
from kan_equiv.ir.product import Product
from kan_equiv.ir.vector_atom import VectorAtom

if TYPE_CHECKING:
    from kan_equiv.ir.network import Network

__all__ = ["Affine", "Bank", "Parallel", "Stage", "select", "zero_bias"]


def zero_bias(n: int) -> RationalTensor:
    """Return a bias of n zeros."""
    return RationalTensor((n,), (0,) * n, (1,))


@dataclass(frozen=True, slots=True)
class Affine:
    """x -> W x + b with an exact linear map and an exact bias of shape (out,)."""

    weight: LinearMap
    bias: Tensor

    def __post_init__(self) -> None:
        if self.bias.shape != (self.weight.out_features,):
            raise ValidationError(
                f"bias must have shape ({self.weight.out_features},), got "
                f"shape={self.bias.shape}"
            )

    @classmethod
    def linear(cls, weight: LinearMap) -> Affine:
        """Return x -> W x."""
        return cls(weight, zero_bias(weight.out_features))

    @property
    def in_features(self) -> int:
        """Number of inputs."""
        return self.weight.in_features

    @property
    def out_features(self) -> int:
        """Number of outputs."""
        return self.weight.out_features

    def __call__(self, x: Sequence[Number]) -> list[Number]:
        """Evaluate exactly."""
        y = self.weight.apply(x)
        return [v + b for v, b in zip(y, self.bias.fractions(), strict=True)]


@dataclass(frozen=True, slots=True)
class Bank:
    """Input i is replaced by the values of ``bases[basis_of[i]]`` there, in order.

    Coinciding grids are one basis object: sharing is structural.
    """

    bases: tuple[Basis, ...]
    basis_of: tuple[int, ...]

    def __post_init__(self) -> None:
        if set(self.basis_of) != set(range(len(self.bases))):
            raise ValidationError(
                f"basis_of must use each of the {len(self.bases)} bases and no other"
            )

    @classmethod
    def of(cls, per_input: Sequence[Basis]) -> Bank:
        """Build from one basis per input; equal ones become one object."""
        index: dict[Basis, int] = {}
        basis_of = tuple(index.setdefault(b, len(index)) for b in per_input)
        return cls(tuple(index), basis_of)

    @property
    def in_features(self) -> int:
        """Number of inputs."""
        return len(self.basis_of)

    @property
    def out_features(self) -> int:
        """Number of columns, over all inputs."""
        sizes = [len(b) for b in self.bases]
        return sum(sizes[b] for b in self.basis_of)

    def basis(self, i: int) -> Basis:
        """Return the basis of input i."""
        return self.bases[self.basis_of[i]]

    def __call__(self, x: Sequence[Number]) -> list[Number]:
        """Evaluate exactly, or in enclosures where atoms are involved."""
        return [
            v
            for b, value in zip(self.basis_of, x, strict=True)
            for v in self.bases[b].evaluate(value)
        ]


@dataclass(frozen=True, slots=True)
class Parallel:
    """The direct sum of networks on consecutive slices of the input."""

    networks: tuple[Network, ...]

    def __post_init__(self) -> None:
        if not self.networks:
            raise ValidationError("a parallel stage needs at least one network")

    @property
    def in_features(self) -> int:
        """Number of inputs, over all branches."""
        return sum(n.in_features for n in self.networks)

    @property
    def out_features(self) -> int:
        """Number of outputs, over all branches."""
        return sum(n.out_features for n in self.networks)

    def __call__(self, x: Sequence[Number]) -> list[Number]:
        """Evaluate every branch on its slice."""
        out: list[Number] = []
        start = 0
        for n in self.networks:
            y: Sequence[Number] = x[start : start + n.in_features]
            for stage in n.stages:
                y = stage(y)
            out.extend(y)
            start += n.in_features
        return out


Stage: TypeAlias = Affine | Bank | Maximum | Parallel | Product | VectorAtom


def select(indices: Sequence[int], inputs: int) -> Affine:
    """Return the stage that copies, permutes or projects inputs."""
    return Affine.linear(Selection(tuple(indices), inputs))
