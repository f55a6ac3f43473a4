"""Schematic theorems: one proof for all knots and all coefficients of a degree.

One B-spline of degree p sees p + 2 knots only, and a layer is linear in its B-splines.
So one identity in p + 3 symbols covers every layer of that degree; a trained layer
needs a look at its knots and no proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from kan_equiv import kernel
from kan_equiv.certificate.encode import Encoder
from kan_equiv.certificate.model import Certificate
from kan_equiv.errors import CertificateError, ValidationError
from kan_equiv.ir.basis import (
    Basis,
    BSplineBasis,
    ConcatenatedBasis,
    LocalBasis,
    TruncatedPowerBasis,
)
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Affine, Bank
from kan_equiv.prover.schema_formula import layer_word, schema_latex, schema_text
from kan_equiv.prover.schema_rows import Row, symbolic_rows
from kan_equiv.rules.change_of_basis import ChangeOfBasis, from_rows

__all__ = ["GridInstance", "Schema", "SchemaInstance", "prove_schema"]

DEGREES = (1, 2, 3)
FORMS = ("hinge", "local")


@dataclass(frozen=True, slots=True)
class GridInstance:
    """The schema at one grid of a layer.

    Attributes:
        inputs: the inputs of the bank that have this grid.
        basis: their B-splines.
        change: the units at these knots, and the exact weights and constants with
            ``basis(x) = matrix units(x) + constants`` for every real x.
    """

    inputs: tuple[int, ...]
    basis: BSplineBasis
    change: ChangeOfBasis


@dataclass(frozen=True, slots=True)
class SchemaInstance:
    """What a schema says about one layer: a look-up, its hypotheses checked.

    Attributes:
        degree: degree of the schema and of the layer.
        form: ``hinge`` or ``local``.
        grids: one instance for each distinct grid.
        statement: the theorem for this layer, in words.
    """

    degree: int
    form: str
    grids: tuple[GridInstance, ...]
    statement: str

    def __str__(self) -> str:
        return self.statement


@dataclass(frozen=True, slots=True)
class Schema:
    """A theorem about all B-splines of a degree; the kernel accepts it, or no object.

    Attributes:
        degree: 1, 2 or 3.
        form: ``hinge``, or ``local`` with the middle knot as center.
        certificate: the written proof.
        statement: the theorem in the kernel's words.

    Raises:
        CertificateError: the kernel does not accept the certificate, or it is about
            something else.
    """

    degree: int
    form: str
    certificate: Certificate
    statement: str

    def __post_init__(self) -> None:
        verdict = kernel.check(self.certificate.data)
        if verdict.verdict != "valid":
            raise CertificateError(
                f"the kernel says {verdict.verdict}: {verdict.reason}"
            )
        claim = self.certificate.header["claim"]
        got = tuple(claim.get(key) for key in ("kind", "degree", "form"))
        if got != ("schema", self.degree, self.form) or verdict.claim != self.statement:
            raise CertificateError(
                f"the certificate must be about degree={self.degree}, "
                f"form={self.form!r}, got the claim: {verdict.claim}"
            )

    @property
    def rows(self) -> tuple[Row, ...]:
        """The units and their symbolic weights, as the certificate states them."""
        return tuple(Row.decode(r) for r in self.certificate.header["claim"]["rows"])

    def __str__(self) -> str:
        return f"proved: {self.statement}"

    def to_text(self) -> str:
        """Return the theorem and its corollary for layers as plain text."""
        return schema_text(self.degree, self.form, self.rows)

    def to_latex(self) -> str:
        """Return the identity with its quantifiers as LaTeX, without dollar signs."""
        return schema_latex(self.degree, self.rows)

    def _repr_latex_(self) -> str:
        return f"$${self.to_latex()}$$"

    def instantiate(self, network: Network | Bank, layer: int = 0) -> SchemaInstance:
        """Look up what the theorem says about a layer; nothing is proved anew.

        Args:
            network: a network, or a bank of B-splines. Columns of other functions
                (SiLU) are left alone.
            layer: which layer of the network; a bank has none.

        Returns:
            The exact weights for each grid, equal to those of the rewrite rule.

        Raises:
            ValidationError: a hypothesis fails: another degree, or a repeated knot. The
                message names input and knot. Or there are no B-splines at all.
        """
        bank, where, width = _bank(network, layer)
        inputs: dict[BSplineBasis, list[int]] = {}
        for i in range(bank.in_features):
            for basis in dict.fromkeys(_bsplines(bank.basis(i))):
                inputs.setdefault(basis, []).append(i)
        if not inputs:
            raise ValidationError(f"{where} has no B-splines to which a schema applies")
        for basis, found in inputs.items():
            self._check(basis, f"{where}, input {found[0]}")
        rows = self.rows
        grids = tuple(
            GridInstance(tuple(found), basis, _change(rows, basis))
            for basis, found in inputs.items()
        )
        others = [
            part
            for basis in bank.bases
            for part in _parts(basis)
            if not isinstance(part, BSplineBasis)
        ]
        grids_seen = f"{len(grids)} distinct grid{'s' * (len(grids) > 1)}"
        whose = "the spline part of " if others else ""
        statement = (
            f"{whose}{where} equals {layer_word(self.degree, self.form)} on all of "
            f"R^{width}, for its own and for all other coefficients: every "
            f"grid has strictly increasing knots and degree {self.degree}; "
            f"{grids_seen}; schema certificate sha256 {self.certificate.digest}"
        )
        return SchemaInstance(self.degree, self.form, grids, statement)

    def _check(self, basis: BSplineBasis, where: str) -> None:
        if basis.degree != self.degree:
            raise ValidationError(
                f"{where}: the schema is about degree={self.degree}, got "
                f"degree={basis.degree}; schemas exist for degrees 1, 2 and 3"
            )
        t = basis.knots
        for j in range(1, len(t)):
            if t[j] == t[j - 1]:
                raise ValidationError(
                    f"{where}: knots must be strictly increasing, got t[{j - 1}] = "
                    f"t[{j}] = {t[j]}; for repeated knots use "
                    "ke.convert(network).prove()"
                )


def prove_schema(degree: int = 1, form: str = "hinge") -> Schema:
    """Prove the theorem of a degree for all knots, coefficients and sizes.

    >>> schema = prove_schema(1)
    >>> [row.unit for row in schema.rows]
    ['hinge', 'hinge', 'hinge']

    Raises:
        ValidationError: no such degree or form.
        CertificateError: the kernel does not accept the proof, with its reason.
    """
    if type(degree) is not int or degree not in DEGREES:
        raise ValidationError(f"degree must be 1, 2 or 3, got {degree=}")
    if form not in FORMS:
        raise ValidationError(f"form must be 'hinge' or 'local', got {form=}")
    rows = [row.encode() for row in symbolic_rows(degree, form)]
    claim = {"kind": "schema", "degree": degree, "form": form, "rows": rows}
    certificate = Certificate.build(Encoder(), claim, [claim])
    return Schema(degree, form, certificate, kernel.check(certificate.data).claim)


def _bank(network: Network | Bank, layer: int) -> tuple[Bank, str, int]:
    """The bank of a layer, what to call the layer, and its number of inputs."""
    if isinstance(network, Bank):
        width = network.in_features
        return network, f"the bank with {width} inputs", width
    window = network.layer(layer).before_products()
    banks = [s for s in window.stages if isinstance(s, Bank)]
    others = [s for s in window.stages if not isinstance(s, (Bank, Affine))]
    if len(banks) != 1 or others:
        names = ", ".join(type(s).__name__ for s in window.stages)
        raise ValidationError(
            f"layer {layer} must be one bank and affine maps, got the stages {names}"
        )
    sizes = f"{window.in_features} inputs, {window.out_features} outputs"
    return banks[0], f"layer {layer} ({sizes})", window.in_features


def _parts(basis: Basis) -> list[Basis]:
    if isinstance(basis, ConcatenatedBasis):
        return [part for b in basis.parts for part in _parts(b)]
    return [basis]


def _bsplines(basis: Basis) -> Iterator[BSplineBasis]:
    return (b for b in _parts(basis) if isinstance(b, BSplineBasis))


def _change(rows: tuple[Row, ...], basis: BSplineBasis) -> ChangeOfBasis:
    """Put the knots of every B-spline of a basis for the symbols."""
    t, p = basis.knots.knots, basis.degree
    constants = [Fraction(0)] * len(basis)
    matrix: list[dict[int, Fraction]] = [{} for _ in constants]
    centers = [row.knots[1] for row in rows if row.unit == "below"]
    column = 0
    for k in range(len(basis)):
        own = t[k : k + p + 2]
        for row in rows:
            if row.unit == "constant":
                constants[k] = row.at(own)
            elif row.unit == "hinge":  # hinges on one knot are one unit
                matrix[k][k + row.knots[0]] = row.at(own)
            else:
                matrix[k][column] = row.at(own)
                column += 1
    if not centers:
        return from_rows(
            TruncatedPowerBasis(tuple((v, p) for v in t)), matrix, constants
        )
    local = LocalBasis(basis.knots, p, tuple(k + centers[0] for k in range(len(basis))))
    return from_rows(local, matrix, constants)
