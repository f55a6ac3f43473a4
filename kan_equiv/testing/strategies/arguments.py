"""Refusing wrong arguments of strategies, where they are given."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from hypothesis.errors import InvalidArgument

from kan_equiv.errors import KanEquivError
from kan_equiv.exact.rational import to_fraction

__all__ = ["choice", "range_of", "sizes"]


def sizes(name: str, low: int, high: int, *, least: int = 0) -> None:
    """Raise unless ``least <= min_name <= max_name`` are integers.

    Raises:
        InvalidArgument: with both arguments by name.
    """
    for which, value in (("min", low), ("max", high)):
        if type(value) is not int or value < least:
            raise InvalidArgument(
                f"{which}_{name} must be an integer >= {least}, got "
                f"{which}_{name}={value!r}"
            )
    if low > high:
        raise InvalidArgument(
            f"need min_{name} <= max_{name}, got min_{name}={low}, max_{name}={high}"
        )


def range_of(low: object, high: object) -> tuple[Fraction, Fraction]:
    """Return both ends exactly.

    Raises:
        InvalidArgument: not numbers, or the wrong way round.
    """
    try:
        ends = to_fraction(low, "min_value"), to_fraction(high, "max_value")
    except KanEquivError as error:
        raise InvalidArgument(str(error)) from error
    if ends[0] > ends[1]:
        raise InvalidArgument(
            f"need min_value <= max_value, got min_value={low}, max_value={high}"
        )
    return ends


def choice(name: str, got: object, allowed: Iterable[str]) -> None:
    """Raise unless ``got`` is one of the allowed words.

    Raises:
        InvalidArgument: naming them.
    """
    words = list(allowed)
    if got not in words:
        raise InvalidArgument(f"{name} must be one of {words}, got {name}={got!r}")
