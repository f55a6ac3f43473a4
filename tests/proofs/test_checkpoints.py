"""Trained checkpoints: their certificates are accepted, and fit no other weights."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kan_equiv as ke
from kan_equiv.certificate.container import pack
from kan_equiv.certificate.verified import VerifiedVerdict, verified_check
from kan_equiv.kernel.digest import LINKS
from tests.networks import CHECKPOINTS
from tests.proofs.agreement import leaves, mutants, needs_checker, opened, replaced

needs_checker()


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
    words = words_of_changes(certificate.data, path, found)
    assert words["1 invalid"] > 40 > words["1 valid"]
    assert words["2 valid"] > 0


def words_of_changes(data: bytes, path: Path, found: VerifiedVerdict) -> Counter[str]:
    """Verdicts where a stored number differs, by how many sides it belongs to."""
    words: Counter[str] = Counter()
    for sides, content in changed(data, random.Random(0)):
        path.write_bytes(content)
        other = verified_check(path)
        assert other.verdict in ("valid", "invalid")
        differs = {
            side for side in sides if getattr(other, side) != getattr(found, side)
        }
        if other.verdict == "valid":
            # Another pair of networks, as the digests say: of a number on both sides,
            # both; of a number on one side that changes no function, that one.
            assert differs == sides
            same = {"left", "right"} - sides
            assert all(getattr(other, side) == getattr(found, side) for side in same)
        words[f"{len(sides)} {other.verdict}"] += 1
    return words


def reached(header: dict[str, Any], index: int) -> set[int]:
    """The objects that an object is made of, and itself."""
    found = {index}

    def visit(value: Any) -> None:
        if isinstance(value, list):
            for inner in value:
                visit(inner)
        elif isinstance(value, int):
            found.update(reached(header, value))

    for key in LINKS & header["objects"][index].keys():
        visit(header["objects"][index][key])
    return found


def changed(data: bytes, rng: random.Random) -> Iterator[tuple[set[str], bytes]]:
    """Some number that is stored for a network is changed; and whose it is."""
    header, buffers = opened(data)
    objects: list[dict[str, Any]] = header["objects"]
    whose: dict[int, set[str]] = defaultdict(set)
    for side in ("left", "right"):
        for index in reached(header, header["claim"][side]):
            whose[index].add(side)
    by_buffer: dict[int, set[str]] = defaultdict(set)
    for index, sides in whose.items():
        if "buffer" in objects[index]:
            by_buffer[objects[index]["buffer"]] |= sides
    for n, sides in by_buffer.items():
        buffer = bytearray(buffers[n])
        buffer[rng.randrange(len(buffer))] ^= 1 << rng.randrange(7)
        yield sides, pack(header, [*buffers[:n], bytes(buffer), *buffers[n + 1 :]])
    numbers = [
        (index, path, wrong)
        for index in whose
        for path, value in leaves(objects[index])
        if path and path[0] not in (LINKS | {"buffer", "name", "type"})
        if isinstance(value, int) or (isinstance(value, str) and value[-1:].isdigit())
        for wrong in mutants(value)
    ]
    for index, path, wrong in rng.sample(numbers, min(100, len(numbers))):
        edited = replaced(header, ("objects", index, *path), wrong)
        yield whose[index], pack(edited, buffers)


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
    words = words_of_changes(outcome.certificate.data, path, found)
    assert words["1 invalid"] + words["2 invalid"] > 40
