"""Chains of equal layers in a state dict: found by their keys, in their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kan_equiv.errors import UnsupportedModelError
from kan_equiv.importers.ordering import chosen, ordered
from kan_equiv.importers.tensors import StateDict
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Stage

__all__ = ["load_chain", "prefixes_of"]


def prefixes_of(state: StateDict, required: Sequence[str]) -> list[str]:
    """Return what stands before the keys ``required``, where all of them are there.

    >>> prefixes_of({"a.w": 0, "a.b": 0, "b": 0, "w": 0, "xw": 0, "xb": 0}, ("w", "b"))
    ['a.', '']
    """
    first = required[0]
    ends = [k[: -len(first)] for k in state if k.endswith(first)]
    return [
        p
        for p in ends
        if (not p or p[-1] in "./") and all(p + part in state for part in required)
    ]


def load_chain(
    state: StateDict,
    required: Sequence[str],
    optional: Sequence[str],
    kind: str,
    prefix: str | Sequence[str],
    layer: Callable[[str, int, int | None], Sequence[Stage]],
) -> Network:
    """Import the layers of one kind, the first one applied first.

    Args:
        state: the state dict.
        required: names of tensors that every layer has, after its prefix.
        optional: names of tensors that a layer may have beside them.
        kind: what a layer is called, for messages.
        prefix: what the keys of the chain start with, or a list with the prefix of each
            layer in the order they are applied.
        layer: the stages of a layer, from its prefix, its number, and the number of
            inputs that it must take (None for the first one).

    Raises:
        UnsupportedModelError: no such layer, or other weights beside them.
        MissingArgumentError: the keys do not tell the order of the layers.
    """
    prefixes = chosen(prefixes_of(state, required), prefix, kind)
    if isinstance(prefix, str):
        known = {p + part for p in prefixes for part in (*required, *optional)}
        others = [k for k in state if k.startswith(prefix) and k not in known]
        if others:
            raise UnsupportedModelError(
                f"other weights stand beside the {kind} layers: "
                f"{', '.join(others[:4])}. Their order is unknown; name the chain to "
                f"import with prefix=, for instance prefix={prefixes[0]!r}"
            )
        prefixes = ordered(prefixes, kind)
    stages: list[Stage] = []
    for l, p in enumerate(prefixes):
        width = stages[-1].out_features if stages else None
        stages += layer(p, l, width)
    return Network(stages[0].in_features, tuple(stages))
