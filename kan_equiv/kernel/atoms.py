"""Atoms in one normal form: the identities that the kernel uses, all of them here.

("atom", name, a, b) is the function name(a*x + b) of x, a constant if a = 0:

    sigmoid(z) = 1/(1 + e^-z)     silu(z) = z sigmoid(z)     gaussian(z) = e^(-z^2)
    gelu(z) = z Phi(z), Phi the normal distribution          tanh, exp, sin, cos

Every identity holds for all real z.  Those of REFLECTED follow from sigmoid(-z) =
1 - sigmoid(z) and Phi(-z) = 1 - Phi(z), or are plain symmetries.  What is left has
a > 0, or a = 0 < b (exp, which has no such identity: a and b not both 0), and is no
tanh; constants are no silu and no gaussian either.

log and sqrt have a module of their own, `partial`.

Soundness needs the identities alone.  That no further ones exist is a theorem, except
for gelu of constants (docs/reference/completeness.md).
"""

from __future__ import annotations

from fractions import Fraction
from importlib import import_module
from typing import Any

from .reader import InvalidError

Generator = tuple[Any, ...]
Image = list[tuple[Generator, Fraction]]
UNIT: Generator = ("power", 0)

REFLECTED = {  # name(-z) = c name(z) + d + e z
    "sigmoid": (-1, 1, 0),
    "silu": (1, 0, -1),
    "gelu": (1, 0, -1),
    "gaussian": (1, 0, 0),
    "sin": (-1, 0, 0),
    "cos": (1, 0, 0),
}
AT_ZERO = {
    "sigmoid": Fraction(1, 2),
    "silu": Fraction(0),
    "gelu": Fraction(0),
    "gaussian": Fraction(1),
    "sin": Fraction(0),
    "cos": Fraction(1),
    "exp": Fraction(1),
}


PARTIAL = ("log", "sqrt")
CUT = ("cut", "spike")
ATOMIC = ("atom", *CUT)


class UndefinedError(InvalidError):
    """log or sqrt of a number where it is not defined."""


def partial() -> Any:
    """The module of log and sqrt; a file that holds one has loaded it."""
    return import_module(".partial", __package__)


def guards() -> Any:
    """The module of cuts and spikes, likewise."""
    return import_module(".guards", __package__)


def substituted(g: Generator, a: Fraction, b: Fraction) -> Image:
    """g(a*x + b) for an atom, a cut or a spike; for a = 0 a constant."""
    if g[0] in CUT:
        return guards().substituted(g, a, b)
    return atom_image(g[1], g[2] * a, g[2] * b + g[3])


def atom_image(name: str, a: Fraction, b: Fraction) -> Image:
    """name(a*x + b) in normal form."""
    if name in PARTIAL:
        return partial().image(name, a, b)
    if name == "tanh":  # tanh(z) = 2 sigmoid(2z) - 1
        doubled = [(g, 2 * c) for g, c in atom_image("sigmoid", 2 * a, 2 * b)]
        return [*doubled, (UNIT, Fraction(-1))]
    if a == b == 0:
        return [(UNIT, value_at_zero(name, b))]
    if a == 0 and name == "silu":
        return [(g, b * c) for g, c in atom_image("sigmoid", a, b)]
    if a == 0 and name == "gaussian":
        return atom_image("exp", a, -b * b)
    if (a or b) < 0 and name in REFLECTED:
        c, d, e = map(Fraction, REFLECTED[name])  # of z = -a*x - b
        line: Image = [(UNIT, d - e * b), (("power", 1), -e * a)]
        return [(("atom", name, -a, -b), c), *line]
    return [(("atom", name, a, b), Fraction(1))]


def value(g: Generator, x: Fraction) -> Fraction:
    """The value of an atom at x, where it is known to be rational."""
    if g[0] in CUT:
        raise InvalidError("no rational value of an atom in pieces is known")
    return value_at_zero(g[1], g[2] * x + g[3])


def value_at_zero(name: str, z: Fraction) -> Fraction:
    """name(z), which is known to be rational for z = 0, and some roots."""
    if name in PARTIAL:
        return partial().rational_value(name, z)
    if z != 0:
        raise InvalidError(
            f"{name} has no rational value: atoms need an affine argument"
        )
    return AT_ZERO[name]
