"""Sums of functions of single inputs: what one layer is, whatever its word.

A word of stages whose banks only ever see functions of one input each denotes
y_o = sum_c weight[o, c] f_c(x_{i(c)}) + bias_o. B-spline layers, their hinge and local
forms, and axis-aligned MLP layers all have this form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from kan_equiv.errors import IrrationalBreakpointError, NotSeparableError
from kan_equiv.exact.interval_union import EVERYWHERE, IntervalUnion
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.ir.basis import Basis
from kan_equiv.ir.linear import Composition, LinearMap, Selection
from kan_equiv.ir.maximum import Maximum
from kan_equiv.ir.product import Product
from kan_equiv.ir.stage import Affine, Bank, Stage
from kan_equiv.ir.univariate import IDENTITY, Univariate, linear_combination
from kan_equiv.ir.vector_atom import VectorAtom

__all__ = ["SeparableForm", "separate"]

RELU = Univariate(PiecewisePolynomial.truncated_power(Fraction(0), 1))
Coordinate = tuple[int, Univariate]


@dataclass(frozen=True, slots=True)
class SeparableForm:
    """y_o = sum_c weight[o, c] f_c(x_{i(c)}) + bias_o, exactly.

    Attributes:
        in_features: number of inputs.
        columns: (input index, function) for each column c.
        weight: exact map of shape (out_features, len(columns)).
        bias: exact rationals.
        domains: where each input has to lie for the outputs to be defined, no matter
            with what weights: composition is strict. Empty where all of R is meant.
    """

    in_features: int
    columns: tuple[Coordinate, ...]
    weight: LinearMap
    bias: tuple[Fraction, ...]
    domains: tuple[IntervalUnion, ...] = ()
    _by_input: tuple[list[int], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_input: tuple[list[int], ...] = tuple([] for _ in range(self.in_features))
        for c, (i, _) in enumerate(self.columns):
            by_input[i].append(c)
        object.__setattr__(self, "_by_input", by_input)

    @property
    def out_features(self) -> int:
        """Number of outputs."""
        return self.weight.out_features

    def domain(self, i: int) -> IntervalUnion:
        """Return where input i has to lie for the outputs to be defined."""
        return self.domains[i] if self.domains else EVERYWHERE

    @property
    def is_partial(self) -> bool:
        """Whether the outputs are not defined on all of R^n."""
        return any(not d.is_everywhere for d in self.domains)

    def columns_of(self, i: int) -> list[int]:
        """Return the columns that are functions of input i."""
        return self._by_input[i]

    def edge(self, input: int, output: int) -> Univariate:
        """Return the function of one input that is added to one output, exactly.

        It is defined where the outputs are, as far as this input goes.
        """
        which = self.columns_of(input)
        terms: list[tuple[Fraction, Univariate]] = []
        if which:
            rows, ints, d = self.weight.columns(which)
            places = rows.tolist()
            if output in places:
                line: list[int] = ints[places.index(output)].tolist()
                terms = [
                    (Fraction(v, d), self.columns[c][1])
                    for v, c in zip(line, which, strict=True)
                    if v
                ]
        return linear_combination(terms).restricted(self.domain(input))


def separate(
    stages: Sequence[Stage], in_features: int, stop: Callable[[], bool] = lambda: False
) -> SeparableForm:
    """Return the separable form of a word of stages.

    Raises:
        NotSeparableError: a bank sees a mix of several inputs, or a function that no
            exact univariate form here can hold; the message names the stage. Also
            where ``stop``, asked once a coordinate, says that it took too long.
    """
    start: list[Coordinate] = [(i, IDENTITY) for i in range(in_features)]
    domains: dict[int, IntervalUnion] = {}
    columns, maps, bias = _run(stages, start, stop, domains)
    weight: LinearMap = (
        Selection(tuple(range(len(columns))), len(columns))
        if not maps
        else maps[0]
        if len(maps) == 1
        else Composition(tuple(maps))
    )
    found = tuple(domains.get(i, EVERYWHERE) for i in range(in_features))
    return SeparableForm(
        in_features, tuple(columns), weight, tuple(bias), found if domains else ()
    )


def _run(
    stages: Sequence[Stage],
    columns: list[Coordinate],
    stop: Callable[[], bool],
    domains: dict[int, IntervalUnion],
) -> tuple[list[Coordinate], list[LinearMap], list[Fraction]]:
    maps: list[LinearMap] = []
    bias = [Fraction(0)] * len(columns)
    memo: dict[tuple[Basis, Univariate], list[Univariate]] = {}
    for s, stage in enumerate(stages):
        if isinstance(stage, Affine):
            moved = stage.weight.apply_exact(bias) if any(bias) else None
            bias = list(stage.bias.fractions())
            if moved is not None:
                bias = [a + b for a, b in zip(bias, moved, strict=True)]
            maps.append(stage.weight)
            continue
        if isinstance(stage, VectorAtom):
            raise NotSeparableError(f"stage {s} is {stage.name}, a function of vectors")
        if isinstance(stage, Product):
            raise NotSeparableError(
                f"stage {s} multiplies coordinates; product_to_squares rewrites it"
            )
        coordinates = _resolve(columns, maps, bias, s, stop)
        if isinstance(stage, Bank):
            columns = _through_bank(stage, coordinates, memo, s, stop)
            for i, f in columns:
                if not f.domain.is_everywhere:
                    domains[i] = domains.get(i, EVERYWHERE) & f.domain
        elif isinstance(stage, Maximum):
            columns = [
                _greatest([coordinates[i] for i in group], s) for group in stage.groups
            ]
        else:
            columns = []
            start = 0
            for network in stage.networks:
                part = coordinates[start : start + network.in_features]
                inner = _run(network.stages, list(part), stop, domains)
                columns.extend(_resolve(*inner, s, stop))
                start += network.in_features
        maps, bias = [], [Fraction(0)] * len(columns)
    return columns, maps, bias


def _through_bank(
    bank: Bank,
    coordinates: list[Coordinate],
    memo: dict[tuple[Basis, Univariate], list[Univariate]],
    stage: int,
    stop: Callable[[], bool],
) -> list[Coordinate]:
    columns: list[Coordinate] = []
    for b, (i, inner) in zip(bank.basis_of, coordinates, strict=True):
        _go_on(stop, stage)
        basis = bank.bases[b]
        key = (basis, inner)
        if key not in memo:
            try:
                memo[key] = [f.compose(inner) for f in basis.functions()]
            except (NotSeparableError, IrrationalBreakpointError) as error:
                raise NotSeparableError(
                    f"stage {stage}, function of input {i}: {error}"
                ) from error
        columns.extend((i, f) for f in memo[key])
    return columns


def _greatest(coordinates: Sequence[Coordinate], stage: int) -> Coordinate:
    """Return max(f, g) = g + max(f - g, 0), taken one after the other."""
    inputs = {i for i, f in coordinates if not f.is_constant}
    if len(inputs) > 1:
        raise NotSeparableError(
            f"stage {stage} is a maximum of functions of {len(inputs)} inputs"
        )
    (_, value), *others = coordinates
    try:
        for _, g in others:
            value = g + RELU.compose(value - g)
    except (NotSeparableError, IrrationalBreakpointError) as error:
        raise NotSeparableError(f"stage {stage}, a maximum: {error}") from error
    return next(iter(inputs), 0), value


def _resolve(
    columns: list[Coordinate],
    maps: list[LinearMap],
    bias: list[Fraction],
    stage: int,
    stop: Callable[[], bool],
) -> list[Coordinate]:
    """Turn pending linear maps into one function of one input per coordinate."""
    if not maps:
        return [
            (i, f + _constant(b) if b else f)
            for (i, f), b in zip(columns, bias, strict=True)
        ]
    pending = maps[0] if len(maps) == 1 else Composition(tuple(maps))
    memo: dict[object, Univariate] = {}
    out: list[Coordinate] = []
    for r, b in enumerate(bias):
        _go_on(stop, stage)
        entries = pending.row(r)
        inputs = {columns[c][0] for c in entries}
        if len(inputs) > 1:
            raise NotSeparableError(
                f"coordinate {r} before stage {stage} mixes {len(inputs)} inputs; "
                "only functions of one input each can pass a bank here"
            )
        terms = [(v, columns[c][1]) for c, v in entries.items()]
        key = (b, tuple(terms))
        if key not in memo:
            memo[key] = linear_combination(
                [*terms, (Fraction(1), _constant(b))] if b else terms
            )
        out.append((next(iter(inputs), 0), memo[key]))
    return out


def _go_on(stop: Callable[[], bool], stage: int) -> None:
    if stop():
        raise NotSeparableError(f"stopped at stage {stage}")


def _constant(value: Fraction) -> Univariate:
    return Univariate(PiecewisePolynomial.of([value]))
