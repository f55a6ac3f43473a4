"""Exact rationals, and tensors of them or of floats."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from kan_equiv.exact import FloatTensor, RationalTensor
from kan_equiv.exact.enclosure import Enclosure
from kan_equiv.testing.strategies.arguments import choice, range_of, sizes

__all__ = [
    "enclosures",
    "float_arrays",
    "float_tensors",
    "rational_tensors",
    "rationals",
    "tensors",
]

WIDTHS = {"float16": 16, "float32": 32, "float64": 64}


def rationals(
    *, min_value: object = -6, max_value: object = 6, max_denominator: int = 12
) -> st.SearchStrategy[Fraction]:
    """Exact rationals of a closed interval with small denominators.

    Raises:
        InvalidArgument: there is no such rational.
    """
    low, high = range_of(min_value, max_value)
    sizes("denominator", 1, max_denominator, least=1)
    numerators = {
        d: (math.ceil(low * d), math.floor(high * d))
        for d in range(1, max_denominator + 1)
    }
    usable = [d for d, (a, b) in numerators.items() if a <= b]
    if not usable:
        raise InvalidArgument(
            f"no rational with a denominator <= {max_denominator} lies in [{low}, "
            f"{high}]; raise max_denominator"
        )
    return _rationals(usable, numerators)


@st.composite
def _rationals(
    draw: st.DrawFn, usable: list[int], numerators: dict[int, tuple[int, int]]
) -> Fraction:
    d = draw(st.sampled_from(usable))
    return Fraction(draw(st.integers(*numerators[d])), d)


@st.composite
def enclosures(draw: st.DrawFn) -> Enclosure:
    """Closed intervals, points among them, that hold one unknown real number."""
    lower = draw(rationals())
    return Enclosure(lower, lower + draw(rationals(min_value=0, max_value=2)))


def float_arrays(
    shape: tuple[int, ...], *, dtype: str = "float32"
) -> st.SearchStrategy[Any]:
    """Numpy arrays of finite floats of one shape.

    Raises:
        InvalidArgument: ``dtype`` is no float format of numpy.
    """
    choice("dtype", dtype, WIDTHS)
    floats = st.floats(
        width=WIDTHS[dtype],  # pyright: ignore[reportArgumentType]
        allow_nan=False,
        allow_infinity=False,
    )
    size = math.prod(shape)
    return st.lists(floats, min_size=size, max_size=size).map(
        lambda values: np.array(values, dtype=dtype).reshape(shape)
    )


def float_tensors(shape: tuple[int, ...]) -> st.SearchStrategy[FloatTensor]:
    """Tensors of floats, each one standing for its exact dyadic rational."""
    return st.sampled_from(list(WIDTHS)).flatmap(
        lambda dtype: float_arrays(shape, dtype=dtype).map(
            lambda a: FloatTensor.from_array(a, "w")
        )
    )


def rational_tensors(
    shape: tuple[int, ...], *, elements: st.SearchStrategy[Fraction] | None = None
) -> st.SearchStrategy[RationalTensor]:
    """Tensors of exact rationals of one shape."""
    size = math.prod(shape)
    entries = rationals() if elements is None else elements
    return st.lists(entries, min_size=size, max_size=size).map(
        lambda values: RationalTensor.from_fractions(values, shape, "w")
    )


def tensors(shape: tuple[int, ...]) -> st.SearchStrategy[RationalTensor | FloatTensor]:
    """Exact tensors of one shape, of rationals or of floats of any format."""
    return st.one_of(rational_tensors(shape), float_tensors(shape))
