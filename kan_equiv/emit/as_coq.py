"""Certificates as Coq files: Coq's own kernel runs the verified checker on them."""

from __future__ import annotations

from typing import Any

from kan_equiv.certificate.container import unpack
from kan_equiv.certificate.model import Certificate
from kan_equiv.errors import EmissionError

__all__ = ["MAX_BYTES", "coq_certificate"]

MAX_BYTES = 1 << 18
"""Larger certificates are for ``kancheck``: Coq takes seconds for every 100 kB."""

_CLAIMS = {"equal": "Equal", "refuted": "Refuted"}
_TEXT = """\
(* A certificate of kan_equiv, sha256 {digest}, replayed by Coq.
   In a source tree of kan_equiv, after make -C proofs:
   coqc -Q proofs/theories KanEquiv -Q proofs/checker KanCheck FILE.v *)
From Coq Require Import ZArith QArith String List.
From KanCheck Require Import Result Json Functions Files Claims Judge Verdict.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

(* The header of the file, and for every buffer its bytes and their content as one
   integer, little endian. *)
Definition header : json := {header}.
Definition contents : list (Z * Z) := [{contents}]%Z.
#[local] Instance buffers : Buffers := buffers_of contents {size}.

Definition claimed : claim := {claim}.
Theorem accepted : check header = Ok (claimed, []).
Proof. vm_cast_no_check (eq_refl (@Ok (claim * list hole) (claimed, []))). Qed.

(* The networks that the objects denote are as claimed, over the reals. *)
Theorem proved {{N : Normal_distribution}} :
  exists t used, objects_of header = Ok (t, used) /\\ holds t claimed.
Proof. exact (check_sound header claimed accepted). Qed.
Print Assumptions proved.
"""


def coq_certificate(certificate: Certificate) -> str:
    """Return a ``.v`` file whose theorem is the certificate's claim.

    Compiling it needs Coq and the theories of ``proofs/``. Coq evaluates the verified
    checker on the certificate inside its kernel: neither extraction nor OCaml nor this
    package is trusted, but for the step from the file's bytes to the terms in the text.

    Args:
        certificate: of the claim ``equal`` or ``refuted``, at most ``MAX_BYTES`` long.

    Raises:
        EmissionError: another claim, or too long.

    >>> import kan_equiv as ke
    >>> relu = ke.mlp([([[1]], [0]), ([[1]], [0])])
    >>> text = coq_certificate(ke.prove(relu, relu).certificate)
    >>> "Definition claimed : claim := Equal" in text
    True
    """
    if len(certificate.data) > MAX_BYTES:
        raise EmissionError(
            f"a Coq file is for certificates of at most {MAX_BYTES} bytes, got "
            f"{len(certificate.data)} bytes; use kan-equiv check --verified"
        )
    header, buffers = unpack(certificate.data)
    claim = header["claim"]
    if claim["kind"] not in _CLAIMS:
        raise EmissionError(
            f"a Coq file states one of {sorted(_CLAIMS)}, got claim={claim['kind']!r}"
        )
    sides = "; ".join(f"({_end(a)}, {_end(b)})" for a, b in claim["domain"])
    return _TEXT.format(
        digest=certificate.digest,
        header=_term(header),
        contents=";\n  ".join(
            f"({len(b)}, {hex(int.from_bytes(b, 'little'))})" for b in buffers
        ),
        size=len(certificate.data),
        claim=f"{_CLAIMS[claim['kind']]} {claim['left']} {claim['right']} [{sides}]",
    )


def _term(value: Any) -> str:
    """The JSON value as a term of the type ``json``; keys in canonical order."""
    if isinstance(value, dict):
        fields = (f"({_string(k)}, {_term(value[k])})" for k in sorted(value))
        return "Object [" + "; ".join(fields) + "]"
    if isinstance(value, list):
        return f"Array [{'; '.join(map(_term, value))}]"
    if isinstance(value, str):
        return f"Text {_string(value)}"
    if isinstance(value, bool):
        return f"Boolean {str(value).lower()}"
    return "Null" if value is None else f"Integer ({value})"


def _string(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _end(text: str) -> str:
    if text in ("-inf", "inf"):
        return "None"
    numerator, _, denominator = text.partition("/")
    return f"Some (({numerator}) # {denominator or 1})%Q"
