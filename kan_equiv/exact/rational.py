"""Rational numbers as text and back, and integers over one denominator."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence
from decimal import MAX_EMAX, MIN_EMIN, Context
from fractions import Fraction
from numbers import Rational
from typing import SupportsFloat

from kan_equiv.errors import NonFiniteWeightError, ValidationError

__all__ = ["about", "common_denominator", "to_float", "to_fraction", "to_text"]


def to_fraction(value: object, what: str = "value") -> Fraction:
    """Return ``value`` as an exact rational; a float is taken bit for bit.

    Raises:
        NonFiniteWeightError: ``value`` is a NaN or an infinity.
        ValidationError: ``value`` is no real number.

    >>> to_fraction(0.1)
    Fraction(3602879701896397, 36028797018963968)
    >>> to_fraction("1/3")
    Fraction(1, 3)
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, bool):
        raise ValidationError(f"{what} must be a number, got {what}={value!r}")
    if isinstance(value, (int, Rational)):
        # numpy's integers would stay inside the Fraction and overflow in silence.
        return Fraction(int(value.numerator), int(value.denominator))
    if isinstance(value, str):
        try:
            return Fraction(value)
        except (ValueError, ZeroDivisionError) as error:
            raise ValidationError(
                f"{what} must be a rational such as '3/4', got {what}={value!r}"
            ) from error
    try:
        exact: tuple[int, int] = value.as_integer_ratio()  # type: ignore[attr-defined]
    except (TypeError, AttributeError) as error:
        raise ValidationError(
            f"{what} must be a real number, got {what}={value!r}"
        ) from error
    except (OverflowError, ValueError) as error:
        raise NonFiniteWeightError(
            f"{what} must be finite, got {what}={value!r}"
        ) from error
    return Fraction(*exact)


def to_text(value: Fraction) -> str:
    """Return ``n`` or ``n/d`` in lowest terms, the form that certificates use.

    >>> to_text(Fraction(-6, 4)), to_text(Fraction(2))
    ('-3/2', '2')
    """
    try:
        return str(value)
    except ValueError:  # the interpreter's own limit, 4300 digits unless it is changed
        import flint

        return str(flint.fmpq(value.numerator, value.denominator))


def to_float(value: SupportsFloat) -> float:
    """Return the nearest float, infinite where the value is too large for one.

    >>> to_float(Fraction(1, 4)), to_float(Fraction(-(10**400)))
    (0.25, -inf)
    """
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf  # type: ignore[operator]


def about(value: Fraction, digits: int = 6) -> str:
    """Return a number in a few digits, for reading, however large or small it is.

    >>> about(Fraction(1, 3)), about(Fraction(-(10**400), 3))
    ('0.333333', '-3.33333e+399')
    """
    nearest = to_float(value)
    if not value or sys.float_info.min <= abs(nearest) <= sys.float_info.max:
        return f"{nearest:.{digits}g}"
    context = Context(prec=digits, Emax=MAX_EMAX, Emin=MIN_EMIN)
    n, d = (context.create_decimal(v) for v in value.as_integer_ratio())
    return f"{context.divide(n, d):.{digits}g}"


def common_denominator(values: Iterable[Fraction]) -> tuple[list[int], int]:
    """Return integers n and the least d > 0 with ``values[i] == n[i] / d``.

    >>> common_denominator([Fraction(1, 2), Fraction(1, 3)])
    ([3, 2], 6)
    """
    items: Sequence[Fraction] = list(values)
    denominator = math.lcm(*(v.denominator for v in items)) if items else 1
    return [v.numerator * (denominator // v.denominator) for v in items], denominator
