"""What rounding weights and computing in floats change at most, for bundles."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from kan_equiv import kernel
from kan_equiv.certificate.model import Certificate
from kan_equiv.errors import CertificateError, NotSeparableError, SizeLimitError
from kan_equiv.ir.basis import Basis, BSplineBasis, ConcatenatedBasis
from kan_equiv.ir.domain import Box
from kan_equiv.ir.layer_pairs import paired_layers
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Bank
from kan_equiv.prover.certify import Rewritten
from kan_equiv.prover.distance import layer_distance, layer_range, propagated_bound
from kan_equiv.prover.float_error import FloatModel, bound_rounding
from kan_equiv.rules.relu_to_edges import without_identity_banks

__all__ = [
    "MAX_EDGES",
    "LayerRounding",
    "NetworkRounding",
    "grid_box",
    "rounding_by_layer",
    "rounding_of_network",
]

MAX_EDGES = 50_000
"""Layers with more inputs times outputs get no bound: it would take minutes."""

_GRAIN = 1 << 10


@dataclass(frozen=True, slots=True)
class LayerRounding:
    """sup |exact layer - rounded layer| over a closed box, over all outputs.

    Attributes:
        layer: its index.
        domain: the closed box of its inputs, None where no range of them is known.
        bound: exact rational that the kernel accepted, None where there is none.
        reason: why there is no bound.
        certificate: the bytes of the bound's certificate, None where there is none.
    """

    layer: int
    domain: Box | None
    bound: Fraction | None
    reason: str = ""
    certificate: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class NetworkRounding:
    """max |module(x) - source(x)| over the floats x of a closed box, and all outputs.

    Attributes:
        domain: the closed box.
        bound: exact rational that the kernel recomputed, None where there is none.
        claim: the kernel's sentence, which names what is assumed of the machine.
        reason: why there is no bound.
        certificate: the bytes of its certificate, None where there is none.
    """

    domain: Box
    bound: Fraction | None
    claim: str = ""
    reason: str = ""
    certificate: bytes | None = field(default=None, repr=False)


def rounding_of_network(
    source: Network,
    code: Network,
    model: FloatModel,
    domain: Box,
    rewritten: Rewritten | None = None,
    max_edges: int = MAX_EDGES,
) -> NetworkRounding:
    """Bound the float error of a whole network, or say why there is no bound.

    Arguments are those of ``bound_rounding``; ``max_edges`` limits inputs times outputs
    of the layers, added up.
    """
    box = domain.for_inputs(source.in_features)
    layers = [source.layer(l) for l in range(source.depth)]
    edges = sum(n.in_features * n.out_features for n in layers)
    try:
        if edges > max_edges:
            raise SizeLimitError(f"{edges} edges, at most {max_edges} are bounded")
        found = bound_rounding(source, code, model, box, rewritten)
    except (NotSeparableError, SizeLimitError, CertificateError) as error:
        return NetworkRounding(box, None, reason=str(error))
    data = found.certificate.data
    claim = kernel.check(data).claim
    return NetworkRounding(box, found.bound, claim, certificate=data)


def grid_box(network: Network) -> Box:
    """Return the grid intervals of the first bank's splines, [-1, 1] elsewhere."""
    pairs: list[tuple[Fraction, Fraction]] = []
    first = next((s for s in network.stages if isinstance(s, Bank)), None)
    for i in range(network.in_features):
        spline = None
        if first is not None and first.in_features == network.in_features:
            spline = _spline(first.basis(i))
        if spline is None:
            pairs.append((Fraction(-1), Fraction(1)))
        else:
            t, p = spline.knots, spline.degree
            pairs.append((t[p], t[len(t) - 1 - p]))
    return Box(pairs)


def _spline(basis: Basis) -> BSplineBasis | None:
    if isinstance(basis, ConcatenatedBasis):
        return next((s for p in basis.parts if (s := _spline(p)) is not None), None)
    return basis if isinstance(basis, BSplineBasis) else None


def rounding_by_layer(
    exact: Network, rounded: Network, domain: Box, max_edges: int = MAX_EDGES
) -> tuple[LayerRounding, ...]:
    """Bound each layer's change on a box that the exact layers before it stay in.

    The bound of the whole network is another statement; these are per layer, where
    banks that hold the identity only begin none.

    Args:
        exact: the network that was proved.
        rounded: the same network with rounded weights, of as many layers.
        domain: the closed box of the network's inputs.
        max_edges: layers with more inputs times outputs get a reason instead.
    """
    exact, rounded = (without_identity_banks(n) for n in (exact, rounded))
    box: Box | None = domain.for_inputs(exact.in_features)
    out: list[LayerRounding] = []
    pairs = paired_layers(exact, rounded)
    for l, (layer, other) in enumerate(pairs):
        if box is None:
            reason = f"layer {l - 1} has no bound, so the range of its inputs is open"
            out.append(LayerRounding(l, None, None, reason))
            continue
        edges = layer.in_features * layer.out_features
        try:
            if edges > max_edges:
                raise SizeLimitError(f"{edges} edges, at most {max_edges} are bounded")
            upper, certificate = _bound(layer, other, box)
            proof = certificate.data
            out.append(LayerRounding(l, box, max(upper), certificate=proof))
            box = _outward(layer_range(layer, box)) if l + 1 < len(pairs) else None
        except (CertificateError, NotSeparableError, SizeLimitError) as error:
            out.append(LayerRounding(l, box, None, str(error)))
            box = None
    return tuple(out)


def _bound(
    layer: Network, rounded: Network, box: Box
) -> tuple[tuple[Fraction, ...], Certificate]:
    """Bound the change of a layer; units that mix inputs are propagated through."""
    try:
        found = layer_distance(layer, rounded, box)
    except NotSeparableError:
        return propagated_bound(layer, rounded, box)
    return found.upper, found.certificate


def _outward(box: Box) -> Box:
    """Widen a box to short rationals: its ends are written out in certificates."""
    grains = [
        (lo * _GRAIN // 1, -(-hi * _GRAIN // 1)) for lo, hi in (i.ends for i in box)
    ]
    return Box([(Fraction(lo, _GRAIN), Fraction(hi, _GRAIN)) for lo, hi in grains])
