"""Networks: words of stages, whose exact evaluation is their meaning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from kan_equiv.errors import ValidationError
from kan_equiv.exact.enclosure import Enclosure, Number, working_precision
from kan_equiv.exact.rational import to_fraction
from kan_equiv.ir.maximum import Maximum
from kan_equiv.ir.product import Product
from kan_equiv.ir.stage import Affine, Bank, Parallel, Stage
from kan_equiv.ir.univariate import Univariate
from kan_equiv.ir.vector_atom import VectorAtom

__all__ = ["Network", "evaluate", "has_bank"]

BIT_CAP = 1 << 16
"""Rationals with longer numerators or denominators become enclosures."""


@dataclass(frozen=True, slots=True)
class Network:
    """The composition of stages, the first one applied first.

    A KAN is Bank, Affine, Bank, Affine ...; an MLP is Affine, Bank, Affine ... No
    stages at all is the identity.
    """

    in_features: int
    stages: tuple[Stage, ...]

    def __post_init__(self) -> None:
        width = self.in_features
        if width < 1:
            raise ValidationError(f"in_features must be >= 1, got in_features={width}")
        for s, stage in enumerate(self.stages):
            if stage.in_features != width:
                raise ValidationError(
                    f"stage {s} ({type(stage).__name__}) takes {stage.in_features} "
                    f"inputs, but the stage before gives {width}"
                )
            width = stage.out_features

    @property
    def out_features(self) -> int:
        """Number of outputs."""
        return self.stages[-1].out_features if self.stages else self.in_features

    # --- layers ---------------------------------------------------------------

    def layer_slices(self) -> tuple[tuple[int, int], ...]:
        """Return (start, stop) of each layer.

        A layer ends with the affine stages after its bank (what normalizes the inputs
        of a bank belongs to its layer), or with multiplication nodes behind these;
        where affine stages of two layers meet, the cut is where the word is narrowest
        (the first such place).
        """
        cuts = [0]
        s, seen = 0, False
        while s < len(self.stages):
            if not isinstance(self.stages[s], Affine):
                stage = self.stages[s]
                seen, s = seen or has_bank(stage) or isinstance(stage, Maximum), s + 1
                continue
            stop = s
            while stop < len(self.stages) and isinstance(self.stages[stop], Affine):
                stop += 1
            ends = stop < len(self.stages) and not isinstance(
                self.stages[stop], Product
            )
            if seen and ends:
                widths = [stage.out_features for stage in self.stages[s:stop]]
                cuts.append(s + 1 + widths.index(min(widths)))
                seen = False
            s = stop
        cuts.append(len(self.stages))
        return tuple(pairwise(cuts))

    @property
    def depth(self) -> int:
        """Number of layers."""
        return len(self.layer_slices())

    def layer(self, l: int) -> Network:
        """Return layer l as a network of its own.

        Raises:
            ValidationError: there is no such layer.
        """
        slices = self.layer_slices()
        if not 0 <= l < len(slices):
            raise ValidationError(
                f"layer must lie in 0..{len(slices) - 1}, got layer={l}"
            )
        return self.window(*slices[l])

    def window(self, start: int, stop: int) -> Network:
        """Return the stages start..stop-1 as a network."""
        width = self.stages[start - 1].out_features if start else self.in_features
        return Network(width, self.stages[start:stop])

    def edge(self, input: int, output: int) -> Univariate:
        """Return the function of one input that a single layer adds to one output.

        Outputs of a layer that ends in multiplication nodes are their factors.

        Raises:
            NotSeparableError: the network is no sum of functions of single inputs.
            ValidationError: there is no such input or output.
        """
        from kan_equiv.ir.separable import separate

        sums = self.before_products()
        for name, got, size in (
            ("input", input, sums.in_features),
            ("output", output, sums.out_features),
        ):
            if not 0 <= got < size:
                raise ValidationError(f"{name} must lie in 0..{size - 1}, got {got}")
        return separate(sums.stages, sums.in_features).edge(input, output)

    def before_products(self) -> Network:
        """Return the stages up to the first multiplication nodes, if there are any."""
        kinds = [isinstance(stage, Product) for stage in self.stages]
        return self.window(0, kinds.index(True)) if any(kinds) else self

    def to_sympy(self, xs: Sequence[Any], limit: int = 2000) -> list[Any]:
        """Return one SymPy expression per output.

        Raises:
            SizeLimitError: more than ``limit`` pieces would be written out.
        """
        from kan_equiv.ir.to_sympy import network_to_sympy

        return network_to_sympy(self, xs, limit)

    def _repr_html_(self) -> str:
        from kan_equiv.ir.to_html import network_html

        return network_html(self)

    def _repr_latex_(self) -> str:
        from kan_equiv.ir.to_html import network_latex

        return f"${network_latex(self)}$"

    # --- meaning --------------------------------------------------------------

    @property
    def has_atoms(self) -> bool:
        """Whether a transcendental is involved, so that values are enclosures."""
        return any(_stage_has_atoms(s) for s in self.stages)

    @property
    def is_partial(self) -> bool:
        """Whether log or sqrt is involved, so that it is not defined everywhere."""
        return any(_stage_is_partial(s) for s in self.stages)

    def __call__(self, x: Iterable[object], bits: int = 128) -> tuple[Number, ...]:
        """Evaluate at exact numbers (floats bit for bit).

        Rational while exact values stay below a bit cap, otherwise enclosures at a
        working precision of at least ``bits``.

        Raises:
            ValidationError: the point has another number of coordinates.
            UndefinedError: log or sqrt is not defined at some stage, whatever the
                weights after it: composition is strict, 0 times undefined is undefined.
            UndecidedError: that is not seen at the working precision.
        """
        point = [to_fraction(v, f"x[{i}]") for i, v in enumerate(x)]
        if len(point) != self.in_features:
            raise ValidationError(
                f"the network takes {self.in_features} inputs, got {len(point)}"
            )
        with working_precision(bits):
            return tuple(evaluate(self.stages, point))

    def to_float(self, x: Iterable[object]) -> tuple[float, ...]:
        """Evaluate exactly, then round each output once to float64."""
        return tuple(float(v) for v in self(x))


def evaluate(stages: Sequence[Stage], x: Sequence[Number]) -> list[Number]:
    """Run a word of stages on exact numbers at the current working precision."""
    y = list(x)
    for stage in stages:
        y = [_capped(v) for v in stage(y)]
    return y


def has_bank(stage: Stage) -> bool:
    """Whether a stage is a bank, or has one in a branch."""
    if isinstance(stage, Parallel):
        return any(has_bank(s) for n in stage.networks for s in n.stages)
    return isinstance(stage, Bank)


def _capped(v: Number) -> Number:
    if isinstance(v, Fraction) and (
        v.denominator.bit_length() > BIT_CAP or v.numerator.bit_length() > BIT_CAP
    ):
        return Enclosure.exact(v)
    return v


def _stage_has_atoms(stage: Stage) -> bool:
    if isinstance(stage, Bank):
        return any(f.atoms for b in stage.bases for f in b.functions())
    if isinstance(stage, VectorAtom):
        return True
    if isinstance(stage, Parallel):
        return any(n.has_atoms for n in stage.networks)
    return False


def _stage_is_partial(stage: Stage) -> bool:
    if isinstance(stage, Bank):
        functions = (f for b in stage.bases for f in b.functions())
        return any(not f.domain.is_everywhere for f in functions)
    return isinstance(stage, Parallel) and any(n.is_partial for n in stage.networks)
