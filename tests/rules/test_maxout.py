"""Edges and layers as differences of two maxima, and back."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv.errors import CertificateError, ConversionError, ValidationError
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.ir import Affine, Bank, Maximum, Network, Univariate
from kan_equiv.prover.certify import certify_equal, links_of
from kan_equiv.rules.derivation import Derivation
from kan_equiv.rules.maxout_pair import layers_to_maxout_pairs
from kan_equiv.rules.piecewise_to_maxout import convex_parts
from kan_equiv.testing.strategies import maximums
from tests.networks import CHECKPOINTS, kan, rational_points

F = Fraction
NOTE = PiecewisePolynomial.combination(
    [  # -2x + 1.5 relu(x) + 2.5 relu(x - 1), the function of the note
        (F(-2), PiecewisePolynomial.of([0, 1])),
        (F(3, 2), PiecewisePolynomial.truncated_power(F(0), 1)),
        (F(5, 2), PiecewisePolynomial.truncated_power(F(1), 1)),
    ]
)
RATIONALS = st.integers(-12, 12).map(lambda v: F(v, 4))
HINGES = st.lists(st.tuples(RATIONALS, RATIONALS), max_size=4)


def piecewise(
    tail: list[Fraction], hinges: list[tuple[Fraction, Fraction]]
) -> Univariate:
    terms = [(F(1), PiecewisePolynomial.of(tail))]
    terms += [(c, PiecewisePolynomial.truncated_power(t, 1)) for t, c in hinges]
    return Univariate(PiecewisePolynomial.combination(terms))


def test_the_function_of_the_note_is_one_maximum() -> None:
    above, below = convex_parts(Univariate(NOTE))
    assert above == [(F(-2), F(0)), (F(-1, 2), F(0)), (F(2), F(-5, 2))]
    assert below == []


@given(tail=st.lists(RATIONALS, min_size=2, max_size=2), hinges=HINGES)
def test_any_continuous_piecewise_linear_function(
    tail: list[Fraction], hinges: list[tuple[Fraction, Fraction]]
) -> None:
    f = piecewise(tail, hinges)
    above, below = convex_parts(f)
    for lines in (above, below):
        assert lines == sorted(lines)
    count = len(above) + max(len(below) - 1, 0)
    assert count == len(f.breakpoints) + 1
    for x in [*f.breakpoints, F(-9), F(1, 7), F(9)]:
        up = max(a * x + b for a, b in above)
        assert f(x) == up - max((a * x + b for a, b in below), default=F(0))


@settings(deadline=None, max_examples=30)
@given(
    st.lists(HINGES, min_size=1, max_size=3), st.sampled_from(["maxout", "maxout_pair"])
)
def test_layers_there_and_back(
    rows: list[list[tuple[Fraction, Fraction]]], to: str
) -> None:
    source = ke.kan(
        [
            [piecewise([F(1), F(o)], h), piecewise([F(0), F(2)], h[:2])]
            for o, h in enumerate(rows)
        ]
    )
    conversion = ke.convert(source, to)
    assert conversion.prove().is_proved
    back = ke.convert(conversion.target, "hinge")
    assert back.prove().is_proved
    for x in rational_points(source, 4):
        assert source(x) == conversion.target(x) == back.target(x)


@pytest.mark.parametrize("layout", ["layers", "sequential"])
def test_deep_networks(layout: str) -> None:
    source = kan([2, 3, 2], degree=1)
    conversion = ke.convert(source, "maxout", layout=layout)
    maxout = conversion.target
    assert conversion.prove().is_proved
    assert not any(isinstance(s, Bank) for s in maxout.stages)
    back = ke.convert(maxout, "hinge")
    assert back.prove().is_proved
    assert ke.prove(source, back.target).is_proved
    other = ke.convert(kan([2, 3, 2], degree=1, seed=1), "maxout").target
    assert isinstance(ke.prove(maxout, other), ke.Refuted)


def test_the_trained_piecewise_linear_checkpoint() -> None:
    source = ke.load(CHECKPOINTS["pykan_pwl"])
    conversion = ke.convert(source, "maxout")
    assert conversion.prove().is_proved
    assert ke.prove(source, conversion.target).is_proved
    layer = kan([2, 2], degree=1, intervals=1)
    pair = ke.convert(layer, "maxout_pair")
    assert pair.prove().is_proved
    (units,) = [s for s in pair.target.stages if isinstance(s, Maximum)]
    assert units.out_features == 4  # two maxima an output
    assert ke.convert(pair.target, "kan").prove().is_proved


@settings(deadline=None, max_examples=30)
@given(stage=maximums(max_arity=6), form=st.sampled_from(["hinge", "kan"]))
def test_maxout_units_of_any_arity_become_relu_units(stage: Maximum, form: str) -> None:
    network = Network(stage.inputs, (stage,))
    conversion = ke.convert(network, form)
    assert conversion.prove().is_proved
    for x in rational_points(network, 4):
        assert network(x) == conversion.target(x)


def test_relu_networks_and_maxout_networks_of_many_inputs() -> None:
    mlp = ke.mlp([([[1, 2, -1], [0, 1, 1]], [0, 3]), ([[1, -2]], [1])])
    first, relu, last = mlp.stages
    both = Affine(*_with_zero(first))  # type: ignore[arg-type]
    maxout = Network(3, (both, Maximum(((0, 1), (2, 3)), 4), last))
    assert ke.prove(mlp, maxout).is_proved
    assert isinstance(relu, Bank)


def _with_zero(stage: object) -> tuple[object, object]:
    """Rows z_1, 0, z_2, 0: the maxima of which are the ReLUs."""
    assert isinstance(stage, Affine)
    rows = [[stage.weight.row(r).get(c, F(0)) for c in range(3)] for r in range(2)]
    bias = list(stage.bias.fractions())
    ((weight, b),) = [([rows[0], [0] * 3, rows[1], [0] * 3], [bias[0], 0, bias[1], 0])]
    made = ke.mlp([(weight, b)]).stages[0]
    assert isinstance(made, Affine)
    return made.weight, made.bias


def test_what_is_refused() -> None:
    with pytest.raises(ConversionError, match="continuous and piecewise linear"):
        ke.convert(kan([1, 1], degree=2), "maxout")
    with pytest.raises(ConversionError, match="continuous and piecewise linear"):
        ke.convert(kan([1, 1], degree=1, silu=True), "maxout")
    with pytest.raises(
        ConversionError, match=r"maximum of .* affine pieces, at most 4096"
    ):
        ke.convert(kan([8, 1], degree=1, intervals=6), "maxout_pair")
    with pytest.raises(ConversionError, match="mixes 2 inputs"):
        ke.convert(ke.mlp([([[1, 1]], [0]), ([[1]], [0])]), "maxout_pair")
    maxout = ke.convert(kan([1, 1], degree=1), "maxout")
    with pytest.raises(
        ValidationError, match="maxout units are emitted in a converted"
    ):
        ke.emit.torch_module(maxout)
    assert ke.emit.torch_module(ke.convert(maxout.target)) is not None


def test_in_smt_lib() -> None:
    source = kan([1, 1], degree=1, intervals=1)
    query = ke.emit.smtlib(source, ke.convert(source, "maxout").target)
    assert "(ite (>=" in query
    import z3

    solver = z3.Solver()
    solver.from_string(query)
    assert solver.check() == z3.unsat


# --- near misses ------------------------------------------------------------------


def rejected(source: Network, derivation: Derivation) -> bool:
    try:
        certify_equal(source, derivation.target, links_of(derivation.steps))
    except CertificateError:
        return True
    return False


def test_other_lines_and_other_combinations_are_refused() -> None:
    source = kan([2, 1], degree=1, intervals=1)
    derivation = layers_to_maxout_pairs(Derivation.start(source))
    assert not rejected(source, derivation)
    edges, pair = derivation.steps
    for step, before in ((edges, ()), (pair, (edges,))):
        first, maximum, last = step.right
        assert isinstance(first, Affine)
        assert isinstance(maximum, Maximum)
        for part in (first.bias, first.weight.to_rational()):
            for c in range(0, len(part.numerators), 5):
                numbers = list(part.numerators)
                numbers[c] += 1
                off = replace(part, numerators=tuple(numbers))
                changed = (
                    replace(first, bias=off)
                    if part is first.bias
                    else replace(first, weight=type(first.weight).matrix(off))  # type: ignore[attr-defined]
                )
                wrong = replace(step, right=(changed, maximum, last))
                target = Network(2, wrong.right)
                assert rejected(source, Derivation(source, (*before, wrong), target))
        shorter = (maximum.groups[0][:-1], *maximum.groups[1:])
        less = (first, replace(maximum, groups=shorter), last)
        wrong = replace(step, right=less)
        assert rejected(source, Derivation(source, (*before, wrong), Network(2, less)))
