"""Ridge functions: banks after affine stages that mix inputs."""

from __future__ import annotations

import random
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kan_equiv.kernel import check, ridges
from kan_equiv.kernel.reader import InvalidError
from tests.kernel import evaluate
from tests.kernel.builder import Builder, box
from tests.kernel.test_windows import changed_buffers, name, sides_of

F = Fraction


def relu(b, degree=1):
    return b.powers([(0, degree)])


def layer(b, rows, bias, outgoing, constants=(0,), basis=None):
    """One hidden layer: rows, the same basis for every unit, one row an output."""
    bank = b.bank([relu(b) if basis is None else basis], [0] * len(rows))
    return [b.linear(rows, bias), bank, b.linear(outgoing, list(constants))]


ROWS, BIAS, OUT = [[1, 2], [-3, F(1, 2)], [0, 1]], [1, -1, F(1, 3)], [[1, -2, 5]]


def permuted_and_rescaled(b):
    left = layer(b, ROWS, BIAS, OUT)
    right = layer(
        b,
        [[0, F(2, 7)], [4, 8], [-F(3, 2), F(1, 4)]],
        [F(2, 21), 4, -F(1, 2)],
        [[F(35, 2), F(1, 4), -4]],
    )
    return 2, left, right


def duplicated_and_dead_units(b):
    left = layer(b, ROWS, BIAS, OUT)
    right = layer(
        b,
        [*ROWS, [2, 4], [7, -1], [0, 0], [0, 0]],
        [*BIAS, 2, 3, 3, -4],
        [[F(1, 3), -2, 5, F(1, 3), 0, 1, 9]],
        [-3],
    )
    return 2, left, right


def opposite_orientation(degree):
    """relu(-z)^p = (-1)^p (z^p - relu(z)^p), the polynomial from two further units."""

    def case(b):
        p, sign = degree, (-1) ** degree
        left = layer(b, ROWS, BIAS, OUT, basis=relu(b, p))
        rows = [[-1, -2], *ROWS[1:], [1, 2], [-1, -2]]
        bias = [-1, *BIAS[1:], 1, -1]
        # relu(z)^p = z^p - (-1)^p relu(-z)^p and z^p = relu(z)^p + (-1)^p relu(-z)^p
        right = layer(b, rows, bias, [[-sign, -2, 5, 1, sign]], basis=relu(b, p))
        return 2, left, right

    return case


def lines_that_cancel(b):
    """Three flips whose lines sum to 0: x + y, -x and -y."""
    rows = [[1, 1], [-1, 0], [0, -1]]
    left = layer(b, rows, [0] * 3, [[1, 1, 1], [2, 2, 2]], [0, 0])
    right = layer(
        b, [[-c for c in r] for r in rows], [0] * 3, [[1] * 3, [2] * 3], [0, 0]
    )
    return 2, left, right


def lines_that_cancel_with_inputs(b):
    """relu(x + 2y) against relu(-x - 2y) + x + 2y, the line from separate columns."""
    both = b.add("concatenation", bases=[relu(b), b.add("monomial", degrees=[1])])
    left = [b.linear([[1, 2]]), b.bank([relu(b)], [0])]
    first = b.linear([[-1, -2], [1, 0], [0, 1]])
    bank = b.bank([both], [0] * 3)
    return 2, left, [first, bank, b.linear([[1, 0, 0, 1, 0, 2]])]


def differences(k):
    """sum over j of (-1)^j (k+1 over j) (x + j y)^k = 0, half of it on each side."""

    def case(b):
        power = b.add("monomial", degrees=[k])
        signed = [(-1) ** j * comb(k + 1, j) for j in range(k + 2)]
        sides = []
        for keep in (0, 1):
            rows = [[1, j, 0] for j in range(k + 2) if j % 2 == keep]
            weights = [(-1) ** keep * c for c in signed[keep::2]]
            sides.append(layer(b, rows, [0] * len(rows), [weights], basis=power))
        return 3, *sides

    return case


