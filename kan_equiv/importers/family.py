"""What a family of models is: words for people, a test of keys, an importer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kan_equiv.importers.tensors import StateDict
from kan_equiv.ir.network import Network

__all__ = ["Family", "Format"]


@dataclass(frozen=True, slots=True)
class Format:
    """What one family of models is, and what its import asks for.

    Attributes:
        name: what ``format=`` takes.
        source: what a model of this family comes as.
        exact: what becomes rational arithmetic.
        opaque: what stays a named function with rigorous enclosures.
        arguments: hyper-parameters that ``load`` takes, by the library's own names.
        demanded: which of them must be given, and when.
        conversion: what ``convert`` makes of it, or why it cannot.
        golden: name in tests/data of the model whose outputs are compared, if any.
    """

    name: str
    source: str
    exact: str
    opaque: str
    arguments: tuple[str, ...]
    demanded: str
    conversion: str
    golden: str = ""

    @property
    def is_convertible(self) -> bool:
        """Whether ``convert`` has a form for models of this family."""
        return not self.conversion.startswith("refused")

    @property
    def has_local_form(self) -> bool:
        """Whether ``to="local"`` gives other units than ``to="hinge"``."""
        return self.is_convertible and not self.conversion.startswith("hinge form")


@dataclass(frozen=True, slots=True)
class Family:
    """A family that is read from a state dict.

    Attributes:
        format: what it is, in words.
        is_state: whether the keys of a state dict are of this family.
        load: the importer; its keyword arguments are those of ``format``.
    """

    format: Format
    is_state: Callable[[StateDict], bool]
    load: Callable[..., Network]
