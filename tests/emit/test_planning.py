from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import kan_equiv as ke
from kan_equiv.emit.lowering import lower
from kan_equiv.emit.program import Program
from kan_equiv.emit.shrinking import ranges, shrink
from kan_equiv.emit.twin import exact_twin
from kan_equiv.errors import ValidationError
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.ir import KnotVector
from tests.emit.grids import equispaced, layers, linspace32
from tests.networks import CHECKPOINTS, kan, rational_points


def kinds(program: Program) -> list[list[tuple[str, int]]]:
    return [
        [(p.kind, p.slots) for g in layer.groups for p in g.parts]
        for layer in program.layers
    ]


@pytest.mark.parametrize("form", ["hinge", "local"])
@pytest.mark.parametrize("layout", ["layers", "sequential"])
@pytest.mark.parametrize("degree", [1, 2, 3])
def test_the_exact_program_is_the_source_proved(
    form: str, layout: str, degree: int
) -> None:
    source = kan([2, 3, 2], degree=degree, silu=True, masked=[(0, 0, 1), (1, 2, 0)])
    conversion = ke.convert(source, form, layout=layout)
    found = ke.emit.plan(conversion, "float64")
    assert ke.prove(source, exact_twin(found.exact)).is_proved
    for x in rational_points(source, 3):
        exact, near = source.to_float(x), found.network.to_float(x)
        assert np.allclose(exact, near, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["pykan_cubic", "pykan_pwl", "efficient_kan"])
def test_checkpoints_are_lowered_exactly(name: str) -> None:
    source = ke.load(CHECKPOINTS[name])
    program = shrink(lower(ke.convert(source, "local").compact))
    assert ke.prove(source, exact_twin(program)).is_proved


@pytest.mark.parametrize("degree", [1, 2, 3, 4])
def test_equispaced_knots_become_cardinal_splines(degree: int) -> None:
    knots = equispaced(4, degree, Fraction(-1), Fraction(1, 3))
    source = layers([2, 2], knots, degree)
    program = lower(ke.convert(source, "local").compact)
    assert kinds(program)[0][0] == ("cardinal", 4 + degree)
    assert program.layers[0].groups[0].parts[0].constants["rate"].shape == (1, 1)
    assert ke.prove(source, exact_twin(program)).is_proved


def test_almost_equispaced_knots_do_not() -> None:
    source = layers([2, 2], linspace32(5, 3, -1, 1), 3)
    program = lower(ke.convert(source, "local").compact)
    assert kinds(program)[0][0] == ("spline", 8)
    assert ke.prove(source, exact_twin(program)).is_proved


def test_inputs_of_unlike_bases_are_padded_and_hidden_ones_grouped() -> None:
    hat = PiecewisePolynomial.from_right_pieces(
        [0, 1, 2],
        [PiecewisePolynomial.of(c).pieces[0] for c in ([], [0, 1], [2, -1], [])],
    )
    square = PiecewisePolynomial.of([1, 0, 2])
    source = ke.kan([[[hat, square], [square, 3]], [[square, hat]]])
    program = lower(ke.convert(source).compact)
    assert ke.prove(source, exact_twin(program)).is_proved
    assert len(program.layers[0].groups) == 1
    assert len(program.layers[1].groups) == 2
    module = ke.emit.torch_module(ke.convert(source))
    for x in rational_points(source, 4):
        import torch

        y = module(torch.tensor([float(v) for v in x], dtype=torch.float64))
        assert y.tolist() == pytest.approx(source.to_float(x), rel=1e-12)


# --- shrinking ---------------------------------------------------------------------


def test_dead_units_and_zero_columns_go() -> None:
    masked = [(0, i, 1) for i in range(2)] + [(1, 2, o) for o in range(2)]
    source = kan([2, 3, 2], silu=True, masked=masked)
    whole = lower(ke.convert(source, "local").compact)
    # Hidden unit 2 reaches the output by its base branch only: it stays, splines go.
    small = shrink(whole)
    assert ke.prove(source, exact_twin(small)).is_proved
    spline, base = small.layers[1].groups[0].parts
    assert spline.active[:, 2].sum() == 0
    assert base.active.all()

    conversion = ke.convert(kan([2, 3, 2], masked=masked), "local")
    assert conversion.prove().is_proved
    found = ke.emit.plan(conversion)
    assert found.program.layers[0].outputs == ((0, 1),)
    assert ke.prove(conversion.compact, exact_twin(found.exact)).is_proved


