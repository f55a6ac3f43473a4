from __future__ import annotations

import random
from fractions import Fraction
from itertools import islice

from hypothesis import given, settings
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.ir import Box, Network, Parallel
from kan_equiv.testing import strategies as s
from kan_equiv.testing.points import (
    cell_points,
    corners,
    face_points,
    hyperplanes,
    vertices,
)

F = Fraction


def value(plane, point) -> Fraction:
    return sum((w * point[i] for i, w in plane.row), plane.offset)


@given(s.networks(max_depth=2, kinds=("kan", "mlp")), st.integers(0, 9))
@settings(max_examples=60)
def test_points_lie_where_they_should(network: Network, seed: int) -> None:
    n = network.in_features
    box = Box(-7, 7).for_inputs(n)
    planes = hyperplanes(network)
    rng = random.Random(seed)
    for plane, point, i in face_points(planes, box, rng, 10):
        assert point in box
        assert value(plane, point) == 0
        assert i in dict(plane.row)
    for point in islice(cell_points(planes, box, rng, 10), 10):
        assert point in box
    for point in vertices(planes, box, rng, 10):
        assert point in box
        ends = sum(x in interval.ends for x, interval in zip(point, box, strict=True))
        assert ends + sum(value(p, point) == 0 for p in planes) >= n
    assert all(point in box for point in corners(box))


def test_knots_of_a_layer_and_zeros_of_units() -> None:
    hinges = [PiecewisePolynomial.truncated_power(F(k), 1) for k in (0, 1, 2)]
    layer = ke.kan([hinges[1:]])
    assert [(p.row, p.offset) for p in hyperplanes(layer)] == [
        (((0, F(1)),), F(-1)),
        (((1, F(1)),), F(-2)),
    ]
    net = ke.mlp([([[2, -3], [0, 0]], [1, 5]), ([[1, 1]], [0])])
    (plane,) = hyperplanes(net)
    assert (plane.row, plane.offset) == (((0, F(2)), (1, F(-3))), F(1))
    both = Network(3, (Parallel((net, ke.kan([hinges[:1]]))),))
    assert [p.row for p in hyperplanes(both)] == [plane.row, ((2, F(1)),)]
    assert hyperplanes(Network(2, ())) == ()


def test_all_vertices_of_a_small_arrangement() -> None:
    net = ke.mlp([([[1, 1], [1, -1]], [0, 0]), ([[1, 1]], [0])])
    box = Box(-1, 1).for_inputs(2)
    found = set(vertices(hyperplanes(net), box, random.Random(0), 100))
    assert found == {(0, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)}


def test_a_vertex_may_be_out_of_reach() -> None:
    net = ke.mlp([([[1, 1]], [9]), ([[1]], [0])])
    box = Box(-1, 1).for_inputs(2)
    planes = hyperplanes(net)
    assert list(face_points(planes, box, random.Random(0), 5)) == []
    assert set(vertices(planes, box, random.Random(0), 50)) == {
        (a, b) for a in (-1, 1) for b in (-1, 1)
    }
    assert list(vertices(planes, Box(0, 1).for_inputs(9), random.Random(0), 5)) == []


def test_every_cell_along_an_input_is_entered() -> None:
    hinges = [PiecewisePolynomial.truncated_power(F(k), 1) for k in (-1, 0, 1)]
    planes = hyperplanes(ke.kan([[hinges[0] + hinges[1] + hinges[2]]]))
    found = set(cell_points(planes, Box(-3, 3).for_inputs(1), random.Random(0), 4))
    assert found == {(-2,), (F(-1, 2),), (F(1, 2),), (2,)}
