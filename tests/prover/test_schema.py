"""Schematic theorems: proved once, instantiated at trained layers by a look-up."""

from __future__ import annotations

import random
from dataclasses import FrozenInstanceError, replace
from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.certificate.container import pack, unpack
from kan_equiv.certificate.model import Certificate
from kan_equiv.errors import CertificateError, ValidationError
from kan_equiv.ir import (
    Affine,
    Bank,
    BlockDiagonal,
    BSplineBasis,
    ConcatenatedBasis,
    KnotVector,
    Network,
    Parallel,
    TruncatedPowerBasis,
)
from kan_equiv.prover.schema import prove_schema
from kan_equiv.prover.schema_rows import Product, Row, symbolic_rows
from kan_equiv.rules.bspline_to_local import bspline_to_local
from kan_equiv.rules.bspline_to_truncated_power import (
    bspline_to_truncated_power,
    grid_map,
)
from tests.networks import CHECKPOINTS, kan

F = Fraction
DEGREES = (1, 2, 3)
CASES = [(p, form) for p in DEGREES for form in ("hinge", "local")]
SCHEMAS = {case: ke.prove_schema(case[0], form=case[1]) for case in CASES}
RULES = {"hinge": bspline_to_truncated_power, "local": bspline_to_local}
NETWORKS = {name: ke.load(path) for name, path in CHECKPOINTS.items()}


def unit_value(row: Row, p: int, t: list[Fraction], x: Fraction) -> Fraction:
    if row.unit == "constant":
        return F(1)
    at = t[row.knots[0]]
    if row.unit == "hinge":
        return max(x - at, F(0)) ** p
    c = t[row.knots[1]]
    z = min(x, c) - at if row.unit == "below" else at - max(x, c)
    return max(z, F(0)) ** p


def by_the_rule(basis: BSplineBasis, form: str) -> tuple[object, object, object]:
    stages = RULES[form](Bank((basis,), (0,)))
    assert stages is not None
    bank, affine = stages
    assert isinstance(bank, Bank)
    assert isinstance(affine, Affine)
    assert isinstance(affine.weight, BlockDiagonal)
    return bank.bases[0], affine.weight.blocks[0], tuple(affine.bias.fractions())


# --- the theorem ---------------------------------------------------------------------


@pytest.mark.parametrize(("p", "form"), CASES)
def test_proved(p: int, form: str) -> None:
    schema = SCHEMAS[p, form]
    verdict = kernel.check(schema.certificate.data)
    assert (verdict.verdict, verdict.claim) == ("valid", schema.statement)
    assert (schema.degree, schema.form) == (p, form)
    assert schema.rows == symbolic_rows(p, form)
    assert str(schema) == f"proved: {schema.statement}"
    assert isinstance(schema, ke.Schema)


def test_degree_1_hinge_is_the_default_and_is_reproducible() -> None:
    assert ke.prove_schema() == SCHEMAS[1, "hinge"]


@pytest.mark.parametrize("degree", [0, 4, -1, True, 1.0, "1"])
def test_other_degrees(degree: object) -> None:
    with pytest.raises(ValidationError, match="degree must be 1, 2 or 3, got degree="):
        ke.prove_schema(degree)  # type: ignore[arg-type]


def test_other_forms() -> None:
    with pytest.raises(ValidationError, match="got form='maxout'"):
        ke.prove_schema(1, form="maxout")


def test_it_is_a_value() -> None:
    with pytest.raises(FrozenInstanceError):
        SCHEMAS[1, "hinge"].degree = 2  # type: ignore[misc]


@pytest.mark.parametrize(("p", "form"), CASES)
@given(st.data())
@settings(max_examples=25, deadline=None)
def test_it_holds_for_numbers_in_place_of_the_symbols(
    p: int, form: str, data: st.DataObject
) -> None:
    rationals = st.fractions(-5, 5, max_denominator=30)
    t = sorted(
        data.draw(st.lists(rationals, min_size=p + 2, max_size=p + 2, unique=True))
    )
    x = data.draw(rationals | st.sampled_from(t))
    rows = SCHEMAS[p, form].rows
    total = sum(row.at(t) * unit_value(row, p, t, x) for row in rows)
    assert [total] == BSplineBasis(KnotVector.of(t), p).evaluate(x)


