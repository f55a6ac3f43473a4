"""Layers with the fewest units, and grids shared up to shift and scale."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv.errors import CertificateError, ConversionError
from kan_equiv.exact import PiecewisePolynomial, RationalTensor
from kan_equiv.ir import Affine, Bank, Dense, Network, TruncatedPowerBasis
from kan_equiv.ir.separable import separate
from kan_equiv.prover.certify import certify_equal, links_of
from kan_equiv.rules.derivation import Derivation, Step
from kan_equiv.rules.fewest_units import layers_of_fewest_units
from kan_equiv.rules.share_grids import share_grids
from tests.networks import CHECKPOINTS, kan, rational_points

F = Fraction
SMALL = st.integers(-3, 3).map(F)
HINGES = st.lists(st.tuples(SMALL, st.integers(1, 3), SMALL), max_size=4)


def edge(
    hinges: list[tuple[Fraction, int, Fraction]], *tail: Any
) -> PiecewisePolynomial:
    terms = [(F(1), PiecewisePolynomial.of(tail))]
    terms += [(c, PiecewisePolynomial.truncated_power(t, d)) for t, d, c in hinges]
    return PiecewisePolynomial.combination(terms)


def units(network: Network) -> int:
    """Hidden units that bend."""
    return sum(
        sum(
            isinstance(bank.basis(i), TruncatedPowerBasis)
            for i in range(bank.in_features)
        )
        for bank in network.stages
        if isinstance(bank, Bank)
    )


def bends(layer: Network) -> int:
    """Pairs of an input and a jump (point and order) of some edge of it."""
    form = separate(layer.stages, layer.in_features)
    return sum(
        len(
            {
                (jump.at, r)
                for o in range(form.out_features)
                for jump in form.edge(i, o).pieces.jumps()
                for r, c in enumerate(jump.coefficients)
                if c
            }
        )
        for i in range(form.in_features)
    )


@settings(deadline=None)
@given(
    rows=st.lists(st.tuples(HINGES, HINGES), min_size=1, max_size=3),
    repeats=st.integers(1, 2),
)
def test_one_unit_for_each_true_breakpoint(rows: list[Any], repeats: int) -> None:
    """Rows are repeated with the opposite sign and added: much cancels."""
    layer = ke.kan([[edge(a, 1), edge(b, 0, 2)] for a, b in rows])
    m = len(rows)
    table = [
        [(-1) ** r if o == p else int(o == 0) for p in range(m)]
        for r in range(repeats)
        for o in range(m)
    ]
    mix = ke.mlp([(table, None)]).stages
    source = Network(2, (*layer.stages, *mix))
    conversion = ke.convert(source, layout="minimal")
    assert conversion.prove().is_proved
    assert units(conversion.target) == bends(source)
    for x in rational_points(source, 4):
        assert source(x) == conversion.target(x)


def test_univariate_functions_have_as_many_units_as_true_breakpoints() -> None:
    hat = kan([1, 1], degree=1, intervals=4)
    assert units(ke.convert(hat, layout="minimal").target) == 7  # all knots
    one = ke.kan([[edge([(F(0), 1, F(2)), (F(0), 1, F(-2)), (F(1), 1, F(3))], 4, 5)]])
    minimal = ke.convert(one, layout="minimal")
    assert units(minimal.target) == 1
    assert minimal.prove().is_proved
    none = ke.kan([[edge([], 4, 5)]])
    affine = ke.convert(none, layout="minimal")
    assert [type(s) for s in affine.target.stages] == [Affine]
    assert affine.prove().is_proved
    zero = ke.kan([[0, 0]])
    constant = ke.convert(zero, layout="minimal")
    assert constant.prove().is_proved
    assert constant.target([F(1), F(2)]) == (F(0),)


def test_masked_edges_lose_their_knots_and_units() -> None:
    masked = [(0, 0, o) for o in range(3)] + [(1, 1, 0), (1, 1, 1)]
    source = kan([2, 3, 2], degree=1, masked=masked)
    conversion = ke.convert(source, layout="minimal")
    assert conversion.prove().is_proved
    full = ke.convert(kan([2, 3, 2], degree=1), layout="minimal")
    assert units(conversion.target) < units(full.target)
    assert "fewest_units" in [s.rule for s in conversion.steps]
    for x in rational_points(source, 3):
        assert source(x) == conversion.target(x)


@pytest.mark.parametrize("name", ["pykan_pwl", "pykan_cubic", "pykan_mult"])
def test_trained_models(name: str) -> None:
    source = ke.load(CHECKPOINTS[name])
    plain = ke.convert(source, layout="sequential")
    minimal = ke.convert(source, layout="minimal")
    assert minimal.prove().is_proved
    assert minimal.parameters[1].hidden_units <= plain.parameters[1].hidden_units
    on_box = ke.convert(source, layout="minimal", domain=ke.Box(-1, 1))
    assert on_box.prove().is_proved
    assert units(on_box.target) < units(minimal.target)


def test_grids_that_lie_alike_are_shared() -> None:
    alike = [
        [
            edge([(a, 1, F(1)), (a + h, 1, F(2)), (a + 3 * h, 2, F(-1))], 0, 1)
            for a, h in ((F(0), F(1)), (F(-5), F(1, 3)), (F(2), F(7)))
        ]
    ]
    source = ke.kan(alike)
    conversion = ke.convert(source, layout="minimal")
    assert "share_grids" in [s.rule for s in conversion.steps]
    assert conversion.prove().is_proved
    compact = [s for s in conversion.compact.stages if isinstance(s, Bank)]
    assert [len(bank.bases) for bank in compact] == [1]
    for x in rational_points(source, 5):
        assert source(x) == conversion.compact(x) == conversion.target(x)


def test_other_grids_are_not_shared() -> None:
    other = [TruncatedPowerBasis(((F(0), 1), (F(1), 1), (F(t), 1))) for t in (2, 3)]
    assert share_grids(Bank.of(other)) is None
    degrees = [TruncatedPowerBasis(((F(0), d), (F(1), 1))) for d in (1, 2)]
    assert share_grids(Bank.of(degrees)) is None
    assert share_grids(Bank.of([other[0], other[0]])) is None


def test_log_and_sqrt_are_never_left_out() -> None:
    import sympy

    x = sympy.Symbol("x", real=True)
    word = ke.kan([[sympy.log(x), sympy.Abs(x)]])
    none = Dense.matrix(ke.mlp([([[0]], None)]).stages[0].weight.to_rational())  # type: ignore[union-attr]
    source = Network(2, (*word.stages, Affine.linear(none)))
    conversion = ke.convert(source, layout="minimal")
    assert conversion.prove().is_proved


def test_the_minimal_layout_is_of_the_hinge_form() -> None:
    with pytest.raises(ConversionError, match="layout='minimal' is for to='hinge'"):
        ke.convert(kan([1, 1]), "local", layout="minimal")


def test_near_misses() -> None:
    """Two knots, of which the second cancels; every number of the result is changed."""
    thrice = TruncatedPowerBasis(((F(0), 1), (F(1), 1), (F(1), 1)))
    mix = ke.mlp([([[2, 3, -3], [1, 1, 1]], [4, 5])]).stages
    source = Network(1, (Bank((thrice,), (0,)), *mix))
    (step,) = layers_of_fewest_units(Derivation.start(source)).steps
    bank, affine = step.right
    assert isinstance(bank, Bank)
    assert isinstance(affine, Affine)
    assert bank.bases == (TruncatedPowerBasis(((F(0), 1), (F(1), 1))),)
    wrong: list[Any] = [
        (Bank((TruncatedPowerBasis(((F(0), 1), (F(t), d))),), (0,)), affine)
        for t, d in ((1, 2), (2, 1), (0, 1))
    ]
    for tensor, write in (
        (
            affine.weight.to_rational(),
            lambda t: replace(affine, weight=Dense.matrix(t)),
        ),
        (affine.bias, lambda t: replace(affine, bias=t)),
    ):
        numbers = list(tensor.fractions())
        for c in range(len(numbers)):
            off = [v + (c == k) for k, v in enumerate(numbers)]
            wrong.append(
                (bank, write(RationalTensor.from_fractions(off, tensor.shape)))
            )
    assert accepted(source, replace(step, right=(bank, affine)))
    assert len(wrong) == 9
    for right in wrong:
        assert not accepted(source, replace(step, right=right))


def accepted(source: Network, step: Step) -> bool:
    try:
        certify_equal(source, Network(1, step.right), links_of([step]))
    except CertificateError:
        return False
    return True


def test_parallel_hidden_units_become_one() -> None:
    mlp = ke.mlp(
        [([[1, 2], [3, 6], [-1, 0]], [1, 3, 0]), ([[1, 1, 4], [2, 0, 1]], None)]
    )
    minimal = ke.convert(mlp, layout="minimal")
    assert minimal.parameters[1].hidden_units == 2
    assert minimal.prove().is_proved
    cancelling = ke.mlp([([[1, 2], [3, 6]], [1, 3]), ([[3, -1]], [7])])
    affine = ke.convert(cancelling, layout="minimal")
    assert [type(s) for s in affine.target.stages] == [Affine]
    assert affine.prove().is_proved
