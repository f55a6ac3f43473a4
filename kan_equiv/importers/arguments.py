"""Hyper-parameters that no file holds: demanded by name, checked, made exact."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeVar

from kan_equiv.errors import LoadError, MissingArgumentError
from kan_equiv.exact.rational import to_fraction

__all__ = ["choice", "demanded", "flag", "integer", "interval", "number"]

Value = TypeVar("Value")


def demanded(value: Value | None, name: str, what: str) -> Value:
    """Return a hyper-parameter that was given.

    Raises:
        MissingArgumentError: it was not; the message says what it is.
    """
    if value is None:
        raise MissingArgumentError(
            f"the file does not hold {what}: pass {name}=, as it was given to the "
            "original library"
        )
    return value


def integer(value: Any, name: str, what: str, least: int) -> int:
    """Return a demanded integer of at least ``least``."""
    got = demanded(value, name, what)
    if type(got) is not int or got < least:
        raise LoadError(
            f"{name} must be an integer >= {least} ({what}), got {name}={got!r}"
        )
    return got


def number(value: Any, name: str, what: str) -> Fraction:
    """Return a demanded number, a float bit for bit.

    >>> number(0.5, "spline_width", "the width of the grid")
    Fraction(1, 2)
    """
    return to_fraction(demanded(value, name, what), name)


def interval(value: Any, name: str, what: str) -> tuple[Fraction, Fraction]:
    """Return a demanded pair of numbers, the first one smaller."""
    got = demanded(value, name, what)
    if not isinstance(got, (list, tuple)) or len(got) != 2:
        raise LoadError(f"{name} must be two numbers ({what}), got {name}={got!r}")
    lo, hi = (number(v, name, what) for v in got)
    if lo >= hi:
        raise LoadError(f"{name} must increase ({what}), got {name}={got!r}")
    return lo, hi


def choice(value: Any, name: str, what: str, allowed: Sequence[str]) -> str:
    """Return a demanded name out of ``allowed``."""
    got = demanded(value, name, f"{what} (one of {', '.join(allowed)})")
    if got not in allowed:
        raise LoadError(
            f"{name} must be one of {', '.join(allowed)} ({what}), got {name}={got!r}"
        )
    return got


def flag(value: Any, name: str, what: str) -> bool:
    """Return a demanded truth value."""
    got = demanded(value, name, f"{what} (True or False)")
    if type(got) is not bool:
        raise LoadError(f"{name} must be True or False ({what}), got {name}={got!r}")
    return got