def squares(b):
    """((x + y)^2 - (x - y)^2)/4 + constants, against shifted squares."""
    square = b.add("monomial", degrees=[2])
    left = layer(b, [[1, 1], [1, -1]], [0, 0], [[1, -1]], basis=square)
    rows, bias = [[1, 2], [1, 0], [0, 1]], [0, 0, 0]
    return 2, left, layer(b, rows, bias, [[1, -1, -4]], basis=square)


def outside_units(b):
    """On [-1, 1]^2 a unit that is never or always active; one touches a corner."""
    domain = [(-1, 1), (-1, 1)]
    left = layer(b, [[1, 1], [2, -1], [1, 2]], [2, -3, 5], [[1, 7, 3]])
    line = b.add("monomial", degrees=[1])
    right = layer(b, [[4, 7]], [17], [[1]], basis=line)
    return 2, left, right, domain


def outside_cubes(b):
    domain = [(0, 1), (F(1, 2), 1)]
    left = layer(b, [[1, 1], [-1, -1]], [0, F(1, 2)], [[1, 1]], basis=relu(b, 3))
    cube = b.add("monomial", degrees=[3])
    return 2, left, layer(b, [[1, 1]], [0], [[1]], basis=cube), domain


def on_a_quadrant(b):
    """relu(x + 2y + 1) and relu(-x - y) where x >= -1 and y >= 0, and the corner."""
    left = layer(b, [[1, 2], [-2, -1]], [1, -2], [[1, 5]])
    line = b.add("monomial", degrees=[1])
    right = layer(b, [[1, 2]], [1], [[1]], basis=line)
    return 2, left, right, [(-1, "inf"), (0, "inf")]


def degenerate_coordinate(b):
    """With z = 2, relu(x + 3y + z) is relu(x + 3y + 2z - 2)."""
    domain = [(-9, 9), (-9, 9), (2, 2)]
    left = layer(b, [[1, 3, 1]], [0], [[1]])
    return 3, left, layer(b, [[1, 3, 2]], [-2], [[1]]), domain


def mixed_degrees(b):
    bank = b.powers([(0, 1), (1, 2), (-2, 3), (F(1, 2), 0)])
    left = layer(b, [[2, -4]], [1], [[1, 2, 3, 4]], basis=bank)
    other = b.powers([(0, 1), (F(1, 2), 2), (-1, 3), (F(1, 4), 0)])
    return 2, left, layer(b, [[1, -2]], [F(1, 2)], [[2, 8, 24, 4]], basis=other)


def splines_of_directions(b):
    """A hat against its three hinges."""
    left = layer(b, [[1, 2], [3, -1]], [0, 1], [[1, 5]], basis=b.bspline([0, 1, 3], 1))
    hinges = b.powers([(0, 1), (1, 1), (3, 1)])
    weights = [1, -F(3, 2), F(1, 2)]
    out = [[*weights, *(5 * w for w in weights)]]
    return 2, left, layer(b, [[1, 2], [3, -1]], [0, 1], out, basis=hinges)


def hat_of_a_direction(b):
    """relu(z - relu(3/2 (z - 1))): a bank after a row of one direction."""
    both = b.add("concatenation", bases=[b.powers([(1, 1)]), identity(b)])
    left = [b.linear([[1, 2]]), b.bank([b.bspline([0, 1, 3], 1)], [0])]
    right = [
        b.linear([[1, 2], [2, 4]]),
        b.bank([both], [0, 0]),
        b.linear([[-F(3, 2), 0, 0, F(1, 2)]]),
        b.bank([relu(b)], [0]),
    ]
    return 2, left, right


def identity(b):
    return b.add("monomial", degrees=[1])


def sums_of_directions(b):
    """Rows that mix directions are directions again; x + y + x - y is an input."""
    lines = layer(b, [[1, 1], [1, -1]], [1, 2], [[1, 1], [2, -1]], [0, 0], identity(b))
    tail = [b.bank([relu(b)], [0, 0]), b.linear([[1, 1]])]
    return 2, [*lines, *tail], layer(b, [[2, 0], [1, 3]], [3, 0], [[1, 1]])


