"""What products and maxima share: groups of coordinates, one output each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from kan_equiv.errors import ValidationError

__all__ = ["Groups"]


@dataclass(frozen=True, slots=True)
class Groups:
    """Output g is made of the coordinates x[i] over the indices i of group g."""

    groups: tuple[tuple[int, ...], ...]
    inputs: int

    def __post_init__(self) -> None:
        for g, group in enumerate(self.groups):
            if not group:
                raise ValidationError(f"groups[{g}] is empty; each needs an index")
            for i in group:
                if not 0 <= i < self.inputs:
                    raise ValidationError(
                        f"groups[{g}] names input {i}, which must lie in "
                        f"0..{self.inputs - 1}"
                    )

    @property
    def in_features(self) -> int:
        """Number of inputs."""
        return self.inputs

    @property
    def out_features(self) -> int:
        """Number of outputs."""
        return len(self.groups)

    @property
    def arity(self) -> int:
        """Size of the largest group."""
        return max(map(len, self.groups))

    def in_pairs(self) -> tuple[Self, Self]:
        """Return the same on pairs of a group's indices, and the same on these.

        >>> from kan_equiv.ir.product import Product
        >>> pairs, rest = Product(((0, 1, 2), (3,)), 4).in_pairs()
        >>> pairs.groups, rest.groups
        (((0, 1), (2,), (3,)), ((0, 1), (2,)))
        """
        pairs: list[tuple[int, ...]] = []
        rest: list[tuple[int, ...]] = []
        for group in self.groups:
            start = len(pairs)
            pairs += [group[k : k + 2] for k in range(0, len(group), 2)]
            rest.append(tuple(range(start, len(pairs))))
        return (
            replace(self, groups=tuple(pairs)),
            replace(self, groups=tuple(rest), inputs=len(pairs)),
        )
