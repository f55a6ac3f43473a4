"""Values of the functions of a part: one pointwise torch expression, knot-major.

Each takes x of shape (B, inputs) and constants that broadcast against (slots, inputs)
and returns (B, slots, inputs). NaN stays NaN, and no input is looked up anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import comb
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["ATOMS", "power", "spline_scales", "values"]

Constants = Mapping[str, Any]  # tensors, or lists of them

ATOMS: dict[str, Callable[[Tensor], Tensor]] = {
    "silu": functional.silu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "exp": torch.exp,
    "gelu": functional.gelu,
    "gaussian": lambda z: torch.exp(-z * z),
    "sin": torch.sin,
    "cos": torch.cos,
    "log": torch.log,
    "sqrt": torch.sqrt,
}


def values(
    kind: str, degree: int, name: str, constants: Constants, x: Tensor
) -> Tensor:
    """Return the values of a part's functions, (B, slots, inputs).

    Args:
        kind: a key of ``program.KINDS``.
        degree: of the functions.
        name: of the atom.
        constants: tensors (..., slots or 1, inputs or 1) by name.
        x: inputs of shape (B, inputs).
    """
    z = x.unsqueeze(-2)
    if kind == "atom":
        inner = constants.get("slopes")
        moved = z if inner is None else z * inner + constants["shifts"]
        return ATOMS[name](moved)
    if kind == "monomial":
        return _monomial(z, degree)
    return _KINDS[kind](z, degree, constants)


def power(z: Tensor, degree: int) -> Tensor:
    """Return max(z, 0)^degree by products; for degree 0 the indicator of z >= 0."""
    if degree == 0:  # NaN stays NaN
        return torch.where(z == z, (z >= 0).to(z.dtype), z)
    r = torch.relu(z)
    out = r
    for _ in range(degree - 1):
        out = out * r
    return out


def _monomial(z: Tensor, degree: int) -> Tensor:
    if degree == 0:
        return torch.where(z == z, torch.ones_like(z), z)
    out = z
    for _ in range(degree - 1):
        out = out * z
    return out


def _power(z: Tensor, degree: int, c: Constants) -> Tensor:
    return power(z - c["knots"], degree)


def _hat(z: Tensor, _: int, c: Constants) -> Tensor:
    up, down = (z - c["left"]) * c["rise"], (c["right"] - z) * c["fall"]
    return torch.relu(torch.minimum(up, down))


def _spline(z: Tensor, degree: int, c: Constants) -> Tensor:
    t, h = c["knots"], (degree + 1) // 2
    left, right = torch.minimum(z, t[h]), torch.maximum(z, t[h])
    total = -c["offsets"]
    for q in range(degree + 2):
        if q < h:
            total = total + c["scales"][q] * power(left - t[q], degree)
        elif q > h:
            total = total + c["scales"][q - 1] * power(t[q] - right, degree)
    return total


def _cardinal(z: Tensor, degree: int, c: Constants) -> Tensor:
    v = ((z - c["origin"]) * c["rate"] - c["centers"]).abs()
    total = power((degree + 1) / 2 - v, degree)
    for j in range(1, (degree + 2) // 2):
        reach = (degree + 1) / 2 - j
        if reach > 0:
            total = total + (-1) ** j * comb(degree + 1, j) * power(reach - v, degree)
    return total


def _clamped(z: Tensor, degree: int, c: Constants) -> Tensor:
    # min(x, c) left of the center, max(x, c) right of it: one minimum after a sign.
    side = c["sides"]
    inner = torch.minimum(z * side, c["centers"] * side)
    return power(inner - c["knots"] * side, degree)


def _bspline(z: Tensor, degree: int, c: Constants) -> Tensor:
    t = c["knots"]
    if degree == 1:
        hat = {"left": t[0], "right": t[2]}
        hat |= {"rise": 1 / (t[1] - t[0]), "fall": 1 / (t[2] - t[1])}
        return _hat(z, degree, hat)
    scales, offsets = spline_scales(t, degree)
    return _spline(z, degree, {"knots": t, "scales": scales, "offsets": offsets})


def spline_scales(t: Tensor, degree: int) -> tuple[list[Tensor], Tensor]:
    """Return what the two-sided form needs beside the knots (degree + 2, ...)."""
    h = (degree + 1) // 2
    scales: list[Tensor] = []
    middle: Any = 0
    for q in range(degree + 2):
        if q == h:
            continue
        product = torch.ones_like(t[0])
        for l in range(degree + 2):
            if l != q:
                product = product * (t[l] - t[q]).abs()
        # Of the signs, (-1)^q comes from t_q - t_l, the mirror takes care of the rest.
        below = q if q < h else degree + 1 - q
        scale = (t[degree + 1] - t[0]) / product * (-1) ** below
        scales.append(scale)
        if q < h:
            middle = middle + scale * (t[h] - t[q]) ** degree
    return scales, middle


_KINDS: dict[str, Callable[[Tensor, int, Constants], Tensor]] = {
    "power": _power,
    "hat": _hat,
    "spline": _spline,
    "cardinal": _cardinal,
    "clamped": _clamped,
    "bspline": _bspline,
}