def parallel_after_mixing(b):
    mix = b.linear([[1, 1], [1, -1]])
    nets = [b.network(1, b.bank([relu(b)], [0])), b.network(1, b.linear([[3]]))]
    left = [mix, b.add("parallel", networks=nets)]
    right = layer(
        b, [[2, 2], [1, -1], [-1, 1]], [0] * 3, [[F(1, 2), 0, 0], [0, 3, -3]], [0, 0]
    )
    return 2, left, right


def kan_layer(b):
    """Functions of single inputs are ridge functions as well."""
    hat = b.bspline([0, 1, 2], 1)
    left = [b.bank([hat], [0, 0]), b.linear([[1, 2]])]
    rows = [[1, 0], [1, 0], [1, 0], [0, 3], [0, 1], [0, 1], [-1, 1], [1, -1]]
    bias = [0, -1, -2, 0, -1, -2, 0, 0]
    out = [[1, -2, 1, F(2, 3), -4, 2, 0, 0]]
    return 2, left, layer(b, rows, bias, out)


def atoms(b):
    silu = b.atoms([("silu", 1, 0), ("tanh", 2, 1)])
    left = layer(b, [[1, 2], [3, 4]], [1, 0], [[1, 2, 3, 4]], basis=silu)
    right = layer(b, [[3, 4], [1, 2]], [0, 1], [[3, 4, 1, 2]], basis=silu)
    return 2, left, right


def outputs_of_one_direction(b):
    """Nothing is pending at the end."""
    left = [b.linear([[1, 2], [2, 4]], [0, 1]), b.bank([relu(b)], [0, 0])]
    right = [b.linear([[3, 6], [1, 2]], [0, F(1, 2)]), b.bank([relu(b)], [0, 0])]
    return 2, left, [*right, b.linear([[F(1, 3), 0], [0, 2]])]


ACCEPTED = [
    permuted_and_rescaled,
    duplicated_and_dead_units,
    opposite_orientation(1),
    opposite_orientation(2),
    opposite_orientation(3),
    lines_that_cancel,
    lines_that_cancel_with_inputs,
    differences(2),
    differences(3),
    differences(5),
    squares,
    outside_units,
    outside_cubes,
    on_a_quadrant,
    degenerate_coordinate,
    mixed_degrees,
    splines_of_directions,
    hat_of_a_direction,
    sums_of_directions,
    parallel_after_mixing,
    kan_layer,
    atoms,
    outputs_of_one_direction,
]


def points(n, domain, count):
    box = [(a, a + 9 if b == "inf" else b) for a, b in domain or [(-3, 4)] * n]
    for seed in range(count):
        rng = random.Random(seed)
        yield [low + (high - low) * F(rng.randrange(29), 28) for low, high in box]


@pytest.mark.parametrize("case", ACCEPTED, ids=name)
def test_accepted(case):
    b, n, left, right, domain = sides_of(case)
    for sides in ((left, right), (right, left)):
        c = Builder()
        c.objects, c.buffers = list(b.objects), list(b.buffers)
        verdict = check(c.equal(n, *sides, domain))
        assert (verdict.verdict, verdict.reason) == ("valid", "")
        assert "ridges" in verdict.modules
    if not any(o["type"] == "atom" for o in b.objects):
        for x in points(n, domain, 30):
            assert evaluate.stages(b, left, x) == evaluate.stages(b, right, x)


@pytest.mark.parametrize("case", ACCEPTED, ids=name)
def test_a_changed_number_changes_the_verdict_with_the_function(case):
    b, n, left, right, domain = sides_of(case)
    data = b.equal(n, left, right, domain)
    assert check(data).verdict == "valid"
    has_atoms = any(o["type"] == "atom" for o in b.objects)
    refused = 0
    for index, changed in list(changed_buffers(b)):
        original, b.buffers[index] = b.buffers[index], changed
        if check(b.bytes()).verdict == "valid":
            for x in points(n, domain, 0 if has_atoms else 6):
                assert evaluate.stages(b, left, x) == evaluate.stages(b, right, x)
        else:
            refused += 1
        b.buffers[index] = original
    assert refused > 0


