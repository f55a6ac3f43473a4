"""Networks to exact programs: nothing is rounded here, no function changes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kan_equiv.emit.program import Group, Layer, Program, Weight
from kan_equiv.emit.rounding import Array, entries, masked, tensor_entries
from kan_equiv.emit.slots import Slotted, kinds_of, slotted
from kan_equiv.errors import ValidationError
from kan_equiv.exact.tensor import RationalTensor
from kan_equiv.ir.basis import (
    Basis,
    BSplineBasis,
    ConcatenatedBasis,
    LocalBasis,
    MonomialBasis,
)
from kan_equiv.ir.linear import Selection, compose
from kan_equiv.ir.maximum import Maximum
from kan_equiv.ir.network import Network
from kan_equiv.ir.product import Product
from kan_equiv.ir.stage import Affine, Bank, Parallel, Stage
from kan_equiv.ir.vector_atom import VectorAtom
from kan_equiv.rules.bspline_to_local import bspline_to_local

__all__ = ["lower"]

_IDENTITY = MonomialBasis((1,))


def lower(network: Network) -> Program:
    """Return the exact program of a converted network.

    Local bases with their grid maps become two-sided splines again, on equispaced
    knots cardinal ones; runs of affine stages are multiplied out.

    Raises:
        ValidationError: a stage that has to be converted first.
    """
    pairs = _pairs(network)
    banks = [slots for slots, _ in pairs]
    first = tuple(range(len(banks[0])))
    grouped = [(first,), *(_groups(bases) for bases in banks[1:])]
    ends = [*grouped[1:], (tuple(range(network.out_features)),)]
    layers = [
        _layer(bases, groups, affine, outputs)
        for (bases, affine), groups, outputs in zip(pairs, grouped, ends, strict=True)
    ]
    return Program(network.in_features, tuple(layers))


def _pairs(network: Network) -> list[tuple[list[Basis], Affine]]:
    """Cut the word into (basis of each input, affine stage), filling in identities."""
    out: list[tuple[list[Basis], Affine]] = []
    stages = list(network.stages)
    width = network.in_features
    at = 0
    while at < len(stages):
        stage = stages[at]
        if isinstance(stage, Parallel):
            raise ValidationError(
                "branches beside layer normalization (Parallel stages) are not "
                "emitted; convert(network).prove() gives the exact network and its "
                "proof without a module"
            )
        if isinstance(stage, (Maximum, Product)):
            raise ValidationError(
                "multiplication nodes and maxout units are emitted in a converted "
                "form: convert(network)"
            )
        if isinstance(stage, VectorAtom):
            raise ValidationError(
                f"{stage.name} is not emitted; convert(network).prove() gives the "
                "exact network and its proof without a module"
            )
        bases: list[Basis] = [_IDENTITY] * width
        if isinstance(stage, Bank):
            if any(map(_has_repeated_knots, _plain(stage))):
                raise ValidationError(
                    "B-splines of degree 0 or with repeated knots are emitted in a "
                    "converted form: convert(network, to='hinge')"
                )
            bank, taken = _as_splines(stages, at)
            bases = [bank.basis(i) for i in range(bank.in_features)]
            width, at = bank.out_features, at + taken
        run = at
        while run < len(stages) and isinstance(stages[run], Affine):
            run += 1
        affine = [a for a in stages[at:run] if isinstance(a, Affine)]
        same = Affine.linear(Selection(tuple(range(width)), width))
        out.append((bases, _product(affine or [same])))
        width, at = out[-1][1].out_features, run
    return out or [
        ([_IDENTITY] * width, Affine.linear(Selection(tuple(range(width)), width)))
    ]


def _plain(bank: Bank) -> list[Basis]:
    out: list[Basis] = []
    rest = list(bank.bases)
    while rest:
        basis = rest.pop()
        if isinstance(basis, ConcatenatedBasis):
            rest += basis.parts
        else:
            out.append(basis)
    return out


def _has_repeated_knots(basis: Basis) -> bool:
    return isinstance(basis, BSplineBasis) and not (
        basis.degree and basis.knots.is_simple
    )


def _as_splines(stages: Sequence[Stage], at: int) -> tuple[Bank, int]:
    """Undo ``bspline_to_local``, exactly; return the bank and the stages it stands for.

    A local bank without its own grid map stays as it is.
    """
    bank = stages[at]
    assert isinstance(bank, Bank)
    before = Bank(tuple(_spline(b) for b in bank.bases), bank.basis_of)
    if before != bank and bspline_to_local(before) == tuple(stages[at : at + 2]):
        return before, 2
    return bank, 1


def _spline(basis: Basis) -> Basis:
    if isinstance(basis, ConcatenatedBasis):
        return ConcatenatedBasis(tuple(_spline(b) for b in basis.parts))
    if isinstance(basis, LocalBasis):
        return BSplineBasis(basis.knots, basis.degree)
    return basis


def _product(affine: Sequence[Affine]) -> Affine:
    if len(affine) == 1:
        return affine[0]
    bias = list(affine[0].bias.fractions())
    for a in affine[1:]:
        moved = a.weight.apply_exact(bias)
        bias = [m + b for m, b in zip(moved, a.bias.fractions(), strict=True)]
    weight = compose(*(a.weight for a in affine))
    return Affine(weight, RationalTensor.from_fractions(bias, (len(bias),)))


def _groups(bases: Sequence[Basis]) -> tuple[tuple[int, ...], ...]:
    """Group features of the same kinds of functions."""
    index: dict[object, list[int]] = {}
    for i, basis in enumerate(bases):
        index.setdefault(kinds_of(basis), []).append(i)
    return tuple(tuple(features) for features in index.values())


def _layer(
    bases: Sequence[Basis],
    groups: Sequence[Sequence[int]],
    affine: Affine,
    outputs: Sequence[Sequence[int]],
) -> Layer:
    matrix, bias = entries(affine.weight), tensor_entries(affine.bias)
    starts = np.cumsum([0, *(len(b) for b in bases)])
    built: list[Group] = []
    weights: dict[tuple[int, int, int], Weight] = {}
    for g, features in enumerate(groups):
        parts = slotted([bases[i] for i in features])
        built.append(Group(tuple(features), tuple(s.part for s in parts)))
        for p, part in enumerate(parts):
            whole = _columns(matrix, part, starts[list(features)])
            for h, rows in enumerate(outputs):
                block = whole[:, :, list(rows)]
                if (block != 0).any():
                    weights[g, p, h] = Weight((block,))
    biases = tuple((bias[list(rows)],) for rows in outputs)
    return Layer(tuple(built), tuple(tuple(r) for r in outputs), weights, biases)


def _columns(matrix: Array, part: Slotted, starts: Array) -> Array:
    """Return the coefficients of a part, (slots, inputs, all outputs), padding zero."""
    active = part.columns >= 0
    at = np.where(active, part.columns + starts[None, :], 0)
    out = np.moveaxis(matrix[:, at], 0, -1)
    return masked(out, active[:, :, None])
