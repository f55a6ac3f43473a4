"""Certificates replayed inside Coq's kernel; those with an error do not compile."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import kan_equiv as ke
from kan_equiv.certificate.model import Certificate
from kan_equiv.emit.as_coq import MAX_BYTES, coq_certificate
from kan_equiv.errors import EmissionError
from tests.networks import kan
from tests.proofs.examples import EXAMPLES, PROOFS, text

needs_coq = pytest.mark.skipif(
    shutil.which("coqc") is None or not (PROOFS / "checker" / "Verdict.vo").is_file(),
    reason="coqc is missing, or the theories are not built: make -C proofs",
)


def compiled(source: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = folder / "certificate.v"
    path.write_text(source)
    theories = ("-Q", PROOFS / "theories", "KanEquiv")
    checker = ("-Q", PROOFS / "checker", "KanCheck")
    command = ["coqc", "-q", *theories, *checker, path]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_what_is_emitted(name: str) -> None:
    path = PROOFS / "examples" / f"{name}.v"
    assert path.read_text() == text(name), "run python -m tests.proofs.examples"


@needs_coq
@pytest.mark.parametrize("form", ["hinge", "local"])
def test_a_conversion_is_a_theorem(form: str, tmp_path: Path) -> None:
    proof = ke.convert(kan([2, 1], degree=1, seed=3), form).prove()
    done = compiled(coq_certificate(proof.certificate), tmp_path)
    assert done.returncode == 0, done.stderr
    assumed = [line for line in done.stdout.splitlines() if line[:1].isalpha()]
    assert {line.partition(" ")[0] for line in assumed} <= {
        "Axioms:",
        "ClassicalDedekindReals.sig_forall_dec",
        "ClassicalDedekindReals.sig_not_dec",
        "FunctionalExtensionality.functional_extensionality_dep",
    }


@needs_coq
@pytest.mark.parametrize(
    "name", ["knot_moved", "grid_map_denominator", "sides_swapped"]
)
def test_a_bad_certificate_is_no_theorem(name: str, tmp_path: Path) -> None:
    path = PROOFS / "certificates" / "bad" / f"{name}.cert"
    done = compiled(coq_certificate(Certificate.read(path)), tmp_path)
    assert done.returncode != 0
    assert "check header = Ok (claimed, [])" in done.stderr


@needs_coq
def test_another_claim_is_no_theorem(tmp_path: Path) -> None:
    source = text("refuted_at_a_point")
    assert "claim := Refuted" in source
    other = source.replace("claim := Refuted", "claim := Equal")
    assert compiled(other, tmp_path).returncode != 0


@needs_coq
def test_a_layer_of_16_inputs_and_outputs(tmp_path: Path) -> None:
    """Coq's stack of 8 MB holds it."""
    proof = ke.convert(kan([16, 16], 8, degree=3, seed=3)).prove()
    done = compiled(coq_certificate(proof.certificate), tmp_path)
    assert done.returncode == 0, done.stderr


@needs_coq
@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("exceeds_at_a_point", "0 ((1) # 8)%Q", "0 ((1) # 9)%Q"),
        (
            "within_on_a_box",
            "[((1) # 1)%Q] [((1) # 1)%Q]",
            "[((1) # 2)%Q] [((1) # 1)%Q]",
        ),
        (
            "schema_local_degree_3",
            "Schemas.coefficient := -1",
            "Schemas.coefficient := 2",
        ),
    ],
)
def test_another_number_in_a_claim(
    name: str, right: str, wrong: str, tmp_path: Path
) -> None:
    source = text(name)
    assert right in source
    assert compiled(source.replace(right, wrong, 1), tmp_path).returncode != 0


def test_what_has_no_coq_file() -> None:
    good = PROOFS / "certificates" / "good"
    floats = Certificate.read(good / "floats_of_hats.cert")
    with pytest.raises(EmissionError, match="claim='rounding'"):
        coq_certificate(floats)
    with pytest.raises(EmissionError, match=f"at most {MAX_BYTES} bytes"):
        coq_certificate(Certificate(floats.data + bytes(MAX_BYTES)))