# --- near misses -------------------------------------------------------------------


TINY = F(1, 2**90)


def near(case, change):
    """The case with one matrix or bias of the right word changed."""

    def changed(b):
        n, left, right, *domain = case(b)
        return n, left, change(b, right), *domain

    changed.__qualname__ = f"{name(case)}-{change.__name__}"
    return changed


def rows_of(b, affine):
    o = b.objects[affine]
    bias = evaluate.tensor(b, o["bias"])
    return evaluate.matrix(b, o["weight"]), [bias[r,] for r in range(len(bias))]


def moved_knot(b, word):
    rows, bias = rows_of(b, word[0])
    return [b.linear(rows, [bias[0] + TINY, *bias[1:]]), *word[1:]]


def one_weight(b, word):
    rows, bias = rows_of(b, word[0])
    rows[0][0] += TINY
    return [b.linear(rows, bias), *word[1:]]


def one_outgoing_weight(b, word):
    rows, bias = rows_of(b, word[-1])
    rows[-1][0] += TINY
    return [*word[:-1], b.linear(rows, bias)]


def swapped_sign(b, word):
    rows, bias = rows_of(b, word[0])
    rows[0], bias[0] = [-v for v in rows[0]], -bias[0]
    return [b.linear(rows, bias), *word[1:]]


def a_constant(b, word):
    rows, bias = rows_of(b, word[-1])
    return [*word[:-1], b.linear(rows, [*bias[:-1], bias[-1] - TINY])]


CHANGES = [moved_knot, one_weight, one_outgoing_weight, swapped_sign, a_constant]
HINGED = [
    permuted_and_rescaled,
    duplicated_and_dead_units,
    opposite_orientation(1),
    opposite_orientation(2),
    opposite_orientation(3),
    mixed_degrees,
    splines_of_directions,
    kan_layer,
    atoms,
]
POLYNOMIAL = [differences(3), differences(5), squares, outside_units, outside_cubes]


def wrong_split(b):
    """c = c/2 + c/3 is no split of a unit."""
    left = layer(b, ROWS[:1], BIAS[:1], [[1]])
    return 2, left, layer(b, ROWS[:1] * 2, BIAS[:1] * 2, [[F(1, 2), F(1, 3)]])


def a_corner_inside(b):
    """relu(x + y + 2) is a line on [-1, 1]^2, and not on [-1 - tiny, 1]^2."""
    left = layer(b, [[1, 1]], [2], [[1]])
    right = layer(b, [[1, 1]], [2], [[1]], basis=identity(b))
    return 2, left, right, [(-1 - TINY, 1), (-1, 1)]


def another_direction(b):
    return 2, layer(b, [[1, 2]], [0], [[1]]), layer(b, [[2, 1]], [0], [[1]])


def not_the_sum_of_its_parts(b):
    """relu(x + y) against relu(x) + relu(y)."""
    return (
        2,
        layer(b, [[1, 1]], [0], [[1]]),
        [b.bank([relu(b)], [0, 0]), b.linear([[1, 1]])],
    )


def hinges_of_hinges(b):
    word = [b.bank([relu(b)], [0, 0]), b.linear([[1, 1]]), b.bank([relu(b)], [0])]
    return 2, word, [*word[:2], b.bank([relu(b)], [0])]


def hinge_and_line(b):
    """relu(relu(x) + y) has a row of two inputs that is not affine."""
    basis = b.add("concatenation", bases=[relu(b), identity(b)])
    word = [b.bank([basis], [0, 0]), b.linear([[1, 0, 0, 1]]), b.bank([relu(b)], [0])]
    return 2, word, [*word[:2], b.bank([relu(b)], [0])]


