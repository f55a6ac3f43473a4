"""The verified checker and the Python kernel agree; the kernel's bugs would show."""

from __future__ import annotations

import resource
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from kan_equiv import kernel
from kan_equiv.certificate.container import pack
from kan_equiv.certificate.encode import Encoder, encode_box
from kan_equiv.certificate.verified import verified_check
from kan_equiv.errors import CertificateError
from kan_equiv.ir import Affine, Network, Selection
from kan_equiv.kernel import windows
from kan_equiv.testing import strategies
from kan_equiv.testing.pairs import NearMiss, Pair
from tests.proofs.agreement import (
    compared,
    needs_checker,
    words_of_flips,
    words_of_mutations,
)
from tests.proofs.coverage import TABLE, table

needs_checker()

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
    "logs_and_roots",
    "network_hinge_sequential",
    "refuted_at_a_point",
    "ridge_functions_on_a_box",
    "products_as_squares",
    "ratios_of_polynomials",
    "ridge_powers_that_cancel",
    "within_on_a_box",
)


def test_the_corpus(tmp_path: Path) -> None:
    words = Counter(compared(path.read_bytes(), tmp_path) for path in GOOD)
    assert "invalid" not in words
    assert words["valid"] >= 18
    words = Counter(compared(path.read_bytes(), tmp_path) for path in BAD)
    assert "valid" not in words
    assert words["invalid"] >= 40


def test_claims_are_stated_as_the_kernel_states_them(tmp_path: Path) -> None:
    for name in ("layer_hinge_degree_1", "refuted_at_a_point", "within_on_a_box"):
        path = CORPUS / "good" / f"{name}.cert"
        assert verified_check(path).claim == kernel.check(path.read_bytes()).claim


def test_the_table_of_what_is_covered() -> None:
    """Kinds that the table lacks, because they are new, are unsupported."""
    written, found = TABLE.read_text().splitlines(), table().splitlines()
    assert set(written) <= set(found), "run python -m tests.proofs.coverage"
    assert all(line.endswith("| no |") for line in set(found) - set(written))


@pytest.mark.parametrize("name", MUTATED)
def test_mutations_of_header_and_buffers(name: str, tmp_path: Path) -> None:
    data = (CORPUS / "good" / f"{name}.cert").read_bytes()
    words = words_of_mutations(data, tmp_path) + words_of_flips(data, tmp_path)
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


def test_lists_longer_than_a_usual_stack_is_deep(tmp_path: Path) -> None:
    path = tmp_path / "long.cert"
    copies = Affine.linear(Selection((0,) * 400_000, 1))
    network = Network(1, (copies,))
    path.write_bytes(one_window(Pair(network, network, None, ())))
    _, most = resource.getrlimit(resource.RLIMIT_STACK)
    enough = most == resource.RLIM_INFINITY or most >= 1 << 30
    assert verified_check(path).verdict == ("valid" if enough else "unsupported")


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match="reads one certificate file"):
        verified_check(tmp_path)
    (tmp_path / "empty.cert").write_bytes(b"")
    assert verified_check(tmp_path / "empty.cert").verdict == "invalid"
