"""The type of bases: ordered families of functions of one variable."""

from __future__ import annotations

from abc import ABC, abstractmethod

from kan_equiv.exact.enclosure import Number
from kan_equiv.exact.hashing import HashedOnce
from kan_equiv.ir.univariate import Univariate

__all__ = ["Basis"]


class Basis(HashedOnce, ABC):
    """An ordered family of univariate functions; ``len`` is how many."""

    __slots__ = ()

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def functions(self) -> tuple[Univariate, ...]:
        """Return the family as exact functions."""

    def evaluate(self, x: Number) -> list[Number]:
        """Return the value of every function at ``x``."""
        return [f(x) for f in self.functions()]
