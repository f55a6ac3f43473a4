"""Nodes of a graph in one form, and their symbolic evaluation one after the other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from kan_equiv.errors import KanEquivError, LoadError, UnsupportedModelError
from kan_equiv.exact.rational import to_fraction
from kan_equiv.importers.graphs.constants import Constant
from kan_equiv.importers.graphs.plumbing import BATCH, Batch, Size
from kan_equiv.importers.graphs.symbolic import Operand, Symbolic

__all__ = [
    "Arguments",
    "Call",
    "Operators",
    "Reference",
    "Value",
    "evaluate",
    "needed",
    "references",
]

Value: TypeAlias = Operand | Size | Sequence[Any] | None


@dataclass(frozen=True, slots=True)
class Reference:
    """The name of a value that an earlier node made."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """One node.

    Attributes:
        operator: its full name.
        place: the node's own name, for messages.
        arguments: numbers, texts, references and lists of them, by name.
        outputs: names of what it makes.
    """

    operator: str
    place: str
    arguments: Mapping[str, Any]
    outputs: tuple[str, ...]


class Arguments:
    """The arguments of a call, references resolved, read by kind.

    Attributes:
        batch: the number of samples, where the graph fixes it.
        outputs: how many results are wanted.
    """

    def __init__(self, found: Mapping[str, Any], batch: Size, outputs: int = 1) -> None:
        self._all = found
        self._read: set[str] = set()
        self.batch = batch
        self.outputs = outputs

    def __len__(self) -> int:
        """Number of arguments that are named by their places."""
        return sum(name.isdecimal() for name in self._all)

    def skip(self, *names: str) -> None:
        """Say that these arguments do not matter in this call."""
        self._read.update(names)

    @property
    def unread(self) -> list[str]:
        """The arguments that are given, and that nothing has asked for."""
        return [
            f"{name}={value}"
            for name, value in self._all.items()
            if value is not None and name not in self._read
        ]

    def is_operand(self, name: str) -> bool:
        """Whether an argument is a tensor."""
        return isinstance(self.get(name), (Constant, Symbolic))

    def has(self, name: str) -> bool:
        """Whether an argument is given, and is not None."""
        return self.get(name) is not None

    def operand(self, name: str) -> Operand:
        """Return a tensor; a number is a constant."""
        value = self.get(name)
        if isinstance(value, (Constant, Symbolic)):
            return value
        if isinstance(value, (int, float, Fraction)):
            return Constant(np.array(to_fraction(value, name), dtype=object), name)
        raise _wrong(name, "a tensor", value)

    def operands(self, name: str) -> list[Operand]:
        """Return a list of tensors."""
        found = [*self._list(name)]
        kept = [v for v in found if isinstance(v, (Constant, Symbolic))]
        if len(kept) != len(found):
            raise _wrong(name, "a list of tensors", found)
        return kept

    def constant(self, name: str) -> Constant:
        """Return a tensor that does not depend on the input."""
        value = self.operand(name)
        if isinstance(value, Symbolic):
            raise UnsupportedModelError(f"argument {name} depends on the input")
        return value

    def number(self, name: str, default: object = None) -> Fraction:
        """Return one number."""
        if not self.has(name) and default is not None:
            return to_fraction(default, name)
        return self.constant(name).number()

    def bound(self, name: str) -> Fraction | None:
        """Return one number, None where it is not given or infinite."""
        value = self.get(name)
        if value is None or (isinstance(value, float) and math.isinf(value)):
            return None
        return self.number(name)

    def integer(self, name: str, default: int | None = None) -> int:
        """Return a whole number."""
        value = self.number(name, default)
        if value.denominator != 1:
            raise LoadError(f"argument {name} must be a whole number, got {value}")
        return int(value)

    def sizes(self, name: str) -> list[Size]:
        """Return whole numbers, among which may be the batch."""
        found = self.get(name)
        if isinstance(found, Constant):
            found = [int(v) for v in found.fractions().ravel().tolist()]
        out: list[Size] = []
        for value in found if isinstance(found, (list, tuple)) else self._list(name):
            if isinstance(value, Batch):
                out.append(BATCH)
            elif isinstance(value, int) and not isinstance(value, bool):
                out.append(value)
            else:
                raise _wrong(name, "whole numbers", value)
        return out

    def integers(self, name: str, default: Sequence[int] | None = None) -> list[int]:
        """Return whole numbers."""
        if not self.has(name) and default is not None:
            return list(default)
        found = self.sizes(name)
        kept = [v for v in found if isinstance(v, int)]
        if len(kept) != len(found):
            raise UnsupportedModelError(f"argument {name} depends on the batch")
        return kept

    def text(self, name: str, default: str = "") -> str:
        """Return a text."""
        value = self.get(name)
        return default if value is None else str(value)

    def get(self, name: str) -> Any:
        """Return the argument as it is."""
        self._read.add(name)
        return self._all.get(name)

    def _list(self, name: str) -> Sequence[Any]:
        value = self.get(name)
        if isinstance(value, (list, tuple)):
            return value
        raise _wrong(name, "a list", value)


Operators: TypeAlias = Mapping[str, Callable[[Arguments], Value]]


def references(argument: Any) -> list[str]:
    """Return the names that an argument, or a list of them, refers to."""
    if isinstance(argument, Reference):
        return [argument.name]
    if isinstance(argument, (list, tuple)):
        return [name for item in argument for name in references(item)]
    return []


def needed(calls: Sequence[Call], outputs: Iterable[str]) -> list[Call]:
    """Return the calls, in order, that the outputs depend on."""
    wanted = set(outputs)
    kept: list[Call] = []
    for call in reversed(calls):
        if wanted.intersection(call.outputs):
            kept.append(call)
            wanted.update(references(list(call.arguments.values())))
    return kept[::-1]


def evaluate(
    calls: Sequence[Call], values: dict[str, Value], operators: Operators, batch: Size
) -> None:
    """Evaluate the calls in order; results are added to ``values``.

    Results that several calls read are marked as shared.

    Raises:
        UnsupportedModelError: an operator is not known, or is used in a way that has no
            exact form; the message names the node.
        LoadError: the graph does not fit together.
    """
    readers = Counter(
        name
        for call in calls
        for name in set(references(list(call.arguments.values())))
    )
    for call in calls:
        where = f"node {call.place} ({call.operator})"
        operator = operators.get(call.operator)
        if operator is None:
            raise UnsupportedModelError(
                f"{where}: this operator has no exact meaning here. Load the part of "
                "the model that does without it"
            )
        found = {k: _resolved(v, values, where) for k, v in call.arguments.items()}
        try:
            arguments = Arguments(found, batch, len(call.outputs))
            result = operator(arguments)
            if arguments.unread:
                unread = ", ".join(arguments.unread)[:200]
                raise UnsupportedModelError(f"its arguments {unread} have no meaning")
        except LoadError as error:
            error.args = (f"{where}: {error}",)
            raise
        except (KanEquivError, ValueError, TypeError, IndexError) as error:
            raise LoadError(f"{where}: {error}") from error
        made = result if isinstance(result, list) else [result]
        if len(made) < len(call.outputs):
            raise UnsupportedModelError(f"{where}: it has {len(call.outputs)} results")
        for name, value in zip(call.outputs, made, strict=False):
            if isinstance(value, Symbolic):
                value = replace(value, is_shared=readers[name] > 1 or value.is_shared)
            values[name] = value


def _wrong(name: str, wanted: str, value: object) -> UnsupportedModelError:
    got = repr(value)[:60]
    if isinstance(value, (Constant, Symbolic)):
        got = f"a tensor of shape {value.shape}"
    return UnsupportedModelError(f"argument {name} must be {wanted}, got {got}")


def _resolved(argument: Any, values: Mapping[str, Value], where: str) -> Any:
    if isinstance(argument, Reference):
        if argument.name not in values:
            raise LoadError(f"{where}: there is no value {argument.name}")
        return values[argument.name]
    if isinstance(argument, (list, tuple)):
        return [_resolved(v, values, where) for v in argument]
    return argument