def faces_that_touch(b):
    """Both are 1 at (1, 1) alone: true, and beyond a comparison per direction."""
    jump = b.powers([(0, 0)])
    left = layer(b, [[1, 1]], [-2], [[1]], basis=jump)
    return 2, left, layer(b, [[2, 1]], [-3], [[1]], basis=jump), [(0, 1), (0, 1)]


REFUSED = [
    *[near(case, change) for case in HINGED for change in CHANGES],
    *[near(case, change) for case in POLYNOMIAL for change in CHANGES[2:5:2]],
    near(differences(3), one_weight),
    wrong_split,
    a_corner_inside,
    another_direction,
    not_the_sum_of_its_parts,
    hinges_of_hinges,
    hinge_and_line,
    faces_that_touch,
]


@pytest.mark.parametrize("case", REFUSED, ids=name)
def test_refused(case):
    b, n, left, right, domain = sides_of(case)
    verdict = check(b.equal(n, left, right, domain))
    assert verdict.verdict == "invalid"
    assert "differ" in verdict.reason or "not affine" in verdict.reason


def test_neighbors_in_a_packing_cannot_cancel():
    """Lines +2^k in one output and -1 in the next."""
    for k in (8, 31, 32, 63, 64):
        b = Builder()
        out = [[2**k, 0], [0, 1]]
        left = layer(b, [[1, 2], [1, 2]], [0, 0], out, [0, 0], identity(b))
        right = layer(
            b, [[1, 2], [1, 2]], [0, 0], [[0, 0], [1, 1]], [0, 0], identity(b)
        )
        assert check(b.equal(2, left, right)).verdict == "invalid"


def test_a_square_norm_is_summed_over_outputs():
    """One output right, one wrong."""
    b = Builder()
    square = b.add("monomial", degrees=[2])
    left = layer(b, [[1, 1], [1, -1]], [0, 0], [[1, -1], [1, 1]], [0, 0], square)
    rows = [[1, 2], [1, 0], [0, 1]]
    good = [[1, -1, -4], [0, 2, 2]]
    assert (
        check(b.equal(2, left, layer(b, rows, [0] * 3, good, [0, 0], square))).verdict
        == "valid"
    )
    for o in (0, 1):
        bad = [[c + TINY * (r == o) for c in row] for r, row in enumerate(good)]
        right = layer(b, rows, [0] * 3, bad, [0, 0], square)
        c = Builder()
        c.objects, c.buffers = b.objects, b.buffers
        assert check(c.equal(2, left, right)).verdict == "invalid"


@pytest.mark.parametrize(
    ("limit", "value", "case"),
    [
        ("MAX_WORDS", 5, permuted_and_rescaled),
        ("MAX_WORDS", 7, sums_of_directions),
        ("MAX_WORK", 20, differences(3)),
    ],
)
def test_limits(monkeypatch, limit, value, case):
    b, n, left, right, domain = sides_of(case)
    data = b.equal(n, left, right, domain)
    assert check(data).verdict == "valid"
    monkeypatch.setattr(ridges, limit, value)
    verdict = check(data)
    assert verdict.verdict == "invalid"
    assert "too large" in verdict.reason


def test_directions_may_not_grow_without_end(monkeypatch):
    monkeypatch.setattr(ridges, "MAX_WORDS", 4)
    directions = ridges.Directions(2, [])
    assert [directions.place(v) for v in ([0, -3], [4, 6], [-2, -3], [1, -1])] == [
        (1, -3),
        (2, 2),
        (2, -1),
        (3, 1),
    ]
    with pytest.raises(InvalidError, match="too large"):
        directions.place([1, 1])


def intervals(box, *vectors):
    """The values of each direction on the box."""
    extended = list(box)
    directions = ridges.Directions(len(box), extended)
    for i, vector in enumerate(vectors, len(box)):
        assert directions.place(vector) == (i, 1)
    return extended[len(box) :]


