"""Stages, layers and networks."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from kan_equiv.exact import FloatTensor, RationalTensor
from kan_equiv.ir import (
    Affine,
    Bank,
    Basis,
    Dense,
    Maximum,
    Network,
    Parallel,
    Product,
    Stage,
    TruncatedPowerBasis,
    VectorAtom,
)
from kan_equiv.ir.stage import select
from kan_equiv.testing.strategies.arguments import choice, sizes
from kan_equiv.testing.strategies.families import bases
from kan_equiv.testing.strategies.maps import linear_maps
from kan_equiv.testing.strategies.numbers import rational_tensors, rationals

__all__ = [
    "affines",
    "banks",
    "kan_layers",
    "maximums",
    "mlp_layers",
    "networks",
    "parallels",
    "products",
    "residuals",
    "vector_atoms",
]

KINDS = ("kan", "mlp")


@st.composite
def affines(draw: st.DrawFn, *, in_features: int | None = None) -> Affine:
    """x -> W x + b with W of any class of linear maps."""
    weight = draw(linear_maps(in_features=in_features))
    return Affine(weight, draw(rational_tensors((weight.out_features,))))


@st.composite
def banks(
    draw: st.DrawFn,
    *,
    min_inputs: int = 1,
    max_inputs: int = 3,
    families: st.SearchStrategy[Basis] | None = None,
) -> Bank:
    """One basis for each input; some inputs share theirs."""
    sizes("inputs", min_inputs, max_inputs, least=1)
    chosen = bases() if families is None else families
    per_input = [draw(chosen)]
    for _ in range(draw(st.integers(min_inputs, max_inputs)) - 1):
        share = draw(st.booleans())
        per_input.append(draw(st.sampled_from(per_input)) if share else draw(chosen))
    return Bank.of(per_input)


@st.composite
def parallels(draw: st.DrawFn) -> Parallel:
    """Direct sums of one to three networks of one layer."""
    small = networks(max_depth=1, max_width=2)
    return Parallel(tuple(draw(st.lists(small, min_size=1, max_size=3))))


def residuals(
    *, max_width: int = 2, families: st.SearchStrategy[Basis] | None = None
) -> st.SearchStrategy[Network]:
    """x -> A f(x) + B x + b: a KAN layer f beside a path past it, in a Parallel stage.

    Half of them have another KAN layer after that.

    Raises:
        InvalidArgument: the width is below 1.
    """
    sizes("width", 1, max_width, least=1)
    return _residuals(max_width, bases() if families is None else families)


@st.composite
def _residuals(
    draw: st.DrawFn, max_width: int, families: st.SearchStrategy[Basis]
) -> Network:
    n = draw(st.integers(1, max_width))
    branch = draw(_layer_of(n, max_width, families))
    both = Parallel((branch, Network(n, ())))
    stages: list[Stage] = [select((*range(n), *range(n)), n), both]
    stages.append(_dense(draw, both.out_features, draw(st.integers(1, max_width))))
    if draw(st.booleans()):
        last = draw(_layer_of(stages[-1].out_features, max_width, families))
        stages += last.stages
    return Network(n, tuple(stages))


def _layer_of(
    inputs: int, max_outputs: int, families: st.SearchStrategy[Basis]
) -> st.SearchStrategy[Network]:
    return kan_layers(
        min_inputs=inputs,
        max_inputs=inputs,
        max_outputs=max_outputs,
        families=families,
    )


@st.composite
def products(draw: st.DrawFn, *, max_inputs: int = 4, max_arity: int = 4) -> Product:
    """Multiplication nodes of any number of factors, and coordinates that pass."""
    return Product(*draw(_groups(max_inputs, max_arity)))


@st.composite
def maximums(draw: st.DrawFn, *, max_inputs: int = 4, max_arity: int = 4) -> Maximum:
    """Maxout units of any number of coordinates, and coordinates that pass."""
    return Maximum(*draw(_groups(max_inputs, max_arity)))


@st.composite
def _groups(
    draw: st.DrawFn, max_inputs: int, max_arity: int
) -> tuple[tuple[tuple[int, ...], ...], int]:
    n = draw(st.integers(1, max_inputs))
    group = st.lists(st.integers(0, n - 1), min_size=1, max_size=max_arity).map(tuple)
    return tuple(draw(st.lists(group, min_size=1, max_size=3))), n


@st.composite
def vector_atoms(draw: st.DrawFn, *, max_features: int = 3) -> VectorAtom:
    """Layer normalizations."""
    epsilon = draw(rationals(min_value=Fraction(1, 12), max_value=1))
    return VectorAtom("layer_norm", draw(st.integers(1, max_features)), (epsilon,))


def kan_layers(
    *,
    min_inputs: int = 1,
    max_inputs: int = 3,
    min_outputs: int = 1,
    max_outputs: int = 3,
    families: st.SearchStrategy[Basis] | None = None,
) -> st.SearchStrategy[Network]:
    """One KAN layer: a bank of any bases, and a dense affine stage.

    Args:
        min_inputs: at least so many inputs.
        max_inputs: at most so many.
        min_outputs: at least so many outputs.
        max_outputs: at most so many.
        families: the bases of the inputs; default :func:`bases`.

    Raises:
        InvalidArgument: a size is below 1, or a minimum above its maximum.
    """
    sizes("inputs", min_inputs, max_inputs, least=1)
    sizes("outputs", min_outputs, max_outputs, least=1)
    bank = banks(min_inputs=min_inputs, max_inputs=max_inputs, families=families)
    return _kan_layers(bank, st.integers(min_outputs, max_outputs))


@st.composite
def _kan_layers(
    draw: st.DrawFn, bank: st.SearchStrategy[Bank], outputs: st.SearchStrategy[int]
) -> Network:
    first = draw(bank)
    return Network(
        first.in_features, (first, _dense(draw, first.out_features, draw(outputs)))
    )


def mlp_layers(
    *,
    min_inputs: int = 1,
    max_inputs: int = 3,
    min_outputs: int = 1,
    max_outputs: int = 2,
    min_hidden: int = 1,
    max_hidden: int = 4,
    min_degree: int = 1,
    max_degree: int = 3,
) -> st.SearchStrategy[Network]:
    """One hidden layer: Linear, ReLU^p, Linear, with arbitrary weights, mixed p.

    Raises:
        InvalidArgument: a size is below 1, or a minimum above its maximum.
    """
    sizes("inputs", min_inputs, max_inputs, least=1)
    sizes("outputs", min_outputs, max_outputs, least=1)
    sizes("hidden", min_hidden, max_hidden, least=1)
    sizes("degree", min_degree, max_degree, least=1)
    return _mlp_layers(
        st.integers(min_inputs, max_inputs),
        st.integers(min_outputs, max_outputs),
        st.lists(
            st.integers(min_degree, max_degree),
            min_size=min_hidden,
            max_size=max_hidden,
        ),
    )


@st.composite
def _mlp_layers(
    draw: st.DrawFn,
    inputs: st.SearchStrategy[int],
    outputs: st.SearchStrategy[int],
    degrees: st.SearchStrategy[list[int]],
) -> Network:
    n, p = draw(inputs), draw(degrees)
    units = Bank.of([TruncatedPowerBasis(((Fraction(0), d),)) for d in p])
    first = _dense(draw, n, len(p))
    return Network(n, (first, units, _dense(draw, len(p), draw(outputs))))


def networks(
    *,
    min_depth: int = 1,
    max_depth: int = 2,
    min_width: int = 1,
    max_width: int = 3,
    kinds: Sequence[str] = ("kan",),
    families: st.SearchStrategy[Basis] | None = None,
) -> st.SearchStrategy[Network]:
    """Stacks of layers of the given kinds.

    Args:
        min_depth: at least so many layers.
        max_depth: at most so many.
        min_width: at least so many inputs, hidden coordinates and outputs.
        max_width: at most so many.
        kinds: out of ``kan`` (Bank, Affine) and ``mlp`` (Affine, ReLU^p, Affine).
        families: the bases of KAN layers; default :func:`bases`.

    Raises:
        InvalidArgument: a size below 1, a minimum above its maximum, another kind.
    """
    sizes("depth", min_depth, max_depth, least=1)
    sizes("width", min_width, max_width, least=1)
    if not kinds:
        raise InvalidArgument("kinds must not be empty")
    for kind in kinds:
        choice("kinds", kind, KINDS)
    chosen = bases() if families is None else families
    return _networks(
        st.integers(min_depth, max_depth),
        st.integers(min_width, max_width),
        st.sampled_from(list(kinds)),
        chosen,
    )


@st.composite
def _networks(
    draw: st.DrawFn,
    depths: st.SearchStrategy[int],
    widths: st.SearchStrategy[int],
    kinds: st.SearchStrategy[str],
    families: st.SearchStrategy[Basis],
) -> Network:
    width = first = draw(widths)
    stages: list[Stage] = []
    for _ in range(draw(depths)):
        out = draw(widths)
        size: dict[str, Any] = {
            "min_inputs": width,
            "max_inputs": width,
            "min_outputs": out,
            "max_outputs": out,
        }
        if draw(kinds) == "kan":
            layer = draw(kan_layers(**size, families=families))
        else:
            layer = draw(mlp_layers(**size))
        stages += layer.stages
        width = out
    return Network(first, tuple(stages))


def _dense(draw: st.DrawFn, n: int, m: int) -> Affine:
    """Draw a dense affine stage: rationals, or float32 weights as a checkpoint has."""
    if draw(st.sampled_from(["rational", "rational", "float32"])) == "rational":
        weight = draw(rational_tensors((m, n)))
        return Affine(Dense.matrix(weight), draw(rational_tensors((m,))))
    small = rationals(max_denominator=8).map(float)
    flat = draw(st.lists(small, min_size=m * n, max_size=m * n))
    array = np.array(flat, dtype=np.float32).reshape(m, n)
    bias = RationalTensor.from_fractions(
        draw(st.lists(rationals(), min_size=m, max_size=m)), (m,)
    )
    return Affine(Dense.matrix(FloatTensor.from_array(array, "w")), bias)
