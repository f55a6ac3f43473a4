"""Rigorous enclosures of real numbers: balls of adaptive precision (Arb)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

import flint

from kan_equiv.errors import UndecidedError, UndefinedError, ValidationError

__all__ = [
    "ATOM_NAMES",
    "PARTIAL_ATOM_NAMES",
    "Enclosure",
    "Number",
    "atom_enclosure",
    "working_precision",
]


def _arb(value: Fraction | int) -> Any:
    if isinstance(value, int):
        return flint.arb(value)
    return flint.arb(flint.fmpq(value.numerator, value.denominator))


class working_precision:  # noqa: N801 - reads as a statement, like decimal.localcontext
    """Context manager: compute enclosures with this many bits.

    >>> with working_precision(200):
    ...     width = Enclosure.exact(Fraction(1, 3)).radius
    >>> width < Fraction(1, 2**190)
    True
    """

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self._before = 0

    def __enter__(self) -> None:
        self._before = flint.ctx.prec
        flint.ctx.prec = self.bits

    def __exit__(self, *_: object) -> None:
        flint.ctx.prec = self._before


class Enclosure:
    """A closed interval [lower, upper] that holds one unknown real number.

    Arithmetic is rigorous: the result holds every value that operands in their
    intervals can give. ``float()`` is the midpoint. An enclosure has no ``==`` with
    numbers; ask ``overlaps`` or ``contains``.

    >>> third = Enclosure.exact(Fraction(1, 3))
    >>> (third + third + third).contains(Fraction(1))
    True
    """

    __slots__ = ("_ball",)
    _ball: Any

    def __init__(self, lower: Fraction, upper: Fraction) -> None:
        if lower > upper:
            raise ValidationError(f"lower must be <= upper, got {lower=}, {upper=}")
        object.__setattr__(self, "_ball", _arb(lower).union(_arb(upper)))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Enclosure is frozen, cannot set {name}")

    @classmethod
    def exact(cls, value: Fraction | int) -> Enclosure:
        """Return the tightest enclosure of a rational at the working precision."""
        return cls._of(_arb(value))

    @classmethod
    def _of(cls, ball: Any) -> Enclosure:
        self = object.__new__(cls)
        object.__setattr__(self, "_ball", ball)
        return self

    @property
    def lower(self) -> Fraction:
        """Exact lower end (ValidationError where there is none)."""
        return self._midpoint() - self.radius

    @property
    def upper(self) -> Fraction:
        """Exact upper end (ValidationError where there is none)."""
        return self._midpoint() + self.radius

    @property
    def radius(self) -> Fraction:
        """Exact half width (ValidationError where it is infinite)."""
        return _exact_fraction(self._ball.rad())

    @property
    def is_finite(self) -> bool:
        """Whether both ends are real numbers."""
        return bool(self._ball.is_finite())

    def _midpoint(self) -> Fraction:
        return _exact_fraction(self._ball.mid())

    def __float__(self) -> float:
        return float(self._ball.mid())

    def contains(self, value: Fraction | int) -> bool:
        """Whether a rational lies in the closed interval."""
        q = Fraction(value)
        return self.lower <= q <= self.upper

    def overlaps(self, other: Number) -> bool:
        """Whether both can be the same number."""
        if isinstance(other, Enclosure):
            return bool(self._ball.overlaps(other._ball))
        return self.contains(other)

    def hull(self, other: Number) -> Enclosure:
        """Return an enclosure of everything in either."""
        return Enclosure._of(self._ball.union(_ball_of(other)))

    def __add__(self, other: Number | int) -> Enclosure:
        return Enclosure._of(self._ball + _ball_of(other))

    def __sub__(self, other: Number | int) -> Enclosure:
        return Enclosure._of(self._ball - _ball_of(other))

    def __rsub__(self, other: Number | int) -> Enclosure:
        return Enclosure._of(_ball_of(other) - self._ball)

    def __mul__(self, other: Number | int) -> Enclosure:
        if not isinstance(other, Enclosure) and other == 0:
            return Enclosure._of(flint.arb(0))
        return Enclosure._of(self._ball * _ball_of(other))

    def __truediv__(self, other: Number | int) -> Enclosure:
        return Enclosure._of(self._ball / _ball_of(other))

    def sqrt(self) -> Enclosure:
        """Return the square root; the interval is positive."""
        return Enclosure._of(self._ball.sqrt())

    def __neg__(self) -> Enclosure:
        return Enclosure._of(-self._ball)

    __radd__ = __add__
    __rmul__ = __mul__

    def __reduce__(self) -> tuple[Any, ...]:
        return Enclosure, (self.lower, self.upper)

    def __repr__(self) -> str:
        return f"Enclosure({self._ball.str(17)})"


Number: TypeAlias = Fraction | Enclosure
"""An exact rational, or an enclosure of a real number."""


def _ball_of(value: Number | int) -> Any:
    return value._ball if isinstance(value, Enclosure) else _arb(value)  # pyright: ignore[reportPrivateUsage]


def _exact_fraction(ball: Any) -> Fraction:
    if not ball.is_finite():
        raise ValidationError(
            "an unbounded enclosure has no rational ends; evaluate nearer to the grid, "
            "or with more bits"
        )
    mantissa, exponent = ball.man_exp()
    m, e = int(mantissa), int(exponent)
    return Fraction(m << e) if e >= 0 else Fraction(m, 1 << -e)


def _increasing(f: Callable[[Any], Any], z: Any) -> Any:
    """Enclose an increasing function: balls are poor on wide arguments."""
    return f(z) if z.rad() < _WIDE else f(z.lower()).union(f(z.upper()))


def _sigmoid(z: Any) -> Any:
    return _increasing(lambda u: 1 / (1 + (-u).exp()), z)


def _gaussian(z: Any) -> Any:
    if z.rad() < _WIDE:
        return (-z * z).exp()
    near, far = z.abs_lower(), z.abs_upper()
    return (-near * near).exp().union((-far * far).exp())


_WIDE = 2.0**-8
_TINY = flint.arb(2) ** -8192  # far below what the kernel's 4096 bits show
_ATOMS: dict[str, Callable[[Any], Any]] = {
    "silu": lambda z: z * _sigmoid(z),
    "sigmoid": _sigmoid,
    "tanh": lambda z: _increasing(lambda u: u.tanh(), z),
    "exp": lambda z: _increasing(lambda u: u.exp(), z),
    "gelu": lambda z: z * (-z / flint.arb(2).sqrt()).erfc() / 2,
    "gaussian": _gaussian,
    "sin": lambda z: z.sin(),
    "cos": lambda z: z.cos(),
}
ATOM_NAMES = tuple(_ATOMS)
"""Functions of all real numbers that can be enclosed; gaussian(z) is exp(-z^2)."""

_PARTIAL_ATOMS: dict[str, Callable[[Any], Any]] = {
    "log": lambda z: _increasing(lambda u: u.log(), z),
    "sqrt": lambda z: _increasing(lambda u: u.sqrt(), z),
}
PARTIAL_ATOM_NAMES = tuple(_PARTIAL_ATOMS)
"""Functions of the open half-line z > 0, log, and of the closed one, z >= 0, sqrt."""


def atom_enclosure(name: str, z: Number) -> Enclosure:
    """Return a rigorous enclosure of the named function at ``z``.

    Raises:
        UndefinedError: log or sqrt is not defined at ``z``.
        UndecidedError: the enclosure ``z`` does not tell whether it is.

    >>> atom_enclosure("silu", Fraction(0)).contains(0)
    True
    >>> atom_enclosure("log", Fraction(0))
    Traceback (most recent call last):
        ...
    kan_equiv.errors.UndefinedError: log(z) is defined for z > 0, got z=0
    """
    argument = _ball_of(z)
    if name in _PARTIAL_ATOMS:
        _check_defined(name, z, argument)
        ball = _PARTIAL_ATOMS[name](argument)
    else:
        ball = _ATOMS[name](argument)
    if not ball.is_exact():
        # Midpoints and radii like e^-(10^12) are no rationals that fit in memory.
        error = flint.arb(0, _TINY)
        ball = error if ball.abs_upper() < _TINY else ball + error
    return Enclosure._of(ball)  # pyright: ignore[reportPrivateUsage]


def _check_defined(name: str, z: Number, ball: Any) -> None:
    where = "z >= 0" if name == "sqrt" else "z > 0"
    if bool(ball >= 0 if name == "sqrt" else ball > 0):
        return
    if bool(ball < 0 if name == "sqrt" else ball <= 0):
        raise UndefinedError(f"{name}(z) is defined for {where}, got {z=!s}")
    raise UndecidedError(f"{name}(z) is defined for {where}, and more bits are needed")
