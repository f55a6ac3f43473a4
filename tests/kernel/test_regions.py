"""regions_equal: cells on R, R^2 and boxes, and what it refuses."""

from __future__ import annotations

import copy
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kan_equiv.kernel import check
from tests.kernel.builder import Builder, box, container
from tests.kernel.evaluate import network as evaluate

F = Fraction

RELU = [(0, 1)]


def mlp(b, *layers):
    """Affine, ReLU, Affine, ReLU, ..., Affine from (rows, bias) pairs."""
    stages = []
    for n, (rows, bias) in enumerate(layers):
        if n:
            width = len(layers[n - 1][0])
            stages.append(b.bank([b.powers(RELU)], [0] * width))
        stages.append(b.linear(rows, bias))
    return stages


def regions(b, n, left, right, cells, domain=()):
    """The certificate of one window that is both networks."""
    a, c = b.network(n, *left), b.network(n, *right)
    w = b.judge(
        "regions_equal",
        in_features=n,
        left=list(left),
        right=list(right),
        domain=box(domain),
        cells=cells,
    )
    b.compose(a, c, [[0, w, "forward"]], domain)
    return b.bytes()


def verdict_of(n, left, right, cells, domain=()):
    b = Builder()
    return check(regions(b, n, mlp(b, *left), mlp(b, *right), cells, domain))


HIDDEN = [[1, 2], [3, -1], [F(-1, 2), F(1, 3)]]
DEEP = [(HIDDEN, [0, 1, -2]), ([[1, -1, 2], [2, 1, -3]], [1, 0]), ([[1, 1]], [F(1, 7)])]
SWAPPED = [
    ([HIDDEN[2], [F(2, 3), F(4, 3)], HIDDEN[1]], [-2, 0, 1]),
    ([[4, F(3, 1), -2], [-3, 3, 1]], [2, 0]),
    ([[F(1, 2), 1]], [F(1, 7)]),
]
BOX = ((F(-1, 2), 3), (-2, F(5, 3)))


def cells_of(n, left, right, domain=()):
    reason = verdict_of(n, left, right, 1 << 20, domain).reason
    assert "there are" in reason, reason
    return int(reason.split("there are ")[1].split()[0])


@pytest.mark.parametrize("domain", [(), BOX], ids=["plane", "box"])
def test_permuted_and_scaled_units(domain):
    cells = cells_of(2, DEEP, SWAPPED, domain)
    assert cells > 5
    found = verdict_of(2, DEEP, SWAPPED, cells, domain)
    assert (found.verdict, found.reason) == ("valid", "")
    assert "regions" in found.modules
    assert "over the reals on R^2" in found.claim or domain


@pytest.mark.parametrize("domain", [(), BOX], ids=["plane", "box"])
@pytest.mark.parametrize("layer", [0, 1, 2])
def test_one_weight_off(layer, domain):
    cells = cells_of(2, DEEP, SWAPPED, domain)
    wrong = copy.deepcopy(SWAPPED)
    rows = wrong[layer][0]
    rows[int(layer == 0)][int(layer == 1)] += F(1, 10**9)
    found = verdict_of(2, DEEP, wrong, cells, domain)
    assert found.verdict == "invalid"
    assert found.judgement == 0


def test_a_unit_that_is_dead_on_the_box_may_differ():
    cells = cells_of(2, DEEP, SWAPPED, BOX)
    other = copy.deepcopy(SWAPPED)
    other[0][0][0][0] -= F(1, 10**9)
    assert verdict_of(2, DEEP, other, cells, BOX).verdict == "valid"
    assert "differ" in verdict_of(2, DEEP, other, 99).reason


def test_a_difference_far_away_needs_the_plane_or_a_large_box():
    far = 10**9
    left = [([[1, 1]], [0]), ([[1]], [0])]
    right = [([[1, 1], [1, 1]], [0, -far]), ([[1, F(1, 10**9)]], [0])]
    near = ((-1, 1), (-1, 1))
    assert verdict_of(2, left, right, 2, near).verdict == "valid"
    wide = ((-far, far), (-far, far))
    assert "differ" in verdict_of(2, left, right, 9, wide).reason
    assert "differ" in verdict_of(2, left, right, 99).reason


