"""A bound of what storing and computing a network in floats changes, certified.

Two parts, added up: how far the exact network of the float weights is from the source
over the reals (``distance`` and ``propagation``), and how far float code is from that
network. The second goes layer by layer: what a layer adds is bounded on a box that
holds everything that may arrive, and errors before it count with its slopes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from kan_equiv.certificate.encode import Encoder, encode_box
from kan_equiv.certificate.model import Certificate
from kan_equiv.errors import CertificateError, NotSeparableError
from kan_equiv.exact.rational import to_float, to_text
from kan_equiv.ir.domain import Box
from kan_equiv.ir.network import Network
from kan_equiv.ir.separable import separate
from kan_equiv.kernel import products
from kan_equiv.kernel.reader import InvalidError
from kan_equiv.prover.certify import Rewritten
from kan_equiv.prover.distance import (
    checked_box,
    distance_judgement,
    encoded,
    replayed,
)
from kan_equiv.prover.propagation import (
    CUTS,
    bounds_of,
    grown,
    outward,
    propagate_in_order,
)
from kan_equiv.prover.spread import MARGIN, round_up, spread

__all__ = [
    "ULPS",
    "FloatModel",
    "LayerShare",
    "RoundingBound",
    "bound_rounding",
]


ULPS = 8
"""Units roundoff that an atom may be off by, unless said otherwise."""

MAX_ERROR = 1 << 64
"""An error that says nothing any more."""


@dataclass(frozen=True, slots=True)
class FloatModel:
    """How a module computes.

    Attributes:
        dtype: ``float32`` or ``float64``: of values and sums.
        values: format that values are rounded to before they are multiplied, or "".
        terms: how many terms of that format a value and a coefficient are split into.
        ulps: units roundoff that an atom may be off by, assumed of the library.
        depth: the most additions that a product passes through, 0 for any order.
    """

    dtype: str
    values: str = ""
    terms: int = 1
    ulps: int = ULPS
    depth: int = 0

    def fields(self) -> dict[str, Any]:
        """Return it as it stands in claims and judgements."""
        return {
            "format": self.dtype,
            "values": self.values,
            "terms": self.terms,
            "ulps": self.ulps,
            "depth": self.depth,
        }

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the bound takes for granted of the machine and its libraries."""
        out = [
            f"operations are IEEE {self.dtype} to nearest; subnormals kept or flushed",
            "a product and a sum may be fused; nothing else is reordered but sums",
        ]
        if self.depth:
            out.append(f"a product passes through at most {self.depth} additions")
        if self.values:
            out.append(
                f"values are rounded to {self.values} before products, and products "
                f"are summed in {self.dtype} to nearest"
            )
        else:
            out.append(f"products take {self.dtype} operands: no TF32, no autocast")
        out.append(
            f"SiLU and other atoms are within {self.ulps} units roundoff of their value"
        )
        return tuple(out)


