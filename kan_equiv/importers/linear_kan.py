"""LinearKAN (kanditioned): linear interpolation on uniform points, lines outside.

With N control points, w = spline_width and u = (x + w/2)(N - 1)/w, every edge goes
through (u, value) = (m, W[i, m, o]), m = 0 ... N - 1, and its first and last line go
on for ever. Three layouts of the same functions::

    B-spline       kan_weight (in, N, out): the values themselves
    parallel_scan  r_weight, l_weight (in, N, out): of max(m - j, 0) and max(j - m, 0)
    minimal        weight (out, in (N - 1)), bias: the values but the middle one, 0
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from kan_equiv.errors import LoadError
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.importers.arguments import number
from kan_equiv.importers.chain import load_chain, prefixes_of
from kan_equiv.importers.family import Family, Format
from kan_equiv.importers.layers import kan_layer
from kan_equiv.importers.tensors import StateDict, take
from kan_equiv.ir.basis import PiecewiseBasis
from kan_equiv.ir.dense import Dense, Interleave
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Affine, Bank, Stage

__all__ = ["FAMILY", "interpolant", "load_linear_kan"]

KIND = "LinearKAN"
INDICES = ("local_bias", "feature_offset")
"""Buffers that hold indices only."""


def is_linear_kan(state: StateDict) -> bool:
    """Whether the keys are those of one layout of kanditioned."""
    return any(prefixes_of(state, layout.required) for layout in LAYOUTS)


def interpolant(
    width: Fraction, values: Sequence[Fraction | int]
) -> PiecewisePolynomial:
    """Return the line segments through values at uniform points of [-width/2, width/2].

    >>> hat = interpolant(Fraction(2), [0, 1, 0])
    >>> hat(Fraction(0)), hat(Fraction(2))  # the last line goes on
    (Fraction(1, 1), Fraction(-1, 1))
    """
    step = width / (len(values) - 1)
    points = [m * step - width / 2 for m in range(len(values))]
    lines: list[Polynomial] = []
    for m in range(len(values) - 1):
        slope = (values[m + 1] - values[m]) / step
        lines.append(Polynomial.of([values[m] - slope * points[m], slope]))
    return PiecewisePolynomial.from_right_pieces(points[1:-1], lines)


def load_linear_kan(
    state: StateDict,
    *,
    spline_width: Any = None,
    prefix: str | Sequence[str] = "",
) -> Network:
    """Import a chain of kanditioned's KANLayer from a state dict.

    Args:
        state: the state dict.
        spline_width: width of the grid around 0 that the layers were made with.
        prefix: what the keys of the chain start with, or a list with the prefix of each
            layer in the order they are applied.

    Raises:
        MissingArgumentError: spline_width is not given; no file holds it.
        LoadError: it is not positive, or there are fewer than two control points.
    """
    width = number(spline_width, "spline_width", "the width of the grid around 0")
    if width <= 0:
        raise LoadError(f"spline_width must be > 0, got {spline_width=}")
    fitting = [v for v in LAYOUTS if prefixes_of(state, v.required)]
    layout = fitting[0] if fitting else LAYOUTS[0]

    def layer(p: str, _: int, inputs: int | None) -> tuple[Stage, ...]:
        return layout.layer(state, p, inputs, width)

    return load_chain(state, layout.required, layout.optional, KIND, prefix, layer)


def _hats(width: Fraction, points: int, key: str) -> list[PiecewisePolynomial]:
    if points < 2:
        raise LoadError(
            f"tensor {key} has {points} control points an input; two or more are needed"
        )
    rows = [[int(m == j) for m in range(points)] for j in range(points)]
    return [interpolant(width, row) for row in rows]


def _values(
    state: StateDict, p: str, inputs: int | None, width: Fraction
) -> tuple[Stage, ...]:
    weight = take(state, p + "kan_weight", (inputs, None, None))
    n, points, m = weight.shape
    basis = PiecewiseBasis(tuple(_hats(width, points, weight.name)))
    return kan_layer([basis] * n, (m, n, points), ((weight, "iko"),), None, ())


def _scans(
    state: StateDict, p: str, inputs: int | None, width: Fraction
) -> tuple[Stage, ...]:
    right = take(state, p + "r_weight", (inputs, None, None))
    n, points, m = right.shape
    left = take(state, p + "l_weight", (n, points, m))
    _hats(width, points, right.name)
    rows = [[max(u - j, 0) for u in range(points)] for j in range(points)]
    rows += [[max(j - u, 0) for u in range(points)] for j in range(points)]
    basis = PiecewiseBasis(tuple(interpolant(width, row) for row in rows))
    parts = tuple(Dense(m, n, points, ((t, "iko"),)) for t in (right, left))
    return Bank((basis,), (0,) * n), Affine.linear(Interleave(n, parts))


def _minimal(
    state: StateDict, p: str, inputs: int | None, width: Fraction
) -> tuple[Stage, ...]:
    offset = getattr(state[p + "feature_offset"], "shape", ())
    weight = take(state, p + "weight", (None, None))
    m, columns = weight.shape
    n = int(offset[-1]) if offset else 0
    if n < 1 or columns % n or inputs not in (None, n):
        raise LoadError(
            f"tensor {weight.name} must have shape (any, {n} * (points - 1)) for "
            f"{n} inputs ({p}feature_offset), {inputs or 'any'} of which are given, "
            f"got shape={weight.shape}"
        )
    points = columns // n + 1
    if points < 3 or points % 2 == 0:
        raise LoadError(
            f"tensor {weight.name} has {points} control points an input; minimal.py "
            "has an odd number of 3 or more"
        )
    hats = _hats(width, points, weight.name)
    del hats[points // 2]
    bias = take(state, p + "bias", (m,)) if p + "bias" in state else None
    basis = PiecewiseBasis(tuple(hats))
    factors = ((weight, "oc"),)
    return kan_layer([basis] * n, (m, n, points - 1), factors, None, (), bias)


class Layout(NamedTuple):
    """Keys that a layout has, keys that it may have, and its layers."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    layer: Callable[[StateDict, str, int | None, Fraction], tuple[Stage, ...]]


LAYOUTS = (
    Layout(("kan_weight",), INDICES, _values),
    Layout(("r_weight", "l_weight"), INDICES, _scans),
    Layout(("feature_offset", "weight"), ("bias",), _minimal),
)


FAMILY = Family(
    Format(
        "linear-kan",
        "state dict of catswe/LinearKAN (kanditioned), its parallel_scan variant, "
        "or its minimal.py",
        "everything: continuous pieces of degree 1",
        "nothing",
        ("spline_width", "prefix"),
        "spline_width",
        "hinge form: ReLU units",
        "linear_kan",
    ),
    is_linear_kan,
    load_linear_kan,
)