def test_a_difference_in_one_tiny_cell():
    """A bump of height 1 over a triangle of size 1e-6, beside a line."""
    e = F(1, 10**6)
    rows = [[1, 0], [0, 1], [-1, -1]]
    left = [(rows, [0, 0, 0]), ([[-1, -1, -1]], [0]), ([[1]], [0])]
    # relu(e - relu(-x) - relu(-y) - relu(x + y - e)) > 0 near the triangle only
    tiny = [
        ([[-1, 0], [0, -1], [1, 1]], [0, 0, -e]),
        ([[-1, -1, -1]], [e]),
        ([[1]], [0]),
    ]
    assert "differ" in verdict_of(2, left, tiny, 99, ((-1, 1), (-1, 1))).reason
    assert "differ" in verdict_of(2, left, tiny, 99).reason
    away = ((1, 2), (1, 2))
    assert verdict_of(2, left, tiny, 1, away).verdict == "valid"


@pytest.mark.parametrize(
    ("domain", "equal"),
    [
        (((3, 3), (-2, 2)), False),
        (((-1, -1), (-2, 2)), True),
        (((-1, -1), (5, 5)), True),
        (((3, 3), (5, 5)), False),
        (((-4, -1), (5, 5)), True),
        (((-4, 1), (5, 5)), False),
        (((-4, 0), (5, 6)), True),
    ],
)
def test_sides_of_length_zero(domain, equal):
    """relu(x) + relu(y) against relu(y): equal where x <= 0."""
    left = [([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])]
    right = [([[0, 1]], [0]), ([[1]], [0])]
    for cells in range(1, 5):
        found = verdict_of(2, left, right, cells, domain)
        if not equal:
            assert "differ" in found.reason or "more than" in found.reason
        elif found.verdict == "valid":
            break
    assert (found.verdict == "valid") == equal


@pytest.mark.parametrize(
    ("domain", "equal"),
    [
        ((("-inf", 0), ("-inf", "inf")), True),
        ((("-inf", F(1, 10**9)), ("-inf", "inf")), False),
        ((("-inf", -1), (1, "inf")), True),
        (((-1, "inf"), (1, "inf")), False),
        (((-2, 0), ("-inf", 7)), True),
        (((-2, 0), ("-inf", "inf")), True),
        (((1, 1), (1, "inf")), False),
        (((-1, -1), (1, "inf")), True),
    ],
)
def test_half_lines_and_strips(domain, equal):
    """relu(x) + relu(y) against relu(y): equal where x <= 0."""
    left = [([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])]
    right = [([[0, 1]], [0]), ([[1]], [0])]
    found = [verdict_of(2, left, right, cells, domain) for cells in range(1, 6)]
    assert ("valid" in {v.verdict for v in found}) == equal
    assert equal or "differ" in found[-1].reason


def test_many_inputs_of_which_two_are_free():
    left = [([[1, 0, 2, 3]], [0]), ([[1]], [0])]
    right = [([[2, 1, 4, 6]], [0]), ([[F(1, 2)]], [0])]
    fixed = ((-1, 1), (0, 0), (-1, 1), (F(1, 2), F(1, 2)))
    assert verdict_of(4, left, right, 2, fixed).verdict == "valid"
    off = (*fixed[:1], (F(1, 9), F(1, 9)), *fixed[2:])
    assert "differ" in verdict_of(4, left, right, 9, off).reason
    three = (*fixed[:1], (0, 1), *fixed[2:])
    assert "3 inputs are free" in verdict_of(4, left, right, 9, three).reason
    assert "4 inputs are free" in verdict_of(4, left, right, 9).reason


def test_one_input():
    left = [([[1], [-1]], [0, 0]), ([[1, -1]], [0])]
    right = [([[1]], [5])]
    assert verdict_of(1, left, [([[1]], [0])], 2).verdict == "valid"
    assert verdict_of(1, left, [([[1]], [0])], 2, ((-1, 1),)).verdict == "valid"
    assert verdict_of(1, left, [([[1]], [0])], 1, ((2, 2),)).verdict == "valid"
    assert "differ" in verdict_of(1, left, right, 2).reason
    assert "differ" in verdict_of(1, left, right, 2, ((2, 2),)).reason


