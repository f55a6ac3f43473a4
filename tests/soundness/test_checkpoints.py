"""One stored float of a trained checkpoint is changed: the truth must come out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.certificate.container import pack, unpack
from kan_equiv.exact import FloatTensor
from kan_equiv.ir import Affine, Dense, Interleave, LinearMap, Network
from kan_equiv.prover.outcome import Proved, Refuted, Unknown
from tests.networks import CHECKPOINTS

SMALL = [name for name in CHECKPOINTS if name != "digits_efficient_kan"]
NETWORKS = {name: ke.load(path) for name, path in CHECKPOINTS.items()}
TARGETS = {name: ke.convert(n).target for name, n in NETWORKS.items()}


def dense_parts(m: LinearMap) -> list[Dense]:
    return list(m.parts) if isinstance(m, Interleave) else [m]  # type: ignore[list-item]


def changed(
    network: Network, at: int, part: int, factor: int, place: int, ulps: int
) -> tuple[Network, bool]:
    """The network with one stored float of stage ``at`` moved; whether a product is."""
    stages = list(network.stages)
    affine = stages[at]
    assert isinstance(affine, Affine)
    parts = dense_parts(affine.weight)
    dense = parts[part]
    tensor, axes = dense.factors[factor]
    assert isinstance(tensor, FloatTensor)
    array = tensor.to_float64().astype(np.dtype(tensor.dtype)).copy()
    flat = array.reshape(-1)
    for _ in range(ulps):
        flat[place] = np.nextafter(flat[place], array.dtype.type(np.inf))
    factors = list(dense.factors)
    factors[factor] = (FloatTensor.from_array(array, tensor.name), axes)
    parts[part] = replace(dense, factors=tuple(factors))
    weight: LinearMap = parts[0]
    if isinstance(affine.weight, Interleave):
        weight = Interleave(affine.weight.inputs, tuple(parts))
    stages[at] = Affine(weight, affine.bias)
    moved = parts[part].to_rational().numerators != dense.to_rational().numerators
    return Network(network.in_features, tuple(stages)), moved


@pytest.mark.parametrize("name", SMALL)
@given(data=st.data())
@settings(max_examples=12)
def test_a_moved_float_is_refuted_or_provably_harmless(
    name: str, data: st.DataObject
) -> None:
    network, target = NETWORKS[name], TARGETS[name]
    places = [s for s, stage in enumerate(network.stages) if isinstance(stage, Affine)]
    at = data.draw(st.sampled_from(places))
    affine = network.stages[at]
    assert isinstance(affine, Affine)
    parts = dense_parts(affine.weight)
    part = data.draw(st.integers(0, len(parts) - 1))
    factors = enumerate(parts[part].factors)
    stored = [f for f, (tensor, _) in factors if isinstance(tensor, FloatTensor)]
    factor = data.draw(st.sampled_from(stored))
    size = parts[part].factors[factor][0].size
    place = data.draw(st.integers(0, size - 1))
    ulps = data.draw(st.sampled_from([1, 1000]))
    other, moved = changed(network, at, part, factor, place, ulps)
    outcome = ke.prove(other, target)
    if not moved:
        assert isinstance(outcome, Proved)
    elif isinstance(outcome, Unknown):
        # Honest only where a hidden layer may not reach the changed piece.
        assert at > places[0]
        assert f"layer {at // 2}" in outcome.reason or name == "pykan_mult"
    else:
        assert isinstance(outcome, Refuted)
        assert kernel.check(outcome.certificate.data).verdict == "valid"


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_a_certificate_does_not_fit_changed_weights(name: str) -> None:
    """The coefficients are swapped inside the certificate, digests and all redone."""
    proof = ke.convert(NETWORKS[name], layout="layers").prove()
    verdict = kernel.check(proof.certificate.data)
    header, buffers = unpack(proof.certificate.data)
    header.pop("buffers")
    rng = np.random.default_rng(0)
    for n, buffer in enumerate(buffers):
        for at in rng.integers(0, len(buffer), 3):
            broken = bytearray(buffer)
            broken[int(at)] ^= 1 << int(rng.integers(0, 7))
            new = [*buffers[:n], bytes(broken), *buffers[n + 1 :]]
            found = kernel.check(pack(header, new))
            # Coefficients stand on both sides, so the proof may hold for the changed
            # pair: then the digests say that it is another pair.
            assert found.verdict == "invalid" or found.left != verdict.left
