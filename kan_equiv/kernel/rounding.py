"""rounding: how far float code of a network is from an exact network, at most.

The right network consists of layers: a bank of straight-line programs, then an affine
stage.  Computed in floats as `floats` and `products` say, it is within `bounds` of the
left network at every float point of the domain.

As in `propagation`: errors before a layer count with the slopes of the exact layer, on
the box widened by them, and what computing the layer adds is bounded on that box, which
holds all that may arrive.  To the errors after the last layer come the bounds of the
difference of both networks over the reals, shown before.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .composition import Established, Range, lies_in, sides
from .products import Model, arithmetic
from .propagation import propagate
from .reader import (
    Fields,
    InvalidError,
    Json,
    bounded,
    items,
    natural,
    need,
    rationals,
    text,
)
from .stages import Network

NEEDS = (
    *("cells", "enclosure", "floats", "hulls", "mixing", "multiples", "products"),
    *("propagation", "straightline"),
)
MAX_CUTS = 6
MAX_TERMS = 3


def read_model(f: Fields) -> Model:
    """The fields of a claim or judgement that say how it is computed."""
    form, values = text(f["format"]), text(f["values"])
    need(form in ("float64", "float32"), "values are float64 or float32")
    need(values in ("", "tf32", "float16", "bfloat16"), "unknown format of products")
    need(not values or form == "float32", "split values are those of float32")
    terms = natural(f["terms"], 1, MAX_TERMS if values else 1)
    ulps, depth = natural(f["ulps"], 1, 1 << 10), natural(f["depth"])
    return Model(form, values, terms, ulps, depth)


def claim(f: Fields) -> tuple[Established, Model]:
    """The networks, how the right one is computed, and how far it may be off."""
    left, _, shown = sides(f, "")
    model, bounds = read_model(f), rationals(f["epsilon"])
    need(len(bounds) == left.outputs, "not one epsilon per output")
    bounded(shown.domain)
    return shown._replace(kind=model.kind, bounds=bounds), model


def judge(f: Fields, earlier: Sequence[object]) -> Established:
    """The float program of the right network is within bounds of the left one."""
    left, right, shown = sides(f, "")
    model, cuts = read_model(f), natural(f["cuts"], 0, MAX_CUTS)
    near = apart(shown, items(f["within"], 0, 1), left.outputs, earlier)
    box, errors = bounded(shown.domain), (Fraction(0),) * right.inputs
    indices: list[int] = []
    layers = items(f["layers"], 1)
    for k, raw in enumerate(layers):
        inner = int(k < len(layers) - 1)
        with Fields(raw, f.file) as g:
            word = Network(g, "stages", len(errors))
            image, stated = items(g["range"], inner, inner), rationals(g["errors"])
        wide = tuple((a - e, b + e) for (a, b), e in zip(box, errors, strict=True))
        added = arithmetic(word, wide, model, cuts)
        grown = propagate(f, word, box, errors, added)
        need(len(stated) == len(grown), f"layer {k}: not one error per output")
        for o, (value, error) in enumerate(zip(grown, stated, strict=True)):
            need(value <= error, f"layer {k}, output {o}: the error may be larger")
        for cited in image:
            reach = earlier[natural(cited, 0, len(earlier) - 1)]
            if not isinstance(reach, Range) or reach.word.indices != word.indices:
                raise InvalidError(f"layer {k} cites no range of it")
            need(lies_in(box, reach.domain), f"layer {k}: the range is of another box")
            box = bounded(reach.bounds)
        errors = stated
        indices.extend(word.indices)
    need(indices == right.indices, "the layers do not make up the program")
    total = tuple(a + b for a, b in zip(near, errors, strict=True))
    return shown._replace(kind=model.kind, bounds=total)


def apart(
    shown: Established, cited: list[Json], outputs: int, earlier: Sequence[object]
) -> Sequence[Fraction]:
    """How far both networks are apart over the reals, shown before."""
    if not cited:
        need(shown.left == shown.right, "nothing is cited for two networks")
        return (Fraction(0),) * outputs
    found = earlier[natural(cited[0], 0, len(earlier) - 1)]
    if not isinstance(found, Established) or found.kind != "within":
        raise InvalidError("what is cited bounds no distance")
    same = (found.left, found.right) == (shown.left, shown.right)
    need(same, "the distance is of other networks")
    need(lies_in(shown.domain, found.domain), "the distance is of another box")
    return found.bounds