@pytest.mark.parametrize(("p", "form"), CASES)
def test_it_agrees_with_sympy(p: int, form: str) -> None:
    rng = random.Random(p)
    x = sympy.Symbol("x", real=True)
    t = [F(n, 8) for n in sorted(rng.sample(range(-40, 40), p + 4))]
    splines = sympy.bspline_basis_set(p, [sympy.Rational(str(v)) for v in t], x)
    points = [*t, *(F(rng.randrange(-50, 50), 7) for _ in range(8))]
    for k, spline in enumerate(splines):
        own = t[k : k + p + 2]
        for at in points:
            found = sum(
                row.at(own) * unit_value(row, p, own, at)
                for row in SCHEMAS[p, form].rows
            )
            # SymPy closes the last cell; a continuous spline is 0 there as well.
            assert sympy.Rational(str(found)) == spline.subs(x, sympy.Rational(str(at)))


def mutated(certificate: Certificate, path: list[object], value: object) -> Certificate:
    header, buffers = unpack(certificate.data)
    for at in (header["claim"], header["judgements"][0]):
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value
    header.pop("buffers")
    return Certificate(pack(header, buffers))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["rows", 0, "weight", 0, 0], "-1"),
        (["rows", 1, "unit", 1], 0),
        (["rows", 2, "weight", 0, 2], [[2, 0]]),
        (["degree"], 2),
        (["form"], "local"),
    ],
)
def test_no_object_without_a_proof(path: list[object], value: object) -> None:
    good = SCHEMAS[1, "hinge"]
    with pytest.raises(CertificateError, match="the kernel says invalid"):
        replace(good, certificate=mutated(good.certificate, path, value))


def test_no_object_that_says_something_else_than_its_proof() -> None:
    good = SCHEMAS[1, "hinge"]
    for change in (
        {"degree": 2},
        {"form": "local"},
        {"statement": "everything is equal"},
        {"certificate": SCHEMAS[2, "hinge"].certificate},
        {"certificate": ke.convert(kan([1, 1], degree=1)).prove().certificate},
    ):
        with pytest.raises(CertificateError, match="the certificate must be about"):
            replace(good, **change)  # type: ignore[arg-type]


# --- rows ----------------------------------------------------------------------------


@pytest.mark.parametrize(("p", "form"), CASES)
def test_rows_survive_encoding(p: int, form: str) -> None:
    rows = symbolic_rows(p, form)
    assert tuple(Row.decode(row.encode()) for row in rows) == rows


def test_products_cancel() -> None:
    w = Product.of(-2, [(2, 0), (1, 0), (2, 0)], [(2, 0), (2, 1)])
    assert w == Product(-2, ((1, 0), (2, 0)), ((2, 1),))
    assert w.at([F(0), F(1), F(4)]) == F(-8, 3)


@pytest.mark.parametrize("p", DEGREES)
def test_hinge_weights_are_those_of_the_rule_on_their_own_knots(p: int) -> None:
    t = KnotVector.of([0, "1/3", 2, 5, "11/2"][: p + 2])
    (row,) = grid_map(t, p)
    assert [r.at(t.knots) for r in symbolic_rows(p, "hinge")] == list(row.values())


# --- instances -----------------------------------------------------------------------


@pytest.mark.parametrize("form", ["hinge", "local"])
@pytest.mark.parametrize("name", CHECKPOINTS)
def test_a_checkpoint_layer_gets_the_weights_of_the_rule(name: str, form: str) -> None:
    network = NETWORKS[name]
    schema = SCHEMAS[1 if name == "pykan_pwl" else 3, form]
    for l in range(network.depth):
        found = schema.instantiate(network, l)
        layer = network.layer(l)
        covered = [i for grid in found.grids for i in grid.inputs]
        assert sorted(covered) == list(range(layer.in_features))
        for grid in found.grids:
            change = grid.change
            assert (change.new, change.matrix, change.constants) == by_the_rule(
                grid.basis, form
            )
        assert f"layer {l} ({layer.in_features} inputs, " in found.statement
        assert schema.certificate.digest in str(found)


