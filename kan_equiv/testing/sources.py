"""Source code for people: the test that keeps a case which was found."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fractions import Fraction

from kan_equiv.exact import Enclosure, Number, PiecewisePolynomial
from kan_equiv.ir.network import Network
from kan_equiv.ir.univariate import Univariate
from kan_equiv.prover.conversion import Conversion
from kan_equiv.prover.outcome import Witness

__all__ = ["fraction_source", "point_source", "witness_test"]

LONG = 80


def fraction_source(value: Fraction) -> str:
    """Return Python for an exact rational.

    >>> fraction_source(Fraction(-1, 3)), fraction_source(Fraction(2))
    ('Fraction(-1, 3)', 'Fraction(2)')
    """
    if value.denominator == 1:
        return f"Fraction({value.numerator})"
    return f"Fraction({value.numerator}, {value.denominator})"


def point_source(point: Sequence[Fraction], indent: str) -> str:
    """Return Python for a list of exact rationals, on as many lines as it needs."""
    items = [fraction_source(v) for v in point]
    line = f"[{', '.join(items)}]"
    if len(line) <= LONG - len(indent):
        return line
    inner = "".join(f"{indent}    {item},\n" for item in items)
    return f"[\n{inner}{indent}]"


def witness_test(left: object, right: object, witness: Witness) -> str:
    """Return a test that fails until left and right agree at the witness.

    What was loaded from a path is loaded again; other things are taken to be called
    ``left`` and ``right`` where the test is pasted, and made networks there.
    """
    sides = [("left", left), ("right", right)]
    a, b = (_network_source(name, source) for name, source in sides)
    loads = [
        f"    {name} = ke.load({os.fspath(source)!r})\n"
        for name, source in sides
        if isinstance(source, (str, os.PathLike))
    ]
    o = witness.output
    balls = [isinstance(v, Enclosure) for v in (witness.left, witness.right)]
    claim = f"{a}(x)[{o}] == {b}(x)[{o}]"
    if any(balls):
        a, b = (a, b) if balls[0] else (b, a)
        claim = f"{a}(x, 512)[{o}].overlaps({b}(x, 512)[{o}])"
    if witness.left is None or witness.right is None:
        # One of the two calls raises UndefinedError at the witness.
        claim = f"len({a}(x)) == len({b}(x))"
    imports = "from fractions import Fraction\n"
    imports += "\nimport kan_equiv as ke\n" if loads or "ke." in claim else ""
    return (
        f"{imports}\n\n"
        f"def test_left_and_right_agree_at_the_witness():\n"
        f"{''.join(loads)}"
        f"    x = {point_source(witness.point, '    ')}\n"
        f"    assert {claim}  # {_value(witness.left)} and {_value(witness.right)}\n"
    )


def _network_source(name: str, source: object) -> str:
    """Return Python for the network that a name stands for."""
    if isinstance(source, (Network, str, os.PathLike)):
        return name
    if isinstance(source, Conversion):
        return f"{name}.target"
    if isinstance(source, (Univariate, PiecewisePolynomial)) or hasattr(
        source, "free_symbols"
    ):
        return f"ke.kan([[{name}]])"
    return f"ke.load({name})"


def _value(v: Number | None) -> str:
    if v is None:
        return "undefined"
    text = str(v) if isinstance(v, Fraction) else ""
    return text if text and len(text) <= 24 else repr(float(v))
