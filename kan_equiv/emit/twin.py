"""The exact network that a program is: what its numbers mean over the reals.

Whatever is claimed about an emitted module is claimed about this network, which is
built from the module's own numbers, bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from kan_equiv.emit.program import Group, Layer, Part, Program
from kan_equiv.emit.rounding import Array, fractions_array, total_of
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.exact.tensor import FloatTensor, RationalTensor, Tensor
from kan_equiv.ir.basis import (
    AtomBasis,
    Basis,
    BSplineBasis,
    ConcatenatedBasis,
    MonomialBasis,
    PiecewiseBasis,
    TruncatedPowerBasis,
)
from kan_equiv.ir.knots import KnotVector
from kan_equiv.ir.linear import Dense
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Affine, Bank, Stage
from kan_equiv.ir.univariate import Atom

__all__ = ["exact_twin", "input_basis", "slot_function"]

_ZERO = Polynomial(())
_NOTHING = PiecewiseBasis((PiecewisePolynomial.of([]),))


def exact_twin(program: Program) -> Network:
    """Return the network over the reals that a program stands for, unit by unit."""
    stages: list[Stage] = []
    order: Sequence[int] = range(program.in_features)
    for l, layer in enumerate(program.layers):
        last = l + 1 == len(program.layers)
        # Inside, features are counted as the layer before put them out.
        outputs = [o for group in layer.outputs for o in group]
        position = {o: r for r, o in enumerate(sorted(outputs))}
        stages += _layer_stages(layer, {f: i for i, f in enumerate(order)}, position)
        order = sorted(outputs)
        assert not last or list(order) == list(range(len(order)))
    return Network(program.in_features, tuple(stages))


def _layer_stages(
    layer: Layer, place: dict[int, int], position: dict[int, int]
) -> list[Stage]:
    """Return the bank (unless it is the identity) and the affine stage of a layer."""
    n = len(place)
    bases: list[Basis] = [_NOTHING] * n
    columns: list[list[tuple[int, int, int, int]]] = [[(-1, 0, 0, 0)]] * n
    memo: dict[object, Basis] = {}
    for g, group in enumerate(layer.groups):
        for i, feature in enumerate(group.features):
            used = [
                (g, p, j, i)
                for p, part in enumerate(group.parts)
                for j in range(part.slots)
                if part.active[j, i]
            ]
            if used:
                bases[place[feature]] = input_basis(group, i, memo)
                columns[place[feature]] = used
    flat = [c for line in columns for c in line]
    where = {c: k for k, c in enumerate(flat) if c[0] >= 0}
    matrix = _matrix(layer, position, where, len(flat))
    bias = _bias(layer, position)
    affine = Affine(Dense.matrix(matrix), bias)
    if all(b == MonomialBasis((1,)) for b in bases):
        return [affine]
    return [Bank.of(bases), affine]


def _matrix(
    layer: Layer,
    position: dict[int, int],
    where: dict[tuple[int, int, int, int], int],
    width: int,
) -> Tensor:
    exact = any(_needs_rationals(w.terms) for w in layer.weights.values())
    out = _zeros((len(position), width), exact)
    for (g, p, h), weight in layer.weights.items():
        active = layer.groups[g].parts[p].active
        slots, inputs = np.nonzero(active)
        pairs = zip(slots.tolist(), inputs.tolist(), strict=True)
        at = [where[g, p, j, i] for j, i in pairs]
        rows = [position[o] for o in layer.outputs[h]]
        total = total_of(weight.terms) if exact else weight.terms[0]
        out[np.ix_(rows, at)] = total[slots, inputs].T
    return _tensor(out)


def _bias(layer: Layer, position: dict[int, int]) -> Tensor:
    exact = any(_needs_rationals(b) for b in layer.biases)
    out = _zeros((len(position),), exact)
    for group, terms in zip(layer.outputs, layer.biases, strict=True):
        total = total_of(terms) if exact else terms[0]
        out[[position[o] for o in group]] = total
    return _tensor(out)


def _needs_rationals(terms: tuple[Array, ...]) -> bool:
    return len(terms) > 1 or any(t.dtype == object for t in terms)


def _zeros(shape: tuple[int, ...], exact: bool) -> Array:
    if not exact:
        return np.zeros(shape)
    return fractions_array([Fraction(0)] * math.prod(shape), shape)


def _tensor(values: Array) -> Tensor:
    if values.dtype == object:
        return RationalTensor.from_fractions(values.ravel().tolist(), values.shape)
    return FloatTensor.from_array(values)


def input_basis(group: Group, i: int, memo: dict[object, Basis]) -> Basis:
    """Return the basis of one input of a group, its active slots only."""
    parts = [_part_basis(p, i, memo) for p in group.parts if p.active[:, i].any()]
    return parts[0] if len(parts) == 1 else ConcatenatedBasis(tuple(parts))


def _part_basis(part: Part, i: int, memo: dict[object, Basis]) -> Basis:
    slots = np.flatnonzero(part.active[:, i]).tolist()
    constants = [_constants(part, j, i) for j in slots]
    key = (
        part.kind,
        part.degree,
        part.name,
        tuple(tuple(c.items()) for c in constants),
    )
    if key not in memo:
        memo[key] = _basis(part, constants)
    return memo[key]


def _constants(part: Part, j: int, i: int) -> dict[str, tuple[Fraction, ...]]:
    """Return the constants of one slot of one input, as tuples of rationals."""
    out: dict[str, tuple[Fraction, ...]] = {}
    for key, values in part.constants.items():
        slot = j if values.shape[-2] > 1 else 0
        own = values[..., slot, i if values.shape[-1] > 1 else 0]
        out[key] = tuple(Fraction(v) for v in np.atleast_1d(own).tolist())
    return out


def _basis(part: Part, constants: list[dict[str, tuple[Fraction, ...]]]) -> Basis:
    if part.kind == "power":
        return TruncatedPowerBasis(
            tuple((c["knots"][0], part.degree) for c in constants)
        )
    if part.kind == "monomial":
        return MonomialBasis((part.degree,) * len(constants))
    if part.kind == "atom":
        return AtomBasis(
            tuple(Atom(part.name, c["slopes"][0], c["shifts"][0]) for c in constants)
        )
    return PiecewiseBasis(tuple(_pieces(part, c) for c in constants))


def slot_function(part: Part, j: int, i: int) -> Basis:
    """Return the function of slot j of input i, as a basis of one."""
    return _basis(part, [_constants(part, j, i)])


def _pieces(part: Part, c: dict[str, tuple[Fraction, ...]]) -> PiecewisePolynomial:
    p = part.degree
    if part.kind == "hat":
        return _hat(*(c[k][0] for k in ("left", "rise", "right", "fall")))
    if part.kind == "clamped":
        return _clamped(c["knots"][0], c["centers"][0], c["sides"][0] > 0, p)
    if part.kind == "bspline":
        return BSplineBasis(KnotVector(c["knots"]), p).functions()[0].pieces
    if part.kind == "spline":
        t, h = c["knots"], (p + 1) // 2
        total = PiecewisePolynomial.of([-c["offsets"][0]])
        others = [q for q in range(p + 2) if q != h]
        for scale, q in zip(c["scales"], others, strict=True):
            total = total + _clamped(t[q], t[h], q < h, p).scale(scale)
        return total
    return _cardinal(c["origin"][0], c["rate"][0], c["centers"][0], p)


def _hat(
    left: Fraction, rise: Fraction, right: Fraction, fall: Fraction
) -> PiecewisePolynomial:
    if left >= right:
        return PiecewisePolynomial.of([])
    top = (left * rise + right * fall) / (rise + fall)
    up, down = Polynomial.of([-left * rise, rise]), Polynomial.of([right * fall, -fall])
    pieces = (_ZERO, up, down, _ZERO)
    return PiecewisePolynomial.from_right_pieces((left, top, right), pieces)


def _clamped(
    knot: Fraction, center: Fraction, is_left: bool, p: int
) -> PiecewisePolynomial:
    """max(min(x, center) - knot, 0)^p, or its mirror image right of the center."""
    distance = center - knot if is_left else knot - center
    if distance <= 0:
        return PiecewisePolynomial.of([])
    flat = Polynomial.constant(distance**p)
    if is_left:
        ramp = Polynomial.of([-knot, 1]).power(p)
        pieces, cuts = (_ZERO, ramp, flat), (knot, center)
    else:
        ramp = Polynomial.of([knot, -1]).power(p)
        pieces, cuts = (flat, ramp, _ZERO), (center, knot)
    return PiecewisePolynomial.from_right_pieces(cuts, pieces)


def _cardinal(
    origin: Fraction, rate: Fraction, center: Fraction, p: int
) -> PiecewisePolynomial:
    total = PiecewisePolynomial.of([])
    for j in range((p + 2) // 2):
        reach = Fraction(p + 1, 2) - j
        if reach > 0:
            up = Polynomial.of([reach - center, 1]).power(p)
            down = Polynomial.of([reach + center, -1]).power(p)
            bump = PiecewisePolynomial.from_right_pieces(
                (center - reach, center, center + reach), (_ZERO, up, down, _ZERO)
            )
            total = total + bump.scale((-1) ** j * math.comb(p + 1, j))
    scale = Fraction(1, math.factorial(p))
    return total.compose_affine(rate, -origin * rate).scale(scale)