@dataclass(frozen=True, slots=True)
class LayerShare:
    """What one layer of float code adds.

    Attributes:
        domain: a closed box that holds what the exact network passes on to it.
        added: what its own arithmetic adds at most, per output.
        errors: bounds of the difference to the exact network after it, per output.
    """

    domain: Box
    added: tuple[Fraction, ...]
    errors: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class RoundingBound:
    """|module(x)_o - source(x)_o| <= upper[o] at every float point x of the box.

    A statement of its own: it speaks of float arithmetic, and rests on ``assumptions``.

    Attributes:
        upper: bounds per output, exact rationals.
        parameters: the part that rounding the weights makes, per output.
        arithmetic: the part that computing in floats makes, per output.
        layers: what every layer adds to the second part.
        domain: the closed box; inputs are floats of the module's dtype in it.
        model: how the module computes.
        certificate: as the kernel recomputed it.
        observed: the largest difference seen at sampled points, or None.
    """

    upper: tuple[Fraction, ...]
    parameters: tuple[Fraction, ...]
    arithmetic: tuple[Fraction, ...]
    layers: tuple[LayerShare, ...]
    domain: Box
    model: FloatModel
    certificate: Certificate
    observed: Fraction | None = None

    @property
    def bound(self) -> Fraction:
        """The largest bound over all outputs."""
        return max(self.upper)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the bound takes for granted of the machine and its libraries."""
        return self.model.assumptions

    def __str__(self) -> str:
        seen = ""
        if self.observed is not None:
            seen = f"; the largest error seen is {to_float(self.observed):.3g}"
        return (
            f"at most {to_float(self.bound):.3g}: {to_float(max(self.parameters)):.3g} "
            f"by rounded parameters and {to_float(max(self.arithmetic)):.3g} by "
            f"{self.model.dtype} arithmetic{seen}\n"
            f"assumed: {'; '.join(self.assumptions)}"
        )


def bound_rounding(
    source: Network,
    code: Network,
    model: FloatModel,
    domain: Box,
    rewritten: Rewritten | None = None,
    cuts: int = 3,
) -> RoundingBound:
    """Bound the float error of code against an exact network on a closed box.

    Args:
        source: the exact network.
        code: banks of straight-line programs and affine stages in turn, the network of
            the float weights.
        model: how it is computed.
        domain: the closed box, bounded.
        rewritten: compared with the code where the source's own layers do not pair up
            with it.
        cuts: halvings of the cells on which values and errors are bounded.

    Raises:
        DomainError: the box is unbounded or has another number of inputs.
        NotSeparableError: no bound of the difference over the reals is known.
        CertificateError: the kernel refuses the bound, for instance because a value
            may overflow.
    """
    box = checked_box(source, code, domain)
    encoder, sides = encoded(source, code, box)
    judgements, near = _parameters(source, code, box, encoder, sides, rewritten)
    if max(near) >= MAX_ERROR:
        raise CertificateError(
            "rounding the parameters may move the outputs by more than 2^64: slopes of "
            "the layers, multiplied, leave no useful bound"
        )
    cited = [len(judgements) - 1] if judgements else []
    layers = _layers(code, model, box, cuts)
    steps: list[dict[str, Any]] = []
    for k, layer in enumerate(layers):
        stages = encoder.stages(code.stages[2 * k : 2 * k + 2])
        step: dict[str, Any] = {
            "stages": stages,
            "range": [],
            "errors": _texts(layer.errors),
        }
        if k + 1 < len(layers):
            step["range"] = [len(judgements)]
            judgements.append(
                {
                    "kind": "range",
                    "in_features": len(layer.domain),
                    "stages": stages,
                    "domain": encode_box(layer.domain),
                    "bounds": encode_box(layers[k + 1].domain),
                    "subdivisions": CUTS + MARGIN,
                }
            )
        steps.append(step)
    arithmetic = layers[-1].errors
    upper = tuple(a + b for a, b in zip(near, arithmetic, strict=True))
    shared = sides | model.fields() | {"kind": "rounding"}
    judgements.append(shared | {"within": cited, "layers": steps, "cuts": cuts})
    claim = shared | {"epsilon": _texts(upper)}
    certificate = replayed(Certificate.build(encoder, claim, judgements))
    return RoundingBound(upper, near, arithmetic, layers, box, model, certificate)


def _parameters(
    source: Network,
    code: Network,
    box: Box,
    encoder: Encoder,
    sides: dict[str, Any],
    rewritten: Rewritten | None,
) -> tuple[list[dict[str, Any]], tuple[Fraction, ...]]:
    """Return judgements, and the bounds of |source - code| over the reals they show."""
    if sides["left"] == sides["right"]:
        return [], (Fraction(0),) * source.out_features
    try:
        f, g = (separate(n.stages, n.in_features) for n in (source, code))
    except NotSeparableError:
        pass
    else:
        near = bounds_of(spread(f, g, box, CUTS))
        return [distance_judgement(sides, CUTS, near)], near
    try:
        found = propagate_in_order(source, code, box)
        return found.judgements(encoder, sides), found.upper
    except NotSeparableError as error:
        if rewritten is None:
            raise NotSeparableError(
                f"{error}. If the module is emitted from a conversion, pass the "
                "conversion: its steps say how the source was rewritten"
            ) from error
    found = propagate_in_order(source, code, box, rewritten)
    return found.judgements(encoder, sides), found.upper


def _layers(
    code: Network, model: FloatModel, box: Box, cuts: int
) -> tuple[LayerShare, ...]:
    encoder = Encoder()
    encoder.network(code)
    data = Certificate.build(encoder, {}, []).data
    form = products.Model(**model.fields())
    errors = (Fraction(0),) * code.in_features
    out: list[LayerShare] = []
    stages = range(0, len(code.stages), 2)
    for start in stages:
        word = code.window(start, start + 2)
        wide = tuple(
            (lo - e, hi + e)
            for (lo, hi), e in zip((i.ends for i in box), errors, strict=True)
        )
        try:
            added = products.added(data, encoder.stages(word.stages), wide, form, cuts)
        except InvalidError as error:
            raise CertificateError(
                f"layer {start // 2} has no bound: {error}"
            ) from error
        exact = separate(word.stages, word.in_features)
        errors = tuple(round_up(v) for v in grown(exact, box, added, errors))
        if max(errors) >= MAX_ERROR:
            raise CertificateError(
                f"errors may grow beyond 2^64 in layer {start // 2} of {len(stages)}: "
                "slopes of the layers before it, multiplied, leave no useful bound"
            )
        out.append(LayerShare(box, tuple(map(round_up, added)), errors))
        if start + 2 < len(code.stages):
            box = outward(spread(exact, None, box, CUTS))
    return tuple(out)


def _texts(values: Sequence[Fraction]) -> list[str]:
    return [to_text(v) for v in values]
