"""An MLP is a KAN: weights are linear edges, activations the next layer's edges.

W2 relu(W1 x + b1) + b2 is a KAN of two layers. The edges of the first are x -> w x, so
its bank holds the identity only; the edges of the second are z -> w relu(z). So a
network becomes a KAN by putting in identities until banks and affine stages alternate,
a bank first and an affine stage last: L hidden layers give L + 1 layers with as many
edges as the weights have entries.

Source: design section 4, rewrite 7; Schoots, Villani and uit de Bos, "Relating
piecewise linear Kolmogorov Arnold networks to ReLU networks" (2025).
"""

from __future__ import annotations

from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Affine, Bank, Stage, select
from kan_equiv.rules.derivation import Derivation
from kan_equiv.rules.expand_to_affine import IDENTITY_COLUMN

__all__ = ["drop_identity_bank", "relu_to_edges", "without_identity_banks"]

NAME = "relu_to_edges"
LEMMA = "ReluToEdges.relu_to_edges"


def relu_to_edges(derivation: Derivation) -> Derivation:
    """Put in identities until the word is Bank, Affine, Bank, Affine ...

    Runs of affine stages stay as they are: they belong to one layer.
    """
    s = 0
    while s <= len(derivation.target.stages):
        missing = _missing(derivation.target.stages, s, derivation.target.in_features)
        if missing is not None:
            derivation = derivation.then(NAME, s, 0, (missing,))
        s += 1
    return derivation


def _missing(stages: tuple[Stage, ...], s: int, inputs: int) -> Stage | None:
    """Return the identity that has to stand before stage s, if one has to."""
    width = stages[s - 1].out_features if s else inputs
    if s == 0:
        starts = bool(stages) and isinstance(stages[0], Bank)
        return None if starts else Bank((IDENTITY_COLUMN,), (0,) * width)
    ends_layer = s == len(stages) or isinstance(stages[s], Bank)
    if ends_layer and not isinstance(stages[s - 1], Affine):
        return select(range(width), width)
    return None


def drop_identity_bank(stage: Stage) -> tuple[Stage, ...] | None:
    """Leave out a bank that holds the identity only: the way back to an MLP."""
    is_identity = isinstance(stage, Bank) and stage.bases == (IDENTITY_COLUMN,)
    return () if is_identity else None


def without_identity_banks(network: Network) -> Network:
    """Return the same function, its layers being those that bend."""
    kept = [s for s in network.stages if drop_identity_bank(s) is None]
    return Network(network.in_features, tuple(kept))