def test_the_statement_of_a_layer() -> None:
    schema = SCHEMAS[1, "hinge"]
    assert schema.instantiate(NETWORKS["pykan_pwl"]).statement == (
        "layer 0 (3 inputs, 3 outputs) equals Linear, ReLU, Linear on all of R^3, for "
        "its own and for all other coefficients: every grid has strictly increasing "
        "knots and degree 1; 3 distinct grids; schema certificate sha256 "
        + schema.certificate.digest
    )


def test_silu_is_left_alone_and_said_so() -> None:
    found = SCHEMAS[3, "local"].instantiate(NETWORKS["digits_efficient_kan"])
    assert found.statement.startswith("the spline part of layer 0 (")
    assert "; 1 distinct grid; " in found.statement
    assert (found.degree, found.form) == (3, "local")


@pytest.mark.parametrize(("p", "form"), CASES)
def test_a_bank_and_the_meaning_of_its_weights(p: int, form: str) -> None:
    one = BSplineBasis(KnotVector.of([0, 1, "3/2", 2, 4, 5, 7]), p)
    two = BSplineBasis(KnotVector.of(range(p + 2)), p)
    found = SCHEMAS[p, form].instantiate(Bank.of([one, two, one]))
    assert [(g.inputs, g.basis) for g in found.grids] == [((0, 2), one), ((1,), two)]
    assert found.statement.startswith("the bank with 3 inputs equals Linear, ")
    for grid in found.grids:
        for n in range(-2, 30):
            x = F(n, 3)
            units = grid.change.new.evaluate(x)
            image = grid.change.matrix.apply(units)
            total = [v + c for v, c in zip(image, grid.change.constants, strict=True)]
            assert total == grid.basis.evaluate(x)


def test_the_same_splines_twice_are_one_grid() -> None:
    basis = BSplineBasis(KnotVector.of([0, 1, 3]), 1)
    found = SCHEMAS[1, "hinge"].instantiate(
        Bank.of([ConcatenatedBasis((basis, basis)), basis])
    )
    assert [g.inputs for g in found.grids] == [(0, 1)]
    assert found.statement.startswith("the bank with 2 inputs equals")


def test_repeated_knots_are_named() -> None:
    simple = BSplineBasis(KnotVector.of([0, 1, 2]), 1)
    double = BSplineBasis(KnotVector.of([0, 1, "3/2", "3/2", 2]), 1)
    with pytest.raises(ValidationError) as error:
        SCHEMAS[1, "hinge"].instantiate(Bank.of([simple, simple, double]))
    assert str(error.value) == (
        "the bank with 3 inputs, input 2: knots must be strictly increasing, got "
        "t[2] = t[3] = 3/2; for repeated knots use ke.convert(network).prove()"
    )


def test_another_degree_is_named() -> None:
    with pytest.raises(ValidationError, match=r"layer 1 .*, input 0: .*got degree=3"):
        SCHEMAS[2, "hinge"].instantiate(NETWORKS["pykan_cubic"], 1)


def test_there_must_be_splines_in_one_bank() -> None:
    hinges = Bank((TruncatedPowerBasis(((F(0), 1),)),), (0,))
    with pytest.raises(
        ValidationError, match="the bank with 1 inputs has no B-splines"
    ):
        SCHEMAS[1, "hinge"].instantiate(hinges)
    twice = Network(1, (Parallel((Network(1, ()),)),))
    with pytest.raises(ValidationError, match="got the stages Parallel"):
        SCHEMAS[1, "hinge"].instantiate(twice)
    with pytest.raises(ValidationError, match="got layer=7"):
        SCHEMAS[1, "hinge"].instantiate(NETWORKS["pykan_pwl"], 7)


def test_the_prover_has_the_same_verb() -> None:
    assert prove_schema(2, "local") == SCHEMAS[2, "local"]
