"""What rounding the weights of each layer changes at most, certified layer by layer."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from kan_equiv.errors import NotSeparableError
from kan_equiv.ir.basis import Basis, BSplineBasis, ConcatenatedBasis
from kan_equiv.ir.domain import Box
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Bank
from kan_equiv.prover.distance import layer_distance, layer_range

__all__ = ["LayerRounding", "grid_box", "rounding_by_layer"]


@dataclass(frozen=True, slots=True)
class LayerRounding:
    """sup |exact layer - rounded layer| over a closed box, over all outputs.

    ``bound`` is certified (the kernel replayed it); None where the layer is no sum of
    functions of single inputs, with the reason.
    """

    layer: int
    domain: Box
    bound: Fraction | None
    reason: str = ""


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
    exact: Network, rounded: Network, domain: Box
) -> tuple[LayerRounding, ...]:
    """Bound each layer's change on the box that the exact layers before it reach.

    The bound of the whole network is another statement; these are per layer.
    """
    box = domain.for_inputs(exact.in_features)
    out: list[LayerRounding] = []
    for l in range(exact.depth):  # noqa: E741 - the field's letter
        layer = exact.layer(l)
        try:
            distance = layer_distance(layer, rounded.layer(l), box)
            out.append(LayerRounding(l, box, distance.bound))
            box = layer_range(layer, box)
        except NotSeparableError as error:
            out.append(LayerRounding(l, box, None, str(error)))
            break
    return tuple(out)
