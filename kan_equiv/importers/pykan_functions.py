"""pykan's symbolic functions by name: exact ones, and partial ones with their domain.

``forward(x, singularity_avoiding=True, y_th=10.)`` computes other functions, without
poles. Their thresholds are computed in the floats that pykan computes them in.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

from kan_equiv.errors import UnsupportedModelError
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.exact.ratios import piecewise_quotients
from kan_equiv.importers.pointwise import (
    ABSOLUTE,
    SIGN,
    atom,
    constant,
    line,
    power,
)
from kan_equiv.importers.tensors import require_torch
from kan_equiv.ir.univariate import Univariate

__all__ = ["TOTAL", "symbolic_function"]

FUNCTIONS: dict[str, Univariate] = {
    "0": constant(Fraction(0)),
    "x": line(Fraction(1)),
    **{f"x^{k}": power(k) for k in range(2, 6)},
    "abs": ABSOLUTE,
    "sgn": SIGN,
    **{name: atom(name) for name in ("exp", "sin", "cos", "tanh", "gaussian")},
}
PARTIAL: dict[str, Univariate] = {
    "log": atom("log"),
    "sqrt": atom("sqrt"),
    "x^0.5": atom("sqrt"),
}
"""Defined on a half-line only, which is a part of what they are."""
INVERSES = {"1/x": 1, **{f"1/x^{k}": k for k in range(2, 6)}}
TOTAL = {*FUNCTIONS, "unnamed", "arctan"}
"""Symbolic functions that are defined for every real argument."""
REASONS = {
    **dict.fromkeys(INVERSES, "it has a pole"),
    "x^1.5": "its singularity-avoiding form indexes the batch in pykan",
}


def symbolic_function(name: str, y_th: float | None) -> Univariate:
    """Return the function of a name, or what pykan computes where it avoids poles.

    Args:
        name: a name of pykan's library.
        y_th: the threshold of ``singularity_avoiding=True``, None for False.

    Raises:
        UnsupportedModelError: there is no exact form.
    """
    if name in FUNCTIONS and (y_th is None or name != "exp"):
        return FUNCTIONS[name]
    if name in INVERSES and y_th is not None:
        return _inverse(INVERSES[name], y_th)
    if name in PARTIAL and y_th is None:
        return PARTIAL[name]
    known = ", ".join([*FUNCTIONS, *PARTIAL])
    if y_th is not None:
        mode = f" with singularity_avoiding=True, y_th={y_th}"
        known = ", ".join([*(n for n in FUNCTIONS if n != "exp"), *INVERSES])
    else:
        mode = ""
    why = f" ({REASONS[name]})" if name in REASONS else ""
    raise UnsupportedModelError(
        f"the symbolic function {name!r}{mode} has no exact form here{why}; those that "
        f"have are {known}"
    )


@lru_cache(maxsize=64)
def _inverse(k: int, y_th: float) -> Univariate:
    """Return 1/x^k where |x| >= y_th^(-1/k), between y_th or a line through 0."""
    torch = require_torch("reading pykan's thresholds")
    top: Any = torch.tensor(y_th)
    bend: Any = 1 / top if k == 1 else 1 / top ** (1 / k)
    end = Fraction(bend.item())
    inner = [Fraction(top.item())]
    if k % 2:
        inner = [Fraction(0), Fraction((top / bend).item())]
    one, x = Polynomial.of([1]), Polynomial.of([0] * k + [1])
    outer = (one, x)
    values = [(1 / (-end)) ** k, (1 / end) ** k]
    pieces, ratios = piecewise_quotients(
        [-end, end], [outer, (Polynomial.of(inner), one), outer], values
    )
    return Univariate(pieces, (), ratios)
