"""Certificates as Coq files: Coq's own kernel runs the verified checker on them."""

from __future__ import annotations

from typing import Any

from kan_equiv.certificate.container import unpack
from kan_equiv.certificate.model import Certificate
from kan_equiv.errors import EmissionError

__all__ = ["MAX_BYTES", "coq_certificate"]

MAX_BYTES = 1 << 18
"""Larger certificates are for ``kancheck``: Coq takes 20 seconds for 100 kB."""

# Each entry of these gets a definition of its own: Coq's stack is 8 MB.
_LISTS = ("buffers", "objects", "judgements")
_CLAIMS = {  # the constructor and its arguments
    "equal": ("Equal", "left", "right", "domain"),
    "refuted": ("Refuted", "left", "right", "domain"),
    "within": ("Within", "left", "right", "domain", "epsilon"),
    "supremum": ("Supremum", "left", "right", "domain", "epsilon", "attained"),
    "exceeds": ("Exceeds", "left", "right", "domain", "output", "epsilon"),
}
_TEXT = """\
(* A certificate of kan_equiv, sha256 {digest}, replayed by Coq.
   In a source tree of kan_equiv, after make -C proofs:
   coqc -Q proofs/theories KanEquiv -Q proofs/checker KanCheck FILE.v *)
From Coq Require Import ZArith QArith String List.
From KanCheck Require Import Result Json Functions Files Claims Judge Verdict.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

(* The header of the file, and for every buffer its bytes and their content in lines of
   64 bytes, each an integer, little endian. *)
{parts}
Definition header : json := {header}.
Definition contents : list (Z * list Z) := [{contents}]%Z.
#[local] Instance buffers : Buffers := buffers_of contents {size}.

Definition claimed : claim := {claim}.
Theorem accepted : check header = Ok (claimed, []).
Proof. vm_cast_no_check (eq_refl (@Ok (claim * list hole) (claimed, []))). Qed.

(* What is claimed holds over the reals, of what the objects denote. *)
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
        certificate: at most ``MAX_BYTES`` long, of a claim that ``kancheck`` knows.

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
    if claim["kind"] not in (*_CLAIMS, "schema"):
        raise EmissionError(
            f"a Coq file states one of {sorted((*_CLAIMS, 'schema'))}, got "
            f"claim={claim['kind']!r}"
        )
    parts = {
        key: [f"{key[:-1]}_{n}" for n in range(len(header[key]))] for key in _LISTS
    }
    return _TEXT.format(
        digest=certificate.digest,
        parts="\n".join(
            f"Definition {name} : json := {_term(value)}."
            for key, names in parts.items()
            for name, value in zip(names, header[key], strict=True)
        ),
        header=_object(
            {
                key: f"Array [{'; '.join(parts[key])}]"
                if key in parts
                else _term(header[key])
                for key in header
            }
        ),
        contents=";\n  ".join(f"({len(b)}, [{'; '.join(_lines(b))}])" for b in buffers),
        size=len(certificate.data),
        claim=_schema(claim) if claim["kind"] == "schema" else _claim(claim),
    )


def _term(value: Any) -> str:
    """The JSON value as a term of the type ``json``."""
    if isinstance(value, dict):
        return _object({key: _term(inner) for key, inner in value.items()})
    if isinstance(value, list):
        return f"Array [{'; '.join(map(_term, value))}]"
    if isinstance(value, str):
        return f"Text {_string(value)}"
    if isinstance(value, bool):
        return f"Boolean {str(value).lower()}"
    return "Null" if value is None else f"Integer ({value})"


def _object(terms: dict[str, str]) -> str:
    """An object of these fields; keys in canonical order."""
    fields = (f"({_string(key)}, {terms[key]})" for key in sorted(terms))
    return "Object [" + "; ".join(fields) + "]"


def _string(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _lines(buffer: bytes) -> list[str]:
    """The content of a buffer in integers of 64 bytes."""
    cut = (buffer[at : at + 64] for at in range(0, len(buffer), 64))
    return [hex(int.from_bytes(part, "little")) for part in cut]


def _claim(claim: dict[str, Any]) -> str:
    """A claim about two networks."""
    constructor, *names = _CLAIMS[claim["kind"]]
    terms: list[str] = []
    for value in (claim[name] for name in names):
        if isinstance(value, int):  # an index
            terms.append(str(value))
        elif isinstance(value, str):
            terms.append(_rational(value))
        else:  # a domain, or one number per output
            entries = (_rational(v) if isinstance(v, str) else _side(v) for v in value)
            terms.append(f"[{'; '.join(entries)}]")
    return " ".join((constructor, *terms))


def _schema(claim: dict[str, Any]) -> str:
    """A claim about B-splines on all knots."""
    rows: list[str] = []
    for row in claim["rows"]:
        name, *knots = row["unit"]
        unit = " ".join((f"Schemas.{name.capitalize()}", *map(str, knots)))
        products = "; ".join(
            f"{{| Schemas.coefficient := {c}; Schemas.over := {_factors(up)}; "
            f"Schemas.under := {_factors(down)} |}}"
            for c, up, down in row["weight"]
        )
        rows.append(f"({unit}, [{products}])")
    return (
        f"Schema {{| Schemas.schema_degree := {claim['degree']}; "
        f"Schemas.schema_rows := [{'; '.join(rows)}] |}}"
    )


def _factors(pairs: list[list[int]]) -> str:
    return f"[{'; '.join(f'({a}, {b})' for a, b in pairs)}]%nat"


def _side(ends: list[str]) -> str:
    low, high = (
        "None" if end in ("-inf", "inf") else f"Some {_rational(end)}" for end in ends
    )
    return f"({low}, {high})"


def _rational(text: str) -> str:
    numerator, _, denominator = text.partition("/")
    return f"(({numerator}) # {denominator or 1})%Q"
