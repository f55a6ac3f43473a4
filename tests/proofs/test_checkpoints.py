"""Trained checkpoints: their certificates are accepted, and fit no other weights."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import kan_equiv as ke
from kan_equiv.certificate.container import pack, unpack
from kan_equiv.certificate.verified import find_checker, verified_check
from kan_equiv.errors import MissingExtraError
from tests.networks import CHECKPOINTS

try:
    find_checker()
except MissingExtraError as error:
    pytest.skip(str(error), allow_module_level=True)


@pytest.mark.parametrize("to", ["hinge", "local"])
@pytest.mark.parametrize("name", CHECKPOINTS)
def test_a_conversion_is_accepted_and_fits_these_weights_only(
    name: str, to: str, tmp_path: Path
) -> None:
    path = tmp_path / "conversion.cert"
    certificate = ke.convert(ke.load(CHECKPOINTS[name]), to).prove().certificate
    certificate.save(path)
    found, kernel = verified_check(path), ke.check(path)
    assert (found.verdict, found.left, found.right) == (
        "valid",
        kernel.left,
        kernel.right,
    )
    header, buffers = unpack(certificate.data)
    header.pop("buffers")
    rng = random.Random(0)
    for n, buffer in enumerate(buffers):
        broken = bytearray(buffer)
        broken[rng.randrange(len(buffer))] ^= 1 << rng.randrange(7)
        path.write_bytes(pack(header, [*buffers[:n], bytes(broken), *buffers[n + 1 :]]))
        other = verified_check(path)
        # Coefficients stand on both sides: then digests say that it is another pair.
        assert other.verdict == "invalid" or other.left != found.left


def test_a_refutation_is_accepted(tmp_path: Path) -> None:
    left, right = (ke.load(CHECKPOINTS["pykan_pwl"]) for _ in range(2))
    right = ke.emit.rounded_copy(right, "bfloat16")
    outcome = ke.prove(left, right)
    assert isinstance(outcome, ke.Refuted)
    path = tmp_path / "refutation.cert"
    outcome.certificate.save(path)
    found, kernel = verified_check(path), ke.check(path)
    assert found.verdict == kernel.verdict == "valid"
    assert found.claim == kernel.claim