def test_the_interval_of_a_direction_is_its_range():
    box = [(F(-1), F(1, 2)), (F(0), F(1, 3)), (F(2), F(2))]
    assert intervals(box, [2, -3, 1]) == [(-2 - 1 + 2, 1 + 2)]
    box = [(None, F(1)), (F(0), None), (F(2), F(3))]
    found = intervals(box, [2, -3, 1], [1, 1, 1], [2, 0, -1], [0, 1, 1])
    assert found == [(None, 5), (None, None), (None, 0), (2, None)]


def ridge_distance(b, bound):
    """relu(x + y) against relu(x + y)/2 + (x + y)/4 on a box: |z|/4."""
    domain = [(-1, 1), (-1, F(1, 2))]
    left = b.network(2, *layer(b, [[1, 1]], [0], [[1]]))
    both = b.add("concatenation", bases=[relu(b), identity(b)])
    right = b.network(2, *layer(b, [[1, 1]], [0], [[F(1, 2), F(1, 4)]], basis=both))
    sides = {"left": left, "right": right, "domain": box(domain)}
    b.claim = {"kind": "within", "epsilon": [str(bound)]} | sides
    b.judge(
        "distance",
        bounds=[str(bound)],
        subdivisions=0,
        points=[],
        attained=[],
        **sides,
    )
    return check(b.bytes())


def test_distances_of_ridge_functions():
    assert ridge_distance(Builder(), F(1, 2)).verdict == "valid"
    assert ridge_distance(Builder(), F(1, 2) - TINY).verdict == "invalid"


def test_wide_integers_are_directions_too():
    b = Builder()
    rows = [[2**70, 3], [2**70 + 1, 3]]
    left = layer(b, rows, [1, 2], [[1, 2]])
    right = layer(
        b, [[F(v, 7) for v in row] for row in rows], [F(1, 7), F(2, 7)], [[7, 14]]
    )
    assert check(b.equal(2, left, right)).verdict == "valid"
    c = Builder()
    left = layer(c, rows, [1, 2], [[1, 2]])
    right = layer(c, [rows[1], rows[0]], [1, 2], [[1, 2]])
    assert check(c.equal(2, left, right)).verdict == "invalid"


# --- random words ------------------------------------------------------------------

SMALL = st.integers(-2, 2)
DYADIC = st.sampled_from([F(n, 2) for n in range(-4, 5)])


@st.composite
def one_hidden_layer(draw, b):
    degree = draw(st.integers(0, 3))
    units = draw(st.integers(1, 4))
    rows = [[F(draw(SMALL)), F(draw(SMALL))] for _ in range(units)]
    bias = [draw(DYADIC) for _ in rows]
    out = [[F(draw(SMALL)) for _ in rows] for _ in range(2)]
    return layer(b, rows, bias, out, [draw(DYADIC) for _ in out], relu(b, degree))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_accepted_only_if_equal(data):
    b = Builder()
    left, right = data.draw(one_hidden_layer(b)), data.draw(one_hidden_layer(b))
    domain = ()
    if data.draw(st.booleans()):
        domain = [sorted((data.draw(DYADIC), data.draw(DYADIC))) for _ in range(2)]
    if check(b.equal(2, left, right, domain)).verdict == "valid":
        for x in points(2, domain, 60):
            assert evaluate.stages(b, left, x) == evaluate.stages(b, right, x)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_word_is_equal_to_itself_behind_a_change_of_coordinates(data):
    """f(A x) with A multiplied out by the kernel, and by us."""
    b = Builder()
    word = data.draw(one_hidden_layer(b))
    (p, q), (r, s) = a = [[F(data.draw(SMALL)) for _ in range(2)] for _ in range(2)]
    rows, bias = rows_of(b, word[0])
    product = [[x * p + y * r, x * q + y * s] for x, y in rows]
    right = [b.linear(product, bias), *word[1:]]
    assert check(b.equal(2, [b.linear(a), *word], right)).verdict == "valid"
