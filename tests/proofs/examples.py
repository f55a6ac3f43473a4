"""Certificates of the corpus as Coq files: ``python -m tests.proofs.examples``."""

from __future__ import annotations

from pathlib import Path

from kan_equiv.certificate.model import Certificate
from kan_equiv.emit.as_coq import coq_certificate

PROOFS = Path(__file__).parents[2] / "proofs"
EXAMPLES = (
    "layer_hinge_degree_2",
    "equal_on_a_box_only",
    "refuted_at_a_point",
    "exceeds_at_a_point",
    "within_on_a_box",
    "regions_of_a_plane",
    "schema_local_degree_3",
)


def text(name: str) -> str:
    """The Coq file of a good certificate."""
    path = PROOFS / "certificates" / "good" / f"{name}.cert"
    return coq_certificate(Certificate.read(path))


if __name__ == "__main__":
    for example in EXAMPLES:
        (PROOFS / "examples" / f"{example}.v").write_text(text(example))
