"""Functions given as straight-line programs: what float code is over the reals.

A program is a list of instructions.  Register 0 holds x, register k the value of the
k-th instruction, the last one is the function.  Over the reals every instruction is
what its name says, by these identities, with r(z) = max(z, 0):

    min(a, b) = a - r(a - b)     max(a, b) = b + r(a - b)     |a| = 2 r(a) - a

r, and so min, max and | |, are only taken of piecewise linear functions, where `cells`
composes exactly; products of powers and steps are expanded at the later step.  What the
same instructions compute in floats is bounded in `rounding`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .algebra import (
    IDENTITY,
    Function,
    Generator,
    Image,
    binomial,
    combine,
    constant,
    single,
    substitute,
    transform,
)
from .cells import compose
from .reader import (
    MAX_DEGREE,
    Fields,
    InvalidError,
    Json,
    items,
    natural,
    need,
    rational,
    text,
)
from .stages import ATOMS, Basis

NEEDS = ("cells",)
MAX_INSTRUCTIONS = 1024
ARITY = {
    "constant": 0,
    "add": 2,
    "subtract": 2,
    "multiply": 2,
    "minimum": 2,
    "maximum": 2,
    "relu": 1,
    "absolute": 1,
    "negative": 1,
    "atom": 1,
    "divided": 1,
}
Instruction = tuple[str, tuple[int, ...], "Fraction | str | None"]
Program = tuple[Instruction, ...]


class StraightLine(Basis):
    """A basis whose functions are programs; `divided` may only come last."""

    def __init__(self, f: Fields) -> None:
        listed = [items(p, 0, MAX_INSTRUCTIONS) for p in items(f["programs"])]
        self.programs = [decode(p) for p in listed]
        self.divisors = [divisor(p) for p in self.programs]
        super().__init__(len(listed), lambda: [meaning(p) for p in self.programs])


def decode(listed: Sequence[Json]) -> Program:
    """Instructions [name, registers ..., and for some a number or an atom's name]."""
    out: list[Instruction] = []
    for k, raw in enumerate(listed):
        name, *rest = items(raw, 1, 3)
        need(text(name) in ARITY, f"unknown instruction {ascii(name)[:40]}")
        arity, extra = ARITY[text(name)], name in ("constant", "atom", "divided")
        need(len(rest) == arity + extra, f"{name} has other arguments")
        registers = tuple(natural(v, 0, k) for v in rest[:arity])
        value: Fraction | str | None = None
        if name == "atom":
            value = text(rest[-1])
            # No log and no sqrt: later instructions would hide where they are defined.
            need(value in ATOMS, "unknown atom, or one not defined everywhere")
        elif extra:
            value = rational(rest[-1])
        if name == "divided":
            need(k + 1 == len(listed), "only the last instruction may divide")
            whole = isinstance(value, Fraction) and value.denominator == 1 <= value
            need(whole, "division is by a positive integer")
        out.append((text(name), registers, value))
    return tuple(out)


def divisor(program: Program) -> int:
    """What the sum that the function enters is divided by."""
    name, _, value = program[-1] if program else ("", (), None)
    return int(value) if name == "divided" and isinstance(value, Fraction) else 1


def meaning(program: Program) -> Function:
    """The function of x that a program is over the reals."""
    held = [IDENTITY]
    for name, registers, value in program:
        held.append(apply(name, [held[r] for r in registers], value))
    return held[-1]


def apply(name: str, of: Sequence[Function], value: Fraction | str | None) -> Function:
    """One instruction on functions of x."""
    if name == "constant" and isinstance(value, Fraction):
        return constant(value)
    if name == "add":
        return combine([(1, 1, of[0]), (1, 1, of[1])])
    if name == "subtract":
        return combine([(1, 1, of[0]), (-1, 1, of[1])])
    if name == "multiply":
        return product(of[0], of[1])
    if name == "minimum":
        return combine([(1, 1, of[0]), (-1, 1, positive_difference(*of))])
    if name == "maximum":
        return combine([(1, 1, of[1]), (1, 1, positive_difference(*of))])
    if name == "relu":
        return positive(of[0])
    if name == "absolute":
        return combine([(2, 1, positive(of[0])), (-1, 1, of[0])])
    if name == "negative":
        return combine([(-1, 1, of[0])])
    if name == "divided" and isinstance(value, Fraction):
        return combine([(1, value.numerator, of[0])])
    need(name == "atom", f"unsupported: {name}")
    a, b = (of[0].coefficient(("power", k)) for k in (1, 0))
    affine = combine([(1, 1, single(("power", 1), a)), (1, 1, constant(b))]) == of[0]
    need(affine and a != 0, "an atom needs an affine argument that is not constant")
    return substitute(single(("atom", value, Fraction(1), Fraction(0))), a, b)


def positive(f: Function) -> Function:
    """max(f, 0) for a piecewise linear f."""
    return compose(single(("step", Fraction(0), 1)), f)


def positive_difference(f: Function, g: Function) -> Function:
    """max(f - g, 0)."""
    return positive(combine([(1, 1, f), (-1, 1, g)]))


def product(f: Function, g: Function) -> Function:
    """f times g, both without atoms, spikes and ratios."""
    parts: list[tuple[int, int, Function]] = []
    for h, c in g.terms.items():
        parts.append((c, g.den, transform(f, lambda e, h=h: product_of(e, h))))
    return combine(parts) if parts else constant(Fraction(0))


def product_of(g: Generator, h: Generator) -> Image:
    """The product of two powers or steps.

    Steps at s <= t: (x - s)^j (x - t)^k for x >= t, where x - s = (x - t) + (t - s).
    """
    if not {g[0], h[0]} <= {"power", "step"}:
        raise InvalidError("unsupported: only piecewise polynomials are multiplied")
    need(g[-1] + h[-1] <= MAX_DEGREE, f"a program of degree above {MAX_DEGREE}")
    if g[0] == h[0] == "power":
        return [(("power", g[1] + h[1]), Fraction(1))]
    if h[0] == "power" or (g[0] == "step" and g[1] > h[1]):
        g, h = h, g
    t, k = h[1], h[2]
    shift = t - (g[1] if g[0] == "step" else 0)
    expanded = enumerate(binomial(g[-1], Fraction(1), shift))
    return [(("step", t, j + k), c) for j, c in expanded]
