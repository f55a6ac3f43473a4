"""prove(left, right): equal as functions over the reals, refuted, or unknown."""

from __future__ import annotations

import time
from dataclasses import replace

from kan_equiv.errors import NotSeparableError, ValidationError
from kan_equiv.ir.domain import Box
from kan_equiv.ir.network import Network
from kan_equiv.ir.separable import separate
from kan_equiv.prover.align import Alignment, Mismatch, align
from kan_equiv.prover.certify import certify_equal, certify_witness
from kan_equiv.prover.outcome import Outcome, Refuted, Unknown, Witness
from kan_equiv.prover.resplit import resplit
from kan_equiv.prover.search import layer_witness, sample_box, search_points

__all__ = ["prove_equal"]


def prove_equal(
    left: Network,
    right: Network,
    domain: Box | None = None,
    timeout: float | None = None,
) -> Outcome:
    """Decide whether two networks are equal over the reals on R^n or a closed box.

    Complete for two single layers of piecewise polynomials; networks are matched layer
    by layer, and refuted only by an exact point.

    Args:
        left: a network.
        right: a network with the same numbers of inputs and outputs.
        domain: a closed box, or None for all of R^n.
        timeout: seconds after which the search for a witness gives up.

    Raises:
        ValidationError: the two have different numbers of inputs or outputs.
    """
    shapes = [(n.in_features, n.out_features) for n in (left, right)]
    if shapes[0] != shapes[1]:
        raise ValidationError(
            f"left maps {shapes[0][0]} inputs to {shapes[0][1]} outputs, right maps "
            f"{shapes[1][0]} to {shapes[1][1]}; only networks of one shape compare"
        )
    box = None if domain is None else domain.for_inputs(left.in_features)
    end = None if timeout is None else time.monotonic() + timeout
    alignment = align(left, right, box)
    if (mismatch := alignment.mismatch) is None:
        return certify_equal(left, right, alignment.links, box)
    # Layers that do not pair up are rather written differently than different.
    attempts = [_try_witness, _try_factored]
    if mismatch.difference is None:
        attempts.reverse()
    for attempt in attempts:
        if (outcome := attempt(left, right, mismatch, box, end)) is not None:
            return outcome
    return Unknown(_reason(mismatch, end))


def _try_witness(
    left: Network,
    right: Network,
    mismatch: Mismatch,
    box: Box | None,
    end: float | None,
) -> Outcome | None:
    witness = _find_witness(left, right, mismatch, box, end)
    if witness is None:
        return None
    return Refuted(witness, certify_witness(left, right, witness, box))


def _try_factored(
    left: Network, right: Network, _: Mismatch, box: Box | None, end: float | None
) -> Outcome | None:
    if end is not None and time.monotonic() > end:
        return None
    found = _align_factored(left, right, box)
    return None if found is None else certify_equal(left, right, found.links, box)


def _align_factored(left: Network, right: Network, box: Box | None) -> Alignment | None:
    """Align after finding the layers of one side in dense stages of the other."""
    if (found := resplit(left, right)) is not None:
        alignment = align(left, found.network, box)
        if alignment.mismatch is None:
            return Alignment((*alignment.links, *found.links), None)
    if (found := resplit(right, left)) is not None:
        alignment = align(found.network, right, box)
        if alignment.mismatch is None:
            forward = [replace(k, is_backward=False) for k in reversed(found.links)]
            return Alignment((*forward, *alignment.links), None)
    return None


def _find_witness(
    left: Network,
    right: Network,
    mismatch: Mismatch,
    box: Box | None,
    end: float | None,
) -> Witness | None:
    difference = mismatch.difference
    forms = None
    if mismatch.left is not None and mismatch.right is not None:
        forms = (mismatch.left, mismatch.right)
    if forms and difference and mismatch.left_start == mismatch.right_start == 0:
        found = layer_witness(left, right, forms, difference, box)
        if found is not None:
            return found
    first = []
    for network in (left, right):
        start, stop = network.layer_slices()[0]
        window = network.window(start, stop)
        try:
            first.append(separate(window.stages, window.in_features))
        except NotSeparableError:
            continue
    return search_points(
        left,
        right,
        left.window(0, mismatch.left_start),
        forms,
        difference,
        sample_box(first, box, left.in_features),
        lambda: end is not None and time.monotonic() > end,
    )


def _reason(mismatch: Mismatch, end: float | None) -> str:
    if end is not None and time.monotonic() > end:
        return f"timeout while searching a witness at layer {mismatch.layer}"
    if mismatch.difference is None:
        return f"layer {mismatch.layer}: {mismatch.reason}"
    where = (
        f"edges {list(mismatch.difference.edges[:3])} (input, output)"
        if mismatch.difference.edges
        else f"constants of outputs {list(mismatch.difference.constants[:3])}"
    )
    return (
        f"layer {mismatch.layer} differs in {where}, but no sampled input makes the "
        "whole networks differ: the difference may be out of reach of the layers before"
    )
