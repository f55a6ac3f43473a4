from __future__ import annotations

from fractions import Fraction
from inspect import Parameter, signature
from typing import Any

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from kan_equiv.exact import PiecewisePolynomial, Polynomial
from kan_equiv.ir import Bank, Box, BSplineBasis, Network
from kan_equiv.testing import strategies as s

NEEDED: dict[str, dict[str, Any]] = {
    name: {"shape": (2, 3)}
    for name in ("float_arrays", "float_tensors", "rational_tensors", "tensors")
}
BUILDERS = {name: getattr(s, name) for name in s.__all__}


@pytest.mark.parametrize("name", BUILDERS)
@given(data=st.data())
@settings(max_examples=15)
def test_every_strategy_builds(name: str, data: st.DataObject) -> None:
    # Constructors validate, so that a wrong value raises here.
    assert data.draw(BUILDERS[name](**NEEDED.get(name, {}))) is not None


@pytest.mark.parametrize("name", BUILDERS)
def test_names_are_plural_and_options_keyword_only(name: str) -> None:
    assert name.endswith(("s", "ices")), name
    for p in signature(BUILDERS[name]).parameters.values():
        assert p.kind is Parameter.KEYWORD_ONLY or p.name == "shape", p


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("rationals", {"min_value": 2, "max_value": 1}, "min_value=2, max_value=1"),
        ("rationals", {"max_value": float("nan")}, "max_value"),
        ("rationals", {"max_denominator": 0}, "max_denominator"),
        (
            "rationals",
            {"min_value": "1/97", "max_value": "1/96"},
            "raise max_denominator",
        ),
        ("polynomials", {"min_degree": 5}, "min_degree=5, max_degree=4"),
        ("polynomials", {"max_degree": -1}, "max_degree=-1"),
        ("polynomials", {"max_degree": True}, "max_degree=True"),
        ("piecewise_polynomials", {"min_breakpoints": 9}, "min_breakpoints=9"),
        ("knot_vectors", {"min_size": 12}, "max_size=9"),
        ("splines", {"max_knots": 1}, "max_knots=1"),
        ("atoms", {"names": []}, "empty"),
        ("atoms", {"names": ["relu"]}, "relu"),
        ("univariates", {"min_atoms": 3}, "max_atoms=2"),
        ("local_bases", {"min_degree": 0}, "min_degree=0"),
        ("truncated_power_bases", {"min_size": 0}, "min_size=0"),
        ("float_arrays", {"shape": (1,), "dtype": "int8"}, "int8"),
        ("linear_maps", {"max_depth": -1}, "max_depth=-1"),
        ("intervals", {"min_width": 20}, "min_value"),
        ("boxes", {"min_inputs": 0}, "min_inputs=0"),
        ("kan_layers", {"max_outputs": 0}, "max_outputs=0"),
        ("mlp_layers", {"min_hidden": 0}, "min_hidden=0"),
        ("networks", {"kinds": ()}, "kinds"),
        ("networks", {"kinds": ("cnn",)}, "cnn"),
        ("networks", {"min_depth": 3}, "max_depth=2"),
    ],
)
def test_wrong_arguments_are_refused_by_name(
    name: str, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidArgument, match=message):
        BUILDERS[name](**arguments)


@given(s.rationals(min_value="1/3", max_value="1/2", max_denominator=7))
def test_rationals_keep_their_bounds(q: Fraction) -> None:
    assert Fraction(1, 3) <= q <= Fraction(1, 2)
    assert q.denominator <= 7


@given(s.polynomials(min_degree=2, max_degree=3))
def test_degrees_are_reached(p: Polynomial) -> None:
    assert 2 <= p.degree <= 3


@given(s.piecewise_polynomials(allow_jumps=False))
def test_continuous_pieces(f: PiecewisePolynomial) -> None:
    assert f.is_continuous


@given(s.splines(min_degree=1))
def test_splines_vanish_outside_their_knots(f: PiecewisePolynomial) -> None:
    assert not f.pieces[0]
    assert not f.pieces[-1]


@given(s.bspline_bases(unique=True))
def test_unique_knots(basis: BSplineBasis) -> None:
    assert basis.knots.is_simple


@given(s.boxes(min_inputs=2, max_inputs=2, min_width=1, allow_infinity=True), st.data())
def test_points_lie_in_their_box(box: Box, data: st.DataObject) -> None:
    assert len(box) == 2
    assert data.draw(s.rational_points(domain=box)) in box


@given(s.networks(min_depth=2, max_depth=3, min_width=2, kinds=("kan", "mlp")))
@settings(max_examples=30)
def test_networks_keep_their_sizes(network: Network) -> None:
    assert 2 <= network.in_features <= 3
    assert sum(isinstance(stage, Bank) for stage in network.stages) in (2, 3)
    assert len(network([Fraction(1, 2)] * network.in_features)) == network.out_features


class TestShrinking:
    """Counterexamples are the ones a person would write down."""

    settings = settings(max_examples=2000, database=None, derandomize=True)

    def find(self, strategy: st.SearchStrategy[Any], condition: Any) -> Any:
        return find(strategy, condition, settings=self.settings)

    def test_rationals(self) -> None:
        assert self.find(s.rationals(), lambda q: q > 2) == 3
        assert self.find(s.rationals(), lambda q: 0 < q < 1).denominator == 2

    def test_pieces(self) -> None:
        f = self.find(s.piecewise_polynomials(), lambda f: len(f.breakpoints) == 1)
        assert f.breakpoints == (0,)
        assert f.degree == 0
        f = self.find(s.piecewise_polynomials(), lambda f: f.degree == 2)
        assert f == PiecewisePolynomial.of([0, 0, 1])

    def test_knots(self) -> None:
        t = self.find(s.knot_vectors(), lambda t: len(t) >= 3 and not t.is_simple)
        assert t.knots == (0, 0, 0)

    def test_layers(self) -> None:
        layer = self.find(s.kan_layers(), lambda n: n.out_features == 2)
        assert layer.in_features == 1
        assert all(v == 0 for v in layer([7]))
