"""Programs: what an emitted module computes, in the order in which it computes it.

A network becomes layers y = sum_p values_p(x) W_p + b. The columns of a layer are laid
out *knot-major*: slot j of all inputs, then slot j + 1 of all inputs. So the values of
a part are one pointwise expression of x, broadcast against arrays of shape (slots, 1)
where all inputs share a grid and (slots, inputs) where they do not, and nothing is
gathered, scattered or concatenated. Features of unlike kinds form groups.

Numbers are exact arrays (see ``rounding``): rationals in an exact program, floats in a
rounded one. ``exact_twin`` gives the network that a program is, over the reals.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from kan_equiv.emit.formats import Precision
from kan_equiv.emit.rounding import Array, rounded, split

__all__ = ["KINDS", "Group", "Layer", "Part", "Program", "Weight", "round_program"]

KINDS = {
    "power": ("knots",),
    "monomial": (),
    "atom": ("slopes", "shifts"),
    "hat": ("left", "rise", "right", "fall"),
    "spline": ("knots", "scales", "offsets"),
    "cardinal": ("origin", "rate", "centers"),
    "clamped": ("knots", "centers", "sides"),
    "bspline": ("knots",),
}
"""Kinds of functions of one input, with the names of their constants, in order.

``power``
    max(x - knot, 0)^degree; of degree 0 the indicator of x >= knot.

``monomial``
    x^degree.

``atom``
    name(slope x + shift).

``hat``
    relu(min((x - left) rise, (right - x) fall)): a B-spline of degree 1.

``spline``
    the two-sided form of a B-spline of degree p about its middle knot c = knots[h],
    h = (p + 1) // 2: sum_{q < h} scales[q] (min(x, c) - knots[q])_+^p +
    sum_{q > h} scales[q - 1] (knots[q] - max(x, c))_+^p - offset.

``cardinal``
    the B-spline of degree p on equispaced knots, with u = (x - origin) rate and
    v = |u - center|: sum_j (-1)^j C(p+1, j) ((p+1)/2 - j - v)_+^p, times p!, which the
    layer divides by.

``bspline``
    the B-spline of degree p on its own p + 2 knots, however it is evaluated.

``clamped``
    relu(min(side x, side center) - side knot)^degree: one column of a local basis.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Functions of one kind, ``slots`` of them for each input of a group.

    Attributes:
        kind: a key of ``KINDS``.
        degree: of the functions; 0 for atoms.
        slots: functions per input; inputs that have fewer are padded.
        constants: exact arrays (..., slots or 1, inputs or 1) by name.
        active: bool (slots, inputs): false where a slot is padding.
        name: of the atom.
    """

    kind: str
    degree: int
    slots: int
    constants: Mapping[str, Array]
    active: Array
    name: str = ""

    @property
    def divisor(self) -> int:
        """What the layer divides the products of this part by, exactly."""
        return math.factorial(self.degree) if self.kind == "cardinal" else 1

    @property
    def operations(self) -> int:
        """About how many pointwise operations one value costs."""
        p = self.degree
        power = 2 + max(p - 1, 0)
        return {
            "power": power,
            "monomial": max(p - 1, 0),
            "atom": 12,
            "hat": 6,
            "spline": 3 + (p + 1) * (power + 2),
            "cardinal": 2 + ((p + 2) // 2) * (power + 2),
            "clamped": 4 + power,
            "bspline": 3 + (p + 1) * (power + 2),
        }[self.kind]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Inputs of a layer that are treated alike.

    Attributes:
        features: their indices among the inputs of the network's layer.
        parts: the functions of each.
    """

    features: tuple[int, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Weight:
    """The coefficients of one part for one group of outputs.

    Attributes:
        terms: exact arrays (slots, inputs, outputs) whose sum is the coefficient.
    """

    terms: tuple[Array, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """values of every part, then products with coefficients, plus a bias.

    Attributes:
        groups: the inputs.
        outputs: features of each group of outputs; the groups of the next layer.
        weights: by (group, part, output group); missing where all are zero.
        biases: for each output group the terms whose sum is the bias.
    """

    groups: tuple[Group, ...]
    outputs: tuple[tuple[int, ...], ...]
    weights: Mapping[tuple[int, int, int], Weight]
    biases: tuple[tuple[Array, ...], ...]

    @property
    def columns(self) -> int:
        """Number of columns, padding included."""
        return sum(p.slots * len(g.features) for g in self.groups for p in g.parts)


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """Layers in order.

    Attributes:
        in_features: number of inputs.
        layers: the first one applied first.
        dtype: ``float32`` or ``float64`` of a rounded program, "" of an exact one.
        precision: of a rounded program.
    """

    in_features: int
    layers: tuple[Layer, ...]
    dtype: str = ""
    precision: Precision | None = None

    @property
    def out_features(self) -> int:
        """Number of outputs."""
        return sum(len(f) for f in self.layers[-1].outputs)


def round_program(program: Program, dtype: str, precision: Precision) -> Program:
    """Return a program with every number rounded once, weights by the precision.

    Raises:
        ValidationError: a number is too large for its format.
    """
    layers = [_round_layer(layer, dtype, precision) for layer in program.layers]
    return Program(program.in_features, tuple(layers), dtype, precision)


def _round_layer(layer: Layer, dtype: str, precision: Precision) -> Layer:
    groups = [
        replace(
            g,
            parts=tuple(
                replace(
                    p,
                    constants={k: rounded(v, dtype) for k, v in p.constants.items()},
                )
                for p in g.parts
            ),
        )
        for g in layer.groups
    ]
    weights = {
        key: Weight(split(w.terms[0], precision.weights, precision.terms))
        for key, w in layer.weights.items()
    }
    count = 2 if precision.name == "float32x2" else 1
    biases = tuple(split(b[0], dtype, count) for b in layer.biases)
    return Layer(tuple(groups), layer.outputs, weights, biases)
