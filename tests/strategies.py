"""Hypothesis strategies for the values of ``exact`` and ``ir``, and exact probes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from kan_equiv.exact import (
    FloatTensor,
    PiecewisePolynomial,
    Polynomial,
    RationalTensor,
)
from kan_equiv.exact.enclosure import ATOM_NAMES
from kan_equiv.ir import (
    Affine,
    Atom,
    AtomBasis,
    Bank,
    Basis,
    BlockDiagonal,
    BSplineBasis,
    Composition,
    ConcatenatedBasis,
    Dense,
    Interleave,
    KnotVector,
    LinearMap,
    LocalBasis,
    MonomialBasis,
    Network,
    PiecewiseBasis,
    Selection,
    TruncatedPowerBasis,
    Univariate,
)

NUMPY_DTYPES = ("float16", "float32", "float64")


@st.composite
def rationals(
    draw: st.DrawFn,
    *,
    min_value: int = -6,
    max_value: int = 6,
    max_denominator: int = 12,
) -> Fraction:
    d = draw(st.integers(1, max_denominator))
    return Fraction(draw(st.integers(min_value * d, max_value * d)), d)


def polynomials(*, max_degree: int = 4) -> st.SearchStrategy[Polynomial]:
    return st.lists(rationals(), max_size=max_degree + 1).map(Polynomial.of)


@st.composite
def piecewise_polynomials(
    draw: st.DrawFn, *, max_breakpoints: int = 4, max_degree: int = 3
) -> PiecewisePolynomial:
    """Any values at breakpoints: left, right, or isolated."""
    t = sorted(draw(st.sets(rationals(), max_size=max_breakpoints)))
    pieces = [draw(polynomials(max_degree=max_degree)) for _ in range(len(t) + 1)]
    values: list[Fraction] = []
    for j, b in enumerate(t):
        kind = draw(st.sampled_from(["left", "right", "isolated"]))
        if kind == "isolated":
            values.append(draw(rationals()))
        else:
            values.append(pieces[j + (kind == "right")](b))
    return PiecewisePolynomial(tuple(t), tuple(pieces), tuple(values))


@st.composite
def knot_vectors(
    draw: st.DrawFn, *, min_size: int = 2, max_size: int = 9, simple: bool = False
) -> KnotVector:
    size = draw(st.integers(min_size, max_size))
    steps = [
        draw(rationals(min_value=0, max_value=2, max_denominator=4))
        for _ in range(size)
    ]
    t = draw(rationals())
    knots: list[Fraction] = []
    for step in steps:
        t += max(step, Fraction(1, 8)) if simple else step
        knots.append(t)
    return KnotVector(tuple(knots))


@st.composite
def atoms(draw: st.DrawFn, *, names: Sequence[str] = ATOM_NAMES) -> Atom:
    slope = draw(rationals(min_value=-3, max_value=3).filter(bool))
    return Atom(draw(st.sampled_from(names)), slope, draw(rationals(max_value=3)))


@st.composite
def univariates(
    draw: st.DrawFn,
    *,
    max_atoms: int = 2,
    max_breakpoints: int = 4,
    max_degree: int = 3,
) -> Univariate:
    pieces = draw(
        piecewise_polynomials(max_breakpoints=max_breakpoints, max_degree=max_degree)
    )
    chosen = draw(st.lists(atoms(), max_size=max_atoms, unique=True))
    return Univariate(pieces, tuple((a, draw(rationals())) for a in chosen))


@st.composite
def bspline_bases(
    draw: st.DrawFn, *, max_degree: int = 3, simple: bool = False
) -> BSplineBasis:
    degree = draw(st.integers(0, max_degree))
    knots = draw(knot_vectors(min_size=degree + 2, max_size=degree + 6, simple=simple))
    return BSplineBasis(knots, degree)


@st.composite
def local_bases(draw: st.DrawFn, *, max_degree: int = 3) -> LocalBasis:
    degree = draw(st.integers(1, max_degree))
    knots = draw(knot_vectors(min_size=degree + 2, max_size=degree + 5, simple=True))
    centers = tuple(
        draw(st.integers(k + 1, k + degree)) for k in range(len(knots) - degree - 1)
    )
    return LocalBasis(knots, degree, centers)


def bases(*, exact: bool = False) -> st.SearchStrategy[Basis]:
    """Bases of every class; ``exact`` leaves out transcendentals."""
    simple: list[st.SearchStrategy[Basis]] = [
        bspline_bases(),
        local_bases(),
        st.lists(st.tuples(rationals(), st.integers(0, 3)), min_size=1, max_size=4).map(
            lambda terms: TruncatedPowerBasis(tuple(terms))
        ),
        st.lists(st.integers(0, 3), min_size=1, max_size=3).map(
            lambda degrees: MonomialBasis(tuple(degrees))
        ),
        st.lists(piecewise_polynomials(max_breakpoints=3), min_size=1, max_size=3).map(
            lambda pieces: PiecewiseBasis(tuple(pieces))
        ),
    ]
    if not exact:
        simple.append(
            st.lists(atoms(), min_size=1, max_size=2).map(
                lambda chosen: AtomBasis(tuple(chosen))
            )
        )
    either = st.one_of(simple)
    parts = st.lists(either, min_size=1, max_size=2)
    return either | parts.map(lambda p: ConcatenatedBasis(tuple(p)))


@st.composite
def float_arrays(
    draw: st.DrawFn, shape: tuple[int, ...], *, dtype: str = "float32"
) -> np.ndarray:
    width = {"float16": 16, "float32": 32, "float64": 64}[dtype]
    size = int(np.prod(shape, dtype=int))
    values = draw(
        st.lists(
            st.floats(width=width, allow_nan=False, allow_infinity=False),
            min_size=size,
            max_size=size,
        )
    )
    return np.array(values, dtype=dtype).reshape(shape)


@st.composite
def tensors(draw: st.DrawFn, shape: tuple[int, ...]) -> FloatTensor | RationalTensor:
    if draw(st.booleans()):
        array = draw(float_arrays(shape, dtype=draw(st.sampled_from(NUMPY_DTYPES))))
        return FloatTensor.from_array(array, "w")
    size = int(np.prod(shape, dtype=int))
    values = draw(st.lists(rationals(), min_size=size, max_size=size))
    return RationalTensor.from_fractions(values, shape, "w")


@st.composite
def dense_maps(
    draw: st.DrawFn, *, out_features: int, inputs: int, width: int = 1
) -> Dense:
    size = {"o": out_features, "i": inputs, "k": width, "c": inputs * width}
    factors = []
    for _ in range(draw(st.integers(1, 3))):
        letters = draw(st.sampled_from(["oc", "oik", "iok", "io", "o", "i", "k", "c"]))
        shape = tuple(size[a] for a in letters)
        factors.append((draw(tensors(shape)), letters))
    return Dense(out_features, inputs, width, tuple(factors))


@st.composite
def linear_maps(
    draw: st.DrawFn, *, in_features: int | None = None, max_depth: int = 2
) -> LinearMap:
    """Maps of every class, nested ``max_depth`` deep."""
    n = draw(st.integers(1, 4)) if in_features is None else in_features
    kinds = ["dense", "selection"]
    if max_depth:
        kinds += ["composition", "block", "interleave"]
    kind = draw(st.sampled_from(kinds))
    if kind == "dense":
        width = draw(st.sampled_from([w for w in (1, 2, 3) if n % w == 0]))
        m = draw(st.integers(1, 4))
        return draw(dense_maps(out_features=m, inputs=n // width, width=width))
    if kind == "selection":
        indices = draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=5))
        return Selection(tuple(indices), n)
    if kind == "composition":
        first = draw(linear_maps(in_features=n, max_depth=max_depth - 1))
        then = draw(
            linear_maps(in_features=first.out_features, max_depth=max_depth - 1)
        )
        return Composition((first, then))
    if kind == "interleave":
        groups = draw(st.sampled_from([g for g in (1, 2, 3) if n % g == 0]))
        per_group, m = n // groups, draw(st.integers(1, 3))
        split = draw(st.integers(1, per_group))
        widths = [w for w in (split, per_group - split) if w]
        return Interleave(
            groups,
            tuple(
                draw(dense_maps(out_features=m, inputs=groups, width=w)) for w in widths
            ),
        )
    cuts = sorted(draw(st.sets(st.integers(1, n - 1), max_size=2))) if n > 1 else []
    widths = [b - a for a, b in pairwise([0, *cuts, n])]
    of_width = {
        w: draw(linear_maps(in_features=w, max_depth=max_depth - 1))
        for w in dict.fromkeys(widths)
    }
    blocks = list(dict.fromkeys(of_width.values()))
    return BlockDiagonal(
        tuple(blocks), tuple(blocks.index(of_width[w]) for w in widths)
    )


@st.composite
def networks(
    draw: st.DrawFn,
    *,
    min_depth: int = 1,
    max_depth: int = 2,
    max_width: int = 3,
    exact: bool = True,
) -> Network:
    """KANs: Bank, Affine, Bank, Affine ... with any bases and rational weights."""
    depth = draw(st.integers(min_depth, max_depth))
    width = first = draw(st.integers(1, max_width))
    stages: list[Affine | Bank] = []
    for _ in range(depth):
        bank = Bank.of([draw(bases(exact=exact)) for _ in range(width)])
        width = draw(st.integers(1, max_width))
        size = width * bank.out_features
        values = draw(st.lists(rationals(), min_size=size, max_size=size))
        weight = RationalTensor.from_fractions(values, (width, bank.out_features))
        bias = draw(st.lists(rationals(), min_size=width, max_size=width))
        stages += [
            bank,
            Affine(Dense.matrix(weight), RationalTensor.from_fractions(bias, (width,))),
        ]
    return Network(first, tuple(stages))


def probes(
    *functions: PiecewisePolynomial, at: Sequence[Fraction] = ()
) -> list[Fraction]:
    """Points that tell functions with these breakpoints and degrees apart.

    All breakpoints, the points ``at``, and more points than the degree inside every
    cell between them.
    """
    t = sorted({*at, *(b for f in functions for b in f.breakpoints)})
    count = 2 * max(f.degree for f in functions) + 2
    ends = [t[0] - count - 1, *t, t[-1] + count + 1] if t else [Fraction(0), count + 1]
    inner = [
        a + (b - a) * Fraction(k, count + 1)
        for a, b in pairwise(ends)
        for k in range(1, count + 1)
    ]
    return [*t, *inner]
