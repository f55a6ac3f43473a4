"""The verified checker and the Python kernel agree; the kernel's bugs would show."""

from __future__ import annotations

import copy
import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from kan_equiv import kernel
from kan_equiv.certificate.container import pack, unpack
from kan_equiv.certificate.encode import Encoder, encode_box
from kan_equiv.certificate.verified import find_checker, verified_check
from kan_equiv.errors import CertificateError, MissingExtraError
from kan_equiv.kernel import windows
from kan_equiv.testing import strategies
from kan_equiv.testing.pairs import NearMiss, Pair
from tests.proofs.coverage import TABLE, table

try:
    find_checker()
except MissingExtraError as error:
    pytest.skip(str(error), allow_module_level=True)

CORPUS = Path(__file__).parents[2] / "proofs" / "certificates"
GOOD, BAD = (sorted((CORPUS / kind).glob("*.cert")) for kind in ("good", "bad"))
MUTATED = (
    "atoms_by_their_identities",
    "equal_on_a_box_only",
    "exceeds_at_a_point",
    "hidden_units_that_never_bend",
    "hidden_units_turned_around",
    "layer_hinge_degree_2",
    "layer_local_degree_1",
    "network_hinge_sequential",
    "refuted_at_a_point",
    "ridge_functions_on_a_box",
    "products_as_squares",
    "ridge_powers_that_cancel",
)


def compared(data: bytes, folder: Path) -> str:
    """The verified checker's word, after a comparison with the kernel's."""
    path = folder / "compared.cert"
    path.write_bytes(data)
    found, expected = verified_check(path), kernel.check(data)
    if found.verdict != "unsupported":
        assert found.verdict == expected.verdict, (found, expected)
    if found.verdict == "valid":
        assert (found.left, found.right) == (expected.left, expected.right)
    return found.verdict


def test_the_corpus(tmp_path: Path) -> None:
    words = Counter(compared(path.read_bytes(), tmp_path) for path in GOOD)
    assert "invalid" not in words
    assert words["valid"] >= 18
    words = Counter(compared(path.read_bytes(), tmp_path) for path in BAD)
    assert "valid" not in words
    assert words["invalid"] >= 40


def test_claims_are_stated_as_the_kernel_states_them(tmp_path: Path) -> None:
    for name in ("layer_hinge_degree_1", "refuted_at_a_point"):
        path = CORPUS / "good" / f"{name}.cert"
        assert verified_check(path).claim == kernel.check(path.read_bytes()).claim


def test_the_table_of_what_is_covered() -> None:
    """Kinds that the table lacks, because they are new, are unsupported."""
    written, found = TABLE.read_text().splitlines(), table().splitlines()
    assert set(written) <= set(found), "run python -m tests.proofs.coverage"
    assert all(line.endswith("| no |") for line in set(found) - set(written))


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, (dict, list)):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            yield from leaves(inner, (*path, key))
    yield path, value


def mutants(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1]
    if isinstance(value, str):
        digit = value[-1:].isdigit()
        return (
            [value[:-1] + ("1" if value[-1] != "1" else "3")]
            if digit
            else [value + "x"]
        )
    if isinstance(value, list):
        return [[*value, 0], value[:-1], value[::-1]] if value else [[0]]
    return [dict(list(value.items())[1:]), {**value, "zzz": 0}]


def sample(everything: list[Any]) -> list[Any]:
    """All of them when fuzzing, and otherwise the same 100 every time."""
    if os.environ.get("HYPOTHESIS_PROFILE") == "fuzz" or len(everything) <= 100:
        return everything
    return random.Random(0).sample(everything, 100)


def replaced(header: Any, path: tuple[Any, ...], value: Any) -> Any:
    out = copy.deepcopy(header)
    at = out
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return out


@pytest.mark.parametrize("name", MUTATED)
def test_mutations_of_header_and_buffers(name: str, tmp_path: Path) -> None:
    header, buffers = unpack((CORPUS / "good" / f"{name}.cert").read_bytes())
    header.pop("buffers")
    edits = [
        (path, wrong)
        for path, value in leaves(header)
        if path and path[0] not in ("version", "metadata")
        for wrong in mutants(value)
    ]
    flips = [(i, at) for i, buffer in enumerate(buffers) for at in range(len(buffer))]
    words: Counter[str] = Counter()
    for path, wrong in sample(edits):
        words[compared(pack(replaced(header, path, wrong), buffers), tmp_path)] += 1
    for index, at in sample(flips):
        buffer = buffers[index]
        changed = bytes([*buffer[:at], buffer[at] ^ 1, *buffer[at + 1 :]])
        listed = [*buffers[:index], changed, *buffers[index + 1 :]]
        words[compared(pack(header, listed), tmp_path)] += 1
    assert words["invalid"] > 50
    # What stays valid says something else that is true, with other digests.
    assert words["valid"] < words["invalid"]


def one_window(pair: Pair | NearMiss) -> bytes:
    """left = right by one window of both whole networks: true or not."""
    encoder = Encoder()
    left, right = encoder.network(pair.left), encoder.network(pair.right)
    words = [encoder.objects[i]["stages"] for i in (left, right)]
    domain = encode_box(pair.domain)
    window = {
        "kind": "window_equal",
        "in_features": pair.left.in_features,
        "left": words[0],
        "right": words[1],
        "domain": domain,
    }
    claim = {"left": left, "right": right, "domain": domain}
    step = [0, 0, "forward"]
    header = {
        "format": "kan_equiv.certificate",
        "objects": encoder.objects,
        "claim": {"kind": "equal", **claim},
        "judgements": [window, {"kind": "composition", **claim, "steps": [step]}],
        "metadata": {},
    }
    return pack(header, encoder.buffers)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(strategies.equivalent_pairs())
def test_equal_pairs(tmp_path: Path, pair: Pair) -> None:
    compared(one_window(pair), tmp_path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(strategies.near_miss_pairs())
def test_near_misses(tmp_path: Path, pair: NearMiss) -> None:
    assert compared(one_window(pair), tmp_path) != "valid"


def test_a_bug_of_the_kernel_shows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data = (CORPUS / "bad" / "hinge_moved.cert").read_bytes()
    assert compared(data, tmp_path) == "invalid"
    monkeypatch.setattr(windows, "check", lambda _file, _window: None)
    with pytest.raises(AssertionError, match="the sides differ"):
        compared(data, tmp_path)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match="reads one certificate file"):
        verified_check(tmp_path)
    (tmp_path / "empty.cert").write_bytes(b"")
    assert verified_check(tmp_path / "empty.cert").verdict == "invalid"
