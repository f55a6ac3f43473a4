"""Windows taken on trust: the verified checker names them, as the kernel does."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.certificate.container import pack, unpack
from kan_equiv.certificate.verified import verified_check
from kan_equiv.prover.question import Deadline, Question
from kan_equiv.prover.smt import prove_by_smt
from tests.cli.test_commands import data, ran
from tests.proofs.agreement import compared, needs_checker, words_of_mutations

needs_checker()

CORPUS = Path(__file__).parents[2] / "proofs" / "certificates"
REASONS = (
    "shown by hand",
    "",
    'it\'s "so"\n',
    "d\u00e9j\u00e0 vu \U0001f642 \ud800 \x7f",
)


def admitting(name: str, reason: str, *, every: bool = False) -> bytes:
    """A certificate of the corpus, its last window or every one taken on trust."""
    header, buffers = unpack((CORPUS / f"{name}.cert").read_bytes())
    windows = [w for w in header["judgements"] if w["kind"] == "window_equal"]
    for window in windows if every else windows[-1:]:
        window |= {"kind": "window_admitted", "reason": reason}
    return pack(header, buffers)


@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize("reason", REASONS)
def test_an_admitted_window_is_named(reason: str, every: bool, tmp_path: Path) -> None:
    content = admitting("good/network_hinge_sequential", reason, every=every)
    assert compared(content, tmp_path) == "holey"
    found, expected = verified_check(tmp_path / "compared.cert"), kernel.check(content)
    assert found.claim == expected.claim
    assert found.holes == expected.holes
    assert len(found.holes) == (7 if every else 1)


@pytest.mark.parametrize("name", ["bad/hinge_moved", "bad/knot_moved"])
def test_what_is_false_is_holey_and_never_valid(name: str, tmp_path: Path) -> None:
    assert compared((CORPUS / f"{name}.cert").read_bytes(), tmp_path) == "invalid"
    assert compared(admitting(name, "wrong", every=True), tmp_path) == "holey"


def test_a_window_that_nothing_cites_counts(tmp_path: Path) -> None:
    """The kernel names every admitted window of a file, used or not."""
    header, buffers = unpack((CORPUS / "good/layer_hinge_degree_1.cert").read_bytes())
    window = next(w for w in header["judgements"] if w["kind"] == "window_equal")
    unused = window | {"kind": "window_admitted", "reason": "unused"}
    header["judgements"].insert(-1, unused)
    assert compared(pack(header, buffers), tmp_path) == "holey"
    header["judgements"] = header["judgements"][-1:] + header["judgements"]
    assert compared(pack(header, buffers), tmp_path) == "invalid"
    header["judgements"] = [*header["judgements"][1:], unused]
    assert compared(pack(header, buffers), tmp_path) == "invalid"


def test_mutations_of_an_admitted_window(tmp_path: Path) -> None:
    content = admitting("good/layer_hinge_degree_2", "because")
    header, _ = unpack(content)
    (at,) = [i for i, w in enumerate(header["judgements"]) if "reason" in w]
    words = words_of_mutations(content, tmp_path, ("judgements", at))
    words += words_of_mutations(content, tmp_path)
    assert "valid" not in words
    assert words["invalid"] > words["holey"] > 0


def test_an_answer_of_a_solver(tmp_path: Path) -> None:
    relu = [([["1/2"]], [0]), ([[2]], [0])], [([[1]], [0]), ([[1]], [0])]
    left, right = map(ke.mlp, relu)
    outcome: Any = prove_by_smt(Question(left, right, None, Deadline.after(60)), "z3")
    assert outcome.verdict == "holey"
    assert compared(outcome.certificate.data, tmp_path) == "holey"


def test_on_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "holey.cert"
    path.write_bytes(admitting("good/layer_hinge_degree_2", "because"))
    first, *rest = ran("check", path, code=3)
    checked, *lines = ran("check", "--verified", path, code=3)
    assert checked == first
    assert lines[0] == rest[0]
    assert lines[0].endswith(": 'because'")
    found = data("check", "--verified", path, code=3)
    assert (found["verdict"], len(found["holes"])) == ("holey", 1)


def test_a_network_file_has_no_windows(tmp_path: Path) -> None:
    header, buffers = unpack(admitting("good/layer_hinge_degree_1", "because"))
    header["format"] = "kan_equiv.network"
    header["claim"] = {"kind": "network", "network": header["claim"]["left"]}
    header["judgements"] = header["judgements"][:-1]
    words = Counter([compared(pack(header, buffers), tmp_path)])
    header["judgements"] = []
    words[compared(pack(header, buffers), tmp_path)] += 1
    assert words == {"invalid": 1, "valid": 1}
