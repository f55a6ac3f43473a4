"""Bases, stages and networks, and the table of everything a file may hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import chain, pairwise
from typing import Any

from . import linear, tensors
from .algebra import Function, Generator, single, substitute
from .atoms import CUT, PARTIAL, partial
from .linear import LinearMap
from .reader import (
    MAX_DEGREE,
    MAX_KNOTS,
    Fields,
    InvalidError,
    Json,
    items,
    natural,
    naturals,
    need,
    rational,
    rationals,
)
from .splines import bsplines
from .tensors import Tensor

ZERO, ONE = Fraction(0), Fraction(1)
Point = Fraction | tuple[int, int]  # exact, or an interval of integers over 2^bits
ATOMS = ("silu", "sigmoid", "tanh", "exp", "gelu", "gaussian", "sin", "cos")


class Basis:
    """A family of `size` functions, expanded when first asked for."""

    def __init__(self, size: int, expand: Callable[[], Iterable[Function]]) -> None:
        need(1 <= size <= MAX_KNOTS, f"a basis has no function or over {MAX_KNOTS}")
        self.size, self._expand = size, expand

    @cached_property
    def functions(self) -> Sequence[Function]:
        return tuple(self._expand())

    def functions_at(self, x: Point, bits: int) -> Sequence[Function]:  # noqa: ARG002
        """Functions that agree with these at x: in pieces, what stands there."""
        return self.functions

    @cached_property
    def extent(self) -> Any:
        """Where all functions are defined, None for everywhere; see `partial`."""
        found = [
            g
            for f in self.functions
            for g in f.terms
            if g[0] in CUT or (g[0] == "atom" and g[1] in PARTIAL and g[2] != 0)
        ]
        return partial().all_defined(found) if found else None


class Stage:
    """A map from vectors of `inputs` to vectors of `outputs` numbers."""

    inputs: int
    outputs: int

    def expand(self, _evaluator: Any, _columns: Any) -> Any:
        """Columns and pending maps of a window after this stage."""
        raise InvalidError("unknown stage")


class Affine(Stage):
    """y = W x + b."""

    def __init__(self, f: Fields) -> None:
        self.weight, self.bias = f.link("weight", LinearMap), f.link("bias", Tensor)
        self.inputs, self.outputs = self.weight.inputs, self.weight.outputs
        need(self.bias.shape == (self.outputs,), "the bias has another length")


class Bank(Stage):
    """Input i is replaced by the values of its basis at x_i."""

    def __init__(self, f: Fields) -> None:
        bases = f.links("bases", Basis)
        chosen = naturals(f["basis_of"], 0, len(bases) - 1)
        need(len(set(chosen)) == len(bases), "a basis of a bank is not used")
        self.bases = [bases[c] for c in chosen]
        self.inputs, self.outputs = len(chosen), sum(b.size for b in self.bases)


class Parallel(Stage):
    """A direct sum of networks on consecutive slices."""

    def __init__(self, f: Fields) -> None:
        self.networks = f.links("networks", Network)
        self.inputs = sum(n.inputs for n in self.networks)
        self.outputs = sum(n.outputs for n in self.networks)

    def expand(self, evaluator: Any, columns: Any) -> Any:
        return evaluator.file.on_demand("mixing").parallel(evaluator, self, columns)


class Network:
    """A word of stages that chain from `inputs`; indices are those of its stages."""

    def __init__(self, f: Fields, key: str, inputs: int) -> None:
        self.inputs, listed = inputs, f[key]
        self.indices = list(naturals(listed))
        self.stages = [f.file.link(v, Stage) for v in items(listed)]
        self.outputs = self.inputs
        for stage in self.stages:
            need(stage.inputs == self.outputs, "the stages do not chain")
            self.outputs = stage.outputs


def increasing(value: Json) -> tuple[Fraction, ...]:
    """Knots or breakpoints: rationals that do not decrease."""
    numbers = rationals(value)
    need(len(numbers) <= MAX_KNOTS, f"more than {MAX_KNOTS} knots")
    need(all(s <= t for s, t in pairwise(numbers)), "the knots decrease")
    return numbers


def bspline(f: Fields) -> Basis:
    """K knots and degree p give K - p - 1 functions."""
    knots, p = increasing(f["knots"]), natural(f["degree"], 0, MAX_DEGREE)
    return Basis(len(knots) - p - 1, lambda: bsplines(knots, p))


def singles(generators: Iterable[Generator]) -> Basis:
    """A basis of single generators."""
    functions = [single(g) for g in generators]
    return Basis(len(functions), lambda: functions)


def truncated_power(f: Fields) -> Basis:
    """max(x - t, 0)^d, and [x >= t] for d = 0."""
    pairs = [items(v, 2, 2) for v in items(f["terms"])]
    return singles(("step", rational(t), natural(d, 0, MAX_DEGREE)) for t, d in pairs)


def monomial(f: Fields) -> Basis:
    """x^d."""
    return singles(("power", d) for d in naturals(f["degrees"], 0, MAX_DEGREE))


def atom(f: Fields) -> Basis:
    """name(a*x + b) with a not 0; constants log(b) and sqrt(b) where defined."""
    triples = [items(v, 3, 3) for v in items(f["atoms"])]
    for n, a, b in triples:
        need(n in (*ATOMS, *PARTIAL), "unknown atom")
        if n in PARTIAL:
            known = f.file.on_demand("partial").is_defined(n, rational(b))
            need(a != "0" or known, "a constant that is not defined")
        else:
            need(a != "0", "an atom with a = 0")
    functions = [
        substitute(single(("atom", n, ONE, ZERO)), rational(a), rational(b))
        for n, a, b in triples
    ]
    return Basis(len(functions), lambda: functions)


class Concatenation(Basis):
    """The functions of several bases, in order."""

    def __init__(self, f: Fields) -> None:
        bases = self.bases = f.links("bases", Basis)
        size = sum(b.size for b in bases)
        super().__init__(size, lambda: chain.from_iterable(b.functions for b in bases))

    def functions_at(self, x: Point, bits: int) -> Sequence[Function]:
        return [f for b in self.bases for f in b.functions_at(x, bits)]

    @cached_property
    def extent(self) -> Any:
        found = [b.extent for b in self.bases if b.extent is not None]
        return partial().meet(found) if found else None


TYPES: dict[str, Callable[[Fields], object]] = {
    "float_tensor": tensors.FloatTensor,
    "integer_tensor": tensors.IntegerTensor,
    "dense": linear.Dense,
    "interleave": linear.Interleave,
    "selection": linear.selection,
    "block_diagonal": linear.block_diagonal,
    "composition": linear.composition,
    "bspline": bspline,
    "truncated_power": truncated_power,
    "monomial": monomial,
    "atom": atom,
    "piecewise": lambda f: f.file.on_demand("cells").piecewise(f),
    "rational": lambda f: f.file.on_demand("ratios").rational(f),
    "straight_line": lambda f: f.file.on_demand("straightline").StraightLine(f),
    "local": lambda f: f.file.on_demand("cells").local(f),
    "concatenation": Concatenation,
    "guarded": lambda f: f.file.on_demand("guards").Guarded(f),
    "affine": Affine,
    "bank": Bank,
    "parallel": Parallel,
    "maximum": lambda f: f.file.on_demand("maxima").Maximum(f),
    "product": lambda f: f.file.on_demand("multiplication").Product(f),
    "vector_atom": lambda f: f.file.on_demand("vectors").VectorAtom(f),
    "network": lambda f: Network(f, "stages", natural(f["in_features"], 1)),
}
