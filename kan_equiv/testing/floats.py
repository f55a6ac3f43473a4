"""Float formats seen exactly: rounding to one, and the neighbours of a number."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from kan_equiv.errors import ValidationError

__all__ = ["FORMATS", "FloatFormat", "format_of"]


@dataclass(frozen=True, slots=True)
class FloatFormat:
    """A binary format: ``bits`` of precision, least positive number 2^``tiny``.

    >>> single = FORMATS["float32"]
    >>> float(single.nearest(Fraction(1, 10)))
    0.10000000149011612
    >>> [float(v) for v in single.neighbours(Fraction(1))]
    [0.9999999403953552, 1.0000001192092896]
    """

    bits: int
    tiny: int
    top: int

    def nearest(self, x: Fraction) -> Fraction:
        """Return the nearest number of the format (ties to even, no overflow)."""
        step = self._step(x)
        return round(x / step) * step

    def neighbours(self, x: Fraction) -> tuple[Fraction, Fraction]:
        """Return the numbers of the format next below and next above one of it."""
        step = self._step(x)
        inner = step / 2 if self._is_power(x) and step > self._least else step
        down, up = (inner, step) if x > 0 else (step, inner)
        return x - down, x + up

    @property
    def largest(self) -> Fraction:
        """The largest finite number."""
        return (2 - Fraction(2) ** (1 - self.bits)) * Fraction(2) ** self.top

    @property
    def _least(self) -> Fraction:
        return Fraction(2) ** self.tiny

    def _step(self, x: Fraction) -> Fraction:
        if not x:
            return self._least
        size = abs(x)
        e = size.numerator.bit_length() - size.denominator.bit_length()
        if Fraction(2) ** e > size:
            e -= 1
        return max(Fraction(2) ** (e - self.bits + 1), self._least)

    def _is_power(self, x: Fraction) -> bool:
        n, d = abs(x).numerator, x.denominator
        return bool(n) and n & (n - 1) == 0 and d & (d - 1) == 0


FORMATS = {
    "float16": FloatFormat(11, -24, 15),
    "bfloat16": FloatFormat(8, -133, 127),
    "float32": FloatFormat(24, -149, 127),
    "float64": FloatFormat(53, -1074, 1023),
}


def format_of(dtype: object) -> tuple[str, FloatFormat]:
    """Return the name and the format of a dtype of torch or numpy, or of a name.

    Raises:
        ValidationError: no float format that is known here.
    """
    name = str(getattr(dtype, "__name__", dtype)).removeprefix("torch.")
    if name not in FORMATS:
        raise ValidationError(
            f"dtype must be one of {', '.join(FORMATS)}, got dtype={dtype!r}"
        )
    return name, FORMATS[name]