def test_a_network_without_live_units_is_a_constant() -> None:
    masked = [(0, 0, 0), (1, 0, 0)]
    source = kan([1, 1, 1], masked=masked)
    module = ke.emit.torch_module(ke.convert(source, "local"), "float64")
    import torch

    y = module(torch.linspace(-9, 9, 5, dtype=torch.float64)[:, None])
    assert y.shape == (5, 1)
    assert y.flatten().tolist() == [source.to_float([v])[0] for v in (0,) * 5]


def test_knots_out_of_reach_go_where_a_domain_is_given() -> None:
    source = layers([2, 2], linspace32(5, 3, -1, 1), 3)
    program = lower(ke.convert(source, "local").compact)
    box = ke.Box([(0, "1/4"), (-1, "-3/4")])
    small = shrink(program, box)
    assert kinds(small)[0] == [("spline", 5), ("atom", 1)]
    twin = exact_twin(small)
    assert ke.prove(source, twin, domain=box).is_proved
    assert ke.prove(source, twin).is_refuted


def test_ranges_hold_the_values() -> None:
    source = kan([2, 3, 2], degree=3, silu=True, seed=3)
    program = lower(ke.convert(source, "local").compact)
    inner = ranges(program, ke.Box(-1, 1))[1]
    rng = np.random.default_rng(0)
    for x in rng.uniform(-1, 1, (40, 2)).tolist():
        for i, value in enumerate(source.layer(0).to_float(x)):
            assert float(inner[i][0]) <= value <= float(inner[i][1])


# --- exactly equal parameters ------------------------------------------------------


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_dyadic_grids_are_held_exactly(degree: int) -> None:
    knots = equispaced(8, degree, Fraction(-1), Fraction(1))
    source = layers([2, 3, 2], knots, degree)
    found = ke.emit.plan(ke.convert(source, "local"), "auto")
    assert found.is_exact
    assert str(found) == "float32, float32 products: parameters exactly equal"
    assert ke.prove(source, found.network).is_proved


def test_two_floats_a_coefficient_where_that_suffices() -> None:
    knots = equispaced(4, 1, Fraction(-1), Fraction(1))
    rng = np.random.default_rng(0)
    from kan_equiv.exact import FloatTensor
    from kan_equiv.ir import Affine, Bank, BSplineBasis, Dense, Network

    coef = FloatTensor.from_array(rng.standard_normal((2, 5)).astype(np.float32))
    scale = FloatTensor.from_array(rng.standard_normal(2).astype(np.float32))
    weight = Dense(2, 1, 5, ((coef, "oc"), (scale, "o")))
    network = Network(1, (Bank((BSplineBasis(knots, 1),), (0,)), Affine.linear(weight)))
    conversion = ke.convert(network, "local")
    single = ke.emit.plan(conversion, "float32")
    assert single.inexact == "layer 0, weight[0, 0, 0]"
    found = ke.emit.plan(conversion, "auto")
    assert (found.program.dtype, found.is_exact) == ("float32", True)
    assert found.program.precision is not None
    assert found.program.precision.name == "float32x2"
    assert ke.prove(network, found.network).is_proved
    assert ke.prove(network, single.network).is_refuted


def test_no_dtype_holds_thirds() -> None:
    source = layers([1, 1], KnotVector.of([0, 1, 4, 5]), 1)
    with pytest.raises(ValidationError, match=r"first that is rounded is layer 0, hat"):
        ke.emit.plan(ke.convert(source, "local"), "auto")


def test_splines_held_by_their_knots_are_the_kan_itself() -> None:
    source = ke.load(CHECKPOINTS["efficient_kan"])
    module = ke.emit.torch_module(
        ke.convert(source, "local"), "float64", backend="gather"
    )
    assert ke.prove(source, ke.emit.exact_network(module)).is_proved


@pytest.mark.parametrize(
    ("dtype", "precision", "message"),
    [
        ("float16", None, "would move the knots"),
        ("float32", "int8", "precision must be one of"),
        ("float32", "float64", "needs dtype='float64'"),
        ("float64", "bfloat16", "is for dtype='float32'"),
    ],
)
def test_unfit_formats_are_refused(
    dtype: str, precision: str | None, message: str
) -> None:
    conversion = ke.convert(kan([1, 1]), "local")
    with pytest.raises(ValidationError, match=message):
        ke.emit.plan(conversion, dtype, precision)
