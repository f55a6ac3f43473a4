"""Options that are exact numbers: read before any model is, and refused by click."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import click

__all__ = ["NOT_NEGATIVE", "POSITIVE", "Rational"]


class Rational(click.ParamType[Fraction]):
    """A rational number such as ``1/1000`` or ``1e-3``, >= 0 or > 0."""

    name = "rational"

    def __init__(self, is_positive: bool = False) -> None:
        self.is_positive = is_positive

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Fraction:
        """Return the number; click exits with 2 where it is none or out of range."""
        try:
            found = Fraction(value)
        except (ValueError, ZeroDivisionError, OverflowError):
            self.fail(f"{value!r} is no rational such as 1/1000 or 1e-3", param, ctx)
        if found < 0 or (self.is_positive and not found):
            sign = ">" if self.is_positive else ">="
            self.fail(f"it must be {sign} 0, got {value}", param, ctx)
        return found


NOT_NEGATIVE, POSITIVE = Rational(), Rational(is_positive=True)