def bank_verdict(make, cells=9, domain=()):
    """The identity on R^2 against a bank on its first coordinate."""
    b = Builder()
    identity = b.add("monomial", degrees=[1])
    left = [b.bank([make(b), identity], [0, 1])]
    return check(regions(b, 2, left, left, cells, domain))


@pytest.mark.parametrize(
    "make",
    [
        lambda b: b.powers([(0, 0)]),
        lambda b: b.powers([(0, 2)]),
        lambda b: b.add("monomial", degrees=[2]),
        lambda b: b.atoms([("silu", 1, 0)]),
        lambda b: b.pieces(([0], [[], [1, 1]], [1])),
        lambda b: b.pieces(([0], [[], [0, 1]], [1])),
        lambda b: b.bspline([0, 1, 1, 2], 1),
        lambda b: b.bspline([0, 1], 0),
    ],
    ids=["step", "square", "monomial", "atom", "jump", "point", "double", "indicator"],
)
def test_what_is_not_continuous_and_piecewise_linear(make):
    found = bank_verdict(make)
    assert found.verdict == "invalid"
    assert "not continuous and piecewise linear" in found.reason


@pytest.mark.parametrize(
    ("make", "cells"),
    [
        (lambda b: b.bspline([0, 1, 2, 4, 5], 1), 12),
        (
            lambda b: b.pieces(([-1, F(1, 3)], [[-1], [0, 1], [F(1, 3)]], [-1, "1/3"])),
            8,
        ),
        (lambda b: b.powers([(0, 1), (F(1, 2), 1), (0, 1)]), 6),
        (lambda b: b.add("local", knots=["0", "1", "2"], degree=1, centers=[1]), 8),
    ],
    ids=["bspline", "pieces", "powers", "local"],
)
def test_other_banks(make, cells):
    """The plane starts as four quadrants, whose sides x = 0 are cells' sides too."""
    found = bank_verdict(make, cells)
    assert (found.verdict, found.reason) == ("valid", "")


def test_hinges_against_splines_after_mixing():
    """Two written forms of a hat behind a mixing layer."""
    b = Builder()
    mix = b.linear([[1, 1], [1, -2]], [F(1, 3), 0])
    hat = b.bank([b.bspline([0, 1, 3], 1)], [0, 0])
    hinges = b.bank([b.powers([(0, 1), (1, 1), (3, 1)])], [0, 0])
    weights = [1, F(-3, 2), F(1, 2)]
    grid = b.linear([[*weights, 0, 0, 0], [0, 0, 0, *weights]])
    data = regions(b, 2, [mix, hat], [mix, hinges, grid], 99)
    cells = int(check(data).reason.split("there are ")[1].split()[0])
    b.judgements[0]["cells"] = cells
    assert check(b.bytes()).verdict == "valid"
    b.judgements[0]["right"] = [mix, hinges]
    assert check(b.bytes()).verdict == "invalid"


def test_parallel_networks():
    """(relu(x), y + relu(y)) by slices, and by one bank and a matrix."""
    b = Builder()
    relu = b.bank([b.powers(RELU)], [0])
    double = b.linear([[1], [1]])
    both = b.bank([b.powers(RELU), b.add("monomial", degrees=[1])], [0, 1])
    skip = b.network(1, double, both, b.linear([[1, 1]]))
    split = b.add("parallel", networks=[b.network(1, relu), skip])
    whole = [
        b.linear([[1, 0], [0, 1], [0, 1]]),
        b.bank([b.powers(RELU), b.add("monomial", degrees=[1])], [0, 0, 1]),
        b.linear([[1, 0, 0], [0, 1, 1]]),
    ]
    assert check(regions(b, 2, [split], whole, 4)).verdict == "valid"
    swapped = b.add("parallel", networks=[skip, b.network(1, relu)])
    b.judgements, b.claim = [], None
    assert "differ" in check(regions(b, 2, [swapped], whole, 4)).reason


