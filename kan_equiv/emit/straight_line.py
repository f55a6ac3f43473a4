"""Emitted programs as networks of straight-line programs: what a module computes.

Instruction for instruction it is what ``torch_values`` asks torch to do, and the
columns are all that the module multiplies, padding included. Over the reals this is
``exact_twin``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from kan_equiv.emit.program import Layer, Part, Program
from kan_equiv.emit.rounding import Array
from kan_equiv.errors import ValidationError
from kan_equiv.exact.tensor import FloatTensor
from kan_equiv.ir.basis import Basis
from kan_equiv.ir.linear import Dense
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Affine, Bank, Stage
from kan_equiv.ir.straight_line import Builder, StraightLineBasis
from kan_equiv.ir.straight_line import Program as Instructions

__all__ = ["straight_line_network"]

_ONE: Instructions = (("constant", Fraction(1)),)
_ZERO: Instructions = (("constant", Fraction(0)),)


def straight_line_network(program: Program) -> Network:
    """Return the network of a rounded program, with the operations of its functions.

    Every stage is a bank of ``StraightLineBasis`` or an affine stage whose weights are
    floats. Where coefficients are sums of floats, columns come in copies: as many per
    input as terms, copy t with the terms number t.

    Raises:
        ValidationError: a function that has a jump, or is held by its knots only.
    """
    stages: list[Stage] = []
    order: Sequence[int] = range(program.in_features)
    for layer in program.layers:
        outputs = sorted(o for group in layer.outputs for o in group)
        stages += _stages(layer, order, outputs, program.dtype)
        order = outputs
    return Network(program.in_features, tuple(stages))


def _stages(
    layer: Layer, inputs: Sequence[int], outputs: Sequence[int], dtype: str
) -> list[Stage]:
    terms = max((len(w.terms) for w in layer.weights.values()), default=1)
    memo: dict[object, StraightLineBasis] = {}
    found: dict[int, Basis] = {}
    for group in layer.groups:
        for i, feature in enumerate(group.features):
            found[feature] = _basis(group.parts, i, terms, memo)
    nothing = StraightLineBasis((_ZERO,) * terms)
    bases = [found.get(f, nothing) for f in inputs]
    starts = dict(zip(inputs, np.cumsum([0, *map(len, bases)]).tolist(), strict=False))
    row = {o: r for r, o in enumerate(outputs)}
    matrix = np.zeros((len(outputs), sum(map(len, bases))))
    for (g, p, h), weight in layer.weights.items():
        parts = layer.groups[g].parts
        before, once = sum(q.slots for q in parts[:p]), sum(q.slots for q in parts)
        rows = [row[o] for o in layer.outputs[h]]
        for i, feature in enumerate(layer.groups[g].features):
            for t, term in enumerate(weight.terms):
                at = starts[feature] + t * once + before
                matrix[rows, at : at + parts[p].slots] = term[:, i, :].T
    bias = np.zeros(len(outputs))
    rest = np.zeros(len(outputs))
    for group, held in zip(layer.outputs, layer.biases, strict=True):
        rows = [row[o] for o in group]
        bias[rows] = held[0]
        if len(held) > 1:
            rest[rows] = held[1]
    if rest.any():  # another term of the sum: a column that is 1
        assert isinstance(bases[0], StraightLineBasis)
        at = len(bases[0])
        bases[0] = StraightLineBasis((*bases[0].programs, _ONE))
        matrix = np.insert(matrix, at, rest, axis=1)
    affine = Affine(Dense.matrix(_tensor(matrix, dtype)), _tensor(bias, dtype))
    return [Bank.of(bases), affine]


def _tensor(values: Array, dtype: str) -> FloatTensor:
    return FloatTensor.from_array(values.astype(dtype))


def _basis(
    parts: Sequence[Part], i: int, terms: int, memo: dict[object, StraightLineBasis]
) -> StraightLineBasis:
    programs = [_program(part, j, i) for part in parts for j in range(part.slots)]
    key = tuple(programs or [_ZERO]) * terms
    if key not in memo:
        memo[key] = StraightLineBasis(key)
    return memo[key]


def _program(part: Part, j: int, i: int) -> Instructions:
    """The function of slot j of input i, as ``torch_values`` computes it."""
    c: dict[str, list[Fraction]] = {}
    for name, values in part.constants.items():
        slot = j if values.shape[-2] > 1 else 0
        own = values[..., slot, i if values.shape[-1] > 1 else 0]
        c[name] = [Fraction(float(v)) for v in np.atleast_1d(own)]
    b, p = Builder(), part.degree
    if part.kind == "atom":
        _atom(b, part, c)
    elif part.kind == "monomial" and p == 0:
        b.constant(Fraction(1))
    elif part.kind == "monomial":
        out = 0
        for _ in range(p - 1):
            out = b.multiply(out, 0)
    elif part.kind == "power" and p:
        _power(b, b.subtract(0, b.constant(c["knots"][0])), p)
    elif part.kind == "hat":
        up = b.subtract(0, b.constant(c["left"][0]))
        up = b.multiply(up, b.constant(c["rise"][0]))
        down = b.subtract(b.constant(c["right"][0]), 0)
        down = b.multiply(down, b.constant(c["fall"][0]))
        b.relu(b.minimum(up, down))
    elif part.kind == "spline" and p:
        _spline(b, c, p)
    elif part.kind == "cardinal" and p:
        _cardinal(b, c, p)
    elif part.kind == "clamped" and p:
        side = c["sides"][0]
        inner = b.minimum(
            0 if side > 0 else b.negative(0), b.constant(c["centers"][0] * side)
        )
        _power(b, b.subtract(inner, b.constant(c["knots"][0] * side)), p)
    else:
        raise ValidationError(
            f"the rounding of a {part.kind} part of degree {p} is not bounded: "
            + ("it has a jump" if p == 0 else "it is evaluated cell by cell")
        )
    return b.program


def _power(b: Builder, z: int, degree: int) -> int:
    r = out = b.relu(z)
    for _ in range(degree - 1):
        out = b.multiply(out, r)
    return out


def _atom(b: Builder, part: Part, c: dict[str, list[Fraction]]) -> None:
    z = 0
    held = part.constants
    if (held["slopes"] != 1).any() or (held["shifts"] != 0).any():
        z = b.multiply(0, b.constant(c["slopes"][0]))
        z = b.add(z, b.constant(c["shifts"][0]))
    b.atom(z, part.name)


def _spline(b: Builder, c: dict[str, list[Fraction]], degree: int) -> None:
    t, h = c["knots"], (degree + 1) // 2
    left, right = b.minimum(0, b.constant(t[h])), b.maximum(0, b.constant(t[h]))
    total = b.constant(-c["offsets"][0])
    for q in range(degree + 2):
        if q == h:
            continue
        knot = b.constant(t[q])
        inner = b.subtract(left, knot) if q < h else b.subtract(knot, right)
        scale = b.constant(c["scales"][q if q < h else q - 1])
        total = b.add(total, b.multiply(scale, _power(b, inner, degree)))


def _cardinal(b: Builder, c: dict[str, list[Fraction]], degree: int) -> None:
    u = b.multiply(b.subtract(0, b.constant(c["origin"][0])), b.constant(c["rate"][0]))
    v = b.absolute(b.subtract(u, b.constant(c["centers"][0])))
    total = 0
    for j in range((degree + 2) // 2):
        reach = Fraction(degree + 1, 2) - j
        if reach > 0:
            term = _power(b, b.subtract(b.constant(reach), v), degree)
            factor = Fraction((-1) ** j * math.comb(degree + 1, j))
            total = b.add(total, b.multiply(b.constant(factor), term)) if j else term
    if degree > 1:
        b.divided(total, math.factorial(degree))