def test_a_window_in_the_middle_of_a_network():
    """On R^2 a window may stand anywhere."""
    b = Builder()
    first, last = b.linear([[1], [2]]), b.linear([[1, 3]])
    relu = b.bank([b.powers(RELU)], [0, 0])
    twice = [relu, b.linear([[1, 0], [0, 1]]), relu]
    w = b.judge(
        "regions_equal", in_features=2, left=[relu], right=twice, domain=[], cells=4
    )
    left, right = b.network(1, first, relu, last), b.network(1, first, *twice, last)
    b.compose(left, right, [[1, w, "forward"]])
    assert check(b.bytes()).verdict == "valid"
    b.judgements[-1]["steps"] = [[0, w, "forward"]]
    assert check(b.bytes()).verdict == "invalid"


@pytest.mark.parametrize("cells", [0, -1, True, "4", None, 1 << 21])
def test_cells_is_a_bounded_number(cells):
    relu = [([[1, 0]], [0]), ([[1]], [0])]
    assert verdict_of(2, relu, relu, 4).verdict == "valid"
    assert verdict_of(2, relu, relu, 3).verdict == "invalid"
    assert verdict_of(2, relu, relu, 5).verdict == "invalid"
    assert verdict_of(2, relu, relu, cells).verdict == "invalid"


def test_a_matrix_that_is_too_large():
    b = Builder()
    wide = b.dense(1 << 20, 1, 2, (b.integers([2], [1, 1]), "c"))
    left = [b.affine(wide, b.integers([1 << 20], [0] * (1 << 20)))]
    assert "too large" in check(regions(b, 2, left, left, 9)).reason


def test_integers_that_are_too_long():
    """A short file whose numbers would grow without end."""
    b = Builder()
    huge = b.linear([[1 << 60_000]])
    long = [huge] * 10_000
    assert "too long" in check(regions(b, 1, long, long, 2)).reason


def test_every_key_is_needed():
    b = Builder()
    left = mlp(b, *DEEP)
    data = regions(b, 2, left, left, cells_of(2, DEEP, DEEP))
    assert check(data).verdict == "valid"
    for key in list(b.judgements[0]):
        header = copy.deepcopy(b.header())
        del header["judgements"][0][key]
        assert check(container(header, b.buffers)).verdict == "invalid"


small = st.fractions(-2, 2, max_denominator=3)


@st.composite
def layers(draw, sizes):
    out = []
    for n, m in pairwise(sizes):
        rows = [[draw(small) for _ in range(n)] for _ in range(m)]
        out.append((rows, [draw(small) for _ in range(m)]))
    return out


@settings(max_examples=40)
@given(layers([2, 2, 2, 1]), layers([2, 2, 1]), st.data())
def test_an_accepted_pair_agrees_everywhere(left, right, data):
    """Half of the pairs are made equal by a sum with zero weight."""
    if data.draw(st.booleans()):
        right = [
            (left[0][0] + right[0][0], left[0][1] + right[0][1]),
            (
                [[*row, 0, 0] for row in left[1][0]],
                left[1][1],
            ),
            left[2],
        ]
    domain = data.draw(st.sampled_from([(), BOX]))
    b = Builder()
    a, c = mlp(b, *left), mlp(b, *right)
    verdict = check(regions(b, 2, a, c, 1 << 20, domain))
    assert verdict.verdict == "invalid"
    if "differ" in verdict.reason:
        return
    b.judgements[0]["cells"] = int(verdict.reason.split("there are ")[1].split()[0])
    assert check(b.bytes()).verdict == "valid"
    nets = [b.judgements[1]["left"], b.judgements[1]["right"]]
    for _ in range(20):
        bounds = domain or ((-50, 50), (-50, 50))
        point = [
            data.draw(st.fractions(lo, hi, max_denominator=50)) for lo, hi in bounds
        ]
        assert evaluate(b, nets[0], point) == evaluate(b, nets[1], point)
